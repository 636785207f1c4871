//! Saying that a message can't be used, and that it is done with: each once, whoever finds it out.

use bytes::Bytes;
use cardex_wire::DeadLetterNotice;

use super::PublishError;
use crate::{Bus, Headers};

impl Bus {
    /// Publishes the notice in its place. That a message is a dead letter is said once, by whoever comes first; that it
    /// is done with takes the place of that.
    ///
    /// # Errors
    /// As [`Bus::publish`].
    pub async fn announce(&self, notice: &DeadLetterNotice) -> Result<(), PublishError> {
        let subject = notice.stands_on().to_string();
        let (payload, headers) = (Bytes::from(notice.encode()), Headers::new());
        let sequence = notice.sequence;
        if notice.resolved.is_some() {
            let id = format!("{sequence}:resolved");
            self.publish(&subject, &id, payload, &headers).await?;
            return Ok(());
        }
        let id = sequence.to_string();
        match self
            .publish_expecting(&subject, &id, payload, &headers, 0)
            .await
        {
            Ok(_) | Err(PublishError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
