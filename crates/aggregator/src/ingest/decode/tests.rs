//! The same message is the same entry in every replay, and nobody speaks for others who may not.

use std::collections::BTreeSet;

use cardex_bus::{Headers, Incoming};
use cardex_domain::fact::Fact;
use cardex_domain::ids::{AppId, InstallationKey};
use cardex_store::{DeadLetter, EntryKind};
use cardex_wire::{DeadLetterCode, UnusedCode};

use super::{DECODER, Decoder};

fn decoder() -> Decoder {
    let gateways = BTreeSet::from([AppId::new("gateway").unwrap()]);
    Decoder::new(InstallationKey::new([7; 32]), gateways)
}

fn message(subject: &str, payload: &str) -> Incoming {
    Incoming {
        subject: subject.to_owned(),
        headers: Headers::new(),
        payload: payload.to_owned().into(),
        stream_sequence: 5,
        // 2026-06-01T00:00:00Z
        server_time_us: 1_780_272_000_000_000,
    }
}

fn observation(on_behalf_of: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"01JD8ZK3S8X4V0YJ6T5N2B7QCM","source":"/test",
        "type":"cardex.observation.recorded.v1","time":"2026-05-31T20:00:00+08:00",{on_behalf_of}
        "data":{{"about":{{"room":"1012"}},"observed_at":"2026-05-31T19:30:00+08:00","how":"observed",
        "statements":[{{"attribute":"dining.cuisine","value":"sichuan"}}]}}}}"#
    )
}

/// The department and gateway of the note, or the code of the dead letter.
fn entry(subject: &str, payload: &str) -> Result<(String, Option<String>), String> {
    let (first, again) = (
        decoder().message(&message(subject, payload)),
        decoder().message(&message(subject, payload)),
    );
    assert_eq!(first, again);
    match first.kind {
        EntryKind::Event {
            fact: Fact::Noted(noted),
            ..
        } => Ok((
            noted.department.to_string(),
            noted.via.map(|via| via.to_string()),
        )),
        EntryKind::DeadLetter { code, decoder, .. } => {
            assert_eq!(decoder, DECODER, "a later version may understand it");
            assert!(DeadLetterCode::parse(&code).is_some(), "{code}");
            Err(code.to_string())
        }
        other => panic!("neither a note nor a dead letter: {other:?}"),
    }
}

#[test]
fn only_gateways_speak_for_others() {
    let (own, other) = (observation(""), observation(r#""onbehalfof":"dining","#));
    let pos = "cardex.harbour.observation.floor.pos";
    let gateway = "cardex.harbour.observation.integration.gateway";
    assert_eq!(entry(pos, &own), Ok(("floor".into(), None)));
    assert_eq!(entry(pos, &other), Err("on_behalf_refused".into()));
    let both = ("dining".into(), Some("integration".into()));
    assert_eq!(entry(gateway, &other), Ok(both));
}

#[test]
fn what_is_no_event_is_a_dead_letter() {
    let subject = "cardex.harbour.observation.floor.pos";
    assert_eq!(entry(subject, "+ACK"), Err("not_an_event".into()));
    let outcome = r#"{"specversion":"1.0","id":"01JD8ZK3S8X4V0YJ6T5N2B7QCM","source":"/test",
        "type":"cardex.outcome.recorded.v1","time":"2026-05-31T20:00:00+08:00",
        "data":{"stay":"s00000000000000000000000000","item":"dining.00000000000000000000000000",
        "outcome":"done","occurred_at":"2026-05-31T20:00:00+08:00"}}"#;
    let floor = "cardex.harbour.outcome.floor.pos";
    assert_eq!(entry(floor, outcome), Err("foreign_item".into()));
}

#[test]
fn the_store_writes_the_code_of_the_contract() {
    assert_eq!(DeadLetter::ID_REUSED, UnusedCode::IdReused.as_str());
}
