//! Each user against each subject of everybody else's, with the configuration that is generated.

use std::time::Duration;

use bytes::Bytes;
use cardex_bus::permissions::{
    Capability, Secret, ServiceRole, User, authorization, board_durable, ensure_board_durables,
};
use cardex_bus::publish::message_id;
use cardex_bus::refusal::Forbidden;
use cardex_bus::service::Endpoint;
use cardex_bus::streams::{EVENTS, PROMPTS, ensure_streams, stream_ends};
use cardex_bus::subjects::Token;
use cardex_bus::{
    Begin, Bus, BusSettings, DurableListener, DurableSettings, Headers, OrderedReader, Read,
    RequestError, ServiceSettings,
};
use cardex_testkit::TestServer;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::{DEADLINE, in_time, publish};

mod table;

use table::{EVENT_SUBJECTS, NOBODYS, publishers};

const PASSWORD: &str = "only-for-this-test";

fn token(text: &str) -> Token {
    Token::new(text).unwrap()
}

fn user(name: &str, capabilities: Vec<Capability>) -> User {
    let secret = Secret::Plain(PASSWORD.to_owned());
    User {
        name: token(name),
        property: token("hz1"),
        secret,
        capabilities,
    }
}

fn staff(name: &str, department: &str, app: &str) -> User {
    let (department, app) = (token(department), token(app));
    user(
        name,
        vec![
            Capability::Observe {
                department: department.clone(),
                app,
            },
            Capability::Board {
                department: department.clone(),
            },
            Capability::Profile { department },
        ],
    )
}

fn users() -> Vec<User> {
    vec![
        staff("dining", "dining", "pos"),
        staff("floor", "floor", "app"),
        user("pms", vec![Capability::Stay]),
        user("relations", vec![Capability::GuestOps]),
        user(
            "gateway",
            vec![Capability::OnBehalf {
                app: token("gateway"),
            }],
        ),
        user(
            "hall",
            vec![
                Capability::Gateway {
                    department: token("floor"),
                    app: token("screen"),
                },
                Capability::Webhook {
                    department: token("floor"),
                    name: token("pager"),
                },
            ],
        ),
        user(
            "aggregator",
            vec![Capability::Service(ServiceRole::Aggregator)],
        ),
        user("checkin", vec![Capability::Service(ServiceRole::Checkin)]),
        user("operator", vec![Capability::Service(ServiceRole::Operator)]),
    ]
}

/// A server with these users and the streams, and the clients of its services.
struct Hotel {
    server: TestServer,
    passwords: tempfile::NamedTempFile,
}

impl Hotel {
    async fn open() -> Self {
        let server = TestServer::start_with(&authorization(&users()).unwrap()).await;
        let passwords = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(passwords.path(), PASSWORD).unwrap();
        let hotel = Self { server, passwords };
        ensure_streams(&hotel.bus("aggregator").await, 1)
            .await
            .unwrap();
        let checkin = hotel.bus("checkin").await;
        let boards: Vec<_> = users().iter().flat_map(User::boards).collect();
        ensure_board_durables(&checkin, &boards).await.unwrap();
        DurableListener::open(&checkin, listener()).await.unwrap();
        hotel
    }

    async fn bus(&self, user: &str) -> Bus {
        let settings = BusSettings {
            user: Some(user.to_owned()),
            password_file: Some(self.passwords.path().to_owned()),
            ..self.server.settings()
        };
        Bus::connect(&settings).await.unwrap()
    }

    async fn wire(&self, user: &str) -> Wire {
        let address = self.server.url().strip_prefix("nats://").unwrap();
        let stream = BufReader::new(TcpStream::connect(address).await.unwrap());
        let mut wire = Wire { stream };
        wire.send(&format!(
            r#"CONNECT {{"user":"{user}","pass":"{PASSWORD}","verbose":false,"pedantic":false,"headers":true}}"#
        ))
        .await;
        assert!(wire.violations().await.is_empty());
        wire
    }
}

fn listener() -> DurableSettings {
    DurableSettings {
        stream: EVENTS.to_owned(),
        name: "checkin".to_owned(),
        filter_subjects: Vec::new(),
        ack_wait: Duration::from_secs(30),
        max_ack_pending: 100,
        begin: Begin::First,
    }
}

/// The bare protocol: the server's word on each line sent, and nothing of a client's own caution.
struct Wire {
    stream: BufReader<TcpStream>,
}

impl Wire {
    async fn send(&mut self, line: &str) {
        self.stream
            .write_all(format!("{line}\r\n").as_bytes())
            .await
            .unwrap();
    }

    /// What the server refused since the last call.
    async fn violations(&mut self) -> Vec<String> {
        self.send("PING").await;
        let mut refused = Vec::new();
        loop {
            let mut line = String::new();
            let read = in_time(self.stream.read_line(&mut line)).await.unwrap();
            assert_ne!(read, 0, "the server closed the connection");
            if line.starts_with("PONG") {
                return refused;
            }
            if line.starts_with("-ERR") {
                refused.push(line);
            }
        }
    }

    async fn may_publish(&mut self, subject: &str) -> bool {
        self.send(&format!("PUB {subject} 0\r\n")).await;
        self.violations().await.is_empty()
    }

    async fn may_subscribe(&mut self, subject: &str) -> bool {
        self.send(&format!("SUB {subject} 1\r\nUNSUB 1")).await;
        self.violations().await.is_empty()
    }
}

#[tokio::test]
async fn what_a_user_may_not_use_is_named_at_once() {
    let hotel = Hotel::open().await;
    let bus = hotel.bus("floor").await;
    let subject = "cardex.hz1.stay.checked_in";
    let headers = Headers::new();
    let publishing = bus.publish(subject, "1", Bytes::new(), &headers);
    let refusal = tokio::select! {
        refusal = in_time(bus.refused()) => refusal,
        published = publishing => panic!("{published:?}"),
    };
    assert_eq!(
        (refusal.forbidden, refusal.subject.as_str()),
        (Forbidden::Publish, subject)
    );
    let others = hotel.bus("floor").await;
    let filter = "cardex.hz1.prompt.dining.*";
    let _listening = others.subscribe(filter).await.unwrap();
    let refusal = in_time(others.refused()).await;
    assert_eq!(
        (refusal.forbidden, refusal.subject.as_str()),
        (Forbidden::Subscribe, filter)
    );
}

#[tokio::test]
async fn each_user_publishes_to_its_own_subjects_alone() {
    let hotel = Hotel::open().await;
    let subjects = EVENT_SUBJECTS
        .into_iter()
        .chain(NOBODYS.map(|(subject, _)| subject));
    let subjects: Vec<_> = subjects.collect();
    for user in users() {
        let mut wire = hotel.wire(user.name.as_str()).await;
        for subject in &subjects {
            let expected = publishers(subject).contains(&user.name.as_str());
            assert_eq!(
                wire.may_publish(subject).await,
                expected,
                "{} → {subject}",
                user.name
            );
        }
    }
}

#[tokio::test]
async fn each_department_has_its_own_questions_durable_acknowledgements_and_inbox() {
    let hotel = Hotel::open().await;
    let departments = ["dining", "floor"];
    for asker in users() {
        let mut wire = hotel.wire(asker.name.as_str()).await;
        for department in departments {
            let durable = board_durable(&token("hz1"), &token(department));
            let own = asker.name.as_str() == department;
            // A gateway may use the consumers of boards whatever they are called.
            let reads =
                ["aggregator", "checkin", "hall", "operator"].contains(&asker.name.as_str());
            let asks = ["checkin", "operator"].contains(&asker.name.as_str());
            for (subject, expected) in [
                (format!("cardex.profile.hz1.{department}.get"), own || asks),
                (
                    format!("cardex.profile.hz1.{department}.boards"),
                    own || asks,
                ),
                (format!("cardex.profile.hz2.{department}.get"), asks),
                (
                    format!("$JS.API.CONSUMER.INFO.{PROMPTS}.{durable}"),
                    own || reads,
                ),
                (
                    format!("$JS.API.CONSUMER.MSG.NEXT.{PROMPTS}.{durable}"),
                    own || reads,
                ),
                (format!("$JS.ACK.{PROMPTS}.{durable}.1.1.1.1.0"), own),
                (
                    format!("$JS.ACK._.hash.{PROMPTS}.{durable}.1.1.1.1.0.x"),
                    own,
                ),
                // The newer form of one's own, aimed at another's durable in the older form.
                (
                    format!("$JS.ACK.{EVENTS}.checkin.{PROMPTS}.{durable}.1.1.1.1.0.x"),
                    { asker.name.as_str() == "checkin" },
                ),
                // Both answer questions: the aggregator most, the listener `boards`.
                (
                    format!("_INBOX_{department}.1"),
                    ["aggregator", "checkin"].contains(&asker.name.as_str()),
                ),
            ] {
                assert_eq!(
                    wire.may_publish(&subject).await,
                    expected,
                    "{} → {subject}",
                    asker.name
                );
            }
        }
    }
}

#[tokio::test]
async fn each_user_subscribes_to_its_own_subjects_alone() {
    let hotel = Hotel::open().await;
    let services = ["aggregator", "checkin", "operator"];
    for reader in users() {
        let mut wire = hotel.wire(reader.name.as_str()).await;
        let name = reader.name.as_str();
        let mut expected = vec![
            (">".to_owned(), false),
            ("cardex.>".to_owned(), false),
            ("cardex.*.observation.*.*".to_owned(), false),
            ("cardex.hz1.stay.*".to_owned(), false),
            ("cardex.profile.*.*.*".to_owned(), name == "aggregator"),
            ("$JS.>".to_owned(), false),
            ("$JS.ACK.>".to_owned(), false),
            ("$JS.EVENT.ADVISORY.>".to_owned(), false),
            ("$SYS.>".to_owned(), false),
            ("_INBOX.>".to_owned(), false),
            ("_INBOX_*.>".to_owned(), false),
            ("$O.CARDEX_SETTINGS.>".to_owned(), false),
            ("$O.CARDEX_SNAPSHOTS.>".to_owned(), false),
            ("cardex.keep.snapshot".to_owned(), name == "aggregator"),
            ("cardex.keep.snapshot.*".to_owned(), name == "aggregator"),
            ("cardex.shard.*".to_owned(), name == "aggregator"),
            ("cardex.hz2.prompt.dining.*".to_owned(), name == "operator"),
            ("cardex.*.prompt.*.*".to_owned(), name == "operator"),
        ];
        for other in users() {
            let inbox = format!("_INBOX_{}.>", other.name);
            expected.push((inbox, other.name == reader.name));
        }
        for department in ["dining", "floor"] {
            let may = name == department || name == "operator";
            expected.push((format!("cardex.hz1.prompt.{department}.*"), may));
        }
        for (subject, expected) in expected {
            assert_eq!(
                wire.may_subscribe(&subject).await,
                expected,
                "{name} ← {subject}"
            );
        }
        assert!(
            services.contains(&name) || !wire.may_subscribe("$SRV.>").await,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_department_reads_its_boards_live_and_by_its_durable() {
    let hotel = Hotel::open().await;
    let checkin = hotel.bus("checkin").await;
    let dining = hotel.bus("dining").await;
    let mut live = dining
        .subscribe("cardex.hz1.prompt.dining.*")
        .await
        .unwrap();
    publish(&checkin, "cardex.hz1.prompt.floor.s1", "not theirs").await;
    publish(&checkin, "cardex.hz1.prompt.dining.s1", "theirs").await;
    assert_eq!(in_time(live.next()).await.unwrap().payload, "theirs");
    let durable = board_durable(&token("hz1"), &token("dining"));
    let mut boards = DurableListener::attach(&dining, PROMPTS, &durable)
        .await
        .unwrap();
    let board = in_time(boards.next()).await;
    assert_eq!(
        (&board.incoming.payload[..], board.delivered),
        (&b"theirs"[..], 1)
    );
    board.ack().await;
    assert_eq!(dining.status().borrow().server_errors, 0);
}

#[tokio::test]
async fn one_departments_ids_swallow_nothing_of_anothers() {
    let hotel = Hotel::open().await;
    let (dining, floor) = (hotel.bus("dining").await, hotel.bus("floor").await);
    let (theirs, own) = (
        "cardex.hz1.observation.dining.pos",
        "cardex.hz1.observation.floor.app",
    );
    // The floor uses an id before dining does, and again after it.
    for (bus, subject) in [(&floor, own), (&dining, theirs)] {
        assert!(
            !publish(bus, subject, "01JDXY3W5T0000000000000000")
                .await
                .duplicate,
            "{subject}"
        );
    }
    // And it sends, as its own, the very header under which dining's was stored: that can hurt itself alone.
    let copied = Headers::new()
        .with(
            "Nats-Msg-Id",
            &message_id(theirs, "01JDXY3W5T0000000000000000"),
        )
        .unwrap();
    floor
        .request_with_headers(own, Bytes::from("x"), &copied, DEADLINE)
        .await
        .unwrap();
    assert!(
        !publish(&dining, theirs, "01JDXY3W5T0000000000000001")
            .await
            .duplicate
    );
    assert_eq!(
        stream_ends(&hotel.bus("aggregator").await, EVENTS)
            .await
            .unwrap()
            .messages,
        3
    );
}

#[tokio::test]
async fn an_acknowledgement_steered_into_the_stream_arrives_as_what_it_is() {
    let hotel = Hotel::open().await;
    let mut floor = hotel.wire("floor").await;
    floor
        .send("PUB cardex.hz1.observation.floor.app cardex.hz1.observation.dining.pos 1\r\nx")
        .await;
    assert_eq!(floor.violations().await, Vec::<String>::new());
    let aggregator = hotel.bus("aggregator").await;
    let mut reader = OrderedReader::open(&aggregator, EVENTS, None)
        .await
        .unwrap();
    let mut seen = Vec::new();
    while seen.len() < 2 {
        for read in in_time(reader.next_batch(8, DEADLINE)).await.unwrap() {
            let Read::Message(message) = read else {
                panic!("{read:?}")
            };
            seen.push((message.subject, message.payload));
        }
    }
    assert_eq!(seen[1].0, "cardex.hz1.observation.dining.pos");
    assert!(
        seen[1].1.starts_with(br#"{"stream":"CARDEX_EVENTS""#),
        "{:?}",
        seen[1].1
    );
}

#[tokio::test]
async fn an_answer_steered_into_the_stream_goes_nowhere() {
    let hotel = Hotel::open().await;
    let aggregator = hotel.bus("aggregator").await;
    let settings = ServiceSettings {
        name: "cardex-profile".to_owned(),
        version: "1.0.0".to_owned(),
        description: "Profiles".to_owned(),
        queue_group: "profile".to_owned(),
        max_concurrent: 4,
        says: Default::default(),
    };
    let get = Endpoint::new("get", "cardex.profile.*.*.get", |_| async {
        Ok(Bytes::from("a"))
    });
    let service = aggregator.serve(&settings, vec![get]).await.unwrap();
    let mut floor = hotel.wire("floor").await;
    for steered in ["cardex.hz1.observation.dining.pos", "_INBOX.somebody.1"] {
        floor
            .send(&format!("PUB cardex.profile.hz1.floor.get {steered} 0\r\n"))
            .await;
    }
    assert_eq!(floor.violations().await, Vec::<String>::new());
    let mut status = aggregator.status();
    in_time(status.wait_for(|status| status.server_errors >= 2))
        .await
        .unwrap();
    assert_eq!(stream_ends(&aggregator, EVENTS).await.unwrap().messages, 0);
    // The same question with a declared inbox is answered; another department's cannot be asked.
    let floor = hotel.bus("floor").await;
    let ask = |department: &str| {
        let subject = format!("cardex.profile.hz1.{department}.get");
        let floor = floor.clone();
        async move {
            floor
                .request(&subject, Bytes::new(), Duration::from_millis(500))
                .await
        }
    };
    assert_eq!(ask("floor").await.unwrap(), "a");
    assert!(matches!(
        ask("dining").await,
        Err(RequestError::Timeout { .. })
    ));
    service.stop().await;
}
