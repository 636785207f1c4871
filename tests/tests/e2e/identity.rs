//! Who is one person with whom, when somebody says so and when it is taken back: both profiles and both guests' boards
//! follow at once, and nothing is lost or left over.

use cardex_domain::event::{
    GuestDetails, Identifier, IdentifierKind, LinkKind, StayChange, StayDetails,
};
use cardex_domain::ids::NodeId;
use cardex_wire::query::{
    ErrorCode, Find, FindIdentifier, FindRequest, Get, GetRequest, Links, LinksRequest,
};

use crate::events::{details, linked, now, reservation, seen, stay, unlinked};
use crate::harness::{Desk, House, stay_id};

/// A booking in this name, with a passport.
fn booked(family: &str, passport: &str) -> StayChange {
    let details = details(family);
    let guest = details.guest.map(|guest| GuestDetails {
        identifiers: vec![Identifier {
            kind: IdentifierKind::Document,
            value: passport.into(),
            verified: true,
        }],
        ..guest
    });
    StayChange::Reserved(StayDetails { guest, ..details })
}

/// Whether the front desk is told of a south-facing room for this stay.
async fn faces_south(desk: &Desk, number: &str) -> bool {
    let texts = desk.texts("front_desk", number).await;
    texts.iter().any(|text| text.contains("south-facing"))
}

async fn canonical(desk: &Desk, number: &str) -> Vec<u8> {
    let node = NodeId::Stay(stay_id(number));
    let profile = desk.canonical(node, now().day()).await;
    profile.expect("the stay is known")
}

/// How many members the guest has who is found by this passport.
async fn members_found(desk: &Desk, passport: &str) -> Vec<usize> {
    let question = FindRequest {
        identifier: Some(FindIdentifier {
            kind: IdentifierKind::Document.into(),
            value: passport.to_owned(),
        }),
        ..FindRequest::default()
    };
    let found = desk.ask::<Find>("engine", &question).await.unwrap();
    let guests = found.guests.iter();
    guests.map(|found| found.guest.members.len()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_joins_two_guests_and_undoing_it_leaves_both_as_they_were() {
    let house = House::open().await;
    let desk = &house.desk;
    house.publish(&stay("R-1", booked("Chan", "E1"))).await;
    house.publish(&stay("R-2", booked("Chan", "E2"))).await;
    let south = seen("front_desk", reservation("R-1")).likes("room.facing", "south");
    house.publish(&south.event()).await;
    house.settled().await;
    assert!(faces_south(desk, "R-1").await && !faces_south(desk, "R-2").await);
    let before = [canonical(desk, "R-1").await, canonical(desk, "R-2").await];

    let link = linked(LinkKind::Same, "R-1", "R-2");
    house.publish(&link).await;
    house.settled().await;
    assert!(faces_south(desk, "R-1").await && faces_south(desk, "R-2").await);
    for passport in ["E1", "E2"] {
        assert_eq!(members_found(desk, passport).await, [2], "{passport}");
    }

    house.publish(&unlinked(link.key)).await;
    house.settled().await;
    assert!(faces_south(desk, "R-1").await && !faces_south(desk, "R-2").await);
    let after = [canonical(desk, "R-1").await, canonical(desk, "R-2").await];
    assert!(after == before, "something was left over or lost");
    for passport in ["E1", "E2"] {
        assert_eq!(members_found(desk, passport).await, [1], "{passport}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn namesakes_with_one_passport_are_kept_apart_until_that_is_undone() {
    let house = House::open().await;
    let desk = &house.desk;
    house.publish(&stay("R-1", booked("Chan", "E1"))).await;
    house.publish(&stay("R-2", booked("Chan", "E1"))).await;
    let south = seen("front_desk", reservation("R-1")).likes("room.facing", "south");
    house.publish(&south.event()).await;
    house.settled().await;
    assert!(faces_south(desk, "R-2").await);

    let never = linked(LinkKind::Never, "R-2", "R-1");
    house.publish(&never).await;
    house.settled().await;
    assert!(faces_south(desk, "R-1").await && !faces_south(desk, "R-2").await);
    let question = |department| {
        let question = GetRequest::of(reservation("R-2"));
        async move { desk.ask::<Get>(department, &question).await.unwrap() }
    };
    let identity = question("guest_relations").await.profile.identity;
    assert_eq!(identity.apart.len(), 1);
    assert_eq!(identity.apart[0].event.0, never.key);
    assert!(question("dining").await.profile.identity.is_empty());

    house.publish(&unlinked(never.key)).await;
    house.settled().await;
    assert!(faces_south(desk, "R-2").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undoing_that_comes_first_is_final() {
    let house = House::open().await;
    let desk = &house.desk;
    house.publish(&stay("R-1", booked("Chan", "E1"))).await;
    house.publish(&stay("R-2", booked("Chan", "E2"))).await;
    let link = linked(LinkKind::Same, "R-1", "R-2");
    house.publish(&unlinked(link.key)).await;
    house.publish(&link).await;
    house.settled().await;
    assert_eq!(members_found(desk, "E1").await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_link_in_force_is_listed_page_by_page_for_those_who_keep_the_cards() {
    let house = House::open().await;
    for (number, passport) in [("R-1", "E1"), ("R-2", "E2"), ("R-3", "E3"), ("R-4", "E4")] {
        house.publish(&stay(number, booked("Chan", passport))).await;
    }
    let links = ["R-2", "R-3", "R-4"].map(|other| linked(LinkKind::Same, "R-1", other));
    for link in &links {
        house.publish(link).await;
    }
    house.publish(&linked(LinkKind::Never, "R-3", "R-4")).await;
    house.publish(&unlinked(links[1].key)).await;
    house.settled().await;
    let mut found = Vec::new();
    let mut question = LinksRequest {
        limit: Some(1),
        ..LinksRequest::default()
    };
    loop {
        let reply = house.desk.ask::<Links>("guest_relations", &question).await;
        let reply = reply.unwrap();
        assert!(reply.links.len() <= 1);
        found.extend(reply.links);
        question.after = reply.next;
        if question.after.is_none() {
            break;
        }
    }
    let mut expected = [links[0].key, links[2].key];
    expected.sort();
    let events: Vec<_> = found.iter().map(|made| made.link.event.0).collect();
    assert_eq!(events, expected);
    assert!(
        found
            .iter()
            .all(|made| !made.automatic && made.link.by == "duty")
    );

    let automatic = LinksRequest {
        automatic: true,
        ..LinksRequest::default()
    };
    let reply = house.desk.ask::<Links>("engine", &automatic).await;
    assert!(reply.unwrap().links.is_empty());
    for department in ["dining", "front_desk"] {
        let refused = house.desk.ask::<Links>(department, &automatic).await;
        assert_eq!(
            refused.unwrap_err().code,
            ErrorCode::Forbidden,
            "{department}"
        );
    }
}
