//! Who is told what: every byte that each department received about a guest of whom delicate things are known, searched
//! for what is not that department's; and what guests ask not to have told, at once and everywhere.

use bytes::Bytes;
use cardex_bus::streams::PROMPTS;
use cardex_domain::event::{
    ExternalProfile, GuestDetails, Identifier, IdentifierKind, StayChange, StayDetails,
};
use cardex_domain::ids::{AttributeId, DepartmentId};
use cardex_domain::vocabulary::{View, Vocabulary};
use cardex_playbook::Playbook;
use serde_json::json;

use crate::events::{
    PROPERTY, booked, checked_in, details, particulars, reservation, retraction, room, seen, stay,
};
use crate::harness::{DEADLINE, House, query};

/// What is known of the guest, and by which department.
const KNOWN: [(&str, &str, &str); 7] = [
    ("front_desk", "room.facing", "south"),
    ("dining", "drink.alcohol", "whisky"),
    ("front_desk", "health.hearing", "hard_of_hearing"),
    ("dining", "allergy.food", "peanut"),
    ("spa", "allergy.material", "latex"),
    ("floor", "health.equipment", "sharps_box"),
    ("front_desk", "privacy.incognito", "celebrity"),
];

/// Departments that have boards, and one that has none.
fn departments() -> Vec<DepartmentId> {
    let mut all: Vec<_> = Playbook::embedded().departments().iter().cloned().collect();
    all.push(DepartmentId::new("gardens").unwrap());
    all
}

/// Everything that a department received: its boards as they came, its answers, and what it was refused with.
async fn received(house: &House, department: &DepartmentId, number: &str) -> Vec<String> {
    let text = |bytes: &Bytes| String::from_utf8(bytes.to_vec()).unwrap();
    let own = format!("cardex.{PROPERTY}.prompt.{department}.");
    let boards = house.desk.everything(PROMPTS).await;
    let boards = boards.iter().filter(|m| m.subject.starts_with(&own));
    let mut received: Vec<String> = boards.map(|m| text(&m.payload)).collect();
    let about = json!({ "reservation": number });
    let questions = [
        ("get", json!({ "about": about })),
        ("get", json!({ "about": { "reservation": "nobody" } })),
        ("explain", json!({ "about": about })),
        (
            "explain",
            json!({ "about": about, "attribute": "health.hearing" }),
        ),
        ("find", json!({ "text": "Zhuang" })),
        ("find", json!({ "text": number })),
        ("list", json!({})),
        ("boards", json!({})),
        ("unassigned", json!({})),
        ("notes", json!({})),
    ];
    for (operation, question) in questions {
        let subject = query(PROPERTY, department.as_str(), operation);
        let question = Bytes::from(question.to_string());
        let answer = house.desk.bus.request(&subject, question, DEADLINE).await;
        received.push(match answer {
            Ok(answer) => text(&answer),
            Err(error) => error.to_string(),
        });
    }
    received
}

/// Every word for a value, in both languages.
fn words(attribute: &str, value: &str) -> Vec<String> {
    let id = AttributeId::new(attribute).unwrap();
    let attribute = Vocabulary::embedded().attribute(&id).unwrap();
    attribute.value(value).unwrap().words().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_department_receives_a_value_that_is_not_its_own() {
    let house = House::open().await;
    house.publish(&stay("R-1", booked("Zhuang"))).await;
    for (department, attribute, value) in KNOWN {
        let told = seen(department, reservation("R-1")).likes(attribute, value);
        house.publish(&told.event()).await;
    }
    let note = "very hard of hearing, and never peanuts";
    let told = seen("front_desk", reservation("R-1")).noting(note);
    house.publish(&told.event()).await;
    let told = seen("dining", reservation("R-1")).noting("听力不好, no peanuts, loves lilies");
    house.publish(&told.event()).await;
    // Nobody is there yet: it waits, and may be read while it does.
    let early = seen("floor", room("1012")).likes("health.hearing", "deaf");
    house.publish(&early.event()).await;
    house
        .publish(&stay("R-1", checked_in("1012", "Zhuang")))
        .await;
    house.settled().await;

    let vocabulary = Vocabulary::embedded();
    let mut told = 0;
    for department in departments() {
        let received = received(&house, &department, "R-1").await;
        let received: Vec<String> = received.iter().map(|text| text.to_lowercase()).collect();
        for (_, attribute, value) in KNOWN {
            let id = AttributeId::new(attribute).unwrap();
            if vocabulary.view(&id, &department) == View::Value {
                told += usize::from(received.iter().any(|text| text.contains(value)));
                continue;
            }
            for word in words(attribute, value) {
                let found = received.iter().find(|text| text.contains(&word));
                assert_eq!(found, None, "{department} is told {word:?} of {attribute}");
            }
        }
    }
    assert!(told > 20, "hardly anything is told to anybody: {told}");
}

/// Every answer of a department about the guest of a reservation.
async fn answers(house: &House, department: &str, number: &str) -> String {
    let about = json!({ "about": { "reservation": number } });
    let questions = [
        ("get", about.clone()),
        ("explain", about.clone()),
        ("history", about),
        ("list", json!({})),
        ("find", json!({ "text": number })),
        ("boards", json!({})),
    ];
    let mut answers = String::new();
    for (operation, question) in questions {
        let subject = query(PROPERTY, department, operation);
        let question = Bytes::from(question.to_string());
        let answer = house.desk.bus.request(&subject, question, DEADLINE).await;
        answers += std::str::from_utf8(&answer.unwrap()).unwrap();
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn what_tells_namesakes_apart_is_told_to_those_who_keep_cards() {
    let house = House::open().await;
    let mut details = details("Okonkwo");
    details.guest.as_mut().unwrap().particulars = particulars();
    house
        .publish(&stay("R-3", StayChange::Reserved(details)))
        .await;
    house.settled().await;
    let told = async |department: &DepartmentId| {
        let answers = answers(&house, department.as_str(), "R-3").await;
        let told = ["1961-08-30", "Orchard Road", "Harbour Trading"];
        let told = told.map(|word| answers.contains(word));
        assert!(told == [told[0]; 3], "{department}: {told:?}");
        told[0]
    };
    let keepers = ["front_desk", "guest_relations"];
    for department in departments() {
        let keeps = keepers.contains(&department.as_str());
        assert_eq!(told(&department).await, keeps, "{department}");
    }

    let asks = seen("guest_relations", reservation("R-3")).likes("privacy.incognito", "alias");
    house.publish(&asks.event()).await;
    house.settled().await;
    for department in departments() {
        let trusted = department.as_str() == DepartmentId::GUEST_RELATIONS;
        assert_eq!(told(&department).await, trusted, "{department}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_by_another_name_is_called_so_everywhere_at_once() {
    let house = House::open().await;
    house.publish(&stay("R-2", booked("Okonkwo"))).await;
    let south = seen("front_desk", reservation("R-2")).likes("room.facing", "south");
    house.publish(&south.event()).await;
    house.settled().await;
    let board = house.desk.board("front_desk", "R-2").await.unwrap();
    assert_eq!(board.guest, "Mr Okonkwo");

    let asks = seen("guest_relations", reservation("R-2"))
        .likes("privacy.incognito", "alias")
        .likes("privacy.alias", "Mr Stone")
        .likes("privacy.no_information", "requested")
        .event();
    house.publish(&asks).await;
    house.settled().await;
    let board = house.desk.board("front_desk", "R-2").await.unwrap();
    assert_eq!(board.guest, "Mr Stone");
    assert!(
        board
            .items
            .iter()
            .all(|item| !item.text.contains("Okonkwo"))
    );
    for department in departments() {
        let trusted = department.as_str() == DepartmentId::GUEST_RELATIONS;
        let questions = [
            ("get", json!({ "about": { "reservation": "R-2" } })),
            ("explain", json!({ "about": { "reservation": "R-2" } })),
            ("list", json!({})),
            ("find", json!({ "text": "R-2" })),
            ("find", json!({ "text": "Okonkwo" })),
        ];
        for (operation, question) in questions {
            let subject = query(PROPERTY, department.as_str(), operation);
            let question = Bytes::from(question.to_string());
            let answer = house.desk.bus.request(&subject, question, DEADLINE).await;
            let answer = String::from_utf8(answer.unwrap().to_vec()).unwrap();
            let named = answer.contains("Okonkwo");
            assert_eq!(named, trusted, "{operation} for {department}: {answer}");
        }
    }

    house.publish(&retraction(&asks)).await;
    house.settled().await;
    let board = house.desk.board("front_desk", "R-2").await.unwrap();
    assert_eq!(board.guest, "Mr Okonkwo");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_by_another_name_is_found_by_it_and_by_no_caller_who_asks_for_the_real_one() {
    let house = House::open().await;
    let desk = &house.desk;
    house
        .publish(&stay("R-4", checked_in("1014", "Okonkwo")))
        .await;
    for (department, attribute, value) in KNOWN.iter().take(6) {
        let told = seen(department, reservation("R-4")).likes(attribute, value);
        house.publish(&told.event()).await;
    }
    house.settled().await;
    let found = async |department: &str, text: &str| {
        let subject = query(PROPERTY, department, "find");
        let question = Bytes::from(json!({ "text": text }).to_string());
        let answer = desk
            .bus
            .request(&subject, question, DEADLINE)
            .await
            .unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
        answer["guests"].as_array().unwrap().len()
    };
    let current = async |department: &DepartmentId| {
        let board = desk.board(department.as_str(), "R-4").await;
        board.map(|board| serde_json::to_string(&board).unwrap())
    };
    let mut named = 0;
    for department in departments() {
        let board = current(&department).await;
        named += usize::from(board.is_some_and(|board| board.contains("Okonkwo")));
    }
    assert!(named > 2, "{named}");

    let asks = seen("guest_relations", room("1014"))
        .likes("privacy.incognito", "alias")
        .likes("privacy.alias", "Mr Stone")
        .event();
    house.publish(&asks).await;
    house.settled().await;
    for department in departments() {
        let board = current(&department).await;
        assert!(
            board.is_none_or(|board| board.contains("Stone") && !board.contains("Okonkwo")),
            "{department}"
        );
        let trusted = department.as_str() == DepartmentId::GUEST_RELATIONS;
        for (text, finds) in [("stone", true), ("Mr St", true), ("Okonkwo", trusted)] {
            let found = found(department.as_str(), text).await;
            assert_eq!(found, usize::from(finds), "{department}: {text}");
        }
    }

    // Nobody is to be told: now the alias finds the guest for those alone who keep cards.
    let nobody =
        seen("front_desk", reservation("R-4")).likes("privacy.no_information", "requested");
    house.publish(&nobody.event()).await;
    house.settled().await;
    for (department, text, finds) in [
        ("front_desk", "Stone", 1),
        ("front_desk", "Okonkwo", 0),
        ("guest_relations", "Stone", 1),
        ("dining", "Stone", 0),
        ("dining", "Okonkwo", 0),
    ] {
        assert_eq!(found(department, text).await, finds, "{department}: {text}");
    }

    house.publish(&retraction(&asks)).await;
    house.settled().await;
    assert_eq!(found("front_desk", "Stone").await, 0);
    assert_eq!(found("front_desk", "Okonkwo").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_of_a_guest_tells_nobody_whose_it_is_who_may_not_read_numbers() {
    let house = House::open().await;
    let guest = GuestDetails {
        identifiers: vec![Identifier {
            kind: IdentifierKind::Document,
            value: "X1234567".into(),
            verified: true,
        }],
        ..details("Zhuang").guest.unwrap()
    };
    let details = StayDetails {
        guest: Some(guest),
        ..details("Zhuang")
    };
    house
        .publish(&stay("R-1", StayChange::Reserved(details)))
        .await;
    house.settled().await;
    let about = json!([{ "kind": "document", "value": "X1234567" }]);
    let question = json!({ "about": { "identifiers": about } }).to_string();
    for operation in ["get", "explain", "history"] {
        for (department, may) in [
            ("guest_relations", true),
            ("front_desk", true),
            ("floor", false),
            ("gardens", false),
        ] {
            let subject = query(PROPERTY, department, operation);
            let asked = Bytes::from(question.clone());
            let answer = house.desk.bus.request(&subject, asked, DEADLINE).await;
            let told = answer.is_ok_and(|answer| !answer.is_empty());
            assert_eq!(told, may, "{operation} as {department}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_that_diagnoses_is_for_those_who_may_know_of_health() {
    let house = House::open().await;
    house.publish(&stay("R-1", booked("Chan"))).await;
    let note = "HIV positive, medicine in the minibar";
    let written = seen("dining", reservation("R-1")).noting(note);
    house.publish(&written.event()).await;
    house.settled().await;
    let question = json!({ "about": { "reservation": "R-1" } }).to_string();
    for operation in ["get", "history", "notes"] {
        for (department, may) in [
            ("guest_relations", true),
            ("front_desk", false),
            ("dining", false),
            ("floor", false),
        ] {
            let subject = query(PROPERTY, department, operation);
            let asked = Bytes::from(question.clone());
            let answer = house.desk.bus.request(&subject, asked, DEADLINE).await;
            let answer = answer.map(|answer| String::from_utf8(answer.to_vec()).unwrap());
            let told = answer.is_ok_and(|answer| answer.contains("HIV"));
            assert_eq!(told, may, "{operation} as {department}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_bound_to_a_property_is_told_to_no_department_of_another() {
    let house = House::open().await;
    let guest = GuestDetails {
        profile: Some(ExternalProfile {
            pms: "opera".into(),
            id: "1".into(),
        }),
        ..details("Chan").guest.unwrap()
    };
    let booking = StayDetails {
        guest: Some(guest),
        ..details("Chan")
    };
    house
        .publish(&stay("R-1", StayChange::Reserved(booking)))
        .await;
    let favourite = seen("front_desk", reservation("R-1")).likes("room.favourite", "0901");
    house.publish(&favourite.event()).await;
    house.settled().await;
    let about = json!({ "profile": { "pms": "opera", "id": "1" } });
    let question = json!({ "about": about }).to_string();
    for operation in ["get", "explain", "history"] {
        for (property, department, may) in [
            (PROPERTY, "front_desk", true),
            ("lisbon", "front_desk", false),
            ("lisbon", "guest_relations", false),
            ("lisbon", "engine", operation != "get"),
        ] {
            let subject = query(property, department, operation);
            let asked = Bytes::from(question.clone());
            let answer = house.desk.bus.request(&subject, asked, DEADLINE).await;
            let answer = String::from_utf8(answer.unwrap().to_vec()).unwrap();
            let told = answer.contains("0901");
            assert_eq!(
                told, may,
                "{operation} as {department} of {property}: {answer}"
            );
        }
    }
}
