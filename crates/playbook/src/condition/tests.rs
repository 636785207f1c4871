use cardex_domain::event::StayChange;

use super::*;
use crate::tests::hotel::{Guest, day, noon, vocabulary};

/// Whether the condition holds for a guest who wants east, golf and chess, and of whom no floor and no food are known.
fn holds(condition: &str) -> bool {
    let vocabulary = vocabulary();
    let mut guest = Guest::named("Mr", "Lin");
    guest.wants("room.facing", "east");
    guest.wants("interest.hobby", "golf");
    guest.wants("interest.hobby", "chess");
    guest.books("R1", day(5, 1));
    let (condition, _) = Condition::compile(condition, &vocabulary)
        .unwrap_or_else(|wrong| panic!("{condition}: {wrong:?}"));
    condition.holds(&Known {
        stay: &guest.stay("R1"),
        profile: &guest.profile(&vocabulary, "R1", day(4, 25)),
        earlier_stays: 3,
    })
}

#[test]
fn what_is_known_can_be_asked() {
    for condition in [
        "stay.status == 'reserved'",
        "stay.nights == 2 && stay.adults + 1 == 2 && stay.children < 1",
        "stay.earlier_stays % 2 == 1 && -stay.nights < 0",
        "guest.language.startsWith('en')",
        "profile.room.facing == 'east'",
        "profile.room.facing != 'west'",
        "profile.room.facing in ['west', 'east']",
        "'golf' in profile.interest.hobby && !('opera' in profile.interest.hobby)",
        "size(profile.interest.hobby) == 2 && profile.interest.hobby.size() == 2",
        "profile.interest.hobby.exists(h, h == 'chess')",
        "profile.interest.hobby.exists_one(h, h == 'chess')",
        "profile.interest.hobby.all(h, h.contains('e') || h == 'golf')",
        "stay.nights > 1 ? profile.room.facing == 'east' : false",
    ] {
        assert!(holds(condition), "{condition}");
    }
    assert!(!holds("profile.room.facing == 'west'"));
}

#[test]
fn what_is_not_known_never_makes_a_rule_fire() {
    for condition in [
        "profile.room.floor == '10'",
        "profile.room.floor != '10'",
        "!(profile.room.floor == '10')",
        "profile.room.floor in ['9', '10']",
        "!(profile.room.floor in ['9', '10'])",
        "'milk' in profile.allergy.food",
        "!('milk' in profile.allergy.food)",
        "size(profile.allergy.food) > 0",
        "size(profile.allergy.food) == 0",
        "profile.allergy.food.size() <= 9",
        "profile.allergy.food.all(f, f != 'milk')",
        "!profile.allergy.food.exists(f, f == 'milk')",
        "profile.room.facing == 'east' && profile.room.floor != '10'",
        "profile.room.floor != '10' && profile.room.facing == 'east'",
        "profile.room.facing == 'west' || profile.room.floor != '10'",
        "profile.room.floor == '10' ? true : true",
        "['east'].exists(f, f != profile.room.floor)",
        "profile.room.facing != profile.room.floor",
        "guest.nationality != 'SG'",
        "stay.room_type != 'suite'",
    ] {
        assert!(!holds(condition), "{condition}");
    }
}

#[test]
fn where_the_other_side_decides_the_unknown_does_not_matter() {
    assert!(holds(
        "profile.room.floor == '10' || profile.room.facing == 'east'"
    ));
    assert!(holds(
        "profile.room.facing == 'east' || profile.room.floor == '10'"
    ));
}

#[test]
fn nights_are_unknown_without_dates() {
    let vocabulary = vocabulary();
    let mut guest = Guest::named("", "Lin");
    guest.stay_event(
        "R1",
        noon(day(5, 1), 0),
        StayChange::Reserved(Default::default()),
    );
    let (condition, _) = Condition::compile("stay.nights < 9", &vocabulary).unwrap();
    let (stay, profile) = (
        guest.stay("R1"),
        guest.profile(&vocabulary, "R1", day(5, 1)),
    );
    let known = Known {
        stay: &stay,
        profile: &profile,
        earlier_stays: 0,
    };
    assert!(!condition.holds(&known));
}
