//! What corrections say of a person's evidence: which of it does not count, and from when on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::worded;
use crate::event::{ClaimRef, Judgement, Old, Polarity};
use crate::evidence::Evidence;
use crate::fact::CorrectionFact;
use crate::ids::{AttributeId, EventKey};
use crate::time::Day;
use crate::vocabulary::Vocabulary;

/// The corrections about a person by what they judge.
pub(super) struct Rulings {
    /// By attribute and value, in the vocabulary's own words.
    claims: BTreeMap<AttributeId, BTreeMap<Arc<str>, Vec<Arc<CorrectionFact>>>>,
    /// Those that name evidence, by its event.
    pieces: BTreeMap<EventKey, Vec<Arc<CorrectionFact>>>,
}

impl Rulings {
    /// The corrections, which are in order.
    pub(super) fn of(corrections: &[Arc<CorrectionFact>], vocabulary: &Vocabulary) -> Self {
        let mut rulings = Self {
            claims: BTreeMap::new(),
            pieces: BTreeMap::new(),
        };
        for correction in corrections {
            match &correction.judgement {
                Judgement::NoLonger(claim)
                | Judgement::NeverWas(claim)
                | Judgement::Restated {
                    old: Old::Claim(claim),
                    ..
                } => {
                    let ClaimRef { attribute, value } = claim;
                    let attribute = vocabulary.meant(attribute);
                    let (_, value) = worded(vocabulary, attribute, value);
                    let judged = rulings.claims.entry(attribute.clone()).or_default();
                    judged
                        .entry(value.into())
                        .or_default()
                        .push(Arc::clone(correction));
                }
                Judgement::Restated {
                    old: Old::Evidence(_),
                    ..
                } => {
                    let events: BTreeSet<_> =
                        correction.evidence().iter().map(|e| e.event).collect();
                    for event in events {
                        let named = rulings.pieces.entry(event).or_default();
                        named.push(Arc::clone(correction));
                    }
                }
                Judgement::SomeoneElse { .. } => {}
            }
        }
        rulings
    }

    /// The first correction by which the evidence does not count on that day. What was noticed after a correction is
    /// not judged by it, whichever arrived first.
    pub(super) fn against(&self, evidence: &Evidence, as_of: Day) -> Option<&Arc<CorrectionFact>> {
        let judged = self.claims.get(&evidence.attribute);
        let judged = judged.and_then(|values| values.get(&evidence.value));
        let judged = judged.into_iter().flatten();
        let judged = judged.filter(|_| evidence.polarity == Polarity::For);
        let judged = judged.filter(|correction| {
            let older = evidence.observed_at.utc_micros <= correction.occurred_at.utc_micros;
            let from = match correction.judgement {
                Judgement::NoLonger(_) => correction.occurred_at.day(),
                _ => Day(i32::MIN),
            };
            older && from <= as_of && correction.key != evidence.id.event
        });
        let (event, statement) = (evidence.id.event, Some(evidence.id.statement));
        let named = self.pieces.get(&event).into_iter().flatten();
        let named = named.filter(|c| c.names(event, statement));
        judged.chain(named).min_by_key(|c| c.order())
    }
}
