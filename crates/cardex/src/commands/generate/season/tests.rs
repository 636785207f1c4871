use std::collections::BTreeSet;

use super::*;

fn plan(seed: u64) -> Plan {
    Plan {
        property: PropertyId::new("macau").unwrap(),
        seed,
        guests: 30,
        days: 60,
        start: Day::from_ymd(2026, 1, 1).unwrap(),
    }
}

#[test]
fn the_same_plan_gives_the_same_events_and_another_gives_others() {
    let (one, again, other) = (play(&plan(1)), play(&plan(1)), play(&plan(2)));
    assert_eq!(one, again);
    let ids = |events: &[EventDraft]| -> BTreeSet<String> {
        events.iter().map(|event| event.id.to_string()).collect()
    };
    assert_eq!(ids(&one).len(), one.len());
    assert!(ids(&one).is_disjoint(&ids(&other)));
}

#[test]
fn every_event_would_be_taken() {
    for event in play(&plan(3)) {
        let message = event.encode();
        assert!(message.is_ok(), "{:?}", message.err());
    }
}

#[test]
fn a_season_has_everything_that_happens_in_a_hotel() {
    let mut plan = plan(4);
    (plan.guests, plan.days) = (300, 120);
    let subjects: BTreeSet<String> = play(&plan)
        .iter()
        .map(|event| event.subject().unwrap().to_string())
        .collect();
    for event in [
        "stay.reserved",
        "stay.cancelled",
        "stay.checked_in",
        "stay.check_in_reversed",
        "stay.room_moved",
        "stay.do_not_disturb",
        "stay.do_not_disturb_ended",
        "stay.checked_out",
        "stay.no_show",
        "observation.dining.season",
        "observation.floor.season",
        "observation.front_desk.season",
    ] {
        assert!(
            subjects.contains(&format!("cardex.macau.{event}")),
            "{event} in {subjects:?}"
        );
    }
}
