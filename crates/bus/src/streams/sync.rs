//! Whether the server writes to disk before it acknowledges. Only its monitoring address tells.

use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const BOUND: Duration = Duration::from_secs(5);
const LONGEST_ANSWER_BYTES: u64 = 4 * 1024 * 1024;

/// How the server syncs what it acknowledges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncCheck {
    /// Before every acknowledgement.
    Always,
    /// Every so often: a power cut loses acknowledged events of that long.
    Not(String),
    /// It could not be found out, and why.
    Unknown(String),
}

#[derive(Deserialize)]
struct Varz {
    #[serde(default)]
    jetstream: JetStream,
}

#[derive(Deserialize, Default)]
struct JetStream {
    config: Option<Storage>,
}

#[derive(Deserialize)]
struct Storage {
    #[serde(default)]
    sync_always: bool,
    #[serde(default)]
    sync_interval: u64,
}

/// Asks the server's monitoring address (`http://host:port`) whether it syncs before it acknowledges.
pub async fn check_sync_always(monitoring_url: &str) -> SyncCheck {
    let answer = match tokio::time::timeout(BOUND, get_varz(monitoring_url)).await {
        Ok(Ok(body)) => body,
        Ok(Err(reason)) => return SyncCheck::Unknown(reason),
        Err(_) => {
            return SyncCheck::Unknown(format!(
                "{monitoring_url} did not answer within {} s",
                BOUND.as_secs()
            ));
        }
    };
    read_varz(&answer)
}

fn read_varz(body: &[u8]) -> SyncCheck {
    match serde_json::from_slice::<Varz>(body) {
        Ok(Varz {
            jetstream: JetStream {
                config: Some(storage),
            },
        }) if storage.sync_always => SyncCheck::Always,
        Ok(Varz {
            jetstream: JetStream {
                config: Some(storage),
            },
        }) => SyncCheck::Not(format!("{:?}", Duration::from_nanos(storage.sync_interval))),
        Ok(_) => SyncCheck::Unknown("the server runs without JetStream".to_owned()),
        Err(error) => SyncCheck::Unknown(format!("its /varz cannot be read: {error}")),
    }
}

async fn get_varz(monitoring_url: &str) -> Result<Vec<u8>, String> {
    let Some(address) = monitoring_url.strip_prefix("http://") else {
        return Err(format!("{monitoring_url} is not a plain http:// address"));
    };
    let (host, base) = address.split_once('/').unwrap_or((address, ""));
    let base = base.trim_matches('/');
    let path = if base.is_empty() {
        "/varz".to_owned()
    } else {
        format!("/{base}/varz")
    };
    let said = |error: std::io::Error| format!("{monitoring_url}: {error}");
    let mut stream = TcpStream::connect(host).await.map_err(said)?;
    // HTTP/1.0: the answer ends with the connection and is never chunked.
    let request =
        format!("GET {path} HTTP/1.0\r\nHost: {host}\r\nAccept: application/json\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(said)?;
    let mut answer = Vec::new();
    stream
        .take(LONGEST_ANSWER_BYTES)
        .read_to_end(&mut answer)
        .await
        .map_err(said)?;
    let head_ends = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let Some(head_ends) = head_ends else {
        return Err(format!("{monitoring_url} does not speak HTTP"));
    };
    let status = answer[..head_ends].split(|&byte| byte == b' ').nth(1);
    if status != Some(b"200") {
        let status = String::from_utf8_lossy(status.unwrap_or_default()).into_owned();
        return Err(format!("{monitoring_url} answered with status {status}"));
    }
    Ok(answer.split_off(head_ends + 4))
}

#[cfg(test)]
mod tests;
