//! What a stay's boards follow from, beside the rules and what is known of its guest: the moment, the guest's other stays,
//! and what became of what was told.
//!
//! **Invariant:** it follows from what is recorded and from the moment alone, so that whoever plays the same events again is
//! told the same.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::event::{CardChange, OutcomeKind};
use crate::fact::{Fact, OutcomeFact};
use crate::ids::{ItemId, NodeId};
use crate::lessons::{Shown, shown};
use crate::profile::Profile;
use crate::records::Records;
use crate::stay::{Status, Stay};
use crate::time::{Day, Moment};

/// The most of a guest's other stays of which it matters what they showed.
const SHOWN_STAYS_MAX: usize = 32;
/// What was shown longer ago is as new as what never was, to less than one in four thousand.
const NEW_AGAIN_DAYS: i32 = 365;

/// When what a fact affects is looked at: when it happened or when the server took it, in microseconds since 1970, whichever
/// is later, and the same in every replay. Profiles are folded for the latest day that had begun anywhere by then, so that
/// nothing acknowledged before is left out, wherever it was noticed.
#[must_use]
pub fn looked_at(fact: &Fact, received_micros: i64) -> Moment {
    let received = Moment {
        utc_micros: received_micros,
        offset_minutes: 0,
    };
    fact.occurred_at().map_or(received, |at| at.max(received))
}

/// How a stay stands at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    /// The moment by the hotel's own clock: the one that its last word on the stay was written with.
    pub now: Moment,
    /// How many other stays of the guest have ended with a departure.
    pub earlier_stays: u32,
    /// What departments were told in the newest of the guest's other stays, as far as it makes a difference.
    pub shown: Vec<Shown>,
    /// The stay's items that were not acknowledged in time.
    pub escalated: BTreeSet<ItemId>,
    /// What became of the stay's items.
    pub outcomes: Vec<OutcomeFact>,
}

impl Situation {
    /// How the stay stands at that moment; `profile` is its guest's.
    ///
    /// # Errors
    /// When the records can't be read.
    pub fn of<R: Records>(
        records: &R,
        stay: &Stay,
        profile: &Profile,
        at: Moment,
    ) -> Result<Self, R::Error> {
        let others = other_stays(records, stay, profile)?;
        let ended = others.iter().filter(|s| s.status == Status::CheckedOut);
        let cards = records.cards_of(stay.id)?.into_iter();
        let escalated = cards.filter(|(_, card)| card.change == CardChange::Escalated);
        let items = escalated.flat_map(|(_, card)| card.items);
        Ok(Self {
            now: Moment {
                offset_minutes: stay.last_event_at.offset_minutes,
                ..at
            },
            earlier_stays: u32::try_from(ended.count()).unwrap_or(u32::MAX),
            shown: shown_before(records, &others, at.latest_day())?,
            escalated: items.map(|item| item.item).collect(),
            outcomes: records.outcomes_of(stay.id)?,
        })
    }
}

/// The person's other stays, the newest first.
fn other_stays<R: Records>(
    records: &R,
    stay: &Stay,
    whole: &Profile,
) -> Result<Vec<Arc<Stay>>, R::Error> {
    let mut others = Vec::new();
    for member in &whole.members {
        if let NodeId::Stay(id) = member
            && *id != stay.id
        {
            others.extend(records.stay(*id)?);
        }
    }
    others.sort_by_key(|stay| (Reverse(stay.last_event_at), stay.id));
    Ok(others)
}

/// What departments were told in the newest of these stays, as far as it makes a difference on that day.
fn shown_before<R: Records>(
    records: &R,
    others: &[Arc<Stay>],
    as_of: Day,
) -> Result<Vec<Shown>, R::Error> {
    let (mut cards, mut outcomes) = (Vec::new(), Vec::new());
    for stay in others.iter().take(SHOWN_STAYS_MAX) {
        let told = records.cards_of(stay.id)?;
        cards.extend(told.into_iter().map(|(_, card)| card));
        outcomes.extend(records.outcomes_of(stay.id)?);
    }
    let since = as_of.plus(-NEW_AGAIN_DAYS);
    let mut shown = shown(&cards, &outcomes);
    shown.retain(|shown| shown.declined > 0 || shown.last.day() > since);
    Ok(shown)
}

/// Which of a stay's items somebody answered for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answered {
    /// Those that somebody acted on.
    pub closed: BTreeSet<ItemId>,
    /// Those that were acknowledged, each with when it was first: whoever acted on one has seen it.
    pub acknowledged: BTreeMap<ItemId, Moment>,
    /// Those of `closed` of which somebody said that they are not true of the guest.
    pub wrong: BTreeSet<ItemId>,
}

impl FromIterator<(ItemId, OutcomeKind, Moment)> for Answered {
    fn from_iter<T: IntoIterator<Item = (ItemId, OutcomeKind, Moment)>>(outcomes: T) -> Self {
        let mut answered = Self::default();
        for (item, kind, at) in outcomes {
            if !kind.acknowledges() {
                continue;
            }
            let first = answered.acknowledged.entry(item.clone()).or_insert(at);
            *first = at.min(*first);
            if kind == OutcomeKind::Wrong {
                answered.wrong.insert(item.clone());
            }
            if kind.closes() {
                answered.closed.insert(item);
            }
        }
        answered
    }
}
