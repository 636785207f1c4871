//! The bytes of a snapshot: written as changes come, and read back block by block, each checked before it is believed.

use std::io::{self, ErrorKind, Read, Write};

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use bincode::{BorrowDecode, Encode};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use sha2::{Digest as _, Sha256};

use super::{BLOCK_MAX_BYTES, Header, Held, SnapshotError};
use crate::entry::{Counts, Position};
use crate::rows::{Coded, HeadRow, SETTINGS};

const MAGIC: &[u8; 8] = b"CARDEXSN";
/// The format of files written now.
pub(crate) const FILE_FORMAT: u32 = 1;
/// A block is closed once it holds so much.
const BLOCK_BYTES: usize = 1 << 20;
/// Packing makes what can't be packed a little longer.
const PACKED_MAX_BYTES: usize = BLOCK_MAX_BYTES + (BLOCK_MAX_BYTES >> 8) + 64;
const HASH_BYTES: usize = 32;

const KIND_HEADER: u8 = 1;
const KIND_ROWS: u8 = 2;
const KIND_END: u8 = 3;

const REMOVED: u8 = 0;
const WRITTEN: u8 = 1;
/// Tag and lengths of a change.
const CHANGE_HEAD_BYTES: usize = 1 + 2 + 4;

/// What is said to be longer than a block is refused before room is made for it.
const ENCODING: Configuration<LittleEndian, Varint, Limit<BLOCK_MAX_BYTES>> =
    bincode::config::standard().with_limit::<BLOCK_MAX_BYTES>();

#[derive(Encode, BorrowDecode)]
struct HeaderBlock<'a> {
    store_format: u32,
    key: &'a str,
}

#[derive(Encode, BorrowDecode)]
struct EndBlock<'a> {
    head: HeadRow<'a>,
    changes: u64,
    settings: Vec<(u8, &'a str)>,
}

/// How long the changes are as [`add_change`] adds them.
pub(super) fn change_bytes<'c>(
    changes: impl Iterator<Item = (&'c [u8], Option<&'c [u8]>)>,
) -> usize {
    changes
        .map(|(key, value)| CHANGE_HEAD_BYTES + key.len() + value.map_or(0, <[u8]>::len))
        .sum()
}

/// Adds a row that is written, or `None` one that is removed.
pub(super) fn add_change(to: &mut Vec<u8>, key: &[u8], value: Option<&[u8]>) {
    let key_bytes = u16::try_from(key.len()).expect("keys are far shorter than 64 KiB");
    let value_bytes = value.map_or(0, <[u8]>::len);
    let value_bytes = u32::try_from(value_bytes).expect("values are a few KiB");
    to.push(if value.is_some() { WRITTEN } else { REMOVED });
    to.extend_from_slice(&key_bytes.to_le_bytes());
    to.extend_from_slice(&value_bytes.to_le_bytes());
    to.extend_from_slice(key);
    to.extend_from_slice(value.unwrap_or_default());
}

/// A row that is written, or `None` one that is removed.
pub(super) type Change<'b> = (&'b [u8], Option<&'b [u8]>);

/// The first change of `bytes`, and how long it is; `None` when it does not hold one.
fn first_change(bytes: &[u8]) -> Option<(Change<'_>, usize)> {
    let (tag, rest) = bytes.split_first()?;
    let (key_bytes, rest) = rest.split_first_chunk()?;
    let (value_bytes, rest) = rest.split_first_chunk()?;
    let key_bytes = usize::from(u16::from_le_bytes(*key_bytes));
    let value_bytes = usize::try_from(u32::from_le_bytes(*value_bytes)).ok()?;
    let (key, rest) = rest.split_at_checked(key_bytes)?;
    let value = rest.get(..value_bytes)?;
    let change = match *tag {
        WRITTEN => (key, Some(value)),
        REMOVED if value.is_empty() => (key, None),
        _ => return None,
    };
    Some((change, CHANGE_HEAD_BYTES + key_bytes + value_bytes))
}

/// Writes a snapshot.
pub(super) struct Writer<W> {
    out: W,
    header: Header,
    hash: Sha256,
    bytes: u64,
    gathered: Vec<u8>,
    changes: u64,
}

impl<W: Write> Writer<W> {
    pub(super) fn begin(out: W, header: Header) -> Result<Self, SnapshotError> {
        let mut writer = Self {
            out,
            hash: Sha256::new(),
            bytes: 0,
            gathered: Vec::with_capacity(BLOCK_BYTES),
            changes: 0,
            header,
        };
        writer.write(MAGIC)?;
        writer.write(&FILE_FORMAT.to_le_bytes())?;
        let header = encoded(&HeaderBlock {
            store_format: writer.header.store_format,
            key: &writer.header.key,
        });
        writer.block(KIND_HEADER, &header)?;
        Ok(writer)
    }

    pub(super) fn put(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), SnapshotError> {
        add_change(&mut self.gathered, key, value);
        self.changes += 1;
        if self.gathered.len() >= BLOCK_BYTES {
            let gathered = std::mem::take(&mut self.gathered);
            self.block(KIND_ROWS, &gathered)?;
            self.gathered = gathered;
            self.gathered.clear();
        }
        Ok(())
    }

    /// Adds changes that [`add_change`] put one after the other.
    pub(super) fn put_all(&mut self, mut changes: &[u8]) -> Result<(), SnapshotError> {
        while let Some(((key, value), bytes)) = first_change(changes) {
            self.put(key, value)?;
            changes = &changes[bytes..];
        }
        debug_assert!(changes.is_empty(), "what was noted reads back");
        Ok(())
    }

    pub(super) fn end(
        mut self,
        position: Option<Position>,
        counts: Counts,
        settings: Vec<(&'static str, Box<str>)>,
    ) -> Result<Held, SnapshotError> {
        if !self.gathered.is_empty() {
            let gathered = std::mem::take(&mut self.gathered);
            self.block(KIND_ROWS, &gathered)?;
        }
        let end = encoded(&EndBlock {
            head: HeadRow::of(position.as_ref(), &counts),
            changes: self.changes,
            settings: coded(&settings),
        });
        self.block(KIND_END, &end)?;
        let hash: [u8; HASH_BYTES] = self.hash.clone().finalize().into();
        self.write(&hash)?;
        self.out.flush().map_err(SnapshotError::Write)?;
        Ok(Held {
            header: self.header,
            position,
            counts,
            changes: self.changes,
            settings,
            bytes: self.bytes,
            hash,
        })
    }

    fn block(&mut self, kind: u8, raw: &[u8]) -> Result<(), SnapshotError> {
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::fast());
        let packed = packer.write_all(raw).and_then(|()| packer.finish());
        let packed = packed.map_err(SnapshotError::Write)?;
        let front = front(kind, raw.len(), packed.len());
        let checksum = crc32c::crc32c_append(crc32c::crc32c(&front), &packed);
        self.write(&front)?;
        self.write(&checksum.to_le_bytes())?;
        self.write(&packed)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.out.write_all(bytes).map_err(SnapshotError::Write)
    }
}

fn encoded(block: &impl Encode) -> Vec<u8> {
    bincode::encode_to_vec(block, ENCODING).expect("plain data can always be written to memory")
}

fn coded<'s>(settings: &'s [(&'static str, Box<str>)]) -> Vec<(u8, &'s str)> {
    let code = |name: &str| SETTINGS.into_iter().find(|of| of.as_str() == name);
    let coded = settings.iter();
    coded
        .filter_map(|(name, hash)| Some((code(name)?.code(), &**hash)))
        .collect()
}

fn front(kind: u8, raw_bytes: usize, packed_bytes: usize) -> [u8; 9] {
    let length = |bytes: usize| u32::try_from(bytes).expect("a block is a few MiB");
    let mut front = [0; 9];
    front[0] = kind;
    front[1..5].copy_from_slice(&length(raw_bytes).to_le_bytes());
    front[5..].copy_from_slice(&length(packed_bytes).to_le_bytes());
    front
}

/// Reads a snapshot.
pub(super) struct Reader<R> {
    input: R,
    pub(super) header: Header,
    hash: Sha256,
    pub(super) bytes: u64,
    changes: u64,
}

/// A block of a snapshot.
pub(super) enum Block {
    /// Changes, one after the other.
    Rows(Rows),
    /// The end; everything is as it was written.
    End(Box<Held>),
}

/// Changes that read back to the last byte.
pub(super) struct Rows(Vec<u8>);

impl Rows {
    fn checked(raw: Vec<u8>) -> Option<(Self, u64)> {
        let (mut rest, mut changes) = (&raw[..], 0);
        while !rest.is_empty() {
            rest = &rest[first_change(rest)?.1..];
            changes += 1;
        }
        Some((Self(raw), changes))
    }

    pub(super) fn changes(&self) -> impl Iterator<Item = Change<'_>> {
        let mut rest = &self.0[..];
        std::iter::from_fn(move || {
            let (change, bytes) = first_change(rest)?;
            rest = &rest[bytes..];
            Some(change)
        })
    }
}

impl<R: Read> Reader<R> {
    pub(super) fn begin(input: R) -> Result<Self, SnapshotError> {
        let mut reader = Self {
            input,
            header: Header {
                store_format: 0,
                key: String::new(),
            },
            hash: Sha256::new(),
            bytes: 0,
            changes: 0,
        };
        let magic: [u8; MAGIC.len()] = reader.array().map_err(|error| match error {
            SnapshotError::Damaged { .. } => SnapshotError::NotOne,
            other => other,
        })?;
        if magic != *MAGIC {
            return Err(SnapshotError::NotOne);
        }
        let found = u32::from_le_bytes(reader.array()?);
        if found != FILE_FORMAT {
            return Err(SnapshotError::Newer {
                found,
                known: FILE_FORMAT,
            });
        }
        let (kind, raw) = reader.block()?;
        let block: Option<HeaderBlock<'_>> = decoded(&raw).filter(|_| kind == KIND_HEADER);
        let block = block.ok_or_else(|| SnapshotError::damaged("its header can't be read"))?;
        reader.header = Header {
            store_format: block.store_format,
            key: block.key.to_owned(),
        };
        Ok(reader)
    }

    pub(super) fn next(&mut self) -> Result<Block, SnapshotError> {
        let (kind, raw) = self.block()?;
        match kind {
            KIND_ROWS => {
                let rows = Rows::checked(raw);
                let (rows, changes) =
                    rows.ok_or_else(|| SnapshotError::damaged("a block holds what is no row"))?;
                self.changes += changes;
                Ok(Block::Rows(rows))
            }
            KIND_END => self.end(&raw).map(Box::new).map(Block::End),
            _ => Err(SnapshotError::damaged(
                "a block is of a kind that is not known",
            )),
        }
    }

    fn end(&mut self, raw: &[u8]) -> Result<Held, SnapshotError> {
        let expected: [u8; HASH_BYTES] = self.hash.clone().finalize().into();
        let hash: [u8; HASH_BYTES] = self.array()?;
        if hash != expected {
            return Err(SnapshotError::damaged(
                "it does not fit the hash at its end",
            ));
        }
        if self.input.read(&mut [0]).map_err(SnapshotError::Read)? != 0 {
            return Err(SnapshotError::damaged("something follows its end"));
        }
        let wrong = || SnapshotError::damaged("its end can't be read");
        let end: EndBlock<'_> = decoded(raw).ok_or_else(wrong)?;
        if end.changes != self.changes {
            return Err(SnapshotError::damaged("rows are missing"));
        }
        let settings = end.settings.into_iter().map(|(code, hash)| {
            let setting = SETTINGS.into_iter().find(|of| of.code() == code)?;
            Some((setting.as_str(), hash.into()))
        });
        let settings: Option<Vec<_>> = settings.collect();
        let (position, counts) = end.head.read();
        Ok(Held {
            header: self.header.clone(),
            position,
            counts,
            changes: end.changes,
            settings: settings.ok_or_else(wrong)?,
            bytes: self.bytes,
            hash,
        })
    }

    fn block(&mut self) -> Result<(u8, Vec<u8>), SnapshotError> {
        let start: [u8; 9] = self.array()?;
        let checksum = u32::from_le_bytes(self.array()?);
        let length = |from: usize| {
            let bytes = start[from..].first_chunk().copied().unwrap_or_default();
            usize::try_from(u32::from_le_bytes(bytes)).unwrap_or(usize::MAX)
        };
        let (raw_bytes, packed_bytes) = (length(1), length(5));
        if raw_bytes > BLOCK_MAX_BYTES || packed_bytes > PACKED_MAX_BYTES {
            return Err(SnapshotError::damaged("a block is too long"));
        }
        let mut packed = vec![0; packed_bytes];
        self.read(&mut packed)?;
        if crc32c::crc32c_append(crc32c::crc32c(&start), &packed) != checksum {
            return Err(SnapshotError::damaged("a block fails its checksum"));
        }
        let mut raw = Vec::with_capacity(raw_bytes);
        let unpacked = DeflateDecoder::new(&packed[..])
            .take(raw_bytes as u64 + 1)
            .read_to_end(&mut raw);
        if unpacked.is_err() || raw.len() != raw_bytes {
            return Err(SnapshotError::damaged("a block can't be unpacked"));
        }
        Ok((start[0], raw))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], SnapshotError> {
        let mut bytes = [0; N];
        self.read(&mut bytes)?;
        Ok(bytes)
    }

    fn read(&mut self, bytes: &mut [u8]) -> Result<(), SnapshotError> {
        self.input
            .read_exact(bytes)
            .map_err(|error| match error.kind() {
                ErrorKind::UnexpectedEof => SnapshotError::damaged("it ends too early"),
                _ => SnapshotError::Read(error),
            })?;
        self.hash.update(&*bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

fn decoded<'b, T: BorrowDecode<'b, ()>>(raw: &'b [u8]) -> Option<T> {
    let (block, used) = bincode::borrow_decode_from_slice(raw, ENCODING).ok()?;
    (used == raw.len()).then_some(block)
}

/// Reads a snapshot from its beginning to its end and says what it holds; nothing is loaded.
///
/// # Errors
/// When it is none, is damaged, or can't be read.
pub fn check(input: impl io::Read) -> Result<Held, SnapshotError> {
    let mut reader = Reader::begin(input)?;
    loop {
        if let Block::End(held) = reader.next()? {
            return Ok(*held);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_be_longer_than_a_block_is_refused_before_room_is_made() {
        let mut file = Vec::new();
        let header = Header {
            store_format: 1,
            key: "KEY".to_owned(),
        };
        let mut writer = Writer::begin(&mut file, header).unwrap();
        let mut end = encoded(&EndBlock {
            head: HeadRow::of(None, &Counts::default()),
            changes: 0,
            settings: Vec::new(),
        });
        // The last byte says that there are no settings.
        end.pop();
        end.extend(encoded(&u64::MAX));
        writer.block(KIND_END, &end).unwrap();
        let hash: [u8; HASH_BYTES] = writer.hash.clone().finalize().into();
        writer.write(&hash).unwrap();
        let checked = check(&file[..]);
        assert!(matches!(checked, Err(SnapshotError::Damaged { .. })));
    }
}
