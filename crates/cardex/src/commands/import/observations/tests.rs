use std::collections::BTreeMap;

use csv::StringRecord;

use super::super::mapping::Mapping;
use super::super::row::Sheet;
use super::*;

fn told(cells: &[(&str, &str)]) -> Result<Observation, Reason> {
    let Mapping::Observations(mapping) = Mapping::open(None, "observations").unwrap() else {
        panic!("a mapping of observations")
    };
    let columns: BTreeMap<String, usize> = cells
        .iter()
        .enumerate()
        .map(|(i, (c, _))| ((*c).to_owned(), i))
        .collect();
    let sheet = Sheet {
        columns,
        absent: mapping.absent.clone(),
        hash8: "01234567".into(),
    };
    let record: StringRecord = cells.iter().map(|(_, text)| *text).collect();
    let row = Row {
        sheet: &sheet,
        record: &record,
        line: 2,
    };
    let property = PropertyId::new("macau").unwrap();
    let draft = draft(&mapping, &property, FileHash([7; 32]), &row)?;
    draft.encode().map_err(|reject| reject.to_string())?;
    match draft.body {
        Body::Observed(observation) => Ok(observation),
        _ => panic!("an observation"),
    }
}

const WHEN: (&str, &str) = ("observed_at", "2026-05-02T19:30");

#[test]
fn a_row_is_an_observation() {
    let seen = told(&[
        ("department", "dining"),
        WHEN,
        ("room", "1012"),
        ("attribute", "dining.cuisine"),
        ("value", "sichuan"),
        ("polarity", ""),
        ("how", "stated"),
    ])
    .unwrap();
    assert_eq!(seen.observed_at.to_string(), "2026-05-02T19:30:00+08:00");
    assert_eq!((seen.source, seen.scope), (Source::Stated, Scope::Guest));
    assert_eq!(seen.statements[0].polarity, Polarity::For);
    assert_eq!(seen.about, GuestRef::Room(Room::new("1012").unwrap()));
}

#[test]
fn what_cannot_be_used_says_why() {
    let department = ("department", "dining");
    for (cells, reason) in [
        (vec![WHEN], "no department"),
        (vec![department], "no moment of observation"),
        (vec![department, WHEN, ("note", "x")], "names no guest"),
        (
            vec![
                department,
                WHEN,
                ("room", "1"),
                ("note", "x"),
                ("how", "guessed"),
            ],
            "a way of knowing is stated, observed or inferred",
        ),
        (
            vec![department, WHEN, ("room", "1")],
            "empty_observation: data: must have a statement or a note",
        ),
    ] {
        let said = told(&cells).unwrap_err();
        assert!(
            said == reason || reason.split(':').next() == said.split(':').next(),
            "{said}"
        );
    }
}
