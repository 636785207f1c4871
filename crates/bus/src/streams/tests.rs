use super::*;

#[test]
fn no_stream_may_drop_what_was_acknowledged() {
    for declaration in &DECLARATIONS {
        let config = declaration.config(1, true);
        assert_eq!(config.discard, DiscardPolicy::New, "{}", config.name);
        assert!(config.deny_purge, "{}", config.name);
        assert_eq!(
            (config.max_bytes, config.max_messages),
            (-1, -1),
            "{}",
            config.name
        );
    }
    assert_eq!(DECLARATIONS[0].config(1, true).max_age, Duration::ZERO);
}

#[test]
fn every_difference_is_named_with_both_values() {
    let want = DECLARATIONS[0].config(1, true);
    let mut have = want.clone();
    assert_eq!(compare(&have, &want), []);
    have.max_messages = 5;
    have.deny_purge = false;
    let differences = compare(&have, &want);
    let named: Vec<_> = differences
        .iter()
        .map(|d| (d.field, &*d.have, &*d.want))
        .collect();
    assert_eq!(
        named,
        [("max_msgs", "5", "-1"), ("deny_purge", "false", "true")]
    );
}
