//! What differs by two playbooks, of a guest of whom a few things are known.

use std::sync::Arc;
use std::time::Duration;

use cardex_domain::event::{CardEvent, CardItem};
use cardex_domain::identity::DenyList;
use cardex_domain::ids::InstallationKey;
use cardex_domain::note::Unread;
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::{Languages, Playbook, Sources};
use cardex_wire::decode;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);
const KEY: [u8; 32] = [7; 32];

/// The morning of 2026-11-20 in Macau.
fn morning() -> Moment {
    Moment {
        utc_micros: 1_795_136_400_000_000,
        offset_minutes: 480,
    }
}

/// The default playbook, and what is done otherwise in Macau.
fn settings(otherwise: &str) -> PaperSettings {
    let embedded = Sources::embedded();
    let own = format!("format = 1\n{otherwise}");
    let files = embedded.files().chain([("properties/macau.toml", &*own)]);
    let playbook = Playbook::parse(&Sources::new(files), Vocabulary::embedded()).unwrap();
    PaperSettings {
        playbook: Arc::new(playbook),
        vocabulary: Arc::new(Vocabulary::embedded().clone()),
        deny: Arc::new(DenyList::default()),
        notes: Arc::new(Unread),
        languages: Languages::default(),
    }
}

/// Something that is published so many minutes after the morning began.
fn happens(minutes: u32, event: &str, data: &str) -> Happened {
    let received = morning().plus(MINUTE * minutes);
    let kind = match event.split_once('.') {
        Some(("observation", _)) => "observation.recorded",
        _ => event,
    };
    let payload = format!(
        r#"{{"specversion": "1.0", "id": "01JD0000000000000000{minutes:06}", "source": "/pms",
            "type": "cardex.{kind}.v1", "time": "{received}", "data": {{{}}}}}"#,
        data.replace("NOW", &received.to_string())
    );
    let subject = format!("cardex.macau.{event}");
    let event = decode(&subject, None, payload.as_bytes(), received).unwrap();
    Happened {
        received,
        key: event.key,
        fact: Fact::of(&event, &InstallationKey::new(KEY)).unwrap(),
    }
}

/// A guest arrives, and says what to put into the room and that the bed is to be made for the night.
fn arrives() -> Vec<Happened> {
    let seen = |minutes, wish| {
        let about = r#""about": {"reservation": "R-1"}, "observed_at": "NOW", "how": "stated""#;
        let data = format!(r#"{about}, "statements": [{wish}]"#);
        happens(minutes, "observation.floor.rounds", &data)
    };
    let booked = r#""occurred_at": "NOW", "reservation": "R-1", "room": "1012", "booking": {"departure": "2026-11-25"}"#;
    vec![
        happens(0, "stay.checked_in", booked),
        seen(1, r#"{"attribute": "amenity.flower", "value": "lily"}"#),
        seen(2, r#"{"attribute": "amenity.fruit", "value": "mango"}"#),
        seen(3, r#"{"attribute": "room.turndown", "value": "wanted"}"#),
    ]
}

/// What differs until the evening, as the department, the rule and what does.
fn differs(by: [&str; 2], events: &[Happened]) -> Vec<(String, String, LineChange)> {
    let [before, after] = by.map(settings);
    let mut simulation = Simulation::new(before, after, morning());
    simulation.take(events);
    let found = simulation.finish(morning().plus(MINUTE * 600));
    assert_eq!(found.stays, 1);
    let all = found.differences.into_iter();
    all.map(|of| (of.department.to_string(), of.rule.to_string(), of.change))
        .collect()
}

fn of_floor(rule: &str, change: LineChange) -> (String, String, LineChange) {
    ("floor".to_owned(), rule.to_owned(), change)
}

/// The default playbook in which these rules are worth so much.
fn worth(rules: [(&str, u8); 2]) -> String {
    let worth = rules
        .map(|(rule, benefit)| format!("[[override]]\nid = \"{rule}\"\nbenefit = {benefit}\n"));
    worth.concat()
}

#[test]
fn the_same_playbook_tells_the_same() {
    assert_eq!(differs(["", ""], &arrives()), []);
}

#[test]
fn what_is_worth_more_moves_and_what_is_off_is_gone_or_comes() {
    let (flowers, fruit) = (
        worth([("flowers", 9), ("fruit", 2)]),
        worth([("flowers", 2), ("fruit", 9)]),
    );
    let mut moved = differs([&flowers, &fruit], &arrives());
    moved.sort();
    let both = ["flowers", "fruit"].map(|rule| of_floor(rule, LineChange::Moved));
    assert_eq!(moved, both);
    let off = "off = [\"fruit\"]\n";
    assert_eq!(
        differs(["", off], &arrives()),
        [of_floor("fruit", LineChange::Gone)]
    );
    assert_eq!(
        differs([off, ""], &arrives()),
        [of_floor("fruit", LineChange::Come)]
    );
}

#[test]
fn what_the_clock_tells_later_comes_at_another_time() {
    let later = "[times]\nturndown = \"20:30..21:00\"\n";
    let turndown = of_floor("turndown", LineChange::AtOtherTimes);
    assert_eq!(differs(["", later], &arrives()), [turndown]);
}

#[test]
fn only_what_somebody_could_answer_for_is_escalated() {
    let soon = "[escalation]\nfloor = \"duty_manager\"\n[[override]]\nid = \"fruit\"\nacknowledge_within = \"10m\"\n";
    let mut events = arrives();
    assert_eq!(differs(["", soon], &events), []);

    let property = PropertyId::new("macau").unwrap();
    let stay = InstallationKey::new(KEY).stay(&property, "R-1");
    let (department, rule) = (
        DepartmentId::new("floor").unwrap(),
        RuleId::new("fruit").unwrap(),
    );
    let item = ItemId::of(stay, &department, &rule, &[("amenity.fruit", "mango")]);
    let occurred_at = morning().plus(MINUTE * 2);
    events.push(Happened {
        received: occurred_at,
        key: EventKey([9; 16]),
        fact: Fact::Card(CardEvent {
            stay,
            department,
            revision: 3,
            change: CardChange::Issued,
            items: vec![CardItem {
                item,
                rule,
                claims: Vec::new(),
                is_for_this_stay: false,
            }],
            occurred_at,
        }),
    });
    let escalated = (
        "duty_manager".to_owned(),
        "fruit".to_owned(),
        LineChange::Come,
    );
    assert_eq!(differs(["", soon], &events), [escalated]);
}
