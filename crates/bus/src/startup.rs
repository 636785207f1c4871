//! What a start waits for: steps that a restart of the server or a change of its leader must not end are tried again
//! within a bound, and the server has to say that it has read what it was sent.

use std::error::Error;
use std::future::{Future, pending};
use std::time::Duration;

use async_nats::jetstream::context::{
    CreateStreamError, CreateStreamErrorKind, GetStreamError, GetStreamErrorKind,
};
use async_nats::jetstream::stream::{ConsumerError, ConsumerErrorKind};
use async_nats::jetstream::{self, ErrorCode};
use bytes::Bytes;
use futures::StreamExt;
use tokio::time::Instant;

use crate::consume::Backoff;
use crate::publish::RETRY_BOUND;
use crate::{BoxError, Bus};

/// How long the server may take to hand back what is sent to oneself.
const ROUND_TRIP_BOUND: Duration = Duration::from_secs(5);

impl Bus {
    /// Tries a step until it succeeds, fails in a way that `passes` says cannot pass, or still fails when
    /// [`RETRY_BOUND`] is over. A step that the connection goes down with is begun again at once, so it must do no harm
    /// when it is done twice.
    ///
    /// # Errors
    /// With the step's last failure.
    pub async fn patiently<T, E, F>(
        &self,
        step: &'static str,
        passes: impl Fn(&E) -> bool,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T, E>
    where
        E: Error,
        F: Future<Output = Result<T, E>>,
    {
        let deadline = Instant::now() + RETRY_BOUND;
        let mut backoff = Backoff::new();
        loop {
            let pause = backoff.pause();
            tokio::time::sleep(pause).await;
            let done = tokio::select! {
                biased;
                done = attempt() => done,
                // What went down with the connection is not worth the wait for its answer.
                () = self.lost() => continue,
            };
            match done {
                Err(error) if passes(&error) && Instant::now() < deadline => {
                    tracing::warn!(step, %error, "trying again");
                }
                done => return done,
            }
        }
    }

    /// Until the connection is lost from now on.
    async fn lost(&self) {
        let mut status = self.status();
        let disconnects = status.borrow_and_update().disconnects;
        let lost = status.wait_for(|status| status.disconnects > disconnects);
        if lost.await.is_err() {
            // It has ended for good, which whoever waits for an answer is told.
            pending::<()>().await;
        }
    }

    /// Returns once the server has read whatever was sent to it on this connection, subscriptions too. The user has to
    /// be one that may publish to its own inbox, as services may.
    pub(crate) async fn round_trip(&self) -> Result<(), BoxError> {
        let inbox = self.client.new_inbox();
        let mut own = self.client.subscribe(inbox.clone()).await?;
        self.client.publish(inbox, Bytes::new()).await?;
        match tokio::time::timeout(ROUND_TRIP_BOUND, own.next()).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err("the connection has ended".into()),
            Err(_) => Err(
                "the server does not hand back what is sent to oneself; check it, and that this user may publish to \
                 its own inbox"
                    .into(),
            ),
        }
    }
}

/// Whether a failure may pass: any but the server's word that it will not do it. That there are not nodes enough for the
/// copies is its word for now: a cluster that is being started has a leader before all of its nodes are there.
pub(crate) fn may_pass(failure: &(dyn Error + 'static)) -> bool {
    let mut chain = std::iter::successors(Some(failure), |&error| error.source());
    !chain.any(|error| {
        reply_in(error).is_some_and(|reply| {
            (400..500).contains(&reply.code()) && reply.error_code() != ErrorCode::CLUSTER_NO_PEERS
        })
    })
}

/// What the server answered, where that is the failure. It stands in the kind of these errors, not among their sources.
fn reply_in(error: &(dyn Error + 'static)) -> Option<jetstream::Error> {
    if let Some(error) = error.downcast_ref::<GetStreamError>()
        && let GetStreamErrorKind::JetStream(reply) = error.kind()
    {
        return Some(reply);
    }
    if let Some(error) = error.downcast_ref::<CreateStreamError>()
        && let CreateStreamErrorKind::JetStream(reply) = error.kind()
    {
        return Some(reply);
    }
    if let Some(error) = error.downcast_ref::<ConsumerError>()
        && let ConsumerErrorKind::JetStream(reply) = error.kind()
    {
        return Some(reply);
    }
    None
}

#[cfg(test)]
mod tests;
