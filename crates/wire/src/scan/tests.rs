use super::*;

fn code(text: &str) -> Option<RejectCode> {
    check(text).err().map(|reject| reject.code)
}

#[test]
fn nesting_is_bounded() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(code(&nested(DEPTH_MAX_LEVELS)), None);
    assert_eq!(
        code(&nested(DEPTH_MAX_LEVELS + 1)),
        Some(RejectCode::TooDeep)
    );
    assert_eq!(code(&"{\"a\":".repeat(9_000)), Some(RejectCode::TooDeep));
}

#[test]
fn a_name_stands_once_in_an_object() {
    assert_eq!(code(r#"{"a":1,"b":{"a":2},"c":[{"a":1},{"a":2}]}"#), None);
    assert_eq!(code(r#"{"a":1,"a":2}"#), Some(RejectCode::DuplicateKey));
    assert_eq!(
        code(r#"{"a":1,"\u0061":2}"#),
        Some(RejectCode::DuplicateKey)
    );
    assert_eq!(
        code(r#"{"x":[1,{"b":{},"c":[2,3],"b":"a"}]}"#),
        Some(RejectCode::DuplicateKey)
    );
    assert_eq!(code(r#"{"a":"a","b":"a,\"a\":"}"#), None);
}

#[test]
fn members_are_bounded() {
    let object = |members: usize| {
        let members: Vec<String> = (0..members).map(|i| format!("\"m{i}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert_eq!(code(&object(OBJECT_MAX_MEMBERS)), None);
    assert_eq!(
        code(&object(OBJECT_MAX_MEMBERS + 1)),
        Some(RejectCode::TooManyMembers)
    );
}

#[test]
fn what_is_not_json_is_passed_on_or_refused_but_never_panics() {
    assert_eq!(code("{\"a"), Some(RejectCode::MalformedJson));
    assert_eq!(code("{\"a\\"), Some(RejectCode::MalformedJson));
    assert_eq!(
        code("{\"a\\é\":1,\"\\x\":2}"),
        Some(RejectCode::MalformedJson)
    );
    assert_eq!(code("]]}},\"a\",{"), None);
}

#[test]
fn a_path_names_fields_but_repeats_no_strange_name() {
    let text = r#"{"data":{"statements":[{"value":"x"},{"value":7}]},"Zhang Wei":{"a":1}}"#;
    let at = |needle: &str| path_at(text, text.find(needle).unwrap() + needle.len(), "");
    assert_eq!(at("7"), "data.statements[1].value");
    assert_eq!(at("{\"a\":1"), "?.a");
    assert_eq!(path_at(text, 0, ""), "the message");
    assert_eq!(path_at("{}", 2, "data"), "data");
}
