//! The mapping file: which column says what. The presets under `deploy/import` are its documentation.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

use super::row::{Offset, TimeOfDay};
use crate::exit::Usage;

/// The presets, by name.
const PRESETS: [(&str, &str); 3] = [
    (
        "city-hotel",
        include_str!("../../../../../deploy/import/city-hotel.toml"),
    ),
    (
        "bookings",
        include_str!("../../../../../deploy/import/bookings.toml"),
    ),
    (
        "observations",
        include_str!("../../../../../deploy/import/observations.toml"),
    ),
];

/// What a file of rows means.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Mapping {
    /// One row is a stay.
    Bookings(Box<Bookings>),
    /// One row is an observation.
    Observations(Box<Observations>),
}

/// Where a text comes from.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Field {
    /// A column.
    Column(String),
    /// A column with more to it.
    Mapped(Mapped),
    /// The same in every row.
    Constant(Constant),
    /// Put together of columns.
    Template(Template),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mapped {
    pub(super) column: String,
    /// Their word, our word; words that are not listed stay as they are.
    #[serde(default)]
    pub(super) values: BTreeMap<String, String>,
    /// What is meant where nothing is said.
    pub(super) default: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Constant {
    pub(super) constant: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Template {
    pub(super) template: String,
}

/// Where a day comes from.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum DayField {
    /// Three columns.
    Parts(DayParts),
    /// One column.
    Column(DayColumn),
    /// Counted from another day.
    Counted(DayCounted),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DayParts {
    pub(super) year: String,
    pub(super) month: String,
    pub(super) day: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DayColumn {
    pub(super) column: String,
    #[serde(default)]
    pub(super) order: DayOrder,
}

/// In which order year, month and day stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DayOrder {
    #[default]
    Ymd,
    Dmy,
    Mdy,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DayCounted {
    pub(super) from: FromDay,
    #[serde(default)]
    pub(super) plus: Vec<String>,
    #[serde(default)]
    pub(super) minus: Vec<String>,
}

/// The only day from which others are counted.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FromDay {
    Arrival,
}

/// A mapping of stays.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bookings {
    #[serde(default)]
    pub(super) absent: BTreeSet<String>,
    pub(super) offset: Offset,
    pub(super) times: Times,
    pub(super) reservation: Field,
    /// The room of a check-in.
    pub(super) room: Field,
    #[serde(default)]
    pub(super) needs_guests: bool,
    pub(super) days: Days,
    pub(super) status: StatusField,
    #[serde(default)]
    pub(super) details: Details,
}

/// The time of day that stands for what the file does not say.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Times {
    pub(super) booked: TimeOfDay,
    pub(super) check_in: TimeOfDay,
    pub(super) check_out: TimeOfDay,
    pub(super) cancelled: TimeOfDay,
    pub(super) no_show: TimeOfDay,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Days {
    pub(super) arrival: DayField,
    pub(super) departure: Option<DayField>,
    /// When it was booked; when nothing is said, on the day of arrival or when the file was first imported.
    pub(super) booked: Option<DayField>,
    /// When the stay ended, or was called off.
    pub(super) settled: Option<DayField>,
}

/// How far the stay has come.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatusField {
    pub(super) column: String,
    pub(super) values: BTreeMap<String, Status>,
}

/// How far a stay has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Reserved,
    InHouse,
    CheckedOut,
    Cancelled,
    NoShow,
}

/// What else a row says of the stay.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Details {
    /// Columns that add up to the adults.
    pub(super) adults: Vec<String>,
    /// Columns that add up to the children.
    pub(super) children: Vec<String>,
    pub(super) room_type: Option<Field>,
    pub(super) party: Option<Field>,
    pub(super) title: Option<Field>,
    pub(super) family: Option<Field>,
    pub(super) given: Option<Field>,
    pub(super) name: Option<Field>,
    pub(super) language: Option<Field>,
    pub(super) nationality: Option<Field>,
    pub(super) born: Option<DayField>,
    pub(super) street: Option<Field>,
    pub(super) house: Option<Field>,
    pub(super) line2: Option<Field>,
    pub(super) city: Option<Field>,
    pub(super) postcode: Option<Field>,
    pub(super) region: Option<Field>,
    pub(super) company: Option<Field>,
    pub(super) pms: Option<Field>,
    pub(super) profile: Option<Field>,
    pub(super) document: Option<Field>,
    pub(super) loyalty: Option<Field>,
    pub(super) phone: Option<Field>,
    pub(super) email: Option<Field>,
    /// Whether telephone and e-mail were checked.
    pub(super) verified: bool,
}

/// A mapping of observations.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Observations {
    #[serde(default)]
    pub(super) absent: BTreeSet<String>,
    pub(super) offset: Offset,
    pub(super) department: Field,
    pub(super) app: Field,
    pub(super) observed_at: Field,
    pub(super) seen_by: Option<Field>,
    pub(super) how: Field,
    pub(super) scope: Field,
    pub(super) note: Option<Field>,
    #[serde(default)]
    pub(super) statement: Vec<StatementFields>,
    pub(super) about: AboutFields,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatementFields {
    pub(super) attribute: Field,
    pub(super) value: Field,
    pub(super) polarity: Option<Field>,
}

/// How a row names its guest; the first that says something counts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AboutFields {
    pub(super) stay: Option<Field>,
    pub(super) guest: Option<Field>,
    pub(super) reservation: Option<Field>,
    pub(super) pms: Option<Field>,
    pub(super) profile: Option<Field>,
    pub(super) room: Option<Field>,
    pub(super) document: Option<Field>,
    pub(super) loyalty: Option<Field>,
    pub(super) phone: Option<Field>,
    pub(super) email: Option<Field>,
}

impl Mapping {
    /// The mapping of a file, or of a preset.
    pub(super) fn open(file: Option<&Path>, preset: &str) -> anyhow::Result<Self> {
        Ok(Self::open_with_words(file, preset)?.0)
    }

    /// The same, with every text in it: the columns that it names are among them.
    pub(super) fn open_with_words(
        file: Option<&Path>,
        preset: &str,
    ) -> anyhow::Result<(Self, BTreeSet<String>)> {
        let (text, origin) = match file {
            Some(path) => {
                let text = std::fs::read_to_string(path);
                let text =
                    text.with_context(|| format!("cannot read mapping {}", path.display()))?;
                (text, path.display().to_string())
            }
            None => (preset_text(preset)?.to_owned(), format!("preset {preset}")),
        };
        let mapping = toml::from_str(&text);
        let mapping = mapping.with_context(|| format!("{origin} is no mapping"))?;
        let mut words = BTreeSet::new();
        gather(&toml::from_str(&text)?, &mut words);
        Ok((mapping, words))
    }

    /// Another offset of the hotel's clock than the mapping's own.
    pub(super) fn set_offset(&mut self, offset: Offset) {
        match self {
            Self::Bookings(bookings) => bookings.offset = offset,
            Self::Observations(observations) => observations.offset = offset,
        }
    }

    /// The offset of the hotel's clock.
    pub(super) fn offset(&self) -> Offset {
        match self {
            Self::Bookings(bookings) => bookings.offset,
            Self::Observations(observations) => observations.offset,
        }
    }

    /// Texts that mean that nothing is said.
    pub(super) fn absent(&self) -> &BTreeSet<String> {
        match self {
            Self::Bookings(bookings) => &bookings.absent,
            Self::Observations(observations) => &observations.absent,
        }
    }
}

impl Mapping {
    /// The columns without which no row can be used, that a file does not have. Others may be left out.
    pub(super) fn missing(&self, has: impl Fn(&str) -> bool) -> Vec<&str> {
        let needed: Vec<&str> = match self {
            Self::Bookings(bookings) => {
                let mut needed = bookings.days.arrival.columns();
                needed.extend(bookings.reservation.column());
                needed.push(&bookings.status.column);
                needed
            }
            Self::Observations(observations) => {
                let fields = [&observations.department, &observations.observed_at];
                fields.into_iter().filter_map(Field::column).collect()
            }
        };
        needed.into_iter().filter(|column| !has(column)).collect()
    }
}

/// Takes over every text in the value, and of a template the columns in it.
fn gather(value: &toml::Value, words: &mut BTreeSet<String>) {
    match value {
        toml::Value::String(text) => {
            let inserts = text.split('{').skip(1);
            let columns = inserts.filter_map(|rest| rest.split_once('}'));
            words.extend(columns.map(|(column, _)| column.to_owned()));
            words.insert(text.clone());
        }
        toml::Value::Array(values) => values.iter().for_each(|value| gather(value, words)),
        toml::Value::Table(table) => table.values().for_each(|value| gather(value, words)),
        _ => {}
    }
}

impl Field {
    /// The column without which the field says nothing.
    fn column(&self) -> Option<&str> {
        match self {
            Self::Column(column) => Some(column),
            Self::Mapped(mapped) if mapped.default.is_none() => Some(&mapped.column),
            Self::Mapped(_) | Self::Constant(_) | Self::Template(_) => None,
        }
    }
}

impl DayField {
    fn columns(&self) -> Vec<&str> {
        match self {
            Self::Parts(parts) => vec![&parts.year, &parts.month, &parts.day],
            Self::Column(column) => vec![&column.column],
            Self::Counted(_) => Vec::new(),
        }
    }
}

/// The preset of the same kind for which no column is missing.
pub(super) fn fitting(mapping: &Mapping, has: impl Fn(&str) -> bool) -> Option<&'static str> {
    preset_names().find(|name| {
        let preset = Mapping::open(None, name);
        preset.is_ok_and(|preset| {
            std::mem::discriminant(&preset) == std::mem::discriminant(mapping)
                && preset.missing(&has).is_empty()
        })
    })
}

/// The names of the presets.
pub(super) fn preset_names() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|(name, _)| *name)
}

fn preset_text(name: &str) -> Result<&'static str, Usage> {
    let found = PRESETS.iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| *text).ok_or_else(|| {
        let known: Vec<&str> = preset_names().collect();
        Usage(format!("no preset {name}; there are {}", known.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_a_mapping() {
        for name in preset_names() {
            let mapping = Mapping::open(None, name);
            assert!(mapping.is_ok(), "{name}: {:?}", mapping.err());
        }
    }

    #[test]
    fn a_file_of_known_columns_is_told_its_preset() {
        let usual = Mapping::open(None, "bookings").unwrap();
        let city = Mapping::open(None, "city-hotel").unwrap();
        let columns = city.missing(|_| false);
        let known = |column: &str| columns.contains(&column);
        assert_eq!(fitting(&usual, known), Some("city-hotel"));
        assert_eq!(fitting(&usual, |_| false), None);
        let observations = Mapping::open(None, "observations").unwrap();
        assert_eq!(fitting(&observations, known), None);
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let text = preset_text("observations")
            .unwrap()
            .replace("seen_by", "seen_bye");
        assert!(toml::from_str::<Mapping>(&text).is_err());
    }
}
