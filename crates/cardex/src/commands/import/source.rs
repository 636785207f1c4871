//! The file: plain or gzipped, surveyed once for its hash, then read in batches of rows.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::Context as _;
use csv::{ByteRecord, StringRecord};
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::ids::FileHash;
use super::row::Reason;

/// How many rows are handed on at once.
const BATCH_ROWS: usize = 128;
const READ_BYTES: usize = 64 * 1024;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// What is known of a file before its rows are.
#[derive(Debug, Clone)]
pub(crate) struct Survey {
    pub(crate) hash: FileHash,
    /// How long its text is, uncompressed.
    pub(crate) bytes: u64,
    pub(crate) heading: StringRecord,
}

/// A row with its line; a row that can't be read has its reason.
pub(crate) type ReadRow = (u64, Result<StringRecord, Reason>);

/// Some rows that follow each other.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) rows: Vec<ReadRow>,
    /// Where in the text the batch ends.
    pub(crate) end_bytes: u64,
}

/// Reads the whole file once.
pub(crate) fn survey(path: &Path) -> anyhow::Result<Survey> {
    let failed = || format!("cannot read {}", path.display());
    let mut text = open(path).with_context(failed)?;
    let (mut hash, mut bytes) = (Sha256::new(), 0_u64);
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let read = text.read(&mut buffer).with_context(failed)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
    let mut reader = reader(open(path).with_context(failed)?);
    let heading = reader.headers().with_context(failed)?.clone();
    Ok(Survey {
        hash: FileHash(hash.finalize().into()),
        bytes,
        heading,
    })
}

/// Reads the rows until the file or the interest in it ends.
pub(crate) fn read(
    path: &Path,
    columns: usize,
    batches: &mpsc::Sender<Batch>,
) -> anyhow::Result<()> {
    let failed = || format!("cannot read {}", path.display());
    let mut reader = reader(open(path).with_context(failed)?);
    let mut record = ByteRecord::new();
    let mut rows = Vec::with_capacity(BATCH_ROWS);
    while reader.read_byte_record(&mut record).with_context(failed)? {
        let line = record.position().map_or(0, csv::Position::line);
        rows.push((line, readable(&record, columns)));
        if rows.len() == BATCH_ROWS {
            let end_bytes = reader.position().byte();
            let rows = std::mem::replace(&mut rows, Vec::with_capacity(BATCH_ROWS));
            if batches.blocking_send(Batch { rows, end_bytes }).is_err() {
                return Ok(());
            }
        }
    }
    let end_bytes = reader.position().byte();
    // Nobody being there any more is no failure of the file.
    let _ = batches.blocking_send(Batch { rows, end_bytes });
    Ok(())
}

fn readable(record: &ByteRecord, columns: usize) -> Result<StringRecord, Reason> {
    if record.len() != columns {
        return Err(format!(
            "has {} columns, the heading has {columns}",
            record.len()
        ));
    }
    StringRecord::from_byte_record(record.clone()).map_err(|_| "is not UTF-8".to_owned())
}

fn reader(text: Box<dyn Read + Send>) -> csv::Reader<Box<dyn Read + Send>> {
    csv::ReaderBuilder::new()
        .flexible(true)
        .buffer_capacity(READ_BYTES)
        .from_reader(text)
}

/// The text of the file, whatever it is called.
pub(super) fn open(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    let mut file = BufReader::with_capacity(READ_BYTES, File::open(path)?);
    if file.fill_buf()?.starts_with(&GZIP_MAGIC) {
        Ok(Box::new(MultiGzDecoder::new(file)))
    } else {
        Ok(Box::new(file))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const TEXT: &[u8] = b"a,b\n1,2\n\"x\ny\",4\n5\n\xff,7\n";

    #[test]
    fn a_packed_file_is_the_same_file() {
        let directory = tempfile::tempdir().unwrap();
        let (plain, packed) = (
            directory.path().join("t.csv"),
            directory.path().join("t.csv.gz"),
        );
        std::fs::write(&plain, TEXT).unwrap();
        let mut gzip = GzEncoder::new(File::create(&packed).unwrap(), Compression::fast());
        gzip.write_all(TEXT).unwrap();
        gzip.finish().unwrap();
        let (one, other) = (survey(&plain).unwrap(), survey(&packed).unwrap());
        assert_eq!((one.hash, one.bytes), (other.hash, TEXT.len() as u64));
        assert_eq!(one.heading, StringRecord::from(vec!["a", "b"]));
    }

    #[test]
    fn rows_know_their_lines_and_what_is_wrong_with_them() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t.csv");
        std::fs::write(&path, TEXT).unwrap();
        let (sender, mut receiver) = mpsc::channel(4);
        read(&path, 2, &sender).unwrap();
        let batch = receiver.try_recv().unwrap();
        let lines: Vec<(u64, bool)> = batch.rows.iter().map(|(l, r)| (*l, r.is_ok())).collect();
        assert_eq!(lines, [(2, true), (3, true), (5, false), (6, false)]);
        assert_eq!(batch.end_bytes, TEXT.len() as u64);
    }
}
