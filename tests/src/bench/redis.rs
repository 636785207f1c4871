//! What a team would build on Redis instead: a stream that takes each observation once, a hash a guest that counts what
//! is noticed, the whole hash read, and PUBLISH. As durable as Cardex: `appendfsync always`.
//!
//! Like for like: a script of as many events as the fold commits at once, which Redis brings onto the disk as one, and one
//! event at a time. The script makes up what is noticed itself, so that the server is spared reading and decoding events.

use anyhow::Context as _;
use tokio::process::Child;

use super::beside::{Place, found, missing, printed};
use super::figures::{Measure, Section, per_second};
use super::fold::{self, BATCH_EVENTS, GUESTS};
use super::rig::Rig;
use super::{Options, ROUNDS, note};

const NAME: &str = "redis";
const NEEDED: [&str; 3] = ["redis-server", "redis-cli", "redis-benchmark"];
/// The server's socket in its place.
const SOCKET: &str = "redis.sock";
/// Transactions for each second of a turn: of a batch, of one event, and of one by many callers.
const BATCHES_PER_SECOND: usize = 60;
const SINGLES_PER_SECOND: usize = 1_000;
const GROUPED_PER_SECOND: usize = 10_000;
/// Connections whose commands the server brings onto the disk as one.
const CALLERS: usize = 64;
/// ARGV: how many events, and how many guests there are. One guest comes at most once in a batch.
const SCRIPT: &str = "\
local guests = tonumber(ARGV[2])
local start = math.random(0, guests - 1)
for i = 1, ARGV[1] do
  local guest = (start + i * 7919) % guests
  local told = 'attribute.' .. math.random(96) .. '=value.' .. math.random(6)
  local id = redis.call('INCR', 'ids')
  if redis.call('SET', 'event:' .. id, 1, 'NX', 'EX', 86400) then
    redis.call('XADD', 'events', '*', 'guest', guest, 'told', told, 'source', 2, 'department', 'front_desk')
    redis.call('HINCRBY', 'profile:' .. guest, told, 1)
  end
  redis.call('HGETALL', 'profile:' .. guest)
  redis.call('PUBLISH', 'profiles', guest)
end
return ARGV[1]";

pub(super) async fn measure(options: &Options) -> anyhow::Result<Section> {
    if let Some(why) = missing(&NEEDED, "redis-server") {
        return Ok(Section::skipped(NAME, why));
    }
    let rig = Rig::start().await?;
    let backlog = fold::backlog(&rig, options).await?;
    let turn = options.seconds as usize;
    let mut rates = [const { Vec::new() }; 5];
    for round in 0..ROUNDS {
        note(format!("redis: round {} of {ROUNDS}", round + 1));
        let (time, _) = fold::fold(&rig, &format!("fold-{round}"), backlog.end).await?;
        rates[0].push(per_second(backlog.events, time));
        rates[4].push(
            backlog
                .one_by_one(&rig, &format!("single-{round}"), options)
                .await?,
        );
        let redis = Redis::start().await?;
        let batches = redis.scripts(BATCH_EVENTS, 1, BATCHES_PER_SECOND * turn);
        rates[1].push(batches.await? * BATCH_EVENTS as f64);
        let singles = redis.scripts(1, 1, SINGLES_PER_SECOND * turn);
        rates[2].push(singles.await?);
        let grouped = redis.scripts(1, CALLERS, GROUPED_PER_SECOND * turn);
        rates[3].push(grouped.await?);
        redis.stop().await?;
    }
    rig.stop().await?;

    let of = |name, rates| Measure::of(name, "events/s", rates);
    let [folded, batches, singles, grouped, one] = rates;
    let folded = of("fold", folded);
    let one = of("store, one event a commit", one);
    let batches = of("Redis, as many a script", batches);
    let singles = of("Redis, one a script", singles);
    let grouped = of("the same, of 64 connections at once", grouped);
    let mut section = Section::new(NAME);
    section.compare("fold ÷ Redis, equal batches", &folded, &batches, None);
    section.compare("one ÷ Redis, one a script", &one, &singles, None);
    section.compare("fold ÷ Redis, 64 callers", &folded, &grouped, None);
    section.measures = vec![folded, one, batches, singles, grouped];
    section.count("events in a batch", BATCH_EVENTS as f64);
    section.count("guests", GUESTS as f64);
    Ok(section)
}

/// A server of its own, empty.
struct Redis {
    place: Place,
    serving: Child,
}

impl Redis {
    async fn start() -> anyhow::Result<Self> {
        let place = Place::new()?;
        let mut server = place.command(found("redis-server")?);
        server.args(["--port", "0", "--save", "", "--unixsocket", SOCKET]);
        server.args(["--appendonly", "yes", "--appendfsync", "always", "--dir"]);
        server.arg(place.path());
        let asks = found("redis-cli")?;
        let serving = place.serve(server, || {
            let mut asks = place.command(&asks);
            asks.args(["-e", "-s", SOCKET, "ping"]);
            asks
        });
        let serving = serving.await?;
        Ok(Self { place, serving })
    }

    /// Scripts a second, each of so many events, by so many connections.
    async fn scripts(&self, events: usize, callers: usize, count: usize) -> anyhow::Result<f64> {
        let mut empty = self.place.command(found("redis-cli")?);
        empty.args(["-e", "-s", SOCKET, "flushall"]);
        printed(empty).await?;
        let mut bench = self.place.command(found("redis-benchmark")?);
        bench.args(["-s", SOCKET, "--csv", "-c", &callers.to_string()]);
        bench.args(["-n", &count.to_string(), "eval", SCRIPT, "0"]);
        bench.args([events.to_string(), GUESTS.to_string()]);
        let printed = printed(bench).await?;
        // The last line is `"test","rate",…`; the script, which is the test's name, has lines of its own.
        let line = printed.trim_end().lines().next_back().unwrap_or_default();
        let rate = line
            .split("\",\"")
            .nth(1)
            .and_then(|rate| rate.parse().ok());
        rate.context("redis-benchmark did not say how many it were a second")
    }

    async fn stop(mut self) -> anyhow::Result<()> {
        let mut end = self.place.command(found("redis-cli")?);
        end.args(["-s", SOCKET, "shutdown", "nosave"]);
        printed(end).await?;
        self.serving.wait().await?;
        Ok(())
    }
}
