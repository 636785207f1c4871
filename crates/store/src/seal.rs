//! Rows as they lie on disk: a format byte, the encoded row, and a checksum over key and value.
//!
//! The engine is at its best with values that fit its pages, so that a long row is cut: the first part stands under
//! the row's own key and says how many follow under [`Kind::Continued`].

use bincode::config::Configuration;
use bincode::{BorrowDecode, Encode};

use crate::engine::{Engine, Value};
use crate::error::StoreError;
use crate::keys::{self, Kind};

/// The format of rows written now.
pub(crate) const FORMAT: u8 = 1;
/// Set in the format byte of the first part of a row that was cut.
const CUT: u8 = 0x80;
/// The longest encoded row that is not cut, in bytes.
pub(crate) const PART_MAX_BYTES: usize = 5_000;
const CHECKSUM_BYTES: usize = 4;

const ENCODING: Configuration = bincode::config::standard();

/// The row did not fit the most parts there can be.
#[derive(Debug)]
pub(crate) struct TooLong;

/// Encodes `row` and hands each of its parts, sealed, to `put`.
pub(crate) fn seal(
    key: &[u8],
    row: &impl Encode,
    mut put: impl FnMut(Vec<u8>, Vec<u8>),
) -> Result<(), TooLong> {
    let mut value = Vec::with_capacity(128);
    value.push(FORMAT);
    bincode::encode_into_std_write(row, &mut value, ENCODING)
        .expect("a row of plain data can always be written to memory");
    let body = &value[1..];
    if body.len() <= PART_MAX_BYTES {
        close(key, &mut value);
        put(key.to_vec(), value);
        return Ok(());
    }
    let mut parts = body.chunks(PART_MAX_BYTES);
    let first = parts.next().unwrap_or_default();
    let following = u8::try_from(parts.len()).map_err(|_| TooLong)?;
    let mut head = vec![FORMAT | CUT, following];
    head.extend_from_slice(first);
    close(key, &mut head);
    put(key.to_vec(), head);
    for (number, part) in (0_u8..).zip(parts) {
        let key = keys::continued(key, number);
        let mut value = vec![FORMAT];
        value.extend_from_slice(part);
        close(key.as_bytes(), &mut value);
        put(key.as_bytes().to_vec(), value);
    }
    Ok(())
}

fn close(key: &[u8], value: &mut Vec<u8>) {
    let checksum = crc32c::crc32c_append(crc32c::crc32c(key), value);
    value.extend_from_slice(&checksum.to_le_bytes());
}

/// Checks a value against its key; what is left is its format byte and body.
fn checked<'v>(kind: Kind, key: &[u8], value: &'v [u8]) -> Result<(u8, &'v [u8]), StoreError> {
    let damaged = || StoreError::corrupt(kind.name(), "fails its checksum");
    let (row, checksum) = value
        .split_last_chunk::<CHECKSUM_BYTES>()
        .ok_or_else(damaged)?;
    let found = crc32c::crc32c_append(crc32c::crc32c(key), row);
    if found != u32::from_le_bytes(*checksum) {
        return Err(damaged());
    }
    let (format, body) = row.split_first().ok_or_else(damaged)?;
    if format & !CUT != FORMAT {
        return Err(StoreError::corrupt(
            kind.name(),
            "has a format that is not known",
        ));
    }
    Ok((*format, body))
}

/// Checks a row, or a part of one, by itself.
pub(crate) fn check(key: &[u8], value: &[u8]) -> Result<(), StoreError> {
    checked(kind_of(key)?, key, value).map(drop)
}

fn kind_of(key: &[u8]) -> Result<Kind, StoreError> {
    Kind::of(key).ok_or_else(|| StoreError::corrupt("a row", "is of a kind that is not known"))
}

/// A row's encoded body, checked and whole.
pub(crate) enum Body {
    Whole(Value),
    Joined(Vec<u8>),
}

impl Body {
    /// The body of the row that lies under `key` as `value`; its further parts are read from `engine`.
    pub(crate) fn open(engine: &Engine, key: &[u8], value: Value) -> Result<Self, StoreError> {
        Self::whole(engine, key, value).map_err(|error| engine.noting(error))
    }

    fn whole(engine: &Engine, key: &[u8], value: Value) -> Result<Self, StoreError> {
        let kind = kind_of(key)?;
        let (format, body) = checked(kind, key, &value)?;
        if format & CUT == 0 {
            return Ok(Self::Whole(value));
        }
        let damaged = || StoreError::corrupt(kind.name(), "lacks a part");
        let (following, first) = body.split_first().ok_or_else(damaged)?;
        let mut joined = first.to_vec();
        for number in 0..*following {
            let key = keys::continued(key, number);
            let part = engine.get(key.as_bytes())?.ok_or_else(damaged)?;
            joined.extend_from_slice(checked(Kind::Continued, key.as_bytes(), &part)?.1);
        }
        Ok(Self::Joined(joined))
    }

    /// The row as one value, however long: not to be written, for the engine takes no such.
    pub(crate) fn uncut(engine: &Engine, key: &[u8], value: Value) -> Result<Vec<u8>, StoreError> {
        Ok(match Self::open(engine, key, value)? {
            Self::Whole(value) => value.to_vec(),
            Self::Joined(body) => {
                let mut value = vec![FORMAT];
                value.extend_from_slice(&body);
                close(key, &mut value);
                value
            }
        })
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Whole(value) => &value[1..value.len() - CHECKSUM_BYTES],
            Self::Joined(body) => body,
        }
    }

    /// The row, which must use up every byte.
    pub(crate) fn row<'b, R: BorrowDecode<'b, ()>>(&'b self, kind: Kind) -> Result<R, StoreError> {
        let bytes = self.bytes();
        match bincode::borrow_decode_from_slice(bytes, ENCODING) {
            Ok((row, used)) if used == bytes.len() => Ok(row),
            _ => Err(StoreError::corrupt(kind.name(), "can't be decoded")),
        }
    }
}

/// The keys of the further parts of the row that lies under `key` as `value`.
pub(crate) fn further_parts(key: &[u8], value: &[u8]) -> Vec<Vec<u8>> {
    match value {
        [format, following, ..] if format & CUT != 0 => (0..*following)
            .map(|number| keys::continued(key, number).as_bytes().to_vec())
            .collect(),
        _ => Vec::new(),
    }
}
