//! Who is told when nobody acknowledges.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::ids::DepartmentId;

use super::*;

/// A line from the front desk over the floor to the duty manager, and a rule that waits for both first.
const LINE: &str = "\n[escalation]\nfloor = \"duty_manager\"\nfront_desk = \"floor\"\n";

fn department(name: &str) -> DepartmentId {
    DepartmentId::new(name).unwrap()
}

fn line(departments: &str) -> Playbook {
    let waiting = RULE
        .replace("[\"front_desk\"]", departments)
        .replace("tier = 1", "tier = 1\nacknowledge_within = \"10m\"");
    playbook(&[LINE.to_owned(), waiting], &vocabulary())
}

fn guest() -> Guest {
    let mut guest = Guest::named("Mr", "Chan");
    guest.wants("room.facing", "south");
    guest.books("R1", day(5, 1));
    guest
}

/// The items of each department, and from whom they came.
fn items(guest: &Guest, playbook: &Playbook) -> BTreeMap<String, Vec<Item>> {
    let closed = &guest.closed;
    let boards = guest.boards(playbook, &vocabulary(), ("R1", day(4, 25)), closed);
    let boards = boards.into_iter().filter(|board| !board.items.is_empty());
    boards
        .map(|board| (board.department.to_string(), board.items))
        .collect()
}

fn told(guest: &Guest, playbook: &Playbook) -> Vec<String> {
    items(guest, playbook).into_keys().collect()
}

#[test]
fn the_next_in_line_is_told_until_somebody_acknowledges() {
    let (mut guest, playbook) = (guest(), line("[\"front_desk\"]"));
    let all = items(&guest, &playbook);
    assert_eq!(all.keys().collect::<Vec<_>>(), ["front_desk"]);
    let desk = all["front_desk"][0].clone();
    assert_eq!(
        (desk.acknowledge_seconds, desk.escalated),
        (Some(600), false)
    );

    guest.escalated.insert(desk.id.clone());
    let all = items(&guest, &playbook);
    assert_eq!(all.keys().collect::<Vec<_>>(), ["floor", "front_desk"]);
    assert!(all["front_desk"][0].escalated);
    let floor = all["floor"][0].clone();
    assert_eq!(floor.escalated_from, Some(department("front_desk")));
    assert_ne!(floor.id, desk.id);
    assert_eq!(floor.acknowledge_seconds, Some(600));
    assert_eq!(
        &*floor.text,
        "Not acknowledged by the front desk: Give Mr Chan a south room."
    );

    // The floor does not either.
    guest.escalated.insert(floor.id.clone());
    assert_eq!(
        told(&guest, &playbook),
        ["duty_manager", "floor", "front_desk"]
    );
    guest
        .acknowledged
        .insert(floor.id.clone(), noon(day(4, 25), 0));
    assert_eq!(told(&guest, &playbook), ["floor", "front_desk"]);

    // Whoever was told first ends it for all.
    guest.acknowledged = BTreeMap::from([(desk.id.clone(), noon(day(4, 25), 0))]);
    let all = items(&guest, &playbook);
    assert_eq!(all.keys().collect::<Vec<_>>(), ["front_desk"]);
    let seen = &all["front_desk"][0];
    assert_eq!(seen.acknowledged_at, Some(noon(day(4, 25), 0)));
    assert!(!seen.escalated, "it is with nobody else any more");
    guest.acknowledged.clear();
    guest.closed.insert(desk.id);
    assert_eq!(told(&guest, &playbook), Vec::<String>::new());
}

#[test]
fn who_is_told_anyway_is_told_once_and_as_the_rule_says() {
    let (mut guest, playbook) = (guest(), line("[\"floor\", \"front_desk\"]"));
    for items in items(&guest, &playbook).into_values() {
        guest
            .escalated
            .extend(items.into_iter().map(|item| item.id));
    }
    let all = items(&guest, &playbook);
    let from = |name: &str| all[name].iter().map(|item| item.escalated_from.clone());
    assert_eq!(from("front_desk").collect::<Vec<_>>(), [None]);
    assert_eq!(from("floor").collect::<Vec<_>>(), [None]);
    let duty: Vec<_> = from("duty_manager").collect();
    assert_eq!(duty, [Some(department("floor"))]);
}

#[test]
fn a_rule_that_waits_for_nothing_reaches_nobody_else() {
    let mut guest = guest();
    let playbook = playbook(&[LINE.to_owned(), RULE.to_owned()], &vocabulary());
    let desk = items(&guest, &playbook)["front_desk"][0].clone();
    assert_eq!(desk.acknowledge_seconds, None);
    guest.escalated.insert(desk.id);
    assert_eq!(told(&guest, &playbook), ["front_desk"]);
    assert_eq!(
        playbook.departments(),
        &BTreeSet::from([department("front_desk")])
    );
}
