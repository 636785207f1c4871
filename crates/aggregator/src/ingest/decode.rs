//! From messages to facts, on a thread of its own so that it overlaps with the commits.

use std::collections::BTreeSet;

use cardex_bus::{Bus, Incoming, Read};
use cardex_domain::event::Event;
use cardex_domain::fact::{Fact, Unacceptable};
use cardex_domain::ids::{AppId, InstallationKey, content_hash};
use cardex_domain::time::Moment;
use cardex_store::{Entry, EntryKind};
use cardex_wire::{DeadLetterCode, UnusedCode, decode};
use tokio::sync::mpsc;

use crate::key;
use crate::service::{AggregatorError, AggregatorSettings, gateways};

/// The version of what this program understands. It is raised whenever a message that used to be a dead letter is
/// understood, so that those that wait are tried again.
pub(crate) const DECODER: u32 = 2;

/// The header that names the content type.
const CONTENT_TYPE_HEADER: &str = "Content-Type";

/// Turns messages into entries for the store.
#[derive(Debug)]
pub struct Decoder {
    key: InstallationKey,
    gateways: BTreeSet<AppId>,
}

impl Decoder {
    pub(crate) fn new(key: InstallationKey, gateways: BTreeSet<AppId>) -> Self {
        Self { key, gateways }
    }

    /// What the aggregator of these settings decodes with, for who works out something else of the same messages: under the key
    /// of the bus, which must be there.
    ///
    /// # Errors
    /// When there is no key, it is another one, or settings name no apps.
    pub async fn of_bus(bus: &Bus, settings: &AggregatorSettings) -> Result<Self, AggregatorError> {
        let key = key::of_bus(bus, &settings.installation_key_file).await?;
        Ok(Self::new(key, gateways(&settings.gateways)?))
    }

    /// Works until the queue in front is closed, or nobody takes the results any more.
    pub(crate) fn run(
        &self,
        mut batches: mpsc::Receiver<Vec<Read>>,
        entries: &mpsc::Sender<Vec<Entry>>,
    ) {
        while let Some(batch) = batches.blocking_recv() {
            let decoded = batch.into_iter().map(|read| self.entry(read)).collect();
            if entries.blocking_send(decoded).is_err() {
                return;
            }
        }
    }

    fn entry(&self, read: Read) -> Entry {
        match read {
            Read::Message(message) => self.message(&message),
            Read::Gap(gap) => Entry {
                sequence: gap.last,
                server_time_micros: 0,
                kind: EntryKind::Gap {
                    first: gap.first,
                    last: gap.last,
                    explained: gap.explained,
                },
            },
        }
    }

    /// What the message is to the store. The same message gives the same entry in every replay.
    #[must_use]
    pub fn message(&self, message: &Incoming) -> Entry {
        let received = Moment {
            utc_micros: message.server_time_us,
            offset_minutes: 0,
        };
        let content_type = message.headers.get(CONTENT_TYPE_HEADER);
        let event = decode(&message.subject, content_type, &message.payload, received);
        let kind = match event {
            Ok(event) => self.event(&event, message),
            Err(reject) => {
                let code = DeadLetterCode::Unreadable(reject.code);
                dead_letter(message, code, &reject.detail)
            }
        };
        Entry {
            sequence: message.stream_sequence,
            server_time_micros: message.server_time_us,
            kind,
        }
    }

    fn event(&self, event: &Event, message: &Incoming) -> EntryKind {
        if !self.may_speak(event) {
            let detail = "onbehalfof: this app is not one of the gateways in the settings";
            return unused(message, UnusedCode::OnBehalfRefused, detail);
        }
        match Fact::of(event, &self.key) {
            Ok(fact) => EntryKind::Event {
                subject: message.subject.as_str().into(),
                key: event.key,
                content: content_hash(&message.payload),
                fact,
            },
            Err(reason) => unused(message, code(reason), &reason.to_string()),
        }
    }

    /// Whether the publisher speaks for itself, or may speak for others.
    fn may_speak(&self, event: &Event) -> bool {
        let gateway = |app: &AppId| self.gateways.contains(app);
        event.on_behalf_of.is_none() || event.publisher.app.as_ref().is_some_and(gateway)
    }
}

fn unused(message: &Incoming, code: UnusedCode, detail: &str) -> EntryKind {
    dead_letter(message, DeadLetterCode::Unused(code), detail)
}

fn dead_letter(message: &Incoming, code: DeadLetterCode, detail: &str) -> EntryKind {
    EntryKind::DeadLetter {
        subject: message.subject.as_str().into(),
        code: code.as_str().into(),
        detail: detail.into(),
        key: None,
        decoder: DECODER,
    }
}

fn code(reason: Unacceptable) -> UnusedCode {
    match reason {
        Unacceptable::ForeignItem => UnusedCode::ForeignItem,
        Unacceptable::EmptyIdentifier => UnusedCode::EmptyIdentifier,
        Unacceptable::NoPublisher => UnusedCode::NoPublisher,
        Unacceptable::SameNode => UnusedCode::SameNode,
    }
}

#[cfg(test)]
mod tests;
