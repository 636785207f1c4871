use super::*;

fn read<const MAX: usize, const LINES: bool>(json: &str) -> Result<String, RejectCode> {
    serde_json::from_str::<Text<'_, MAX, LINES>>(json)
        .map(|text| text.as_str().to_owned())
        .map_err(|error| crate::Reject::of_json(&error, json, "").code)
}

#[test]
fn texts_are_normalised_and_counted_in_characters() {
    assert_eq!(read::<4, false>(r#""cafe\u0301""#), Ok("café".to_owned()));
    assert_eq!(read::<4, false>(r#""四川菜系""#), Ok("四川菜系".to_owned()));
    assert_eq!(
        read::<3, false>(r#""四川菜系""#),
        Err(RejectCode::TextTooLong)
    );
    assert_eq!(read::<3, false>(r#""abcd""#), Err(RejectCode::TextTooLong));
}

#[test]
fn characters_that_deceive_are_refused() {
    assert_eq!(
        read::<9, false>(r#""a\u0000b""#),
        Err(RejectCode::ControlCharacter)
    );
    assert_eq!(
        read::<9, false>(r#""a\nb""#),
        Err(RejectCode::ControlCharacter)
    );
    assert_eq!(read::<9, true>(r#""a\nb""#), Ok("a\nb".to_owned()));
    assert_eq!(
        read::<9, true>(r#""a\u0085b""#),
        Err(RejectCode::ControlCharacter)
    );
    assert_eq!(
        read::<9, true>(r#""a\u2028b""#),
        Err(RejectCode::ControlCharacter)
    );
    assert_eq!(
        read::<9, true>(r#""a\u202eb""#),
        Err(RejectCode::BidiCharacter)
    );
    assert_eq!(
        read::<9, true>(r#""a\u2066b""#),
        Err(RejectCode::BidiCharacter)
    );
}

#[test]
fn event_ids_have_one_spelling() {
    let ulid = EventId::parse("01arz3ndektsv4rrffq69g5fav").unwrap();
    assert_eq!(ulid.as_str(), "01ARZ3NDEKTSV4RRFFQ69G5FAV");
    let uuid = EventId::parse("F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6").unwrap();
    assert_eq!(uuid.as_str(), "f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
    for wrong in [
        "",
        "42",
        "81ARZ3NDEKTSV4RRFFQ69G5FAV",
        "01ARZ3NDEKTSV4RRFFQ69G5FAI",
    ] {
        assert_eq!(EventId::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn derived_ids_are_uuids_of_version_8() {
    let id = EventId::derived([0xff; 16]);
    assert_eq!(id.as_str(), "ffffffff-ffff-8fff-bfff-ffffffffffff");
    assert_eq!(EventId::parse(id.as_str()), Some(id));
}
