//! Who is one person with whom, when somebody says so and when it is taken back: both profiles and both guests' boards
//! follow at once, and nothing is lost or left over.

use cardex_domain::event::{
    GuestDetails, Identifier, IdentifierKind, LinkKind, StayChange, StayDetails,
};
use cardex_domain::ids::NodeId;
use cardex_wire::query::{Find, FindIdentifier, FindRequest, Get, GetRequest};

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
