//! Reads what values are called in one language: a table for each attribute, `value = "label"`.

use cardex_domain::ids::AttributeId;
use cardex_domain::vocabulary::normalised;

use super::reader::{Node, Reader, Section};
use crate::fault::Fault;
use crate::words::Labels;

/// The labels of a file with that path and text, and its faults.
pub(super) fn labels(path: &str, text: &str) -> (Labels, Vec<Fault>) {
    let mut reader = Reader::new(path, text);
    let mut labels = Labels::new();
    for (name, values) in &reader.document() {
        let Ok(attribute) = AttributeId::new(name.get_ref()) else {
            let message = "expected an attribute, as in `[\"room.facing\"]`: put it in quotes";
            reader.fault(name.span().start, message);
            continue;
        };
        let Some(Section { table, .. }) = reader.table(values, "[\"attribute\"]") else {
            continue;
        };
        let values = table.iter();
        let labelled = values.filter_map(|(value, label)| {
            Some((
                value.get_ref().as_ref().into(),
                label_of(&mut reader, label)?,
            ))
        });
        labels.insert(attribute, labelled.collect());
    }
    (labels, reader.into_faults())
}

fn label_of(reader: &mut Reader<'_>, label: Node<'_, '_>) -> Option<Box<str>> {
    let text = reader.string(label)?;
    if normalised(text.text).is_empty() {
        reader.fault(text.at, "the label is empty: say what the value is called");
    }
    Some(text.text.into())
}
