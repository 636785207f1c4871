//! What somebody acted on is not said again by way of another rule.

use super::*;

#[test]
fn who_declined_what_was_known_to_please_is_not_asked_whether_it_would() {
    let vocabulary = vocabulary();
    let rule = |id: &str, verdict: &str| {
        let text = "Talk of { $interest-hobby }.";
        one_of(id, r#""interest.hobby""#, text).replace("\"prefers\"", verdict)
    };
    let playbook = playbook(
        &[rule("surely", "\"prefers\""), rule("perhaps", "\"hint\"")],
        &vocabulary,
    );
    let shown = |guest: &Guest, closed: &BTreeSet<ItemId>| {
        let boards = guest.boards(&playbook, &vocabulary, PREPARING, closed);
        let items = boards.into_iter().flat_map(|board| board.items);
        let items = items.map(|item| (item.rule.as_str().to_owned(), item.id));
        items.collect::<Vec<_>>()
    };
    let sure = shown(&booked(&[("interest.hobby", "golf")]), &BTreeSet::new());
    let mut guest = booked(&[]);
    guest.noticed(
        noon(day(4, 1), 0),
        Source::Observed,
        "interest.hobby",
        "golf",
        Polarity::For,
    );
    let doubtful = shown(&guest, &BTreeSet::new());
    let rules = |shown: &[(String, ItemId)]| shown[0].0.clone();
    assert_eq!(
        (rules(&sure), rules(&doubtful)),
        ("surely".into(), "perhaps".into())
    );
    let declined = BTreeSet::from([sure[0].1.clone()]);
    assert_eq!(shown(&guest, &declined), []);
    assert_eq!(shown(&booked(&[("interest.hobby", "golf")]), &declined), []);
}
