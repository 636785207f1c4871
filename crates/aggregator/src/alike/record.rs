//! What a node says of its person, in the form in which records are compared.

use cardex_domain::event::IdentifierKind;
use cardex_domain::identity::{DenyList, NodeFacts};
use cardex_matching::{Part, Record};

/// The record of a node: the newest of everything it says.
pub(crate) fn record_of(facts: &NodeFacts, deny: &DenyList) -> Record {
    let mut said: Vec<(Part, &str)> = Vec::new();
    for (_, guest) in &facts.told {
        if let Some(name) = &guest.name {
            // A new name takes the place of the old one as a whole.
            said.retain(|(part, _)| !matches!(part, Part::Name | Part::Family | Part::Given));
            let parts = [
                (Part::Name, &name.full),
                (Part::Family, &name.family),
                (Part::Given, &name.given),
            ];
            let parts = parts.into_iter();
            said.extend(parts.filter_map(|(part, text)| Some((part, text.as_deref()?))));
        }
        let nationality = guest.nationality.as_deref();
        said.extend(nationality.map(|text| (Part::Nationality, text)));
        for (_, identifier) in &guest.identifiers {
            let part = match identifier.kind {
                IdentifierKind::Phone => Part::Phone,
                IdentifierKind::Email => Part::Email,
                IdentifierKind::Document | IdentifierKind::Loyalty => continue,
            };
            said.push((part, &identifier.value));
        }
    }
    Record::of(&said, deny)
}
