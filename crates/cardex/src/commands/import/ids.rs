//! Ids that follow from the file: the same row gives the same events, whenever and however often it is imported.

use cardex_wire::subject::Token;
use cardex_wire::text::EventId;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// The SHA-256 of a file's text, as it is when it is not compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileHash(pub(super) [u8; 32]);

impl FileHash {
    /// The first eight hexadecimal digits.
    pub(super) fn hash8(self) -> String {
        HEXLOWER.encode(&self.0[..4])
    }

    /// What tells the file from others, as part of a subject: half of the digits.
    pub(super) fn token(self) -> Token {
        Token::new(&HEXLOWER.encode(&self.0[..16])).expect("hexadecimal digits make a token")
    }

    /// The id of one event of a row.
    pub(super) fn event_id(self, line: u64, event: &str) -> EventId {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(line.to_be_bytes());
        hash.update(event.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        EventId::derived(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_by_file_line_and_event_and_by_nothing_else() {
        let (a, b) = (FileHash([1; 32]), FileHash([2; 32]));
        let id = a.event_id(2, "reserved");
        assert_eq!(id, a.event_id(2, "reserved"));
        assert_ne!(id, b.event_id(2, "reserved"));
        assert_ne!(id, a.event_id(3, "reserved"));
        assert_ne!(id, a.event_id(2, "cancelled"));
        assert_eq!(EventId::parse(id.as_str()), Some(id));
    }

    #[test]
    fn the_short_hash_is_its_beginning() {
        assert_eq!(FileHash([0xab; 32]).hash8(), "abababab");
        assert_eq!(FileHash([0xab; 32]).token().as_str(), "ab".repeat(16));
    }
}
