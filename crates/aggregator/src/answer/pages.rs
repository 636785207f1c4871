//! Answers of several pages. A page is worked out anew by whoever is asked for it, so a cursor says of which question it is
//! and what was known: pages that would not fit together are refused.

use std::hash::{DefaultHasher, Hash, Hasher};

use cardex_wire::ProfileView;
use cardex_wire::profile::Extent;
use cardex_wire::query::{Cursor, ErrorCode, QueryError, encode, encoded_len};
use serde::Serialize;

use super::{ANSWER_MAX_BYTES, Desk};

/// About as large as a page may be, so that what stands on it beside its pieces fits as well.
pub(super) const PAGE_BYTES: usize = 700_000;
/// As large as a profile may be, so that what is answered beside it fits as well.
const PROFILE_MAX_BYTES: usize = ANSWER_MAX_BYTES - 150_000;

/// The pages of an answer.
pub(super) struct Pages {
    question: u64,
    state: u64,
    /// The piece with which the page begins that is asked for.
    pub(super) from: u32,
}

impl Pages {
    /// The pages of the answer to `question`, which is without what may differ from page to page, given `state`:
    /// everything that the answer rests on.
    ///
    /// # Errors
    /// When the cursor is another question's, or what is known is not what it was.
    pub(super) fn of(
        desk: &Desk<'_>,
        question: &impl Serialize,
        state: &impl Hash,
        after: Option<Cursor>,
    ) -> Result<Self, QueryError> {
        let question = hash_of(&(desk.subject.to_string(), encode(question)));
        let state = hash_of(&(state, desk.active.vocabulary.hash()));
        let from = match after {
            None => 0,
            Some(after) if after.question != question => {
                let detail = "after: it belongs to another question; ask with the same guest, day and attribute";
                return Err(QueryError::new(ErrorCode::BadRequest, detail));
            }
            Some(after) if after.state != state => {
                let detail = "what is known of the guest changed since the page before; ask anew, without `after`";
                return Err(QueryError::new(ErrorCode::Changed, detail));
            }
            Some(after) => after.from,
        };
        Ok(Self {
            question,
            state,
            from,
        })
    }

    /// Where the page goes on that begins with this piece.
    pub(super) fn next(&self, from: u32) -> Cursor {
        Cursor {
            question: self.question,
            state: self.state,
            from,
        }
    }
}

/// The same for the same in every process of this program.
fn hash_of(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// What fits onto a page, piece by piece.
pub(super) struct Room {
    left: usize,
    empty: bool,
}

impl Room {
    /// An empty page.
    pub(super) fn new() -> Self {
        Self {
            left: PAGE_BYTES,
            empty: true,
        }
    }

    /// Counts what stands on the page beside its pieces.
    pub(super) fn spend(&mut self, beside: &impl Serialize) {
        self.left = self.left.saturating_sub(encoded_len(beside));
    }

    /// Whether the piece still fits; it is counted then. The first of a page always does.
    pub(super) fn takes(&mut self, piece: &impl Serialize) -> bool {
        let bytes = encoded_len(piece);
        let fits = bytes <= self.left || self.empty;
        if fits {
            (self.left, self.empty) = (self.left.saturating_sub(bytes), false);
        }
        fits
    }
}

/// The view of a profile as far as it fits into an answer that holds several.
pub(super) fn fitting(extent: Extent, view: impl Fn(&Extent) -> ProfileView) -> ProfileView {
    let mut extent = extent;
    loop {
        let shown = view(&extent);
        if encoded_len(&shown) <= PROFILE_MAX_BYTES {
            return shown;
        }
        match extent.lessened() {
            Some(less) => extent = less,
            None => return shown,
        }
    }
}
