//! Rows into messages, many at a time and apart from publishing, so that the server never waits for us.

use std::sync::Arc;

use cardex_bus::{Headers, Outgoing};
use cardex_domain::ids::PropertyId;
use cardex_domain::time::Moment;
use cardex_wire::{EventDraft, RejectCode};
use csv::StringRecord;

use super::ids::FileHash;
use super::mapping::Mapping;
use super::row::{Reason, Row, Sheet};
use super::source::{Batch, ReadRow};
use super::{bookings, observations};
use crate::publish::event_headers;

/// What the rows of one import share.
#[derive(Debug)]
pub(super) struct Encoder {
    pub(super) mapping: Mapping,
    pub(super) sheet: Sheet,
    pub(super) property: PropertyId,
    pub(super) file: FileHash,
    /// When the file was first imported: then what it says had happened, and what it does not say when is taken to
    /// have happened then at the latest.
    pub(super) first_imported: Moment,
    /// Now.
    pub(super) now: Moment,
}

/// A row ready to be published, or reported.
#[derive(Debug)]
pub(super) struct EncodedRow {
    pub(super) line: u64,
    pub(super) events: Result<Vec<Outgoing>, Unusable>,
}

/// A row that can't be used.
#[derive(Debug)]
pub(super) struct Unusable {
    pub(super) reason: Reason,
    /// What stood in the file, where it could be read.
    pub(super) record: Option<StringRecord>,
}

/// Some rows that follow each other.
#[derive(Debug)]
pub(super) struct Encoded {
    pub(super) rows: Vec<EncodedRow>,
    pub(super) end_bytes: u64,
}

impl Encoder {
    /// Encodes a batch off the threads that publish.
    pub(super) fn spawn(self: &Arc<Self>, batch: Batch) -> tokio::task::JoinHandle<Encoded> {
        let encoder = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let headers = event_headers();
            let row = |row: ReadRow| encoder.row(row, &headers);
            Encoded {
                rows: batch.rows.into_iter().map(row).collect(),
                end_bytes: batch.end_bytes,
            }
        })
    }

    fn row(&self, (line, read): ReadRow, headers: &Headers) -> EncodedRow {
        let events = match read {
            Err(reason) => Err(Unusable {
                reason,
                record: None,
            }),
            Ok(record) => self
                .events(line, &record, headers)
                .map_err(|reason| Unusable {
                    reason,
                    record: Some(record),
                }),
        };
        EncodedRow { line, events }
    }

    fn events(
        &self,
        line: u64,
        record: &StringRecord,
        headers: &Headers,
    ) -> Result<Vec<Outgoing>, Reason> {
        let row = Row {
            sheet: &self.sheet,
            record,
            line,
        };
        let drafts = match &self.mapping {
            Mapping::Bookings(mapping) => bookings::drafts(
                mapping,
                &self.property,
                self.file,
                self.first_imported,
                &row,
            )?,
            Mapping::Observations(mapping) => {
                vec![observations::draft(
                    mapping,
                    &self.property,
                    self.file,
                    &row,
                )?]
            }
        };
        drafts
            .iter()
            .map(|draft| outgoing(draft, self.now, headers))
            .collect()
    }
}

/// The draft as a message; what no reader would take now is refused here.
fn outgoing(draft: &EventDraft, now: Moment, headers: &Headers) -> Result<Outgoing, Reason> {
    let message = draft.encode_at(now).map_err(|reject| match reject.code {
        RejectCode::FutureDate => {
            "it tells of what has not happened yet: only the days of a booking may lie ahead"
                .to_owned()
        }
        _ => reject.to_string(),
    })?;
    Ok(Outgoing {
        subject: message.subject,
        id: draft.id.to_string(),
        payload: message.payload.into(),
        headers: headers.clone(),
    })
}
