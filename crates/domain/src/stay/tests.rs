//! Stays as data: lines of what happened, in any order, and what the stay is then.

use super::{Status, Stay};
use crate::event::{Identifier, IdentifierKind, Name, StayChange, StayDetails};
use crate::fact::{GuestFacts, StayFact};
use crate::ids::{EventKey, InstallationKey, PropertyId, Room, StayId};
use crate::time::Moment;

fn room(text: &str) -> Room {
    Room::new(text).expect("a room")
}

fn change(word: &str) -> StayChange {
    let (word, rest) = word.split_once(' ').unwrap_or((word, ""));
    match word {
        "reserved" => StayChange::Reserved(StayDetails::default()),
        "aside" => StayChange::Amended(StayDetails {
            room: Some(room(rest)),
            ..Default::default()
        }),
        "cancelled" => StayChange::Cancelled,
        "in" => StayChange::CheckedIn {
            room: room(rest),
            details: StayDetails::default(),
        },
        "reversed" => StayChange::CheckInReversed,
        "moved" => StayChange::RoomMoved { room: room(rest) },
        "out" => StayChange::CheckedOut,
        "no_show" => StayChange::NoShow,
        "sign" => StayChange::DoNotDisturb,
        "unsign" => StayChange::DoNotDisturbEnded,
        other => panic!("no such change: {other}"),
    }
}

/// Folds what happened at the hours given, in this and in the opposite order, each thing twice.
fn fold(life: &[(i64, &str)]) -> Stay {
    let mut facts: Vec<StayFact> = life
        .iter()
        .enumerate()
        .map(|(i, (hour, word))| StayFact {
            key: EventKey([u8::try_from(i).expect("few"); 16]),
            stay: StayId([1; 16]),
            property: PropertyId::new("harbour").expect("a property"),
            reservation: "R-1".into(),
            occurred_at: Moment {
                utc_micros: hour * 3_600_000_000,
                offset_minutes: 0,
            },
            change: change(word),
            guest: None,
        })
        .collect();
    facts.extend(facts.clone());
    let stay = Stay::fold(&facts).expect("there are facts");
    facts.reverse();
    assert_eq!(Some(&stay), Stay::fold(&facts).as_ref(), "order matters");
    stay
}

fn check(life: &[(i64, &str)], status: Status, rooms: &str, irregular: usize) {
    let stay = fold(life);
    let had: Vec<String> = stay
        .occupancy
        .iter()
        .map(|o| {
            let hour = |m: Moment| m.utc_micros / 3_600_000_000;
            let until = o.until.map_or_else(String::new, |u| hour(u).to_string());
            format!("{}:{}-{until}", o.room, hour(o.from))
        })
        .collect();
    assert_eq!(
        (stay.status, had.join(" ").as_str(), stay.irregular.len()),
        (status, rooms, irregular),
        "{life:?}"
    );
}

#[test]
fn a_life_is_folded_from_its_events() {
    use Status::{Cancelled, CheckedOut, InHouse, NoShow, Reserved};
    check(&[(0, "reserved")], Reserved, "", 0);
    check(&[(0, "reserved"), (9, "in 801")], InHouse, "801:9-", 0);
    check(
        &[(9, "in 801"), (12, "moved 802"), (30, "out")],
        CheckedOut,
        "801:9-12 802:12-30",
        0,
    );
    check(&[(9, "in 801"), (10, "reversed")], Reserved, "", 0);
    check(
        &[
            (9, "in 801"),
            (10, "moved 802"),
            (11, "reversed"),
            (12, "in 803"),
        ],
        InHouse,
        "803:12-",
        0,
    );
    check(&[(0, "reserved"), (5, "cancelled")], Cancelled, "", 0);
    check(&[(0, "reserved"), (5, "no_show")], NoShow, "", 0);
    check(
        &[(0, "reserved"), (5, "no_show"), (9, "in 801")],
        InHouse,
        "801:9-",
        0,
    );
    check(
        &[(9, "in 801"), (30, "out"), (31, "in 801")],
        InHouse,
        "801:9-30 801:31-",
        0,
    );
}

#[test]
fn a_stay_goes_back_to_what_it_was() {
    use Status::{CheckedOut, InHouse, Reserved};
    let left = [(9, "in 801"), (30, "out"), (40, "in 801"), (41, "reversed")];
    check(&left, CheckedOut, "801:9-30", 0);
    check(
        &[(0, "reserved"), (5, "cancelled"), (6, "reserved")],
        Reserved,
        "",
        0,
    );
    check(&[(9, "moved 802"), (9, "in 801")], InHouse, "802:9-", 0);
}

#[test]
fn what_does_not_fit_changes_nothing_and_is_counted() {
    use Status::{CheckedOut, InHouse, Reserved};
    check(&[(5, "out")], Reserved, "", 1);
    check(&[(9, "in 801"), (10, "cancelled")], InHouse, "801:9-", 1);
    check(
        &[(9, "in 801"), (30, "out"), (31, "moved 802")],
        CheckedOut,
        "801:9-30",
        1,
    );
    check(
        &[(9, "in 801"), (12, "in 802")],
        InHouse,
        "801:9-12 802:12-",
        1,
    );
}

#[test]
fn a_sign_hangs_on_the_door_of_a_guest_in_house_until_it_is_gone() {
    let hangs = |life: &[(i64, &str)], since: Option<i64>, irregular: usize| {
        let stay = fold(life);
        let found = stay
            .do_not_disturb_since
            .map(|at| at.utc_micros / 3_600_000_000);
        assert_eq!(
            (found, stay.irregular.len()),
            (since, irregular),
            "{life:?}"
        );
    };
    let arrives = (9, "in 801");
    hangs(&[arrives, (10, "sign")], Some(10), 0);
    hangs(&[arrives, (10, "sign"), (11, "sign")], Some(10), 0);
    hangs(&[arrives, (10, "sign"), (12, "unsign")], None, 0);
    hangs(
        &[arrives, (10, "sign"), (12, "unsign"), (14, "sign")],
        Some(14),
        0,
    );
    hangs(&[arrives, (12, "unsign")], None, 0);
    // It stays with the door, not with the guest.
    hangs(&[arrives, (10, "sign"), (11, "moved 802")], None, 0);
    hangs(&[arrives, (10, "sign"), (11, "moved 801")], Some(10), 0);
    hangs(&[arrives, (10, "sign"), (11, "in 801")], Some(10), 1);
    hangs(&[arrives, (10, "sign"), (30, "out")], None, 0);
    hangs(
        &[arrives, (10, "sign"), (30, "out"), (31, "in 801")],
        None,
        0,
    );
    hangs(&[arrives, (10, "sign"), (11, "reversed")], None, 0);
    // At one moment the guest arrives first, and leaves last; what is over is over.
    hangs(&[(9, "sign"), arrives], Some(9), 0);
    hangs(&[(9, "unsign"), (9, "sign"), arrives], None, 0);
    hangs(&[arrives, (30, "out"), (30, "sign")], None, 0);
    for life in [
        &[(0, "reserved"), (5, "sign")][..],
        &[arrives, (30, "out"), (31, "unsign")],
    ] {
        hangs(life, None, 1);
    }
}

#[test]
fn a_room_set_aside_is_not_the_room_of_a_guest_in_house() {
    let stay = fold(&[(0, "reserved"), (9, "in 801"), (10, "aside 900")]);
    assert_eq!(stay.room, Some(room("801")));
    let stay = fold(&[(0, "reserved"), (3, "aside 900")]);
    assert_eq!(stay.room, Some(room("900")));
    assert!(!stay.in_house_at(Moment {
        utc_micros: i64::MAX,
        offset_minutes: 0
    }));
}

#[test]
fn who_leaves_and_who_comes_at_one_moment_never_share_the_room() {
    let at = |hour: i64| Moment {
        utc_micros: hour * 3_600_000_000,
        offset_minutes: 0,
    };
    let leaves = fold(&[(9, "in 801"), (12, "out")]);
    let comes = fold(&[(12, "in 801")]);
    assert!(leaves.in_house_at(at(9)) && !leaves.in_house_at(at(12)));
    assert!(comes.in_house_at(at(12)));
}

fn guest(
    family: Option<&str>,
    given: Option<&str>,
    identifiers: &[(IdentifierKind, &str)],
) -> GuestFacts {
    let identifiers = identifiers.iter().map(|(kind, value)| {
        let identifier = Identifier {
            kind: *kind,
            value: (*value).into(),
            verified: true,
        };
        (
            InstallationKey::new([7; 32]).identifier(kind.as_str(), value),
            identifier,
        )
    });
    let named = family.is_some() || given.is_some();
    GuestFacts {
        name: named.then(|| Name {
            family: family.map(Into::into),
            given: given.map(Into::into),
            ..Name::default()
        }),
        identifiers: identifiers.collect(),
        ..GuestFacts::default()
    }
}

/// What is known after each has been said, the later after the earlier: name, and the values of identifiers.
fn said(all: &[GuestFacts]) -> (String, Vec<String>) {
    let mut known = GuestFacts::default();
    for said in all {
        known.merge(said);
    }
    let name = known.name.unwrap_or_default();
    let parts = [name.given, name.family].into_iter().flatten();
    let values = all.iter().flat_map(|said| &said.identifiers);
    let mut values: Vec<String> = values
        .filter(|(key, _)| known.identifiers.iter().any(|(held, _)| held == key))
        .map(|(_, of)| of.value.to_string())
        .collect();
    values.dedup();
    (
        parts.map(String::from).collect::<Vec<_>>().join(" "),
        values,
    )
}

#[test]
fn what_is_left_out_of_a_guest_stays_as_it_was() {
    use IdentifierKind::{Document, Email, Phone};
    let booked = guest(
        Some("Santos"),
        Some("Ines"),
        &[(Phone, "1"), (Email, "i@s.pt")],
    );
    let document = guest(None, None, &[(Document, "A1")]);
    let all = said(&[booked.clone(), document]);
    assert_eq!(
        all,
        (
            "Ines Santos".into(),
            ["1", "i@s.pt", "A1"].map(String::from).into()
        )
    );
    let other_phone = guest(None, Some("Inês"), &[(Phone, "2")]);
    let all = said(&[booked.clone(), other_phone]);
    assert_eq!(
        all,
        (
            "Inês Santos".into(),
            ["i@s.pt", "2"].map(String::from).into()
        )
    );
    // Made over to somebody else, who brings nothing of the first person's along.
    for (family, given) in [("Okafor", "Ngozi"), ("Santos", "Paulo")] {
        let made_over = guest(Some(family), Some(given), &[(Document, "B2")]);
        let all = said(&[booked.clone(), made_over]);
        assert_eq!(all, (format!("{given} {family}"), vec!["B2".to_owned()]));
    }
}
