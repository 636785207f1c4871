use super::*;

const SUBJECT: &str = "cardex.macau.observation.dining.pos";

/// When the server is said to have taken every message of these tests.
fn received() -> Moment {
    crate::time::read_moment("2026-11-20T12:00:00Z").unwrap()
}

fn observation(data: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","source":"/pos/3",
        "type":"cardex.observation.recorded.v1","time":"2026-11-20T19:31:02+08:00","data":{data}}}"#
    )
}

fn refused(data: &str) -> Reject {
    decode(SUBJECT, None, observation(data).as_bytes(), received()).unwrap_err()
}

#[test]
fn a_refusal_names_the_place_and_never_what_stood_there() {
    let moment = r#""observed_at":"2026-11-20T19:30:00+08:00""#;
    for (data, expected) in [
        (
            format!(r#"{{"about":{{"room":"1012"}},{moment},"how":"Zhang Wei","note":"n"}}"#),
            "invalid_value: data.how: must be one of `stated`, `observed`, `inferred`",
        ),
        (
            format!(r#"{{"about":{{"room":"1012"}},{moment},"note":"n"}}"#),
            "missing_field: data: `how` must be there",
        ),
        (
            format!(r#"{{"about":{{"profile":{{"pms":"x"}}}},{moment},"how":"stated"}}"#),
            "missing_field: data.about.profile: `id` must be there",
        ),
        (
            format!(
                r#"{{"about":{{"room":"1012"}},{moment},"how":"stated",
                "statements":[{{"attribute":"a","value":"b"}},{{"attribute":"a","value":["Zhang, expected Wei"]}}]}}"#
            ),
            "wrong_type: data.statements[1].value: must be a text",
        ),
        (
            format!(r#"{{"about":{{"room":"Zhang Wei"}},{moment},"how":"stated","note":"n"}}"#),
            "invalid_value: data.about.room: must be a room: 1 to 16 characters, no blanks",
        ),
    ] {
        assert_eq!(refused(&data).to_string(), expected);
    }
}

#[test]
fn types_and_versions_are_told_apart() {
    assert_eq!(
        EventType::read("cardex.stay.no_show.v1"),
        Ok((EventType::StayNoShow, 1))
    );
    assert_eq!(
        EventType::read("cardex.stay.no_show.v9"),
        Ok((EventType::StayNoShow, 9))
    );
    for unknown in [
        "cardex.stay.slept.v1",
        "stay.no_show.v1",
        "cardex.stay.no_show",
        "cardex.stay.no_show.vx",
    ] {
        assert_eq!(
            EventType::read(unknown).unwrap_err().code,
            RejectCode::UnknownType,
            "{unknown}"
        );
    }
}

#[test]
fn the_content_type_may_be_absent_or_have_parameters() {
    let text = observation(
        r#"{"about":{"room":"1012"},"observed_at":"2026-11-20T19:30:00+08:00","how":"stated","note":"n"}"#,
    );
    let code = |header| decode(SUBJECT, header, text.as_bytes(), received()).map_err(|r| r.code);
    assert!(code(None).is_ok());
    assert!(code(Some("Application/CloudEvents+JSON; charset=UTF-8")).is_ok());
    assert_eq!(
        code(Some("application/json")).unwrap_err(),
        RejectCode::ContentType
    );
}

#[test]
fn a_day_is_the_date_that_stands_in_the_text() {
    let text = observation(
        r#"{"about":{"room":"1012"},"observed_at":"2026-11-20T01:30:00+08:00","how":"stated","note":"n"}"#,
    );
    let event = decode(SUBJECT, None, text.as_bytes(), received()).unwrap();
    let Body::Observed(seen) = event.body else {
        panic!("an observation")
    };
    assert_eq!(seen.observed_at.day().to_string(), "2026-11-20");
}
