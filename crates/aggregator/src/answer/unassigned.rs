//! Observations that wait for somebody to be about.

use cardex_domain::fact::{Noted, Reference};
use cardex_domain::identity::DenyList;
use cardex_domain::ids::PropertyId;
use cardex_domain::records::Records;
use cardex_domain::resolve::{Resolution, resolve};
use cardex_store::{Reader, Store, StoreError, Watched};
use cardex_wire::query::{
    QueryError, ReferenceView, Unassigned, UnassignedReply, UnassignedRequest, Waiting,
};
use cardex_wire::text::AsText;

use super::{Answer, Desk, unreadable};

/// Observations in one answer when the question does not say.
const UNASSIGNED_DEFAULT: u32 = 100;
/// Observations looked at while one reader is held.
const PAGE_ROWS: usize = 512;
/// The most observations in one answer.
const UNASSIGNED_MAX: u32 = 1_000;

impl Answer for Unassigned {
    fn answer(desk: &Desk<'_>, asked: UnassignedRequest) -> Result<UnassignedReply, QueryError> {
        let limit = asked
            .limit
            .unwrap_or(UNASSIGNED_DEFAULT)
            .min(UNASSIGNED_MAX) as usize;
        let since = asked.since.unwrap_or(0);
        let property = &desk.subject.property;
        let watched = desk
            .reader
            .watched(property, i64::MIN, usize::MAX)
            .map_err(unreadable)?;
        let mut unassigned = Vec::new();
        for watched in watched.iter().filter(|w| w.sequence > since) {
            if unassigned.len() == limit {
                break;
            }
            let waiting = waiting(&desk.reader, &desk.active.deny, watched);
            unassigned.extend(waiting.map_err(unreadable)?);
        }
        let (sequence, vocabulary) = (desk.sequence, desk.vocabulary_hash());
        Ok(UnassignedReply {
            sequence,
            vocabulary,
            unassigned,
        })
    }
}

/// How many observations of the property, taken by the server since then, have nobody. Looked at page by page, so that
/// no reader holds up a commit for long.
pub(crate) fn count(
    store: &Store,
    deny: &DenyList,
    property: &PropertyId,
    since_micros: i64,
) -> Result<i64, StoreError> {
    let (mut from, mut done, mut count) = (since_micros, 0, 0);
    loop {
        let reader = store.read();
        let page = reader.watched(property, from, PAGE_ROWS)?;
        for watched in page.iter().filter(|w| w.sequence > done) {
            count += i64::from(waiting(&reader, deny, watched)?.is_some());
        }
        match page.last() {
            Some(last) if page.len() == PAGE_ROWS && last.sequence > done => {
                (from, done) = (last.server_time_micros, last.sequence);
            }
            _ => return Ok(count),
        }
    }
}

/// The observation, if it has nobody as things stand. One that was taken back waits no more.
fn waiting(
    reader: &Reader<'_>,
    deny: &DenyList,
    watched: &Watched,
) -> Result<Option<Waiting>, StoreError> {
    let Some(noted) = reader.noted(watched.key)? else {
        return Ok(None);
    };
    if reader.retracted(noted.key)?.contains(&None) {
        return Ok(None);
    }
    match resolve(reader, deny, &noted.references, noted.observed_at)? {
        Resolution::Assigned { .. } => Ok(None),
        Resolution::Unassigned { reason, candidates } => Ok(Some(Waiting {
            reason: reason.into(),
            candidates: candidates.into_iter().map(AsText).collect(),
            ..of(&noted, watched.sequence)
        })),
    }
}

fn of(noted: &Noted, sequence: u64) -> Waiting {
    Waiting {
        sequence,
        event: AsText(noted.key),
        references: noted
            .references
            .iter()
            .map(|r: &Reference| ReferenceView::from(r))
            .collect(),
        observed_at: AsText(noted.observed_at),
        property: AsText(noted.property.clone()),
        department: AsText(noted.department.clone()),
        app: AsText(noted.app.clone()),
        reason: cardex_domain::resolve::Unassigned::Unknown.into(),
        candidates: Vec::new(),
    }
}
