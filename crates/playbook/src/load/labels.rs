//! Reads what values are called in one language: a table for each attribute, `value = "label"`.

use cardex_domain::ids::AttributeId;
use cardex_domain::vocabulary::normalised;

use super::reader::{Node, Reader, document};
use crate::fault::Fault;
use crate::words::Labels;

/// The labels of a file with that path and text, and its faults.
pub(super) fn labels(path: &str, text: &str) -> (Labels, Vec<Fault>) {
    let mut reader = Reader::new();
    let document = document(&mut reader, path, text);
    let mut labels = Labels::new();
    for (name, (at, values)) in reader.whole(&document).keys {
        let Ok(attribute) = AttributeId::new(name) else {
            let message = "expected an attribute, as in `[\"room.facing\"]`: put it in quotes";
            reader.fault(at, message);
            continue;
        };
        let Some(section) = reader.table(values, "[\"attribute\"]") else {
            continue;
        };
        let values = section.keys.into_iter();
        let labelled = values
            .filter_map(|(value, (_, label))| Some((value.into(), label_of(&mut reader, label)?)));
        labels.insert(attribute, labelled.collect());
    }
    (labels, reader.into_faults())
}

fn label_of(reader: &mut Reader<'_>, label: Node<'_>) -> Option<Box<str>> {
    let text = reader.string(label)?;
    if normalised(text.text).is_empty() {
        reader.fault(text.at, "the label is empty: say what the value is called");
    }
    Some(text.text.into())
}
