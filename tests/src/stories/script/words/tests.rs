use serde_json::json;

use super::*;

/// What a word means at half past midnight of 1 March 2026, after an event called `heard`.
fn meant(word: &str) -> Option<Value> {
    let mut played = Played::default();
    played.note(&Message {
        subject: "cardex.grand.observation.dining.pos".to_owned(),
        id: "01JD0000000000000000000001".to_owned(),
        payload: Vec::new(),
        property: "grand".to_owned(),
        called: Some("heard".to_owned()),
        reservation: None,
    });
    let today = Day::from_ymd(2026, 3, 1).unwrap();
    let words = Words {
        now: moment(today, "day+0 00:30").unwrap(),
        today,
        guest: &json!({ "name": "a" }),
        guests: &BTreeMap::from([("li".to_owned(), json!({ "name": "b" }))]),
        played: &played,
    };
    words.meant(word)
}

#[test]
fn words_become_times_of_the_hotel() {
    for (word, wanted) in [
        ("now", "2026-03-01T00:30:00+08:00"),
        ("now-2h", "2026-02-28T22:30:00+08:00"),
        ("day+0", "2026-03-01"),
        ("day-1 15:05", "2026-02-28T15:05:00+08:00"),
    ] {
        assert_eq!(meant(word), Some(json!(wanted)));
    }
    for word in ["", "noon", "now+2h", "day", "day-1 15", "day-x"] {
        assert_eq!(meant(word), None, "{word}");
    }
}

#[test]
fn words_become_guests_and_what_was_played() {
    let key = EventKey::of(
        "cardex.grand.observation.dining.pos",
        "01JD0000000000000000000001",
    );
    for (word, wanted) in [
        ("guest", json!({ "name": "a" })),
        ("guests.li", json!({ "name": "b" })),
        ("event.heard", json!(key.to_string())),
        ("event.heard.0", json!(format!("{key}.0"))),
        ("id.heard", json!("01JD0000000000000000000001")),
    ] {
        assert_eq!(meant(word), Some(wanted));
    }
    for word in [
        "guests.wu",
        "event.told",
        "id.told",
        "item.dining.1",
        "stay.dining",
    ] {
        assert_eq!(meant(word), None, "{word}");
    }
}
