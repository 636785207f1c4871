//! What stores that divide rows among them lend each other, so that one of them can answer as if it had all.
//!
//! Whoever reads in a store that keeps a share is told what was not here ([`Reader::missing`]): ranges of keys, each to be
//! asked of one shard. What comes back stands in [`Lent`], and the question is answered again with it. Rows travel as they
//! lie on disk, checksums and all, between programs of one version.
//!
//! **Invariant:** what is lent of a place holds for the records as the reader sees them. What came under a reference since the
//! lender read is known here, for every store reads every event (`recent.rs`); of that, what was lent is dropped when a
//! reader is taken. Lists may be older than the reader, and are no older than the question.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use bincode::{BorrowDecode, Encode};

use crate::engine::{Row, Value};
use crate::entry::Curated;
use crate::error::StoreError;
use crate::keys::{self, Key, Kind};
use crate::read::{Reader, at_and_event, sensible};
use crate::recent::Recent;
use crate::rows::NoteRow;
use crate::seal::{self, Body};
use crate::sheet::Sealed;

/// The format of what is asked for and lent.
const FORMAT: u8 = 1;
/// The most ranges noted as missing at a time; with these the question is answered again, and may miss more.
const MISSING_MAX: usize = 1_024;
/// Rows lent at a time come to about as many bytes: a message holds them with room to spare.
const LENT_AT_ONCE_BYTES: usize = 600 << 10;
/// The most rows lent at a time of a list of which the front may be enough.
const LISTED_AT_ONCE_ROWS: usize = 2_048;

/// What a message may come to once it is read, in bytes: lengths in it are not believed beyond that.
const READ_MAX_BYTES: usize = 8 << 20;

const ENCODING: Configuration<LittleEndian, Varint, Limit<READ_MAX_BYTES>> =
    bincode::config::standard().with_limit();

/// The version of who asks and of who lends, which is to be the same: rows are as it writes them.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A range of keys as maps look it up.
type Bounds<'b> = (Bound<&'b [u8]>, Bound<&'b [u8]>);

fn up_to(last: &[u8]) -> Bounds<'_> {
    (Bound::Unbounded, Bound::Included(last))
}

/// Ranges of keys, by where they begin.
#[derive(Debug, Default)]
struct Covered(BTreeMap<Vec<u8>, Vec<u8>>);

impl Covered {
    /// How far everything from `from` on is covered.
    fn end_of(&self, from: &[u8]) -> Option<&[u8]> {
        let (_, end) = self.0.range::<[u8], _>(up_to(from)).next_back()?;
        (**end > *from).then_some(end)
    }

    fn has(&self, from: &[u8], past: &[u8]) -> bool {
        self.end_of(from).is_some_and(|end| end >= past)
    }

    fn add(&mut self, from: &[u8], past: &[u8]) {
        let before = self.0.range_mut::<[u8], _>(up_to(from)).next_back();
        match before {
            Some((_, end)) if **end >= *from => {
                if **end < *past {
                    past.clone_into(end);
                }
            }
            _ => {
                self.0.insert(from.to_vec(), past.to_vec());
            }
        }
    }

    /// Takes away whatever has something of the range.
    fn forget(&mut self, from: &[u8], past: &[u8]) {
        self.0
            .retain(|begin, end| **end <= *from || *past <= **begin);
    }
}

/// The rows of other shards that one question needs.
#[derive(Debug, Default)]
pub struct Lent {
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
    /// What is known of places of one shard each.
    covered: Covered,
    /// Of each place: as of which sequence it was lent, and in which ranges.
    places: HashMap<u64, (u64, Vec<Range>)>,
    /// What is known of lists that stand in all shards, by shard.
    lists: BTreeMap<u16, Covered>,
    /// For which vocabulary those shards have marked all words that wait.
    curated: BTreeMap<u16, Option<Curated>>,
    bytes: usize,
}

type Range = (Vec<u8>, Vec<u8>);

impl Lent {
    /// The rows of the range.
    pub(crate) fn rows(&self, from: &[u8], past: &[u8]) -> impl Iterator<Item = Row> {
        let bounds: Bounds<'_> = (Bound::Included(from), Bound::Excluded(past));
        let rows = self.rows.range::<[u8], _>(bounds);
        rows.map(|(key, value)| (Value::of(key), Value::of(value)))
    }

    /// The row, if it was lent.
    pub(crate) fn row(&self, key: &[u8]) -> Option<Value> {
        self.rows.get(key).map(|value| Value::of(value))
    }

    /// Whether all of the range was lent that there is, of a place of one shard.
    pub(crate) fn covers(&self, from: &[u8], past: &[u8]) -> bool {
        self.covered.has(from, past)
    }

    /// How far all of the shard's rows of a list from `from` on were lent.
    pub(crate) fn listed_to(&self, shard: u16, from: &[u8]) -> Option<&[u8]> {
        self.lists.get(&shard)?.end_of(from)
    }

    /// Whether the shard has marked all words that wait for this vocabulary, as it said when it lent of its list.
    pub(crate) fn is_curated(&self, shard: u16, now: &Curated) -> bool {
        let curated = self.curated.get(&shard).and_then(Option::as_ref);
        curated == Some(now)
    }

    /// Whether nothing was lent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty() && self.lists.is_empty()
    }

    /// The bytes of what was lent.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Drops what was lent of places under which something came since.
    pub(crate) fn forget_stale(&mut self, recent: &Recent) {
        let covered = &mut self.covered;
        self.places.retain(|place, (as_of, ranges)| {
            let holds = recent.last(*place) <= *as_of;
            if !holds {
                ranges
                    .iter()
                    .for_each(|(from, past)| covered.forget(from, past));
            }
            holds
        });
    }

    /// Takes over what was lent in answer to `ask`, of which what is still missing is left. Answers as of which sequence it
    /// was read.
    ///
    /// # Errors
    /// When it is not what a shard of this version lends.
    pub fn take(&mut self, ask: &mut Wants, lent: &[u8]) -> Result<u64, StoreError> {
        let decoded = bincode::borrow_decode_from_slice(lent, ENCODING);
        let (
            Lending {
                format,
                version,
                as_of,
                curated,
                ranges,
            },
            used,
        ): (Lending<'_>, usize) = decoded.map_err(|_| StoreError::NotLent)?;
        if format != FORMAT
            || version != VERSION
            || used != lent.len()
            || ranges.is_empty()
            || ranges.len() > ask.wanted.len()
        {
            return Err(StoreError::NotLent);
        }
        let mut left = ask.wanted.split_off(ranges.len());
        let answered = std::mem::take(&mut ask.wanted);
        for (mut wanted, found) in answered.into_iter().zip(ranges) {
            for (key, value) in found.rows {
                seal::check(key, value).map_err(|_| StoreError::NotLent)?;
                let before = self.rows.insert(key.to_vec(), value.to_vec());
                if before.is_none() {
                    self.bytes += key.len() + value.len();
                }
            }
            let end = found
                .reached
                .map_or(&*wanted.past, |reached| reached)
                .to_vec();
            if end <= wanted.from || end > wanted.past {
                return Err(StoreError::NotLent);
            }
            match wanted.of {
                Of::Place(place) => {
                    self.covered.add(&wanted.from, &end);
                    let (oldest, of) = self.places.entry(place).or_insert((as_of, Vec::new()));
                    *oldest = as_of.min(*oldest);
                    of.push((wanted.from.clone(), end.clone()));
                    if end < wanted.past {
                        wanted.from = end;
                        left.insert(0, wanted);
                    }
                }
                Of::All(shard) => {
                    self.lists.entry(shard).or_default().add(&wanted.from, &end);
                    let curated = curated.map(|(sequence, vocabulary)| Curated {
                        sequence,
                        vocabulary: vocabulary.into(),
                    });
                    self.curated.insert(shard, curated);
                }
            }
        }
        ask.wanted = left;
        Ok(as_of)
    }
}

/// Where a range of keys is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Of {
    /// In the one shard that this place belongs to.
    Place(u64),
    /// In this shard as in all others.
    All(u16),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    of: Of,
    from: Vec<u8>,
    past: Vec<u8>,
}

/// What one shard is asked for.
#[derive(Debug, Clone, Default)]
pub struct Wants {
    wanted: Vec<Wanted>,
}

impl Wants {
    /// Whether nothing is missing any more.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// As it goes to the shard, which is to have read the stream as far as `at_least`, for which it waits so long at most.
    #[must_use]
    pub fn encoded(&self, at_least: u64, wait_ms: u32) -> Vec<u8> {
        let ranges = self.wanted.iter();
        let asked = Asking {
            format: FORMAT,
            version: VERSION,
            at_least,
            wait_ms,
            ranges: ranges
                .map(|of| (&*of.from, &*of.past, matches!(of.of, Of::All(_))))
                .collect(),
        };
        bincode::encode_to_vec(asked, ENCODING).expect("plain data can always be written to memory")
    }
}

/// As it travels.
#[derive(Encode, BorrowDecode)]
struct Asking<'a> {
    format: u8,
    version: &'a str,
    at_least: u64,
    wait_ms: u32,
    /// From where, up to where, and whether it is of a list.
    ranges: Vec<(&'a [u8], &'a [u8], bool)>,
}

/// What is lent in answer.
#[derive(Encode, BorrowDecode)]
struct Lending<'a> {
    format: u8,
    version: &'a str,
    as_of: u64,
    /// For which vocabulary all words that wait are marked there, by the sequence of its activation.
    curated: Option<(u64, &'a str)>,
    /// Of the ranges that were asked for, in that order; the last of them may be left out.
    ranges: Vec<Found<'a>>,
}

#[derive(Encode, BorrowDecode)]
struct Found<'a> {
    rows: Vec<(&'a [u8], &'a [u8])>,
    /// Before which key everything is there; all of it when `None`.
    reached: Option<&'a [u8]>,
}

/// What another shard asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// How far the stream is to have been read.
    pub at_least: u64,
    /// How long to wait for that, at most.
    pub wait_ms: u32,
    ranges: Vec<(Key, Key, bool)>,
}

impl Asked {
    /// As it came.
    ///
    /// # Errors
    /// When it is not what a shard of this version asks for.
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let decoded = bincode::borrow_decode_from_slice(bytes, ENCODING);
        let (asking, used): (Asking<'_>, usize) = decoded.map_err(|_| StoreError::NotLent)?;
        let may_be_lent = |(from, past, _): &(&[u8], &[u8], bool)| {
            let of_kind = Kind::of(from).filter(|kind| kind.is_divided());
            let next = of_kind.map(|kind| kind as u8 + 1);
            from < past && next.is_some_and(|next| *past <= &[next][..])
        };
        let same = asking.format == FORMAT && asking.version == VERSION;
        let sound = same && used == bytes.len();
        if !sound || asking.ranges.len() > MISSING_MAX || !asking.ranges.iter().all(may_be_lent) {
            return Err(StoreError::NotLent);
        }
        let key = |bytes: &[u8]| Key::of_bytes(bytes);
        let ranges = asking.ranges.into_iter();
        Ok(Self {
            at_least: asking.at_least,
            wait_ms: asking.wait_ms,
            ranges: ranges
                .map(|(from, past, front)| (key(from), key(past), front))
                .collect(),
        })
    }
}

/// What a reader did not find here.
#[derive(Debug, Default)]
pub(crate) struct Missing(RefCell<BTreeSet<(u16, Wanted)>>);

impl Missing {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    pub(crate) fn asks(&self) -> BTreeMap<u16, Wants> {
        let mut asks = BTreeMap::<u16, Wants>::new();
        for (shard, wanted) in &*self.0.borrow() {
            asks.entry(*shard).or_default().wanted.push(wanted.clone());
        }
        asks
    }

    pub(crate) fn add(&self, shard: u16, of: Of, from: &[u8], past: &[u8]) {
        let mut missing = self.0.borrow_mut();
        if missing.len() < MISSING_MAX {
            let (from, past) = (from.to_vec(), past.to_vec());
            missing.insert((shard, Wanted { of, from, past }));
        }
    }
}

impl Asked {
    /// What is asked for, as it goes there: as much of it as a message holds, and at least some.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn lent(&self, reader: &Reader<'_>) -> Result<Vec<u8>, StoreError> {
        let mut bytes = 0;
        let mut ranges = Vec::new();
        for (from, past, is_list) in &self.ranges {
            let rows_max = if *is_list {
                LISTED_AT_ONCE_ROWS
            } else {
                usize::MAX
            };
            let mut rows = Vec::new();
            let mut reached = None;
            for row in reader.engine().range(from, Some(past)) {
                let (key, value) = row?;
                if bytes >= LENT_AT_ONCE_BYTES || rows.len() >= rows_max {
                    reached = Some(key.to_vec());
                    break;
                }
                let before = rows.len();
                add_uncut(reader, &key, value, &mut rows)?;
                bytes += rows[before..]
                    .iter()
                    .map(|(k, v)| k.len() + v.len())
                    .sum::<usize>();
            }
            // Of a range that has no room any more nothing is said.
            if rows.is_empty() && reached.is_some() {
                break;
            }
            ranges.push((rows, reached));
        }
        let curated = reader.curated()?;
        let lending = Lending {
            format: FORMAT,
            version: VERSION,
            as_of: reader.position().map_or(0, |position| position.sequence),
            curated: curated.as_ref().map(|of| (of.sequence, &*of.vocabulary)),
            ranges: ranges
                .iter()
                .map(|(rows, reached)| Found {
                    rows: rows.iter().map(|(k, v)| (&**k, &**v)).collect(),
                    reached: reached.as_deref(),
                })
                .collect(),
        };
        Ok(bincode::encode_to_vec(lending, ENCODING)
            .expect("plain data can always be written to memory"))
    }
}

/// Adds the row, and that in which an observation stands whole which this one only points at.
fn add_uncut(
    reader: &Reader<'_>,
    key: &[u8],
    value: Value,
    rows: &mut Vec<Sealed>,
) -> Result<(), StoreError> {
    let engine = reader.engine();
    let value = Body::uncut(engine, key, value)?;
    rows.push((key.to_vec(), value.clone()));
    if Kind::of(key) != Some(Kind::Note) {
        return Ok(());
    }
    let body = Body::open(engine, key, Value::of(&value))?;
    if let NoteRow::Under(first) = body.row(Kind::Note)? {
        let (at, event) = at_and_event(key)?;
        let first = sensible(Kind::Note, first.read())?;
        let key = keys::note(Some(&first), at, event);
        let value = engine.get(key.as_bytes())?;
        let value =
            value.ok_or_else(|| StoreError::corrupt(Kind::Note.name(), "points at nothing"))?;
        let value = Body::uncut(engine, key.as_bytes(), value)?;
        rows.push((key.as_bytes().to_vec(), value));
    }
    Ok(())
}
