//! What corrections say is somebody else's, as far as it touches the guest whose past is told.

use cardex_domain::event::{ClaimRef, Judgement, Old, Polarity, Statement, UndoKind};
use cardex_domain::fact::CorrectionFact;
use cardex_domain::identity::is_undone;
use cardex_domain::ids::EventKey;
use cardex_domain::records::Records;
use cardex_wire::query::QueryError;
use cardex_wire::text::AsText;

use super::{Mine, Past, unreadable};

/// The corrections that say that some of an event is somebody else's and are not retracted, in order.
pub(super) struct Moved {
    all: Vec<CorrectionFact>,
    /// Those that say that it is this guest's.
    given: Vec<CorrectionFact>,
}

impl Moved {
    pub(super) fn of(past: &Past<'_, '_>, event: EventKey) -> Result<Self, QueryError> {
        let reader = &past.desk.reader;
        let (mut all, mut given) = (Vec::new(), Vec::new());
        for correction in reader.corrections_naming(event).map_err(unreadable)? {
            let moves = matches!(correction.judgement, Judgement::SomeoneElse { .. });
            let undone = is_undone(reader, correction.key, UndoKind::Corrections);
            if !moves || undone.map_err(unreadable)? {
                continue;
            }
            if gives(past, &correction)? {
                given.push(correction.clone());
            }
            all.push(correction);
        }
        all.sort_by_key(CorrectionFact::order);
        Ok(Self { all, given })
    }

    /// Whether any of it is given to the guest.
    pub(super) fn is_given(&self) -> bool {
        !self.given.is_empty()
    }

    /// Whether this statement of the event, or its note where none is named, is given to the guest.
    pub(super) fn gives(&self, event: EventKey, statement: Option<u8>) -> bool {
        let mut given = self.given.iter();
        given.any(|correction| correction.names(event, statement))
    }

    /// The corrections' events.
    pub(super) fn keys(&self) -> Vec<AsText<EventKey>> {
        let all = self.all.iter();
        all.map(|correction| AsText(correction.key)).collect()
    }
}

/// The claims that the correction judges: the one that is not so, or what is right and, against it, what was wrong.
pub(super) fn judged(correction: &CorrectionFact) -> Vec<Statement> {
    let claimed = |claim: &ClaimRef, polarity| Statement {
        attribute: claim.attribute.clone(),
        value: claim.value.clone(),
        polarity,
        purpose: None,
    };
    match &correction.judgement {
        Judgement::NoLonger(claim) | Judgement::NeverWas(claim) => {
            vec![claimed(claim, Polarity::For)]
        }
        Judgement::Restated { old, right, .. } => {
            let old = match old {
                Old::Claim(claim) => Some(claimed(claim, Polarity::Against)),
                Old::Evidence(_) => None,
            };
            [right.clone()].into_iter().chain(old).collect()
        }
        Judgement::SomeoneElse { .. } => Vec::new(),
    }
}

/// Whether the correction says that something is the guest's.
pub(super) fn gives(past: &Past<'_, '_>, correction: &CorrectionFact) -> Result<bool, QueryError> {
    let to = past.is_mine(correction.to(), correction.occurred_at)?;
    Ok(matches!(to, Mine::Yes))
}
