//! The scenarios: which faults, and what each shows.

use std::process::{Command, Stdio};
use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::faults::Fault;
use super::hotel::Victim;
use super::{damage, disk};

/// A plan of faults.
pub struct Scenario {
    /// What it is called.
    pub name: &'static str,
    /// What goes wrong, and what is to hold.
    pub about: &'static str,
    /// Listeners that run at once.
    pub listeners: usize,
    /// Among how many aggregators the store is divided.
    pub shards: usize,
    /// Whose disk is small.
    pub small_disk: Option<disk::Place>,
    /// What is damaged, file by file, once everything is worked off.
    pub damages: Option<damage::Place>,
    /// More boards than so many are due in the end, or there was nothing to go wrong with.
    pub boards_min: usize,
    /// Says why this machine can't play it.
    pub needs: fn() -> Result<(), String>,
    faults: fn(&mut StdRng, usize) -> Fault,
}

const USUAL: Scenario = Scenario {
    name: "",
    about: "",
    listeners: 1,
    shards: 1,
    small_disk: None,
    damages: None,
    boards_min: 10,
    needs: || Ok(()),
    faults: |_, _| Fault::Repeat,
};

/// Every scenario.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "kills",
        about: "kill -9 of aggregator, listener and nats-server, now and then two at once",
        faults: |rng, n| {
            let mut victims = vec![Victim::ALL[n % Victim::ALL.len()]];
            if rng.random_bool(0.25) {
                // A second one before the first is well again.
                victims.extend(Victim::ALL.choose(rng));
            }
            Fault::Kill(victims)
        },
        ..USUAL
    },
    Scenario {
        name: "stops",
        about: "SIGSTOP of each for up to eight seconds, longer than a heartbeat, then SIGCONT",
        faults: |rng, n| {
            let lasts = Duration::from_millis(rng.random_range(100..8_000));
            Fault::Freeze(Victim::ALL[n % Victim::ALL.len()], lasts)
        },
        ..USUAL
    },
    Scenario {
        name: "shards",
        about: "kill -9, SIGSTOP and SIGTERM of one after the other of three aggregators that divide the store, and of the rest",
        shards: 3,
        faults: |rng, n| {
            let lasts = Duration::from_millis(rng.random_range(100..3_000));
            match n % 5 {
                0 | 2 => Fault::Kill(vec![Victim::Aggregator]),
                1 => Fault::Freeze(Victim::Aggregator, lasts),
                3 => Fault::Terminate(Victim::Aggregator),
                _ => Fault::Kill(vec![Victim::ALL[n % Victim::ALL.len()]]),
            }
        },
        ..USUAL
    },
    Scenario {
        name: "bus-restart",
        about: "nats-server told to end and started again",
        faults: |_, _| Fault::Terminate(Victim::Server),
        ..USUAL
    },
    Scenario {
        name: "terms",
        about: "SIGTERM to aggregator and listener in the middle of a batch: each ends well and goes on where it was",
        faults: |_, n| Fault::Terminate([Victim::Aggregator, Victim::Listener][n % 2]),
        ..USUAL
    },
    Scenario {
        name: "duplicates",
        about: "events published again beyond the server's memory of ids, and after they were deleted from the stream",
        faults: |_, n| [Fault::Repeat, Fault::DeleteAndRepeat][n % 2].clone(),
        ..USUAL
    },
    Scenario {
        name: "reused-ids",
        about: "other contents under ids that were used: each a dead letter, and none counts",
        faults: |_, _| Fault::ReuseIds,
        ..USUAL
    },
    Scenario {
        name: "clocks",
        about: "publishers' clocks jump by hours and days: what lies more than a day ahead is a dead letter, all else counts",
        faults: |_, n| Fault::Clocks([20, -30, 30, 0, -400, 0][n % 6]),
        ..USUAL
    },
    Scenario {
        name: "flood",
        about: "one department says 500 things about one guest at once: the others are served",
        faults: |_, _| Fault::Flood,
        ..USUAL
    },
    Scenario {
        name: "unusable",
        about: "messages that are empty, malformed, too deep or too large: dead letters, or refused by the server",
        faults: |_, _| Fault::Unusable,
        ..USUAL
    },
    Scenario {
        name: "deaf",
        about: "subscribers that never read, and durables that nobody comes for",
        faults: |_, n| [Fault::Deaf, Fault::Absent][n % 2].clone(),
        ..USUAL
    },
    Scenario {
        name: "lost-durable",
        about: "the listener's durables deleted while it works",
        faults: |_, _| Fault::ForgetListener,
        ..USUAL
    },
    Scenario {
        name: "old-store",
        about: "the store exchanged for an older copy of itself: what came after is read again, and published by nobody",
        faults: |_, n| {
            if n == 0 {
                Fault::CopyStore
            } else {
                Fault::RestoreStore
            }
        },
        ..USUAL
    },
    Scenario {
        name: "new-stream",
        about: "all streams deleted and made anew: the aggregator refuses, and goes on with a fresh store",
        boards_min: 0,
        faults: |_, _| Fault::Recreate,
        ..USUAL
    },
    Scenario {
        name: "full-store",
        about: "the store's disk full: the aggregator takes in nothing more, says so, and goes on by itself once there is room",
        small_disk: Some(disk::Place::Store),
        needs: disk::mounts,
        faults: |_, _| Fault::FullStore,
        ..USUAL
    },
    Scenario {
        name: "full-bus",
        about: "the bus's disk full: nothing is acknowledged, and all goes on once there is room",
        small_disk: Some(disk::Place::Bus),
        needs: disk::mounts,
        faults: |_, _| Fault::FullBus,
        ..USUAL
    },
    Scenario {
        name: "sync-errors",
        about: "every sync of the store fails at once: the aggregator ends, and nothing is lost",
        needs: traces,
        faults: |_, _| Fault::SyncErrors,
        ..USUAL
    },
    Scenario {
        name: "damaged-store",
        about: "a bit turned in a file of the store, or its end cut off: every profile right, or somebody says so",
        damages: Some(damage::Place::Store),
        ..USUAL
    },
    Scenario {
        name: "damaged-stream",
        about: "the same in a file of the stream, for an aggregator with its store and for one that reads all anew",
        damages: Some(damage::Place::Stream),
        ..USUAL
    },
];

/// The scenario of this name.
#[must_use]
pub fn scenario(name: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|scenario| scenario.name == name)
}

impl Scenario {
    /// The faults that strike under the load; none where files are damaged afterwards.
    pub(super) fn plan(&self, rng: &mut StdRng, strikes: usize) -> Vec<Fault> {
        if self.damages.is_some() {
            return Vec::new();
        }
        (0..strikes).map(|n| (self.faults)(rng, n)).collect()
    }
}

/// Whether system calls can be made to fail here.
fn traces() -> Result<(), String> {
    let mut strace = Command::new("strace");
    strace
        .args(["-o", "/dev/null", "true"])
        .stdin(Stdio::null());
    match strace.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(_) => Err("this machine lets nobody trace a process".to_owned()),
        Err(error) => Err(format!("there is no program `strace`: {error}")),
    }
}
