//! What the server took that the boards may not know of yet: whoever was to work it off may have been killed, and it comes
//! again only after some time.
//!
//! Every event is read once, however often it is asked for and however long the listeners are behind.

use std::collections::BTreeMap;
use std::time::Duration;

use cardex_bus::streams::{EVENTS, stream_ends};
use cardex_bus::{Bus, Incoming, OrderedReader, Position, Read};
use cardex_domain::event::{Body, Event, StayChange};
use cardex_domain::ids::{ItemId, PropertyId};
use cardex_domain::time::Moment;
use cardex_wire::decode;

use super::TimerError;
use crate::service::DURABLE;

/// Events read at a time.
const READ_BATCH: usize = 256;
/// How long to wait for them.
const READ_LINGER: Duration = Duration::from_secs(1);

/// What is unheard, with the sequence of its event.
#[derive(Default)]
pub(super) struct Unheard {
    /// Stands where all was read; none while nothing is unheard.
    reader: Option<OrderedReader>,
    /// The items that somebody answered for.
    answered: BTreeMap<ItemId, u64>,
    /// The hotels in which somebody hung a sign on a door. Which stay's it is takes the installation's key to say.
    signs: BTreeMap<PropertyId, u64>,
}

impl Unheard {
    /// Whether somebody answered for the item.
    pub(super) fn answers(&self, item: &ItemId) -> bool {
        self.answered.contains_key(item)
    }

    /// Whether somebody hung a sign on a door of the hotel.
    pub(super) fn hangs_sign(&self, property: &PropertyId) -> bool {
        self.signs.contains_key(property)
    }

    /// Reads what came since, and leaves out what the listeners have worked off by now.
    pub(super) async fn catch_up(&mut self, bus: &Bus) -> Result<(), TimerError> {
        let end = stream_ends(bus, EVENTS).await?;
        let progress = bus.durable_progress(EVENTS, DURABLE).await?;
        let heard = Position {
            sequence: progress.acknowledged_to,
            incarnation: end.incarnation,
        };
        // Read on after a failure it would be as if nothing had been in between.
        let reads_on = |reader: &OrderedReader| {
            let at = reader.position();
            at.incarnation == heard.incarnation && at.sequence >= heard.sequence
        };
        let reader = self.reader.take().filter(reads_on);
        if reader.is_none() {
            (self.answered, self.signs) = Default::default();
        }
        if heard.sequence >= end.last {
            return Ok(());
        }
        self.answered.retain(|_, at| *at > heard.sequence);
        self.signs.retain(|_, at| *at > heard.sequence);
        let mut reader = match reader {
            Some(reader) => reader,
            None => OrderedReader::open(bus, EVENTS, Some(heard)).await?,
        };
        while reader.position().sequence < end.last {
            for read in reader.next_batch(READ_BATCH, READ_LINGER).await? {
                if let Read::Message(message) = read {
                    self.hear(&message);
                }
            }
        }
        self.reader = Some(reader);
        Ok(())
    }

    fn hear(&mut self, message: &Incoming) {
        let sequence = message.stream_sequence;
        let Some(event) = event(message) else { return };
        match event.body {
            Body::Outcome(outcome) if outcome.outcome.acknowledges() => {
                self.answered.insert(outcome.item, sequence);
            }
            Body::Stay(stay) if stay.change == StayChange::DoNotDisturb => {
                let signs = event.publisher.property.map(|by| (by, sequence));
                self.signs.extend(signs);
            }
            _ => {}
        }
    }
}

/// The event of a message; none where it is a dead letter, which says nothing.
fn event(message: &Incoming) -> Option<Event> {
    let received = Moment {
        utc_micros: message.server_time_us,
        offset_minutes: 0,
    };
    decode(&message.subject, None, &message.payload, received).ok()
}
