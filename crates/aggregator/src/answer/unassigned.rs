//! Events that have nothing behind them yet: observations without anybody to be about, changes of stays that nobody
//! booked, corrections of nobody or in favour of nobody, links of nobody known, retractions of what nobody noted.

use cardex_domain::event::{LinkKind, Statement, UndoKind};
use cardex_domain::fact::{CorrectionFact, Fact, LinkFact, Noted, Reference, StayFact};
use cardex_domain::gather::strays;
use cardex_domain::identity::{DenyList, is_recorded, is_undone};
use cardex_domain::ids::{EventKey, NodeId, PropertyId};
use cardex_domain::records::Records;
use cardex_domain::resolve::{Resolution, Unassigned as NobodyReason, resolve};
use cardex_domain::time::Moment;
use cardex_domain::vocabulary::View;
use cardex_store::{Reader, Store, StoreError, Watched};
use cardex_wire::EventType;
use cardex_wire::identity::LinkView;
use cardex_wire::query::{
    CorrectionView, QueryError, ReferenceView, Unassigned, UnassignedReply, UnassignedRequest,
    UnknownStay, VoidRetraction, Waiting, WaitingCorrection, WaitingLink, WaitingStatement,
};
use cardex_wire::text::AsText;

use super::{Answer, Desk, is_engine, unreadable};

/// Observations in one answer when the question does not say.
const UNASSIGNED_DEFAULT: u32 = 100;
/// Events looked at for one answer: most observations are told of a room, and have somebody.
const LOOKED_AT_MAX: usize = 5_000;
/// Observations looked at while one reader is held.
const PAGE_ROWS: usize = 512;
/// The most observations in one answer.
const UNASSIGNED_MAX: u32 = 1_000;

impl Answer for Unassigned {
    type Says = UnassignedReply;

    fn answer(desk: &Desk<'_>, asked: UnassignedRequest) -> Result<UnassignedReply, QueryError> {
        let limit = asked
            .limit
            .unwrap_or(UNASSIGNED_DEFAULT)
            .clamp(1, UNASSIGNED_MAX) as usize;
        let since = asked.since.unwrap_or(0);
        let property = &desk.subject.property;
        let watched = desk
            .reader
            .watched_after(property, since, LOOKED_AT_MAX)
            .map_err(unreadable)?;
        let mut reply = UnassignedReply {
            sequence: desk.sequence,
            behind: desk.behind,
            vocabulary: desk.vocabulary_hash(),
            unassigned: Vec::new(),
            stays: Vec::new(),
            retractions: Vec::new(),
            corrections: Vec::new(),
            links: Vec::new(),
            next: None,
        };
        let mut open = 0;
        for (looked_at, watched) in (1..).zip(&watched) {
            open += usize::from(desk.add(watched, &mut reply)?);
            if open == limit || looked_at == LOOKED_AT_MAX {
                reply.next = Some(watched.sequence);
                break;
            }
        }
        Ok(reply)
    }
}

impl Desk<'_> {
    /// Adds what still has nothing behind it, and says whether it has.
    fn add(&self, watched: &Watched, reply: &mut UnassignedReply) -> Result<bool, QueryError> {
        let fact = self.reader.fact_of(watched.key).map_err(unreadable)?;
        match fact {
            Some(Fact::Noted(noted)) => {
                let (reader, deny) = (&self.reader, &self.active.deny);
                let nobody = nobody(reader, deny, &noted).map_err(unreadable)?;
                let waiting = nobody.map(|nobody| self.waiting(&noted, watched.sequence, nobody));
                let waits = waiting.is_some();
                reply.unassigned.extend(waiting);
                Ok(waits)
            }
            Some(Fact::Stay(stay)) => {
                let facts = self.reader.stay_facts(stay.stay).map_err(unreadable)?;
                let begun = facts.iter().any(|fact| fact.change.begins());
                if !begun {
                    reply.stays.push(unknown_stay(&stay, watched.sequence));
                }
                Ok(!begun)
            }
            Some(Fact::Retracted(retracted)) => {
                self.add_void(watched, &[retracted.target], None, reply)
            }
            Some(Fact::NoteJudged(judged)) => self.add_void(watched, &[judged.target], None, reply),
            Some(Fact::Undone(undo)) => {
                self.add_void(watched, &undo.events, Some(undo.kind), reply)
            }
            Some(Fact::Corrected(correction)) => self.add_correction(watched, &correction, reply),
            Some(Fact::Linked(link)) => self.add_link(watched, &link, reply),
            _ => Ok(false),
        }
    }

    /// Adds each of the events taken back by another of which nothing is known as what is undone, and says whether there
    /// is one.
    fn add_void(
        &self,
        watched: &Watched,
        targets: &[EventKey],
        undone_as: Option<UndoKind>,
        reply: &mut UnassignedReply,
    ) -> Result<bool, QueryError> {
        let reader = &self.reader;
        let is_there = |target| match undone_as {
            None => reader.event(target).map(|event| event.is_some()),
            Some(UndoKind::Links) => reader.link(target).map(|link| link.is_some()),
            Some(UndoKind::Corrections) => reader.correction(target).map(|c| c.is_some()),
        };
        let mut void = false;
        for target in targets {
            if !is_there(*target).map_err(unreadable)? {
                void = true;
                reply.retractions.push(VoidRetraction {
                    sequence: watched.sequence,
                    event: AsText(watched.key),
                    target: AsText(*target),
                });
            }
        }
        Ok(void)
    }

    /// Adds a correction of nobody, or what one of somebody moved to nobody, and says whether there is any.
    fn add_correction(
        &self,
        watched: &Watched,
        correction: &CorrectionFact,
        reply: &mut UnassignedReply,
    ) -> Result<bool, QueryError> {
        let (reader, deny) = (&self.reader, &self.active.deny);
        if is_undone(reader, correction.key, UndoKind::Corrections).map_err(unreadable)? {
            return Ok(false);
        }
        let (references, at) = (&correction.references, correction.occurred_at);
        let view = CorrectionView::of(correction, &self.subject.department);
        if let Some(nobody) = meant(reader, deny, references, at).map_err(unreadable)? {
            reply.corrections.push(WaitingCorrection {
                sequence: watched.sequence,
                correction: view,
                references: references.iter().map(ReferenceView::from).collect(),
                reason: nobody.reason.into(),
                candidates: nobody.candidates.into_iter().map(AsText).collect(),
            });
            return Ok(true);
        }
        let strays = strays(reader, deny, correction).map_err(unreadable)?;
        for mut stray in strays.iter().cloned() {
            stray.references = correction.to().to_vec();
            let Some(nobody) = meant(reader, deny, correction.to(), at).map_err(unreadable)? else {
                break;
            };
            reply.unassigned.push(Waiting {
                moved_by: Some(view.clone()),
                ..self.waiting(&stray, watched.sequence, nobody)
            });
        }
        Ok(!strays.is_empty())
    }

    /// Adds a link that names somebody of whom nothing else is known, and says whether it does. A department that does
    /// not keep guests' cards is not told of it.
    fn add_link(
        &self,
        watched: &Watched,
        link: &LinkFact,
        reply: &mut UnassignedReply,
    ) -> Result<bool, QueryError> {
        let undone = is_undone(&self.reader, link.key, UndoKind::Links);
        if undone.map_err(unreadable)? || !self.reads_identifiers() {
            return Ok(false);
        }
        let mut unknown = Vec::new();
        for node in [link.a, link.b] {
            if !is_recorded(&self.reader, node).map_err(unreadable)? {
                unknown.push(AsText(node));
            }
        }
        let waits = !unknown.is_empty();
        if waits {
            reply.links.push(WaitingLink {
                sequence: watched.sequence,
                link: LinkView::from(link),
                never: link.kind == LinkKind::Never,
                unknown,
            });
        }
        Ok(waits)
    }

    /// The observation as the department that asks may see it.
    fn waiting(&self, noted: &Noted, sequence: u64, nobody: Nobody) -> Waiting {
        let asks = &self.subject.department;
        let sees = |statement: &&Statement| {
            let view = self.active.vocabulary.view(&statement.attribute, asks);
            is_engine(asks) || view == View::Value
        };
        let seen = noted.statements.iter().filter(sees);
        let statements: Vec<WaitingStatement> = seen
            .map(|statement| WaitingStatement {
                attribute: AsText(statement.attribute.clone()),
                value: statement.value.to_string(),
                polarity: statement.polarity.into(),
            })
            .collect();
        let withheld = noted.statements.len() - statements.len();
        let reads = |note: &&str| self.reads(note, &noted.department);
        Waiting {
            sequence,
            event: AsText(noted.key),
            references: noted.references.iter().map(ReferenceView::from).collect(),
            moved_by: None,
            observed_at: AsText(noted.observed_at),
            property: AsText(noted.property.clone()),
            department: AsText(noted.department.clone()),
            app: AsText(noted.app.clone()),
            seen_by: noted.seen_by.as_deref().map(str::to_owned),
            statements,
            withheld: u32::try_from(withheld).unwrap_or(u32::MAX),
            note: noted.note.as_deref().filter(reads).map(str::to_owned),
            reason: nobody.reason.into(),
            candidates: nobody.candidates.into_iter().map(AsText).collect(),
        }
    }
}

fn unknown_stay(stay: &StayFact, sequence: u64) -> UnknownStay {
    UnknownStay {
        sequence,
        event: AsText(stay.key),
        stay: AsText(stay.stay),
        reservation: stay.reservation.to_string(),
        change: EventType::of_stay(&stay.change).event().to_owned(),
        occurred_at: AsText(stay.occurred_at),
    }
}

/// How many observations of the property, taken by the server since then, have nobody, with corrections by which
/// something of one has nobody. Looked at page by page, so that
/// no reader holds up a commit for long. Where the store is divided each shard counts what it tells of, so that all of
/// them add up.
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
            let is_told = |references: &[Reference]| {
                store.share().is_none_or(|share| share.tells_of(references))
            };
            let waits = match reader.fact_of(watched.key)? {
                Some(Fact::Noted(noted)) if is_told(&noted.references) => {
                    nobody(&reader, deny, &noted)?.is_some()
                }
                // What it moves may lie in another shard's store, and is not looked for there.
                Some(Fact::Corrected(moving)) if is_told(&moving.references) => {
                    !strays(&reader, deny, &moving)?.is_empty()
                }
                _ => false,
            };
            count += i64::from(waits);
        }
        match page.last() {
            Some(last) if page.len() == PAGE_ROWS && last.sequence > done => {
                (from, done) = (last.server_time_micros, last.sequence);
            }
            _ => return Ok(count),
        }
    }
}

/// Why an observation has nobody, and who it may be about.
struct Nobody {
    reason: NobodyReason,
    candidates: Vec<NodeId>,
}

/// Why the observation has nobody as things stand, if so. One that was taken back waits no more.
fn nobody(
    reader: &Reader<'_>,
    deny: &DenyList,
    noted: &Noted,
) -> Result<Option<Nobody>, StoreError> {
    if reader.retracted(noted.key)?.contains(&None) {
        return Ok(None);
    }
    meant(reader, deny, &noted.references, noted.observed_at)
}

/// Why the references mean nobody at that time, if so.
fn meant(
    reader: &Reader<'_>,
    deny: &DenyList,
    references: &[Reference],
    at: Moment,
) -> Result<Option<Nobody>, StoreError> {
    Ok(match resolve(reader, deny, references, at)? {
        Resolution::Assigned { .. } => None,
        Resolution::Unassigned { reason, candidates } => Some(Nobody {
            reason,
            candidates: candidates.into_iter().collect(),
        }),
    })
}
