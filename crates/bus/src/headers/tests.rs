use super::*;

#[test]
fn names_are_found_without_case() {
    let headers = Headers::new().with("content-TYPE", "a").unwrap();
    assert_eq!(headers.get("Content-Type"), Some("a"));
    assert_eq!(
        Headers::from_map(Some(&headers.to_map())).get("CONTENT-type"),
        Some("a")
    );
}

#[test]
fn what_would_break_the_framing_is_refused() {
    for (name, value) in [
        ("", "v"),
        ("a b", "v"),
        ("a:b", "v"),
        ("a\r", "v"),
        ("a", "v\nb: c"),
    ] {
        assert_eq!(
            Headers::new().with(name, value),
            Err(HeaderError),
            "{name:?}: {value:?}"
        );
    }
}
