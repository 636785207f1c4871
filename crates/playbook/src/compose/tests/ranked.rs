//! What outcomes taught and what was shown before decides what comes first.

use cardex_domain::event::{Polarity, Source};
use cardex_domain::ids::RuleId;
use cardex_domain::lessons::Tally;

use super::*;

/// A rule that speaks of one hobby.
fn hobby(id: &str) -> String {
    let about = format!("\"interest.hobby={id}\"");
    one_of(id, &about, "Talk of { $interest-hobby }.")
}

/// A guest who likes two things that two equal rules speak of: `golf` comes before `chess` while nothing else is known.
fn two_hobbies() -> (Guest, Playbook, Vocabulary) {
    let vocabulary = vocabulary();
    let playbook = playbook(&[hobby("golf"), hobby("chess")], &vocabulary);
    let guest = booked(&[("interest.hobby", "golf"), ("interest.hobby", "chess")]);
    (guest, playbook, vocabulary)
}

fn rules_told((guest, playbook, vocabulary): &(Guest, Playbook, Vocabulary)) -> Vec<String> {
    let boards = guest.boards(playbook, vocabulary, PREPARING, &BTreeSet::new());
    let items = boards.iter().flat_map(|board| &board.items);
    items.map(|item| item.rule.to_string()).collect()
}

fn golf_was_shown(on: Day, declined: u32) -> Shown {
    Shown {
        department: DepartmentId::new("front_desk").unwrap(),
        rule: RuleId::new("golf").unwrap(),
        claims: vec![(AttributeId::new("interest.hobby").unwrap(), "golf".into())],
        last: noon(on, 0),
        declined,
    }
}

#[test]
fn what_was_shown_before_gives_way_to_what_was_not_until_there_is_news() {
    let mut told = two_hobbies();
    assert_eq!(rules_told(&told), ["golf", "chess"]);
    let shown_on = PREPARING.1.plus(-10);
    told.0.shown = vec![golf_was_shown(shown_on, 0)];
    assert_eq!(rules_told(&told), ["chess", "golf"]);
    let boards = told.0.boards(&told.1, &told.2, PREPARING, &BTreeSet::new());
    let ranking = boards[0].items[1].ranking.unwrap();
    assert_eq!(ranking.shown_days_ago, Some(10));
    told.0.noticed(
        noon(shown_on.plus(1), 0),
        Source::Observed,
        "interest.hobby",
        "golf",
        Polarity::For,
    );
    assert_eq!(rules_told(&told), ["golf", "chess"]);
    let other = |change: fn(&mut Shown)| {
        let mut shown = golf_was_shown(shown_on, 0);
        change(&mut shown);
        let mut told = two_hobbies();
        told.0.shown = vec![shown];
        rules_told(&told)
    };
    let elsewhere = other(|s| s.department = DepartmentId::new("floor").unwrap());
    assert_eq!(elsewhere, ["golf", "chess"]);
    let of_another_rule = other(|s| s.rule = RuleId::new("chess").unwrap());
    assert_eq!(of_another_rule, ["golf", "chess"]);
}

#[test]
fn what_the_guest_did_not_want_gives_way() {
    let mut told = two_hobbies();
    let long_ago = PREPARING.1.plus(-3_000);
    told.0.shown = vec![golf_was_shown(long_ago, 1)];
    assert_eq!(rules_told(&told), ["chess", "golf"]);
    let boards = told.0.boards(&told.1, &told.2, PREPARING, &BTreeSet::new());
    assert_eq!(boards[0].items[1].ranking.unwrap().declines, 1);
}

#[test]
fn what_staff_and_guests_turn_down_gives_way_and_goes() {
    let mut told = two_hobbies();
    let teach = |told: &mut (Guest, Playbook, Vocabulary), turned_down| {
        let (front_desk, golf) = (
            DepartmentId::new("front_desk").unwrap(),
            RuleId::new("golf").unwrap(),
        );
        let tally = Tally {
            taken_up: 0,
            turned_down,
        };
        told.0.lessons.learn(front_desk, golf, tally);
    };
    teach(&mut told, 4);
    assert_eq!(rules_told(&told), ["chess", "golf"]);
    teach(&mut told, 400);
    assert_eq!(rules_told(&told), ["chess"]);
}

#[test]
fn what_can_wait_gives_way() {
    let vocabulary = vocabulary();
    let patient = hobby("golf").replace("cost = 1", "cost = 1\nurgency = 99");
    let playbook = playbook(&[patient, hobby("chess")], &vocabulary);
    let guest = booked(&[("interest.hobby", "golf"), ("interest.hobby", "chess")]);
    assert_eq!(
        rules_told(&(guest, playbook, vocabulary)),
        ["chess", "golf"]
    );
}
