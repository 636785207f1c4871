//! One attempt: a board is posted, signed, and it is told what the receiver makes of it. Redirects are not followed, and
//! certificates are always checked.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::{Request, Response, StatusCode, Uri, header};
use bytes::Bytes;
use cardex_wire::CONTENT_TYPE;
use hyper::body::Incoming;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use super::sign::Secrets;

/// How long a connection may take to come about.
const CONNECT_BOUND: Duration = Duration::from_secs(5);
/// How long a connection is kept for the next board.
const IDLE_BOUND: Duration = Duration::from_secs(30);
/// The most of an answer that is read; nothing of it is used, but a connection whose answer was read can be used again.
const ANSWER_MAX_BYTES: usize = 64 * 1024;
const USER_AGENT: &str = concat!("cardex/", env!("CARGO_PKG_VERSION"));

/// The way to one receiver.
pub(super) struct Post {
    client: Client<HttpsConnector<HttpConnector>, Body>,
    url: Uri,
    secrets: Secrets,
    timeout: Duration,
}

/// What the receiver made of a board.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Took {
    /// It has it.
    It,
    /// It wants no more, now or ever (410 Gone).
    NoMore,
    /// It has it not.
    Not {
        /// Why, without anything that it said.
        why: Refused,
        /// How long it asks to be left alone.
        wait: Option<Duration>,
    },
}

/// Why a board was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    #[error("it answered {0}")]
    Status(StatusCode),
    #[error("it can't be reached, or its certificate is not to be trusted")]
    Unreachable,
    #[error("it did not answer in time")]
    TooSlow,
}

/// Why there is no way to a receiver.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The certificates can't be read.
    #[error("the certificates of {} can't be used; the file must hold some, as PEM", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is no TLS to be had.
    #[error(
        "the system has no certificates to check a receiver's against; name a file of them as ca_file"
    )]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Post {
    pub(super) fn new(
        url: Uri,
        secrets: Secrets,
        ca_file: Option<&Path>,
        timeout: Duration,
    ) -> Result<Self, PostError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECT_BOUND));
        tcp.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(ca_file)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_BOUND)
            .build(connector);
        Ok(Self {
            client,
            url,
            secrets,
            timeout,
        })
    }

    /// Posts a board once. `id` is the same for every attempt, `timestamp` is this one's, in seconds since 1970.
    pub(super) async fn post(&self, id: &str, timestamp: u64, board: Bytes) -> Took {
        let signature = self.secrets.signature(id, timestamp, &board);
        let request = Request::post(self.url.clone())
            .header(header::CONTENT_TYPE, CONTENT_TYPE)
            .header(header::USER_AGENT, USER_AGENT)
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(Body::from(board))
            .expect("ids, numbers and base64 can stand in headers");
        let answered = async {
            let answer = self.client.request(request).await.ok()?;
            let (status, wait) = (answer.status(), wait_of(&answer));
            read(answer.into_body()).await;
            Some((status, wait))
        };
        let not = |why, wait| Took::Not { why, wait };
        match tokio::time::timeout(self.timeout, answered).await {
            Err(_) => not(Refused::TooSlow, None),
            Ok(None) => not(Refused::Unreachable, None),
            Ok(Some((status, _))) if status.is_success() => Took::It,
            Ok(Some((StatusCode::GONE, _))) => Took::NoMore,
            Ok(Some((status, wait))) => not(Refused::Status(status), wait),
        }
    }
}

/// How long the receiver asks to be left alone, where it says so in seconds.
fn wait_of(answer: &Response<Incoming>) -> Option<Duration> {
    let value = answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

/// Reads an answer to its end, if that is near.
async fn read(answer: Incoming) {
    let mut body = Box::pin(answer);
    let mut left = ANSWER_MAX_BYTES;
    while let Some(Ok(frame)) =
        std::future::poll_fn(|context| body.as_mut().poll_frame(context)).await
    {
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        match left.checked_sub(bytes) {
            Some(less) => left = less,
            None => return,
        }
    }
}

/// TLS by ring, which the bus speaks, too: with two providers in one program there would be none.
fn tls(ca_file: Option<&Path>) -> Result<ClientConfig, PostError> {
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| PostError::Tls(source);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.into()))?;
    let config = match ca_file {
        Some(path) => config.with_root_certificates(certificates(path)?),
        None => config
            .with_native_roots()
            .map_err(|error| failed(error.into()))?,
    };
    Ok(config.with_no_client_auth())
}

fn certificates(path: &Path) -> Result<RootCertStore, PostError> {
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| PostError::Certificates {
        path: path.to_owned(),
        source,
    };
    let mut store = RootCertStore::empty();
    let read = CertificateDer::pem_file_iter(path).map_err(|error| failed(error.into()))?;
    for certificate in read {
        let certificate = certificate.map_err(|error| failed(error.into()))?;
        store
            .add(certificate)
            .map_err(|error| failed(error.into()))?;
    }
    match store.is_empty() {
        true => Err(failed("there is none in it".into())),
        false => Ok(store),
    }
}

#[cfg(test)]
mod tests;
