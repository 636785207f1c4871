//! How common values are: that two people are both called 王 says less than that both are called 尉迟.

use std::collections::HashMap;

use crate::content;
use crate::field::Field;
use crate::record::Record;

/// How often each value of the fields that go by it occurs among some records. What occurs once is not kept.
#[derive(Debug, Clone, Default)]
pub struct Frequencies {
    counts: HashMap<u64, u32>,
    /// Records that say anything, by field.
    said: HashMap<Field, u32>,
}

impl Frequencies {
    /// The frequencies among these records.
    #[must_use]
    pub fn of(records: &[Record]) -> Self {
        let mut keys = Vec::new();
        let mut said = HashMap::new();
        let mut counts = HashMap::new();
        // Field by field, so that only one field's keys are held at a time.
        for field in Field::ALL
            .iter()
            .copied()
            .filter(|field| field.goes_by_frequency())
        {
            keys.clear();
            keys.extend(
                records
                    .iter()
                    .filter(|r| r.says(field))
                    .map(|r| key(field, r.value(field))),
            );
            keys.sort_unstable();
            said.insert(field, u32::try_from(keys.len()).unwrap_or(u32::MAX));
            let repeated = keys.chunk_by(|a, b| a == b).filter(|equal| equal.len() > 1);
            counts.extend(
                repeated.map(|equal| (equal[0], u32::try_from(equal.len()).unwrap_or(u32::MAX))),
            );
        }
        Self { counts, said }
    }

    /// The share of records with this value among those that say anything; `None` when the field does not go by it, or
    /// nobody says anything.
    pub(crate) fn share(&self, field: Field, value: &str) -> Option<f64> {
        let said = self.said.get(&field).filter(|said| **said > 0)?;
        let count = self.counts.get(&key(field, value)).copied().unwrap_or(1);
        Some(f64::from(count) / f64::from(*said))
    }
}

fn key(field: Field, value: &str) -> u64 {
    content::hash(std::iter::once(field as u8).chain(value.bytes()))
}
