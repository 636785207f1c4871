//! What a team would build on PostgreSQL instead: a table of evidence, one row an observation, each kept once by its id;
//! then the profile read, and NOTIFY. As durable as Cardex: `fsync` and `synchronous_commit` are on.
//!
//! Like for like: a batch of as many events as the fold commits at once against such a transaction, and one event at a
//! time against transactions of one. What is noticed is made up where it is kept, so that this is spared what the fold has
//! to do beside: reading events from a bus and decoding them.

use std::process::Stdio;

use anyhow::Context as _;
use tokio::process::Child;

use super::beside::{Place, found, missing, printed};
use super::figures::{Aim, Measure, Section, per_second};
use super::fold::{self, BATCH_EVENTS, GUESTS};
use super::rig::Rig;
use super::{Options, ROUNDS, note};

const NAME: &str = "postgres";
const NEEDED: [&str; 5] = ["initdb", "postgres", "pg_isready", "psql", "pgbench"];
const DATABASE: &str = "postgres";
const USER: &str = "bench";
/// Connections that commit at once, whose commits the server groups.
const CALLERS: usize = 64;
/// A number without a common divisor with the number of guests: no guest comes twice in a batch.
const STRIDE: usize = 7_919;
const TABLES: &str = "\
create table evidence (
  event uuid primary key, guest bigint not null, attribute text not null, value text not null,
  polarity smallint not null, source smallint not null, department text not null, observed_at timestamptz not null
);
create index on evidence (guest);";

pub(super) async fn measure(options: &Options) -> anyhow::Result<Section> {
    if let Some(why) = missing(&NEEDED, "postgresql and postgresql-contrib") {
        return Ok(Section::skipped(NAME, why));
    }
    let rig = Rig::start().await?;
    let backlog = fold::backlog(&rig, options).await?;
    let mut rates = [const { Vec::new() }; 7];
    for round in 0..ROUNDS {
        note(format!("postgres: round {} of {ROUNDS}", round + 1));
        let (time, _) = fold::fold(&rig, &format!("fold-{round}"), backlog.end).await?;
        rates[0].push(per_second(backlog.events, time));
        rates[1].push(
            backlog
                .one_by_one(&rig, &format!("single-{round}"), options)
                .await?,
        );
        let postgres = Postgres::start().await?;
        let seconds = options.seconds;
        let batch = BATCH_EVENTS as f64;
        rates[6].push(postgres.committed(&each(BATCH_EVENTS), 1, seconds).await? * batch);
        rates[2].push(postgres.committed(&whole(), 1, seconds).await? * batch);
        rates[3].push(postgres.committed(&kept(), 1, seconds).await? * batch);
        rates[4].push(postgres.committed(&each(1), 1, seconds).await?);
        rates[5].push(postgres.committed(&each(1), CALLERS, seconds).await?);
        postgres.stop().await?;
    }
    rig.stop().await?;

    let of = |name, rates| Measure::of(name, "events/s", rates);
    let [folded, one, whole, kept, single, callers, each] = rates;
    let folded = of("fold", folded);
    let one = of("store, one event a commit", one);
    let each = of("PostgreSQL, as many a transaction", each);
    let whole = of("the same, all in one statement of a kind", whole);
    let kept = of("that, neither read nor notified", kept);
    let single = of("PostgreSQL, one a transaction", single);
    let callers = of("the same, of 64 connections at once", callers);
    let mut section = Section::new(NAME);
    let aim = Some(Aim::AtLeast(3.0));
    section.compare("fold ÷ PostgreSQL, equal batches", &folded, &each, aim);
    section.compare("one ÷ PostgreSQL, one a commit", &one, &single, aim);
    section.compare("fold ÷ PostgreSQL, one statement", &folded, &whole, None);
    section.compare("fold ÷ PostgreSQL, 64 callers", &folded, &callers, None);
    section.compare("fold ÷ PostgreSQL, only kept", &folded, &kept, None);
    section.measures = vec![folded, one, each, whole, kept, single, callers];
    section.count("events in a batch", BATCH_EVENTS as f64);
    section.count("guests", GUESTS as f64);
    Ok(section)
}

/// A transaction of as many events as the fold commits at once, made up in the server by one statement.
fn whole() -> String {
    let guest = format!("(:start + i * {STRIDE}) % {GUESTS}");
    let batch = format!("generate_series(1, {BATCH_EVENTS}) i");
    format!(
        "\\set start random(0, {last})\n\
         begin;\n{insert}\n\
         select count(*) from (select e.guest, attribute, value, sum(polarity), count(*), max(observed_at) from \
         {batch} join evidence e on e.guest = {guest} group by 1, 2, 3) profile;\n\
         select pg_notify('profile', ({guest})::text) from {batch};\n\
         commit;\n",
        insert = insert(&guest, &format!("from {batch}")),
        last = GUESTS - 1,
    )
}

/// As many events kept, and nothing else.
fn kept() -> String {
    let guest = format!("(:start + i * {STRIDE}) % {GUESTS}");
    let batch = format!("from generate_series(1, {BATCH_EVENTS}) i");
    format!(
        "\\set start random(0, {})\n{}\n",
        GUESTS - 1,
        insert(&guest, &batch)
    )
}

/// A transaction of so many events, each with statements of its own, as they come to whoever reads a queue.
fn each(events: usize) -> String {
    let one = format!(
        "\\set guest random(0, {last})\n{insert}\n\
         select attribute, value, sum(polarity), count(*), max(observed_at) from evidence where guest = :guest \
         group by 1, 2;\n\
         select pg_notify('profile', :guest::text);\n",
        insert = insert(":guest", ""),
        last = GUESTS - 1,
    );
    format!("begin;\n{}commit;\n", one.repeat(events))
}

fn insert(guest: &str, from: &str) -> String {
    format!(
        "insert into evidence select gen_random_uuid(), {guest}, 'attribute.' || (random() * 96)::int, \
         'value.' || (random() * 6)::int, 1, 2, 'front_desk', now() {from} on conflict (event) do nothing;"
    )
}

/// A server of its own, empty.
struct Postgres {
    place: Place,
    serving: Child,
}

impl Postgres {
    async fn start() -> anyhow::Result<Self> {
        let place = Place::new()?;
        let data = place.path().join("data");
        let mut init = place.command(found("initdb")?);
        init.args(["--auth", "trust", "--encoding", "UTF8", "--locale", "C"]);
        init.args(["--username", USER, "--pgdata"]).arg(&data);
        printed(init).await?;
        let mut server = place.command(found("postgres")?);
        server.arg("-D").arg(&data).arg("-k").arg(place.path());
        for set in ["listen_addresses=", "fsync=on", "synchronous_commit=on"] {
            server.args(["-c", set]);
        }
        let asks = found("pg_isready")?;
        let serving = place.serve(server, || {
            let mut asks = place.command(&asks);
            asks.arg("-h").arg(place.path());
            asks
        });
        let serving = serving.await?;
        let this = Self { place, serving };
        let mut tables = this.client("psql")?;
        tables.args(["-q", "-v", "ON_ERROR_STOP=1", "-c", TABLES, DATABASE]);
        printed(tables).await?;
        Ok(this)
    }

    /// Transactions a second of this script, by so many connections.
    async fn committed(&self, script: &str, callers: usize, seconds: u32) -> anyhow::Result<f64> {
        let mut empty = self.client("psql")?;
        empty.args(["-q", "-c", "truncate evidence", DATABASE]);
        printed(empty).await?;
        let file = self.place.path().join("script.sql");
        std::fs::write(&file, script)?;
        let mut bench = self.client("pgbench")?;
        bench
            .arg("-f")
            .arg(&file)
            .args(["--no-vacuum", "--jobs", "1"]);
        bench.args(["--client", &callers.to_string()]);
        bench.args(["--time", &seconds.to_string(), DATABASE]);
        bench.stderr(Stdio::piped());
        let printed = printed(bench).await?;
        let line = printed.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = line.and_then(|line| line.split(' ').next()?.parse().ok());
        rate.context("no transaction was done in time; give it more --seconds")
    }

    fn client(&self, name: &str) -> anyhow::Result<tokio::process::Command> {
        let mut client = self.place.command(found(name)?);
        client.arg("-h").arg(self.place.path()).args(["-U", USER]);
        Ok(client)
    }

    async fn stop(mut self) -> anyhow::Result<()> {
        let pid = self.serving.id().context("it runs")?;
        let pid = nix::unistd::Pid::from_raw(i32::try_from(pid)?);
        // The server's "fast": open connections are cut, and the files are left as after a clean end.
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT)?;
        self.serving.wait().await?;
        Ok(())
    }
}
