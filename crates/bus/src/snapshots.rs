//! Snapshots of stores, for replicas that begin and for copies elsewhere: in an object store of their own, each under a
//! name that no other has. What they hold is checked by whoever loads one; here it is carried.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use async_nats::jetstream::context::ObjectStoreErrorKind;
use async_nats::jetstream::object_store::{Config, ObjectMetadata, ObjectStore};
use async_nats::jetstream::stream::StorageType;
use futures::TryStreamExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::Bus;
use crate::objects::ObjectError;
use crate::streams::EVENTS;

/// The bucket of snapshots.
pub const SNAPSHOTS: &str = "CARDEX_SNAPSHOTS";
/// Where an aggregator is asked to put a snapshot of its store there; it answers with the snapshot's name.
pub const TAKE: &str = "cardex.keep.snapshot";
/// The same of all shards.
pub(crate) const TAKE_OF_ANY: &str = "cardex.keep.snapshot.*";

/// Where an aggregator of this shard is asked, and of a store that is not divided when there is none.
#[must_use]
pub fn take_of(shard: Option<impl Display>) -> String {
    match shard {
        Some(shard) => format!("{TAKE}.{shard}"),
        None => TAKE.to_owned(),
    }
}

/// How long snapshots stay, and what a kill leaves of one that was being put.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Bytes carried at a time.
const PIECE_BYTES: usize = 128 << 10;

/// A snapshot that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// What whoever put it says of it.
    pub of: BTreeMap<String, String>,
}

impl Bus {
    /// Puts a snapshot. It is there once all of it is.
    ///
    /// # Errors
    /// When it can't be read, or the server does not take it.
    pub async fn put_snapshot(
        &self,
        name: &str,
        of: BTreeMap<String, String>,
        mut body: impl AsyncRead + Unpin,
    ) -> Result<(), ObjectError> {
        let failed = |error| ObjectError::new("store snapshot", name, error);
        let bucket = match self.bucket().await.map_err(failed)? {
            Some(bucket) => bucket,
            None => self.make_bucket().await.map_err(failed)?,
        };
        let meta = ObjectMetadata {
            name: name.to_owned(),
            chunk_size: Some(PIECE_BYTES),
            metadata: of.into_iter().collect(),
            ..ObjectMetadata::default()
        };
        let put = bucket.put(meta, &mut body).await;
        put.map(drop).map_err(|error| failed(error.into()))
    }

    /// The snapshots that are there.
    ///
    /// # Errors
    /// When the server does not tell.
    pub async fn snapshots(&self) -> Result<Vec<Snapshot>, ObjectError> {
        let failed = |error| ObjectError::new("list snapshots of", SNAPSHOTS, error);
        let Some(bucket) = self.bucket().await.map_err(failed)? else {
            return Ok(Vec::new());
        };
        let listed = bucket.list().await.map_err(|error| failed(error.into()))?;
        listed
            .map_ok(|object| Snapshot {
                name: object.name,
                bytes: object.size as u64,
                of: object.metadata.into_iter().collect(),
            })
            .try_collect()
            .await
            .map_err(|error| failed(error.into()))
    }

    /// Writes a snapshot into `out`, telling how many bytes are there.
    ///
    /// # Errors
    /// When there is no such snapshot, the server does not give it as it was put, or `out` can't be written.
    pub async fn get_snapshot(
        &self,
        name: &str,
        mut out: impl AsyncWrite + Unpin,
        mut tell: impl FnMut(u64),
    ) -> Result<(), ObjectError> {
        let failed = |error| ObjectError::new("fetch snapshot", name, error);
        let bucket = self.bucket().await.map_err(failed)?;
        let bucket = bucket.ok_or_else(|| failed("there is none".into()))?;
        let mut object = bucket
            .get(name)
            .await
            .map_err(|error| failed(error.into()))?;
        let mut piece = vec![0; PIECE_BYTES];
        let mut bytes = 0;
        loop {
            let read = object.read(&mut piece).await;
            let read = read.map_err(|error| failed(error.into()))?;
            if read == 0 {
                break;
            }
            let written = out.write_all(&piece[..read]).await;
            written.map_err(|error| failed(error.into()))?;
            bytes += read as u64;
            tell(bytes);
        }
        out.flush().await.map_err(|error| failed(error.into()))
    }

    /// Takes a snapshot away.
    ///
    /// # Errors
    /// When there is none, or the server does not do it.
    pub async fn remove_snapshot(&self, name: &str) -> Result<(), ObjectError> {
        let failed = |error| ObjectError::new("remove snapshot", name, error);
        let bucket = self.bucket().await.map_err(failed)?;
        let bucket = bucket.ok_or_else(|| failed("there is none".into()))?;
        let removed = bucket.delete(name).await;
        removed.map_err(|error| failed(error.into()))
    }

    /// The bucket, where anybody has put anything.
    async fn bucket(&self) -> Result<Option<ObjectStore>, crate::BoxError> {
        match self.jetstream.get_object_store(SNAPSHOTS).await {
            Ok(bucket) => Ok(Some(bucket)),
            Err(error) if error.kind() == ObjectStoreErrorKind::GetStore => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes the bucket, kept by as many servers as the events.
    async fn make_bucket(&self) -> Result<ObjectStore, crate::BoxError> {
        let events = self.jetstream.get_stream(EVENTS).await?;
        let config = Config {
            bucket: SNAPSHOTS.to_owned(),
            description: Some("Cardex: snapshots of stores".to_owned()),
            storage: StorageType::File,
            max_age: KEPT_FOR,
            num_replicas: events.cached_info().config.num_replicas,
            ..Config::default()
        };
        Ok(self.jetstream.create_object_store(config).await?)
    }
}
