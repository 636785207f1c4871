//! The rows of boards: what came onto and off them, and what became of it.

use bincode::{BorrowDecode, Encode};
use cardex_domain::event::{
    CardChange, CardClaim, CardEvent, CardItem, Outcome, OutcomeKind, Says,
};
use cardex_domain::fact::OutcomeFact;
use cardex_domain::ids::{AttributeId, DepartmentId, EventKey, ItemId, PropertyId, RuleId, StayId};

use super::{Behind, Coded, MomentRow, Senseless, boxed, moment, moment_row};

type ClaimRow<'a> = (&'a str, &'a str);

fn claim_rows(claims: &[CardClaim]) -> Vec<ClaimRow<'_>> {
    let claims = claims.iter();
    claims
        .map(|claim| (claim.attribute.as_str(), &*claim.value))
        .collect()
}

/// What the items of a board say of their claims, where one says anything but that each is wanted, and in general.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
struct SaysRow {
    /// Of each item, of each claim.
    says: Vec<Vec<u8>>,
    /// Of each item, whether it is for its stay alone.
    this_stay: Vec<bool>,
}

impl SaysRow {
    fn of(items: &[CardItem]) -> Option<Self> {
        let mut claims = items.iter().flat_map(|item| &item.claims);
        let plain = claims.all(|claim| claim.says == Says::default())
            && !items.iter().any(|item| item.is_for_this_stay);
        let says = |item: &CardItem| {
            let claims = item.claims.iter();
            claims.map(|claim| claim.says.code()).collect()
        };
        (!plain).then(|| Self {
            says: items.iter().map(says).collect(),
            this_stay: items.iter().map(|item| item.is_for_this_stay).collect(),
        })
    }

    /// Adds to the items what the row says.
    fn complete(self, items: &mut [CardItem]) -> Result<(), Senseless> {
        if self.says.len() != items.len() || self.this_stay.len() != items.len() {
            return Err(Senseless);
        }
        for ((item, says), this_stay) in items.iter_mut().zip(self.says).zip(self.this_stay) {
            item.is_for_this_stay = this_stay;
            if says.len() != item.claims.len() {
                return Err(Senseless);
            }
            for (claim, code) in item.claims.iter_mut().zip(says) {
                claim.says = Says::of_code(code)?;
            }
        }
        Ok(())
    }
}

/// Items of a board at a revision.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct CardRow<'a> {
    pub(crate) sequence: u64,
    department: &'a str,
    revision: u64,
    change: u8,
    items: Vec<(&'a str, &'a str, Vec<ClaimRow<'a>>)>,
    occurred_at: MomentRow,
    /// Since format 7.
    says: Behind<SaysRow>,
}

impl<'a> CardRow<'a> {
    pub(crate) fn of(sequence: u64, card: &'a CardEvent) -> Self {
        Self {
            sequence,
            department: card.department.as_str(),
            revision: card.revision,
            change: card.change.code(),
            items: card
                .items
                .iter()
                .map(|i| (i.item.as_str(), i.rule.as_str(), claim_rows(&i.claims)))
                .collect(),
            occurred_at: moment_row(card.occurred_at),
            says: Behind(SaysRow::of(&card.items)),
        }
    }

    pub(crate) fn read(self, stay: StayId) -> Result<CardEvent, Senseless> {
        let claim = |(attribute, value): ClaimRow<'_>| {
            Ok(CardClaim {
                attribute: AttributeId::new(attribute)?,
                value: value.into(),
                says: Says::default(),
            })
        };
        let item = |(item, rule, rows): (&str, &str, Vec<_>)| -> Result<CardItem, Senseless> {
            Ok(CardItem {
                item: item.parse()?,
                rule: RuleId::new(rule)?,
                claims: rows
                    .into_iter()
                    .map(claim)
                    .collect::<Result<_, Senseless>>()?,
                is_for_this_stay: false,
            })
        };
        let items = self.items.into_iter().map(item);
        let mut items = items.collect::<Result<Vec<_>, _>>()?;
        if let Some(says) = self.says.0 {
            says.complete(&mut items)?;
        }
        Ok(CardEvent {
            stay,
            department: DepartmentId::new(self.department)?,
            revision: self.revision,
            change: CardChange::of_code(self.change)?,
            items,
            occurred_at: moment(self.occurred_at),
        })
    }
}

/// What the item in the key claims.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct ItemRow<'a> {
    stay: [u8; 16],
    rule: &'a str,
    claims: Vec<ClaimRow<'a>>,
}

impl<'a> ItemRow<'a> {
    pub(crate) fn of(stay: StayId, item: &'a CardItem) -> Self {
        Self {
            stay: stay.0,
            rule: item.rule.as_str(),
            claims: claim_rows(&item.claims),
        }
    }

    /// The rule that made it.
    pub(crate) fn rule(&self) -> Result<RuleId, Senseless> {
        Ok(RuleId::new(self.rule)?)
    }
}

/// What became of an item of the stay in the key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct OutcomeRow<'a> {
    pub(crate) sequence: u64,
    property: &'a str,
    department: &'a str,
    item: &'a str,
    outcome: u8,
    occurred_at: MomentRow,
    by: Option<&'a str>,
    note: Option<&'a str>,
}

impl<'a> OutcomeRow<'a> {
    pub(crate) fn of(sequence: u64, fact: &'a OutcomeFact) -> Self {
        Self {
            sequence,
            property: fact.property.as_str(),
            department: fact.department.as_str(),
            item: fact.outcome.item.as_str(),
            outcome: fact.outcome.outcome.code(),
            occurred_at: moment_row(fact.outcome.occurred_at),
            by: fact.outcome.by.as_deref(),
            note: fact.outcome.note.as_deref(),
        }
    }

    pub(crate) fn read(self, event: EventKey, stay: StayId) -> Result<OutcomeFact, Senseless> {
        Ok(OutcomeFact {
            key: event,
            property: PropertyId::new(self.property)?,
            department: DepartmentId::new(self.department)?,
            outcome: Outcome {
                stay,
                item: self.item.parse::<ItemId>()?,
                outcome: OutcomeKind::of_code(self.outcome)?,
                occurred_at: moment(self.occurred_at),
                by: boxed(self.by),
                note: boxed(self.note),
            },
        })
    }
}
