//! The store of settings' bodies. An event activates a setting by its hash; the body lies here under that
//! hash, so a body never changes under its name.

use async_nats::jetstream::context::ObjectStoreErrorKind;
use async_nats::jetstream::object_store::{Config, GetErrorKind, InfoErrorKind, ObjectStore};
use async_nats::jetstream::stream::StorageType;
use bytes::Bytes;
use tokio::io::AsyncReadExt;

use crate::{BoxError, Bus};

/// The bucket of settings.
pub const SETTINGS: &str = "CARDEX_SETTINGS";

/// Why a body could not be put or fetched.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {name} in the object store")]
pub struct ObjectError {
    doing: &'static str,
    name: String,
    #[source]
    source: BoxError,
}

impl ObjectError {
    pub(crate) fn new(doing: &'static str, name: &str, source: impl Into<BoxError>) -> Self {
        Self {
            doing,
            name: name.to_owned(),
            source: source.into(),
        }
    }
}

impl Bus {
    /// Puts a body under its hash, unless it is there already.
    ///
    /// # Errors
    /// When the server does not take it.
    pub async fn put_settings(&self, hash: &str, body: &[u8]) -> Result<(), ObjectError> {
        let store = open(self, hash, "store settings body").await?;
        match store.info(hash).await {
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == InfoErrorKind::NotFound => {}
            Err(error) => return Err(ObjectError::new("look up settings body", hash, error)),
        }
        let mut body = body;
        store
            .put(hash, &mut body)
            .await
            .map_err(|error| ObjectError::new("store settings body", hash, error))?;
        Ok(())
    }

    /// The body under this hash, if it is there.
    ///
    /// # Errors
    /// When the server does not give it, or what it gives is damaged.
    pub async fn get_settings(&self, hash: &str) -> Result<Option<Bytes>, ObjectError> {
        let store = open(self, hash, "fetch settings body").await?;
        let mut object = match store.get(hash).await {
            Ok(object) => object,
            Err(error) if error.kind() == GetErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ObjectError::new("fetch settings body", hash, error)),
        };
        let mut body = Vec::new();
        let read = object.read_to_end(&mut body).await;
        read.map_err(|error| ObjectError::new("fetch settings body", hash, error))?;
        Ok(Some(body.into()))
    }
}

async fn open(bus: &Bus, hash: &str, doing: &'static str) -> Result<ObjectStore, ObjectError> {
    let store = bus.jetstream.get_object_store(SETTINGS).await;
    store.map_err(|error| ObjectError::new(doing, hash, error))
}

/// Creates the bucket unless it is there; tells whether it did.
pub(crate) async fn ensure_store(bus: &Bus, replicas: usize) -> Result<bool, BoxError> {
    match bus.jetstream.get_object_store(SETTINGS).await {
        Ok(_) => return Ok(false),
        Err(error) if error.kind() == ObjectStoreErrorKind::GetStore => {}
        Err(error) => return Err(Box::new(error)),
    }
    let config = Config {
        bucket: SETTINGS.to_owned(),
        description: Some("Cardex: bodies of settings, by hash".to_owned()),
        storage: StorageType::File,
        num_replicas: replicas,
        ..Config::default()
    };
    bus.jetstream.create_object_store(config).await?;
    Ok(true)
}
