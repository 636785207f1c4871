//! With whom evidence stands once corrections have said that it is somebody else's, and what is nobody's by that.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::filed::noted_or_restated;
use super::said::READ_FROM;
use crate::event::{Judgement, Owner, UndoKind};
use crate::fact::{CorrectionFact, Noted, Reference};
use crate::identity::{DenyList, is_undone, person_of};
use crate::ids::{EventKey, NodeId};
use crate::records::Records;
use crate::resolve::{Resolution, resolve};
use crate::time::Moment;

/// With whom a part of an observation stands, by everything that was put right.
pub(super) struct Held<'c> {
    /// The person's node; nobody's when it can't be told whose.
    pub(super) by: Option<NodeId>,
    /// Whether it is the party's of that person's stay.
    pub(super) for_party: bool,
    /// The correction that brought it there.
    pub(super) since: Option<&'c Arc<CorrectionFact>>,
}

/// Follows a part of an event through the corrections that moved any of it, from the person with whom it first was.
/// `is_about` says whether a correction is about the person of a node.
pub(super) fn held<'c, R: Records>(
    records: &R,
    deny: &DenyList,
    (event, part): (EventKey, Option<u8>),
    (from, moves): (NodeId, &'c [Arc<CorrectionFact>]),
    is_about: impl Fn(&CorrectionFact, NodeId) -> Result<bool, R::Error>,
) -> Result<Held<'c>, R::Error> {
    let mut held = Held {
        by: Some(from),
        for_party: false,
        since: None,
    };
    for correction in moves.iter().filter(|c| c.names(event, part)) {
        let Some(by) = held.by else { break };
        if !is_about(correction, by)? {
            continue;
        }
        held.since = Some(correction);
        (held.by, held.for_party) = match &correction.judgement {
            Judgement::SomeoneElse {
                to: Owner::Guest(to),
                ..
            } => {
                let at = correction.occurred_at;
                (resolved(records, deny, to, at)?, false)
            }
            Judgement::SomeoneElse {
                to: Owner::Party, ..
            } => (held.by, true),
            _ => (None, false),
        };
    }
    Ok(held)
}

/// The corrections that say that something of the event is somebody else's, in order.
pub(super) fn moves<R: Records>(
    records: &R,
    event: EventKey,
) -> Result<Vec<Arc<CorrectionFact>>, R::Error> {
    let mut moves = Vec::new();
    for correction in records.corrections_naming(event)? {
        let gives = matches!(correction.judgement, Judgement::SomeoneElse { .. });
        if gives && !is_undone(records, correction.key, UndoKind::Corrections)? {
            moves.push(Arc::new(correction));
        }
    }
    moves.sort_by_key(|correction| correction.order());
    Ok(moves)
}

/// What the correction moved to a guest who can't be told (yet), and so to nobody: observations, or what corrections
/// restated, with the moved statements alone, and with the note where that, or what was read from it, was moved.
///
/// # Errors
/// When the records can't be read.
pub fn strays<R: Records>(
    records: &R,
    deny: &DenyList,
    correction: &CorrectionFact,
) -> Result<Vec<Noted>, R::Error> {
    let to = correction.to();
    if to.is_empty() || resolved(records, deny, to, correction.occurred_at)?.is_some() {
        return Ok(Vec::new());
    }
    let events: BTreeSet<EventKey> = correction.evidence().iter().map(|e| e.event).collect();
    let mut strays = Vec::new();
    for event in events {
        strays.extend(stray(records, deny, correction, event)?);
    }
    Ok(strays)
}

/// What of the event the correction took from whoever had it, and gave to nobody.
fn stray<R: Records>(
    records: &R,
    deny: &DenyList,
    correction: &CorrectionFact,
    event: EventKey,
) -> Result<Option<Noted>, R::Error> {
    let Some(mut noted) = noted_or_restated(records, event)? else {
        return Ok(None);
    };
    let (references, at) = (&noted.references, noted.observed_at);
    let Some(from) = resolved(records, deny, references, at)? else {
        return Ok(None);
    };
    let (moves, retracted) = (moves(records, event)?, records.retracted(event)?);
    let is_about = |other: &CorrectionFact, node| match about(records, deny, other)? {
        Some(about) => is_same(records, deny, node, about),
        None => Ok(false),
    };
    let is_stray = |part: Option<u8>| {
        if retracted.contains(&None) || retracted.contains(&part) {
            return Ok(false);
        }
        let held = held(records, deny, (event, part), (from, &moves), is_about)?;
        let taken = held.since.is_some_and(|since| since.key == correction.key);
        Ok(taken && held.by.is_none())
    };
    let mut statements = Vec::new();
    for (number, statement) in (0..).zip(std::mem::take(&mut noted.statements)) {
        if is_stray(Some(number))? {
            statements.push(statement);
        }
    }
    noted.statements = statements;
    let mut of_note = false;
    for named in correction.evidence().iter().filter(|e| e.event == event) {
        let is_read = named.statement.is_none_or(|number| number >= READ_FROM);
        of_note = of_note || (is_read && is_stray(named.statement)?);
    }
    noted.note = noted.note.filter(|_| of_note);
    let any = !noted.statements.is_empty() || noted.note.is_some();
    Ok(any.then_some(noted))
}

/// The node of whom the correction is, if that can be told.
pub(super) fn about<R: Records>(
    records: &R,
    deny: &DenyList,
    correction: &CorrectionFact,
) -> Result<Option<NodeId>, R::Error> {
    let (references, at) = (&correction.references, correction.occurred_at);
    resolved(records, deny, references, at)
}

/// Whether the two are one person.
pub(super) fn is_same<R: Records>(
    records: &R,
    deny: &DenyList,
    node: NodeId,
    other: NodeId,
) -> Result<bool, R::Error> {
    let person = person_of(records, deny, node)?;
    Ok(person.nodes.contains_key(&other))
}

/// The node that `references` name at that time, if that can be told.
pub(super) fn resolved<R: Records>(
    records: &R,
    deny: &DenyList,
    references: &[Reference],
    at: Moment,
) -> Result<Option<NodeId>, R::Error> {
    Ok(match resolve(records, deny, references, at)? {
        Resolution::Assigned { node, .. } => Some(node),
        Resolution::Unassigned { .. } => None,
    })
}
