use std::num::NonZeroU16;

use cardex_domain::shard::Shards;

use super::loss::{Case, play};
use super::{copying, plan, router, sizes};

const GUESTS: u64 = 100_000;

fn spread(count: u16) -> router::Spread {
    let shards = Shards::new(NonZeroU16::new(count).unwrap()).unwrap();
    router::spread(GUESTS, shards, 3)
}

#[test]
fn evidence_is_spread_and_one_shard_more_takes_its_share() {
    let of = spread(16);
    assert_eq!(of.guests, GUESTS);
    // 2.5 stays of 8 observations each, and one of the profile.
    let pieces = of.pieces as f64 / GUESTS as f64;
    assert!((pieces - 21.0).abs() < 0.3, "{pieces} pieces a guest");
    assert!(of.fullest_over_ppm < 30_000, "{of:?}");
    assert!(of.emptiest_under_ppm < 30_000, "{of:?}");
    let share = 1_000_000 / 17;
    assert!(of.moved_ppm.abs_diff(share) < 3_000, "{of:?}");
    assert!(
        of.shards_of_a_guest > 2.5 && of.shards_of_a_guest < 3.5,
        "{of:?}"
    );
}

#[test]
fn a_guest_of_an_undivided_group_lies_on_one_shard() {
    let of = spread(1);
    assert_eq!((of.shards_of_a_guest_p99, of.fullest_over_ppm), (1, 0));
    assert!((of.shards_of_a_guest - 1.0).abs() < f64::EPSILON);
}

#[test]
fn the_same_seed_spreads_the_same() {
    assert_eq!(format!("{:?}", spread(5)), format!("{:?}", spread(5)));
}

/// Of two replicas that are each lost λ times an hour and away for T hours, both are away 2λ²T times an hour as long as λT
/// is little, and for T/2 in the mean.
#[test]
fn both_of_two_replicas_are_lost_as_often_as_is_worked_out() {
    let (stores, lost_a_year, restored_in_hours) = (10, 4.0, 20.0);
    let case = Case {
        hotels: 1,
        stores,
        replicas: 2,
        lost_a_year,
        restored_in_hours,
        stops_a_year: 0.0,
    };
    let played = play(case, 10_000, 1);
    let a_year = stores as f64 * 2.0 * lost_a_year.powi(2) * restored_in_hours / 8_766.0;
    let off = (played.gone_a_year / a_year - 1.0).abs();
    assert!(off < 0.06, "{played:?}, worked out {a_year}");
    let minutes = restored_in_hours * 60.0 / 2.0;
    let off = (played.gone_for_minutes / minutes - 1.0).abs();
    assert!(off < 0.06, "{played:?}, worked out {minutes}");
}

#[test]
fn one_replica_more_makes_it_rarer() {
    let case = |replicas| Case {
        hotels: 1,
        stores: 4,
        replicas,
        lost_a_year: 2.0,
        restored_in_hours: 48.0,
        stops_a_year: 12.0,
    };
    let [one, two, three] = [1, 2, 3].map(|n| play(case(n), 2_000, 1));
    assert!(two.minutes_a_year * 20.0 < one.minutes_a_year);
    assert!(three.minutes_a_year * 20.0 < two.minutes_a_year);
}

#[test]
fn needs_grow_with_hotels_and_more_divided_leaves_less_to_a_shard() {
    let sizes = sizes::measure().unwrap();
    assert!(sizes.observation.evidence > 0.0 && sizes.card.boards > 0.0);
    for of_stays in [sizes.stay.evidence, sizes.stay.boards, sizes.card.evidence] {
        assert!(of_stays.abs() < f64::EPSILON, "{sizes:?}");
    }
    let copying = copying::measure(1_000).unwrap();
    let needs = plan::GROUPS.map(|group| plan::needs(&group, 5, &sizes, &copying));
    for of in &needs {
        assert!((of.store / needs[0].store - of.hotels as f64).abs() < 1e-6 * of.hotels as f64);
        for pair in of.divisions.windows(2) {
            let shards = pair[0].of_a_shard.iter().zip(&pair[1].of_a_shard);
            for ((_, less), (_, more)) in shards {
                assert!(more < less && *less < of.store, "{of:?}");
            }
        }
    }
    assert_eq!(needs.map(|of| of.installations), [1, 1, 6]);
}

/// So many hotels more, and it is exactly full.
#[test]
fn the_first_limit_is_the_one_that_a_group_of_that_size_reaches() {
    let sizes = sizes::measure().unwrap();
    let copying = copying::measure(1_000).unwrap();
    let [hotel, group, groups] = plan::GROUPS.map(|g| plan::needs(&g, 5, &sizes, &copying));
    let (one, many) = (plan::limits(&hotel), plan::limits(&groups));
    assert!(one.windows(2).all(|pair| pair[0].hotels <= pair[1].hotels));
    // What an aggregator takes beside its guests is counted once, so it is the same whichever group it is read from.
    for (a, b) in one.iter().zip(&many) {
        assert_eq!(a.what, b.what);
        assert!((a.hotels / b.hotels - 1.0).abs() < 1e-6, "{a:?} {b:?}");
    }
    let disk = one.iter().find(|of| of.what == "disk of an aggregator");
    let full = disk.unwrap().hotels * group.store / group.hotels as f64;
    assert!((full / 8e12 - 1.0).abs() < 1e-6);
}
