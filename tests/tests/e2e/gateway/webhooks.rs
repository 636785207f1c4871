//! Webhooks: boards posted to a receiver that is a small server of its own, which may fail in every way.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use cardex_bus::streams::PROMPTS;
use cardex_domain::board::BoardState;
use cardex_gateway::{FRESH_SECRET_BYTES, GatewaySettings, secret_of};
use cardex_wire::BoardMessage;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use super::{Running, settings, tell, tell_as};
use crate::chaos::binary;
use crate::harness::{House, prompt, until};

const SECRET: [u8; FRESH_SECRET_BYTES] = [7; FRESH_SECRET_BYTES];
/// What a webhook may lag behind the clock of the receiver, in seconds.
const CLOCKS_DIFFER_MAX: u64 = 60;

/// One attempt, as the receiver saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attempt {
    id: String,
    timestamp: u64,
    signature: String,
    body: Bytes,
    stay: String,
    revision: u64,
    answered: StatusCode,
}

impl Attempt {
    /// The secret's signature of it, worked out by RFC 2104 alone.
    fn signed(&self) -> String {
        let hash = |pad: u8, message: &[u8]| -> [u8; 32] {
            let mut key = [pad; 64];
            key.iter_mut()
                .zip(SECRET)
                .for_each(|(key, byte)| *key ^= byte);
            Sha256::digest([&key[..], message].concat()).into()
        };
        let message = [
            format!("{}.{}.", self.id, self.timestamp).as_bytes(),
            &self.body,
        ]
        .concat();
        let mac = hash(0x5c, &hash(0x36, &message));
        format!("v1,{}", base64(&mac))
    }
}

/// Base64 by RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| {
            bits << 8 | u32::from(*chunk.get(at).unwrap_or(&0))
        });
        for at in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at <= chunk.len() {
                char::from(digit)
            } else {
                '='
            });
        }
    }
    text
}

type Attempts = Arc<Mutex<Vec<Attempt>>>;
type Policies = Arc<Mutex<Policy>>;
type Policy = Arc<dyn Fn(&Attempt, usize) -> StatusCode + Send + Sync>;

/// A receiver on loopback, which answers each attempt by its policy: given the attempt, and how many there were of the
/// same id before. 100 stands for no answer at all.
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    attempts: Attempts,
    policy: Policies,
}

impl Receiver {
    pub(super) async fn open(
        policy: impl Fn(&Attempt, usize) -> StatusCode + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let attempts = Attempts::default();
        let policy: Policies = Arc::new(Mutex::new(Arc::new(policy)));
        let state = (Arc::clone(&attempts), Arc::clone(&policy));
        let router = Router::new().fallback(receive).with_state(state);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            address,
            attempts,
            policy,
        }
    }

    fn answers(&self, policy: impl Fn(&Attempt, usize) -> StatusCode + Send + Sync + 'static) {
        *self.policy.lock().unwrap() = Arc::new(policy);
    }

    fn attempts(&self) -> Vec<Attempt> {
        self.attempts.lock().unwrap().clone()
    }

    /// The revisions of each stay that were taken, in their order, with repetitions.
    fn taken(&self) -> BTreeMap<String, Vec<u64>> {
        let mut taken: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for attempt in self.attempts() {
            if attempt.answered.is_success() {
                taken
                    .entry(attempt.stay)
                    .or_default()
                    .push(attempt.revision);
            }
        }
        taken
    }

    /// Waits until exactly these revisions of the stay were taken, repetitions aside.
    pub(super) async fn has(&self, reservation: &str, revisions: &[u64]) {
        let stay = prompt("floor", reservation).stay.to_string();
        until(&format!("{reservation} has {revisions:?}"), async || {
            let mut taken = self.taken().remove(&stay).unwrap_or_default();
            taken.dedup();
            (taken == revisions).then_some(())
        })
        .await;
    }
}

async fn receive(
    State((attempts, policy)): State<(Attempts, Policies)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/cloudevents+json");
    let board: BoardMessage = serde_json::from_slice(&body).unwrap();
    let mut attempt = Attempt {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp").parse().unwrap(),
        signature: header("webhook-signature"),
        stay: board.data.stay.to_string(),
        revision: board.data.revision,
        body,
        answered: StatusCode::OK,
    };
    let status = {
        let mut attempts = attempts.lock().unwrap();
        let before = attempts
            .iter()
            .filter(|other| other.id == attempt.id)
            .count();
        let policy = Arc::clone(&policy.lock().unwrap());
        attempt.answered = policy(&attempt, before);
        attempts.push(attempt.clone());
        attempt.answered
    };
    if status == StatusCode::CONTINUE {
        std::future::pending::<()>().await;
    }
    let elsewhere = [("location", "/elsewhere")];
    (status, elsewhere, "thanks").into_response()
}

/// The entry of a webhook for this receiver, its secret in a file beside.
pub(super) fn webhook(directory: &Path, name: &str, department: &str, to: SocketAddr) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let secret = directory.join("hook.secret");
    std::fs::write(&secret, secret_of(SECRET)).unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    format!(
        "[[webhook]]\nname = \"{name}\"\nproperty = \"macau\"\ndepartment = \"{department}\"\n\
         url = \"http://{to}/boards?hotel=macau\"\nsecret_file = \"{}\"\ntimeout_ms = 2000\n",
        secret.display()
    )
}

/// A gateway inside the test that sends the floor's boards there.
async fn gateway(house: &House, to: &Receiver) -> Running {
    gateway_with(house, to, |settings| settings).await
}

async fn gateway_with(
    house: &House,
    to: &Receiver,
    adapt: impl FnOnce(GatewaySettings) -> GatewaySettings,
) -> Running {
    let bus = house.server.connect().await;
    Running::start_for(
        bus,
        |directory| webhook(directory, "pager", "floor", to.address),
        adapt,
    )
    .await
}

pub(super) fn yes(_: &Attempt, _: usize) -> StatusCode {
    StatusCode::NO_CONTENT
}

/// The value of a metric of the webhook.
pub(super) fn boards(gateway: &Running, end: &str) -> u64 {
    gateway.metric(&format!(
        "gateway_webhook_boards_total{{webhook=\"pager\",end=\"{end}\"}}"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_webhook_is_sent_every_open_board_signed_as_it_stands_and_then_each_revision() {
    let house = House::without_services().await;
    tell(&house.desk, "floor", "R-1", "old").await;
    let current = tell(&house.desk, "floor", "R-1", "current").await;
    tell_as(&house.desk, "floor", "R-2", "over", BoardState::Closed).await;
    tell(&house.desk, "front_desk", "R-1", "not theirs").await;
    let receiver = Receiver::open(yes).await;
    let gateway = gateway(&house, &receiver).await;
    receiver.has("R-1", &[current]).await;
    let over = tell_as(&house.desk, "floor", "R-1", "over", BoardState::Closed).await;
    receiver.has("R-1", &[current, over]).await;
    until("it is known on the bus", async || {
        (boards(&gateway, "delivered") == 2).then_some(())
    })
    .await;

    let attempts = receiver.attempts();
    assert_eq!(attempts.len(), 2, "{attempts:?}");
    let stored = house.desk.everything(PROMPTS).await;
    for attempt in &attempts {
        assert!(stored.iter().any(|board| board.payload == attempt.body));
        let board: BoardMessage = serde_json::from_slice(&attempt.body).unwrap();
        assert_eq!(attempt.id, board.id.to_string());
        assert_eq!(attempt.signature, attempt.signed());
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs();
        assert!(
            now.abs_diff(attempt.timestamp) < CLOCKS_DIFFER_MAX,
            "{attempt:?}"
        );
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_at_random_gets_every_revision_of_each_stay_in_order() {
    let seed = rand::random::<u64>();
    println!("seed {seed}");
    let house = House::without_services().await;
    let receiver = Receiver::open(move |attempt, before| {
        // How often a board is refused, and how, follows from its id and the seed alone.
        let hash = Sha256::digest(format!("{seed} {}", attempt.id));
        let mut chance = StdRng::from_seed(hash.into());
        let refused = [0, 0, 0, 0, 0, 0, 1, 1, 2][chance.random_range(0..9)];
        let ways = [500, 503, 404, 301, 429].map(|code| StatusCode::from_u16(code).unwrap());
        match before < refused {
            true => ways[chance.random_range(0..ways.len())],
            false => StatusCode::OK,
        }
    })
    .await;
    let gateway = gateway(&house, &receiver).await;
    let mut told: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for round in 0..6 {
        for stay in ["R-1", "R-2", "R-3", "R-4", "R-5", "R-6"] {
            let revision = tell(&house.desk, "floor", stay, &format!("{round}")).await;
            told.entry(stay.to_owned()).or_default().push(revision);
        }
    }
    for (stay, revisions) in &told {
        receiver.has(stay, revisions).await;
    }
    // Each was taken once, and none was tried before the one before it was taken.
    let taken = receiver.taken();
    assert!(
        taken
            .values()
            .all(|revisions| revisions.is_sorted_by(|a, b| a < b)),
        "{taken:?}"
    );
    let mut tried: BTreeMap<String, u64> = BTreeMap::new();
    for attempt in receiver.attempts() {
        assert_eq!(attempt.signature, attempt.signed());
        let last = tried.entry(attempt.stay.clone()).or_default();
        assert!(attempt.revision >= *last, "{attempt:?} after {last}");
        *last = attempt.revision;
    }
    assert_eq!(
        (boards(&gateway, "outdated"), boards(&gateway, "set_aside")),
        (0, 0)
    );
    gateway.stop().await;
}

/// A gateway that is a process.
fn process(house: &House, receiver: &Receiver) -> Child {
    let data = house.premises.path();
    let settings = settings(&data, &webhook(&data, "pager", "floor", receiver.address));
    let vendors = settings.vendors_file.unwrap();
    let mut command = Command::new(binary());
    command
        .args(["gateway", "--nats", house.server.url(), "--data"])
        .arg(&data)
        .args(["--set", "gateway.listen=127.0.0.1:0", "--set"])
        .arg(format!("gateway.vendors_file={}", vendors.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command.spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_killed_with_boards_under_way_misses_none_and_keeps_their_order() {
    let house = House::without_services().await;
    let receiver = Receiver::open(yes).await;
    let mut gateway = process(&house, &receiver);
    let mut told = vec![tell(&house.desk, "floor", "R-1", "first").await];
    receiver.has("R-1", &told).await;
    for round in 0..2 {
        // The receiver gets the board, and the gateway dies before it hears so.
        receiver.answers(|_, _| StatusCode::CONTINUE);
        let under_way = tell(&house.desk, "floor", "R-1", &format!("under way {round}")).await;
        until("it is under way", async || {
            let attempts = receiver.attempts();
            attempts
                .iter()
                .any(|attempt| attempt.revision == under_way)
                .then_some(())
        })
        .await;
        gateway.kill().await.unwrap();
        let while_away = tell(&house.desk, "floor", "R-1", &format!("while away {round}")).await;
        let other = tell(&house.desk, "floor", &format!("R-2{round}"), "another stay").await;
        receiver.answers(yes);
        gateway = process(&house, &receiver);
        // Nobody else waits for what comes again.
        receiver.has(&format!("R-2{round}"), &[other]).await;
        let after = tell(&house.desk, "floor", "R-1", &format!("after {round}")).await;
        told.extend([under_way, while_away, after]);
        receiver.has("R-1", &told).await;
    }
    let mut ids: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    let stay = prompt("floor", "R-1").stay.to_string();
    for attempt in receiver
        .attempts()
        .into_iter()
        .filter(|attempt| attempt.stay == stay)
    {
        ids.entry(attempt.revision).or_default().push(attempt.id);
    }
    assert!(
        ids.values()
            .all(|same| same.iter().all(|id| *id == same[0])),
        "{ids:?}"
    );
    assert!(
        ids.values().any(|same| same.len() > 1),
        "nothing was repeated: {ids:?}"
    );
    gateway.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stay_that_is_not_taken_holds_nobody_up_and_gives_way_to_its_newest_board() {
    let house = House::without_services().await;
    let bad = prompt("floor", "R-bad").stay.to_string();
    let refused = bad.clone();
    let receiver = Receiver::open(move |attempt, _| match attempt.stay == refused {
        true => StatusCode::INTERNAL_SERVER_ERROR,
        false => StatusCode::OK,
    })
    .await;
    let gateway = gateway(&house, &receiver).await;
    tell(&house.desk, "floor", "R-bad", "first").await;
    tell(&house.desk, "floor", "R-bad", "second").await;
    let newest = tell(&house.desk, "floor", "R-bad", "newest").await;
    for round in 0..20 {
        let stay = format!("R-{round}");
        let good = tell(&house.desk, "floor", &stay, "good").await;
        receiver.has(&stay, &[good]).await;
    }
    until("it is known of all that they were taken", async || {
        (boards(&gateway, "delivered") == 20).then_some(())
    })
    .await;
    // After half a minute the two that nobody wants any more make room; then the receiver is mended.
    until("older boards give way", async || {
        (boards(&gateway, "outdated") == 2).then_some(())
    })
    .await;
    receiver.answers(yes);
    // That it takes boards again is heard of from any stay.
    tell(&house.desk, "floor", "R-1", "another").await;
    receiver.has("R-bad", &[newest]).await;
    let later = tell(&house.desk, "floor", "R-bad", "later").await;
    receiver.has("R-bad", &[newest, later]).await;
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_in_its_time_is_put_aside_and_counted() {
    let house = House::without_services().await;
    let receiver = Receiver::open(|_, _| StatusCode::BAD_REQUEST).await;
    let hasty = |settings| GatewaySettings {
        webhook_give_up_ms: 1,
        ..settings
    };
    let gateway = gateway_with(&house, &receiver, hasty).await;
    tell(&house.desk, "floor", "R-1", "first").await;
    until("it is put aside", async || {
        (boards(&gateway, "set_aside") == 1).then_some(())
    })
    .await;
    receiver.answers(yes);
    let next = tell(&house.desk, "floor", "R-1", "next").await;
    receiver.has("R-1", &[next]).await;
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_wants_no_more_is_sent_no_more_until_the_next_start() {
    let house = House::without_services().await;
    let receiver = Receiver::open(|_, _| StatusCode::GONE).await;
    let first = gateway(&house, &receiver).await;
    let mut told = vec![tell(&house.desk, "floor", "R-1", "first").await];
    let reason = until("people are told", async || {
        let report = first.health.readiness.report().into_iter();
        let mut webhooks = report.filter(|condition| condition.name == "gateway.webhook.pager");
        webhooks.find_map(|condition| condition.reason)
    })
    .await;
    assert!(reason.contains("410 Gone"), "{reason}");
    told.push(tell(&house.desk, "floor", "R-1", "second").await);
    first.stop().await;
    assert_eq!(receiver.attempts().len(), 1);
    receiver.answers(yes);
    let second = gateway(&house, &receiver).await;
    receiver.has("R-1", &told).await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_down_holds_up_no_other_webhook_and_gets_what_it_missed() {
    let house = House::without_services().await;
    let (down, up) = (
        Receiver::open(|_, _| StatusCode::CONTINUE).await,
        Receiver::open(yes).await,
    );
    let bus = house.server.connect().await;
    let vendors = |directory: &Path| {
        webhook(directory, "pager", "floor", down.address)
            + &webhook(directory, "wall", "floor", up.address)
    };
    let gateway = Running::start_for(bus, vendors, |settings| settings).await;
    let mut told = BTreeMap::new();
    for round in 0..40 {
        let stay = format!("R-{round}");
        told.insert(
            stay.clone(),
            tell(&house.desk, "floor", &stay, "hello").await,
        );
    }
    for (stay, revision) in &told {
        up.has(stay, &[*revision]).await;
    }
    assert!(down.taken().is_empty());
    // Back again, it has everything, and is not waited for by each stay's own clock.
    down.answers(yes);
    for (stay, revision) in &told {
        down.has(stay, &[*revision]).await;
    }
    assert_eq!(up.attempts().len(), told.len());
    gateway.stop().await;
}
