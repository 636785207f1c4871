//! Reads and writes the text of weights. Every fault is collected with its place.

use std::fmt::Write as _;

use cardex_domain::vocabulary::Fault;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Chances, ORDER, Table};
use crate::field::{FIELDS, Field, LEVELS, Level};

const HEADING: &str = "\
# Which records are the same person. Each level of a field has two chances: that it comes up between two records of one
# person, and between records of two people. `matches_per_record` is how many other records of the same person a record
# has on average. `cardex identity fit` writes such a file.
";

/// How far the chances of a field may add up to another sum than 1.
const SUM_TOLERANCE: f64 = 0.001;
/// What is lost by writing chances to six digits is no fault of their order.
const ORDER_TOLERANCE_BITS: f64 = 0.001;

/// `matches_per_record`, the table, and `automatic`.
pub(super) fn read(text: &str) -> Result<(f64, Table, bool), Vec<Fault>> {
    let mut reader = Reader {
        text,
        faults: Vec::new(),
    };
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.fault(at, format!("this is not TOML: {}", error.message()));
    }
    if reader.faults.is_empty() {
        let read = reader.document(document.get_ref());
        if reader.faults.is_empty() {
            return Ok(read);
        }
    }
    reader.faults.sort();
    Err(reader.faults)
}

/// The text that [`read`] reads.
pub(super) fn written(matches_per_record: f64, table: &Table) -> String {
    let mut text = String::from(HEADING);
    // Writing into a string can't fail.
    let _ = writeln!(
        text,
        "format = 1\nmatches_per_record = {}",
        six_digits(matches_per_record)
    );
    for field in Field::ALL {
        let _ = writeln!(text, "\n[{field}]");
        for level in field.levels().iter().rev() {
            if let Some(chances) = table[*field as usize][*level as usize] {
                let (one, two) = (
                    six_digits(chances.one_person),
                    six_digits(chances.two_people),
                );
                let _ = writeln!(text, "{level} = [{one}, {two}]");
            }
        }
    }
    text
}

/// A number as far as it means anything. It has a point, which makes it a float in TOML.
fn six_digits(number: f64) -> String {
    let rounded: f64 = format!("{number:.5e}").parse().unwrap_or(number);
    format!("{rounded:?}")
}

struct Reader<'t> {
    text: &'t str,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn document(&mut self, document: &DeTable<'_>) -> (f64, Table, bool) {
        const KEYS: [&str; 3] = ["format", "matches_per_record", "automatic"];
        let known = |key: &str| KEYS.contains(&key) || Field::of(key).is_some();
        self.known_keys(document, known);
        match document.get("format") {
            Some(format) if self.number(format) == Some(1.0) => (),
            format => {
                let at = format.map_or(0, |node| node.span().start);
                self.fault(
                    at,
                    "this program reads `format = 1`: convert the file or upgrade",
                );
            }
        }
        let mut matches_per_record = 0.0;
        match document.get("matches_per_record") {
            None => self.fault(0, "`matches_per_record` is missing: add it"),
            Some(node) => match self.number(node) {
                Some(number) if number > 0.0 && number <= 1000.0 => matches_per_record = number,
                Some(_) => self.fault(node.span().start, "expected a number above 0, at most 1000"),
                None => (),
            },
        }
        let automatic = match document.get("automatic").map(|node| (node, node.get_ref())) {
            None => false,
            Some((_, DeValue::Boolean(automatic))) => *automatic,
            Some((node, _)) => {
                self.fault(node.span().start, "expected true or false");
                false
            }
        };
        let mut table = [[None; LEVELS]; FIELDS];
        for field in Field::ALL {
            match document.get(field.as_str()) {
                Some(node) => table[*field as usize] = self.field(*field, node),
                None => self.fault(0, format!("`[{field}]` is missing: add it")),
            }
        }
        (matches_per_record, table, automatic)
    }

    fn field(&mut self, field: Field, node: &Spanned<DeValue<'_>>) -> [Option<Chances>; LEVELS] {
        let mut chances = [None; LEVELS];
        let at = node.span().start;
        let Some(levels) = node.get_ref().as_table() else {
            self.fault(at, "expected a table of levels");
            return chances;
        };
        let faults = self.faults.len();
        self.known_keys(levels, |key| {
            Level::of(key).is_some_and(|level| field.levels().contains(&level))
        });
        for level in field.levels() {
            match levels.get(level.as_str()) {
                Some(node) => chances[*level as usize] = self.chances(node),
                None => self.fault(at, format!("`{level}` of `{field}` is missing: add it")),
            }
        }
        if self.faults.len() == faults {
            self.whole(field, &chances, at);
        }
        chances
    }

    /// The chances of a level: two numbers between 0 and 1.
    fn chances(&mut self, node: &Spanned<DeValue<'_>>) -> Option<Chances> {
        let pair = node.get_ref().as_array().map(|array| &array[..]);
        let Some([one, two]) = pair else {
            self.fault(node.span().start, "expected two chances, like [0.9, 0.001]");
            return None;
        };
        let mut chance = |node: &Spanned<DeValue<'_>>| {
            let number = self.number(node)?;
            let fits = number > 0.0 && number < 1.0;
            if !fits {
                self.fault(node.span().start, "expected a chance above 0 and below 1");
            }
            fits.then_some(number)
        };
        let (one_person, two_people) = (chance(one), chance(two));
        Some(Chances {
            one_person: one_person?,
            two_people: two_people?,
        })
    }

    /// The levels of a field are all that can happen, and agreeing more never says less.
    fn whole(&mut self, field: Field, chances: &[Option<Chances>; LEVELS], at: usize) {
        let sum = |of: fn(&Chances) -> f64| chances.iter().flatten().map(of).sum::<f64>();
        for (who, sum) in [
            ("one person", sum(|chances| chances.one_person)),
            ("two people", sum(|chances| chances.two_people)),
        ] {
            if (sum - 1.0).abs() > SUM_TOLERANCE {
                self.fault(
                    at,
                    format!(
                        "the chances of `{field}` for {who} add up to {sum:.4}: they must to 1"
                    ),
                );
            }
        }
        let bits = |level: Level| chances[level as usize].map(Chances::bits);
        // A field that lacks a level in between is held by those that it has.
        let pairs = ORDER.iter().copied().chain([
            (Level::Different, Level::Close),
            (Level::Different, Level::Same),
        ]);
        for (less, more) in pairs {
            if let (Some(less_bits), Some(more_bits)) = (bits(less), bits(more))
                && less_bits > more_bits + ORDER_TOLERANCE_BITS
            {
                let message = format!("`{less}` of `{field}` says more than `{more}`: it must not");
                self.fault(at, message);
            }
        }
    }

    fn known_keys(&mut self, table: &DeTable<'_>, known: impl Fn(&str) -> bool) {
        for (key, _) in table {
            if !known(key.get_ref()) {
                self.fault(
                    key.span().start,
                    format!("`{}` is not known here: remove it", key.get_ref()),
                );
            }
        }
    }

    fn number(&mut self, node: &Spanned<DeValue<'_>>) -> Option<f64> {
        let value = node.get_ref();
        let integer = value
            .as_integer()
            .filter(|number| number.radix() == 10)
            .map(toml::de::DeInteger::as_str);
        let text = value.as_float().map(toml::de::DeFloat::as_str).or(integer);
        let number = text
            .and_then(|text| text.parse::<f64>().ok())
            .filter(|number| number.is_finite());
        if number.is_none() {
            self.fault(node.span().start, "expected a number");
        }
        number
    }

    fn fault(&mut self, at: usize, message: impl Into<String>) {
        self.faults.push(Fault::at(self.text, at, message));
    }
}
