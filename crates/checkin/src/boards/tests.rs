//! Events of one stay that are worked off at once, in any order and by two listeners: the board that stands in the end is
//! that of the last.

mod news;

use std::time::Duration;

use cardex_bus::streams::ensure_streams;
use cardex_domain::fact::Fact;
use cardex_domain::identity::DenyList;
use cardex_domain::ids::{DepartmentId, InstallationKey, NodeId, PropertyId, StayId};
use cardex_domain::ledger::Ledger;
use cardex_domain::profile::{Occasion as Of, profile_of};
use cardex_domain::records::Records as _;
use cardex_domain::settings::Settings;
use cardex_domain::vocabulary::Vocabulary;
use cardex_runtime::health::Health;
use cardex_testkit::TestServer;
use cardex_wire::decode;

use super::*;
use crate::rules::RuleBook;

/// No wait of these tests is longer.
const DEADLINE: Duration = Duration::from_secs(30);
const PROPERTY: &str = "macau";
const RESERVATION: &str = "R-1";
const KEY: [u8; 32] = [7; 32];

/// A guest with an allergy, in house.
const IN_HOUSE: [(&str, &str); 2] = [
    (
        "observation.dining.pos.recorded",
        r#""about": {"reservation": "R-1"}, "observed_at": "2026-11-20T14:00:00+08:00", "how": "stated",
           "statements": [{"attribute": "allergy.food", "value": "peanut"}]"#,
    ),
    (
        "stay.checked_in",
        r#""occurred_at": "2026-11-20T15:00:00+08:00", "reservation": "R-1", "room": "1012",
           "booking": {"departure": "2026-11-25"}"#,
    ),
];
/// And gone.
const GONE_AGAIN: (&str, &str) = (
    "stay.checked_out",
    r#""occurred_at": "2026-11-20T16:00:00+08:00", "reservation": "R-1""#,
);
/// Which was a mistake.
const BACK: (&str, &str) = (
    "stay.checked_in",
    r#""occurred_at": "2026-11-20T16:30:00+08:00", "reservation": "R-1", "room": "1012""#,
);

/// The time at which everything is looked at: the evening of 2026-11-20.
fn now() -> Moment {
    Moment {
        offset_minutes: 480,
        ..Day(20_777).noon()
    }
}

/// What is known once this was published, as the answer of that sequence.
fn answer(sequence: u64, published: &[(&str, &str)]) -> Answer {
    let mut ledger = Ledger::default();
    for (place, (event, data)) in published.iter().enumerate() {
        let kind = match event.split_once('.') {
            Some(("observation", _)) => "observation.recorded",
            _ => event,
        };
        let payload = format!(
            r#"{{"specversion": "1.0", "id": "01JD00000000000000000000{place:02}", "source": "/pms",
                "type": "cardex.{kind}.v1", "time": "2026-11-20T16:30:00+08:00", "data": {{{data}}}}}"#
        );
        let subject = format!("cardex.{PROPERTY}.{}", event.trim_end_matches(".recorded"));
        let event = decode(&subject, None, payload.as_bytes(), now()).unwrap();
        let fact = Fact::of(&event, &InstallationKey::new(KEY)).unwrap();
        ledger.record(event.key, fact);
    }
    let Ok(stay) = ledger.stay(stay());
    let (stay, deny) = (stay.unwrap(), DenyList::default());
    let of = Of {
        property: stay.property.clone(),
        stay: Some(stay.id),
        as_of: now().day(),
    };
    let settings = Settings::new(&deny, Vocabulary::embedded());
    let Ok(profile) = profile_of(&ledger, &settings, NodeId::Stay(stay.id), &of);
    Answer {
        sequence,
        vocabulary: Vocabulary::embedded().hash().to_owned(),
        playbook: None,
        as_of: now().day(),
        lessons: Arc::default(),
        situations: vec![Situation {
            stay: (*stay).clone(),
            now: now(),
            profile,
            earlier_stays: 0,
            closed: Default::default(),
            acknowledged: Default::default(),
            wrong: Default::default(),
            escalated: Default::default(),
            shown: Vec::new(),
        }],
        next: None,
    }
}

fn stay() -> StayId {
    let property = PropertyId::new(PROPERTY).unwrap();
    InstallationKey::new(KEY).stay(&property, RESERVATION)
}

fn in_house(sequence: u64) -> Answer {
    answer(sequence, &IN_HOUSE)
}

fn out(sequence: u64) -> Answer {
    let [noted, arrived] = IN_HOUSE;
    answer(sequence, &[noted, arrived, GONE_AGAIN])
}

fn back(sequence: u64) -> Answer {
    let [noted, arrived] = IN_HOUSE;
    answer(sequence, &[noted, arrived, GONE_AGAIN, BACK])
}

/// A listener that is given answers by hand.
struct Desk {
    publisher: Arc<Publisher>,
    rules: Arc<Rules>,
    stop: CancellationToken,
}

impl Desk {
    async fn open(bus: &Bus) -> Self {
        let health = Health::default();
        let meters = Meters::new(&health.metrics);
        let fits = health.readiness.condition("playbook");
        let rules = RuleBook::open(bus.clone(), None, meters.refused.clone(), fits).unwrap();
        let clock = ServerClock::new(bus.clone());
        let publisher = Publisher::new(bus.clone(), clock, meters, Languages::default());
        let (publisher, stop) = (Arc::new(publisher), CancellationToken::new());
        let (following, until) = (Arc::clone(&publisher), stop.clone());
        tokio::spawn(async move { following.follow(&until).await });
        Self {
            publisher,
            rules: rules.current().await,
            stop,
        }
    }

    /// Works off the event of this sequence with that answer.
    async fn hears(&self, trigger: u64, answer: &Answer) -> Result<(), BoardError> {
        let occasion = Occasion {
            trigger,
            occurred_at: now(),
            now: now(),
        };
        let of = (EventKey([0; 16]), occasion);
        self.publisher
            .bring_up_to_date(&self.rules, answer, &answer.situations[0], of)
            .await
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The kitchen's board: its revision, and whether it is open.
async fn stands(bus: &Bus) -> (u64, bool) {
    let subject = PromptSubject {
        property: PropertyId::new(PROPERTY).unwrap(),
        department: DepartmentId::new("kitchen").unwrap(),
        stay: stay(),
    };
    let subject = subject.to_string();
    let stored = bus.last_for_subject(streams::PROMPTS, &subject).await;
    let stored = stored.unwrap().unwrap();
    let board = BoardMessage::decode(&subject, &stored.payload).unwrap();
    let board = board.data.to_board();
    (board.revision, board.state == BoardState::Open)
}

async fn server() -> (TestServer, Bus) {
    let server = TestServer::start().await;
    let bus = server.connect().await;
    ensure_streams(&bus, 1).await.unwrap();
    (server, bus)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_answer_never_takes_the_place_of_a_newer() {
    let (_server, bus) = server().await;
    let desk = Desk::open(&bus).await;
    desk.hears(20, &in_house(20)).await.unwrap();
    assert_eq!(stands(&bus).await, (20, true));
    desk.hears(25, &out(30)).await.unwrap();
    assert_eq!(stands(&bus).await, (25, false));
    let behind = desk.hears(28, &in_house(28)).await;
    assert!(matches!(behind, Err(BoardError::Behind { since: 30 })));
    desk.hears(30, &out(30)).await.unwrap();
    desk.hears(28, &in_house(28)).await.unwrap();
    assert_eq!(stands(&bus).await, (25, false), "nobody is told more");
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_does_that_of_another_listener() {
    let (_server, bus) = server().await;
    let (desk, other) = (Desk::open(&bus).await, Desk::open(&bus).await);
    desk.hears(25, &in_house(30)).await.unwrap();
    let behind = other.hears(28, &out(28)).await;
    assert!(matches!(behind, Err(BoardError::Behind { since: 30 })));
    assert_eq!(stands(&bus).await, (25, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_no_news_is_looked_at_again_once_another_listener_published_less() {
    let (_server, bus) = server().await;
    let (desk, other) = (Desk::open(&bus).await, Desk::open(&bus).await);
    desk.hears(20, &in_house(20)).await.unwrap();
    desk.hears(30, &back(30)).await.unwrap();
    assert_eq!(stands(&bus).await, (20, true), "it reads the same");
    other.hears(28, &out(28)).await.unwrap();
    assert_eq!(stands(&bus).await, (28, false));
    let again = tokio::time::timeout(DEADLINE, desk.publisher.next_again());
    let again = again.await.expect("the other listener's board passes");
    assert_eq!((again.occasion.trigger, again.sequence), (30, 30));
    desk.hears(again.occasion.trigger, &back(again.sequence))
        .await
        .unwrap();
    assert_eq!(stands(&bus).await, (30, true));
}
