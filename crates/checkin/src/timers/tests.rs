//! What is waited for, and what is said of it.

use cardex_bus::consume::Begin;
use cardex_bus::streams::{EVENTS, ensure_streams};
use cardex_bus::{DurableListener, DurableSettings};
use cardex_domain::board::{Board, BoardState, Item, Phase, Texts};
use cardex_domain::event::{Outcome, OutcomeKind, StayChange, StayEvent};
use cardex_domain::ids::{AppId, DepartmentId, InstallationKey, ItemId, PropertyId, RuleId};
use cardex_domain::time::{Day, Moment};
use cardex_testkit::TestServer;

use super::*;
use crate::service::DURABLE;

/// No wait of these tests is longer.
const DEADLINE: Duration = Duration::from_secs(30);
const HOUR_US: i64 = 3_600_000_000;

fn due(at: i64, name: &str) -> (Due, Unseen) {
    let property = PropertyId::new("macau").unwrap();
    let stay = InstallationKey::new([7; 32]).stay(&property, "R-1");
    let department = DepartmentId::new("floor").unwrap();
    let rule = RuleId::new(name).unwrap();
    let item = ItemId::of(stay, &department, &rule, &[]);
    let unseen = Unseen {
        property,
        stay,
        department,
        rule,
        since_revision: 7,
    };
    ((at, item), unseen)
}

#[test]
fn a_newer_board_takes_the_place_of_what_was_waited_for() {
    let mut waiting = Waiting::default();
    let (early, late) = (due(5, "early"), due(9, "late"));
    waiting.put("a", vec![late.clone(), early.clone()]);
    assert_eq!(waiting.first(), Some(early.clone()));
    waiting.said(&early.0);
    assert_eq!(waiting.first(), Some(late.clone()));
    let other = due(5, "other");
    waiting.put("b", vec![other.clone()]);
    waiting.put("a", Vec::new());
    assert_eq!(waiting.first(), Some(other));
    waiting.put("b", Vec::new());
    assert_eq!(waiting.first(), None);
    assert!(waiting.of.is_empty(), "nothing is left behind");
}

#[test]
fn whoever_says_it_says_the_same_and_of_another_coming_something_else() {
    let (at, unseen) = due(1_800_000_000_000_000, "flowers");
    let said = unseen.escalated(&at);
    assert_eq!(
        said.encode().unwrap().payload,
        unseen.escalated(&at).encode().unwrap().payload
    );
    let again = Unseen {
        since_revision: 8,
        ..unseen
    };
    assert_ne!(again.escalated(&at).id.as_str(), said.id.as_str());
}

async fn server() -> (TestServer, Bus) {
    let server = TestServer::start().await;
    let bus = server.connect().await;
    ensure_streams(&bus, 1).await.unwrap();
    drop(listener(&bus).await);
    (server, bus)
}

/// The one whose progress says what is heard.
async fn listener(bus: &Bus) -> DurableListener {
    let durable = DurableSettings {
        stream: EVENTS.to_owned(),
        name: DURABLE.to_owned(),
        filter_subjects: Vec::new(),
        ack_wait: DEADLINE,
        max_ack_pending: 1,
        begin: Begin::First,
    };
    DurableListener::open(bus, durable).await.unwrap()
}

/// Something happens at the hotel in which that waits.
async fn happens(bus: &Bus, of: &Unseen, body: Body) {
    let now = Day(20_777).noon();
    let app = matches!(body, Body::Outcome(_)).then(|| AppId::new("pad").unwrap());
    let draft = EventDraft {
        publisher: Publisher {
            property: Some(of.property.clone()),
            department: app.as_ref().map(|_| of.department.clone()),
            app,
        },
        id: EventId::derived(content_hash(format!("{body:?}").as_bytes())),
        source: "/test".to_owned(),
        time: now,
        on_behalf_of: None,
        body,
    };
    say(bus, &draft).await.unwrap();
}

/// Publishes a board of a stay of its own on which these wait.
async fn stands(bus: &Bus, waiting: &[&(Due, Unseen)]) {
    let (_, of) = waiting[0];
    let items = waiting.iter().map(|(due, unseen)| item(due, unseen));
    let board = Board {
        stay: of.stay,
        property: of.property.clone(),
        department: of.department.clone(),
        revision: of.since_revision,
        state: BoardState::Open,
        phase: Phase::InHouse,
        guest: "the guest".into(),
        guests: Texts::new(),
        room: None,
        sections: Default::default(),
        arrival: None,
        departure: None,
        items: items.collect(),
        changes: Vec::new(),
        alert: false,
        as_of: Day(0),
        profile_sequence: 0,
        playbook_hash: "".into(),
        vocabulary_hash: "".into(),
    };
    let message = BoardMessage::of(&board, 0, SOURCE, Day(0).noon()).encode();
    let (subject, payload) = (message.subject, Bytes::from(message.payload));
    let headers = content_type();
    let published = bus.publish(&subject, "board", payload, &headers).await;
    published.unwrap();
}

fn item((due_us, id): &Due, unseen: &Unseen) -> Item {
    let since = Moment {
        utc_micros: due_us - 1_000_000,
        offset_minutes: 0,
    };
    Item {
        id: id.clone(),
        rule: unseen.rule.clone(),
        category: "".into(),
        tier: 1,
        score: 1,
        ranking: None,
        text: "".into(),
        texts: Texts::new(),
        is_for_this_stay: false,
        occasion: None,
        reasons: Vec::new(),
        since_revision: unseen.since_revision,
        since: Some(since),
        freshness_hours: 1,
        acknowledge_seconds: Some(1),
        parked_since: None,
        acknowledged_at: None,
        escalated: false,
        escalated_from: None,
    }
}

/// When each item that was said to be due was, by the server's clock.
async fn said(bus: &Bus) -> Vec<i64> {
    let said = bus.all_stored(EVENTS, "cardex.*.card.escalated").await;
    said.unwrap()
        .iter()
        .map(|message| message.server_time_us)
        .collect()
}

#[tokio::test]
async fn what_is_due_is_said_once_whoever_says_it_and_what_is_not_is_waited_for() {
    let (_server, bus) = server().await;
    let clock = ServerClock::new(bus.clone());
    let now_us = clock.now_us().await.unwrap();
    let (late, soon) = (due(now_us - 1, "late"), due(now_us + HOUR_US, "soon"));
    stands(&bus, &[&late, &soon]).await;
    for _ in 0..2 {
        let timers = Timers::default();
        let waiting = vec![late.clone(), soon.clone()];
        timers.waiting.lock().put("a", waiting);
        let wait = timers.say_due(&bus, &clock).await.unwrap();
        assert_eq!(wait, LONGEST_WAIT, "no longer, though an hour is left");
        assert_eq!(timers.waiting.lock().first(), Some(soon.clone()));
        assert_eq!(said(&bus).await.len(), 1);
    }
}

#[tokio::test]
async fn what_stands_on_no_board_any_more_is_not_said() {
    let (_server, bus) = server().await;
    let clock = ServerClock::new(bus.clone());
    let now_us = clock.now_us().await.unwrap();
    stands(&bus, &[&due(now_us - 1, "other")]).await;
    let timers = Timers::default();
    let late = due(now_us - 1, "late");
    timers.waiting.lock().put("a", vec![late]);
    timers.say_due(&bus, &clock).await.unwrap();
    assert_eq!(timers.waiting.lock().first(), None);
    assert_eq!(said(&bus).await, Vec::<i64>::new());
}

#[tokio::test]
async fn what_becomes_due_is_said_then_and_not_before() {
    let (_server, bus) = server().await;
    let clock = ServerClock::new(bus.clone());
    let (timers, token) = (Timers::default(), CancellationToken::new());
    let running = timers.run(&bus, &clock, &token);
    let checking = async {
        // It comes while nothing is waited for, and then something that is due before it.
        let now_us = clock.now_us().await.unwrap();
        let (last, first) = (now_us + 400_000, now_us + 200_000);
        let waiting = [due(last, "a"), due(first, "b")];
        stands(&bus, &[&waiting[0], &waiting[1]]).await;
        for (subject, waits) in ["a", "b"].into_iter().zip(waiting) {
            timers.waiting.lock().put(subject, vec![waits]);
            timers.changed.notify_one();
        }
        while said(&bus).await.len() < 2 {
            tokio::task::yield_now().await;
        }
        let said = said(&bus).await;
        assert!(
            said[0] >= first && said[1] >= last,
            "{said:?}: {first} {last}"
        );
        token.cancel();
    };
    let both = async { tokio::join!(running, checking) };
    Box::pin(tokio::time::timeout(DEADLINE, both))
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_due_while_the_server_is_away_is_said_when_it_is_back() {
    let (mut server, bus) = server().await;
    let clock = ServerClock::new(bus.clone());
    let timers = Timers::default();
    let late = due(clock.now_us().await.unwrap(), "late");
    stands(&bus, &[&late]).await;
    timers.waiting.lock().put("a", vec![late.clone()]);
    server.kill9().await;
    let gone = ServerClock::new(bus.clone());
    assert!(matches!(
        timers.say_due(&bus, &gone).await,
        Err(TimerError::Clock(_))
    ));
    assert_eq!(timers.waiting.lock().first(), Some(late), "nothing is lost");
    server.restart().await;
    let said_then = async { while timers.say_due(&bus, &gone).await.is_err() {} };
    tokio::time::timeout(DEADLINE, said_then).await.unwrap();
    assert_eq!(said(&bus).await.len(), 1);
}

#[tokio::test]
async fn as_long_as_a_sign_is_unheard_nothing_is_said_and_then_what_nobody_answered_for() {
    let (_server, bus) = server().await;
    let clock = ServerClock::new(bus.clone());
    let now_us = clock.now_us().await.unwrap();
    let (seen, late) = (due(now_us - 2, "seen"), due(now_us - 1, "late"));
    stands(&bus, &[&seen, &late]).await;
    let timers = Timers::default();
    let both = vec![seen.clone(), late.clone()];
    timers.waiting.lock().put("a", both);
    let occurred_at = Day(20_777).noon();
    let sign = StayEvent {
        reservation: "R-1".into(),
        occurred_at,
        change: StayChange::DoNotDisturb,
    };
    happens(&bus, &seen.1, Body::Stay(sign)).await;
    for _ in 0..2 {
        let wait = timers.say_due(&bus, &clock).await.unwrap();
        assert_eq!(wait, SIGN_DELAY);
    }
    // Both come behind the sign, which is all that the listener has heard when it is looked again.
    for (item, outcome) in [
        (&seen.0.1, OutcomeKind::Acknowledged),
        (&late.0.1, OutcomeKind::Delivered),
    ] {
        let outcome = Outcome {
            stay: seen.1.stay,
            item: item.clone(),
            outcome,
            occurred_at,
            by: None,
            note: None,
        };
        happens(&bus, &seen.1, Body::Outcome(outcome)).await;
    }
    let mut listener = listener(&bus).await;
    listener.next().await.ack().await;
    let wait = async {
        loop {
            let wait = timers.say_due(&bus, &clock).await.unwrap();
            if wait != SIGN_DELAY {
                return wait;
            }
        }
    };
    let wait = tokio::time::timeout(DEADLINE, wait).await.unwrap();
    assert_eq!(wait, LONGEST_WAIT);
    assert_eq!(said(&bus).await.len(), 1, "of the one that nobody saw");
    assert_eq!(timers.waiting.lock().first(), None);
}
