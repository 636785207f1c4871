//! Identifiers given as flags.

use cardex_domain::event::{Identifier, IdentifierKind};
use clap::Args;

/// What identifies a person.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct IdentifierArgs {
    /// E-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: Vec<String>,
    /// Telephone number
    #[arg(long, value_name = "NUMBER")]
    phone: Vec<String>,
    /// Passport or identity card
    #[arg(long, value_name = "NUMBER")]
    document: Vec<String>,
    /// Membership of a loyalty programme
    #[arg(long, value_name = "NUMBER")]
    loyalty: Vec<String>,
}

impl IdentifierArgs {
    /// The identifiers; telephone and e-mail count as checked where `verified`.
    pub(crate) fn identifiers(&self, verified: bool) -> Vec<Identifier> {
        let kinds = [
            (IdentifierKind::Document, &self.document, true),
            (IdentifierKind::Loyalty, &self.loyalty, true),
            (IdentifierKind::Phone, &self.phone, verified),
            (IdentifierKind::Email, &self.email, verified),
        ];
        let of_kind = |(kind, values, verified): (IdentifierKind, &Vec<String>, bool)| {
            let identifier = move |value: &String| Identifier {
                kind,
                value: value.as_str().into(),
                verified,
            };
            values.iter().map(identifier).collect::<Vec<_>>()
        };
        kinds.into_iter().flat_map(of_kind).collect()
    }
}
