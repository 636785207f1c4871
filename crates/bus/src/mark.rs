//! How far the stream of events was, said in another stream: whoever has nothing but the stream learns by this that there
//! was more of it. A bit that turns in a file makes the server forget that message and all after it, and give their
//! sequences out anew.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::consume::Had;
use crate::last::LookupError;
use crate::streams::{EVENTS, MARKS, StreamsError, stream_ends};
use crate::subjects::MARK;
use crate::{Bus, Headers, Position, PublishError, ReadError};

/// A place that the stream of events had reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The stream's incarnation.
    pub incarnation: String,
    /// The sequence.
    pub sequence: u64,
    /// When the message of this sequence was stored, in microseconds since 1970; `None` when there was none.
    pub stored_at_us: Option<i64>,
}

/// Why it is not known that the stream has what it had, or why it has not.
#[derive(Debug, thiserror::Error)]
pub enum MarkError {
    /// The mark, or what it names, can't be looked at.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// The stream can't be looked at.
    #[error(transparent)]
    Streams(#[from] StreamsError),
    /// There is something else in the mark's place.
    #[error("what stands on {MARK} is no mark")]
    Unreadable(#[source] serde_json::Error),
    /// The stream has not what it had.
    #[error(transparent)]
    Gone(ReadError),
    /// The mark can't be set.
    #[error("it can't be marked how far the stream of events is")]
    Publish(#[from] PublishError),
}

impl Mark {
    /// Whether who has read so far has read what is marked.
    #[must_use]
    pub fn is_read_by(&self, position: &Position) -> bool {
        self.incarnation == position.incarnation && self.sequence <= position.sequence
    }

    fn place(&self) -> Position {
        Position {
            incarnation: self.incarnation.clone(),
            sequence: self.sequence,
        }
    }

    fn encode(&self) -> Bytes {
        serde_json::to_vec(self)
            .expect("text and numbers are JSON")
            .into()
    }
}

impl Bus {
    /// Whether the stream of events still has what was marked, for somebody who has read so far of it: what one has read
    /// oneself needs no mark.
    ///
    /// # Errors
    /// [`MarkError::Gone`] when it has not; the others when that can't be learnt.
    pub async fn has_what_was_marked(&self, read: Option<&Position>) -> Result<(), MarkError> {
        let standing = self.patiently(
            "looking up how far the stream of events was",
            |error| matches!(error, MarkError::Lookup(_)),
            || self.mark(),
        );
        match standing.await? {
            Some((mark, _)) if !read.is_some_and(|read| mark.is_read_by(read)) => {
                self.still_has(&mark).await
            }
            _ => Ok(()),
        }
    }

    /// Marks how far the stream is, unless it is marked further already.
    ///
    /// # Errors
    /// [`MarkError::Gone`] when it is marked further and has not what was marked; the others when it can't be learnt or set.
    pub async fn marks(&self, reached: &Mark) -> Result<(), MarkError> {
        let place = reached.place();
        let over = match self.mark().await? {
            Some((mark, _)) if mark.place() == place => return Ok(()),
            Some((mark, at)) if mark.is_read_by(&place) => at,
            Some((mark, _)) => return self.still_has(&mark).await,
            None => 0,
        };
        let (id, headers) = (self.fresh_name(), Headers::new());
        let marking = self.publish_expecting(MARK, &id, reached.encode(), &headers, over);
        match marking.await {
            // Another aggregator was faster.
            Ok(_) | Err(PublishError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Marks that the stream is no further than this, whatever was marked before: a person said that what is gone is gone.
    ///
    /// # Errors
    /// When the server does not take it.
    pub async fn marks_anew(&self, reached: &Mark) -> Result<(), PublishError> {
        let (id, headers) = (self.fresh_name(), Headers::new());
        let marked = self.publish(MARK, &id, reached.encode(), &headers).await;
        marked.map(drop)
    }

    /// What is marked, and the sequence under which it is.
    async fn mark(&self) -> Result<Option<(Mark, u64)>, MarkError> {
        let Some(stored) = self.last_for_subject(MARKS, MARK).await? else {
            return Ok(None);
        };
        let mark = serde_json::from_slice(&stored.payload).map_err(MarkError::Unreadable)?;
        Ok(Some((mark, stored.stream_sequence)))
    }

    async fn still_has(&self, mark: &Mark) -> Result<(), MarkError> {
        let ends = stream_ends(self, EVENTS).await?;
        let had = Had {
            incarnation: Some(&mark.incarnation),
            sequence: mark.sequence,
            stored_at_us: mark.stored_at_us,
        };
        let is = (&*ends.incarnation, ends.last);
        had.is_there(self, EVENTS, is)
            .await?
            .map_err(MarkError::Gone)
    }
}
