//! A playbook as it is kept in the object store: all its files in one document.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The layout that is read.
const FORMAT: u32 = 1;

/// The files of a playbook.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PlaybookBundle {
    format: u32,
    /// The texts by their paths inside the playbook's directory.
    pub files: BTreeMap<String, String>,
}

impl PlaybookBundle {
    /// Reads a bundle; `None` where it is something else, or of a layout that this version does not know.
    #[must_use]
    pub fn decode(body: &[u8]) -> Option<Self> {
        let bundle: Self = serde_json::from_slice(body).ok()?;
        (bundle.format == FORMAT).then_some(bundle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bundle_is_read() {
        let bundle = PlaybookBundle::decode(
            b"{\"format\":1,\"files\":{\"words/en.ftl\":\"a = \\u5b57\\n\"}}",
        );
        assert_eq!(bundle.unwrap().files["words/en.ftl"], "a = 字\n");
        for none in [
            "",
            "format = 1",
            "[]",
            "{\"format\":2,\"files\":{}}",
            "{\"format\":1,\"files\":{\"a\":7}}",
        ] {
            assert_eq!(PlaybookBundle::decode(none.as_bytes()), None, "{none}");
        }
    }
}
