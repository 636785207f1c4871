//! What an event says of a person: the types, and both ways between them and the domain's own.

use cardex_domain::event as domain;
use cardex_domain::time::Day;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::from_domain::maybe as text;
use super::into_domain::{identifiers, maybe};
use super::{ExternalProfile, Identifier};
use crate::event::Context;
use crate::limits::{
    ADDRESS_PART_MAX_CHARS, COMPANY_MAX_CHARS, GUEST_IDENTIFIERS_MAX, LANGUAGE_MAX_CHARS,
    NAME_MAX_CHARS,
};
use crate::reject::{Reject, RejectCode};
use crate::text::{AsText, Text};

/// What a booking or a profile says of the person.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Guest<'a> {
    /// The guest's profile in another system.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ExternalProfile<'a>>,
    /// How the guest is called.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name<'a>>,
    /// BCP 47 tag of the language the guest speaks.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"))]
    pub language: Option<Text<'a, LANGUAGE_MAX_CHARS>>,
    /// ISO 3166-1 code of nationality, of two or three letters.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[A-Za-z]{2,3}$"))]
    pub nationality: Option<Text<'a, LANGUAGE_MAX_CHARS>>,
    /// When the guest was born.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<AsText<Day>>,
    /// Where the guest lives. It takes the place of an earlier one as a whole.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address<'a>>,
    /// The company that the guest travels for.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub company: Option<Text<'a, COMPANY_MAX_CHARS>>,
    /// What identifies the guest.
    #[serde(borrow, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = GUEST_IDENTIFIERS_MAX))]
    pub identifiers: Vec<Identifier<'a>>,
}

/// A person's name in its parts.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Name<'a> {
    /// How the guest is addressed, such as `Mr` or `女士`.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text<'a, NAME_MAX_CHARS>>,
    /// Family name.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub family: Option<Text<'a, NAME_MAX_CHARS>>,
    /// Given name.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub given: Option<Text<'a, NAME_MAX_CHARS>>,
    /// The whole name as the guest writes it, where the parts do not say it.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub full: Option<Text<'a, NAME_MAX_CHARS>>,
}

/// A postal address in its parts.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Address<'a> {
    /// Street, with or without the house number.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub street: Option<Text<'a, ADDRESS_PART_MAX_CHARS>>,
    /// House number.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub house: Option<Text<'a, ADDRESS_PART_MAX_CHARS>>,
    /// A second line: building, estate, district.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub line2: Option<Text<'a, ADDRESS_PART_MAX_CHARS>>,
    /// Town or suburb.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub city: Option<Text<'a, ADDRESS_PART_MAX_CHARS>>,
    /// Postcode.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<Text<'a, ADDRESS_PART_MAX_CHARS>>,
    /// State, province or country.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub region: Option<Text<'a, ADDRESS_PART_MAX_CHARS>>,
}

impl Guest<'_> {
    pub(super) fn into_domain(
        self,
        path: &str,
        context: &Context<'_>,
    ) -> Result<domain::GuestDetails, Reject> {
        let profile = self
            .profile
            .map(|p| p.into_domain(&format!("{path}.profile")))
            .transpose()?;
        let list = format!("{path}.identifiers");
        Ok(domain::GuestDetails {
            profile,
            name: self.name.and_then(Name::into_domain),
            language: maybe(self.language)
                .map(|tag| language(tag, path))
                .transpose()?,
            nationality: maybe(self.nationality)
                .map(|code| country(&code, path))
                .transpose()?,
            particulars: domain::Particulars {
                birth_date: self
                    .birth_date
                    .map(|day| context.birth_date(day.0, &format!("{path}.birth_date")))
                    .transpose()?,
                address: self.address.and_then(Address::into_domain),
                company: maybe(self.company),
            },
            identifiers: identifiers(self.identifiers, GUEST_IDENTIFIERS_MAX, &list)?,
        })
    }
}

/// The tag, if by its shape it can be one of RFC 5646.
fn language(tag: Box<str>, path: &str) -> Result<Box<str>, Reject> {
    let mut subtags = tag.split('-');
    let primary = subtags.next().unwrap_or_default();
    let sound = (2..=8).contains(&primary.len())
        && primary.bytes().all(|b| b.is_ascii_alphabetic())
        && subtags
            .all(|s| (1..=8).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric()));
    if sound {
        return Ok(tag);
    }
    let rule = "must be a language tag (BCP 47)";
    Err(Reject::at(
        RejectCode::InvalidValue,
        &format!("{path}.language"),
        rule,
    ))
}

fn country(code: &str, path: &str) -> Result<Box<str>, Reject> {
    if (2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Ok(code.to_ascii_uppercase().into());
    }
    let rule = "must be a country's code of two or three letters (ISO 3166-1)";
    Err(Reject::at(
        RejectCode::InvalidValue,
        &format!("{path}.nationality"),
        rule,
    ))
}

impl Name<'_> {
    /// The name, or `None` when no part of it says anything.
    fn into_domain(self) -> Option<domain::Name> {
        let name = domain::Name {
            title: maybe(self.title),
            family: maybe(self.family),
            given: maybe(self.given),
            full: maybe(self.full),
        };
        (name != domain::Name::default()).then_some(name)
    }
}

impl Address<'_> {
    /// The address, or `None` when no part of it says anything.
    fn into_domain(self) -> Option<domain::Address> {
        let address = domain::Address {
            street: maybe(self.street),
            house: maybe(self.house),
            line2: maybe(self.line2),
            city: maybe(self.city),
            postcode: maybe(self.postcode),
            region: maybe(self.region),
        };
        (address != domain::Address::default()).then_some(address)
    }
}

impl<'a> From<&'a domain::GuestDetails> for Guest<'a> {
    fn from(details: &'a domain::GuestDetails) -> Self {
        Self {
            profile: details.profile.as_ref().map(ExternalProfile::from),
            name: details.name.as_ref().map(Name::from),
            language: text(details.language.as_deref()),
            nationality: text(details.nationality.as_deref()),
            birth_date: details.particulars.birth_date.map(AsText),
            address: details.particulars.address.as_ref().map(Address::from),
            company: text(details.particulars.company.as_deref()),
            identifiers: details.identifiers.iter().map(Identifier::from).collect(),
        }
    }
}

impl<'a> From<&'a domain::Name> for Name<'a> {
    fn from(name: &'a domain::Name) -> Self {
        Self {
            title: text(name.title.as_deref()),
            family: text(name.family.as_deref()),
            given: text(name.given.as_deref()),
            full: text(name.full.as_deref()),
        }
    }
}

impl<'a> From<&'a domain::Address> for Address<'a> {
    fn from(address: &'a domain::Address) -> Self {
        Self {
            street: text(address.street.as_deref()),
            house: text(address.house.as_deref()),
            line2: text(address.line2.as_deref()),
            city: text(address.city.as_deref()),
            postcode: text(address.postcode.as_deref()),
            region: text(address.region.as_deref()),
        }
    }
}
