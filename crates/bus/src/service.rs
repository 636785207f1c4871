//! Questions and answers, as NATS services: `nats micro` finds them, and errors travel in headers.

mod at_work;
mod instances;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_nats::service::{self, ServiceExt};
use async_nats::{Client, HeaderMap, RequestErrorKind};
use bytes::Bytes;
use futures::StreamExt;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::{BoxError, Bus, Headers};

pub use at_work::Patience;
pub use instances::{Instance, InstancesError};

const ERROR_HEADER: &str = "Nats-Service-Error";
const ERROR_CODE_HEADER: &str = "Nats-Service-Error-Code";

/// How long a stopping service waits for the answers under way.
const STOP_BOUND: Duration = Duration::from_secs(10);

/// What a service is called and how much it does at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSettings {
    /// Its name: letters, digits, `_` and `-`.
    pub name: String,
    /// Its version, `major.minor.patch`.
    pub version: String,
    /// What it is for.
    pub description: String,
    /// Instances with the same group share the questions.
    pub queue_group: String,
    /// How many questions are worked on at once; more wait.
    pub max_concurrent: usize,
    /// What it says of itself to who asks which instances there are.
    pub says: BTreeMap<String, String>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Where it was asked, which says who asks.
    pub subject: String,
    /// What is asked.
    pub payload: Bytes,
    /// Its headers.
    pub headers: Headers,
}

/// An answer that is an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (code {code})")]
pub struct ServiceError {
    /// A code in the manner of HTTP.
    pub code: u16,
    /// What failed and what to do; never guest data.
    pub message: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Nobody serves the subject.
    #[error("nobody answers on {subject}; is the service running?")]
    NoResponders {
        /// The subject asked on.
        subject: String,
    },
    /// No answer in time. A subject this user may not ask on looks the same.
    #[error("no answer on {subject} in time; try again, and check that this user may ask there")]
    Timeout {
        /// The subject asked on.
        subject: String,
    },
    /// Nobody says any more, or ever said, to be at work on the answer.
    #[error(
        "nobody was heard to work on the answer on {subject} for {seconds} s: who did has ended, lost the bus, or is of \
         a version that says nothing meanwhile"
    )]
    Silent {
        /// The subject asked on.
        subject: String,
        /// For how long.
        seconds: u64,
    },
    /// The service answered with an error.
    #[error("the service answered with an error")]
    Service(#[source] ServiceError),
    /// The question could not be sent.
    #[error("cannot ask on {subject}")]
    Send {
        /// The subject asked on.
        subject: String,
        /// Why not.
        #[source]
        source: BoxError,
    },
}

/// Why a service does not start.
#[derive(Debug, thiserror::Error)]
#[error("cannot serve {name}")]
pub struct ServeError {
    name: String,
    #[source]
    source: BoxError,
}

type Answer = Pin<Box<dyn Future<Output = Result<Bytes, ServiceError>> + Send>>;

/// One kind of question and who answers it.
pub struct Endpoint {
    name: String,
    subject: String,
    handler: Arc<dyn Fn(Request) -> Answer + Send + Sync>,
}

impl Endpoint {
    /// An endpoint called `name` that answers on every subject matching the pattern.
    pub fn new<F, A>(name: &str, subject: &str, handler: F) -> Self
    where
        F: Fn(Request) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Bytes, ServiceError>> + Send + 'static,
    {
        let handler = Arc::new(move |request| Box::pin(handler(request)) as Answer);
        Self {
            name: name.to_owned(),
            subject: subject.to_owned(),
            handler,
        }
    }
}

/// A running service. Dropping it ends it without waiting for answers under way.
#[derive(Debug)]
pub struct Service {
    inner: service::Service,
    tasks: TaskTracker,
}

impl Service {
    /// The id by which it is an [`Instance`].
    pub async fn id(&self) -> String {
        self.inner.info().await.id
    }

    /// Takes no more questions, and waits for the answers under way, within a bound.
    pub async fn stop(self) {
        if let Err(error) = self.inner.stop().await {
            tracing::warn!(%error, "the service did not stop cleanly");
        }
        self.tasks.close();
        if tokio::time::timeout(STOP_BOUND, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("answers still under way were given up");
        }
    }
}

impl Bus {
    /// Serves the endpoints until the service is stopped. The server knows of them when this returns.
    ///
    /// # Errors
    /// When the name or version is not allowed, or the server does not take the subscriptions.
    pub async fn serve(
        &self,
        settings: &ServiceSettings,
        endpoints: Vec<Endpoint>,
    ) -> Result<Service, ServeError> {
        let failed = |source| ServeError {
            name: settings.name.clone(),
            source,
        };
        let inner = self
            .client
            .service_builder()
            .description(&settings.description)
            .queue_group(&settings.queue_group)
            .metadata(settings.says.clone().into_iter().collect())
            .start(&settings.name, &settings.version)
            .await
            .map_err(failed)?;
        let tasks = TaskTracker::new();
        let slots = Arc::new(Semaphore::new(settings.max_concurrent.max(1)));
        for endpoint in endpoints {
            let questions = inner
                .endpoint_builder()
                .name(&endpoint.name)
                .add(&endpoint.subject)
                .await
                .map_err(failed)?;
            let work = answer_all(
                self.client.clone(),
                questions,
                endpoint.handler,
                Arc::clone(&slots),
                tasks.clone(),
            );
            tasks.spawn(work);
        }
        // Whoever learns of the service by this call's end can ask it at once.
        let known = self.patiently(
            "waiting for the server to know the service",
            |_: &ServeError| true,
            || async { self.round_trip().await.map_err(failed) },
        );
        known.await?;
        Ok(Service { inner, tasks })
    }

    /// Asks on a subject and waits for the answer.
    ///
    /// # Errors
    /// When nobody answers, not in time, or with an error.
    pub async fn request(
        &self,
        subject: &str,
        payload: Bytes,
        timeout: Duration,
    ) -> Result<Bytes, RequestError> {
        self.request_with_headers(subject, payload, &Headers::new(), timeout)
            .await
    }

    /// As [`Bus::request`], with headers.
    ///
    /// # Errors
    /// As [`Bus::request`].
    pub async fn request_with_headers(
        &self,
        subject: &str,
        payload: Bytes,
        headers: &Headers,
        timeout: Duration,
    ) -> Result<Bytes, RequestError> {
        let request = async_nats::Request::new()
            .payload(payload)
            .headers(headers.to_map())
            .timeout(Some(timeout));
        let named = || subject.to_owned();
        match self.client.send_request(named(), request).await {
            Ok(answer) => match answer.headers.as_ref().and_then(service_error) {
                Some(error) => Err(RequestError::Service(error)),
                None => Ok(answer.payload),
            },
            Err(error) => Err(match error.kind() {
                RequestErrorKind::NoResponders => RequestError::NoResponders { subject: named() },
                RequestErrorKind::TimedOut => RequestError::Timeout { subject: named() },
                _ => RequestError::Send {
                    subject: named(),
                    source: Box::new(error),
                },
            }),
        }
    }
}

async fn answer_all(
    client: Client,
    mut questions: service::endpoint::Endpoint,
    handler: Arc<dyn Fn(Request) -> Answer + Send + Sync>,
    slots: Arc<Semaphore>,
    tasks: TaskTracker,
) {
    while let Some(question) = questions.next().await {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            return;
        };
        let (client, handler) = (client.clone(), Arc::clone(&handler));
        tasks.spawn(async move {
            answer(&client, &question, &*handler).await;
            drop(slot);
        });
    }
}

async fn answer(
    client: &Client,
    question: &service::Request,
    handler: &(dyn Fn(Request) -> Answer + Send + Sync),
) {
    let headers = question.message.headers.as_ref();
    let request = Request {
        subject: question.message.subject.to_string(),
        payload: question.message.payload.clone(),
        headers: Headers::from_map(headers),
    };
    let work = handler(request);
    let answer = if at_work::is_asked(headers) {
        at_work::saying_so(client, question.message.reply.clone(), work).await
    } else {
        work.await
    };
    let answer = answer.map_err(|error| service::error::Error {
        status: one_line(&error.message),
        code: usize::from(error.code),
    });
    if let Err(error) = question.respond(answer).await {
        tracing::warn!(%error, "answer not sent");
    }
}

/// A header holds no line breaks.
fn one_line(message: &str) -> String {
    message.replace(['\r', '\n'], " ")
}

fn service_error(headers: &HeaderMap) -> Option<ServiceError> {
    let headers = Headers::from_map(Some(headers));
    let code = headers.get(ERROR_CODE_HEADER)?;
    Some(ServiceError {
        code: code.parse().unwrap_or(500),
        message: headers.get(ERROR_HEADER).unwrap_or_default().to_owned(),
    })
}
