use super::*;

#[test]
fn questions_have_defaults_and_refusals_have_places() {
    let list: ListRequest = decode_request(b"").unwrap();
    assert_eq!(list, ListRequest::default());
    let get: GetRequest =
        decode_request(br#"{"about":{"room":"ph-a"},"at_least":7,"wait_ms":50}"#).unwrap();
    assert_eq!((get.at_least(), get.wait_ms()), (Some(7), Some(50)));
    assert_eq!(decode_request(&encode(&get)), Ok(get));

    for (asked, expected) in [
        (
            "{}",
            "bad_request: missing_field: the message: `about` must be there",
        ),
        (
            r#"{"about":{"room":"1","reservation":"2"}}"#,
            "bad_request: invalid_reference: the message: about: must name the guest in exactly one way",
        ),
        (
            r#"{"about":{"guest":"Zhang"}}"#,
            "bad_request: invalid_id: about.guest: must be a guest's id",
        ),
    ] {
        let error = decode_request::<GetRequest>(asked.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn errors_come_back_from_their_headers() {
    for code in ErrorCode::ALL {
        let error = QueryError::new(code, "12 of 20 applied: ask again");
        assert_eq!(
            QueryError::from_header(code.number(), &error.to_string()),
            error
        );
    }
    assert_eq!(
        QueryError::from_header(418, "teapot").code,
        ErrorCode::Internal
    );
}

#[test]
fn every_stay_is_counted_once() {
    let mut counts = StatusCounts::default();
    counts.add(crate::words::Status::NoShow);
    counts.add(crate::words::Status::InHouse);
    assert_eq!((counts.total(), counts.no_show), (2, 1));
}

#[test]
fn cursors_come_back_from_their_text_and_nothing_else_is_one() {
    let cursor = Cursor {
        question: 7,
        state: u64::MAX,
        from: 4_096,
    };
    assert_eq!(cursor.to_string().parse(), Ok(cursor));
    let get = br#"{"about":{"room":"1"},"after":"0000000000000007-ffffffffffffffff-4096"}"#;
    let get: GetRequest = decode_request(get).unwrap();
    assert_eq!(get.after, Some(cursor));
    for text in [
        "",
        "7",
        "0000000000000007-ffffffffffffffff",
        "0000000000000007-ffffffffffffffff-04096",
        "0000000000000007-FFFFFFFFFFFFFFFF-4096",
        "0000000000000007-ffffffffffffffff-4096-",
        "+000000000000007-ffffffffffffffff-4096",
        "0000000000000007-ffffffffffffffff-4294967296",
    ] {
        assert_eq!(text.parse::<Cursor>(), Err(NoCursor), "{text}");
    }
}

#[test]
fn what_is_measured_is_what_is_written() {
    let list = ListRequest {
        limit: Some(3),
        ..ListRequest::default()
    };
    assert_eq!(encoded_len(&list), encode(&list).len());
}
