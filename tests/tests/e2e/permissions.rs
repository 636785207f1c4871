//! A department says and sees only what is its own, with every service and every user under the server's own rules. Which
//! user may use which raw subject is held by `crates/bus/tests/bus/permissions.rs`; here its consequences.

use bytes::Bytes;
use cardex_bus::permissions::{
    Capability, Secret, ServiceRole, User, authorization, board_durable, ensure_board_durables,
};
use cardex_bus::streams::PROMPTS;
use cardex_bus::subjects::Token;
use cardex_bus::{Bus, BusSettings, DurableListener};
use cardex_domain::event::OutcomeKind;
use cardex_domain::ids::AttributeId;
use cardex_domain::vocabulary::{Label, Vocabulary};
use cardex_testkit::TestServer;
use cardex_wire::query::{
    About, BoardsRequest, ExplainRequest, FindRequest, GetRequest, ListRequest, encode,
};
use cardex_wire::words::Phase;
use cardex_wire::{BoardMessage, BoardView};
use tempfile::NamedTempFile;

use crate::events::{APP, PROPERTY, booked, checked_in, moved, outcome, reservation, seen, stay};
use crate::harness::{DEADLINE, Desk, House, query, stay_id, until};

const PASSWORD: &str = "only-for-this-test";
/// What is said instead of the reason.
const SPEAK_CLEARLY: &str = "Speak clearly and face Mr Zhuang";

fn token(text: &str) -> Token {
    Token::new(text).unwrap()
}

fn user(name: &str, capabilities: Vec<Capability>) -> User {
    User {
        name: token(name),
        property: token(PROPERTY),
        secret: Secret::Plain(PASSWORD.into()),
        capabilities,
    }
}

/// The user of a department's staff app, called as the department.
fn staff(name: &str) -> User {
    let (department, app) = (token(name), token(APP));
    let observe = Capability::Observe {
        department: department.clone(),
        app,
    };
    let board = Capability::Board {
        department: department.clone(),
    };
    user(
        name,
        vec![observe, board, Capability::Profile { department }],
    )
}

fn users() -> Vec<User> {
    let service = |role| vec![Capability::Service(role)];
    vec![
        staff("front_desk"),
        staff("dining"),
        staff("guest_relations"),
        user("pms", vec![Capability::Stay]),
        user("aggregator", service(ServiceRole::Aggregator)),
        user("checkin", service(ServiceRole::Checkin)),
        user("operator", service(ServiceRole::Operator)),
    ]
}

/// A hotel where everybody is somebody.
struct Guarded {
    house: House,
    passwords: NamedTempFile,
}

impl Guarded {
    async fn open() -> Self {
        let server = TestServer::start_with(&authorization(&users()).unwrap()).await;
        let passwords = NamedTempFile::new().unwrap();
        std::fs::write(passwords.path(), PASSWORD).unwrap();
        let operator = connect(&server, &passwords, "operator").await;
        let mut house = House::on(server, operator).await;
        let aggregator = connect(&house.server, &passwords, "aggregator").await;
        house.start_aggregator_as(aggregator).await;
        let checkin = connect(&house.server, &passwords, "checkin").await;
        let boards: Vec<_> = users().iter().flat_map(User::boards).collect();
        ensure_board_durables(&checkin, &boards).await.unwrap();
        house.start_checkin_as(checkin).await;
        Self { house, passwords }
    }

    async fn desk(&self, user: &str) -> Desk {
        let bus = connect(&self.house.server, &self.passwords, user).await;
        Desk { bus }
    }

    /// Waits until everything up to this sequence was worked off.
    async fn settled(&self, sequence: u64) {
        self.house.listened_to(sequence);
        self.house.settled().await;
    }
}

async fn connect(server: &TestServer, passwords: &NamedTempFile, user: &str) -> Bus {
    let settings = BusSettings {
        user: Some(user.into()),
        password_file: Some(passwords.path().to_owned()),
        ..server.settings()
    };
    Bus::connect(&settings).await.unwrap()
}

/// How many of a user's doings the server refused.
fn refusals(desk: &Desk) -> u64 {
    desk.bus.status().borrow().server_errors
}

/// Each question that a department asks about the guest of a reservation, with its answer as it comes.
async fn answers(desk: &Desk, department: &str, number: &str) -> Vec<(&'static str, Bytes)> {
    let about = About(reservation(number));
    let questions = [
        ("get", encode(&get(number))),
        ("find", encode(&find("Zhuang"))),
        ("list", encode(&ListRequest::default())),
        ("explain", encode(&explain(about))),
        ("boards", encode(&BoardsRequest::default())),
    ];
    let mut answers = Vec::new();
    for (operation, question) in questions {
        let subject = query(PROPERTY, department, operation);
        let answer = desk.bus.request(&subject, question.into(), DEADLINE).await;
        answers.push((operation, answer.unwrap()));
    }
    answers
}

fn get(number: &str) -> GetRequest {
    GetRequest::of(reservation(number))
}

fn find(text: &str) -> FindRequest {
    FindRequest {
        text: Some(text.into()),
        ..FindRequest::default()
    }
}

fn explain(about: About) -> ExplainRequest {
    ExplainRequest::of(about.0)
}

/// Every word by which somebody could be told of the value.
fn words_for(attribute: &str, value: &str) -> Vec<String> {
    let attribute = AttributeId::new(attribute).unwrap();
    let attribute = Vocabulary::embedded().attribute(&attribute).unwrap();
    let value = attribute.value(value).unwrap();
    let label = |label: &Label| [label.en.to_string(), label.zh.to_string()];
    let mut words = vec![attribute.id.to_string(), value.id.to_string()];
    words.extend(label(&attribute.label));
    words.extend(label(&value.label));
    words.extend(value.synonyms.iter().map(ToString::to_string));
    words
}

fn board(subject: &str, payload: &[u8]) -> BoardView {
    BoardMessage::decode(subject, payload).unwrap().data
}

fn is_in_house(board: &BoardView) -> bool {
    board.phase == Phase::InHouse && board.items.len() == 2
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_is_told_what_to_do_and_never_what_it_may_not_know() {
    let hotel = Guarded::open().await;
    let (front_desk, dining) = (hotel.desk("front_desk").await, hotel.desk("dining").await);
    let own = format!("cardex.{PROPERTY}.prompt.dining.*");
    let mut live = dining.bus.subscribe(&own).await.unwrap();
    publish_arrival(&hotel, &front_desk, &dining).await;

    let mut heard = Vec::new();
    loop {
        let passing = tokio::time::timeout(DEADLINE, live.next()).await;
        let passing = passing.unwrap().unwrap();
        let shown = board(&passing.subject, &passing.payload);
        heard.push(("live", passing.payload));
        if is_in_house(&shown) {
            break;
        }
    }
    let durable = board_durable(&token(PROPERTY), &token("dining"));
    let attached = DurableListener::attach(&dining.bus, PROMPTS, &durable).await;
    let mut boards = attached.unwrap();
    loop {
        let delivery = tokio::time::timeout(DEADLINE, boards.next()).await.unwrap();
        let incoming = delivery.incoming.clone();
        delivery.ack().await;
        let shown = board(&incoming.subject, &incoming.payload);
        heard.push(("durable", incoming.payload));
        if is_in_house(&shown) {
            break;
        }
    }
    heard.extend(answers(&dining, "dining", "R-1").await);

    let words = words_for("health.hearing", "hard_of_hearing");
    for (how, bytes) in &heard {
        let text = std::str::from_utf8(bytes).unwrap().to_lowercase();
        for word in &words {
            let found = text.contains(&word.to_lowercase());
            assert!(!found, "{how} tells {word:?}: {text}");
        }
    }
    for how in ["live", "durable", "boards"] {
        let mut of = heard.iter().filter(|(told, _)| *told == how);
        let says = |bytes: &Bytes| String::from_utf8_lossy(bytes).contains(SPEAK_CLEARLY);
        assert!(of.any(|(_, bytes)| says(bytes)), "{how} says what to do");
    }
    assert_eq!(refusals(&dining), 0, "all of that is dining's own");

    let relations = hotel.desk("guest_relations").await;
    let told = answers(&relations, "guest_relations", "R-1").await;
    for (operation, bytes) in told {
        let knows = String::from_utf8_lossy(&bytes).contains("hard_of_hearing");
        assert_eq!(
            knows,
            ["get", "explain"].contains(&operation),
            "{operation}"
        );
    }
    assert_eq!(refusals(&relations), 0);
}

/// A guest who hears badly and likes Sichuan dishes arrives. Each user says what is its own to say.
async fn publish_arrival(hotel: &Guarded, front_desk: &Desk, dining: &Desk) {
    let pms = hotel.desk("pms").await;
    pms.publish(&stay("R-1", booked("Zhuang"))).await;
    let hears = seen("front_desk", reservation("R-1")).likes("health.hearing", "hard_of_hearing");
    front_desk.publish(&hears.event()).await;
    let facing = seen("front_desk", reservation("R-1")).likes("room.facing", "west");
    front_desk.publish(&facing.event()).await;
    let eats = seen("dining", reservation("R-1")).likes("dining.cuisine", "sichuan");
    dining.publish(&eats.event()).await;
    let arrived = stay("R-1", checked_in("1508", "Zhuang"));
    let sequence = pms.publish(&arrived).await.stream_sequence;
    hotel.settled(sequence).await;
    for desk in [&pms, front_desk, dining] {
        assert_eq!(refusals(desk), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_neither_reads_nor_answers_for_another() {
    let hotel = Guarded::open().await;
    let (front_desk, dining) = (hotel.desk("front_desk").await, hotel.desk("dining").await);
    publish_arrival(&hotel, &front_desk, &dining).await;
    let board = hotel.house.desk.board("front_desk", "R-1").await.unwrap();
    let facing = board.items.iter().find(|item| item.text.contains("west"));
    let (item, west) = facing.map(|item| (&item.id.0, &item.text)).unwrap();

    let another = format!("cardex.{PROPERTY}.prompt.front_desk.*");
    let mut overheard = dining.bus.subscribe(&another).await.unwrap();
    until("the server refuses it", async || {
        (refusals(&dining) == 1).then_some(())
    })
    .await;

    // Said by dining, on dining's subject, of the desk's item.
    let foreign = outcome("dining", stay_id("R-1"), item, OutcomeKind::Done);
    let foreign = dining.publish(&foreign).await.stream_sequence;
    let pms = hotel.desk("pms").await;
    let onward = pms.publish(&stay("R-1", moved("1512"))).await;
    hotel.settled(onward.stream_sequence).await;
    let letters = until("the dead letter", async || {
        let letters = hotel.house.desk.dead_letters().await;
        (!letters.is_empty()).then_some(letters)
    })
    .await;
    let told: Vec<_> = letters.values().map(|l| (l.sequence, &*l.code)).collect();
    assert_eq!(told, [(foreign, "foreign_item")]);
    let texts = hotel.house.desk.texts("front_desk", "R-1").await;
    assert!(texts.contains(west), "{texts:?}");

    // The desk's own word counts, of the line as it stands since the move.
    let board = hotel.house.desk.board("front_desk", "R-1").await.unwrap();
    let facing = board.items.iter().find(|item| item.text == *west);
    let item = &facing.unwrap().id.0;
    let own = outcome("front_desk", stay_id("R-1"), item, OutcomeKind::Done);
    let own = front_desk.publish(&own).await.stream_sequence;
    hotel.settled(own).await;
    let texts = hotel.house.desk.texts("front_desk", "R-1").await;
    assert!(!texts.is_empty() && !texts.contains(west), "{texts:?}");
    let heard = overheard.next_within(std::time::Duration::ZERO).await;
    assert_eq!(heard, None, "two boards of the desk have passed");
}
