//! `cardex store`: whether the store is as it should be, and putting it right.

use std::path::PathBuf;

use cardex_domain::shard::Share;
use cardex_store::{OpenOptions, Position, Store, StoreError, Unfinished, Verified};
use clap::{Args, Subcommand};
use serde_json::json;

use super::{backup, rebuild};
use crate::at_work::{Stream, on_bytes, options, remove_store, with_shards_there};
use crate::exit::SaidNo;
use crate::screen::{Format, note};
use crate::session::Session;
use crate::settings::{Settings, SettingsArgs};

const SNAPSHOT_EXAMPLES: &str = "\
Examples:
  cardex store snapshot
  cardex aggregator --set aggregator.from_snapshot=true

It is taken while the aggregator serves. A replica with that setting and no store yet begins with the newest snapshot \
that fits its key and the stream, and reads what came after from the stream. The two newest are kept, for 30 days.";

const EXAMPLES: &str = "\
Examples:
  cardex store verify
  cardex store verify --replay --data /var/lib/cardex
  cardex store repair
  cardex store snapshot

The aggregator must be stopped, but for a snapshot. Nothing that is wrong is ever answered: what can't be read or does not fit its \
checksum is an error. The way out of any damage is `cardex rebuild`, for the stream has everything.";

/// Check the store, and put it right
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct StoreArgs {
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// Read every row, and look whether any is damaged or missing
    #[command(after_help = EXAMPLES)]
    Verify(Verify),
    /// Have the aggregator put a snapshot on the bus, for replicas that begin with one
    #[command(after_help = SNAPSHOT_EXAMPLES)]
    Snapshot(Put),
    /// Make damaged rows again that follow from others
    #[command(after_help = EXAMPLES)]
    Repair(Repair),
}

#[derive(Debug, Args)]
struct Verify {
    /// Also build a store from the stream up to the same position, and compare
    #[arg(long)]
    replay: bool,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
struct Put {
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
struct Repair {
    #[command(flatten)]
    format: Format,
}

impl StoreArgs {
    pub(crate) async fn run(&self, args: &SettingsArgs) -> anyhow::Result<()> {
        let session = Session::open(args)?;
        let settings = &session.settings;
        match &self.operation {
            Operation::Verify(verify) => verify.run(settings).await,
            Operation::Repair(repair) => repair.run(settings).await,
            Operation::Snapshot(put) => session.within_permissions(put.run(&session)).await,
        }
    }
}

impl Verify {
    async fn run(&self, settings: &Settings) -> anyhow::Result<()> {
        let dir = settings.aggregator.store_dir.clone();
        let (position, share, verified) = verified(settings, dir, options(settings)?).await?;
        let differences = if self.replay {
            let settings = Settings {
                aggregator: settings.aggregator.clone().keeping(share),
                ..settings.clone()
            };
            let replayed = replayed(&settings, position.as_ref()).await?;
            Some(verified.state.differences(&replayed.state))
        } else {
            None
        };
        let mut screen = self.format.screen();
        let sequence = position.as_ref().map_or(0, |p| p.sequence);
        if screen.json() {
            screen.object(&json!({
                "sequence": sequence,
                "incarnation": position.as_ref().map(|p| &p.incarnation),
                "rows": verified.rows,
                "bytes": verified.bytes,
                "events": verified.events,
                "events_elsewhere": verified.elsewhere,
                "dead_letters": verified.dead_letters,
                "state": verified.state.to_string(),
                "differs_from_stream": differences,
            }))?;
        } else {
            screen.line(format!(
                "{} rows are sound: {} events up to sequence {sequence}, state {}",
                verified.rows, verified.events, verified.state
            ))?;
            if verified.elsewhere > 0 {
                screen.line(format!(
                    "{} of the events are kept by other shards: of these only what every shard has was read",
                    verified.elsewhere
                ))?;
            }
        }
        match differences {
            None => Ok(()),
            Some(kinds) if kinds.is_empty() => {
                note("the stream gives the same");
                Ok(())
            }
            Some(kinds) => {
                note(format!(
                    "the stream gives something else: {}. Build the store anew with `cardex rebuild`",
                    kinds.join(", ")
                ));
                Err(SaidNo.into())
            }
        }
    }
}

/// Where a store stands, what it keeps, and what was found in it.
async fn verified(
    settings: &Settings,
    dir: PathBuf,
    options: OpenOptions,
) -> anyhow::Result<(Option<Position>, Option<Share>, Verified)> {
    let opening = tokio::task::spawn_blocking(move || Store::open_as_it_is(&dir, &options));
    all_of(way_out(settings, opening.await?)?).await
}

/// Where this store stands, what it keeps, and what is found in it, which is closed then.
async fn all_of(store: Store) -> anyhow::Result<(Option<Position>, Option<Share>, Verified)> {
    let bytes = store.read().counts().live_bytes;
    on_bytes(bytes, move |tell| {
        let verified = damaged(store.verify_telling(tell))?;
        Ok((store.position(), store.share(), verified))
    })
    .await
}

/// What a store is like that is built from the stream up to the position. It is taken away afterwards.
async fn replayed(settings: &Settings, position: Option<&Position>) -> anyhow::Result<Verified> {
    let dir = Unfinished::Replaying.beside(&settings.aggregator.store_dir);
    let up_to = position.map_or(0, |p| p.sequence);
    remove_store(&dir)?;
    let stream = Stream::connect(settings).await?;
    let built = rebuild::build(settings, &stream, &dir, Some(up_to)).await;
    stream.close().await;
    let store = built?;
    anyhow::ensure!(
        store.position().as_ref() == position || position.is_none(),
        "the stream is not the one of the store, or does not go as far: nothing could be compared"
    );
    let replayed = all_of(store).await?.2;
    remove_store(&dir)?;
    Ok(replayed)
}

impl Put {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let share = session.settings.aggregator.share()?;
        let snapshot = backup::ask(&session.connect().await?, share).await?;
        let mut screen = self.format.screen();
        if screen.json() {
            let mut told = json!({ "name": snapshot.name, "bytes": snapshot.bytes });
            for (name, value) in snapshot.of {
                told[name] = json!(value);
            }
            return screen.object(&told);
        }
        screen.line(format!(
            "snapshot {} is on the bus, in {} MiB",
            snapshot.name,
            snapshot.bytes.div_ceil(1 << 20)
        ))
    }
}

impl Repair {
    async fn run(&self, settings: &Settings) -> anyhow::Result<()> {
        let (dir, options) = (settings.aggregator.store_dir.clone(), options(settings)?);
        let repairing = tokio::task::spawn_blocking(move || Store::repair(&dir, &options));
        let repaired = beyond_repair(settings, repairing.await?)?;
        let (removed, made) = (repaired.removed, repaired.made);
        let mut screen = self.format.screen();
        if screen.json() {
            return screen.object(&json!({ "removed": removed, "made": made }));
        }
        if removed + made == 0 {
            return screen.line("nothing was damaged");
        }
        screen.line(format!(
            "{removed} damaged rows were taken away and {made} made again; everything is sound now"
        ))
    }
}

/// What a command answers about a store that is not there, or damaged.
fn way_out<T>(settings: &Settings, result: Result<T, StoreError>) -> anyhow::Result<T> {
    match result {
        Err(missing @ StoreError::Missing { .. }) => Err(with_shards_there(settings, missing)),
        other => damaged(other),
    }
}

fn damaged<T>(result: Result<T, StoreError>) -> anyhow::Result<T> {
    result.map_err(|error| match error {
        damaged @ StoreError::Corrupt { .. } => anyhow::Error::from(damaged).context(
            "the store can't be used as it is: try `cardex store repair`, or build it anew with `cardex rebuild`",
        ),
        other => other.into(),
    })
}

/// What repairing answers when there is nothing left to repair from.
fn beyond_repair<T>(settings: &Settings, result: Result<T, StoreError>) -> anyhow::Result<T> {
    result.map_err(|error| match error {
        damaged @ StoreError::Corrupt { .. } => anyhow::Error::from(damaged)
            .context("this can't be repaired: build the store anew with `cardex rebuild`"),
        other => with_shards_there(settings, other),
    })
}
