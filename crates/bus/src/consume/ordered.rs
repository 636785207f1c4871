//! Reading the stream strictly in sequence, for whoever keeps the position with what it built from it.

use std::time::Duration;

use super::Start;
use super::opening::Backoff;
use super::{Gap, Incoming, Position, Read, ReadError, Tail};
use crate::Bus;
use crate::last::LookupError;

/// Reads one stream from a position on, in strictly increasing and contiguous sequence.
pub struct OrderedReader {
    bus: Bus,
    stream: String,
    tail: Tail,
    /// Received, but behind a gap that has not been looked into yet.
    held: Option<Incoming>,
    sequence: u64,
}

impl OrderedReader {
    /// Begins after the position, or with the stream's first message.
    ///
    /// Waits for the server and the stream for as long as it takes.
    ///
    /// # Errors
    /// When the stream is another one than the position's, or ends before it.
    pub async fn open(bus: &Bus, stream: &str, after: Option<Position>) -> Result<Self, ReadError> {
        match after {
            Some(position) => {
                Self::begin(
                    bus,
                    stream,
                    position.sequence,
                    Tail::after(bus, stream, position, None),
                )
                .await
            }
            None => {
                Self::begin(
                    bus,
                    stream,
                    0,
                    Tail::new(bus, stream, None, Start::After(0)),
                )
                .await
            }
        }
    }

    /// Begins after the position, whose message was stored at this time (microseconds since 1970): a stream
    /// that lost its end and gave the sequence to another message is noticed, too.
    ///
    /// # Errors
    /// As [`OrderedReader::open`], and when the position holds another message.
    pub async fn open_behind(
        bus: &Bus,
        stream: &str,
        position: Position,
        server_time_us: i64,
    ) -> Result<Self, ReadError> {
        let sequence = position.sequence;
        let tail = Tail::after(bus, stream, position, Some(server_time_us));
        Self::begin(bus, stream, sequence, tail).await
    }

    async fn begin(
        bus: &Bus,
        stream: &str,
        sequence: u64,
        mut tail: Tail,
    ) -> Result<Self, ReadError> {
        tail.open().await?;
        Ok(Self {
            bus: bus.clone(),
            stream: stream.to_owned(),
            tail,
            held: None,
            sequence,
        })
    }

    /// How far it has read.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            incarnation: self.tail.incarnation().to_owned(),
            sequence: self.sequence,
        }
    }

    /// How far the stream goes, as far as is known without asking: at least as far as read.
    #[must_use]
    pub fn known_end(&self) -> u64 {
        self.tail.end().max(self.sequence)
    }

    /// Waits up to `linger` for the next step, then takes those that are there already, up to `max`.
    ///
    /// An empty batch means that nothing came in time. Stream errors never come out of here; they are logged,
    /// and reading goes on after the last step handed out. Cancel safe.
    ///
    /// # Errors
    /// When the stream was recreated, or lost its end. Reading on would be wrong.
    pub async fn next_batch(
        &mut self,
        max: usize,
        linger: Duration,
    ) -> Result<Vec<Read>, ReadError> {
        let mut batch = Vec::new();
        if self.held.is_none() {
            match tokio::time::timeout(linger, self.wait()).await {
                Ok(waited) => waited?,
                Err(_) => return Ok(batch),
            }
        }
        if let Some(first_there) = self.gap_ends() {
            let gap = self.look_into(self.sequence + 1, first_there - 1).await;
            self.sequence = gap.last;
            self.tail.skip_to(gap.last);
            batch.push(Read::Gap(gap));
        }
        while batch.len() < max {
            let Some(next) = self.held.take().or_else(|| self.tail.next_ready()) else {
                break;
            };
            if next.stream_sequence != self.sequence + 1 {
                self.held = Some(next);
                break;
            }
            self.sequence = next.stream_sequence;
            batch.push(Read::Message(next));
        }
        Ok(batch)
    }

    /// Until a message is held, or the stream is known to hold none up to some sequence.
    async fn wait(&mut self) -> Result<(), ReadError> {
        self.tail.open().await?;
        if self.tail.empty_to().is_none() {
            self.held = Some(self.tail.next().await?);
        }
        Ok(())
    }

    /// The first sequence after a gap that begins right here.
    fn gap_ends(&self) -> Option<u64> {
        let after = match &self.held {
            Some(held) => held.stream_sequence,
            None => self.tail.empty_to()? + 1,
        };
        (after > self.sequence + 1).then_some(after)
    }

    async fn look_into(&self, first: u64, last: u64) -> Gap {
        let mut backoff = Backoff::new();
        loop {
            tokio::time::sleep(backoff.pause()).await;
            match self.is_explained(first, last).await {
                Ok(explained) => {
                    return Gap {
                        first,
                        last,
                        explained,
                    };
                }
                Err(error) => {
                    tracing::warn!(stream = self.stream, %error, "cannot look into a gap; trying again");
                }
            }
        }
    }

    /// Whether each of these sequences was erased.
    async fn is_explained(&self, first: u64, last: u64) -> Result<bool, LookupError> {
        for sequence in first..=last {
            if !self.bus.was_erased(&self.stream, sequence).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
