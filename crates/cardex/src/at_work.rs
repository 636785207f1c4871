//! Long work of commands on files and streams: shown while it goes on, and given up when somebody presses Ctrl-C.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cardex_bus::Bus;
use cardex_bus::child::ChildServer;
use cardex_store::{Claim, OpenOptions, StoreError, Tell};

use crate::commands::import::progress::Progress;
use crate::commands::serve::server;
use crate::exit::Interrupted;
use crate::interrupt;
use crate::running;
use crate::settings::Settings;

/// How the commands open a store: as it is, without copying it afresh.
pub(crate) fn options(settings: &Settings) -> anyhow::Result<OpenOptions> {
    Ok(OpenOptions {
        compact_at_ratio: None,
        ..settings.aggregator.open_options()?
    })
}

/// The error with which shards' stores lie in the data directory where the one that is set does not.
pub(crate) fn with_shards_there(settings: &Settings, error: StoreError) -> anyhow::Error {
    let is_missing = matches!(error, StoreError::Missing { .. });
    let error = anyhow::Error::from(error);
    let files = fs::read_dir(&settings.data).ok().filter(|_| is_missing);
    let names = files.into_iter().flatten().flatten();
    let names = names.filter_map(|file| file.file_name().into_string().ok());
    let mut there: Vec<_> = names
        .filter_map(|name| {
            let (shard, shards) = name.strip_prefix("store-")?.split_once("-of-")?;
            let (shard, shards): (u16, u16) = (shard.parse().ok()?, shards.parse().ok()?);
            Some((shards, shard))
        })
        .collect();
    there.sort_unstable();
    match there.first() {
        Some((shards, shard)) => error.context(format!(
            "{} of {shards} shards lie there: say which is meant, such as by --set aggregator.shards={shards} --set \
             aggregator.shard={shard}",
            there.len()
        )),
        None => error,
    }
}

/// The path `<path>.<suffix>`.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".");
    beside.push(suffix);
    beside.into()
}

/// Takes away the store in `dir`, where there is one; refused while somebody has it open.
pub(crate) fn remove_store(dir: &Path) -> anyhow::Result<()> {
    let _claim = Claim::take(dir)?;
    for left in [dir.to_owned(), beside(dir, "lock")] {
        let removed = match left.symlink_metadata() {
            Ok(file) if file.is_dir() => fs::remove_dir_all(&left),
            Ok(_) => fs::remove_file(&left),
            Err(_) => continue,
        };
        removed.with_context(|| format!("cannot remove {}", left.display()))?;
    }
    Ok(())
}

/// Does blocking work on so many bytes, as far as that is known, and shows how far it is.
pub(crate) async fn on_bytes<T: Send + 'static>(
    total: u64,
    work: impl FnOnce(&mut Tell<'_>) -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let stop = interrupt::token()?;
    let stopped = stop.clone();
    let working = tokio::task::spawn_blocking(move || {
        let mut progress = Progress::of_bytes(total, "MiB");
        let worked = work(&mut |bytes| {
            progress.at(bytes, bytes >> 20);
            !stopped.is_cancelled()
        });
        progress.finish();
        worked
    });
    let worked = working.await.context("the work broke off")?;
    match worked {
        Err(_) if stop.is_cancelled() => {
            Err(Interrupted("everything is as it was before".to_owned()).into())
        }
        worked => worked,
    }
}

/// The bus that a stopped service's store belongs to: the one that is set, else that of the data directory, whose server
/// runs for as long as this is held.
pub(crate) struct Stream {
    pub(crate) bus: Bus,
    child: Option<ChildServer>,
}

impl Stream {
    pub(crate) async fn connect(settings: &Settings) -> anyhow::Result<Self> {
        let base = server::base_of_command(settings).await?;
        let bus = Bus::connect(&base.bus).await.map_err(|error| {
            let way_out = "the stream is read over the bus; name it with --nats URL";
            running::explained(error, way_out.to_owned())
        })?;
        Ok(Self {
            bus,
            child: base.child,
        })
    }

    pub(crate) async fn close(self) {
        // Nothing was published that could be lost.
        let _ = self.bus.drain().await;
        if let Some(child) = self.child {
            child.stop().await;
        }
    }
}
