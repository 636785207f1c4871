//! `cardex rebuild`: the store anew from the stream, beside the old one until it is whole.

use std::path::Path;
use std::time::Instant;

use cardex_aggregator::{Reached, accept_loss, nothing_is_gone, read_stream};
use cardex_bus::streams::{EVENTS, StreamEnds, stream_ends};
use cardex_store::{Claim, Store, Unfinished};
use clap::Args;
use serde_json::json;

use super::import::progress::Progress;
use crate::at_work::{Stream, remove_store};
use crate::exit::Interrupted;
use crate::interrupt;
use crate::screen::Format;
use crate::settings::{Purpose, Settings, SettingsArgs};

const EXAMPLES: &str = "\
Examples:
  cardex rebuild --data /var/lib/cardex
  cardex rebuild --config cardex.toml --nats nats://hotel:4222
  cardex rebuild --accept-loss --data /var/lib/cardex

The aggregator must be stopped. The store is built beside the old one, which stays until the new one is whole; nothing \
is published. Interrupted, the old store is as it was.";

/// Build the store anew from the stream
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Rebuild {
    /// Build it although the stream has not all that it had: what is gone from it is gone for good
    #[arg(long)]
    accept_loss: bool,
    #[command(flatten)]
    format: Format,
}

impl Rebuild {
    pub(crate) async fn run(&self, args: &SettingsArgs) -> anyhow::Result<()> {
        let settings = Settings::load(args, Purpose::Command)?;
        cardex_runtime::telemetry::init(&settings.log)?;
        let dir = settings.aggregator.store_dir.clone();
        let began = Instant::now();
        let fresh = Unfinished::Rebuilding.beside(&dir);
        let claiming = tokio::task::spawn_blocking(move || Claim::take(&dir));
        let claim = claiming.await??;
        remove_store(&fresh)?;
        let stream = Stream::connect(&settings).await?;
        let built = self.build(&settings, &stream, &fresh).await;
        stream.close().await;
        let store = built?;
        let (counts, position) = (store.read().counts(), store.position());
        let replacing = tokio::task::spawn_blocking(move || {
            store.close()?;
            claim.give_to(&fresh)
        });
        replacing.await??;
        let sequence = position.map_or(0, |p| p.sequence);
        let (events, seconds) = (counts.events, began.elapsed().as_secs_f64());
        let mut screen = self.format.screen();
        if screen.json() {
            return screen.object(&json!({
                "sequence": sequence,
                "events": events,
                "dead_letters": counts.dead_letters,
                "gaps": counts.gaps,
                "seconds": seconds,
            }));
        }
        screen.line(format!(
            "the store holds {events} events up to sequence {sequence} of the stream, built in {seconds:.1} s"
        ))
    }
}

impl Rebuild {
    /// Builds the store in `fresh` from a stream that has all that it had, or that a person takes as it is.
    async fn build(
        &self,
        settings: &Settings,
        stream: &Stream,
        fresh: &Path,
    ) -> anyhow::Result<Store> {
        if self.accept_loss {
            let ends = stream_ends(&stream.bus, EVENTS).await?;
            let store = build(settings, stream, fresh, None).await?;
            accept_loss(&stream.bus, &ends).await?;
            return Ok(store);
        }
        nothing_is_gone(&stream.bus).await?;
        build(settings, stream, fresh, None).await
    }
}

/// Builds a store in `dir` from the stream, up to its end or up to the sequence, and shows how far it is.
pub(super) async fn build(
    settings: &Settings,
    stream: &Stream,
    dir: &Path,
    up_to: Option<u64>,
) -> anyhow::Result<Store> {
    let ends = stream_ends(&stream.bus, EVENTS).await?;
    let ends = StreamEnds {
        last: up_to.map_or(ends.last, |to| to.min(ends.last)),
        ..ends
    };
    let stop = interrupt::token()?;
    let mut progress = Progress::of_count(ends.last, "events");
    let tell = |reached: Reached| progress.at(reached.sequence, reached.sequence);
    let reading = read_stream(
        &stream.bus,
        &settings.aggregator,
        dir,
        &ends,
        stop.clone(),
        tell,
    );
    let store = Box::pin(reading).await;
    progress.finish();
    let store = store?;
    let at = store.position().map_or(0, |p| p.sequence);
    if stop.is_cancelled() && at < ends.last {
        let text = format!(
            "{at} of {} events were read; the store is as it was",
            ends.last
        );
        drop(store);
        remove_store(dir)?;
        return Err(Interrupted(text).into());
    }
    Ok(store)
}
