use super::*;
use crate::token::{TOKEN_BYTES, Token};

fn client(name: &str, department: &str, token: &Token) -> String {
    let hash = token.hash();
    format!(
        "[[client]]\nname = \"{name}\"\nproperty = \"macau\"\ndepartment = \"{department}\"\napp = \"vendor\"\n\
         token_sha256 = \"{hash}\"\n"
    )
}

fn read(text: &str) -> Result<Vendors, VendorsError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    Vendors::read(file.path())
}

/// The error with what caused it.
fn fault(text: &str) -> String {
    let error = read(text).unwrap_err();
    let source = std::error::Error::source(&error).map(ToString::to_string);
    format!("{error}: {}", source.unwrap_or_default())
}

#[test]
fn a_token_opens_its_own_department_and_no_other() {
    let [desk, floor] = [1, 2].map(|byte| Token::of([byte; TOKEN_BYTES]));
    let text = client("desk", "front_desk", &desk) + &client("floor", "floor", &floor);
    let vendors = read(&text).unwrap();
    let department = |token: &str| {
        vendors
            .client_of(token)
            .map(|client| client.department.to_string())
    };
    assert_eq!(department(desk.expose()).as_deref(), Some("front_desk"));
    assert_eq!(department(floor.expose()).as_deref(), Some("floor"));
    let unknown = Token::of([3; TOKEN_BYTES]);
    for wrong in ["", unknown.expose(), &desk.hash().to_string()] {
        assert_eq!(department(wrong), None, "{wrong}");
    }
}

#[test]
fn faults_are_named_with_their_place() {
    let token = Token::of([1; TOKEN_BYTES]);
    let good = client("desk", "front_desk", &token);
    for (text, says) in [
        (good.replace("macau", "Macau"), "must be 1 to 64"),
        (good.replace("app =", "apps ="), "unknown field `apps`"),
        (
            good.replace("token_sha256 = \"", "token_sha256 = \"x"),
            "64 hexadecimal digits",
        ),
        (
            good.clone() + &client("desk", "floor", &Token::of([2; TOKEN_BYTES])),
            "are called desk",
        ),
        (
            good.clone() + &client("floor", "floor", &token),
            "desk and floor have the same token",
        ),
    ] {
        let fault = fault(&text);
        assert!(fault.contains(says), "{fault}");
    }
    assert!(fault(&good.replace("macau", "Macau")).contains("line 3"));
}
