//! Observations that have a note, for those who look through notes.

use cardex_domain::ids::{DepartmentId, EventKey, PropertyId};

use super::Reader;
use crate::entry::Written;
use crate::error::StoreError;
use crate::keys::{self, Kind};
use crate::rows::{Senseless, WrittenRow};
use crate::seal::Body;

impl Reader<'_> {
    /// The observations of a property that have a note, the newest first; those before the sequence `before` when one
    /// is given, and at most `limit`.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn written(
        &self,
        property: &PropertyId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Written>, StoreError> {
        let first = match before {
            // Just behind the row of that sequence, should there be one.
            Some(sequence) => keys::written(property, sequence).bytes(&[0]),
            None => keys::written_at(property),
        };
        let past = keys::written_at(property).bytes(&[0xff; 9]);
        let rows = self.engine().range(&first, Some(&past));
        rows.take(limit)
            .map(|entry| {
                let (key, value) = entry?;
                let body = Body::open(self.engine(), &key, value)?;
                let WrittenRow { event, department } = body.row(Kind::Written)?;
                let senseless = || Senseless.in_row(Kind::Written);
                Ok(Written {
                    event: EventKey(event),
                    department: DepartmentId::new(department).map_err(|_| senseless())?,
                    sequence: keys::written_sequence(&key).ok_or_else(senseless)?,
                })
            })
            .collect()
    }
}
