//! How far durables had come, said in another stream: the server may lose one, and whoever makes it anew goes on there and not
//! with all that there ever was, which takes days where there is much.
//!
//! **Invariant:** up to a place that holds, everything that the durable delivers was worked off, and what came of it is still
//! there. What was lost meanwhile of either stream makes the place void, and it stays so until the durable is another.

use serde::{Deserialize, Serialize};

use crate::consume::{Had, ListenError};
use crate::last::LookupError;
use crate::mark::Mark;
use crate::streams::{PLACES, StreamEnds, StreamsError, stream_ends};
use crate::subjects::PlaceSubject;
use crate::{Begin, Bus, DurableSettings, Headers, PublishError};

/// Why the place of a durable is not known, or not kept.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// What is kept, or what it names, can't be looked at.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// A stream can't be looked at.
    #[error(transparent)]
    Streams(#[from] StreamsError),
    /// The durable can't.
    #[error(transparent)]
    Durable(#[from] ListenError),
    /// The place can't be kept.
    #[error("it can't be kept how far a durable has come")]
    Publish(#[from] PublishError),
}

/// How far a durable had come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// Everything that it delivers up to there was worked off.
    done: Mark,
    /// What had come of it by then ends there or before.
    into: Mark,
    /// When the durable was made, in microseconds since 1970.
    made_at_us: i64,
}

/// What is kept, and the sequence under which it is; 0 when nothing ever was.
struct Kept {
    place: Option<Place>,
    at: u64,
}

/// Keeps how far a durable has come, which [begins](crate::Begin::WhereItWas) there when it is made anew.
pub struct PlaceKeeper {
    bus: Bus,
    durable: DurableSettings,
    into: &'static str,
    /// What is kept, where that was looked up and nobody else has kept another since.
    kept: Option<Kept>,
}

impl PlaceKeeper {
    /// Of the durable of these settings; `None` of one that begins elsewhere.
    #[must_use]
    pub fn new(bus: &Bus, durable: &DurableSettings) -> Option<Self> {
        let Begin::WhereItWas { into } = durable.begin else {
            return None;
        };
        Some(Self {
            bus: bus.clone(),
            durable: durable.clone(),
            into,
            kept: None,
        })
    }

    /// The durable's name.
    #[must_use]
    pub fn durable(&self) -> &str {
        &self.durable.name
    }

    /// Keeps how far it is, where that is not kept yet and would hold. Others may do the same: who was overtaken keeps
    /// nothing.
    ///
    /// # Errors
    /// When it can't be learnt, or not be kept.
    pub async fn keep(&mut self) -> Result<(), PlaceError> {
        let DurableSettings { stream, name, .. } = &self.durable;
        let kept = match self.kept.take() {
            Some(kept) => kept,
            None => self.bus.place(name).await?,
        };
        let events = stream_ends(&self.bus, stream).await?;
        let progress = self.bus.durable_progress(stream, name).await?;
        let (sequence, made_at_us) = (progress.acknowledged_to, progress.made_at_us);
        // Only now: by then everything had come of what is acknowledged.
        let into = stream_ends(&self.bus, self.into).await?;
        let holds = match &kept.place {
            _ if sequence == 0 || sequence > events.last => false,
            Some(place) if place.made_at_us > made_at_us => false,
            Some(place) if place.made_at_us == made_at_us => {
                place.done.sequence != sequence
                    && self
                        .bus
                        .holds(place, (stream, &events), (self.into, &into))
                        .await?
            }
            // What went before into one that is gone is not in the one that took its place.
            _ => into.was_there(made_at_us),
        };
        let marks = match holds {
            true => (
                self.bus.at(stream, &events, sequence).await?,
                self.bus.at(self.into, &into, into.last).await?,
            ),
            false => (None, None),
        };
        let (Some(done), Some(into)) = marks else {
            self.kept = Some(kept);
            return Ok(());
        };
        let place = Place {
            done,
            into,
            made_at_us,
        };
        self.kept = self.bus.keep(name, place, kept.at).await?;
        Ok(())
    }
}

impl Bus {
    /// Up to where everything that the durable of this name delivers was worked off, and what came of it is still in the stream
    /// `into`; `None` when nothing is known.
    pub(crate) async fn done_by(
        &self,
        (stream, name): (&str, &str),
        into: &str,
    ) -> Result<Option<u64>, PlaceError> {
        let Some(place) = self.place(name).await?.place else {
            return Ok(None);
        };
        let (of, to) = (
            stream_ends(self, stream).await?,
            stream_ends(self, into).await?,
        );
        let holds = self.holds(&place, (stream, &of), (into, &to)).await?;
        Ok(holds.then_some(place.done.sequence))
    }

    async fn place(&self, name: &str) -> Result<Kept, LookupError> {
        let subject = PlaceSubject { durable: name }.to_string();
        let stored = self.last_for_subject(PLACES, &subject).await?;
        Ok(match stored {
            None => Kept { place: None, at: 0 },
            Some(stored) => Kept {
                // What can't be read says nothing, and then everything is done again.
                place: serde_json::from_slice(&stored.payload).ok(),
                at: stored.stream_sequence,
            },
        })
    }

    /// Keeps the place over the one under that sequence; `None` when there is another by now.
    async fn keep(
        &self,
        name: &str,
        place: Place,
        over: u64,
    ) -> Result<Option<Kept>, PublishError> {
        let text = serde_json::to_vec(&place).expect("text and numbers are JSON");
        let subject = PlaceSubject { durable: name }.to_string();
        let (id, headers) = (self.fresh_name(), Headers::new());
        let keeping = self.publish_expecting(&subject, &id, text.into(), &headers, over);
        match keeping.await {
            Ok(ack) => Ok(Some(Kept {
                place: Some(place),
                at: ack.stream_sequence,
            })),
            Err(PublishError::Conflict { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether both streams, which are now like this, still have what the place says.
    async fn holds(
        &self,
        place: &Place,
        of: (&str, &StreamEnds),
        into: (&str, &StreamEnds),
    ) -> Result<bool, LookupError> {
        for (mark, (stream, ends)) in [(&place.done, of), (&place.into, into)] {
            let had = Had {
                incarnation: Some(&mark.incarnation),
                sequence: mark.sequence,
                stored_at_us: mark.stored_at_us,
            };
            let is = (&*ends.incarnation, ends.last);
            if let Err(error) = had.is_there(self, stream, is).await? {
                tracing::debug!(stream, %error, "the place of a durable is void");
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A place in a stream that is like this; `None` when the message is not there, by which it could be told from another.
    async fn at(
        &self,
        stream: &str,
        ends: &StreamEnds,
        sequence: u64,
    ) -> Result<Option<Mark>, LookupError> {
        let stored_at_us = match sequence {
            0 => None,
            _ => match self.stored(stream, sequence).await? {
                Some(stored) => Some(stored.server_time_us),
                None => return Ok(None),
            },
        };
        Ok(Some(Mark {
            incarnation: ends.incarnation.clone(),
            sequence,
            stored_at_us,
        }))
    }
}
