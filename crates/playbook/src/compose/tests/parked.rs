//! Whose lines wait while the guest does not want to be disturbed.

use super::*;

/// The floor's lines wait.
const SIGN: &str = "\n[do_not_disturb]\nwaits = [\"floor\"]\n";

/// The guest in house, with the sign on the door from noon on, of whom these rules speak to floor and front desk.
fn items(rules: &[String], sign: bool) -> Vec<(DepartmentId, Item)> {
    let mut guest = Guest::named("Mr", "Chan");
    guest.wants("room.facing", "south");
    guest.wants("allergy.food", "milk");
    guest.books("R1", day(5, 1));
    guest.checks_in("R1", day(5, 1), "1012");
    if sign {
        guest.stay_event("R1", noon(day(5, 1), 60), StayChange::DoNotDisturb);
    }
    composed(&guest, rules)
}

fn composed(guest: &Guest, rules: &[String]) -> Vec<(DepartmentId, Item)> {
    let playbook = playbook(rules, &vocabulary());
    let boards = guest.boards(&playbook, &vocabulary(), ("R1", day(5, 1)), &guest.closed);
    let items = boards.into_iter().flat_map(|board| {
        let department = board.department;
        let items = board.items.into_iter();
        items.map(move |item| (department.clone(), item))
    });
    items.collect()
}

fn told_to(departments: &str) -> String {
    RULE.replace("[\"front_desk\"]", departments)
}

fn waiting(items: &[(DepartmentId, Item)]) -> Vec<(&str, bool)> {
    let each = items.iter();
    each.map(|(department, item)| (department.as_str(), item.is_parked()))
        .collect()
}

#[test]
fn lines_of_the_departments_that_the_playbook_names_wait_and_safety_does_not() {
    let rules = [SIGN.to_owned(), told_to("[\"floor\", \"front_desk\"]")];
    let found = items(&rules, true);
    assert_eq!(waiting(&found), [("floor", true), ("front_desk", false)]);
    assert_eq!(found[0].1.parked_since, Some(noon(day(5, 1), 60)));
    let found = items(&rules, false);
    assert_eq!(waiting(&found), [("floor", false), ("front_desk", false)]);
    let safety = safety().replace("[\"front_desk\"]", "[\"floor\"]");
    let found = items(&[SIGN.to_owned(), safety], true);
    assert_eq!(waiting(&found), [("floor", false)]);
}

#[test]
fn what_waits_is_with_nobody_else_and_comes_back_to_the_next_in_line() {
    let line = "\n[escalation]\nfloor = \"duty_manager\"\n".to_owned();
    let awaited =
        told_to("[\"floor\"]").replace("tier = 1", "tier = 1\nacknowledge_within = \"9m\"");
    let rules = [SIGN.to_owned(), line, awaited];
    let mut guest = Guest::named("Mr", "Chan");
    guest.wants("room.facing", "south");
    guest.books("R1", day(5, 1));
    guest.checks_in("R1", day(5, 1), "1012");
    let floor = composed(&guest, &rules).remove(0).1;
    guest.escalated.insert(floor.id.clone());
    guest.stay_event("R1", noon(day(5, 1), 60), StayChange::DoNotDisturb);
    let found = composed(&guest, &rules);
    assert_eq!(waiting(&found), [("floor", true)]);
    assert!(!found[0].1.escalated);
    guest.stay_event("R1", noon(day(5, 1), 90), StayChange::DoNotDisturbEnded);
    let found = composed(&guest, &rules);
    assert_eq!(waiting(&found), [("duty_manager", false), ("floor", false)]);
    assert!(found[1].1.escalated, "it was not acknowledged all the same");
}
