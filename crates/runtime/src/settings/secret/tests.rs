//! What file modes and contents make of a secret.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;

use super::{Secret, SecretError, SecretFile};

#[test]
fn secrets_are_read_by_mode_and_content() {
    type Outcome = fn(&Result<Secret, SecretError>) -> bool;
    let read: Outcome = |result| matches!(result, Ok(secret) if secret.expose() == "hunter2");
    let exposed: Outcome = |result| matches!(result, Err(SecretError::Exposed { .. }));
    let cases: [(&[u8], u32, Outcome); 10] = [
        (b"hunter2", 0o600, read),
        (b"  hunter2\r\n", 0o400, read),
        (b"hunter2\n", 0o440, read),
        (b"hunter2", 0o660, read),
        (b"hunter2", 0o644, exposed),
        (b"hunter2", 0o604, exposed),
        (b"hunter2", 0o602, exposed),
        (b" \n", 0o600, |result| {
            matches!(result, Err(SecretError::Empty { .. }))
        }),
        (b"hunter2\xff", 0o600, |result| {
            matches!(result, Err(SecretError::NotText { .. }))
        }),
        (&[b'x'; 70_000], 0o600, |result| {
            matches!(result, Err(SecretError::TooLarge { .. }))
        }),
    ];
    let dir = tempfile::tempdir().expect("a temporary directory");
    for (i, (content, mode, holds)) in cases.into_iter().enumerate() {
        let path = dir.path().join(i.to_string());
        std::fs::write(&path, content).expect("the file is written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))
            .expect("the mode is set");
        let result = SecretFile::new(&path).read();
        assert!(holds(&result), "case {i}, mode {mode:o}: {result:?}");
        assert!(
            !format!("{result:?}").contains("hunter2"),
            "a secret was printed"
        );
    }
    let missing = SecretFile::new(dir.path().join("missing")).read();
    assert!(
        matches!(missing, Err(SecretError::Read { .. })),
        "{missing:?}"
    );
}
