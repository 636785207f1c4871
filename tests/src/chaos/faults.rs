//! What goes wrong, and how it is made to.

use std::process::Stdio;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cardex_bus::streams::{DEADLETTERS, EVENTS, PROMPTS, ensure_streams};
use cardex_bus::{Headers, PublishError};
use cardex_domain::event::Body;
use rand::Rng;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::process::Command;

use super::hotel::{Ended, Victim, rebuild};
use super::load::Acknowledged;
use super::recovery::Watch;
use super::{Round, disk, life, settle};
use crate::desk::DEADLINE;
use crate::events::{APP, PROPERTY, fresh_id, reservation};

/// How long an answer of the bus may take.
const ANSWER: Duration = Duration::from_secs(30);
/// Events of which something is repeated, or whose id is used again.
const SOME: usize = 40;
/// What one department says at once.
const FLOOD: usize = 500;
/// More than an event may have, and less than the stream takes.
const TOO_LARGE_BYTES: usize = 20 * 1024;
/// More than the stream takes.
const REFUSED_BYTES: usize = 40 * 1024;
/// How long an aggregator that can't write is given before more is to be written, and how often.
const MORE_AFTER: Duration = Duration::from_millis(200);
const MORE_MAX: usize = 500;
/// How every sync of a traced process fails.
const SYNC_FAILS: &str = "inject=fdatasync,fsync:error=EIO";
const HOUR_US: i64 = 3_600_000_000;

/// Something that goes wrong.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// Killed without warning, one after the other, each started again at once.
    Kill(Vec<Victim>),
    /// Stopped for so long while its connections stand.
    Freeze(Victim, Duration),
    /// Told to end in the middle of its work, and started again.
    Terminate(Victim),
    /// Some events are published once more, without the server's memory of ids.
    Repeat,
    /// Some events are deleted from the stream, and published once more.
    DeleteAndRepeat,
    /// Other contents under the ids of some events.
    ReuseIds,
    /// The publishers' clocks are wrong by so many hours.
    Clocks(i64),
    /// One department says very much about one guest at once.
    Flood,
    /// Messages that nobody can use.
    Unusable,
    /// Somebody listens to everything and never reads.
    Deaf,
    /// Somebody has a durable on the boards and never comes.
    Absent,
    /// The listener's durables are deleted.
    ForgetListener,
    /// The store is copied, for later.
    CopyStore,
    /// The store is exchanged for the copy, and copied for the next time.
    RestoreStore,
    /// All streams are deleted and made anew.
    Recreate,
    /// The store's disk is full.
    FullStore,
    /// The bus's disk is full.
    FullBus,
    /// The store's disk takes nothing any more, and says so when it is to be synced.
    SyncErrors,
}

impl Fault {
    pub(super) async fn strike(self, round: &mut Round) {
        round.strikes.another();
        match self {
            Self::Kill(victims) => {
                for victim in victims {
                    round.kill(victim).await;
                }
            }
            Self::Freeze(victim, lasts) => {
                round.hotel.freeze(victim);
                tokio::time::sleep(lasts).await;
                round.hotel.thaw(victim);
                round.watch(victim, Instant::now());
            }
            Self::Terminate(victim) => {
                round.hotel.terminate(victim).await;
                let since = Instant::now();
                round.hotel.up(victim).await;
                round.watch(victim, since);
            }
            Self::Repeat => round.repeat().await,
            Self::DeleteAndRepeat => round.delete_and_repeat().await,
            Self::ReuseIds => round.reuse_ids().await,
            Self::Clocks(hours) => round.load.set_clocks(hours * HOUR_US),
            Self::Flood => round.flood().await,
            Self::Unusable => round.unusable().await,
            Self::Deaf => round.deaf().await,
            Self::Absent => round.absent().await,
            Self::ForgetListener => {
                round.hotel.desk.lose_the_durables().await;
                round.watch(Victim::Listener, Instant::now());
            }
            Self::CopyStore => round.exchange_store(false).await,
            Self::RestoreStore => round.exchange_store(true).await,
            Self::Recreate => round.recreate().await,
            Self::FullStore => round.full_store().await,
            Self::FullBus => round.full_bus().await,
            Self::SyncErrors => round.sync_errors().await,
        }
    }
}

impl Round {
    async fn kill(&mut self, victim: Victim) {
        self.hotel.down(victim).await;
        let since = Instant::now();
        self.hotel.up(victim).await;
        self.watch(victim, since);
    }

    /// Watches when it works again.
    fn watch(&mut self, victim: Victim, since: Instant) {
        let watch = Watch {
            desk: self.hotel.desk.clone(),
            strikes: self.strikes.clone(),
            since,
            sequence: self.load.last(),
            count: self.load.count(),
        };
        let timeline = self.timeline.clone();
        self.recoveries.spawn(async move {
            let recovery = watch.recovers(victim).await;
            let (victim, took) = (recovery.victim, recovery.took_ms);
            timeline.says(format!("{victim} works again, {took} ms"));
            recovery
        });
    }

    async fn repeat(&mut self) {
        for of in self.load.some(&mut self.rng, SOME) {
            // Dead letters are told of one by one, and each repetition is one.
            if of.dead.is_none() {
                self.hotel.desk.publish_again(&of.event).await;
            }
        }
    }

    async fn delete_and_repeat(&mut self) {
        for of in self.load.some(&mut self.rng, SOME) {
            let bus = &self.hotel.desk.bus;
            let erased = bus.erase(EVENTS, of.sequence).await.unwrap();
            assert!(erased, "{} was acknowledged", of.sequence);
            let sequence = self.hotel.desk.publish_again(&of.event).await;
            self.load.moved(of.event.key, sequence);
        }
    }

    async fn reuse_ids(&mut self) {
        for Acknowledged { mut event, .. } in self.load.some(&mut self.rng, SOME) {
            match &mut event.body {
                Body::Observed(observation) => observation.note = Some("Not what it was.".into()),
                Body::Stay(stay) => stay.occurred_at.utc_micros -= HOUR_US,
                // Of the others hardly anything could be said otherwise.
                _ => continue,
            }
            event.time.utc_micros += 1;
            let sequence = self.hotel.desk.publish_again(&event).await;
            self.dead.push((sequence, "id_reused"));
        }
    }

    async fn flood(&mut self) {
        let about = self.rng.random_range(0..4);
        for _ in 0..FLOOD {
            let guest = reservation(&format!("R-0-{about}"));
            let event = life::observed(&mut self.rng, "dining", guest);
            let sequence = self.hotel.desk.publish(&event).await.stream_sequence;
            self.load.adds(Acknowledged {
                sequence,
                event,
                dead: None,
            });
        }
        self.watch(Victim::Listener, Instant::now());
    }

    async fn unusable(&mut self) {
        let subject = format!("cardex.{PROPERTY}.observation.dining.{APP}");
        let deep = format!("{}0{}", "{\"a\":".repeat(64), "}".repeat(64));
        let large = format!("{{\"note\":\"{}\"}}", "a".repeat(TOO_LARGE_BYTES));
        for (payload, code) in [
            (String::new(), "not_an_event"),
            ("+ACK".to_owned(), "not_an_event"),
            ("{}".to_owned(), "not_an_event"),
            (deep, "too_deep"),
            (large, "too_large"),
        ] {
            let (id, headers) = (fresh_id(), Headers::new());
            let bus = &self.hotel.desk.bus;
            let published = bus.publish(&subject, id.as_str(), payload.into(), &headers);
            let sequence = published.await.unwrap().stream_sequence;
            self.dead.push((sequence, code));
        }
        let (id, headers) = (fresh_id(), Headers::new());
        let refused = Bytes::from(vec![b'a'; REFUSED_BYTES]);
        let bus = &self.hotel.desk.bus;
        let published = bus.publish(&subject, id.as_str(), refused, &headers).await;
        let refused = matches!(published, Err(PublishError::Refused { .. }));
        assert!(refused, "{published:?}");
    }

    /// A client as anybody could write one, which subscribes and never reads its socket.
    async fn deaf(&mut self) {
        let address = self.hotel.server.url().trim_start_matches("nats://");
        let mut socket = TcpStream::connect(address).await.unwrap();
        let hello = b"CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB > 1\r\n";
        socket.write_all(hello).await.unwrap();
        self.deaf.push(socket);
    }

    async fn absent(&mut self) {
        let durable = format!("absent_{}", self.rng.random::<u32>());
        let subject = format!("$JS.API.CONSUMER.DURABLE.CREATE.{PROMPTS}.{durable}");
        let wanted = serde_json::json!({
            "stream_name": PROMPTS,
            "config": {
                "durable_name": durable,
                "deliver_policy": "all",
                "ack_policy": "explicit",
            },
        });
        self.administers(&subject, wanted.to_string()).await;
    }

    async fn administers(&self, subject: &str, body: String) {
        let bus = &self.hotel.desk.bus;
        let answer = bus.request(subject, body.into(), ANSWER).await.unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert!(answer.get("error").is_none(), "{answer}");
    }

    /// Copies the store and, where that is wanted, puts the copy before in its place.
    async fn exchange_store(&mut self, restores: bool) {
        self.hotel.down(Victim::Aggregator).await;
        let since = Instant::now();
        let store = self.hotel.premises.store();
        let (copy, next) = (store.with_extension("copy"), store.with_extension("next"));
        disk::copy(&store, &next);
        if restores {
            std::fs::remove_dir_all(&store).unwrap();
            std::fs::rename(&copy, &store).unwrap();
        }
        std::fs::rename(&next, &copy).unwrap();
        self.hotel.up(Victim::Aggregator).await;
        self.watch(Victim::Aggregator, since);
    }

    /// The aggregator refuses to go on by another stream, with its store and with none, says which, and goes on once a
    /// person said that what is gone is gone.
    async fn recreate(&mut self) {
        self.calm().await;
        let last = self.load.last();
        settle(&mut self.hotel, last).await;
        self.hotel.desk.marked(last).await;
        for stream in [EVENTS, PROMPTS, DEADLETTERS] {
            let subject = format!("$JS.API.STREAM.DELETE.{stream}");
            self.administers(&subject, String::new()).await;
        }
        ensure_streams(&self.hotel.desk.bus, 1).await.unwrap();
        self.load.forget();
        self.refuses_the_stream().await;
        std::fs::remove_dir_all(self.hotel.premises.store()).unwrap();
        self.hotel.up(Victim::Aggregator).await;
        self.refuses_the_stream().await;
        let (url, premises) = (self.hotel.server.url(), &self.hotel.premises);
        let rebuilt = rebuild(&["--accept-loss"], url, premises).await;
        assert!(rebuilt.status.success(), "{rebuilt:#?}");
        self.hotel.up(Victim::Aggregator).await;
    }

    async fn refuses_the_stream(&mut self) {
        let ended = self.hotel.aggregator_ends(DEADLINE).await;
        let ended = ended.expect("no other stream is read on by itself");
        let named = ended.said.iter().any(|line| line.contains(EVENTS));
        assert!(!ended.status.success() && named, "{ended:#?}");
    }

    /// The aggregator waits, and goes on by itself once there is room. If the engine had begun to write something that found
    /// none, it ends, says why, and does not begin before there is room.
    async fn full_store(&mut self) {
        let ballast = disk::fill(&self.hotel.premises.store());
        let lasts = Duration::from_millis(self.rng.random_range(500..5_000));
        self.happens(SOME);
        self.calm().await;
        let last = self.load.last();
        if let Some(ended) = self.hotel.aggregator_ends(lasts).await {
            says_that_it_is_full(&ended);
            self.hotel.up(Victim::Aggregator).await;
            let again = self.hotel.aggregator_ends(DEADLINE).await;
            says_that_it_is_full(&again.expect("there is no room yet"));
            std::fs::remove_file(ballast).unwrap();
            return self.aggregator_again().await;
        }
        let taken_in = self.hotel.desk.has_applied(last).await;
        assert!(!taken_in, "it took in what it has no room for");
        std::fs::remove_file(ballast).unwrap();
        while !self.hotel.desk.has_applied(last).await {
            if let Some(ended) = self.hotel.aggregator_ends(MORE_AFTER).await {
                says_that_it_is_full(&ended);
                return self.aggregator_again().await;
            }
        }
    }

    /// Waits until the aggregator ends because it can't write, with more and more to be written.
    async fn aggregator_ends_at_work(&mut self) {
        for _ in 0..MORE_MAX {
            if let Some(ended) = self.hotel.aggregator_ends(MORE_AFTER).await {
                assert!(!ended.status.success(), "{ended:#?}");
                return;
            }
            self.happens(SOME);
        }
        panic!("the aggregator goes on though it can't write");
    }

    async fn aggregator_again(&mut self) {
        let since = Instant::now();
        self.hotel.up(Victim::Aggregator).await;
        self.watch(Victim::Aggregator, since);
    }

    /// Nothing is acknowledged that has no room; once there is room and the server was started again, all goes on.
    async fn full_bus(&mut self) {
        let ballast = disk::fill(&self.hotel.server.data_directory());
        let lasts = Duration::from_millis(self.rng.random_range(500..5_000));
        tokio::time::sleep(lasts).await;
        std::fs::remove_file(ballast).unwrap();
        self.kill(Victim::Server).await;
    }

    /// Every sync fails from now on. Nothing is answered by what is not on the disk.
    async fn sync_errors(&mut self) {
        let pid = self.hotel.aggregator_pid().to_string();
        let mut strace = Command::new("strace");
        strace
            .args(["-f", "-o", "/dev/null", "-e", SYNC_FAILS, "-p", &pid])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut tracing = strace.spawn().unwrap();
        self.aggregator_ends_at_work().await;
        tracing.wait().await.unwrap();
        self.aggregator_again().await;
    }
}

fn says_that_it_is_full(ended: &Ended) {
    let says_why = ended.said.iter().any(|line| line.contains("is full"));
    assert!(!ended.status.success() && says_why, "{ended:#?}");
}
