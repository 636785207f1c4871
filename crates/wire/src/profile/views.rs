//! What each department is answered about one guest of whom something of every sensitivity is known, as committed files:
//! a change of what anybody may see is a change that somebody reads.

use std::path::PathBuf;

use cardex_domain::event::{Address, Identifier, IdentifierKind, Name, Particulars};
use cardex_domain::identity::Identity;
use cardex_domain::ids::{NodeId, ProfileId};
use cardex_domain::profile::{AttributeProfile, Basis, GuestCard, fold_attribute};
use cardex_domain::vocabulary::Sensitivity;
use cardex_domain::wish::fold_wishes;

use super::tests::evidence;
use super::*;

/// Set to rewrite the views after a change that was meant.
const UPDATE: &str = "UPDATE_VIEWS";

const DEPARTMENTS: [&str; 7] = [
    "front_desk",
    "floor",
    "dining",
    "concierge",
    "spa",
    "security",
    "guest_relations",
];

/// What is known: of every sensitivity, and of safety.
const KNOWN: [(&str, &str); 6] = [
    ("room.facing", "south"),
    ("drink.alcohol", "whisky"),
    ("health.hearing", "hard_of_hearing"),
    ("allergy.food", "peanut"),
    ("interest.hobby", "calligraphy"),
    ("health.sleep", "light_sleeper"),
];
/// What is known beside of somebody who goes by another name, and wants nobody told.
const HIDING: [(&str, &str); 3] = [
    ("privacy.incognito", "celebrity"),
    ("privacy.alias", "Mr Stone"),
    ("privacy.no_information", "harassment"),
];
/// What is known beside of somebody who wants nothing personal kept.
const UNRECORDED: [(&str, &str); 1] = [("privacy.no_personal_notes", "requested")];

fn profile(known: &[(&str, &str)]) -> Profile {
    let vocabulary = Vocabulary::embedded();
    let basis = Basis {
        as_of: "2026-11-20".parse().unwrap(),
        stay: Some(StayId([7; 16])),
        purpose: None,
    };
    let attribute = |id: &str| {
        let id = AttributeId::new(id).unwrap();
        vocabulary.attribute(&id).unwrap()
    };
    let attributes = (1..).zip(known).map(|(event, (id, value))| {
        let claims = fold_attribute(attribute(id), vec![evidence(id, value, event)], &basis);
        let kind = attribute(id).kind;
        (attribute(id).id.clone(), AttributeProfile { kind, claims })
    });
    let bed = attribute("room.bed_type");
    let wish = vec![evidence("room.bed_type", "twin", 99)];
    let wish = AttributeProfile {
        kind: bed.kind,
        claims: fold_wishes(bed, wish, &basis),
    };
    let note = |event, text: &str| Note {
        observed_at: evidence("a", "b", 1).observed_at,
        event: EventKey([event; 16]),
        department: DepartmentId::new("dining").unwrap(),
        property: PropertyId::new("macau").unwrap(),
        text: text.into(),
    };
    Profile {
        members: vec![NodeId::Profile(ProfileId([1; 16]))],
        identity: Identity::default(),
        guest: GuestCard {
            name: Some(Name {
                title: Some("Mr".into()),
                family: Some("Zhuang".into()),
                ..Name::default()
            }),
            identifiers: vec![Identifier {
                kind: IdentifierKind::Email,
                value: "zhuang@example.org".into(),
                verified: true,
            }],
            particulars: Particulars {
                birth_date: "1961-08-30".parse().ok(),
                address: Some(Address {
                    street: Some("Orchard Road".into()),
                    city: Some("Singapore".into()),
                    ..Address::default()
                }),
                company: Some("Harbour Trading".into()),
            },
            ..GuestCard::default()
        },
        as_of: basis.as_of,
        property: PropertyId::new("macau").unwrap(),
        stay: basis.stay,
        purpose: None,
        wishes: [(bed.id.clone(), wish)].into(),
        attributes: attributes.collect(),
        uncurated: vec![evidence("unheard.of", "x", 98)],
        notes: vec![
            note(96, "likes the corner table"),
            note(97, "hard of hearing, speak up"),
        ],
    }
}

fn guests() -> [(&'static str, Profile); 3] {
    let with = |more: &[(&'static str, &'static str)]| {
        let known: Vec<_> = KNOWN.iter().chain(more).copied().collect();
        profile(&known)
    };
    [
        ("known", with(&[])),
        ("hiding", with(&HIDING)),
        ("unrecorded", with(&UNRECORDED)),
    ]
}

#[test]
fn each_department_is_answered_as_committed() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/views");
    for name in DEPARTMENTS {
        let department = DepartmentId::new(name).unwrap();
        let views: serde_json::Map<String, serde_json::Value> = guests()
            .iter()
            .map(|(guest, profile)| {
                let view = ProfileView::of(
                    profile,
                    Vocabulary::embedded(),
                    &department,
                    &Extent::ANSWER,
                );
                ((*guest).to_owned(), serde_json::to_value(view).unwrap())
            })
            .collect();
        let mut text = serde_json::to_string_pretty(&views).unwrap();
        text.push('\n');
        let file = folder.join(format!("{name}.json"));
        if std::env::var_os(UPDATE).is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&file, &text).unwrap();
        }
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(committed == text, "{name} has drifted: set {UPDATE}=1");
    }
}

#[test]
fn the_guest_has_something_of_every_sensitivity() {
    let vocabulary = Vocabulary::embedded();
    let [_, (_, hiding), _] = guests();
    let known = hiding.attributes.keys().map(|id| vocabulary.attribute(id));
    let known: Vec<Sensitivity> = known.map(|a| a.unwrap().sensitivity).collect();
    let all = [
        Sensitivity::Ordinary,
        Sensitivity::Personal,
        Sensitivity::Health,
        Sensitivity::Security,
    ];
    assert!(all.iter().all(|s| known.contains(s)));
}

/// No view holds a word for a value that its department may not see.
#[test]
fn no_view_has_a_value_that_is_not_its_departments() {
    let vocabulary = Vocabulary::embedded();
    for name in DEPARTMENTS {
        let department = DepartmentId::new(name).unwrap();
        for (guest, profile) in guests() {
            let view = ProfileView::of(&profile, vocabulary, &department, &Extent::ANSWER);
            let bytes = serde_json::to_string(&view).unwrap().to_lowercase();
            for (id, known) in &profile.attributes {
                if vocabulary.view(id, &department) == vocabulary::View::Value {
                    continue;
                }
                let attribute = vocabulary.attribute(id).unwrap();
                for claim in &known.claims {
                    let value = attribute.value(&claim.value).unwrap();
                    for word in value.words() {
                        assert!(!bytes.contains(&word), "{name}, {guest}: {word}\n{bytes}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_guest_who_hides_has_no_name_but_for_guest_relations() {
    let [_, (_, hiding), _] = guests();
    for name in DEPARTMENTS {
        let department = DepartmentId::new(name).unwrap();
        let view = ProfileView::of(
            &hiding,
            Vocabulary::embedded(),
            &department,
            &Extent::ANSWER,
        );
        let bytes = serde_json::to_string(&view).unwrap();
        let trusted = name == DepartmentId::GUEST_RELATIONS;
        assert_eq!(bytes.to_lowercase().contains("zhuang"), trusted, "{name}");
        assert!(view.guest.no_information, "{name}");
    }
}

#[test]
fn only_who_keeps_cards_is_told_what_tells_namesakes_apart() {
    for name in DEPARTMENTS {
        let department = DepartmentId::new(name).unwrap();
        for (guest, profile) in guests() {
            let view = ProfileView::of(
                &profile,
                Vocabulary::embedded(),
                &department,
                &Extent::ANSWER,
            );
            let bytes = serde_json::to_string(&view).unwrap();
            let hidden = guest == "hiding" && name != DepartmentId::GUEST_RELATIONS;
            let told = CARD_KEEPERS.contains(&name) && !hidden;
            for word in ["1961-08-30", "Orchard", "Singapore", "Harbour"] {
                assert_eq!(bytes.contains(word), told, "{name}, {guest}: {word}");
            }
        }
    }
}

#[test]
fn what_is_personal_is_shown_to_guest_relations_alone() {
    let [_, _, (_, unrecorded)] = guests();
    for name in DEPARTMENTS {
        let department = DepartmentId::new(name).unwrap();
        let view = ProfileView::of(
            &unrecorded,
            Vocabulary::embedded(),
            &department,
            &Extent::ANSWER,
        );
        let trusted = name == DepartmentId::GUEST_RELATIONS;
        let has = |id: &str| view.attributes.iter().any(|a| a.attribute.as_str() == id);
        assert_eq!(has("interest.hobby"), trusted, "{name}");
        assert_eq!(!view.notes.is_empty(), trusted, "{name}");
        assert_eq!(view.withheld, !trusted, "{name}");
        assert!(has("room.facing") && view.wishes.len() == 1, "{name}");
        let speak = view.handling.iter().any(|h| h.text.en.contains("Speak"));
        assert!(!speak, "{name}");
    }
}
