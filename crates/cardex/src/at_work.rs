//! Long work of commands on files and streams: shown while it goes on, and given up when somebody presses Ctrl-C.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cardex_bus::Bus;
use cardex_bus::child::ChildServer;
use cardex_store::{Claim, OpenOptions, Tell};

use crate::commands::import::progress::Progress;
use crate::commands::serve::server;
use crate::exit::Interrupted;
use crate::interrupt;
use crate::running;
use crate::settings::Settings;

/// How the commands open a store: as it is, without copying it afresh.
pub(crate) fn options(settings: &Settings) -> OpenOptions {
    OpenOptions {
        cache_bytes: settings.aggregator.store_cache_bytes,
        compact_at_ratio: None,
        ..OpenOptions::default()
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
