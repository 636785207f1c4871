//! Who else serves: the instances of a service that answer now, and what they say of themselves.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::service::Info;
use async_nats::{StatusCode, Subject};
use bytes::Bytes;
use futures::StreamExt;
use tokio::time::Instant;

use crate::{BoxError, Bus};

/// An instance of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Its id, another for each start.
    pub id: String,
    /// What it says of itself.
    pub says: BTreeMap<String, String>,
}

/// Why it is not known who serves.
#[derive(Debug, thiserror::Error)]
#[error("it can't be learnt which instances of {name} are there")]
pub struct InstancesError {
    name: String,
    #[source]
    source: BoxError,
}

impl Bus {
    /// The instances of the service that answer within this time: none at once where the server knows of none, and `None`
    /// when it is not known, for nobody was heard, such as while the connection is lost.
    ///
    /// # Errors
    /// When the question can't be sent.
    pub async fn instances(
        &self,
        name: &str,
        within: Duration,
    ) -> Result<Option<Vec<Instance>>, InstancesError> {
        let failed = |source: BoxError| InstancesError {
            name: name.to_owned(),
            source,
        };
        let inbox = Subject::from(self.client.new_inbox());
        let subscribed = self.client.subscribe(inbox.clone()).await;
        let mut answers = subscribed.map_err(|error| failed(error.into()))?;
        let asked = format!("$SRV.INFO.{name}");
        let sent = self
            .client
            .publish_with_reply(asked, inbox, Bytes::new())
            .await;
        sent.map_err(|error| failed(error.into()))?;
        let (deadline, mut instances) = (Instant::now() + within, Vec::new());
        while let Ok(Some(answer)) = tokio::time::timeout_at(deadline, answers.next()).await {
            if answer.status == Some(StatusCode::NO_RESPONDERS) {
                return Ok(Some(Vec::new()));
            }
            // Who answers something else is no instance of a service.
            if let Ok(info) = serde_json::from_slice::<Info>(&answer.payload) {
                instances.push(Instance {
                    id: info.id,
                    says: info.metadata.into_iter().collect(),
                });
            }
        }
        Ok((!instances.is_empty()).then_some(instances))
    }
}
