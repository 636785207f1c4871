//! Boards through the life of a stay: every department is shown what is its own, each revision once, and every item
//! says where it comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use cardex_bus::streams::{EVENTS, PROMPTS, stream_ends};
use cardex_bus::{Begin, DurableListener, DurableSettings, Incoming};
use cardex_domain::event::{Body, CardChange, CardEvent, Event, GuestRef, OutcomeKind, StayChange};
use cardex_domain::evidence::EvidenceId;
use cardex_domain::ids::{NodeId, StayId};
use cardex_domain::time::Moment;
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::Playbook;
use cardex_wire::profile::EvidenceView;
use cardex_wire::query::{Affected, AffectedRequest, Explain, ExplainRequest, Get, GetRequest};
use cardex_wire::text::AsText;
use cardex_wire::words::{BoardState, ChangeKind, Phase};
use cardex_wire::{BoardMessage, BoardView, decode};

use crate::events::{
    PROPERTY, booked, checked_in, moved, now, outcome, reservation, retraction, room, seen, stay,
    stay_at,
};
use crate::harness::{DEADLINE, Desk, House, stay_id};

const MUDDY: &str = "mud_kit";

/// Every department that the playbook speaks to.
fn departments() -> impl Iterator<Item = &'static str> {
    let departments = Playbook::embedded().departments();
    departments.iter().map(|department| department.as_str())
}

fn board_of(message: &Incoming) -> BoardView {
    let read = BoardMessage::decode(&message.subject, &message.payload);
    read.unwrap().data
}

/// Every revision of every board on the bus.
async fn revisions(desk: &Desk) -> Vec<BoardView> {
    let messages = desk.everything(PROMPTS).await;
    messages.iter().map(board_of).collect()
}

/// Everything that was told of boards as events.
pub(crate) async fn cards(desk: &Desk) -> Vec<CardEvent> {
    let messages = desk.everything(EVENTS).await;
    let events = messages
        .iter()
        .filter(|message| {
            let is_hour = message.subject.ends_with(".card.hour");
            message.subject.contains(".card.") && !is_hour
        })
        .map(|message| {
            let content_type = message.headers.get("Content-Type");
            decode(&message.subject, content_type, &message.payload, now()).unwrap()
        });
    events
        .map(|event| match event.body {
            Body::Card(card) => card,
            other => panic!("no card event: {other:?}"),
        })
        .collect()
}

/// Checks that these departments have an item of this rule each on the board of the stay, in these words among others,
/// and all others have none.
async fn shows(
    desk: &Desk,
    number: &str,
    phase: Phase,
    room: Option<&str>,
    items: &[(&str, &str, &str)],
) {
    for department in departments() {
        let expected: Vec<_> = items.iter().filter(|(of, ..)| *of == department).collect();
        let Some(board) = desk.board(department, number).await else {
            assert!(expected.is_empty(), "{department} has no board");
            continue;
        };
        assert_eq!(board.items.len(), expected.len(), "{board:?}");
        for (item, (_, rule, words)) in board.items.iter().zip(expected) {
            assert_eq!(item.rule.0.as_str(), *rule);
            assert!(item.text.contains(words), "{}", item.text);
        }
        assert_eq!(board.phase, phase, "{department}");
        let shown = board.room.as_ref().map(|room| room.0.as_str());
        assert_eq!(shown, room, "{department}");
    }
}

/// What changed with the last revision of a board.
async fn changes(desk: &Desk, department: &str, number: &str) -> Vec<ChangeKind> {
    let board = desk.board(department, number).await.unwrap();
    board.changes.iter().map(|change| change.kind).collect()
}

/// Checks that card events tell of what came onto boards and was taken off them: all of it, once, and nothing else.
async fn card_events_match_the_boards(desk: &Desk) {
    let (boards, cards) = (revisions(desk).await, cards(desk).await);
    for (kind, change) in [
        (ChangeKind::Issued, CardChange::Issued),
        (ChangeKind::Withdrawn, CardChange::Withdrawn),
    ] {
        let mut shown = Vec::new();
        for board in &boards {
            let changes = board.changes.iter().filter(|change| change.kind == kind);
            shown.extend(changes.map(|change| {
                let (item, rule) = (change.item.0.clone(), change.rule.0.clone());
                let department = board.department.0.clone();
                (board.stay.0, department, board.revision, item, rule)
            }));
        }
        let mut told = Vec::new();
        for card in cards.iter().filter(|card| card.change == change) {
            told.extend(card.items.iter().map(|item| {
                let (id, rule) = (item.item.clone(), item.rule.clone());
                (card.stay, card.department.clone(), card.revision, id, rule)
            }));
        }
        shown.sort();
        told.sort();
        assert!(!shown.is_empty(), "nothing was {change:?}");
        assert_eq!(told, shown, "{change:?}");
    }
}

/// What the aggregator explains of a guest, by evidence.
async fn explained(desk: &Desk, stay: StayId) -> BTreeMap<EvidenceId, EvidenceView> {
    let question = ExplainRequest::of(GuestRef::Node(NodeId::Stay(stay)));
    let reply = desk.ask::<Explain>("engine", &question).await.unwrap();
    let evidence = reply.claims.into_iter().flat_map(|claim| claim.evidence);
    evidence
        .map(|explained| (explained.evidence.id.0, explained.evidence))
        .collect()
}

/// Checks that every item that was ever shown says where it comes from, and that the aggregator knows of it.
async fn items_explain_themselves(desk: &Desk) {
    let rules: BTreeSet<_> = Playbook::embedded().rules().map(|rule| &rule.id).collect();
    let mut items = 0;
    for board in revisions(desk).await {
        assert_eq!(board.playbook, Playbook::embedded().hash());
        assert_eq!(board.vocabulary, Vocabulary::embedded().hash());
        assert!(board.profile_sequence >= board.revision);
        let explained = explained(desk, board.stay.0).await;
        for item in board.items {
            items += 1;
            assert!(rules.contains(&item.rule.0), "{}", item.rule);
            assert!(item.since_revision <= board.revision);
            assert!(
                !item.reasons.is_empty() || item.occasion.is_some(),
                "{}",
                item.text
            );
            for reason in item.reasons {
                assert!(reason.confidence_ppm > 0, "{}", item.text);
                let rests_on = reason.evidence.iter().map(|id| &explained[&id.0]);
                let newest = rests_on.max_by_key(|e| e.observed_at.0).unwrap();
                assert_eq!(reason.learnt_at, newest.observed_at, "{}", item.text);
                assert_eq!(reason.learnt_property, newest.property, "{}", item.text);
                assert_eq!(reason.learnt_by, newest.department, "{}", item.text);
            }
        }
    }
    assert!(items > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_follow_the_stay() {
    let house = House::open().await;
    let desk = &house.desk;
    house.publish(&stay("R-1", booked("Chan"))).await;
    for (department, attribute, value) in [
        ("front_desk", "room.facing", "south"),
        ("floor", "amenity.fruit", "mango"),
        ("dining", "dining.cuisine", "sichuan"),
    ] {
        let noted = seen(department, reservation("R-1")).likes(attribute, value);
        house.publish(&noted.event()).await;
    }
    house.settled().await;
    let facing = ("front_desk", "facing", "Mr Chan a south-facing room");
    let fruit = ("floor", "fruit", "mangoes");
    shows(desk, "R-1", Phase::Reserved, None, &[facing, fruit]).await;

    house
        .publish(&stay("R-1", checked_in("1001", "Chan")))
        .await;
    house.settled().await;
    let fruit = ("floor", "fruit", "room 1001");
    let cuisine = ("dining", "cuisine", "Sichuan");
    let items = [facing, fruit, cuisine];
    shows(desk, "R-1", Phase::InHouse, Some("1001"), &items).await;
    assert_eq!(changes(desk, "floor", "R-1").await, [ChangeKind::Revised]);
    assert_eq!(changes(desk, "dining", "R-1").await, [ChangeKind::Issued]);
    assert!(desk.board("floor", "R-1").await.unwrap().alert);

    // Somebody else has seen it as well: one more reason for the same line is not worth a message.
    let before = desk.board("floor", "R-1").await.unwrap().revision;
    let also = seen("dining", reservation("R-1")).likes("amenity.fruit", "mango");
    house.publish(&also.event()).await;
    house.settled().await;
    shows(desk, "R-1", Phase::InHouse, Some("1001"), &items).await;
    let board = desk.board("floor", "R-1").await.unwrap();
    assert_eq!(board.revision, before);

    house.publish(&stay("R-1", moved("1203"))).await;
    house.settled().await;
    let fruit = ("floor", "fruit", "room 1203");
    let asked = ("guest_relations", "after-the-move", "room 1203");
    let items = [facing, fruit, cuisine, asked];
    shows(desk, "R-1", Phase::InHouse, Some("1203"), &items).await;
    assert_eq!(changes(desk, "floor", "R-1").await, [ChangeKind::Revised]);
    let board = desk.board("floor", "R-1").await.unwrap();
    assert_eq!(board.items[0].reasons[0].evidence.len(), 2);
    assert_eq!(board.items[0].reasons[0].learnt_by.0.as_str(), "dining");
    assert_eq!(changes(desk, "dining", "R-1").await, []);
    assert!(!desk.board("dining", "R-1").await.unwrap().alert);

    house
        .publish(&stay("R-1", StayChange::CheckInReversed))
        .await;
    house.settled().await;
    let items = [facing, fruit];
    shows(desk, "R-1", Phase::Reserved, Some("1203"), &items).await;
    assert_eq!(
        changes(desk, "dining", "R-1").await,
        [ChangeKind::Withdrawn]
    );

    house.publish(&stay("R-1", StayChange::Cancelled)).await;
    house.settled().await;
    shows(desk, "R-1", Phase::Over, Some("1203"), &[]).await;
    for department in ["front_desk", "floor", "dining"] {
        let board = desk.board(department, "R-1").await.unwrap();
        assert_eq!(board.state, BoardState::Closed, "{department}");
        assert_eq!(desk.open_boards(department).await, [], "{department}");
    }
    assert_eq!(changes(desk, "floor", "R-1").await, [ChangeKind::Withdrawn]);
    card_events_match_the_boards(desk).await;
    items_explain_themselves(desk).await;
}

fn muddy_shoes(number: &str) -> Event {
    seen("floor", room(number))
        .observed()
        .likes("amenity.shoe_care", MUDDY)
        .event()
}

#[tokio::test(flavor = "multi_thread")]
async fn news_of_a_guest_in_house_reaches_the_department_concerned_and_is_done_once() {
    let house = House::open().await;
    let desk = &house.desk;
    house
        .publish(&stay("R-1", checked_in("0807", "Chen")))
        .await;
    house.publish(&stay("R-2", checked_in("0808", "Lam"))).await;
    house.settled().await;
    assert_eq!(revisions(desk).await, [], "nothing is known of them");

    let news = house.publish(&muddy_shoes("0807")).await;
    house.settled().await;
    let told = revisions(desk).await;
    let [board] = &told[..] else {
        panic!("not one board: {told:?}")
    };
    assert_eq!(board.subject().to_string(), floor_of("R-1"));
    assert_eq!((board.revision, board.alert), (news, true));
    let [item] = &board.items[..] else {
        panic!("not one item: {board:?}")
    };
    assert_eq!(item.rule.0.as_str(), "shoe-kit");
    assert!(item.text.contains("Mr Chen") && item.text.contains("room 0807"));

    let item = &item.id.0;
    let done = outcome("floor", stay_id("R-1"), item, OutcomeKind::Done);
    house.publish(&done).await;
    house.settled().await;
    let board = desk.board("floor", "R-1").await.unwrap();
    assert_eq!((board.items.len(), board.alert), (0, false));
    assert_eq!(board.state, BoardState::Open);
    let [change] = &board.changes[..] else {
        panic!("not one change: {board:?}")
    };
    assert_eq!((&change.item.0, change.kind), (item, ChangeKind::Closed));

    // Neither the same sign again nor the next room brings it back.
    house.publish(&muddy_shoes("0807")).await;
    house.publish(&stay("R-1", moved("0901"))).await;
    house.publish(&muddy_shoes("0901")).await;
    house.settled().await;
    assert_eq!(desk.texts("floor", "R-1").await, Vec::<String>::new());
    let cards = cards(desk).await;
    let of_floor = cards
        .iter()
        .filter(|card| card.department.as_str() == "floor");
    let told: Vec<_> = of_floor.map(|card| card.change).collect();
    assert_eq!(told, [CardChange::Issued], "done is not withdrawn");
    let subjects = revisions(desk).await.into_iter();
    let subjects: BTreeSet<_> = subjects.map(|board| board.subject().to_string()).collect();
    let asked = floor_of("R-1").replace(".floor.", ".guest_relations.");
    assert_eq!(subjects, BTreeSet::from([floor_of("R-1"), asked]));
}

fn floor_of(number: &str) -> String {
    crate::harness::prompt("floor", number).to_string()
}

/// What is known of a guest of a busy house.
fn habits(number: &str) -> [Event; 4] {
    [
        ("front_desk", "room.facing", "south"),
        ("guest_relations", "health.hearing", "hard_of_hearing"),
        ("floor", "amenity.fruit", "mango"),
        ("dining", "allergy.food", "peanut"),
    ]
    .map(|(department, attribute, value)| {
        seen(department, reservation(number))
            .likes(attribute, value)
            .event()
    })
}

/// Makes a house with boards of every kind: revised, closed, acted on, with items taken back. Returns what it was told.
async fn busy(house: &House) -> Vec<Event> {
    let mut events = Vec::new();
    for number in ["R-1", "R-2", "R-3", "R-4"] {
        events.push(stay(number, booked("Chan")));
        events.extend(habits(number));
    }
    let mistaken = seen("dining", room("1002"))
        .likes("dining.cuisine", "cantonese")
        .event();
    let taken_back = retraction(&mistaken);
    events.extend([
        stay("R-1", checked_in("1001", "Chan")),
        stay("R-2", checked_in("1002", "Chan")),
        stay("R-3", StayChange::Cancelled),
        muddy_shoes("1001"),
        mistaken,
    ]);
    publish_all(house, &events).await;
    let item = &house.desk.board("floor", "R-1").await.unwrap().items[0];
    let later = [
        taken_back,
        stay("R-1", moved("1203")),
        outcome("floor", stay_id("R-1"), &item.id.0, OutcomeKind::Declined),
        stay("R-2", StayChange::CheckedOut),
    ];
    publish_all(house, &later).await;
    events.extend(later);
    events
}

async fn publish_all(house: &House, events: &[Event]) {
    for event in events {
        house.publish(event).await;
    }
    house.settled().await;
}

/// Every board ever published, as its readers got it.
async fn shown(desk: &Desk) -> Vec<(u64, String, Bytes)> {
    let messages = desk.everything(PROMPTS).await.into_iter();
    messages
        .map(|message| (message.stream_sequence, message.subject, message.payload))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_again_is_not_shown_again() {
    let house = House::open().await;
    let events = busy(&house).await;
    card_events_match_the_boards(&house.desk).await;
    items_explain_themselves(&house.desk).await;
    let before = shown(&house.desk).await;
    let end = stream_ends(&house.desk.bus, EVENTS).await.unwrap();

    // The publishers say everything once more, past the server's memory. (A listener that reads all of it anew is in
    // anew.rs.)
    for event in &events {
        house.desk.publish_again(event).await;
    }
    let last = end.last + events.len() as u64;
    house.listened_to(last);
    assert_eq!(house.settled().await, last, "nothing more is told");
    assert_eq!(shown(&house.desk).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_starts_late_has_every_current_board_at_once() {
    let house = House::open().await;
    busy(&house).await;
    for department in ["front_desk", "floor", "dining"] {
        let mut boards = last_of_each(&house.desk, department).await;
        assert_eq!(boards.len(), 4, "{department}");

        let mut late = late_starter(&house.desk, department).await;
        let mut delivered = Vec::new();
        for _ in &boards {
            delivered.push(next_board(&mut late).await);
        }
        delivered.sort_by_key(|board| board.stay.0);
        assert_eq!(delivered, boards);

        boards.retain(|board| board.state == BoardState::Open);
        assert_eq!(boards.len(), 2, "{department}");
        assert_eq!(house.desk.open_boards(department).await, boards);
        // And then what is new, with nothing old in between.
        let news = house.publish(&stay("R-4", booked(department))).await;
        assert_eq!(next_board(&mut late).await.revision, news);
    }
}

/// The current board of each stay, closed ones too, by stay.
async fn last_of_each(desk: &Desk, department: &str) -> Vec<BoardView> {
    desk.settled(0).await;
    let revisions = revisions(desk).await.into_iter();
    let own = revisions.filter(|board| board.department.0.as_str() == department);
    let current: BTreeMap<StayId, BoardView> = own.map(|board| (board.stay.0, board)).collect();
    current.into_values().collect()
}

async fn late_starter(desk: &Desk, department: &str) -> DurableListener {
    let settings = DurableSettings {
        stream: PROMPTS.into(),
        name: format!("late-{department}"),
        filter_subjects: vec![format!("cardex.{PROPERTY}.prompt.{department}.*")],
        ack_wait: Duration::from_secs(30),
        max_ack_pending: 100,
        begin: Begin::LastPerSubject,
    };
    DurableListener::open(&desk.bus, settings).await.unwrap()
}

async fn next_board(boards: &mut DurableListener) -> BoardView {
    let next = tokio::time::timeout(DEADLINE, boards.next()).await;
    let delivery = next.unwrap();
    let board = board_of(&delivery.incoming);
    delivery.ack().await;
    board
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_noticed_where_it_is_tomorrow_counts_where_it_is_yesterday() {
    let house = House::open().await;
    let (east, west) = (now_at(14 * 60), now_at(-12 * 60));
    house.publish(&stay_at("R-1", west, booked("Chan"))).await;
    let allergy = seen("dining", reservation("R-1")).likes("allergy.food", "peanut");
    house.publish(&allergy.at(east).event()).await;
    let arrived = stay_at("R-1", west, checked_in("1012", "Chan"));
    let sequence = house.publish(&arrived).await;
    house.settled().await;
    let board = house.desk.board("kitchen", "R-1").await.unwrap();
    assert_eq!(board.items.len(), 1, "{board:?}");
    let asked = AffectedRequest {
        sequence,
        event: AsText(arrived.key),
        after: None,
        only: None,
        at_least: None,
        wait_ms: None,
    };
    let reply = house.desk.ask::<Affected>("engine", &asked).await.unwrap();
    let today: Vec<_> = reply.affected.iter().map(|stay| stay.now.0.day()).collect();
    assert_eq!(today, [west.day()], "its own date is the hotel's");
    let asked = GetRequest::of(reservation("R-1"));
    let reply = house.desk.ask::<Get>("kitchen", &asked).await.unwrap();
    assert_eq!(reply.profile.attributes.len(), 1, "{:?}", reply.profile);
}

/// Now, by a clock of that many minutes ahead of UTC.
fn now_at(offset_minutes: i16) -> Moment {
    Moment {
        offset_minutes,
        ..now()
    }
}
