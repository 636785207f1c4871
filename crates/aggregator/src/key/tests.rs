//! The key is made once and read back; what is not a key is refused rather than used.

use super::load_or_make;

#[test]
fn a_missing_key_is_made_once_for_its_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys/installation.key");
    let made = load_or_make(&path).unwrap().fingerprint();
    assert_eq!(load_or_make(&path).unwrap().fingerprint(), made);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let other = dir.path().join("other.key");
    assert_ne!(load_or_make(&other).unwrap().fingerprint(), made);
}

#[test]
fn what_is_not_a_key_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("installation.key");
    let sixty_four = "0123456789abcdef".repeat(4);
    for (text, good) in [
        (sixty_four.as_str(), true),
        (&sixty_four[1..], false),
        (&sixty_four.replace('0', "g"), false),
        (&sixty_four.replace('0', "é")[..64], false),
    ] {
        std::fs::write(&path, text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let owner = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(&path, owner).unwrap();
        }
        assert_eq!(load_or_make(&path).is_ok(), good, "{text}");
    }
}
