//! One row of a file, read through the mapping. Reasons name columns and rules, never what stood there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use cardex_domain::time::Day;
use csv::StringRecord;
use serde::{Deserialize, Deserializer, de};

use super::mapping::{DayColumn, DayField, DayOrder, DayParts, Field, FromDay};

/// Why a row can't be used.
pub(super) type Reason = String;

/// A time of day, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeOfDay(pub(super) i64);

/// An offset from UTC, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offset(pub(super) i16);

/// What rows of one file share.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    /// Where each column stands.
    pub(super) columns: BTreeMap<String, usize>,
    /// Texts that mean that nothing is said.
    pub(super) absent: BTreeSet<String>,
    /// The first eight digits of the file's hash.
    pub(super) hash8: String,
}

/// A row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) sheet: &'a Sheet,
    pub(super) record: &'a StringRecord,
    pub(super) line: u64,
}

impl<'a> Row<'a> {
    /// What stands in a column; `None` when nothing is said or the file has no such column.
    pub(super) fn column(&self, name: &str) -> Option<&'a str> {
        let index = *self.sheet.columns.get(name)?;
        let text = self.record.get(index)?.trim();
        (!self.sheet.absent.contains(text)).then_some(text)
    }

    /// The text that a field says.
    pub(super) fn text(&self, field: &Field) -> Option<String> {
        match field {
            Field::Column(column) => self.column(column).map(str::to_owned),
            Field::Constant(constant) => Some(constant.constant.clone()),
            Field::Mapped(mapped) => {
                let said = self.column(&mapped.column);
                said.map(|said| mapped.values.get(said).map_or(said, String::as_str))
                    .or(mapped.default.as_deref())
                    .map(str::to_owned)
            }
            Field::Template(template) => self.filled(&template.template),
        }
    }

    /// The text of a field that may be left out of the mapping.
    pub(super) fn maybe(&self, field: Option<&Field>) -> Option<Box<str>> {
        field.and_then(|field| self.text(field)).map(Into::into)
    }

    /// The text of a field that must say something.
    pub(super) fn needed(&self, field: &Field, what: &str) -> Result<String, Reason> {
        self.text(field).ok_or_else(|| format!("no {what}"))
    }

    /// The sum of columns of counts; nothing said counts as none. `None` when there are no columns.
    pub(super) fn sum(&self, columns: &[String]) -> Result<Option<u16>, Reason> {
        let mut sum = None::<u16>;
        for name in columns {
            let count = self.count(name)?;
            sum = Some(sum.unwrap_or(0).saturating_add(count));
        }
        Ok(sum)
    }

    /// A day; `None` when nothing is said.
    pub(super) fn day(
        &self,
        field: &DayField,
        arrival: Option<Day>,
    ) -> Result<Option<Day>, Reason> {
        match field {
            DayField::Parts(parts) => self.day_of_parts(parts),
            DayField::Column(column) => self.day_of_column(column),
            DayField::Counted(counted) => {
                let origin = match counted.from {
                    FromDay::Arrival => arrival,
                };
                let Some(origin) = origin else {
                    return Ok(None);
                };
                let add = |columns: &[String]| self.sum(columns).map(|n| i32::from(n.unwrap_or(0)));
                Ok(Some(
                    origin.plus(add(&counted.plus)? - add(&counted.minus)?),
                ))
            }
        }
    }

    fn day_of_parts(&self, parts: &DayParts) -> Result<Option<Day>, Reason> {
        let (year, month, day) = (&parts.year, &parts.month, &parts.day);
        match (self.column(year), self.column(month), self.column(day)) {
            (Some(y), Some(m), Some(d)) => day_of(y, m, d)
                .map(Some)
                .ok_or_else(|| format!("{year}, {month} and {day} are no day of the calendar")),
            (None, None, None) => Ok(None),
            _ => Err(format!("{year}, {month} and {day} are not all there")),
        }
    }

    fn day_of_column(&self, column: &DayColumn) -> Result<Option<Day>, Reason> {
        let Some(text) = self.column(&column.column) else {
            return Ok(None);
        };
        // A time behind the day says nothing about the day.
        let text = text.split([' ', 'T']).next().unwrap_or(text);
        let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
        let day = match (parts.as_slice(), column.order) {
            ([y, m, d], DayOrder::Ymd)
            | ([d, m, y], DayOrder::Dmy)
            | ([m, d, y], DayOrder::Mdy) => day_of(y, m, d),
            _ => None,
        };
        day.map(Some)
            .ok_or_else(|| format!("{} is no day of the calendar", column.column))
    }

    fn count(&self, name: &str) -> Result<u16, Reason> {
        let Some(text) = self.column(name) else {
            return Ok(0);
        };
        // Spreadsheets write whole numbers as 2.0.
        let whole = text.split_once('.').map_or(text, |(whole, rest)| {
            if rest.bytes().all(|b| b == b'0') {
                whole
            } else {
                text
            }
        });
        whole.parse().map_err(|_| format!("{name} is no count"))
    }

    /// The template with its places filled; `None` when one has nothing to fill it.
    fn filled(&self, template: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, behind) = after.split_once('}')?;
            out.push_str(before);
            match name {
                "line" => out.push_str(&self.line.to_string()),
                "hash" => out.push_str(&self.sheet.hash8),
                column => out.push_str(self.column(column)?),
            }
            rest = behind;
        }
        out.push_str(rest);
        Some(out)
    }
}

fn day_of(year: &str, month: &str, day: &str) -> Option<Day> {
    Day::from_ymd(year.parse().ok()?, month_of(month)?, day.parse().ok()?)
}

/// A month as a number, or as an English name or its first three letters.
fn month_of(text: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let text = text.to_lowercase();
    let named = |name: &'static str| name == text || name[..3] == *text;
    NAMES
        .into_iter()
        .position(named)
        .and_then(|at| u32::try_from(at + 1).ok())
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        clock(&text)
            .map(|minutes| Self(minutes * 60))
            .ok_or_else(|| de::Error::custom("a time of day is written 15:00"))
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { '-' } else { '+' };
        write!(f, "{sign}{:02}:{:02}", self.0.abs() / 60, self.0.abs() % 60)
    }
}

impl<'de> Deserialize<'de> for Offset {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl FromStr for Offset {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (sign, clocked) = match text.split_at_checked(1) {
            Some(("+", rest)) => (1, rest),
            Some(("-", rest)) => (-1, rest),
            _ => (0, ""),
        };
        let minutes = clock(clocked).and_then(|minutes| i16::try_from(minutes).ok());
        minutes
            .map(|minutes| Self(sign * minutes))
            .ok_or("an offset is written +08:00")
    }
}

/// Minutes of `hh:mm`.
fn clock(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(columns: &[&str]) -> Sheet {
        Sheet {
            columns: columns
                .iter()
                .enumerate()
                .map(|(i, c)| ((*c).to_owned(), i))
                .collect(),
            absent: ["".to_owned(), "NULL".to_owned()].into(),
            hash8: "0123abcd".into(),
        }
    }

    fn field(text: &str) -> Field {
        #[derive(Deserialize)]
        struct One {
            field: Field,
        }
        toml::from_str::<One>(&format!("field = {text}"))
            .unwrap()
            .field
    }

    #[test]
    fn fields_read_columns_constants_and_templates() {
        let sheet = sheet(&["a", "b"]);
        let record = StringRecord::from(vec![" x ", "NULL"]);
        let row = Row {
            sheet: &sheet,
            record: &record,
            line: 7,
        };
        for (written, expected) in [
            ("'a'", Some("x")),
            ("'b'", None),
            ("'c'", None),
            ("{ column = 'a', values = { x = 'y' } }", Some("y")),
            ("{ column = 'b', default = 'z' }", Some("z")),
            ("{ constant = 'k' }", Some("k")),
            ("{ template = '{hash}-{line}-{a}' }", Some("0123abcd-7-x")),
            ("{ template = '{b}!' }", None),
        ] {
            assert_eq!(row.text(&field(written)).as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn days_are_read_in_every_form() {
        let sheet = sheet(&["y", "m", "d", "iso", "german", "nights", "lead"]);
        let record = StringRecord::from(vec![
            "2015",
            "July",
            "1",
            "2015-07-03",
            "03.07.2015",
            "2.0",
            "6",
        ]);
        let row = Row {
            sheet: &sheet,
            record: &record,
            line: 2,
        };
        let day = |written: &str| {
            #[derive(Deserialize)]
            struct One {
                day: DayField,
            }
            let one: One = toml::from_str(&format!("day = {written}")).unwrap();
            let arrival = Day::from_ymd(2015, 7, 1);
            row.day(&one.day, arrival)
                .unwrap()
                .map(|day| day.to_string())
        };
        let is = |day: &str| Some(day.to_owned());
        assert_eq!(
            day("{ year = 'y', month = 'm', day = 'd' }"),
            is("2015-07-01")
        );
        assert_eq!(day("{ column = 'iso' }"), is("2015-07-03"));
        assert_eq!(
            day("{ column = 'german', order = 'dmy' }"),
            is("2015-07-03")
        );
        assert_eq!(
            day("{ from = 'arrival', plus = ['nights'] }"),
            is("2015-07-03")
        );
        assert_eq!(
            day("{ from = 'arrival', minus = ['lead'] }"),
            is("2015-06-25")
        );
        assert_eq!(day("{ column = 'none' }"), None);
    }

    #[test]
    fn months_have_names() {
        assert_eq!(month_of("September"), Some(9));
        assert_eq!(month_of("sep"), Some(9));
        assert_eq!(month_of("09"), Some(9));
        assert_eq!(month_of("Brumaire"), None);
        assert_eq!(month_of("é"), None);
    }
}
