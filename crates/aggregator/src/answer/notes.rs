//! Notes that wait for somebody to say whether they mean what they seem to say, and those whose wording is to be looked
//! at. Nothing of it is stored: which notes there are is looked up, and each is read and checked when somebody asks.

use std::collections::BTreeSet;

use cardex_domain::evidence::EvidenceId;
use cardex_domain::fact::Noted;
use cardex_domain::gather::{Read, read};
use cardex_domain::identity::person_of;
use cardex_domain::ids::DepartmentId;
use cardex_domain::note::Standing;
use cardex_domain::records::Records;
use cardex_domain::resolve::{Resolution, resolve};
use cardex_domain::vocabulary::View;
use cardex_notes::wording::Hint;
use cardex_wire::profile::LabelView;
use cardex_wire::query::{
    HintView, Notes, NotesReply, NotesRequest, QueryError, ReadingView, ReferenceView, ReviewedNote,
};
use cardex_wire::text::AsText;

use super::{Answer, Desk, is_engine, unreadable};

/// Notes in one answer when the question does not say.
const NOTES_DEFAULT: u32 = 50;
/// The most notes in one answer.
const NOTES_MAX: u32 = 200;
/// The most notes looked at for one answer: those that nothing is to be said of are passed over.
const LOOKED_AT_MAX: usize = 2_000;
/// The most notes of whose guest it is looked up for one answer what the guest asked for.
const ASKED_OF_MAX: usize = NOTES_MAX as usize;

impl Answer for Notes {
    type Says = NotesReply;

    fn answer(desk: &Desk<'_>, asked: NotesRequest) -> Result<NotesReply, QueryError> {
        let limit = asked.limit.unwrap_or(NOTES_DEFAULT).clamp(1, NOTES_MAX) as usize;
        let mut reply = NotesReply {
            sequence: desk.sequence,
            behind: desk.behind,
            vocabulary: desk.vocabulary_hash(),
            notes: Vec::new(),
            next: None,
        };
        if let Some(event) = asked.event {
            let recorded = desk.reader.event(event.0).map_err(unreadable)?;
            let sequence = recorded.map_or(0, |recorded| recorded.sequence);
            let noted = desk.reader.noted(event.0).map_err(unreadable)?;
            let noted = noted.filter(|noted| noted.property == desk.subject.property);
            if let Some(noted) = noted.filter(|noted| desk.reviews(&noted.department))
                && let Some(note) = desk.reviewed(&noted, sequence)?
                && !desk.keeps_from_notes(&noted)?
            {
                reply.notes.push(note);
            }
            return Ok(reply);
        }
        let written = desk
            .reader
            .written(&desk.subject.property, asked.after, LOOKED_AT_MAX)
            .map_err(unreadable)?;
        let only = asked.department.map(|department| department.0);
        let mut asked_of = 0;
        for (looked_at, written) in (1..).zip(&written) {
            let wanted = only.as_ref().is_none_or(|only| *only == written.department);
            if wanted
                && desk.reviews(&written.department)
                && let Some(noted) = desk.reader.noted(written.event).map_err(unreadable)?
                && let Some(note) = desk.reviewed(&noted, written.sequence)?
                && is_to_be_reviewed(&note)
            {
                // Last, because a profile is folded for it.
                asked_of += 1;
                if !desk.keeps_from_notes(&noted)? {
                    reply.notes.push(note);
                }
            }
            if reply.notes.len() == limit || asked_of == ASKED_OF_MAX || looked_at == LOOKED_AT_MAX
            {
                reply.next = Some(written.sequence);
                break;
            }
        }
        Ok(reply)
    }
}

/// Whether there is anything that somebody is to say of it.
fn is_to_be_reviewed(note: &ReviewedNote) -> bool {
    let waits = |reading: &ReadingView| reading.standing == Standing::Waiting.into();
    note.readings.iter().any(waits) || !note.hints.is_empty()
}

impl Desk<'_> {
    /// Whether the department that asks looks through the notes of `writer`.
    fn reviews(&self, writer: &DepartmentId) -> bool {
        self.keeps_in_order() || self.subject.department == *writer
    }

    /// The note of an observation as the department that asks may see it, unless it is kept from notes; `None` where
    /// there is none or it was taken back.
    fn reviewed(&self, noted: &Noted, sequence: u64) -> Result<Option<ReviewedNote>, QueryError> {
        let Some(note) = noted.note.as_deref() else {
            return Ok(None);
        };
        let retracted = self.reader.retracted(noted.key).map_err(unreadable)?;
        let retracted: BTreeSet<Option<u8>> = retracted.into_iter().collect();
        if retracted.contains(&None) {
            return Ok(None);
        }
        let judged = self.reader.note_judgements(noted.key).map_err(unreadable)?;
        let mut all = read(noted, &judged, &self.active.settings());
        all.retain(|read| !retracted.contains(&Some(read.number)));
        let (asks, vocabulary) = (&self.subject.department, &self.active.vocabulary);
        let sees = |read: &&Read| {
            vocabulary.view(&read.statement.attribute, asks) == View::Value || is_engine(asks)
        };
        let reads = self.reads(note, &noted.department);
        let shown = all.iter().filter(sees);
        let readings: Vec<_> = shown
            .map(|read| reading(noted, read, reads.then_some(note)))
            .collect();
        let withheld = all.len() - readings.len();
        let hints = match self.keeps_in_order() {
            true => self.active.notes.extractor().hints(note),
            false => Vec::new(),
        };
        Ok(Some(ReviewedNote {
            sequence,
            event: AsText(noted.key),
            event_id: noted.event_id.to_string(),
            references: noted.references.iter().map(ReferenceView::from).collect(),
            observed_at: AsText(noted.observed_at),
            property: AsText(noted.property.clone()),
            department: AsText(noted.department.clone()),
            via: noted.via.clone().map(AsText),
            app: AsText(noted.app.clone()),
            seen_by: noted.seen_by.as_deref().map(str::to_owned),
            note: reads.then(|| note.to_owned()),
            readings,
            withheld: u32::try_from(withheld).unwrap_or(u32::MAX),
            hints: hints.iter().map(|hint| hint_view(hint, note)).collect(),
        }))
    }

    /// Whether whoever it is about wants nothing personal noted, and the department that asks is to respect that.
    fn keeps_from_notes(&self, noted: &Noted) -> Result<bool, QueryError> {
        if self.keeps_in_order() {
            return Ok(false);
        }
        let (references, at) = (&noted.references, noted.observed_at);
        let deny = &self.active.deny;
        let node = match resolve(&self.reader, deny, references, at).map_err(unreadable)? {
            Resolution::Assigned { node, .. } => node,
            Resolution::Unassigned { .. } => return Ok(false),
        };
        let person = person_of(&self.reader, deny, node).map_err(unreadable)?;
        let discretion = self.discretion_of(&person)?;
        Ok(discretion.hides_personal_from(&self.subject.department))
    }
}

fn reading(noted: &Noted, read: &Read, note: Option<&str>) -> ReadingView {
    let span = read.from_note.span;
    let words = note
        .zip(span)
        .and_then(|(note, span)| note.get(span.start..span.end));
    ReadingView {
        id: AsText(EvidenceId {
            event: noted.key,
            statement: read.number,
        }),
        attribute: AsText(read.statement.attribute.clone()),
        value: read.statement.value.to_string(),
        polarity: read.statement.polarity.into(),
        scope: read.statement.scope.into(),
        how: read.source.into(),
        standing: read.from_note.standing.into(),
        words: words.map(str::to_owned),
    }
}

fn hint_view(hint: &Hint, note: &str) -> HintView {
    let words = note.get(hint.span.start..hint.span.end);
    HintView {
        code: hint.code.as_str().to_owned(),
        words: words.unwrap_or_default().to_owned(),
        instead: LabelView {
            en: hint.instead_en.to_owned(),
            zh: hint.instead_zh.to_owned(),
        },
    }
}
