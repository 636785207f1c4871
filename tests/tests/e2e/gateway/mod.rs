//! Boards and outcomes for software that speaks HTTP: the gateway on a real bus, asked as a vendor asks.

mod contract;
mod guarded;
mod outcomes;
mod reading;
mod webhooks;

use std::net::SocketAddr;
use std::path::Path;

use axum::body::{Body, BodyDataStream, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use cardex_bus::streams::{PROMPTS, stream_ends};
use cardex_bus::{Bus, Headers};
use cardex_domain::board::{Board, BoardState, Phase};
use cardex_domain::ids::DepartmentId;
use cardex_gateway::{Gateway, GatewaySettings, TOKEN_BYTES, Token};
use cardex_runtime::CancellationToken;
use cardex_runtime::health::Health;
use cardex_wire::BoardMessage;
use futures::StreamExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::events::now;
use crate::harness::{DEADLINE, Desk, House, prompt};

/// The longest answer that is read whole.
const ANSWER_MAX_BYTES: usize = 4 * 1024 * 1024;

/// The token of a department's software.
fn token(department: &str) -> Token {
    let mut random = [0; TOKEN_BYTES];
    random[..department.len()].copy_from_slice(department.as_bytes());
    Token::of(random)
}

/// The entry of a department's software, called and speaking as `screen`, or as what follows a slash.
fn client(department: &str) -> String {
    format!(
        "[[client]]\nname = \"{department}-screen\"\nproperty = \"macau\"\ndepartment = \"{department}\"\n\
         app = \"screen\"\ntoken_sha256 = \"{}\"\n",
        token(department).hash()
    )
}

/// Writes the file of vendors into this directory, and gives the settings that name it.
fn settings(directory: &Path, vendors: &str) -> GatewaySettings {
    let file = directory.join("vendors.toml");
    std::fs::write(&file, vendors).unwrap();
    GatewaySettings {
        vendors_file: Some(file),
        listen: "127.0.0.1:0".parse().unwrap(),
        ..GatewaySettings::default()
    }
}

/// A gateway that runs inside the test.
struct Running {
    address: SocketAddr,
    health: Health,
    stop: CancellationToken,
    task: JoinHandle<()>,
    _files: TempDir,
}

impl Running {
    /// For the front desk and the floor.
    async fn start(house: &House) -> Self {
        Self::start_with(house, |settings| settings).await
    }

    async fn start_with(
        house: &House,
        adapt: impl FnOnce(GatewaySettings) -> GatewaySettings,
    ) -> Self {
        Self::start_on(house.server.connect().await, adapt).await
    }

    async fn start_on(bus: Bus, adapt: impl FnOnce(GatewaySettings) -> GatewaySettings) -> Self {
        let vendors = |_: &Path| client("front_desk") + &client("floor");
        Self::start_for(bus, vendors, adapt).await
    }

    /// For vendors whose files lie in the directory.
    async fn start_for(
        bus: Bus,
        vendors: impl FnOnce(&Path) -> String,
        adapt: impl FnOnce(GatewaySettings) -> GatewaySettings,
    ) -> Self {
        let files = TempDir::new().unwrap();
        let settings = adapt(settings(files.path(), &vendors(files.path())));
        let (health, stop) = (Health::default(), CancellationToken::new());
        let gateway = Gateway::start(bus, settings, &health, stop.clone()).await;
        let gateway = gateway.unwrap();
        Self {
            address: gateway.local_addr(),
            task: tokio::spawn(gateway.run()),
            health,
            stop,
            _files: files,
        }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }

    /// The value of one of its metrics, written as `name{label="value"}` without prefix.
    fn metric(&self, name: &str) -> u64 {
        let text = self.health.metrics.encode().unwrap();
        let wanted = format!("cardex_{name} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&wanted));
        line.map_or(0, |value| value.parse().unwrap())
    }

    /// Asks as the software of this department.
    fn of(&self, department: &str) -> Caller {
        Caller {
            address: self.address,
            headers: vec![(
                "authorization",
                format!("Bearer {}", token(department).expose()),
            )],
        }
    }

    /// Asks without a token.
    fn stranger(&self) -> Caller {
        Caller {
            address: self.address,
            headers: Vec::new(),
        }
    }
}

/// Somebody who asks.
#[derive(Clone)]
struct Caller {
    address: SocketAddr,
    headers: Vec<(&'static str, String)>,
}

/// An answer, read whole.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The code of the problem that it tells of, and that it is one by the standard.
    fn problem(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let told = self.json();
        assert_eq!(told["status"], self.status.as_u16(), "{told}");
        assert!(
            told["detail"].as_str().is_some_and(|said| !said.is_empty()),
            "{told}"
        );
        let code = told["code"].as_str().unwrap().to_owned();
        assert_eq!(told["type"], format!("urn:cardex:problem:{code}"));
        code
    }
}

impl Caller {
    fn with(&self, name: &'static str, value: &str) -> Self {
        let mut headers = self.headers.clone();
        headers.push((name, value.to_owned()));
        Self {
            address: self.address,
            headers,
        }
    }

    async fn send(&self, method: Method, path: &str, body: Body) -> axum::http::Response<Body> {
        let uri = format!("http://{}{path}", self.address);
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let client = Client::builder(TokioExecutor::new()).build_http();
        let asked = client.request(request.body(body).unwrap());
        let answer = tokio::time::timeout(DEADLINE, asked).await;
        answer.expect("an answer in time").unwrap().map(Body::new)
    }

    async fn ask(&self, method: Method, path: &str, body: Body) -> Answer {
        let (head, body) = self.send(method, path, body).await.into_parts();
        let body = to_bytes(body, ANSWER_MAX_BYTES).await.unwrap();
        Answer {
            status: head.status,
            headers: head.headers,
            body,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, Body::empty()).await
    }

    /// Opens the stream of events.
    async fn listen(&self) -> Events {
        let answer = self
            .send(Method::GET, "/v1/boards/events", Body::empty())
            .await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Events {
            body: answer.into_body().into_data_stream(),
            text: String::new(),
        }
    }
}

/// A stream of events, read as the HTML standard says.
struct Events {
    body: BodyDataStream,
    text: String,
}

/// What is between two empty lines.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Block {
    Event { id: u64, name: String, data: String },
    Comment(String),
    Retry,
}

impl Events {
    /// The next block; none once the stream has ended.
    async fn block(&mut self) -> Option<Block> {
        let block = loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                break block;
            }
            let chunk = tokio::time::timeout(DEADLINE, self.body.next()).await;
            let chunk = chunk.expect("something in time")?.ok()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        };
        if let Some(comment) = block.strip_prefix(':') {
            return Some(Block::Comment(comment.trim().to_owned()));
        }
        let field = |name: &str| {
            let mut lines = block.lines();
            lines.find_map(|line| {
                line.strip_prefix(name)?
                    .strip_prefix(": ")
                    .map(str::to_owned)
            })
        };
        if field("retry").is_some() {
            return Some(Block::Retry);
        }
        Some(Block::Event {
            id: field("id").unwrap().parse().unwrap(),
            name: field("event").unwrap(),
            data: field("data").unwrap(),
        })
    }

    /// The next board: its id and the guest's name on it.
    async fn board(&mut self) -> (u64, String) {
        loop {
            if let Block::Event { id, name, data } = self.block().await.expect("it goes on") {
                assert_eq!(name, "board");
                return (id, guest(data.as_bytes()));
            }
        }
    }

    /// All boards until everything that was there at the beginning has come.
    async fn until_caught_up(&mut self) -> Vec<(u64, String)> {
        let mut boards = Vec::new();
        loop {
            match self.block().await.expect("it goes on") {
                Block::Comment(comment) if comment == "caught up" => return boards,
                Block::Event { id, data, .. } => boards.push((id, guest(data.as_bytes()))),
                Block::Comment(_) | Block::Retry => {}
            }
        }
    }
}

/// How the guest of a board's message is called.
fn guest(message: &[u8]) -> String {
    let message: BoardMessage = serde_json::from_slice(message).unwrap();
    message.data.guest
}

/// A department is told something of a stay: the guest's name is all that it says. Returns the board's sequence,
/// which is its revision, too.
async fn tell(desk: &Desk, department: &str, reservation: &str, guest: &str) -> u64 {
    tell_as(desk, department, reservation, guest, BoardState::Open).await
}

async fn tell_as(
    desk: &Desk,
    department: &str,
    reservation: &str,
    guest: &str,
    state: BoardState,
) -> u64 {
    let subject = prompt(department, reservation);
    let last = desk
        .bus
        .last_for_subject(PROMPTS, &subject.to_string())
        .await;
    let last = last.unwrap().map_or(0, |last| last.stream_sequence);
    let end = stream_ends(&desk.bus, PROMPTS).await.unwrap().last;
    let board = Board {
        stay: subject.stay,
        property: subject.property,
        department: DepartmentId::new(department).unwrap(),
        revision: end + 1,
        state,
        phase: Phase::InHouse,
        guest: guest.into(),
        guests: Default::default(),
        room: None,
        sections: Default::default(),
        arrival: None,
        departure: None,
        items: Vec::new(),
        changes: Vec::new(),
        alert: false,
        as_of: now().day(),
        profile_sequence: 0,
        playbook_hash: "0".repeat(64).into(),
        vocabulary_hash: "0".repeat(64).into(),
    };
    let board = BoardMessage::of(&board, last, "/test", now());
    let message = board.encode();
    let (id, payload, headers) = (board.id.to_string(), message.payload.into(), Headers::new());
    let published = desk
        .bus
        .publish_expecting(&message.subject, &id, payload, &headers, last);
    published.await.unwrap().stream_sequence
}
