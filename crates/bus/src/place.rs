//! How far durables had come, said in another stream: the server may lose one, and whoever makes it anew goes on there and not
//! with all that there ever was, which takes days where there is much.

use serde::{Deserialize, Serialize};

use crate::consume::ListenError;
use crate::last::LookupError;
use crate::mark::Mark;
use crate::streams::{PLACES, StreamsError, stream_ends};
use crate::subjects::PlaceSubject;
use crate::{Begin, Bus, DurableSettings, Headers, MarkError, PublishError};

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
    /// Nor whether the stream still has what was done.
    #[error(transparent)]
    Mark(#[from] MarkError),
    /// The place can't be kept.
    #[error("it can't be kept how far a durable has come")]
    Publish(#[from] PublishError),
}

/// How far a durable had come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// Everything that it delivers up to there is done.
    done: Mark,
    /// The incarnation that the stream had for which it is done, when the durable was new.
    into: String,
    /// When the durable was made, in microseconds since 1970.
    made_at_us: i64,
}

/// Keeps how far a durable has come, which [begins](crate::Begin::WhereItWas) there when it is made anew.
pub struct PlaceKeeper {
    bus: Bus,
    durable: DurableSettings,
    into: &'static str,
    /// The place that was kept last, as far as is known here.
    kept: Option<Place>,
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

    /// Keeps how far it is, where that is not kept yet. That another keeps less meanwhile does no harm: then more is done
    /// again.
    ///
    /// # Errors
    /// When it can't be learnt, or not be kept.
    pub async fn keep(&mut self) -> Result<(), PlaceError> {
        let DurableSettings { stream, name, .. } = &self.durable;
        // The streams first: of one that is made anew in between, nothing that is found behind it is said.
        let into = stream_ends(&self.bus, self.into).await?.incarnation;
        let incarnation = stream_ends(&self.bus, stream).await?.incarnation;
        let progress = self.bus.durable_progress(stream, name).await?;
        let (sequence, made_at_us) = (progress.acknowledged_to, progress.made_at_us);
        if sequence == 0 {
            return Ok(());
        }
        let is_of_this = |kept: &&Place| kept.made_at_us == made_at_us;
        if self.kept.as_ref().filter(is_of_this).is_none() {
            // Another may have kept a place of it.
            self.kept = self.bus.place(name).await?;
        }
        let of_this = self.kept.as_ref().filter(is_of_this);
        if of_this.is_some_and(|k| k.done.is(&incarnation, sequence)) {
            return Ok(());
        }
        let stood = self.bus.stored(stream, sequence).await?;
        let place = Place {
            done: Mark {
                incarnation,
                sequence,
                stored_at_us: stood.map(|stored| stored.server_time_us),
            },
            // What had been done for one that is gone has not been done for the one that took its place.
            into: of_this.map_or(into, |kept| kept.into.clone()),
            made_at_us,
        };
        let text = serde_json::to_vec(&place).expect("text and numbers are JSON");
        let subject = PlaceSubject { durable: name }.to_string();
        let (id, headers) = (self.bus.fresh_name(), Headers::new());
        let kept = self.bus.publish(&subject, &id, text.into(), &headers);
        kept.await?;
        self.kept = Some(place);
        Ok(())
    }
}

impl Bus {
    /// Up to where everything that the durable of this name delivers is done, and what came of it still in the stream `into`;
    /// `None` when nothing is known.
    pub(crate) async fn done_by(&self, name: &str, into: &str) -> Result<Option<u64>, PlaceError> {
        let Some(place) = self.place(name).await? else {
            return Ok(None);
        };
        if place.into != stream_ends(self, into).await?.incarnation {
            return Ok(None);
        }
        match self.still_has(&place.done).await {
            Ok(()) => Ok(Some(place.done.sequence)),
            Err(MarkError::Gone(error)) => {
                tracing::warn!(durable = name, %error, "what it had done tells nothing of what there is now");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn place(&self, name: &str) -> Result<Option<Place>, LookupError> {
        let subject = PlaceSubject { durable: name }.to_string();
        let stored = self.last_for_subject(PLACES, &subject).await?;
        // What can't be read says nothing, and then everything is done again.
        Ok(stored.and_then(|stored| serde_json::from_slice(&stored.payload).ok()))
    }
}
