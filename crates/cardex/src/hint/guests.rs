//! A word to whoever put something right of guests: that a link names nobody, that a correction finds nothing to put right
//! or gives what was noticed to nobody, that there was nothing to undo.

use cardex_domain::event::{GuestRef, Judgement, Link, Old, Owner, PreferenceCorrection, UndoKind};
use cardex_domain::evidence::EvidenceRef;
use cardex_wire::query::{
    EvidenceState, Explain, ExplainRequest, ExplainedEvidence, Notes, NotesRequest,
};
use cardex_wire::text::AsText;

use super::{Hint, WAIT_MS};
use crate::args::whom::written;
use crate::screen::note;

/// The most pages of a guest's evidence that are looked through for what a correction put right.
const PAGES_MAX: usize = 32;

impl Hint<'_> {
    /// Says so when nothing but the link is known of a guest that it names.
    pub(crate) async fn of_link(&self, link: &Link) {
        let Some(reply) = self.unassigned().await else {
            return;
        };
        let mut links = reply.links.iter();
        let Some(waiting) = links.find(|link| self.is_own(link.sequence)) else {
            return;
        };
        let (property, key) = (self.property, self.published.key());
        let does = match waiting.never {
            true => "keeps apart",
            false => "joins",
        };
        for (node, named) in [(&waiting.link.a, &link.a), (&waiting.link.b, &link.b)] {
            if waiting.unknown.contains(node) {
                note(format!(
                    "warning: nobody at {property} knows {}: the link is kept, and {does} whoever comes by that name; if it \
                     is mistyped: `cardex identity unlink --property {property} {key} --reason mistyped`",
                    written(named)
                ));
            }
        }
    }

    /// Says so when the correction is of nobody, gives what was noticed to nobody, or finds nothing to put right.
    pub(crate) async fn of_correction(&self, correction: &PreferenceCorrection) {
        let Some(reply) = self.unassigned().await else {
            return;
        };
        let (property, key) = (self.property, self.published.key());
        let way_out =
            format!("`cardex correct retract --property {property} {key} --why mistyped`");
        let shown = "`cardex unassigned list` shows it till then";
        if let Some(waiting) = reply.corrections.iter().find(|w| self.is_own(w.sequence)) {
            let why = self.why(waiting.reason, &waiting.candidates);
            note(format!(
                "warning: it puts nothing right yet: {why}. It is kept and counts once that is known; {shown}; if it is \
                 mistyped: {way_out}"
            ));
            return;
        }
        if let Some(waiting) = reply.unassigned.iter().find(|w| self.is_own(w.sequence)) {
            let why = self.why(waiting.reason, &waiting.candidates);
            note(format!(
                "warning: what was noticed counts for nobody now: {why}. It counts once that is known; {shown}; if it is \
                 mistyped: {way_out}"
            ));
        } else if self.finds_nothing(correction).await == Some(true) {
            let besides = match correction.judgement {
                Judgement::Restated { .. } => "; what it says is right counts all the same",
                _ => "",
            };
            note(format!(
                "warning: it changes nothing: nothing of the kind stands with that guest{besides}. `cardex profile explain` \
                 prints what does; if it is mistyped: {way_out}"
            ));
        }
    }

    /// Says so when there was nothing of that kind to undo.
    pub(crate) async fn of_undoing(&self, kind: UndoKind) {
        let Some(reply) = self.unassigned().await else {
            return;
        };
        let (what, shows) = match kind {
            UndoKind::Links => ("link", "`cardex identity show` prints the links"),
            UndoKind::Corrections => (
                "correction",
                "`cardex profile explain` prints the corrections",
            ),
        };
        let own = reply.retractions.iter().filter(|r| self.is_own(r.sequence));
        for void in own {
            let target = void.target;
            note(format!(
                "warning: no {what} {target} is known, so nothing was undone. {shows} of a guest with what to name here"
            ));
        }
    }

    fn is_own(&self, sequence: u64) -> bool {
        sequence == self.published.sequence()
    }

    /// Whether the correction finds nothing; `None` when that can't be told.
    async fn finds_nothing(&self, correction: &PreferenceCorrection) -> Option<bool> {
        let mut request = ExplainRequest {
            at: Some(AsText(correction.occurred_at)),
            as_of: Some(AsText(correction.occurred_at.day())),
            at_least: Some(self.published.sequence()),
            wait_ms: Some(WAIT_MS),
            ..ExplainRequest::of(correction.about.clone())
        };
        for _ in 0..PAGES_MAX {
            let reply = self.ask::<Explain>(&request).await?;
            let claims = reply.claims.iter().flat_map(|claim| &claim.evidence);
            if claims
                .chain(&reply.uncurated)
                .any(|piece| self.finds(correction, piece))
            {
                return Some(false);
            }
            let Some(next) = reply.next else {
                return Some(!self.names_note(correction).await?);
            };
            request.after = Some(next);
        }
        None
    }

    /// Whether the correction has to do with the piece of evidence. What holds elsewhere alone may be what it means.
    fn finds(&self, correction: &PreferenceCorrection, piece: &ExplainedEvidence) -> bool {
        let put_right = piece.correction.as_ref();
        if put_right.is_some_and(|by| by.event.0 == self.published.key()) {
            return true;
        }
        match &correction.judgement {
            Judgement::SomeoneElse {
                evidence,
                to: Owner::Party,
            } => {
                let id = piece.evidence.id.0;
                let named = |e: &EvidenceRef| {
                    e.event == id.event && e.statement.is_none_or(|number| number == id.statement)
                };
                evidence.iter().any(named)
            }
            Judgement::SomeoneElse { .. } => false,
            _ => matches!(
                piece.state,
                EvidenceState::OtherProperty | EvidenceState::OtherStay
            ),
        }
    }

    /// Whether the correction names a note, which is no evidence where nothing is read from it; `None` when that can't be
    /// told.
    async fn names_note(&self, correction: &PreferenceCorrection) -> Option<bool> {
        for named in evidence(&correction.judgement) {
            let request = NotesRequest {
                event: Some(AsText(named.event)),
                ..NotesRequest::default()
            };
            if named.statement.is_none() && !self.ask::<Notes>(&request).await?.notes.is_empty() {
                return Some(true);
            }
        }
        Some(false)
    }
}

/// The evidence that a judgement names.
fn evidence(judgement: &Judgement<GuestRef>) -> &[EvidenceRef] {
    match judgement {
        Judgement::SomeoneElse { evidence, .. }
        | Judgement::Restated {
            old: Old::Evidence(evidence),
            ..
        } => evidence,
        _ => &[],
    }
}
