//! What counts as news on a board, and what does not.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Board, BoardState, ChangeKind, Item, Phase, Reason, Texts};
use crate::evidence::EvidenceId;
use crate::ids::{
    AttributeId, DepartmentId, EventKey, ItemId, PropertyId, Room, RuleId, SectionId, StayId,
};
use crate::profile::Verdict;
use crate::stay::Status;
use crate::time::{Day, Moment};

const STAY: StayId = StayId([1; 16]);
const NOW: Moment = Moment {
    utc_micros: 1_000_000,
    offset_minutes: 0,
};

fn piece(of: u8) -> EvidenceId {
    EvidenceId {
        event: EventKey([of; 16]),
        statement: 0,
    }
}

fn item(rule: &str, text: &str, evidence: u8) -> Item {
    let department = DepartmentId::new("floor").expect("a department");
    let rule = RuleId::new(rule).expect("a rule");
    let reason = Reason {
        claim: (
            AttributeId::new("reading.topic").expect("an attribute"),
            "advertising".into(),
        ),
        visible: true,
        verdict: Verdict::Prefers,
        confidence_ppm: 600_000,
        evidence: vec![piece(evidence)],
        learnt_at: Moment {
            utc_micros: 0,
            offset_minutes: 0,
        },
        learnt_property: PropertyId::new("harbour").expect("a property"),
        learnt_by: department.clone(),
    };
    Item {
        id: ItemId::of(
            STAY,
            &department,
            &rule,
            &[("reading.topic", "advertising")],
        ),
        rule,
        category: "room".into(),
        tier: 1,
        score: 1_000_000,
        ranking: None,
        text: text.into(),
        texts: Texts::new(),
        is_for_this_stay: false,
        occasion: None,
        reasons: vec![reason],
        since_revision: 0,
        since: None,
        freshness_hours: 24,
        acknowledge_seconds: None,
        acknowledged_at: None,
        escalated: false,
        escalated_from: None,
        parked_since: None,
    }
}

fn board(revision: u64, items: Vec<Item>) -> Board {
    Board {
        stay: STAY,
        property: PropertyId::new("harbour").expect("a property"),
        department: DepartmentId::new("floor").expect("a department"),
        revision,
        state: BoardState::Open,
        phase: Phase::InHouse,
        guest: "Mr Zhuang".into(),
        guests: Texts::new(),
        room: Room::new("1012").ok(),
        sections: BTreeSet::new(),
        arrival: None,
        departure: None,
        items,
        changes: Vec::new(),
        alert: false,
        as_of: Day(20_000),
        profile_sequence: revision,
        playbook_hash: "p".into(),
        vocabulary_hash: "v".into(),
    }
}

fn changes(board: Option<Board>) -> Option<Vec<(String, ChangeKind)>> {
    board.map(|b| {
        b.changes
            .iter()
            .map(|c| (c.rule.to_string(), c.kind))
            .collect()
    })
}

#[test]
fn nothing_is_repeated_without_news() {
    let first = board(7, vec![item("papers", "Lay out the papers.", 1)]).settle(
        None,
        &[],
        Status::InHouse,
        NOW,
    );
    let first = first.expect("a first board with an item is news");
    assert_eq!(first.items[0].since_revision, 7);
    let mut better = item("papers", "Lay out the papers.", 1);
    (better.score, better.reasons[0].confidence_ppm) = (9, 700_000);
    assert_eq!(
        board(9, vec![better]).settle(Some(&first), &[], Status::InHouse, NOW),
        None,
        "figures are not news"
    );
    assert_eq!(
        board(9, Vec::new()).settle(None, &[], Status::InHouse, NOW),
        None,
        "an empty first board is not news"
    );
    let seen_again = |evidence: &[u8]| {
        let mut again = item("papers", "Lay out the papers.", 1);
        again.reasons[0].evidence = evidence.iter().map(|of| piece(*of)).collect();
        board(9, vec![again]).settle(Some(&first), &[], Status::InHouse, NOW)
    };
    assert_eq!(
        seen_again(&[1, 2]),
        None,
        "more evidence for a line is not news"
    );
    assert_eq!(
        seen_again(&[2, 3, 4, 5, 6, 7, 8, 9]),
        None,
        "older evidence gives way where no more is named"
    );
    assert_eq!(
        changes(seen_again(&[2, 3])),
        Some(vec![("papers".into(), ChangeKind::Revised)]),
        "a reason that holds no longer is news"
    );
}

#[test]
fn every_difference_a_reader_sees_is_named() {
    use ChangeKind::{Closed, Expired, Issued, Revised, Withdrawn};
    let before = board(7, vec![item("papers", "Lay out the papers.", 1)]).settle(
        None,
        &[],
        Status::InHouse,
        NOW,
    );
    let before = before.expect("news");
    let papers = before.items[0].id.clone();
    let gone = |items, closed: &[ItemId], status| {
        changes(board(9, items).settle(Some(&before), closed, status, NOW))
    };
    let named = |items, closed: &[ItemId]| gone(items, closed, Status::InHouse);
    let kit = || item("shoe-kit", "Put the kit out.", 2);
    let old = || item("papers", "Lay out the papers.", 1);
    assert_eq!(
        named(vec![old(), kit()], &[]),
        Some(vec![("shoe-kit".into(), Issued)])
    );
    assert_eq!(
        named(vec![item("papers", "Lay them out.", 1)], &[]),
        Some(vec![("papers".into(), Revised)])
    );
    assert_eq!(
        named(vec![item("papers", "Lay out the papers.", 3)], &[]),
        Some(vec![("papers".into(), Revised)])
    );
    assert_eq!(
        named(Vec::new(), &[]),
        Some(vec![("papers".into(), Withdrawn)])
    );
    for (status, kind) in [
        (Status::CheckedOut, Expired),
        (Status::Cancelled, Withdrawn),
        (Status::NoShow, Withdrawn),
    ] {
        let left = gone(Vec::new(), &[], status);
        assert_eq!(left, Some(vec![("papers".into(), kind)]));
    }
    for status in [Status::InHouse, Status::CheckedOut] {
        let acted = gone(Vec::new(), std::slice::from_ref(&papers), status);
        assert_eq!(acted, Some(vec![("papers".into(), Closed)]));
    }
    let revised = board(9, vec![kit(), old()])
        .settle(Some(&before), &[], Status::InHouse, NOW)
        .expect("news");
    assert_eq!(
        revised
            .items
            .iter()
            .map(|i| i.since_revision)
            .collect::<Vec<_>>(),
        [9, 7]
    );
}

#[test]
fn a_board_follows_the_guest_to_another_room() {
    let before = board(7, vec![item("papers", "Lay out the papers.", 1)]).settle(
        None,
        &[],
        Status::InHouse,
        NOW,
    );
    let mut moved = board(9, vec![item("papers", "Lay out the papers.", 1)]);
    moved.room = Room::new("1120").ok();
    assert_eq!(
        changes(moved.settle(before.as_ref(), &[], Status::InHouse, NOW)),
        Some(Vec::new())
    );
    let mut routed = board(9, vec![item("papers", "Lay out the papers.", 1)]);
    routed.sections.extend("tenth".parse::<SectionId>());
    assert_eq!(
        changes(routed.settle(before.as_ref(), &[], Status::InHouse, NOW)),
        Some(Vec::new()),
        "other people read it now"
    );
}

#[test]
fn another_wording_in_any_language_is_news_and_another_language_is_not() {
    let said = |zh: &[(&str, &str)]| {
        let mut papers = item("papers", "Lay out the papers.", 1);
        let texts = [("en", "Lay out the papers.")].iter().chain(zh);
        papers.texts = texts
            .map(|(tag, text)| ((*tag).into(), (*text).into()))
            .collect();
        board(9, vec![papers])
    };
    let settled =
        |now: Board, before: &Board| changes(now.settle(Some(before), &[], Status::InHouse, NOW));
    let english = Board {
        revision: 7,
        ..said(&[])
    };
    let both = Board {
        revision: 8,
        ..said(&[("zh-Hans", "摆好报纸。")])
    };
    assert_eq!(settled(said(&[("zh-Hans", "摆好报纸。")]), &english), None);
    let revised = Some(vec![("papers".to_owned(), ChangeKind::Revised)]);
    assert_eq!(settled(said(&[("zh-Hans", "放好报纸。")]), &both), revised);
    assert_eq!(settled(said(&[]), &both), revised, "a language is gone");
    let mut renamed = said(&[("zh-Hans", "摆好报纸。")]);
    renamed.guests = Texts::from([("zh-Hans".into(), "庄先生".into())]);
    assert_eq!(settled(renamed.clone(), &both), None);
    let before = Board {
        revision: 8,
        ..renamed.clone()
    };
    renamed.guests = Texts::from([("zh-Hans".into(), "林先生".into())]);
    assert_eq!(settled(renamed, &before), Some(Vec::new()));
}

#[test]
fn a_line_that_waits_is_news_once_and_once_it_does_not_it_begins_anew() {
    let line = |parked_since| {
        let mut item = item("papers", "Lay out the papers.", 1);
        (item.acknowledge_seconds, item.parked_since) = (Some(60), parked_since);
        vec![item]
    };
    let after = |seconds| NOW.plus(Duration::from_secs(seconds));
    let settle = |before: Option<&Board>, parked_since, seconds| {
        let board = board(7 + seconds, line(parked_since));
        board.settle(before, &[], Status::InHouse, after(seconds))
    };
    let stands = |board: &Board| {
        let item = &board.items[0];
        let kinds: Vec<_> = board.changes.iter().map(|change| change.kind).collect();
        (
            kinds,
            item.since,
            item.since_revision,
            item.acknowledge_by(),
        )
    };
    let first = settle(None, None, 0).expect("news");
    let parked = settle(Some(&first), Some(NOW), 20).expect("it waits");
    let revised = || vec![ChangeKind::Revised];
    assert_eq!(stands(&parked), (revised(), Some(NOW), 7, None));
    // Another word of the same sign says nothing new.
    assert_eq!(settle(Some(&parked), Some(after(5)), 30), None);
    let released = settle(Some(&parked), None, 90).expect("it waits no longer");
    let anew = (Some(after(90)), 97, Some(after(150)));
    assert_eq!(stands(&released), (revised(), anew.0, anew.1, anew.2));
    assert_eq!(settle(Some(&released), None, 100), None);
    // What comes while the sign hangs waits from the first.
    let came = settle(None, Some(NOW), 10).expect("news");
    assert_eq!(
        stands(&came),
        (vec![ChangeKind::Issued], Some(after(10)), 17, None)
    );
}

#[test]
fn who_has_seen_a_line_is_news_and_when_it_came_is_kept() {
    let waits = |seen: Option<Moment>, escalated| {
        let mut item = item("papers", "Lay out the papers.", 1);
        item.acknowledge_seconds = Some(60);
        (item.acknowledged_at, item.escalated) = (seen, escalated);
        vec![item]
    };
    let first = board(7, waits(None, false)).settle(None, &[], Status::InHouse, NOW);
    let first = first.expect("a first board with an item is news");
    let (came, by) = (NOW, NOW.plus(Duration::from_secs(60)));
    assert_eq!(first.items[0].since, Some(came));
    assert_eq!(first.items[0].acknowledge_by(), Some(by));
    let later = NOW.plus(Duration::from_secs(90));
    let settled = |items| board(9, items).settle(Some(&first), &[], Status::InHouse, later);
    assert_eq!(settled(waits(None, false)), None);
    for (seen, escalated) in [(None, true), (Some(later), false)] {
        let news = settled(waits(seen, escalated)).expect("somebody has seen it, or nobody has");
        assert_eq!(news.changes[0].kind, ChangeKind::Revised);
        assert_eq!(
            news.items[0].since,
            Some(came),
            "it stood there all the time"
        );
        assert_eq!(
            news.items[0].acknowledge_by(),
            None,
            "nobody waits any more"
        );
    }
}
