//! Connections, each bounded: in number, in how long a request's head may take, and in how long somebody may take nothing
//! of what is sent. Bodies are made as they are taken, so who is slow makes nothing wait in memory.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use cardex_runtime::health::Heartbeat;
use cardex_runtime::metrics::Counter;
use cardex_runtime::{CancellationToken, TaskTracker};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Sleep, sleep};

use crate::meters::Meters;

/// How long the head of a request may take, and how long a connection may be kept without one.
const HEAD_BOUND: Duration = Duration::from_secs(30);
/// The most of a head, and of what is sent and not yet taken, that is held for one connection.
const BUFFER_MAX_BYTES: usize = 64 * 1024;
/// How long requests under way may take once told to stop.
const STOP_GRACE: Duration = Duration::from_secs(5);
/// How often the loop shows that it is alive when nobody comes.
const BEAT: Duration = Duration::from_secs(1);
/// How long to wait when the system gives no connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Whom connections are bounded by.
pub(crate) struct Bounds {
    /// How many may be open at once.
    pub(crate) max_connections: usize,
    /// How long somebody may take nothing of what is sent.
    pub(crate) stalled: Duration,
}

/// Serves whoever comes until told to stop, and then lets what is under way finish.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    meters: Meters,
    heartbeat: Heartbeat,
    token: CancellationToken,
) {
    let slots = Arc::new(Semaphore::new(bounds.max_connections));
    let connections = TaskTracker::new();
    loop {
        heartbeat.beat();
        let accepted = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (listener.accept().await, slot)
        };
        let (accepted, slot) = tokio::select! {
            () = token.cancelled() => break,
            accepted = accepted => accepted,
            () = sleep(BEAT) => continue,
        };
        let stream = match accepted {
            Ok((stream, _)) => Impatient::new(stream, bounds.stalled, meters.stalled.clone()),
            Err(error) => {
                tracing::warn!(%error, "a connection was not to be had");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (router, stop, open) = (router.clone(), token.clone(), meters.connections.clone());
        connections.spawn(async move {
            open.inc();
            converse(stream, router, stop).await;
            open.dec();
            drop(slot);
        });
    }
    connections.close();
    connections.wait().await;
    heartbeat.retire();
}

/// One connection, to its end.
async fn converse(stream: Impatient, router: Router, stop: CancellationToken) {
    let service = TowerToHyperService::new(router);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_BOUND)
        .max_buf_size(BUFFER_MAX_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            match tokio::time::timeout(STOP_GRACE, connection).await {
                Ok(ended) => ended,
                Err(_) => return,
            }
        }
    };
    if let Err(error) = ended {
        // Whoever goes away in the middle of something is nothing to be told of.
        tracing::debug!(%error, "a connection ended early");
    }
}

/// A connection that fails once nothing of what is sent is taken for too long.
struct Impatient {
    inner: TcpStream,
    bound: Duration,
    /// Since when nothing was taken.
    waiting: Option<Pin<Box<Sleep>>>,
    stalled: Counter,
}

impl Impatient {
    fn new(inner: TcpStream, bound: Duration, stalled: Counter) -> Self {
        Self {
            inner,
            bound,
            waiting: None,
            stalled,
        }
    }

    /// What came of trying to send, unless that is waited for too long.
    fn within<T>(
        &mut self,
        context: &mut Context<'_>,
        tried: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if tried.is_ready() {
            self.waiting = None;
            return tried;
        }
        let bound = self.bound;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(bound)));
        ready!(waiting.as_mut().poll(context));
        self.stalled.inc();
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Impatient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl AsyncWrite for Impatient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let tried = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.within(context, tried)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let tried = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.within(context, tried)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tried = Pin::new(&mut self.inner).poll_flush(context);
        self.within(context, tried)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tried = Pin::new(&mut self.inner).poll_shutdown(context);
        self.within(context, tried)
    }
}
