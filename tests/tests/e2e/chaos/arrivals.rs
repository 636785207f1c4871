//! Guests arrive one after the other while one of two aggregators and one of three nodes die: every board comes, and soon.

use std::collections::BTreeMap;
use std::time::Duration;

use cardex_bus::streams::{EVENTS, PROMPTS};
use cardex_bus::{OrderedReader, Read};
use cardex_tests::chaos::hotel::service;
use cardex_tests::chaos::load::{Acknowledged, until_acknowledged};
use cardex_wire::BoardMessage;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::cluster::{Hotel, RECOVERED_WITHIN};
use super::named;
use crate::events::{booked, checked_in, reservation, seen, stay};
use crate::harness::{Premises, prompt, until};

/// Guests who arrive, unless this variable says otherwise.
const ARRIVALS: usize = 60;
const ARRIVALS_VARIABLE: &str = "CHAOS_ARRIVALS";
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

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_aggregators_and_one_of_three_nodes_may_die_while_guests_arrive() {
    let arrivals = named(ARRIVALS_VARIABLE).map_or(ARRIVALS, |guests| guests as usize);
    let mut hotel = Hotel::open().await;
    let guests: Vec<Guest> = (0..arrivals).map(Guest::number).collect();
    let mut last = 0;
    for guest in &guests {
        hotel.publish(stay(&guest.number, booked("Okafor"))).await;
        let noted = seen("dining", reservation(&guest.number)).likes("allergy.food", "peanut");
        last = hotel.publish(noted.event()).await;
    }
    hotel.desk.settled(last).await;
    let elsewhere = Premises::new();
    let mut other = service("aggregator", &hotel.cluster.urls(), &elsewhere);
    until("two aggregators answer", async || {
        let there = hotel.desk.bus.instances("cardex-aggregator", WITHIN).await;
        there.unwrap().filter(|there| there.len() == 2).map(drop)
    })
    .await;

    let boards = OrderedReader::open(&hotel.desk.bus, PROMPTS, None).await;
    let rooms = guests
        .iter()
        .map(|guest| (guest.board.clone(), guest.room.clone()));
    let watching = tokio::spawn(when_told(boards.unwrap(), rooms.collect()));
    let (mut came, mut checking_in) = (BTreeMap::new(), JoinSet::new());
    let mut paces = tokio::time::interval(ONE_EVERY);
    for (place, guest) in guests.iter().enumerate() {
        paces.tick().await;
        if place == arrivals / 3 {
            other.start_kill().unwrap();
            let leader = hotel.cluster.leader(&hotel.desk.bus, EVENTS).await;
            hotel.cluster.nodes[leader].kill9().await;
        }
        came.insert(guest.board.clone(), Instant::now());
        let (desk, event) = (
            hotel.desk.clone(),
            stay(&guest.number, checked_in(&guest.room, "Okafor")),
        );
        checking_in.spawn(async move {
            let (sequence, _) = until_acknowledged(&desk, &event).await;
            Acknowledged {
                sequence,
                event,
                dead: None,
            }
        });
    }
    hotel.arrivals.extend(checking_in.join_all().await);
    let told = watching.await.unwrap();
    let mut waited: Vec<Duration> = came.iter().map(|(board, at)| told[board] - *at).collect();
    waited.sort_unstable();
    let slowest = waited[waited.len() - 1];
    println!(
        "{arrivals} guests: on the board after {:.1?} (p50), {:.1?} (p90), {slowest:.1?} at most",
        waited[waited.len() / 2],
        waited[waited.len() * 9 / 10],
    );
    assert!(slowest < RECOVERED_WITHIN, "{slowest:?}");
    other.wait().await.unwrap();
    hotel.closes_its_books().await;
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
