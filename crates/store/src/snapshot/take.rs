//! Taking a snapshot of a store that serves.

use std::io::Write;

use super::file::Writer;
use super::tap::Waiting;
use super::{Header, Held, SnapshotError, Tell};
use crate::entry::{Counts, Position};
use crate::error::StoreError;
use crate::migrate::format_of;
use crate::read::Reader;
use crate::seal;
use crate::sheet::Sealed;
use crate::store::Store;

/// The rows read while writers wait, in bytes.
const READ_AT_ONCE_BYTES: usize = 256 << 10;

/// Notes changes until it is dropped, however the work ends.
struct Tapped<'s>(&'s Store);

impl<'s> Tapped<'s> {
    fn open(store: &'s Store) -> Self {
        store.while_nobody_writes(|| store.tap.open());
        Self(store)
    }
}

impl Drop for Tapped<'_> {
    fn drop(&mut self) {
        self.0.tap.close();
    }
}

pub(crate) fn take(
    store: &Store,
    key: &str,
    out: impl Write,
    tell: &mut Tell<'_>,
) -> Result<Held, SnapshotError> {
    let _one_at_a_time = store.taking.lock();
    let header = Header {
        store_format: format_of(store.share),
        key: key.to_owned(),
    };
    let mut file = Writer::begin(out, header)?;
    let tapped = Tapped::open(store);
    let (mut last, mut bytes) = (Vec::new(), 0);
    while copy_some(store, &mut last, &mut bytes, &mut file)? {
        add(store.tap.drain(), &mut file)?;
        if !tell(bytes) {
            return Err(StoreError::GivenUp.into());
        }
    }
    let (noted, ended) = store.while_nobody_writes(|| (store.tap.drain(), ended(&store.read())));
    drop(tapped);
    add(noted, &mut file)?;
    // Nothing stands in a snapshot that a power cut may take from the store.
    store.sync()?;
    let (position, counts, settings) = ended?;
    file.end(position, counts, settings)
}

type Ended = (Option<Position>, Counts, Vec<(&'static str, Box<str>)>);

/// What the end of the snapshot says.
fn ended(reader: &Reader<'_>) -> Result<Ended, StoreError> {
    let settings = reader.settings()?;
    let settings = settings
        .into_iter()
        .map(|(setting, active)| (setting.as_str(), active.activation.hash));
    let position = reader.position().cloned();
    Ok((position, reader.counts(), settings.collect()))
}

/// Copies some rows behind `last`, and says whether there are more.
fn copy_some(
    store: &Store,
    last: &mut Vec<u8>,
    bytes: &mut u64,
    file: &mut Writer<impl Write>,
) -> Result<bool, SnapshotError> {
    let rows = read_some(&store.read(), last)?;
    for (key, value) in &rows {
        *bytes += (key.len() + value.len()) as u64;
        file.put(key, Some(value))?;
    }
    let Some((key, _)) = rows.into_iter().next_back() else {
        return Ok(false);
    };
    *last = key;
    Ok(true)
}

/// Rows behind `last`, each checked: a damaged one is in no snapshot.
fn read_some(reader: &Reader<'_>, last: &[u8]) -> Result<Vec<Sealed>, StoreError> {
    let mut rows = Vec::new();
    let mut bytes = 0;
    for row in reader.engine().behind(last) {
        let (key, value) = row?;
        seal::check(&key, &value)?;
        bytes += key.len() + value.len();
        rows.push((key.to_vec(), value.to_vec()));
        if bytes >= READ_AT_ONCE_BYTES {
            break;
        }
    }
    Ok(rows)
}

fn add(waiting: Waiting, file: &mut Writer<impl Write>) -> Result<(), SnapshotError> {
    if waiting.outrun {
        return Err(SnapshotError::Outrun);
    }
    file.put_all(&waiting.changes)
}
