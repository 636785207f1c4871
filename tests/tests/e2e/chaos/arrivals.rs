//! Guests arrive one after the other while one of two aggregators and one of three nodes die, and two listeners share the
//! work: every board comes, and soon.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use cardex_bus::streams::{EVENTS, PROMPTS};
use cardex_bus::{OrderedReader, Read};
use cardex_testkit::NODES;
use cardex_tests::chaos::hotel::service;
use cardex_tests::chaos::load::{Acknowledged, until_acknowledged};
use cardex_wire::BoardMessage;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::cluster::{Hotel, RECOVERED_WITHIN};
use super::named;
use crate::events::{booked, checked_in, reservation, seen, stay};
use crate::harness::{Desk, Premises, prompt, until};

/// Guests who arrive, unless this variable says otherwise.
const ARRIVALS: usize = 60;
const ARRIVALS_VARIABLE: &str = "CHAOS_ARRIVALS";
/// How soon each of them stands on the board once the check-in is acknowledged, where the variable says how many come:
/// whoever measures has a machine for it.
const TOLD_WITHIN: Duration = Duration::from_secs(10);
/// One of them after the other.
const ONE_EVERY: Duration = Duration::from_millis(50);
/// How many boards are read at a time, and how long they are waited for.
const BATCH: usize = 256;
const LINGER: Duration = Duration::from_millis(100);
/// How long aggregators have to say that they are there.
const WITHIN: Duration = Duration::from_millis(300);

/// A guest who is expected.
struct Guest {
    number: String,
    room: String,
    /// Where the board comes.
    board: String,
}

/// When a guest came.
struct Arrival {
    /// Before the check-in was published.
    at: Instant,
    acknowledged: Instant,
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_aggregators_and_one_of_three_nodes_may_die_while_guests_arrive() {
    let asked_for = named(ARRIVALS_VARIABLE);
    let arrivals = asked_for.map_or(ARRIVALS, |guests| guests as usize);
    let mut hotel = Hotel::open().await;
    let guests: Vec<Guest> = (0..arrivals).map(Guest::number).collect();
    hotel.expects(&guests).await;
    let elsewhere = Premises::new();
    hotel.has_another("checkin", &elsewhere);
    let mut other = service("aggregator", &hotel.cluster.urls(), NODES, &elsewhere);
    until("two aggregators and two listeners answer", async || {
        let bus = &hotel.desk.bus;
        for name in ["cardex-aggregator", "cardex-checkin"] {
            let there = bus.instances(name, WITHIN).await.unwrap()?;
            (there.len() == 2).then_some(())?;
        }
        Some(())
    })
    .await;

    let boards = OrderedReader::open(&hotel.desk.bus, PROMPTS, None).await;
    let rooms = guests
        .iter()
        .map(|guest| (guest.board.clone(), guest.room.clone()));
    let watching = tokio::spawn(when_told(boards.unwrap(), rooms.collect()));
    let mut checking_in = JoinSet::new();
    let mut paces = tokio::time::interval(ONE_EVERY);
    for (place, guest) in guests.into_iter().enumerate() {
        paces.tick().await;
        if place == arrivals / 3 {
            other.start_kill().unwrap();
            let leader = hotel.cluster.leader(&hotel.desk.bus, EVENTS).await;
            let boards = hotel.cluster.leader(&hotel.desk.bus, PROMPTS).await;
            println!("the node led boards, too: {}", boards == leader);
            hotel.cluster.nodes[leader].kill9().await;
        }
        checking_in.spawn(guest.checks_in(hotel.desk.clone()));
    }
    let mut came = BTreeMap::new();
    for (board, arrival, acknowledged) in checking_in.join_all().await {
        came.insert(board, arrival);
        hotel.arrivals.push(acknowledged);
    }
    let told = watching.await.unwrap();
    let waited = |since: fn(&Arrival) -> Instant| {
        // A board may be there before the acknowledgement, where that was lost and had to be asked for again.
        let of =
            |(board, at): (&String, &Arrival)| told[board].saturating_duration_since(since(at));
        Waited::of(came.iter().map(of))
    };
    let (acknowledged, whole) = (waited(|came| came.acknowledged), waited(|came| came.at));
    println!("{arrivals} guests, on the board after the check-in was acknowledged: {acknowledged}");
    println!("{arrivals} guests, on the board after the check-in was published: {whole}");
    assert!(whole.slowest < RECOVERED_WITHIN, "{whole}");
    let within = asked_for.map_or(RECOVERED_WITHIN, |_| TOLD_WITHIN);
    assert!(acknowledged.slowest < within, "{acknowledged}");
    other.wait().await.unwrap();
    hotel.closes_its_books().await;
}

/// How long guests waited.
struct Waited {
    half: Duration,
    most: Duration,
    slowest: Duration,
}

impl Waited {
    fn of(waited: impl Iterator<Item = Duration>) -> Self {
        let mut waited: Vec<Duration> = waited.collect();
        waited.sort_unstable();
        Self {
            half: waited[waited.len() / 2],
            most: waited[waited.len() * 99 / 100],
            slowest: waited[waited.len() - 1],
        }
    }
}

impl fmt::Display for Waited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            half,
            most,
            slowest,
        } = self;
        write!(
            f,
            "{half:.2?} (p50), {most:.2?} (p99), {slowest:.2?} at most"
        )
    }
}

impl Hotel {
    /// Each of the guests has booked, and dining has to know something of each.
    async fn expects(&mut self, guests: &[Guest]) {
        let mut last = 0;
        for guest in guests {
            self.publish(stay(&guest.number, booked("Okafor"))).await;
            let noted = seen("dining", reservation(&guest.number)).likes("allergy.food", "peanut");
            last = self.publish(noted.event()).await;
        }
        self.desk.settled(last).await;
    }
}

impl Guest {
    fn number(guest: usize) -> Self {
        let number = format!("R-{guest}");
        Self {
            board: prompt("dining", &number).to_string(),
            room: (2001 + guest).to_string(),
            number,
        }
    }

    /// Checks in until that is acknowledged; says whose board it is, when it was, and what is on the bus.
    async fn checks_in(self, desk: Desk) -> (String, Arrival, Acknowledged) {
        let event = stay(&self.number, checked_in(&self.room, "Okafor"));
        let at = Instant::now();
        let (sequence, _) = until_acknowledged(&desk, &event).await;
        let arrival = Arrival {
            at,
            acknowledged: Instant::now(),
        };
        let published = Acknowledged {
            sequence,
            event,
            dead: None,
        };
        (self.board, arrival, published)
    }
}

/// When each board first named its room.
async fn when_told(
    mut boards: OrderedReader,
    mut rooms: BTreeMap<String, String>,
) -> BTreeMap<String, Instant> {
    let mut told = BTreeMap::new();
    while !rooms.is_empty() {
        for read in boards.next_batch(BATCH, LINGER).await.unwrap() {
            let Read::Message(message) = read else {
                panic!("boards are lost: {read:?}");
            };
            let Some(room) = rooms.get(&message.subject) else {
                continue;
            };
            let board = BoardMessage::decode(&message.subject, &message.payload).unwrap();
            if board
                .data
                .room
                .is_some_and(|shown| shown.0.as_str() == room)
            {
                rooms.remove(&message.subject);
                told.insert(message.subject, Instant::now());
            }
        }
    }
    told
}
