//! Files that a bad disk damages, one at a time: a bit turned, or the end cut off. What is damaged is then started and asked
//! for every profile. Each has to be right, or somebody has to say that something is wrong.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cardex_bus::streams::{EVENTS, stream_ends};
use cardex_domain::ids::NodeId;
use cardex_domain::time::Day;
use cardex_store::{OpenOptions, Store};
use cardex_wire::query::QueryError;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::books::Books;
use super::disk;
use super::hotel::{Hotel, Victim};
use crate::desk::{DEADLINE, Desk};
use crate::events::now;

/// How often it is asked whether the aggregator answers.
const ASKED_EVERY: Duration = Duration::from_millis(100);
/// Of the damage to a stream, so much meets an aggregator that has to read all of it anew.
const READ_ANEW: f64 = 0.5;

/// What is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The aggregator's store.
    Store,
    /// The stream of events.
    Stream,
}

/// What came of a damage.
#[derive(Debug, Clone)]
pub enum Came {
    /// All answers were right.
    Harmless {
        /// What was damaged.
        how: String,
    },
    /// Nothing was answered that is wrong, and it was said why.
    Noticed {
        /// What was damaged.
        how: String,
        /// Who noticed, and how.
        by: String,
    },
    /// Something wrong was answered as if nothing were.
    Wrong {
        /// What was damaged, and what was answered.
        what: String,
    },
}

/// A hotel whose files are damaged, and put right again from a copy.
pub(super) struct Damaging<'h> {
    hotel: &'h mut Hotel,
    place: Place,
    expected: Vec<(NodeId, Option<Vec<u8>>)>,
    as_of: Day,
}

impl<'h> Damaging<'h> {
    /// A hotel in which everything is worked off.
    pub(super) async fn of(hotel: &'h mut Hotel, books: &Books, place: Place) -> Self {
        let as_of = now().day();
        let end = stream_ends(&hotel.desk.bus, EVENTS).await.unwrap().last;
        hotel.desk.marked(end).await;
        Self {
            hotel,
            place,
            expected: books.profiles(as_of),
            as_of,
        }
    }

    /// Damages one file, looks what comes of it, and puts everything right.
    pub(super) async fn strike(&mut self, rng: &mut StdRng) -> Came {
        match self.place {
            Place::Store => self.strike_store(rng).await,
            Place::Stream => self.strike_stream(rng).await,
        }
    }

    async fn strike_store(&mut self, rng: &mut StdRng) -> Came {
        self.hotel.down(Victim::Aggregator).await;
        let store = self.hotel.premises.store();
        let sound = Sound::keep(&store);
        let how = damage(&store, rng);
        self.hotel.up(Victim::Aggregator).await;
        let came = self.look(how).await;
        self.hotel.down(Victim::Aggregator).await;
        let set_aside = beside(&store, ".damaged-");
        sound.put_back(&store);
        self.hotel.up(Victim::Aggregator).await;
        match came {
            Came::Harmless { how } if !set_aside.is_empty() => Came::Noticed {
                how,
                by: "the store was set aside and made anew".to_owned(),
            },
            came => came,
        }
    }

    async fn strike_stream(&mut self, rng: &mut StdRng) -> Came {
        let store = self.hotel.premises.store();
        self.hotel.down(Victim::Aggregator).await;
        self.hotel.down(Victim::Server).await;
        let data = self.hotel.server.data_directory();
        let (sound, sound_store) = (Sound::keep(&data), Sound::keep(&store));
        let reads_anew = rng.random_bool(READ_ANEW);
        if reads_anew {
            std::fs::remove_dir_all(&store).unwrap();
        }
        let stream = data.join("jetstream/$G/streams").join(EVENTS).join("msgs");
        let how = format!("{}, read anew: {reads_anew}", damage(&stream, rng));
        let came = match self.hotel.server.try_restart().await {
            Err(error) => Came::Noticed {
                how,
                by: format!("nats-server does not start: {error}"),
            },
            Ok(()) => {
                self.hotel.up(Victim::Aggregator).await;
                self.look(how).await
            }
        };
        self.hotel.down(Victim::Aggregator).await;
        let gaps = gaps(&store);
        self.hotel.down(Victim::Server).await;
        sound.put_back(&data);
        sound_store.put_back(&store);
        self.hotel.up(Victim::Server).await;
        self.hotel.up(Victim::Aggregator).await;
        match came {
            Came::Wrong { what } if gaps > 0 => Came::Noticed {
                how: what,
                by: format!("an alarm about {gaps} gaps"),
            },
            came => came,
        }
    }

    /// Asks for every profile.
    async fn look(&mut self, how: String) -> Came {
        let desk = self.hotel.desk.clone();
        let answered = tokio::select! {
            answered = compare(&desk, &self.expected, self.as_of) => answered,
            ended = self.hotel.aggregator_ends(DEADLINE) => {
                let said = ended.map(|ended| ended.said.into_iter().next().unwrap_or_default());
                let by = said.unwrap_or_else(|| format!("nothing was answered within {DEADLINE:?}"));
                return Came::Noticed { how, by };
            }
        };
        match answered {
            Ok(None) => Came::Harmless { how },
            Ok(Some(what)) => Came::Wrong {
                what: format!("{how}: {what}"),
            },
            Err(error) => Came::Noticed {
                how,
                by: error.to_string(),
            },
        }
    }
}

/// The first profile that is not the expected one.
async fn compare(
    desk: &Desk,
    expected: &[(NodeId, Option<Vec<u8>>)],
    as_of: Day,
) -> Result<Option<String>, QueryError> {
    let mut ticks = tokio::time::interval(ASKED_EVERY);
    let end = stream_ends(&desk.bus, EVENTS).await.unwrap().last;
    for (node, expected) in expected {
        let answered = loop {
            match desk.try_canonical(*node, Some(end), as_of).await {
                Err(error) if error.code.is_transient() => ticks.tick().await,
                answered => break answered?,
            };
        };
        if answered != *expected {
            return Ok(Some(format!("another profile of {node}")));
        }
    }
    Ok(None)
}

/// A copy of a directory from before it was damaged.
struct Sound(PathBuf);

impl Sound {
    fn keep(directory: &Path) -> Self {
        let copy = directory.with_extension("sound");
        disk::copy(directory, &copy);
        Self(copy)
    }

    /// Puts it in the place of the damaged one, and does away with what was set aside.
    fn put_back(self, directory: &Path) {
        for set_aside in beside(directory, ".damaged-") {
            std::fs::remove_dir_all(set_aside).unwrap();
        }
        if directory.exists() {
            std::fs::remove_dir_all(directory).unwrap();
        }
        std::fs::rename(self.0, directory).unwrap();
    }
}

/// What lies beside a directory under its name and this.
fn beside(directory: &Path, more: &str) -> Vec<PathBuf> {
    let name = directory.file_name().unwrap().to_str().unwrap();
    let front = format!("{name}{more}");
    let entries = std::fs::read_dir(directory.parent().unwrap()).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.starts_with(&front))
        })
        .collect()
}

/// Turns one bit of one of the files below, or cuts its end off, and says so.
fn damage(directory: &Path, rng: &mut StdRng) -> String {
    let mut files = Vec::new();
    list(directory, &mut files);
    files.sort();
    // Each byte is as likely, as on a disk; but for the small ones, which matter more, one in four.
    let sizes: Vec<u64> = files
        .iter()
        .map(|path| path.metadata().unwrap().len())
        .collect();
    let path = if rng.random_bool(0.25) {
        files.choose(rng).unwrap()
    } else {
        let mut at = rng.random_range(0..sizes.iter().sum());
        let holds = |size: &u64| {
            let within = at < *size;
            at = at.saturating_sub(*size);
            within
        };
        &files[sizes.iter().position(holds).unwrap()]
    };
    let mut bytes = std::fs::read(path).unwrap();
    let at = rng.random_range(0..bytes.len());
    let what = if rng.random_bool(0.7) {
        bytes[at] ^= 1 << rng.random_range(0..8);
        "a bit turned at"
    } else {
        bytes.truncate(at);
        "cut off at"
    };
    let said = format!(
        "{} {what} {at}",
        path.strip_prefix(directory).unwrap().display()
    );
    std::fs::write(path, bytes).unwrap();
    said
}

/// The files below that have anything in them.
fn list(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, files);
        } else if path.metadata().unwrap().len() > 0 {
            files.push(path);
        }
    }
}

/// Gaps of which the store knows.
fn gaps(store: &Path) -> u64 {
    if !store.exists() {
        return 0;
    }
    let opened = Store::open(store, &OpenOptions::default());
    opened.map_or(0, |opened| opened.store.read().counts().gaps)
}
