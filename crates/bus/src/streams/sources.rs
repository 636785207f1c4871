//! How far headquarters has what happened at hotels with servers of their own. The server's word that a source does not lag is not
//! enough: it says so, too, while the line is down, and of a stream that was made anew. So both ends are counted.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;

use super::EVENTS;
use crate::{Bus, RequestError};

const BOUND: Duration = Duration::from_secs(5);

/// What headquarters has of a hotel's events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hotel {
    /// The hotel's JetStream domain.
    pub domain: String,
    /// The sequence, in the hotel's stream, of the last event that headquarters has.
    pub has: u64,
    /// The last sequence of the hotel's stream; none when the hotel does not answer.
    pub last: Option<u64>,
}

#[derive(Deserialize)]
struct StreamInfo {
    state: State,
    #[serde(default)]
    sources: Vec<SourceState>,
}

#[derive(Deserialize)]
struct State {
    last_seq: u64,
}

#[derive(Deserialize)]
struct SourceState {
    #[serde(default)]
    seq: u64,
    external: Option<External>,
}

#[derive(Deserialize)]
struct External {
    api: String,
}

/// What headquarters has of each hotel's events.
///
/// # Errors
/// When headquarters' own server does not say.
pub async fn sourced(bus: &Bus) -> Result<Vec<Hotel>, RequestError> {
    let own = stream_info(bus, "$JS.API").await?;
    let sources = own.into_iter().flat_map(|info| info.sources);
    let hotels = sources.filter_map(|source| Some((source.external?.api, source.seq)));
    // Side by side: one whose line is half dead keeps nobody from hearing of the others.
    let asked = hotels.map(async |(api, has)| {
        let last = stream_info(bus, &api).await.ok().flatten();
        let domain = api.trim_start_matches("$JS.").trim_end_matches(".API");
        Hotel {
            domain: domain.to_owned(),
            has,
            last: last.map(|info| info.state.last_seq),
        }
    });
    Ok(futures::future::join_all(asked).await)
}

/// None when the answer is a refusal.
async fn stream_info(bus: &Bus, api: &str) -> Result<Option<StreamInfo>, RequestError> {
    let subject = format!("{api}.STREAM.INFO.{EVENTS}");
    let answer = bus.request(&subject, Bytes::new(), BOUND).await?;
    Ok(serde_json::from_slice(&answer).ok())
}
