//! Whose turn it is to say something of a stay.

use cardex_domain::time::Day;
use futures::FutureExt as _;

use super::*;

/// The look at the stay for the event of this sequence, as of what the answer had reached.
fn look(trigger: u64, sequence: u64) -> Look {
    Look {
        property: PropertyId::new("grand").unwrap(),
        stay: StayId([1; 16]),
        event: EventKey([0; 16]),
        occasion: Occasion {
            trigger,
            occurred_at: Day(20_000).noon(),
            now: Day(20_000).noon(),
        },
        sequence,
    }
}

#[test]
fn who_knows_as_much_has_the_next_turn() {
    let looks = Looks::new();
    assert_eq!(looks.begin(&look(5, 9)), Turn::Next);
    assert_eq!(looks.begin(&look(5, 9)), Turn::Next, "it comes again");
    assert_eq!(looks.begin(&look(9, 9)), Turn::Next);
    let other = Look {
        stay: StayId([2; 16]),
        ..look(1, 1)
    };
    assert_eq!(looks.begin(&other), Turn::Next);
}

#[test]
fn who_knows_less_asks_again_and_who_comes_late_has_nothing_to_say() {
    let looks = Looks::new();
    assert_eq!(looks.begin(&look(5, 9)), Turn::Next);
    assert_eq!(looks.begin(&look(7, 8)), Turn::Behind { since: 9 });
    assert_eq!(looks.begin(&look(7, 9)), Turn::Next);
    assert_eq!(looks.begin(&look(6, 9)), Turn::Over);
    assert_eq!(looks.begin(&look(6, 20)), Turn::Over);
    assert_eq!(looks.begin(&look(8, 8)), Turn::Behind { since: 9 });
}

#[test]
fn what_another_published_for_less_is_looked_at_again() {
    let looks = Looks::new();
    let stay = look(7, 9).stay;
    looks.passed(stay, 3);
    assert!(!looks.knows(stay));
    assert_eq!(looks.next_again().now_or_never(), None);
    assert_eq!(looks.begin(&look(7, 9)), Turn::Next);
    assert!(looks.knows(stay));
    looks.passed(stay, 7);
    looks.passed(stay, 8);
    assert_eq!(looks.next_again().now_or_never(), None);
    looks.passed(stay, 6);
    looks.passed(stay, 5);
    assert_eq!(looks.next_again().now_or_never(), Some(look(7, 9)));
    assert_eq!(looks.next_again().now_or_never(), None, "once is enough");
    looks.passed(stay, 6);
    looks.forget();
    assert_eq!(looks.next_again().now_or_never(), None);
}
