use super::*;

#[test]
fn the_server_floor_is_two_ten() {
    for (version, supported) in [
        ("2.9.10", false),
        ("2.9.25", false),
        ("1.4.1", false),
        ("garbled", false),
        ("2.10.0", true),
        ("v2.10.26", true),
        ("2.15.1-RC.1", true),
        ("3.0.0", true),
    ] {
        assert_eq!(server_is_supported(version), supported, "{version}");
    }
}

#[test]
fn replies_go_to_the_users_own_inbox() {
    let mut settings = BusSettings::default();
    assert_eq!(inbox_prefix(&settings), "_INBOX");
    settings.user = Some("dining".to_owned());
    assert_eq!(inbox_prefix(&settings), "_INBOX_dining");
    settings.inbox_prefix = Some("_R".to_owned());
    assert_eq!(inbox_prefix(&settings), "_R");
}
