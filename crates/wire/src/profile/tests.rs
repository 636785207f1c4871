use std::collections::BTreeSet;

use cardex_domain::event::{LinkKind, Name, Polarity as Side, Source};
use cardex_domain::fact::LinkFact;
use cardex_domain::identity::{Identity, Join};
use cardex_domain::ids::{IdentifierKey, NodeId, ProfileId};
use cardex_domain::note::{self, FromNote, Span};
use cardex_domain::profile::{AttributeProfile, Basis, GuestCard, fold_attribute};

use super::*;

pub(super) fn evidence(attribute: &str, value: &str, event: u8) -> Evidence {
    let observed_at = crate::time::read_moment("2026-11-18T20:15:00+08:00").unwrap();
    Evidence {
        id: EvidenceId {
            event: EventKey([event; 16]),
            statement: 0,
        },
        attribute: AttributeId::new(attribute).unwrap(),
        value: value.into(),
        polarity: Side::For,
        source: Source::Stated,
        day: observed_at.day(),
        observed_at,
        stay: Some(StayId([7; 16])),
        purpose: None,
        property: PropertyId::new("macau").unwrap(),
        department: DepartmentId::new("dining").unwrap(),
        app: AppId::new("pos").unwrap(),
        event_id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".into(),
        from_note: None,
    }
}

/// Somebody who likes a south-facing room and has an attribute of the given sensitivity that comes with a handling.
pub(super) fn profile() -> (Profile, AttributeId) {
    let vocabulary = Vocabulary::embedded();
    let delicate = vocabulary
        .attributes()
        .find(|a| {
            a.sensitivity == vocabulary::Sensitivity::Health
                && a.handling.is_some()
                && !a.values.is_empty()
        })
        .unwrap();
    let as_of = "2026-11-20".parse().unwrap();
    let basis = Basis {
        as_of,
        stay: None,
        purpose: None,
    };
    let facing = vocabulary
        .attribute(&AttributeId::new("room.facing").unwrap())
        .unwrap();
    let fold = |attribute: &vocabulary::Attribute, value: &str, event| {
        let evidence = vec![evidence(attribute.id.as_str(), value, event)];
        let claims = fold_attribute(attribute, evidence, &basis);
        (
            attribute.id.clone(),
            AttributeProfile {
                kind: attribute.kind,
                claims,
            },
        )
    };
    let name = Name {
        family: Some("庄".into()),
        title: Some("先生".into()),
        ..Name::default()
    };
    let identifier = cardex_domain::event::Identifier {
        kind: cardex_domain::event::IdentifierKind::Phone,
        value: "+6591234567".into(),
        verified: true,
    };
    let note = |department: &str, event| Note {
        observed_at: evidence("a", "b", 1).observed_at,
        event: EventKey([event; 16]),
        department: DepartmentId::new(department).unwrap(),
        property: PropertyId::new("macau").unwrap(),
        text: "喜欢靠窗的位子".into(),
    };
    let nodes = [
        NodeId::Profile(ProfileId([1; 16])),
        NodeId::Stay(StayId([7; 16])),
    ];
    let link = |kind, event, b| LinkFact {
        key: EventKey([event; 16]),
        kind,
        a: nodes[0],
        b,
        occurred_at: evidence("a", "b", 1).observed_at,
        by: "duty".into(),
        reason: "庄先生说的".into(),
    };
    let shared = |n| (IdentifierKey([n; 16]), BTreeSet::from(nodes));
    let (common, carried) = shared(8);
    let stranger = NodeId::Profile(ProfileId([6; 16]));
    let identity = Identity {
        joins: vec![
            Join::Linked(link(LinkKind::Same, 8, nodes[1])),
            Join::Named {
                profile: ProfileId([1; 16]),
                stays: [StayId([7; 16])].into(),
            },
            Join::Shared {
                identifier: common,
                kind: cardex_domain::event::IdentifierKind::Document,
                nodes: carried,
            },
        ],
        conflicts: [shared(9)].into(),
        apart: vec![link(LinkKind::Never, 9, stranger)],
    };
    let profile = Profile {
        identity,
        members: vec![
            NodeId::Profile(ProfileId([1; 16])),
            NodeId::Stay(StayId([7; 16])),
        ],
        guest: GuestCard {
            name: Some(name),
            identifiers: vec![identifier],
            ..GuestCard::default()
        },
        as_of,
        property: PropertyId::new("macau").unwrap(),
        stay: Some(StayId([7; 16])),
        purpose: Some(cardex_domain::event::Purpose::Family),
        wishes: [fold(facing, "west", 6)].into(),
        attributes: [
            fold(facing, "south", 1),
            fold(delicate, &delicate.values[0].id, 2),
        ]
        .into(),
        uncurated: vec![evidence("unheard.of", "x", 3)],
        notes: vec![note("dining", 4), note("floor", 5)],
    };
    (profile, delicate.id.clone())
}

fn seen_by(department: &str) -> ProfileView {
    let department = DepartmentId::new(department).unwrap();
    ProfileView::of(
        &profile().0,
        Vocabulary::embedded(),
        &department,
        &Extent::ANSWER,
    )
}

#[test]
fn the_engine_sees_all_and_loses_nothing() {
    let view = seen_by(DepartmentId::ENGINE);
    let text = serde_json::to_string(&view).unwrap();
    let back: ProfileView = serde_json::from_str(&text).unwrap();
    assert_eq!(back.to_profile(), Some(profile().0));
}

#[test]
fn a_department_sees_what_to_do_and_not_why() {
    let (_, delicate) = profile();
    let view = seen_by("dining");
    let shown: Vec<&str> = view
        .attributes
        .iter()
        .map(|a| a.attribute.as_str())
        .collect();
    assert_eq!(shown, ["room.facing"]);
    assert_eq!(view.handling.len(), 1);
    let text = serde_json::to_string(&view).unwrap();
    assert!(!text.contains(delicate.as_str()), "{text}");
    assert!(view.guest.identifiers.is_empty() && view.evidence.is_empty());
    assert!(view.uncurated.is_empty() && view.identity.is_empty());
    assert_eq!(view.notes.len(), 1);
}

#[test]
fn guest_relations_keeps_the_card() {
    let view = seen_by("guest_relations");
    assert_eq!(view.attributes.len(), 2);
    assert_eq!(
        (
            view.guest.identifiers.len(),
            view.notes.len(),
            view.uncurated.len(),
            view.identity.joins.len(),
        ),
        (1, 2, 1, 3)
    );
}

#[test]
fn labels_come_in_both_languages() {
    let view = seen_by("front_desk");
    let facing = view
        .attributes
        .iter()
        .find(|a| a.attribute.as_str() == "room.facing")
        .unwrap();
    let value = facing.claims[0].label.as_ref().unwrap();
    assert_eq!(
        (value.en.as_str(), value.zh.as_str()),
        ("south-facing", "朝南")
    );
}

#[test]
fn the_canonical_form_is_sorted_and_bare() {
    let text = String::from_utf8(canonical(&profile().0)).unwrap();
    assert!(
        text.starts_with(r#"{"as_of":"2026-11-20","attributes":[{"attribute":""#),
        "{text}"
    );
    assert!(!text.contains("label") && !text.contains("sequence") && !text.contains(": "));
    let view: ProfileView = serde_json::from_str(&text).unwrap();
    assert_eq!(view.to_profile(), Some(profile().0));
}

#[test]
fn what_was_read_from_a_note_says_so_and_the_rest_is_written_as_ever() {
    let span = Some(Span { start: 8, end: 13 });
    let written = |from_note| {
        let evidence = Evidence {
            from_note,
            ..evidence("dining.taste", "spicy", 1)
        };
        let view = EvidenceView::from(&evidence);
        assert_eq!(Evidence::from(&view), evidence);
        serde_json::to_value(view)
            .unwrap()
            .get("from_note")
            .cloned()
    };
    assert_eq!(written(None), None);
    for (standing, word) in [
        (note::Standing::Waiting, "waiting"),
        (note::Standing::Confirmed, "confirmed"),
        (note::Standing::Rejected, "rejected"),
    ] {
        let spanned = serde_json::json!({ "standing": word, "span": { "from": 8, "to": 13 } });
        assert_eq!(written(Some(FromNote { span, standing })), Some(spanned));
        let unread = FromNote {
            span: None,
            standing,
        };
        let bare = serde_json::json!({ "standing": word });
        assert_eq!(written(Some(unread)), Some(bare));
    }
}
