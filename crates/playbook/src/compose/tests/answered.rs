//! What somebody acted on is not said again by way of another rule.

use cardex_domain::ids::Room;

use super::*;

#[test]
fn who_declined_what_was_known_to_please_is_not_asked_whether_it_would() {
    let vocabulary = vocabulary();
    let rule = |id: &str, verdict: &str| {
        let text = "Talk of { $interest-hobby }.";
        one_of(id, r#""interest.hobby""#, text).replace("\"prefers\"", verdict)
    };
    let playbook = playbook(
        &[rule("surely", "\"prefers\""), rule("perhaps", "\"hint\"")],
        &vocabulary,
    );
    let shown = |guest: &Guest, closed: &BTreeSet<ItemId>| {
        let boards = guest.boards(&playbook, &vocabulary, PREPARING, closed);
        let items = boards.into_iter().flat_map(|board| board.items);
        let items = items.map(|item| (item.rule.as_str().to_owned(), item.id));
        items.collect::<Vec<_>>()
    };
    let sure = shown(&booked(&[("interest.hobby", "golf")]), &BTreeSet::new());
    let mut guest = booked(&[]);
    guest.noticed(
        noon(day(4, 1), 0),
        Source::Observed,
        "interest.hobby",
        "golf",
        Polarity::For,
    );
    let doubtful = shown(&guest, &BTreeSet::new());
    let rules = |shown: &[(String, ItemId)]| shown[0].0.clone();
    assert_eq!(
        (rules(&sure), rules(&doubtful)),
        ("surely".into(), "perhaps".into())
    );
    let declined = BTreeSet::from([sure[0].1.clone()]);
    assert_eq!(shown(&guest, &declined), []);
    assert_eq!(shown(&booked(&[("interest.hobby", "golf")]), &declined), []);
}

/// A guest in room 1012 from 1 May, of whom one rule speaks whenever `trigger` says; what it tells is shown as ids.
fn standing(guest: &Guest, trigger: &str, at: Moment) -> Vec<ItemId> {
    let vocabulary = vocabulary();
    let trigger = format!("[\"{trigger}\"]");
    let spoken = rule(&[("[\"reservation\", \"check_in\"]", &trigger)]);
    let playbook = playbook(&[spoken], &vocabulary);
    let boards = guest.boards_at(&playbook, &vocabulary, ("R1", at), &guest.closed);
    let items = boards.into_iter().flat_map(|board| board.items);
    items.map(|item| item.id).collect()
}

#[test]
fn what_is_not_true_of_the_guest_comes_back_neither_the_next_morning_nor_in_another_room() {
    let mut guest = booked(&[("room.facing", "south")]);
    guest.checks_in("R1", day(5, 1), "1012");
    let morning = |on: u32| noon(day(5, on), -4 * 60);
    let [breakfast] = <[_; 1]>::try_from(standing(&guest, "breakfast", morning(2))).unwrap();
    let [room] = <[_; 1]>::try_from(standing(&guest, "room", noon(day(5, 1), 5))).unwrap();
    let room_1120 = Room::new("1120").unwrap();
    guest.stay_event(
        "R1",
        noon(day(5, 2), 0),
        StayChange::RoomMoved { room: room_1120 },
    );
    let next = |guest: &Guest| {
        [
            standing(guest, "breakfast", morning(3)).len(),
            standing(guest, "room", noon(day(5, 2), 5)).len(),
        ]
    };

    // What was dealt with this morning, and for that room, is not for the next.
    guest.closed = BTreeSet::from([breakfast.clone(), room.clone()]);
    assert_eq!(next(&guest), [1, 1]);
    // What is said to be untrue at one breakfast is so at the next, and what is while the rule speaks of the stay is at all times.
    guest.wrong = BTreeSet::from([breakfast]);
    assert_eq!(next(&guest), [0, 1]);
    guest.wrong = BTreeSet::from([room]);
    assert_eq!(next(&guest), [0, 0]);
}
