//! What tells namesakes apart, as it is answered to those who keep guests' cards.

use cardex_domain::event::{Address, Particulars};
use cardex_domain::time::Day;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{boxed, owned};
use crate::text::AsText;

/// Birth date, address and company.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ParticularsView {
    /// When the guest was born.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<AsText<Day>>,
    /// Where the guest lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<AddressView>,
    /// The company that the guest travels for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
}

/// A postal address in its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AddressView {
    /// Street, with or without the house number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// House number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub house: Option<String>,
    /// A second line: building, estate, district.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// Town or suburb.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Postcode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    /// State, province or country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

impl AddressView {
    /// The parts that are said, from the street on.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        let Self {
            street,
            house,
            line2,
            city,
            postcode,
            region,
        } = self;
        let parts = [street, house, line2, city, postcode, region];
        parts.into_iter().filter_map(|part| part.as_deref())
    }
}

impl From<&Particulars> for ParticularsView {
    fn from(particulars: &Particulars) -> Self {
        Self {
            birth_date: particulars.birth_date.map(AsText),
            address: particulars.address.as_ref().map(AddressView::from),
            company: owned(particulars.company.as_deref()),
        }
    }
}

impl From<&ParticularsView> for Particulars {
    fn from(view: &ParticularsView) -> Self {
        Self {
            birth_date: view.birth_date.map(|day| day.0),
            address: view.address.as_ref().map(Address::from),
            company: boxed(view.company.as_ref()),
        }
    }
}

impl From<&Address> for AddressView {
    fn from(address: &Address) -> Self {
        Self {
            street: owned(address.street.as_deref()),
            house: owned(address.house.as_deref()),
            line2: owned(address.line2.as_deref()),
            city: owned(address.city.as_deref()),
            postcode: owned(address.postcode.as_deref()),
            region: owned(address.region.as_deref()),
        }
    }
}

impl From<&AddressView> for Address {
    fn from(view: &AddressView) -> Self {
        Self {
            street: boxed(view.street.as_ref()),
            house: boxed(view.house.as_ref()),
            line2: boxed(view.line2.as_ref()),
            city: boxed(view.city.as_ref()),
            postcode: boxed(view.postcode.as_ref()),
            region: boxed(view.region.as_ref()),
        }
    }
}
