//! A cluster of three nodes that keep three copies of each stream: one of them may die at any moment and nobody waits for
//! long; when all die, everything goes on once they are back. Nothing acknowledged is lost, and nothing counts twice.

use std::time::Duration;

use cardex_bus::streams::{EVENTS, PROMPTS};
use cardex_bus::{Bus, BusSettings};
use cardex_domain::event::Event;
use cardex_testkit::{NODES, TestCluster};
use cardex_tests::chaos::Scale;
use cardex_tests::chaos::books::Books;
use cardex_tests::chaos::hotel::service;
use cardex_tests::chaos::load::{Acknowledged, Load, until_acknowledged};
use cardex_wire::{BoardMessage, EventDraft};
use serde_json::Value;
use tokio::process::Child;
use tokio::time::Instant;

use super::{named, seed};
use crate::events::{booked, checked_in, reservation, seen, stay};
use crate::harness::{Desk, Premises, prompt, until};

/// Events that happen before a fault, and again after it.
const EVENTS_A_TIME: usize = 40;
/// How often nodes die, unless this variable says otherwise.
const ROUNDS: usize = 2;
/// How long one node hears nothing of the others: longer than they take to notice.
const ALONE_FOR: Duration = Duration::from_secs(12);
const ROUNDS_VARIABLE: &str = "CHAOS_ROUNDS";
/// A busy machine may take so long until a guest who arrives after a fault is on a board. On a quiet one: tests/README.md.
pub(super) const RECOVERED_WITHIN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leads_may_die_and_nobody_waits_for_long() {
    let mut hotel = Hotel::open().await;
    for round in 0..named(ROUNDS_VARIABLE).map_or(ROUNDS, |rounds| rounds as usize) {
        let stream = [EVENTS, PROMPTS][round % 2];
        let guest = hotel.expects_a_guest().await;
        hotel.is_busy().await;
        let leader = hotel.cluster.leader(&hotel.desk.bus, stream).await;
        hotel.cluster.nodes[leader].kill9().await;
        hotel.welcomes(guest, "the leader is killed").await;
        // Everything goes on with two.
        hotel.is_busy().await;
        let node = &mut hotel.cluster.nodes[leader];
        if round % 2 == 1 {
            // Another machine in its place: it has nothing but the name.
            std::fs::remove_dir_all(node.data_directory()).unwrap();
        }
        node.restart().await;
        hotel.cluster.whole(&hotel.desk.bus).await;
    }
    hotel.closes_its_books().await;
}

/// What it is to the others when one node is cut off from them: it is there, with all that it knew, and nobody hears it.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_is_not_heard_for_a_while_takes_nothing_with_it() {
    let mut hotel = Hotel::open().await;
    for round in 0..named(ROUNDS_VARIABLE).map_or(1, |rounds| rounds as usize) {
        let stream = [EVENTS, PROMPTS][round % 2];
        let guest = hotel.expects_a_guest().await;
        hotel.is_busy().await;
        let leader = hotel.cluster.leader(&hotel.desk.bus, stream).await;
        hotel.cluster.nodes[leader].freeze();
        hotel.welcomes(guest, "the leader is not heard").await;
        hotel.is_busy().await;
        // It comes back as one that still takes itself for the leader.
        hotel.cluster.nodes[leader].thaw();
        hotel.is_busy().await;
        hotel.cluster.whole(&hotel.desk.bus).await;
    }
    hotel.closes_its_books().await;
}

/// The node that leads is cut off from the others and lives on, with clients of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_is_cut_off_acknowledges_nothing_and_the_others_work_on() {
    for round in 0..named(ROUNDS_VARIABLE).map_or(1, |rounds| rounds as usize) {
        let alone = round % NODES;
        let mut hotel = Hotel::away_from(alone).await;
        let guest = hotel.expects_a_guest().await;
        hotel.is_busy().await;
        hotel.cluster.whole(&hotel.desk.bus).await;
        let bus = hotel.cluster.nodes[alone].connect().await;
        hotel.cluster.lead(&hotel.desk.bus, EVENTS, alone).await;
        hotel.cluster.cut_off(alone).await;
        let noted = seen("dining", reservation(&guest)).likes("dining.cuisine", "sichuan");
        let noted = noted.event();
        let (acknowledged, ()) = tokio::join!(
            is_acknowledged(&bus, &noted),
            hotel.welcomes(guest, "the leader is cut off")
        );
        assert!(!acknowledged, "who is cut off has acknowledged something");
        hotel.is_busy().await;
        hotel.cluster.mend(alone).await;
        hotel.cluster.whole(&hotel.desk.bus).await;
        hotel.publish(noted).await;
        hotel.is_busy().await;
        hotel.closes_its_books().await;
    }
}

/// One node cannot tell whether the two others are dead or work on without it.
#[tokio::test(flavor = "multi_thread")]
async fn a_minority_acknowledges_nothing_and_what_it_was_told_counts_once() {
    let mut hotel = Hotel::open().await;
    for round in 0..named(ROUNDS_VARIABLE).map_or(1, |rounds| rounds as usize) {
        let guest = hotel.expects_a_guest().await;
        hotel.is_busy().await;
        hotel.cluster.whole(&hotel.desk.bus).await;
        let alone = round % NODES;
        let bus = hotel.cluster.nodes[alone].connect().await;
        let others = || (0..NODES).filter(|node| *node != alone);
        for node in others() {
            hotel.cluster.nodes[node].freeze();
        }
        let noted = seen("dining", reservation(&guest)).likes("dining.cuisine", "sichuan");
        let noted = noted.event();
        let acknowledged = is_acknowledged(&bus, &noted).await;
        assert!(!acknowledged, "one of three has acknowledged something");
        for node in others() {
            hotel.cluster.nodes[node].thaw();
        }
        hotel.publish(noted).await;
        hotel.welcomes(guest, "two of three are heard again").await;
        hotel.is_busy().await;
    }
    hotel.closes_its_books().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_may_die_and_everything_goes_on_when_they_are_back() {
    let mut hotel = Hotel::open().await;
    for _ in 0..named(ROUNDS_VARIABLE).map_or(1, |rounds| rounds as usize) {
        let guest = hotel.expects_a_guest().await;
        hotel.is_busy().await;
        hotel.cluster.kill9_all().await;
        hotel.cluster.restart_all().await;
        hotel.welcomes(guest, "all are killed and started").await;
        hotel.is_busy().await;
    }
    hotel.closes_its_books().await;
}

/// Whether the event is acknowledged by the time that nodes that hear nothing of each other have noticed.
async fn is_acknowledged(bus: &Bus, event: &Event) -> bool {
    let message = EventDraft::of(event, "/test").unwrap().encode().unwrap();
    let told = bus.request(&message.subject, message.payload.into(), ALONE_FOR);
    told.await.is_ok_and(|answer| {
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        answer.get("error").is_none()
    })
}

/// A hotel on a cluster, with processes as they run there.
pub(super) struct Hotel {
    pub(super) cluster: TestCluster,
    pub(super) desk: Desk,
    premises: Premises,
    services: Vec<(&'static str, Child)>,
    load: Load,
    released: usize,
    /// What was published beside the load.
    pub(super) arrivals: Vec<Acknowledged>,
    guests: usize,
}

impl Hotel {
    pub(super) async fn open() -> Self {
        Self::on(TestCluster::start().await, &[0, 1, 2]).await
    }

    /// A hotel whose processes never connect to one of the nodes, which may be cut off from the others.
    async fn away_from(node: usize) -> Self {
        let others: Vec<usize> = (0..NODES).filter(|other| *other != node).collect();
        Self::on(TestCluster::start_with_lines().await, &others).await
    }

    /// A hotel whose processes connect to these nodes.
    async fn on(cluster: TestCluster, reached: &[usize]) -> Self {
        let seed = seed();
        let urls: Vec<&str> = reached.iter().map(|n| cluster.nodes[*n].url()).collect();
        let settings = BusSettings {
            urls: urls.iter().map(|url| (*url).to_owned()).collect(),
            ..BusSettings::default()
        };
        let bus = Bus::connect(&settings).await.unwrap();
        let (desk, premises) = (Desk { bus }, Premises::new());
        let services = ["aggregator", "checkin"];
        Self {
            services: services
                .map(|name| (name, service(name, &urls, NODES, &premises)))
                .into(),
            load: Load::start(&desk, seed, Scale::short(1).measure),
            cluster,
            desk,
            premises,
            released: 0,
            arrivals: Vec::new(),
            guests: 0,
        }
    }

    /// A service that runs on other premises as well.
    pub(super) fn has_another(&mut self, name: &'static str, premises: &Premises) {
        let another = service(name, &self.cluster.urls(), NODES, premises);
        self.services.push((name, another));
    }

    /// Lets events happen, and waits until half of them are acknowledged.
    async fn is_busy(&mut self) {
        self.load.release(EVENTS_A_TIME);
        let half = self.released + EVENTS_A_TIME / 2;
        self.released += EVENTS_A_TIME;
        self.load.acknowledged(half).await;
    }

    /// Somebody of whom dining has to know something books, and stands on its board; returns the number of the booking.
    async fn expects_a_guest(&mut self) -> String {
        self.guests += 1;
        let number = format!("ARRIVAL-{}", self.guests);
        self.publish(stay(&number, booked("Okafor"))).await;
        let noted = seen("dining", reservation(&number)).likes("allergy.food", "peanut");
        self.publish(noted.event()).await;
        self.stands_on_a_board(&number, None).await;
        number
    }

    /// The guest checks in; says how long it took until that was on the board.
    async fn welcomes(&mut self, number: String, after: &str) {
        let since = Instant::now();
        let room = format!("12{:02}", self.guests);
        self.publish(stay(&number, checked_in(&room, "Okafor")))
            .await;
        let acknowledged = since.elapsed();
        self.stands_on_a_board(&number, Some(&room)).await;
        let told = since.elapsed();
        println!(
            "{after}: a check-in is acknowledged after {acknowledged:.1?}, on its board after {told:.1?}"
        );
        assert!(told < RECOVERED_WITHIN, "{told:?}");
    }

    /// Waits until dining's board says what it has to know of the guest, in this room.
    async fn stands_on_a_board(&mut self, number: &str, room: Option<&str>) {
        let (subject, bus) = (prompt("dining", number).to_string(), self.desk.bus.clone());
        until("the guest is on the board", async || {
            self.all_run();
            let stored = bus.last_for_subject(PROMPTS, &subject).await.ok()??;
            let board = BoardMessage::decode(&subject, &stored.payload)
                .unwrap()
                .data;
            let shown = board.room.as_ref().map(|room| room.0.as_str());
            (shown == room && !board.items.is_empty()).then_some(())
        })
        .await;
    }

    /// Publishes until there is an acknowledgement, and returns the sequence.
    pub(super) async fn publish(&mut self, event: Event) -> u64 {
        let (sequence, _) = until_acknowledged(&self.desk, &event).await;
        self.arrivals.push(Acknowledged {
            sequence,
            event,
            dead: None,
        });
        sequence
    }

    fn all_run(&mut self) {
        for (name, child) in &mut self.services {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "{name} ended by itself: {ended:?}");
        }
    }

    /// Everything that was acknowledged is there and counts once, byte for byte.
    pub(super) async fn closes_its_books(mut self) {
        self.all_run();
        self.load.acknowledged(self.released).await;
        let mut acknowledged = self.load.finish().await;
        acknowledged.append(&mut self.arrivals);
        let last = acknowledged.iter().map(|a| a.sequence).max().unwrap();
        self.desk.settled(last).await;

        let mut books = Books::of(&acknowledged, &[]);
        books.check_stream(&self.desk).await;
        books.check_profiles(&self.desk).await;
        books.check_boards(&self.desk).await;
        books.check_dead_letters(&self.desk).await;
        for (_, mut child) in self.services {
            child.kill().await.unwrap();
        }
        books.check_store(&self.premises.store());
        assert!(books.findings.is_empty(), "{:#?}", books.findings);
    }
}
