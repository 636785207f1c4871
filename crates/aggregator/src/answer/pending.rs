//! What people wrote and the vocabulary does not understand: word by word, for those who curate it.

use std::collections::BTreeSet;

use cardex_domain::ids::{AttributeId, EventKey};
use cardex_domain::records::Records;
use cardex_domain::time::Moment;
use cardex_domain::vocabulary::{Canonical, normalised};
use cardex_store::Uncurated;
use cardex_wire::query::{
    LookedAgain, Pending, PendingPlace, PendingReply, PendingRequest, PendingWord, QueryError,
};
use cardex_wire::text::AsText;

use super::{Answer, Desk, FOR_GUEST_RELATIONS, unreadable};
use crate::curation::active;

/// Words in one answer when the question does not say.
const PENDING_DEFAULT: u32 = 50;
/// The most words in one answer.
const PENDING_MAX: u32 = 500;
/// The most statements counted of one word.
const COUNTED_MAX: usize = 2_000;
/// The most statements looked at for one answer, and the most words passed over: writers wait meanwhile.
const LOOKED_AT_MAX: usize = 10_000;
/// The most examples of one word.
const EXAMPLES_MAX: usize = 3;

impl Answer for Pending {
    type Says = PendingReply;

    fn answer(desk: &Desk<'_>, asked: PendingRequest) -> Result<PendingReply, QueryError> {
        desk.must_keep_in_order(FOR_GUEST_RELATIONS)?;
        let limit = asked.limit.unwrap_or(PENDING_DEFAULT).min(PENDING_MAX) as usize;
        let mut reply = PendingReply {
            sequence: desk.sequence,
            behind: desk.behind,
            vocabulary: desk.vocabulary_hash(),
            pending: Vec::new(),
            looking: desk.looking().map_err(unreadable)?,
            next: None,
        };
        let mut place = asked.after.map(|after| (after.attribute.0, after.word));
        let mut looked_at = 0;
        while reply.pending.len() < limit && looked_at < LOOKED_AT_MAX {
            let after = place.as_ref().map(|(a, word)| (a, word.as_str()));
            let found = desk.reader.next_uncurated(after).map_err(unreadable)?;
            let Some((attribute, word)) = found else {
                return Ok(reply);
            };
            looked_at += 1;
            if let Some((pending, counted)) = desk.pending(&attribute, &word)? {
                looked_at += counted;
                reply.pending.extend(pending);
            }
            place = Some((attribute, word));
        }
        reply.next = place.map(|(attribute, word)| PendingPlace {
            attribute: AsText(attribute),
            word,
        });
        Ok(reply)
    }
}

impl Desk<'_> {
    /// How far the look at what is kept has come, while one is under way.
    fn looking(&self) -> Result<Option<LookedAgain>, cardex_store::StoreError> {
        let now = active(&self.reader, &self.active.vocabulary)?;
        if self.reader.is_curated(&now)? {
            return Ok(None);
        }
        let of = self.reader.counts().notes;
        Ok(Some(LookedAgain {
            observations: self.looking.observations().min(of),
            of,
        }))
    }

    /// The word with how many statements were looked at for it, unless it is understood or ignored; no word when all
    /// that used it was taken back.
    fn pending(
        &self,
        attribute: &AttributeId,
        word: &str,
    ) -> Result<Option<(Option<PendingWord>, usize)>, QueryError> {
        let vocabulary = &self.active.vocabulary;
        let attribute_is_known = match vocabulary.canonical(attribute, word) {
            Canonical::Known(_) | Canonical::Open(_) => return Ok(None),
            Canonical::UnknownValue => true,
            Canonical::UnknownAttribute => false,
        };
        // What was marked by an older form of comparing is marked again by the present one.
        if vocabulary.ignores(attribute, word) || normalised(word) != word {
            return Ok(None);
        }
        let marked = self.reader.uncurated(attribute, word, COUNTED_MAX);
        let marked = marked.map_err(unreadable)?;
        let mut standing = Vec::new();
        for statement in &marked {
            let retracted = self.reader.retracted(statement.event).map_err(unreadable)?;
            let number = Some(statement.statement);
            if !retracted.iter().any(|r| r.is_none() || *r == number) {
                standing.push(statement);
            }
        }
        let word = summary(attribute, word, &standing).map(|summary| PendingWord {
            attribute_is_known,
            more: marked.len() == COUNTED_MAX,
            ..summary
        });
        Ok(Some((word, marked.len())))
    }
}

/// What the statements, the oldest first, have in common.
fn summary(attribute: &AttributeId, word: &str, standing: &[&Uncurated]) -> Option<PendingWord> {
    let (first, last) = (standing.first()?, standing.last()?);
    let departments: BTreeSet<_> = standing.iter().map(|s| s.department.clone()).collect();
    let mut examples: Vec<EventKey> = standing.iter().rev().map(|s| s.event).collect();
    examples.dedup();
    examples.truncate(EXAMPLES_MAX);
    Some(PendingWord {
        attribute: AsText(attribute.clone()),
        attribute_is_known: false,
        word: word.to_owned(),
        value: last.value.to_string(),
        count: standing.len() as u64,
        more: false,
        first: AsText(at(first.observed_at_micros)),
        last: AsText(at(last.observed_at_micros)),
        departments: departments.into_iter().map(AsText).collect(),
        examples: examples.into_iter().map(AsText).collect(),
    })
}

fn at(utc_micros: i64) -> Moment {
    Moment {
        utc_micros,
        offset_minutes: 0,
    }
}
