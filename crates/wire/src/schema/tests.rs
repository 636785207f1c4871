use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use super::*;
use crate::DeadLetterCode;

/// Set to rewrite the committed contract after a change that was meant.
const UPDATE: &str = "UPDATE_CONTRACT";

fn contract(draft: Draft) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy/contract")
        .join(draft.folder())
}

fn names_in(folder: &PathBuf) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).map(|entries| entries.flatten().collect::<Vec<_>>());
    let names = entries
        .unwrap_or_default()
        .into_iter()
        .map(|entry| entry.file_name());
    names.map(|name| name.into_string().unwrap()).collect()
}

#[test]
fn the_committed_contract_is_what_the_types_say() {
    for draft in Draft::ALL {
        let folder = contract(draft);
        let files: BTreeMap<String, String> = schemas(draft).into_iter().collect();
        if std::env::var_os(UPDATE).is_some() {
            fs::create_dir_all(&folder).unwrap();
            for stale in names_in(&folder)
                .iter()
                .filter(|name| !files.contains_key(*name))
            {
                fs::remove_file(folder.join(stale)).unwrap();
            }
            for (name, text) in &files {
                fs::write(folder.join(name), text).unwrap();
            }
        }
        assert_eq!(
            names_in(&folder),
            files.keys().cloned().collect(),
            "set {UPDATE}=1 to rewrite"
        );
        for (name, text) in files {
            let committed = fs::read_to_string(folder.join(&name)).unwrap();
            assert!(
                committed == text,
                "{name} has drifted: set {UPDATE}=1 to rewrite"
            );
        }
    }
}

fn validator(draft: Draft, name: &str) -> jsonschema::Validator {
    let files: BTreeMap<String, String> = schemas(draft).into_iter().collect();
    let schema: Value = serde_json::from_str(&files[name]).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// The fixtures of version 1, as the index lists them: file, whether valid, and content.
fn fixtures() -> Vec<(String, bool, Option<Value>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/v1");
    let index = fs::read_to_string(folder.join("index.tsv")).unwrap();
    let lines = index.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let file = line.split('\t').next().unwrap();
            let content = serde_json::from_slice(&fs::read(folder.join(file)).unwrap()).ok();
            (file.to_owned(), line.ends_with("\tok"), content)
        })
        .collect()
}

#[test]
fn every_valid_fixture_is_valid_by_the_schemas() {
    for draft in Draft::ALL {
        for (file, _, content) in fixtures().into_iter().filter(|(_, valid, _)| *valid) {
            let content = content.unwrap();
            let kind = content["type"]
                .as_str()
                .unwrap()
                .strip_prefix("cardex.")
                .unwrap();
            let validator = validator(draft, &format!("event.{kind}.json"));
            let errors: Vec<String> = validator
                .iter_errors(&content)
                .map(|error| error.to_string())
                .collect();
            assert_eq!(errors, Vec::<String>::new(), "{file} by {}", draft.folder());
        }
    }
}

#[test]
fn what_schemas_can_say_they_refuse_too() {
    let refused = [
        "about-nobody",
        "about-two",
        "adults-negative",
        "attribute-upper-case",
        "card-without-items",
        "hash-short",
        "how-unknown",
        "id-counter",
        "no-data",
        "no-how",
        "no-id",
        "no-source",
        "no-offset",
        "note-long",
        "outcome-unknown",
        "room-blank-inside",
        "room-missing-at-check-in",
        "specversion",
        "stay-id",
        "statement-index-large",
        "statements-object",
        "too-many-identifiers",
        "too-many-statements",
        "unknown-version",
        "value-long",
        "value-number",
    ];
    let fixtures: BTreeMap<String, Value> = fixtures()
        .into_iter()
        .filter_map(|(file, _, content)| Some((file, content?)))
        .collect();
    for draft in Draft::ALL {
        for name in refused {
            let content = &fixtures[&format!("invalid/{name}.json")];
            let kind = content["type"].as_str().unwrap();
            let kind = kind
                .strip_prefix("cardex.")
                .unwrap()
                .rsplit_once('.')
                .unwrap()
                .0;
            let validator = validator(draft, &format!("event.{kind}.v1.json"));
            assert!(!validator.is_valid(content), "{name} by {}", draft.folder());
        }
    }
}

/// Where the text of the contract lists the codes of dead letters, a table that is written anew with the schemas.
const CODES_BEGIN: &str = "<!-- codes of dead letters, written by the test of the schemas -->\n";
const CODES_END: &str = "<!-- end of codes -->\n";

/// The codes of the list in its enum's order, each with what its documentation says.
fn described(file: &str, list: &str) -> Vec<(String, String)> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("src")
        .join(file);
    let source = fs::read_to_string(path).unwrap();
    let (_, body) = source.split_once(&format!("    {list}:\n")).unwrap();
    let (body, _) = body.split_once("\n}").unwrap();
    let (mut rows, mut text) = (Vec::new(), String::new());
    for line in body.lines().map(str::trim) {
        if let Some(more) = line.strip_prefix("/// ") {
            text = format!("{text} {more}").trim().to_owned();
        } else if let Some((_, code)) = line.split_once(" = ") {
            let code = code.trim_matches(['"', ',']);
            rows.push((code.to_owned(), std::mem::take(&mut text)));
        }
    }
    rows
}

/// The table of all codes, from the lists that the program itself uses.
fn codes() -> String {
    let mut rows = described("reject.rs", "RejectCode");
    rows.extend(described("deadletter.rs", "UnusedCode"));
    let known: Vec<&str> = DeadLetterCode::all().map(DeadLetterCode::as_str).collect();
    let listed: Vec<&str> = rows.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(listed, known, "each code has its line and its text");
    let mut table = "\n| code | why |\n|---|---|\n".to_owned();
    for (code, text) in rows {
        table += &format!("| `{code}` | {text} |\n");
    }
    table + "\n"
}

#[test]
fn the_text_of_the_contract_lists_every_code() {
    let path = contract(Draft::Draft07).join("../README.md");
    let text = fs::read_to_string(&path).unwrap();
    let (front, rest) = text.split_once(CODES_BEGIN).unwrap();
    let (_, back) = rest.split_once(CODES_END).unwrap();
    let fresh = [front, CODES_BEGIN, &codes(), CODES_END, back].concat();
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, &fresh).unwrap();
    } else {
        assert!(
            text == fresh,
            "the codes have drifted: set {UPDATE}=1 to rewrite"
        );
    }
    for code in query::ErrorCode::ALL.iter().map(|code| code.as_str()) {
        assert!(fresh.contains(&format!("`{code}`")), "{code}");
    }
}
