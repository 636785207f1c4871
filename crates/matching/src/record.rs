//! What a source says of somebody, in comparable form. One text with marks in it, since a million of them are kept.

use std::fmt;

use cardex_domain::identity::DenyList;

use crate::content;
use crate::field::{FIELDS, Field, Part};
use crate::{han, normal};

/// The longest value that is compared, in bytes; what is longer is cut. Names and addresses are shorter.
const VALUE_MAX_BYTES: usize = 120;

/// What is known of somebody, in the normal form of each field.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Record {
    /// The values one after the other.
    text: Box<str>,
    /// Where each field's value ends.
    ends: [u16; FIELDS],
}

impl fmt::Debug for Record {
    /// Which fields are there. The values are a guest's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = Field::ALL.iter().filter(|field| self.says(**field));
        f.debug_set().entries(said).finish()
    }
}

impl Record {
    /// The record of what is said. Of parts said twice the last counts; what can't be brought into its normal form, and
    /// telephone numbers and e-mail addresses that are denied, count as not said.
    #[must_use]
    pub fn of(said: &[(Part, &str)], deny: &DenyList) -> Self {
        let mut values: [String; FIELDS] = Default::default();
        let mut put = |field: Field, value: String| values[field as usize] = value;
        let told = |part| {
            said.iter()
                .rev()
                .find(|(p, text)| *p == part && !text.trim().is_empty())
                .map(|(_, text)| *text)
        };
        if let Some((family, given)) = told(Part::Name).map(normal::split_name) {
            put(Field::Family, family);
            put(Field::Given, given);
        }
        if let Some((street, house)) = told(Part::Street).map(normal::street) {
            put(Field::Street, street);
            put(Field::House, house);
        }
        for part in Part::ALL {
            let Some(text) = told(*part) else { continue };
            let value = match part {
                Part::Name | Part::Street => None,
                Part::Family => Some((Field::Family, normal::name(text))),
                Part::Given => Some((Field::Given, normal::name(text))),
                Part::Birth => normal::birth(text).map(|birth| (Field::Birth, birth)),
                Part::Phone => normal::phone(text, deny).map(|phone| (Field::Phone, phone)),
                Part::Email => normal::email(text, deny).map(|email| (Field::Email, email)),
                Part::House => Some((Field::House, normal::code(text))),
                Part::Line2 => Some((Field::Line2, normal::street(text).0)),
                Part::City => Some((Field::City, normal::words(text))),
                Part::Postcode => Some((Field::Postcode, normal::code(text))),
                Part::Region => Some((Field::Region, normal::words(text))),
                Part::Nationality => Some((Field::Nationality, normal::code(text))),
                Part::Company => Some((Field::Company, normal::company(text))),
                Part::Gender => normal::gender(text).map(|gender| (Field::Gender, gender.into())),
            };
            if let Some((field, value)) = value {
                put(field, value);
            }
        }
        Self::pack(&values)
    }

    fn pack(values: &[String; FIELDS]) -> Self {
        let mut text = String::new();
        let mut ends = [0; FIELDS];
        for (value, end) in values.iter().zip(&mut ends) {
            let fits = |(at, c): &(usize, char)| at + c.len_utf8() <= VALUE_MAX_BYTES;
            text.extend(value.char_indices().take_while(fits).map(|(_, c)| c));
            *end =
                u16::try_from(text.len()).expect("fourteen values of 120 bytes are under 64 KiB");
        }
        Self {
            text: text.into(),
            ends,
        }
    }

    /// The normal form of a field; empty when nothing is said.
    #[must_use]
    pub fn value(&self, field: Field) -> &str {
        let at = field as usize;
        let from = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[usize::from(from)..usize::from(self.ends[at])]
    }

    /// Whether anything is said.
    #[must_use]
    pub fn says(&self, field: Field) -> bool {
        !self.value(field).is_empty()
    }

    /// Whether nothing is said at all.
    #[must_use]
    pub fn says_nothing(&self) -> bool {
        self.text.is_empty()
    }

    /// How the names are read, without blanks: family, then given.
    pub(crate) fn readings(&self) -> [String; 2] {
        let reading = |name: &str, read: fn(&str) -> String| match han::is_written_in(name) {
            true => read(name),
            false => name.replace(' ', ""),
        };
        [
            reading(self.value(Field::Family), han::surname_reading),
            reading(self.value(Field::Given), han::reading),
        ]
    }

    /// A number that follows from the content alone.
    pub(crate) fn content(&self) -> u64 {
        content::hash(
            self.text
                .bytes()
                .chain(self.ends.iter().flat_map(|end| end.to_le_bytes())),
        )
    }
}

#[cfg(test)]
mod tests;
