//! What so many hotels take of disk, memory and time: sizes and rates, multiplied.

use serde::Serialize;

use super::copying::Copying;
use super::sizes::{Size, Sizes};

const DAYS_OF_A_YEAR: f64 = 365.25;
const SECONDS_OF_A_DAY: f64 = 86_400.0;
/// Assumption: the busiest second of a day has so many times its mean, with all hotels in one zone.
const PEAK: f64 = 4.0;

/// What a hotel's day is made of. Observations are given; the rest is an assumption for a house of 150 rooms.
const OBSERVATIONS_A_DAY: f64 = 500.0;
const ARRIVALS_A_DAY: f64 = 60.0;
/// Booked, changed, checked in, moved or paid, checked out.
const STAY_EVENTS: f64 = 5.0;
/// What `bench` found: 680 of 1,000 observations about guests in house change a board (tests/README.md, "What it costs").
const CARD_EVENTS_OF_AN_OBSERVATION: f64 = 0.68;
/// A board for each of so many departments.
const CARD_EVENTS_OF_AN_ARRIVAL: f64 = 6.0;
/// So many of a hundred card events are answered for.
const OUTCOMES_OF_A_CARD_EVENT: f64 = 0.25;

/// Events folded a second, durable, while the store fits into memory (tests/README.md, "What it costs").
const FOLDED_PER_S: f64 = 33_700.0;
/// Events folded a second while a store grows past its page cache to a million guests: three million events in 378 s
/// (tests/README.md, `bench --guests`).
const FOLDED_LARGE_PER_S: f64 = 7_900.0;
/// Check-ins a second whose boards a listener makes: 500 at once in 1.9 s (tests/README.md, `bench --only storm`).
const CHECKED_IN_PER_S: f64 = 263.0;
/// Resident bytes a guest, most of them of the pairs index (tests/README.md, `bench --guests`).
const MEMORY_OF_A_GUEST: f64 = 1_500.0;
/// Memory beside: the store's pages (`aggregator.store_cache_bytes`), kept profiles, the program.
const MEMORY_BESIDE: f64 = 8e8;
/// Seconds until a start knows the pairs among a million guests (tests/README.md, `bench --guests`).
const PAIRED_MILLION_S: f64 = 27.0;
/// Bytes of files over those of the rows in them, in use (crates/store, `OpenOptions::compact_at_ratio`); fresh copies come
/// to 3.
const FILES_OVER_ROWS: f64 = 5.0;
/// Copies of each stream.
const STREAM_COPIES: f64 = 3.0;
/// Assumption: what a store may take of a machine's disk, and an aggregator of its memory.
const DISK_BYTES: f64 = 8e12;
const MEMORY_BYTES: f64 = 64e9;
/// How long the whole stream may take to be read anew, where there is no backup.
const REPLAY_MAX_S: f64 = SECONDS_OF_A_DAY;
/// Backups are a day old at most.
const BACKUP_AGE_DAYS: f64 = 1.0;
/// Assumption: until somebody has a machine for a lost one.
const MACHINE_IN_HOURS: f64 = 1.0;

/// So many hotels.
pub(super) struct Group {
    hotels: u64,
    guests: u64,
}

/// Those that are planned for.
pub(super) const GROUPS: [Group; 3] = [
    Group {
        hotels: 1,
        guests: 20_000,
    },
    Group {
        hotels: 1_000,
        guests: 20_000_000,
    },
    Group {
        hotels: 10_000,
        guests: 200_000_000,
    },
];

/// What of each store shards divide among them; the rest every shard has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Divided {
    /// What was noticed, by whom it names.
    Evidence,
    /// Also boards and what became of them, by their stay.
    Boards,
    /// Also the ids of both.
    Ids,
}

/// All of them.
const DIVISIONS: [Divided; 3] = [Divided::Evidence, Divided::Boards, Divided::Ids];
/// Numbers of shards by which they are compared.
const COMPARED: [u16; 3] = [4, 16, 64];

/// What a shard's files come to where this is divided.
#[derive(Debug, Clone, Serialize)]
pub struct Division {
    /// What is.
    pub divided: Divided,
    /// Bytes of a shard's files, by the number of shards.
    pub of_a_shard: Vec<(u16, f64)>,
}

/// What is full or too slow first.
#[derive(Debug, Clone, Serialize)]
pub struct Limit {
    /// What.
    pub what: &'static str,
    /// With so many hotels.
    pub hotels: f64,
}

/// What a group takes after the years that are kept. Bytes, unless the name says otherwise.
#[derive(Debug, Clone, Serialize)]
pub struct Needs {
    /// How many hotels.
    pub hotels: u64,
    /// Their guests.
    pub guests: u64,
    /// Years of events.
    pub years: u32,
    /// Events of a day.
    pub events_a_day: f64,
    /// Events of the busiest second.
    pub peak_per_s: f64,
    /// The same over what one aggregator folds of a large store.
    pub peak_of_folded: f64,
    /// Check-ins of the busiest second over what one listener does.
    pub peak_of_checked_in: f64,
    /// What comes to each aggregator in the busiest second.
    pub network_per_s: f64,
    /// One copy of the stream of events.
    pub stream: f64,
    /// All its copies.
    pub streams: f64,
    /// Files of a store that has everything.
    pub store: f64,
    /// What shards would hold.
    pub divisions: Vec<Division>,
    /// As how many installations, each with a stream and stores of its own, its machines take it: by disk and memory.
    pub installations: u64,
    /// Memory of an aggregator.
    pub memory: f64,
    /// Hours from a start until pairs are known.
    pub paired_in_hours: f64,
    /// Hours to read the whole stream: at the rate of a large store, and at that of a small one.
    pub replayed_in_hours: [f64; 2],
    /// Hours from the loss of an aggregator's machine in one of them until another is as far as the stream, from a backup of
    /// the day before.
    pub restored_in_hours: f64,
}

/// Events of a kind, a hotel and day, with what each weighs.
type Day = [(f64, Size); 4];

fn day_of_a_hotel(sizes: &Sizes) -> Day {
    let cards = OBSERVATIONS_A_DAY * CARD_EVENTS_OF_AN_OBSERVATION
        + ARRIVALS_A_DAY * CARD_EVENTS_OF_AN_ARRIVAL;
    [
        (OBSERVATIONS_A_DAY, sizes.observation),
        (ARRIVALS_A_DAY * STAY_EVENTS, sizes.stay),
        (cards, sizes.card),
        (cards * OUTCOMES_OF_A_CARD_EVENT, sizes.outcome),
    ]
}

fn sum(day: &Day, of: impl Fn(Size) -> f64) -> f64 {
    day.iter().map(|(count, size)| count * of(*size)).sum()
}

fn hours(count: f64, per_s: f64) -> f64 {
    count / per_s / 3_600.0
}

/// What the group takes.
pub(super) fn needs(group: &Group, years: u32, sizes: &Sizes, copying: &Copying) -> Needs {
    let (hotels, guests) = (group.hotels as f64, group.guests as f64);
    let day = day_of_a_hotel(sizes);
    let days = f64::from(years) * DAYS_OF_A_YEAR;
    let events_a_day = hotels * sum(&day, |_| 1.0);
    let events = events_a_day * days;
    let stream_a_day = hotels * sum(&day, |size| size.stream);
    let files = |of: fn(Size) -> f64| hotels * days * FILES_OVER_ROWS * sum(&day, of);
    let store = files(Size::rows);
    // The ids of stays' events are everywhere, as the stays are.
    let ids: Day = [day[0], (0.0, day[1].1), day[2], day[3]];
    let ids = hotels * days * FILES_OVER_ROWS * sum(&ids, |size| size.id);
    let of_a_shard = |divided: Divided, shards: u16| {
        let of = match divided {
            Divided::Evidence => files(|size| size.evidence),
            Divided::Boards => files(|size| size.evidence + size.boards),
            Divided::Ids => files(|size| size.evidence + size.boards) + ids,
        };
        store - of + of / f64::from(shards)
    };
    let of_memory = guests * MEMORY_OF_A_GUEST / (MEMORY_BYTES - MEMORY_BESIDE);
    let installations = of_memory.max(store / DISK_BYTES).ceil().max(1.0);
    let peak_per_s = events_a_day / SECONDS_OF_A_DAY * PEAK;
    Needs {
        hotels: group.hotels,
        guests: group.guests,
        years,
        events_a_day,
        peak_per_s,
        peak_of_folded: peak_per_s / FOLDED_LARGE_PER_S,
        peak_of_checked_in: hotels * ARRIVALS_A_DAY / SECONDS_OF_A_DAY * PEAK / CHECKED_IN_PER_S,
        network_per_s: stream_a_day / SECONDS_OF_A_DAY * PEAK,
        stream: stream_a_day * days,
        streams: stream_a_day * days * STREAM_COPIES,
        store,
        divisions: DIVISIONS
            .map(|divided| Division {
                divided,
                of_a_shard: COMPARED.map(|n| (n, of_a_shard(divided, n))).to_vec(),
            })
            .to_vec(),
        installations: installations as u64,
        memory: guests * MEMORY_OF_A_GUEST + MEMORY_BESIDE,
        paired_in_hours: guests / 1e6 * PAIRED_MILLION_S / 3_600.0,
        replayed_in_hours: [FOLDED_LARGE_PER_S, FOLDED_PER_S].map(|rate| hours(events, rate)),
        restored_in_hours: hours(events / installations, copying.restored_per_s)
            + hours(
                events_a_day / installations * BACKUP_AGE_DAYS,
                FOLDED_LARGE_PER_S,
            )
            + MACHINE_IN_HOURS,
    }
}

/// With how many hotels what is full or too slow on one machine each, the first first.
pub(super) fn limits(hotel: &Needs) -> Vec<Limit> {
    let guests = (MEMORY_BYTES - MEMORY_BESIDE) / MEMORY_OF_A_GUEST;
    let hotels = hotel.hotels as f64;
    let replayed_s = hotel.replayed_in_hours[0] * 3_600.0;
    let limits = [
        ("memory of an aggregator", guests / hotel.guests as f64),
        ("disk of an aggregator", DISK_BYTES / hotel.store),
        ("one copy of the stream", DISK_BYTES / hotel.stream),
        ("the whole stream read in a day", REPLAY_MAX_S / replayed_s),
        ("what an aggregator folds", 1.0 / hotel.peak_of_folded),
        ("check-ins of one listener", 1.0 / hotel.peak_of_checked_in),
    ];
    let mut limits = limits.map(|(what, times)| Limit {
        what,
        hotels: times * hotels,
    });
    limits.sort_by(|a, b| a.hotels.total_cmp(&b.hotels));
    limits.to_vec()
}
