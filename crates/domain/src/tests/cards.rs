//! One line of one rule on the floor's board of a few stays, and what becomes of it: for tests of what outcomes come to.

use crate::event::{CardChange, CardClaim, CardEvent, CardItem, Outcome, OutcomeKind, Says};
use crate::fact::OutcomeFact;
use crate::ids::{AttributeId, DepartmentId, EventKey, ItemId, PropertyId, RuleId, StayId};
use crate::time::Moment;

/// Everything that can become of an item.
pub(crate) const OUTCOMES: [OutcomeKind; 7] = [
    OutcomeKind::Delivered,
    OutcomeKind::Acknowledged,
    OutcomeKind::Done,
    OutcomeKind::Declined,
    OutcomeKind::Delighted,
    OutcomeKind::NotPossible,
    OutcomeKind::Wrong,
];

const MINUTE_MICROS: i64 = 60_000_000;

/// So many minutes after the first day began.
pub(crate) fn at(minute: i64) -> Moment {
    Moment {
        utc_micros: minute * MINUTE_MICROS,
        offset_minutes: 0,
    }
}

pub(crate) fn floor() -> DepartmentId {
    DepartmentId::new("floor").unwrap()
}

pub(crate) fn rule() -> RuleId {
    RuleId::new("facing").unwrap()
}

pub(crate) fn stay(of: u8) -> StayId {
    StayId([of; 16])
}

fn item(of: u8) -> CardItem {
    let (attribute, value) = ("room.facing", "south");
    CardItem {
        item: ItemId::of(stay(of), &floor(), &rule(), &[(attribute, value)]),
        rule: rule(),
        claims: vec![CardClaim {
            attribute: AttributeId::new(attribute).unwrap(),
            value: value.into(),
            says: Says::Wanted,
        }],
        is_for_this_stay: false,
    }
}

/// What became of the line's place on the board of a stay.
pub(crate) fn card(of: u8, change: CardChange, minute: i64) -> CardEvent {
    CardEvent {
        stay: stay(of),
        department: floor(),
        revision: 1,
        change,
        items: vec![item(of)],
        occurred_at: at(minute),
    }
}

/// What somebody says became of the line of a stay.
pub(crate) fn outcome(of: u8, outcome: OutcomeKind, minute: i64) -> OutcomeFact {
    OutcomeFact {
        key: EventKey([of; 16]),
        property: PropertyId::new("macau").unwrap(),
        department: floor(),
        outcome: Outcome {
            stay: stay(of),
            item: item(of).item,
            outcome,
            occurred_at: at(minute),
            by: None,
            note: None,
        },
    }
}
