//! Guests put straight into a store, as the aggregator would from the bus: for what is measured of profiles and memory.

use cardex_bus::Outgoing;
use cardex_domain::fact::Fact;
use cardex_domain::ids::{InstallationKey, content_hash};
use cardex_domain::time::Moment;
use cardex_store::{Entry, EntryKind, Position, Store};
use cardex_wire::CONTENT_TYPE;

use super::{load, rig};

/// Events written at once.
const BATCH_EVENTS: usize = 1_024;

/// Writes messages into a store, one sequence after the other.
pub(super) struct Filling<'s> {
    store: &'s Store,
    key: InstallationKey,
    position: Position,
    waiting: Vec<Entry>,
    /// Events so far.
    pub(super) events: u64,
}

impl<'s> Filling<'s> {
    /// Of a store that belongs to no stream.
    pub(super) fn alone(store: &'s Store) -> Self {
        Self::before(store, "bench")
    }

    /// Of a store with which an aggregator goes on at the first message of the stream of this incarnation.
    pub(super) fn before(store: &'s Store, incarnation: &str) -> Self {
        Self {
            store,
            key: rig::key(),
            position: Position {
                incarnation: incarnation.to_owned(),
                sequence: 0,
            },
            waiting: Vec::with_capacity(BATCH_EVENTS),
            events: 0,
        }
    }

    /// Adds the messages, as if the server took them now.
    pub(super) fn add(
        &mut self,
        messages: impl IntoIterator<Item = Outgoing>,
    ) -> anyhow::Result<()> {
        for message in messages {
            self.events += 1;
            let entry = entry(
                (&message.subject, &message.payload),
                (self.events, load::moment(0).utc_micros),
                &self.key,
            )?;
            self.waiting.push(entry);
            if self.waiting.len() == BATCH_EVENTS {
                self.write()?;
            }
        }
        Ok(())
    }

    /// Brings everything onto the disk.
    pub(super) fn finish(mut self) -> anyhow::Result<u64> {
        self.write()?;
        self.store.sync()?;
        Ok(self.events)
    }

    fn write(&mut self) -> anyhow::Result<()> {
        self.store.write(&self.waiting, &self.position)?;
        self.waiting.clear();
        Ok(())
    }
}

/// The entry that the aggregator makes of a message, given as subject and payload, that the server took as this sequence
/// at this time.
pub(super) fn entry(
    (subject, payload): (&str, &[u8]),
    (sequence, taken_micros): (u64, i64),
    key: &InstallationKey,
) -> anyhow::Result<Entry> {
    let received = Moment {
        utc_micros: taken_micros,
        offset_minutes: 0,
    };
    let event = cardex_wire::decode(subject, Some(CONTENT_TYPE), payload, received)?;
    Ok(Entry {
        sequence,
        server_time_micros: taken_micros,
        kind: EntryKind::Event {
            subject: subject.into(),
            key: event.key,
            content: content_hash(payload),
            fact: Fact::of(&event, key)?,
        },
    })
}
