//! What is said once and holds for good: whoever comes first says it, and all others learn what was said.

use bytes::Bytes;

use crate::last::LookupError;
use crate::streams::ONCE;
use crate::subjects::OnceSubject;
use crate::{Bus, Headers, PublishError};

/// Why it is not known what holds.
#[derive(Debug, thiserror::Error)]
pub enum OnceError {
    /// The stream can't be looked at.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// It could not be said.
    #[error("what is to hold for good could not be said")]
    Publish(#[from] PublishError),
}

impl Bus {
    /// What was said under the subject, where anybody has.
    ///
    /// # Errors
    /// When the server does not tell.
    pub async fn said_once(&self, subject: &OnceSubject) -> Result<Option<Bytes>, OnceError> {
        let subject = subject.to_string();
        let said = self.patiently(
            "looking up what was said once",
            |_: &LookupError| true,
            || self.last_for_subject(ONCE, &subject),
        );
        Ok(said.await?.map(|stored| stored.payload))
    }

    /// Says it unless somebody has before, and returns what holds from then on.
    ///
    /// # Errors
    /// When the server does not take it, or does not tell.
    pub async fn say_once(&self, subject: &OnceSubject, said: &str) -> Result<Bytes, OnceError> {
        let (text, headers) = (subject.to_string(), Headers::new());
        let payload = Bytes::copy_from_slice(said.as_bytes());
        // By this id only the same again is taken for a repetition.
        let published = self.publish_expecting(&text, said, payload.clone(), &headers, 0);
        match published.await {
            Ok(_) => Ok(payload),
            Err(error @ PublishError::Conflict { .. }) => {
                self.said_once(subject).await?.ok_or(error.into())
            }
            Err(error) => Err(error.into()),
        }
    }
}
