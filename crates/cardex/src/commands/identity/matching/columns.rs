//! Which column of a table is what.

use std::str::FromStr;

use cardex_matching::Part;
use csv::StringRecord;

use crate::exit::Usage;

const ID: &str = "id";

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// What the row is called.
    Id,
    /// A part of what is compared.
    Part(Part),
}

/// A column that was chosen on the command line.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    meaning: Meaning,
    column: String,
}

/// Where in a row things stand.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub(super) id: Option<usize>,
    pub(super) parts: Vec<(Part, usize)>,
}

impl FromStr for Chosen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (what, column) = text
            .split_once('=')
            .ok_or("write PART=COLUMN, like family=surname")?;
        let meaning = match (what.trim(), Part::of(what.trim())) {
            (ID, _) => Meaning::Id,
            (_, Some(part)) => Meaning::Part(part),
            (other, None) => {
                let parts: Vec<&str> = Part::ALL.iter().map(|part| part.as_str()).collect();
                return Err(format!(
                    "no part {other}: there are {ID}, {}",
                    parts.join(", ")
                ));
            }
        };
        Ok(Self {
            meaning,
            column: column.trim().to_owned(),
        })
    }
}

impl Columns {
    /// The columns chosen, or those called like the parts where none are.
    pub(super) fn find(heading: &StringRecord, chosen: &[Chosen]) -> Result<Self, Usage> {
        let mut columns = Self {
            id: None,
            parts: Vec::new(),
        };
        let by_name = || {
            let called = |meaning, column: &str| Chosen {
                meaning,
                column: column.to_owned(),
            };
            let parts = Part::ALL
                .iter()
                .map(move |part| called(Meaning::Part(*part), part.as_str()));
            parts
                .chain([called(Meaning::Id, ID)])
                .filter(|chosen| position(heading, &chosen.column).is_some())
        };
        let wanted = if chosen.is_empty() {
            by_name().collect()
        } else {
            chosen.to_vec()
        };
        for Chosen { meaning, column } in wanted {
            let at = position(heading, &column).ok_or_else(|| missing(&column, heading))?;
            match meaning {
                Meaning::Id => columns.id = Some(at),
                Meaning::Part(part) => columns.parts.push((part, at)),
            }
        }
        if columns.parts.is_empty() {
            return Err(Usage(
                "no column says anything of a person: name them with --columns".to_owned(),
            ));
        }
        Ok(columns)
    }
}

/// Where a column stands.
pub(super) fn position(heading: &StringRecord, column: &str) -> Option<usize> {
    heading.iter().position(|name| name.trim() == column)
}

/// That a column is not there.
pub(super) fn missing(column: &str, heading: &StringRecord) -> Usage {
    let there: Vec<&str> = heading.iter().map(str::trim).collect();
    Usage(format!(
        "the file has no column {column}; it has {}",
        there.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(text: &str) -> Vec<Chosen> {
        text.split(',').map(|one| one.parse().unwrap()).collect()
    }

    #[test]
    fn columns_are_found_by_what_they_are_called() {
        let heading = StringRecord::from(vec!["rec_id", " surname", "given", "birth"]);
        let named = Columns::find(&heading, &chosen("id=rec_id,family=surname")).unwrap();
        assert_eq!((named.id, named.parts), (Some(0), vec![(Part::Family, 1)]));
        let by_name = Columns::find(&heading, &[]).unwrap();
        assert_eq!(
            (by_name.id, by_name.parts),
            (None, vec![(Part::Given, 2), (Part::Birth, 3)])
        );
    }

    #[test]
    fn what_is_not_there_is_said() {
        let heading = StringRecord::from(vec!["a"]);
        assert!(Columns::find(&heading, &chosen("family=surname")).is_err());
        assert!(Columns::find(&heading, &[]).is_err());
        assert!("surname".parse::<Chosen>().is_err());
        assert!("last=surname".parse::<Chosen>().is_err());
    }
}
