//! A part of an answer that was written before.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use crate::ProfileView;

/// A profile as it stands in a [`GetReply`](super::GetReply), byte for byte. Clones share the bytes.
#[derive(Debug, Clone)]
pub struct Written(Arc<RawValue>);

impl Written {
    /// Bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.get().len()
    }
}

impl From<&ProfileView> for Written {
    fn from(view: &ProfileView) -> Self {
        let written = to_raw_value(view);
        Self(
            written
                .expect("texts, integers and lists under fixed names can always be written")
                .into(),
        )
    }
}

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
