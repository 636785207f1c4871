//! A file of lines: plain or gzipped, read in batches, whatever stands in it.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::Context as _;
use tokio::sync::mpsc;

use super::row::Reason;
use super::source::open;

/// How many lines are handed on at once.
const BATCH_LINES: usize = 128;
/// The longest line that is read: the largest event, escaped, with its subject.
const LINE_MAX_BYTES: u64 = 128 * 1024;

/// A line with its number; one that can't be read has its reason.
pub(super) type ReadLine = (u64, Result<String, Reason>);

/// Some lines that follow each other.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) lines: Vec<ReadLine>,
    /// Where in the text they end.
    pub(super) end_bytes: u64,
}

/// Whether the text of the file begins as an object does, and so is no table.
pub(super) fn is_of_objects(path: &Path) -> anyhow::Result<bool> {
    let failed = || format!("cannot read {}", path.display());
    let mut first = [0];
    let read = open(path).and_then(|mut text| text.read(&mut first));
    Ok(read.with_context(failed)? == 1 && first[0] == b'{')
}

/// How long the text of the file is, uncompressed.
pub(super) fn length(path: &Path) -> anyhow::Result<u64> {
    let failed = || format!("cannot read {}", path.display());
    let mut text = open(path).with_context(failed)?;
    std::io::copy(&mut text, &mut std::io::sink()).with_context(failed)
}

/// Reads the lines until the file or the interest in them ends. Empty ones are passed over.
pub(super) fn read(path: &Path, batches: &mpsc::Sender<Lines>) -> anyhow::Result<()> {
    let failed = || format!("cannot read {}", path.display());
    let mut text = BufReader::new(open(path).with_context(failed)?);
    let (mut number, mut end_bytes, mut more) = (0, 0, true);
    while more {
        let mut lines = Vec::with_capacity(BATCH_LINES);
        while lines.len() < BATCH_LINES {
            let mut line = Vec::new();
            let read = (&mut text)
                .take(LINE_MAX_BYTES)
                .read_until(b'\n', &mut line);
            let read = read.with_context(failed)? as u64;
            if read == 0 {
                more = false;
                break;
            }
            (number, end_bytes) = (number + 1, end_bytes + read);
            let line = if read == LINE_MAX_BYTES && line.last() != Some(&b'\n') {
                end_bytes += skip_line(&mut text).with_context(failed)?;
                Err("is longer than any event".to_owned())
            } else {
                String::from_utf8(line).map_err(|_| "is not UTF-8".to_owned())
            };
            match line.map(|line| line.trim().to_owned()) {
                Ok(line) if line.is_empty() => {}
                line => lines.push((number, line)),
            }
        }
        // Nobody being there any more is no failure of the file.
        if batches.blocking_send(Lines { lines, end_bytes }).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Reads up to the end of the line and says how much that was.
fn skip_line(text: &mut impl BufRead) -> std::io::Result<u64> {
    let mut skipped = 0;
    loop {
        let there = text.fill_buf()?;
        if there.is_empty() {
            return Ok(skipped);
        }
        let end = there.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(there.len(), |at| at + 1);
        text.consume(used);
        skipped += used as u64;
        if end.is_some() {
            return Ok(skipped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_their_numbers_and_what_is_wrong_with_them() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t.ndjson");
        let long = "x".repeat(usize::try_from(LINE_MAX_BYTES).unwrap() + 5);
        let mut text = format!("{{}}\n\n{long}\n").into_bytes();
        text.extend_from_slice(b"\xff\nlast");
        std::fs::write(&path, &text).unwrap();
        assert!(is_of_objects(&path).unwrap());
        assert_eq!(length(&path).unwrap(), text.len() as u64);
        let (sender, mut receiver) = mpsc::channel(4);
        read(&path, &sender).unwrap();
        let batch = receiver.try_recv().unwrap();
        let lines: Vec<(u64, bool)> = batch.lines.iter().map(|(n, l)| (*n, l.is_ok())).collect();
        assert_eq!(lines, [(1, true), (3, false), (4, false), (5, true)]);
        assert_eq!(batch.lines[3].1, Ok("last".to_owned()));
        assert_eq!(batch.end_bytes, text.len() as u64);
    }
}
