//! What a node says of its person, in the form in which records are compared.

use cardex_domain::event::{Address, IdentifierKind};
use cardex_domain::identity::{DenyList, NodeFacts};
use cardex_matching::{Part, Record};

/// The parts of an address.
const ADDRESS: [Part; 6] = [
    Part::Street,
    Part::House,
    Part::Line2,
    Part::City,
    Part::Postcode,
    Part::Region,
];

/// The record of a node: the newest of everything it says.
pub(crate) fn record_of(facts: &NodeFacts, deny: &DenyList) -> Record {
    let told = facts.told.iter().map(|(_, guest)| &guest.particulars);
    let born = told.rev().find_map(|said| said.birth_date);
    let born = born.map(|day| day.to_string());
    let mut said: Vec<(Part, &str)> = Vec::new();
    said.extend(born.as_deref().map(|text| (Part::Birth, text)));
    for (_, guest) in &facts.told {
        if let Some(name) = guest
            .name
            .as_ref()
            .filter(|name| !deny.is_placeholder(name))
        {
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
        if let Some(address) = &guest.particulars.address {
            // So does a new address.
            said.retain(|(part, _)| !ADDRESS.contains(part));
            said.extend(parts_of(address));
        }
        let company = guest.particulars.company.as_deref();
        said.extend(company.map(|text| (Part::Company, text)));
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

fn parts_of(address: &Address) -> impl Iterator<Item = (Part, &str)> {
    let Address {
        street,
        house,
        line2,
        city,
        postcode,
        region,
    } = address;
    let texts = [street, house, line2, city, postcode, region];
    let parts = ADDRESS.into_iter().zip(texts);
    parts.filter_map(|(part, text)| Some((part, text.as_deref()?)))
}
