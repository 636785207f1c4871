use super::is_final;

#[test]
fn only_what_will_never_be_taken_is_given_up() {
    for (status, number, expected) in [
        // The message is too large; the stream is sealed.
        (400, 10054, true),
        (400, 10109, true),
        // An earlier attempt is still being stored; too much is under way.
        (409, 10158, false),
        (429, 10167, false),
        // No leader, or no room on the disk.
        (503, 10008, false),
        (503, 10077, false),
    ] {
        assert_eq!(is_final(status, number), expected, "{number}");
    }
}
