//! Why a profile says what it says: every claim with all its evidence, also what does not count, page by page.

mod sorted;

use cardex_domain::evidence::Evidence;
use cardex_domain::fact::Noted;
use cardex_domain::gather::Discounted;
use cardex_domain::ids::AttributeId;
use cardex_domain::known_at::KnownAt;
use cardex_domain::outlook::outlook;
use cardex_domain::profile::Basis;
use cardex_domain::records::Records;
use cardex_domain::vocabulary::{Attribute, View};
use cardex_store::StoreError;
use cardex_wire::guest::GuestView;
use cardex_wire::identity::IdentityView;
use cardex_wire::profile::{Decimal, EvidenceView, LabelView};
use cardex_wire::query::{
    CorrectionView, Explain, ExplainReply, ExplainRequest, ExplainedClaim, ExplainedEvidence,
    OutlookView, QueryError,
};
use cardex_wire::text::AsText;

use super::looking_back::When;
use super::pages::{Pages, Room};
use super::{Answer, Desk, is_engine, unreadable};
use sorted::{Told, ToldClaim, ToldPiece, told};

impl Answer for Explain {
    type Says = ExplainReply;

    fn answer(desk: &Desk<'_>, asked: ExplainRequest) -> Result<ExplainReply, QueryError> {
        match asked.known_at {
            None => desk.explain(&desk.reader, asked),
            Some(at) => desk.explain(&KnownAt::new(&desk.reader, at.0.utc_micros), asked),
        }
    }
}

impl Desk<'_> {
    fn explain(
        &self,
        records: &impl Records<Error = StoreError>,
        asked: ExplainRequest,
    ) -> Result<ExplainReply, QueryError> {
        let question = ExplainRequest {
            limit: None,
            after: None,
            at_least: None,
            wait_ms: None,
            ..asked.clone()
        };
        let known_at = asked.known_at.map(|at| at.0);
        let when = When::of(self, asked.at, asked.as_of, known_at);
        let (node, named) = self.find_in(records, &asked.about, when.at)?;
        let stay = asked.stay.map(|stay| stay.0).or(named);
        self.may_look_back(node, &when)?;
        let account = self.account_in(records, node, stay, &when)?;
        let (person, gathered) = (&account.person, &account.gathered);
        let (department, vocabulary) = (&self.subject.department, &self.active.vocabulary);
        let discretion = account.profile.discretion();
        let members: Vec<_> = person.nodes.keys().copied().collect();
        let card = &account.profile.guest;
        let guest = GuestView::seen_by(department, &members, card, (&discretion, vocabulary));
        let state = (&members, card, &person.identity, gathered);
        let pages = Pages::of(self, &question, &state, asked.after)?;
        let named = !discretion.hides_name_from(department);
        let identity = match self.reads_identifiers() && named && pages.from == 0 {
            true => IdentityView::from(&person.identity),
            false => IdentityView::default(),
        };
        let mut page = Page {
            desk: self,
            from: pages.from,
            at: 0,
            limit: asked.limit.unwrap_or(u32::MAX).max(1),
            room: Room::new(),
            claims: Vec::new(),
            uncurated: Vec::new(),
        };
        page.room.spend(&(&guest, &identity));
        let withheld = discretion.hides_personal_from(department);
        let shown = withheld.then(|| account.profile.without_personal(vocabulary));
        let sees = |id: &AttributeId| {
            let is_known = vocabulary.attribute(id).is_some();
            let personal = match &shown {
                Some(shown) if is_known => shown.standing(id).is_none(),
                shown => shown.is_some(),
            };
            let asked_for = asked.attribute.as_ref().is_none_or(|only| only.0 == *id);
            asked_for && !personal && vocabulary.view(id, department) == View::Value
        };
        let next = match page.fill(&told(&account, vocabulary, is_engine(department)), sees) {
            Ok(()) => None,
            Err(Stop::Full) => Some(pages.next(page.at)),
            Err(Stop::Failed(error)) => return Err(error),
        };
        Ok(ExplainReply {
            sequence: self.sequence,
            behind: self.behind,
            vocabulary: self.vocabulary_hash(),
            guest,
            identity,
            as_of: AsText(when.as_of),
            known_at: asked.known_at,
            claims: page.claims,
            uncurated: page.uncurated,
            next,
        })
    }

    fn explained(&self, piece: &ToldPiece<'_>) -> Result<ExplainedEvidence, QueryError> {
        let event = piece.evidence.id.event;
        let recorded = self.reader.event(event).map_err(unreadable)?;
        let noted = self.reader.noted(event).map_err(unreadable)?;
        let correction = |by: &Discounted| CorrectionView::of(&by.by, &self.subject.department);
        Ok(ExplainedEvidence {
            evidence: EvidenceView::from(piece.evidence),
            day: AsText(piece.evidence.day),
            weight_q32: Decimal(piece.weight.into()),
            state: piece.state,
            correction: piece.by.map(correction),
            lessened: piece.lessened.clone(),
            words: noted
                .as_ref()
                .and_then(|noted| self.words(piece.evidence, noted)),
            seen_by: noted.and_then(|n| n.seen_by).map(Into::into),
            sequence: recorded.map(|r| r.sequence),
        })
    }
}

impl Desk<'_> {
    /// The words of a note that the evidence was read from, where the department may read the note.
    fn words(&self, evidence: &Evidence, noted: &Noted) -> Option<String> {
        let span = evidence.from_note?.span?;
        let note = noted
            .note
            .as_deref()
            .filter(|note| self.reads(note, &noted.department))?;
        note.get(span.start..span.end).map(str::to_owned)
    }
}

/// Why a page is filled no further.
enum Stop {
    /// There is no more room.
    Full,
    /// What belongs on it can't be read.
    Failed(QueryError),
}

impl From<QueryError> for Stop {
    fn from(error: QueryError) -> Self {
        Self::Failed(error)
    }
}

/// A page as it is filled. Pieces of evidence are counted in the order in which they stand on all pages.
struct Page<'d, 's> {
    desk: &'d Desk<'s>,
    /// The first piece of the page.
    from: u32,
    /// The piece that is looked at.
    at: u32,
    /// The most pieces of the page.
    limit: u32,
    room: Room,
    claims: Vec<ExplainedClaim>,
    uncurated: Vec<ExplainedEvidence>,
}

impl Page<'_, '_> {
    /// Fills it with what the department sees: what is claimed, then what the vocabulary has no word for.
    fn fill(&mut self, told: &Told<'_>, sees: impl Fn(&AttributeId) -> bool) -> Result<(), Stop> {
        for (id, of) in told.attributes.iter().filter(|(id, _)| sees(id)) {
            if self.passes(of.pieces()) {
                continue;
            }
            let Some(attribute) = self.desk.active.vocabulary.attribute(id) else {
                continue;
            };
            for claim in of.claims(attribute, told.basis) {
                self.claim(attribute, &claim, told.basis)?;
            }
        }
        let seen = |piece: &&ToldPiece<'_>| sees(&piece.evidence.attribute);
        for piece in told.uncurated.iter().filter(seen) {
            let explained = self.piece(piece)?;
            self.uncurated.extend(explained);
        }
        Ok(())
    }

    /// Passes over so many pieces, if all of them stand on earlier pages.
    fn passes(&mut self, pieces: usize) -> bool {
        let end = self.at.saturating_add(count(pieces));
        let passes = end <= self.from;
        if passes {
            self.at = end;
        }
        passes
    }

    /// Adds what of the claim stands on this page. What would change its verdict stands where it begins.
    fn claim(
        &mut self,
        attribute: &Attribute,
        claim: &ToldClaim<'_>,
        basis: &Basis,
    ) -> Result<(), Stop> {
        if self.passes(claim.pieces.len()) {
            return Ok(());
        }
        let before = self.from.saturating_sub(self.at);
        let mut view = explained_claim(attribute, claim);
        if before == 0 && !claim.is_wish {
            let outlook = outlook(attribute, claim.known, basis, claim.value);
            view.outlook = OutlookView::from(&outlook);
        }
        self.room.spend(&view);
        let mut filled = Ok(());
        for piece in &claim.pieces {
            match self.piece(piece) {
                Ok(explained) => view.evidence.extend(explained),
                Err(stop) => {
                    filled = Err(stop);
                    break;
                }
            }
        }
        if !view.evidence.is_empty() {
            view.more = count(claim.pieces.len() - view.evidence.len()) - before;
            self.claims.push(view);
        }
        filled
    }

    /// The next piece, if it stands on this page and not on an earlier one.
    fn piece(&mut self, piece: &ToldPiece<'_>) -> Result<Option<ExplainedEvidence>, Stop> {
        if self.passes(1) {
            return Ok(None);
        }
        if self.at - self.from == self.limit {
            return Err(Stop::Full);
        }
        let explained = self.desk.explained(piece)?;
        if !self.room.takes(&explained) {
            return Err(Stop::Full);
        }
        self.at += 1;
        Ok(Some(explained))
    }
}

/// The claim without its evidence.
fn explained_claim(attribute: &Attribute, claim: &ToldClaim<'_>) -> ExplainedClaim {
    let label = attribute
        .value(claim.value)
        .map(|v| LabelView::from(&v.label));
    let folded = claim.folded;
    ExplainedClaim {
        attribute: AsText(attribute.id.clone()),
        label: LabelView::from(&attribute.label),
        kind: attribute.kind.into(),
        value: claim.value.to_owned(),
        wish: claim.is_wish,
        value_label: label,
        outlook: OutlookView::default(),
        verdict: folded.and_then(|c| c.verdict).map(Into::into),
        p_ppm: folded.map_or(0, |c| c.p_ppm),
        confidence_ppm: folded.map_or(0, |c| c.confidence_ppm),
        for_q32: Decimal(folded.map_or(0, |c| c.for_q32)),
        against_q32: Decimal(folded.map_or(0, |c| c.against_q32)),
        evidence: Vec::new(),
        more: 0,
    }
}

fn count(pieces: usize) -> u32 {
    u32::try_from(pieces).unwrap_or(u32::MAX)
}
