//! What is compared, and how far two records can agree on it.

use std::fmt;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$about])* $variant),+
        }

        impl $name {
            /// Every one of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it in files and on the command line.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// What the word means.
            #[must_use]
            pub fn of(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// Something a source may say of a person.
    Part {
        /// The whole name, where its parts are not told apart.
        Name = "name",
        /// Family name.
        Family = "family",
        /// Given name or names.
        Given = "given",
        /// Birth date: `YYYY-MM-DD`, `YYYYMMDD`, `D.M.YYYY` or `M/D/YYYY` where only that is possible.
        Birth = "birth",
        /// Telephone number, with or without its country code.
        Phone = "phone",
        /// E-mail address.
        Email = "email",
        /// Street, with or without the house number.
        Street = "street",
        /// House number.
        House = "house",
        /// A second line of the address: building, estate, district.
        Line2 = "line2",
        /// Town or suburb.
        City = "city",
        /// Postcode.
        Postcode = "postcode",
        /// State, province or country of the address.
        Region = "region",
        /// ISO 3166-1 code of the nationality.
        Nationality = "nationality",
        /// The company that somebody travels for.
        Company = "company",
        /// Gender.
        Gender = "gender",
    }
}

words! {
    /// What two records are compared by.
    Field {
        /// Family name.
        Family = "family",
        /// Given name.
        Given = "given",
        /// Birth date.
        Birth = "birth",
        /// Telephone number.
        Phone = "phone",
        /// E-mail address.
        Email = "email",
        /// Street without its number.
        Street = "street",
        /// House number.
        House = "house",
        /// Second line of the address.
        Line2 = "line2",
        /// Town or suburb.
        City = "city",
        /// Postcode.
        Postcode = "postcode",
        /// State, province or country of the address.
        Region = "region",
        /// Nationality.
        Nationality = "nationality",
        /// Company.
        Company = "company",
        /// Gender.
        Gender = "gender",
    }
}

words! {
    /// How far two records agree on a field. Later is more, but for `swapped`, which is beside `similar` and `close`.
    Level {
        /// One of them, or both, say nothing that can be compared: no evidence.
        Missing = "missing",
        /// They differ.
        Different = "different",
        /// They are somewhat alike: two of three parts of a date, an initial.
        Similar = "similar",
        /// They agree when parts are exchanged: given and family name, day and month.
        Swapped = "swapped",
        /// They differ by what a typing error does.
        Close = "close",
        /// They are equal in normal form.
        Same = "same",
    }
}

/// How many fields there are.
pub(crate) const FIELDS: usize = Field::ALL.len();
/// How many levels there are.
pub(crate) const LEVELS: usize = Level::ALL.len();

/// What those who live together have in common.
pub(crate) const HOUSEHOLD: [Field; 9] = [
    Field::Family,
    Field::Phone,
    Field::Street,
    Field::House,
    Field::Line2,
    Field::City,
    Field::Postcode,
    Field::Region,
    Field::Nationality,
];
/// The parts of an address.
pub(crate) const ADDRESS: [Field; 6] = [
    Field::Street,
    Field::House,
    Field::Line2,
    Field::City,
    Field::Postcode,
    Field::Region,
];
/// Those of them that say where it lies. Each follows from the one before.
pub(crate) const PLACE: [Field; 3] = [Field::Postcode, Field::City, Field::Region];

/// How far two records agree, field by field.
pub(crate) type Levels = [Level; FIELDS];

impl Field {
    /// The levels that a comparison of this field can come to beside [`Level::Missing`], from least to most.
    #[must_use]
    pub fn levels(self) -> &'static [Level] {
        use Level::{Close, Different, Same, Similar, Swapped};
        match self {
            Self::Family | Self::Given | Self::Birth => &[Different, Similar, Swapped, Close, Same],
            Self::Street | Self::Line2 | Self::City | Self::Company => {
                &[Different, Similar, Close, Same]
            }
            Self::Phone | Self::Email | Self::House | Self::Postcode => &[Different, Close, Same],
            Self::Region | Self::Nationality | Self::Gender => &[Different, Same],
        }
    }

    /// Whether agreement says more the rarer the value is.
    pub(crate) fn goes_by_frequency(self) -> bool {
        matches!(
            self,
            Self::Family | Self::Given | Self::City | Self::Nationality | Self::Company
        )
    }

    /// Whether it speaks of somebody independently of name and birth date, and not of half a country.
    pub(crate) fn is_independent(self) -> bool {
        ADDRESS.contains(&self) && self != Self::Region
            || matches!(self, Self::Phone | Self::Email | Self::Company)
    }
}
