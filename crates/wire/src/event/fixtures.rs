//! Every fixture, valid or not: what version 1 once meant, it means for ever. Files are added, never edited.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::*;

/// A line of the index.
struct Fixture {
    file: String,
    subject: String,
    content_type: Option<String>,
    code: Option<RejectCode>,
    payload: Vec<u8>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/v1")
}

fn fixtures() -> Vec<Fixture> {
    let index = std::fs::read_to_string(folder().join("index.tsv")).unwrap();
    let lines = index.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let [file, subject, content_type, code] = fields[..] else {
                panic!("{line}")
            };
            Fixture {
                payload: std::fs::read(folder().join(file)).unwrap(),
                file: file.to_owned(),
                subject: subject.to_owned(),
                content_type: Some(content_type.to_owned()).filter(|t| t != "-"),
                code: (code != "ok").then(|| RejectCode::parse(code).unwrap()),
            }
        })
        .collect()
}

fn read(fixture: &Fixture) -> Result<Event, Reject> {
    let received = crate::time::read_moment("2026-11-20T12:00:00Z").unwrap();
    decode(
        &fixture.subject,
        fixture.content_type.as_deref(),
        &fixture.payload,
        received,
    )
}

#[test]
fn every_fixture_is_read_or_refused_as_the_index_says() {
    for fixture in fixtures() {
        let code = read(&fixture).map(|_| ()).map_err(|reject| reject.code);
        assert_eq!(code, fixture.code.map_or(Ok(()), Err), "{}", fixture.file);
    }
}

#[test]
fn every_file_is_in_the_index_and_every_code_and_type_has_one() {
    let listed: BTreeSet<String> = fixtures().into_iter().map(|f| f.file).collect();
    let mut found = BTreeSet::new();
    for part in ["valid", "invalid"] {
        for entry in std::fs::read_dir(folder().join(part)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            found.insert(format!("{part}/{name}"));
        }
    }
    assert_eq!(found, listed);
    let codes: BTreeSet<RejectCode> = fixtures().into_iter().filter_map(|f| f.code).collect();
    assert_eq!(codes, RejectCode::ALL.iter().copied().collect());
    for kind in EventType::ALL {
        assert!(
            listed
                .iter()
                .any(|f| f.starts_with(&format!("valid/{kind}"))),
            "{kind}"
        );
    }
}

#[test]
fn what_was_read_is_written_so_that_it_reads_the_same() {
    for fixture in fixtures().into_iter().filter(|f| f.code.is_none()) {
        let event = read(&fixture).unwrap();
        let message = EventDraft::of(&event, "/test").unwrap().encode().unwrap();
        assert_eq!(message.subject, fixture.subject, "{}", fixture.file);
        assert_eq!(message.msg_id, format!("{}:{}", message.subject, event.id));
        let again = decode(&message.subject, None, &message.payload, event.time);
        assert_eq!(again, Ok(event), "{}", fixture.file);
    }
}

#[test]
fn no_refusal_repeats_what_a_guest_is_called() {
    for fixture in fixtures() {
        if let Err(reject) = read(&fixture) {
            let text = reject.to_string();
            assert!(
                text.is_ascii() || !text.contains('庄'),
                "{}: {text}",
                fixture.file
            );
            assert!(
                !text.contains("builder") && !text.contains("R-2026"),
                "{text}"
            );
        }
    }
}
