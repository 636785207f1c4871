//! What outcomes say of guests: that one was delighted with what a board suggested, or did not want it, was seen by
//! whoever served, so it is evidence like an observation, of the stay on whose board the item stood.
//!
//! An outcome names an item, and what the item said is told by the card event with which it came. So what an outcome
//! says is worked out when it is read, and which of the two came first makes no difference.

use std::collections::BTreeMap;

use crate::event::{
    CardChange, CardEvent, CardItem, OutcomeKind, Polarity, Says, Scope, Source, Statement,
};
use crate::fact::{Noted, OutcomeFact, Reference};
use crate::ids::{AppId, EventKey, ItemId, NodeId, StayId};
use crate::records::Records;

/// The app through which evidence that an outcome gives counts as learnt.
const TAUGHT_THROUGH: &str = "outcome";

/// What the outcomes of a stay's items say of its guest: of each item, the last that says anything.
///
/// # Errors
/// When the records can't be read.
pub(crate) fn taught_in<R: Records>(records: &R, stay: StayId) -> Result<Vec<Noted>, R::Error> {
    let mut last: BTreeMap<ItemId, OutcomeFact> = BTreeMap::new();
    for fact in records.outcomes_of(stay)? {
        if !fact.outcome.outcome.teaches() {
            continue;
        }
        let known = last.get(&fact.outcome.item);
        if known.is_none_or(|known| known.order() < fact.order()) {
            last.insert(fact.outcome.item.clone(), fact);
        }
    }
    if last.is_empty() {
        return Ok(Vec::new());
    }
    let Some(stay) = records.stay(stay)? else {
        return Ok(Vec::new());
    };
    let cards = records.cards_of(stay.id)?;
    let here = last.values().filter(|fact| fact.property == stay.property);
    Ok(here.filter_map(|fact| fact.noted(&cards)).collect())
}

/// What the outcome of this key says of the guest, if it is one and says anything.
///
/// # Errors
/// When the records can't be read.
pub(crate) fn taught_by<R: Records>(
    records: &R,
    event: EventKey,
) -> Result<Option<Noted>, R::Error> {
    match records.outcome(event)? {
        Some(fact) if fact.outcome.outcome.teaches() => {
            let taught = taught_in(records, fact.outcome.stay)?;
            Ok(taught.into_iter().find(|noted| noted.key == event))
        }
        _ => Ok(None),
    }
}

/// What the item claims, by the newest of the card events that tell of its coming.
#[must_use]
pub fn issued<'c>(item: &ItemId, cards: &'c [(EventKey, CardEvent)]) -> Option<&'c CardItem> {
    let issued = cards
        .iter()
        .filter(|(_, card)| card.change == CardChange::Issued);
    let told = issued.flat_map(|(key, card)| {
        let items = card.items.iter().filter(|told| told.item == *item);
        items.map(move |told| ((card.revision, *key), told))
    });
    told.max_by_key(|(newest, _)| *newest).map(|(_, told)| told)
}

impl OutcomeKind {
    /// Whether it says something of the guest.
    #[must_use]
    pub fn teaches(self) -> bool {
        matches!(self, Self::Delighted | Self::Declined)
    }

    /// What it says about something, of which the item says whether it is wanted.
    fn polarity(self, says: Says) -> Option<Polarity> {
        match (self, says) {
            (Self::Delighted, Says::Wanted) | (Self::Declined, Says::Unwanted) => {
                Some(Polarity::For)
            }
            (Self::Delighted, Says::Unwanted) | (Self::Declined, Says::Wanted) => {
                Some(Polarity::Against)
            }
            _ => None,
        }
    }
}

impl OutcomeFact {
    /// The order in which outcomes of an item came about: the last one is what became of it.
    fn order(&self) -> (i64, EventKey) {
        (self.outcome.occurred_at.utc_micros, self.key)
    }

    /// What it says of the guest as an observation, with what `cards` tell of its item; `None` when that is nothing.
    fn noted(&self, cards: &[(EventKey, CardEvent)]) -> Option<Noted> {
        let item = issued(&self.outcome.item, cards)?;
        let statements = item.claims.iter().filter_map(|claim| {
            Some(Statement {
                attribute: claim.attribute.clone(),
                value: (*claim.value).into(),
                polarity: self.outcome.outcome.polarity(claim.says)?,
                purpose: None,
            })
        });
        let statements: Vec<Statement> = statements.collect();
        let says_anything = !statements.is_empty();
        says_anything.then(|| Noted {
            key: self.key,
            event_id: self.key.to_string().into(),
            references: vec![Reference::Node(NodeId::Stay(self.outcome.stay))],
            property: self.property.clone(),
            department: self.department.clone(),
            via: None,
            app: AppId::new(TAUGHT_THROUGH).expect("the word is a token"),
            observed_at: self.outcome.occurred_at,
            source: Source::Observed,
            scope: match item.is_for_this_stay {
                true => Scope::Stay,
                false => Scope::Guest,
            },
            reach: None,
            statements,
            note: None,
            seen_by: self.outcome.by.clone(),
        })
    }
}

#[cfg(test)]
mod tests;
