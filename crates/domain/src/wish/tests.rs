use std::collections::BTreeMap;

use super::*;
use crate::event::{Polarity, Purpose, Source};
use crate::event::{Polarity::Against, Polarity::For, Source::Observed, Source::Stated};
use crate::evidence::EvidenceId;
use crate::identity::Identity;
use crate::ids::{AppId, DepartmentId, EventKey, NodeId, PropertyId, StayId};
use crate::profile::{GuestCard, fold_attribute};
use crate::time::{Day, Moment};
use crate::vocabulary::Vocabulary;

const STAY: StayId = StayId([7; 16]);
const DAY: Day = Day(20_000);

fn basis() -> Basis {
    Basis {
        as_of: DAY,
        stay: Some(STAY),
        purpose: Some(Purpose::Business),
    }
}

fn attribute(id: &str) -> &'static Attribute {
    let id = AttributeId::new(id).unwrap();
    Vocabulary::embedded().attribute(&id).unwrap()
}

/// What was said, one minute after the other, long before the stay.
fn told(attribute: &str, said: &[(Source, Polarity, &str)]) -> Vec<Evidence> {
    let long_ago = i64::from(DAY.0 - 3_000) * 86_400_000_000;
    let evidence = (1_u8..).zip(said).map(|(n, (source, polarity, value))| {
        let observed_at = Moment {
            utc_micros: long_ago + i64::from(n) * 60_000_000,
            offset_minutes: 0,
        };
        Evidence {
            // Keys that run against time, so that only time decides.
            id: EvidenceId {
                event: EventKey([255 - n; 16]),
                statement: 0,
            },
            attribute: AttributeId::new(attribute).unwrap(),
            value: (*value).into(),
            polarity: *polarity,
            source: *source,
            day: observed_at.day(),
            observed_at,
            stay: Some(STAY),
            purpose: None,
            property: PropertyId::new("macau").unwrap(),
            department: DepartmentId::new("front_desk").unwrap(),
            app: AppId::new("desk").unwrap(),
            event_id: format!("event-{n}").into(),
            from_note: None,
        }
    });
    evidence.collect()
}

fn check(id: &str, said: &[(Source, Polarity, &str)], expected: &[(&str, Option<Verdict>)]) {
    let claims = fold_wishes(attribute(id), told(id, said), &basis());
    let verdicts: Vec<_> = claims.iter().map(|c| (&*c.value, c.verdict)).collect();
    assert_eq!(verdicts, expected, "{id}: {said:?}");
}

#[test]
fn the_newest_stated_wish_of_a_single_valued_attribute_stands_however_old() {
    use Verdict::{Ask, Avoids, Prefers};
    let bed = "room.bed_type";
    check(bed, &[(Stated, For, "twin")], &[("twin", Some(Prefers))]);
    let changed_mind = [(Stated, For, "twin"), (Stated, For, "king")];
    check(bed, &changed_mind, &[("king", Some(Prefers))]);
    let seen_later = [(Stated, For, "twin"), (Observed, For, "king")];
    check(bed, &seen_later, &[("twin", Some(Prefers))]);
    let after_all_not = [
        (Stated, For, "king"),
        (Stated, For, "twin"),
        (Stated, Against, "twin"),
    ];
    check(bed, &after_all_not, &[("king", Some(Prefers))]);
    let not_that = [(Stated, Against, "twin")];
    check(bed, &not_that, &[("twin", Some(Avoids))]);
    check(bed, &[(Observed, For, "twin")], &[("twin", Some(Ask))]);
}

#[test]
fn wishes_of_other_attributes_add_up() {
    use Verdict::{Need, Prefers, Safety};
    let lotus_and_rose = [(Stated, For, "lotus"), (Stated, For, "rose")];
    let both = [("lotus", Some(Prefers)), ("rose", Some(Prefers))];
    check("amenity.flower", &lotus_and_rose, &both);
    let kit = [(Observed, For, "mud_kit")];
    check("amenity.shoe_care", &kit, &[("mud_kit", Some(Need))]);
    let nuts = [(Observed, For, "peanut")];
    check("allergy.food", &nuts, &[("peanut", Some(Safety))]);
}

fn profile(
    id: &str,
    wishes: &[(Source, Polarity, &str)],
    known: &[(Source, Polarity, &str)],
) -> Profile {
    let attribute = attribute(id);
    let part = |claims: Vec<Claim>| {
        let kind = attribute.kind;
        BTreeMap::from([(attribute.id.clone(), AttributeProfile { kind, claims })])
    };
    let mut known = told(id, known);
    for e in &mut known {
        e.day = DAY;
    }
    Profile {
        members: vec![NodeId::Stay(STAY)],
        identity: Identity::default(),
        guest: GuestCard::default(),
        as_of: DAY,
        property: PropertyId::new("macau").unwrap(),
        stay: Some(STAY),
        purpose: None,
        wishes: part(fold_wishes(attribute, told(id, wishes), &basis())),
        attributes: part(fold_attribute(attribute, known, &basis())),
        uncurated: Vec::new(),
        notes: Vec::new(),
    }
}

fn check_standing(profile: &Profile, expected: &[(&str, Option<Verdict>, bool)]) {
    let id = profile.wishes.keys().next().unwrap();
    let (_, standing) = profile.standing(id).unwrap();
    let standing: Vec<_> = standing
        .iter()
        .map(|of| (&*of.claim.value, of.claim.verdict, of.is_wish))
        .collect();
    assert_eq!(standing, expected);
}

#[test]
fn a_wish_takes_the_place_of_a_single_value_and_joins_many() {
    use Verdict::{Avoids, Prefers};
    let king = [(Stated, For, "king")];
    let bed = profile("room.bed_type", &[(Stated, For, "twin")], &king);
    check_standing(&bed, &[("twin", Some(Prefers), true)]);
    let same = profile("room.bed_type", &king, &king);
    check_standing(&same, &[("king", Some(Prefers), false)]);
    let lilies = [(Stated, For, "lily"), (Stated, Against, "rose")];
    let roses_today = [(Stated, For, "rose"), (Stated, For, "lily")];
    let flowers = profile("amenity.flower", &roses_today, &lilies);
    check_standing(
        &flowers,
        &[
            ("rose", Some(Prefers), true),
            ("lily", Some(Prefers), false),
        ],
    );
    let none_today = profile("amenity.flower", &[(Stated, Against, "lily")], &lilies[..1]);
    check_standing(&none_today, &[("lily", Some(Avoids), true)]);
}

#[test]
fn what_may_be_a_wish_leaves_what_is_known() {
    let seen = [(Observed, For, "twin")];
    let bed = profile("room.bed_type", &seen, &[(Stated, For, "king")]);
    let expected = [
        ("twin", Some(Verdict::Ask), true),
        ("king", Some(Verdict::Prefers), false),
    ];
    check_standing(&bed, &expected);
}
