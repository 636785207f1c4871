use cardex_domain::board::Ranking;

use super::*;

fn moment() -> Moment {
    crate::time::read_moment("2026-11-20T15:00:00+08:00").unwrap()
}

fn texts(texts: &[(&str, &str)]) -> domain::Texts {
    let texts = texts.iter();
    texts
        .map(|(tag, text)| ((*tag).into(), (*text).into()))
        .collect()
}

fn board() -> domain::Board {
    let stay = StayId([1; 16]);
    let department = DepartmentId::new("front_desk").unwrap();
    let rule = RuleId::new("speak_clearly").unwrap();
    let reason = |attribute: &str, visible| domain::Reason {
        claim: (AttributeId::new(attribute).unwrap(), "value-of-it".into()),
        visible,
        verdict: cardex_domain::profile::Verdict::Prefers,
        confidence_ppm: 750_000,
        evidence: vec![EvidenceId {
            event: EventKey([9; 16]),
            statement: 2,
        }],
        learnt_at: moment(),
        learnt_property: PropertyId::new("macau").unwrap(),
        learnt_by: DepartmentId::new("dining").unwrap(),
    };
    let item = |name: &str, visible| domain::Item {
        id: ItemId::of(stay, &department, &rule, &[(name, "value-of-it")]),
        rule: rule.clone(),
        category: "communication".into(),
        tier: 1,
        score: 1_250_000,
        ranking: Some(Ranking {
            probability_ppm: 812_500,
            tally: Tally {
                taken_up: 12,
                turned_down: 5,
            },
            benefit: 3,
            cost: 1,
            urgency_percent: 50,
            shown_days_ago: Some(40),
            declines: 1,
        }),
        text: "说话清楚,面对客人".into(),
        texts: texts(&[
            ("en", "Speak clearly and face the guest."),
            ("zh-Hans", "说话清楚,面对客人"),
        ]),
        is_for_this_stay: visible,
        occasion: visible.then(|| domain::Occasion {
            name: "dinner".into(),
            until: Some(moment()),
        }),
        reasons: vec![reason(name, visible)],
        since_revision: 40,
        since: Some(moment()),
        freshness_hours: 24,
        acknowledge_seconds: Some(600),
        acknowledged_at: visible.then(moment),
        escalated: !visible,
        escalated_from: DepartmentId::new("floor").ok().filter(|_| visible),
        parked_since: visible.then(moment),
    };
    let items = vec![item("room.facing", true), item("health.hearing", false)];
    let change = |item: &domain::Item, kind| domain::Change {
        item: item.id.clone(),
        kind,
        rule: rule.clone(),
        claims: item.claims(),
    };
    domain::Board {
        stay,
        property: PropertyId::new("macau").unwrap(),
        department: department.clone(),
        revision: 41,
        state: domain::BoardState::Open,
        phase: domain::Phase::InHouse,
        guest: "庄先生".into(),
        guests: texts(&[("en", "Mr Zhuang"), ("zh-Hans", "庄先生")]),
        room: Room::new("1012").ok(),
        sections: ["night", "tenth"]
            .map(|id| SectionId::new(id).unwrap())
            .into(),
        arrival: "2026-11-20".parse().ok(),
        departure: None,
        changes: vec![
            change(&items[0], domain::ChangeKind::Issued),
            change(&items[1], domain::ChangeKind::Revised),
        ],
        items,
        alert: true,
        as_of: "2026-11-20".parse().unwrap(),
        profile_sequence: 41,
        playbook_hash: "ab".into(),
        vocabulary_hash: "cd".into(),
    }
}

fn message() -> Message {
    BoardMessage::of(&board(), 12, "/cardex/checkin", moment()).encode()
}

#[test]
fn a_board_comes_back_but_for_what_its_department_may_not_see() {
    let message = message();
    assert!(!String::from_utf8_lossy(&message.payload).contains("health"));
    let read = BoardMessage::decode(&message.subject, &message.payload).unwrap();
    assert_eq!(read.data.previous, 12);
    let mut expected = board();
    let hidden = (AttributeId::new(HIDDEN_ATTRIBUTE).unwrap(), "".into());
    expected.items[1].reasons[0].claim = hidden;
    expected.changes[1].claims = expected.items[1].claims();
    assert_eq!(read.data.to_board(), expected);
}

#[test]
fn the_same_revision_has_the_same_message_id() {
    let later = crate::time::read_moment("2026-11-20T15:00:05+08:00").unwrap();
    let again = BoardMessage::of(&board(), 12, "/cardex/checkin", later).encode();
    assert_eq!(message().msg_id, again.msg_id);
}

#[test]
fn a_board_on_another_subject_is_refused() {
    let message = message();
    let other = message.subject.replace("front_desk", "floor");
    let code = BoardMessage::decode(&other, &message.payload)
        .unwrap_err()
        .code;
    assert_eq!(code, RejectCode::SubjectMismatch);
    let code = BoardMessage::decode(&message.subject, b"+ACK")
        .unwrap_err()
        .code;
    assert_eq!(code, RejectCode::MalformedJson);
}
