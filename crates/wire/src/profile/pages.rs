//! A whole profile page by page, and put together again: each piece of evidence and each note stands on one page.

use cardex_domain::evidence::Evidence;
use cardex_domain::ids::AttributeId;
use cardex_domain::profile::{AttributeProfile, Claim, Profile};
use cardex_domain::vocabulary::Vocabulary;
use serde::Serialize;

use super::{AttributeView, ClaimView, EvidenceView, NoteView, ProfileView};
use crate::guest::GuestView;
use crate::identity::IdentityView;
use crate::query::encoded_len;

/// What a name of a piece of evidence takes beside the piece, and what a claim or an attribute does, in bytes: as much as
/// an attribute, a value and their labels may come to.
const NAMED_BYTES: usize = 64;

impl ProfileView {
    /// The part of `profile` from this piece on that comes to about `bytes_max` bytes, and where the next goes on. Who
    /// it is stands on the first page.
    #[must_use]
    pub fn page(
        profile: &Profile,
        vocabulary: Option<&Vocabulary>,
        from: u32,
        bytes_max: usize,
    ) -> (Self, Option<u32>) {
        let mut head = Self::head(profile);
        if from > 0 {
            head.guest = GuestView {
                id: head.guest.id,
                ..GuestView::of(&[], &cardex_domain::profile::GuestCard::default())
            };
            head.identity = IdentityView::default();
        }
        let mut page = Page {
            left: bytes_max.saturating_sub(encoded_len(&head)),
            view: head,
            vocabulary,
            from,
            at: 0,
            pieces: 0,
        };
        let next = page.fill(profile).err().map(|Full| page.at);
        (page.view, next)
    }

    /// Adds the page that follows.
    pub fn join(&mut self, next: Self) {
        join(&mut self.wishes, next.wishes);
        join(&mut self.attributes, next.attributes);
        self.notes.extend(next.notes);
        self.uncurated.extend(next.uncurated);
        self.evidence.extend(next.evidence);
    }

    /// Whether nothing is left out of it, nor kept back.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let known = self.wishes.iter().chain(&self.attributes);
        let all = |attribute: &AttributeView| {
            attribute.more == 0 && attribute.claims.iter().all(|claim| claim.more == 0)
        };
        let more = [
            self.more_notes,
            self.more_uncurated,
            self.guest.more_members,
            self.guest.more_identifiers,
            self.guest.more_profiles,
        ];
        !self.withheld && more == [0; 5] && known.into_iter().all(all)
    }
}

/// Adds what follows of attributes, the first of which may be the last's continuation.
fn join(attributes: &mut Vec<AttributeView>, next: Vec<AttributeView>) {
    for mut attribute in next {
        let Some(last) = attributes
            .last_mut()
            .filter(|a| a.attribute == attribute.attribute)
        else {
            attributes.push(attribute);
            continue;
        };
        for claim in attribute.claims.drain(..) {
            match last.claims.last_mut().filter(|c| c.value == claim.value) {
                Some(last) => {
                    last.evidence.extend(claim.evidence);
                    last.more = claim.more;
                }
                None => last.claims.push(claim),
            }
        }
    }
}

/// The page is full.
struct Full;

/// A page as it is filled.
struct Page<'v> {
    view: ProfileView,
    vocabulary: Option<&'v Vocabulary>,
    /// The first piece of the page.
    from: u32,
    /// The piece that is looked at.
    at: u32,
    /// Pieces on it.
    pieces: u32,
    /// Bytes that still fit.
    left: usize,
}

impl Page<'_> {
    fn fill(&mut self, profile: &Profile) -> Result<(), Full> {
        for (id, known) in &profile.wishes {
            let mut views = std::mem::take(&mut self.view.wishes);
            let filled = self.attribute(id, known, &mut views);
            self.view.wishes = views;
            filled?;
        }
        for (id, known) in &profile.attributes {
            let mut views = std::mem::take(&mut self.view.attributes);
            let filled = self.attribute(id, known, &mut views);
            self.view.attributes = views;
            filled?;
        }
        for note in &profile.notes {
            let note = self.piece(|| NoteView::from(note))?;
            self.view.notes.extend(note);
        }
        for evidence in &profile.uncurated {
            let evidence = self.piece(|| EvidenceView::from(evidence))?;
            self.view.uncurated.extend(evidence);
        }
        Ok(())
    }

    fn attribute(
        &mut self,
        id: &AttributeId,
        known: &AttributeProfile,
        views: &mut Vec<AttributeView>,
    ) -> Result<(), Full> {
        for claim in &known.claims {
            let (named, filled) = self.evidence(&claim.evidence);
            if !named.is_empty() {
                let view = self.claim(id, claim, &named);
                match views.last_mut().filter(|view| view.attribute.0 == *id) {
                    Some(attribute) => attribute.claims.push(view),
                    None => views.push(AttributeView {
                        claims: vec![view],
                        ..AttributeView::named(id, known, self.vocabulary)
                    }),
                }
            }
            filled?;
        }
        Ok(())
    }

    fn claim(&mut self, id: &AttributeId, claim: &Claim, named: &[&Evidence]) -> ClaimView {
        let mut view = ClaimView::of(claim, id, named, self.vocabulary);
        let last = named.last().map(|e| e.id);
        let after = claim
            .evidence
            .iter()
            .rev()
            .take_while(|e| Some(e.id) != last);
        view.more = u32::try_from(after.count()).unwrap_or(u32::MAX);
        self.left = self.left.saturating_sub(encoded_len(&view));
        view
    }

    /// The pieces of these that stand on the page, and whether it is full with them.
    fn evidence<'e>(&mut self, evidence: &'e [Evidence]) -> (Vec<&'e Evidence>, Result<(), Full>) {
        let mut named = Vec::new();
        for piece in evidence {
            match self.piece(|| EvidenceView::from(piece)) {
                Ok(None) => {}
                Ok(Some(view)) => {
                    self.view.evidence.push(view);
                    named.push(piece);
                }
                Err(full) => return (named, Err(full)),
            }
        }
        (named, Ok(()))
    }

    /// The next piece, if it stands on this page and not on an earlier one. One always fits.
    fn piece<T: Serialize>(&mut self, view: impl FnOnce() -> T) -> Result<Option<T>, Full> {
        if self.at < self.from {
            self.at += 1;
            return Ok(None);
        }
        let view = view();
        let bytes = encoded_len(&view) + NAMED_BYTES;
        if self.pieces > 0 && bytes > self.left {
            return Err(Full);
        }
        self.left = self.left.saturating_sub(bytes);
        self.at += 1;
        self.pieces += 1;
        Ok(Some(view))
    }
}
