//! A hotel with a server of its own, whose events headquarters takes in: while the line is down the hotel works on, and when it is
//! back nothing is missing at headquarters and nothing counts twice.

use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use cardex_bus::streams::{EVENTS, sourced, stream_ends};
use cardex_bus::{Headers, Outgoing};
use cardex_domain::event::Event;
use cardex_domain::ids::NodeId;
use cardex_testkit::{Line, TestServer, free_ports};
use cardex_wire::EventDraft;
use tokio::process::{Child, Command};

use crate::chaos::binary;
use crate::events::{booked, checked_in, now, reservation, seen, stay};
use crate::harness::{Desk, House, Premises, stay_id, until};

/// What is noticed while the line is down, one by one and in batches.
const NOTICED: usize = 1_000;
const GUESTS: usize = 10;
const SAYINGS: [(&str, &str); 4] = [
    ("allergy.food", "peanut"),
    ("dining.cuisine", "sichuan"),
    ("room.facing", "south"),
    ("room.floor", "10"),
];
/// The hotel's side of the line, as it is deployed.
const HOTEL: &str = include_str!("../../../deploy/leaf/hotel.conf");

#[tokio::test(flavor = "multi_thread")]
async fn a_hotel_works_on_while_its_line_is_down_and_headquarters_has_all_of_it_afterwards() {
    let port = free_ports(1)[0];
    // It does not tell the hotel of a way past the line.
    let leafnodes = format!("leafnodes {{ listen: \"127.0.0.1:{port}\", no_advertise: true }}\n");
    let headquarters = TestServer::start_in(Some("hq"), &leafnodes).await;
    let mut line = Line::lay(port).await;
    let (server, bus) = hotel(line.port()).await;
    let mut hotel = House::on(server, bus).await;
    hotel.start_aggregator().await;
    let desk = Desk {
        bus: headquarters.connect().await,
    };
    let (premises, _aggregator) = aggregator(&headquarters);

    let mut last = 0;
    for guest in 0..GUESTS {
        last = hotel.publish(&stay(&number(guest), booked("Okafor"))).await;
    }
    has_all(&desk, last).await;
    desk.applied(last).await;
    for bus in [&hotel.desk.bus, &desk.bus] {
        let within = Duration::from_secs(1);
        let answering = bus.instances("cardex-aggregator", within).await.unwrap();
        assert_eq!(
            answering.map(|all| all.len()),
            Some(1),
            "each end knows its own alone"
        );
    }

    line.cut().await;
    for guest in 0..GUESTS {
        let room = format!("12{guest:02}");
        last = hotel
            .publish(&stay(&number(guest), checked_in(&room, "Okafor")))
            .await;
    }
    let noticed: Vec<Event> = (0..NOTICED).map(said).collect();
    let (singly, in_batches) = noticed.split_at(NOTICED / 2);
    for event in singly {
        last = hotel.publish(event).await;
    }
    let batches = hotel.desk.bus.batches(EVENTS).await.unwrap();
    for (_, ack) in batches
        .publish(in_batches.iter().map(message).collect())
        .await
    {
        last = last.max(ack.unwrap().stream_sequence);
    }
    hotel.desk.applied(last).await;
    // Somebody notes something at headquarters meanwhile, so that its stream has an order of its own.
    let own = seen("front_desk", reservation(&number(0))).likes("amenity.fruit", "mango");
    desk.publish(&own.event()).await;
    let before = sourced(&desk.bus).await.unwrap();
    assert_eq!(before[0].last, None, "the line is down");
    assert!(before[0].has < last);

    line.mend().await;
    has_all(&desk, last).await;
    let ends = stream_ends(&desk.bus, EVENTS).await.unwrap();
    assert_eq!(ends.messages, last + 1, "each once, and one of its own");
    desk.applied(ends.last).await;
    assert!(desk.dead_letters().await.is_empty());
    for guest in 1..GUESTS {
        let node = NodeId::Stay(stay_id(&number(guest)));
        let (there, here) = (
            hotel.desk.canonical(node, now().day()).await,
            desk.canonical(node, now().day()).await,
        );
        assert!(
            there.is_some() && there == here,
            "another profile of {guest}"
        );
    }
    drop(premises);
}

fn number(guest: usize) -> String {
    format!("LEAF-{guest}")
}

fn said(n: usize) -> Event {
    let (attribute, value) = SAYINGS[n % SAYINGS.len()];
    let about = reservation(&number(n % GUESTS));
    seen("dining", about).likes(attribute, value).event()
}

fn message(event: &Event) -> Outgoing {
    let message = EventDraft::of(event, "/test").unwrap().encode().unwrap();
    Outgoing {
        subject: message.subject,
        id: event.id.to_string(),
        payload: Bytes::from(message.payload),
        headers: Headers::new(),
    }
}

/// Waits until headquarters has the hotel's events up to this one.
async fn has_all(desk: &Desk, last: u64) {
    until("headquarters has what happened at the hotel", async || {
        let hotels = sourced(&desk.bus).await.ok()?;
        let hotel = hotels.first()?;
        assert_eq!(hotel.domain, "macau");
        (hotel.has == last && hotel.last == Some(last)).then_some(())
    })
    .await;
}

async fn hotel(line: u16) -> (TestServer, cardex_bus::Bus) {
    let configuration =
        format!("HEADQUARTERS: \"nats-leaf://127.0.0.1:{line}\"\nleafnodes {{\n{HOTEL}}}\n");
    let server = TestServer::start_in(Some("macau"), &configuration).await;
    let bus = server.connect().await;
    (server, bus)
}

/// Headquarters' aggregator, with the hotel's key.
fn aggregator(headquarters: &TestServer) -> (Premises, Child) {
    let premises = Premises::new();
    let mut command = Command::new(binary());
    command
        .args(["aggregator", "--set", "server.hotels=macau"])
        .args(["--nats", headquarters.url(), "--data"])
        .arg(premises.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    (premises, command.spawn().unwrap())
}
