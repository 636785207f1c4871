//! The server's clock: what all who share a bus agree on, whatever the clocks of their own machines say.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::response::Response;
use cardex_wire::time::micros_of;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::streams::PROMPTS;
use crate::{BoxError, Bus};

/// How long a reading is carried on before the server is asked again.
const READING_HOLDS: Duration = Duration::from_secs(30);

/// The server did not say what time it is.
#[derive(Debug, thiserror::Error)]
#[error("the server does not say what time it is; it has to be nats-server 2.10 or newer")]
pub struct ClockError(#[source] BoxError);

/// The server's time, kept between two readings by a clock that nobody can set. Clones share their readings.
#[derive(Debug, Clone)]
pub struct ServerClock {
    bus: Bus,
    reading: Arc<Mutex<Option<Reading>>>,
}

/// What the server said, and when it was heard.
#[derive(Debug, Clone, Copy)]
struct Reading {
    said_us: i64,
    heard: Instant,
}

/// What of the server's description of a stream says the time.
#[derive(Deserialize)]
struct Described {
    ts: String,
}

impl Bus {
    /// What time it is by the server's clock when its answer leaves, in microseconds since 1970.
    ///
    /// # Errors
    /// When the server does not say.
    pub async fn server_time_us(&self) -> Result<i64, ClockError> {
        let subject = format!("STREAM.INFO.{PROMPTS}");
        let described = self.jetstream.request(subject, &()).await;
        match described.map_err(|error| ClockError(Box::new(error)))? {
            Response::Ok(Described { ts }) => {
                micros_of(&ts).ok_or_else(|| ClockError("what it says is no moment".into()))
            }
            Response::Err { error } => Err(ClockError(Box::new(error))),
        }
    }
}

impl ServerClock {
    /// The clock of the bus; nothing is asked yet.
    #[must_use]
    pub fn new(bus: Bus) -> Self {
        Self {
            bus,
            reading: Arc::default(),
        }
    }

    /// What time it is there, in microseconds since 1970: never ahead of it, and behind by no more than an answer takes.
    ///
    /// # Errors
    /// When it was not read for [half a minute](READING_HOLDS) and the server does not say.
    pub async fn now_us(&self) -> Result<i64, ClockError> {
        let mut reading = self.reading.lock().await;
        if let Some(held) = reading.filter(|held| held.heard.elapsed() < READING_HOLDS) {
            let since_us = held.heard.elapsed().as_micros();
            return Ok(held.said_us + i64::try_from(since_us).unwrap_or(i64::MAX));
        }
        let said_us = self.bus.server_time_us().await?;
        let heard = Instant::now();
        *reading = Some(Reading { said_us, heard });
        Ok(said_us)
    }
}
