//! Guests that may be one person: who is told of them and why, what a decision does, and what never is enough.

use cardex_domain::event::{
    GuestDetails, Identifier, IdentifierKind, LinkKind, Name, StayChange, StayDetails,
};
use cardex_domain::ids::NodeId;
use cardex_wire::query::{
    Duplicates, DuplicatesReply, DuplicatesRequest, ErrorCode, PairView, Queue,
};

use crate::events::{details, linked, stay, unlinked};
use crate::harness::{Desk, House, stay_id};

/// A booking in this name, with these contacts.
fn booked(family: &str, given: &str, contacts: &[(IdentifierKind, &str, bool)]) -> StayChange {
    let identifier = |(kind, value, verified): &(IdentifierKind, &str, bool)| Identifier {
        kind: *kind,
        value: (*value).into(),
        verified: *verified,
    };
    let details = details(family);
    let guest = GuestDetails {
        name: Some(Name {
            family: Some(family.into()),
            given: Some(given.into()),
            ..Name::default()
        }),
        identifiers: contacts.iter().map(identifier).collect(),
        ..GuestDetails::default()
    };
    StayChange::Reserved(StayDetails {
        guest: Some(guest),
        ..details
    })
}

async fn asked(desk: &Desk, queue: Queue) -> DuplicatesReply {
    let question = DuplicatesRequest {
        queue,
        ..DuplicatesRequest::default()
    };
    let reply = desk.ask::<Duplicates>("guest_relations", &question).await;
    reply.unwrap()
}

/// The pairs of both queues.
async fn pairs(desk: &Desk) -> Vec<PairView> {
    let mut pairs = asked(desk, Queue::Suggested).await.pairs;
    pairs.extend(asked(desk, Queue::Review).await.pairs);
    pairs
}

const PHONE: &str = "+853 6600 1122";
const EMAIL: &str = "chiamaka.okonkwo@mail.test";

#[tokio::test(flavor = "multi_thread")]
async fn two_profiles_of_one_person_wait_until_somebody_decides() {
    let mut house = House::open().await;
    let contacts = [
        (IdentifierKind::Phone, PHONE, false),
        (IdentifierKind::Email, EMAIL, false),
    ];
    let one = booked("Okonkwo", "Chiamaka", &contacts);
    house.publish(&stay("R-1", one)).await;
    let typo = booked("Okonkwo", "Chiamkaa", &contacts);
    house.publish(&stay("R-2", typo)).await;
    house
        .publish(&stay("R-3", booked("Smith", "Ann", &[])))
        .await;
    house.settled().await;
    let before = pairs(&house.desk).await;
    assert_eq!(before.len(), 1, "{before:?}");
    let evidence = &before[0].evidence;
    let given = evidence.iter().find(|said| said.field == "given").unwrap();
    assert!(given.millibits > 0 && given.a != given.b, "{given:?}");

    // One person, and so no pair; two again, and it is back.
    let link = linked(LinkKind::Same, "R-1", "R-2");
    house.publish(&link).await;
    house.settled().await;
    assert!(pairs(&house.desk).await.is_empty());
    house.publish(&unlinked(link.key)).await;
    house.settled().await;
    let back = pairs(&house.desk).await;
    assert_eq!(back.len(), 1);
    assert_eq!(back[0].unlinked.len(), 1);
    assert_eq!(back[0].unlinked[0].0, link.key);

    // What a start works out anew is what was worked out as events came.
    house.stop_aggregator().await;
    house.start_aggregator().await;
    assert_eq!(pairs(&house.desk).await, back);

    house.publish(&linked(LinkKind::Never, "R-1", "R-2")).await;
    house.settled().await;
    assert!(pairs(&house.desk).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_checked_phone_under_conflicting_names_is_for_review() {
    let house = House::open().await;
    let phone = [(IdentifierKind::Phone, PHONE, true)];
    house
        .publish(&stay("R-1", booked("Okonkwo", "Chiamaka", &phone)))
        .await;
    house
        .publish(&stay("R-2", booked("Smith", "Ann", &phone)))
        .await;
    house.settled().await;
    assert!(asked(&house.desk, Queue::Suggested).await.pairs.is_empty());
    let review = asked(&house.desk, Queue::Review).await.pairs;
    assert_eq!(review.len(), 1);
    assert_eq!(review[0].contested.len(), 1);
    let members: Vec<_> = [&review[0].a, &review[0].b].map(|g| g.members[0].0).into();
    for number in ["R-1", "R-2"] {
        let node = NodeId::Stay(stay_id(number));
        assert!(members.contains(&node), "{number}");
    }
    house.publish(&linked(LinkKind::Never, "R-1", "R-2")).await;
    house.settled().await;
    assert!(asked(&house.desk, Queue::Review).await.pairs.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agencys_address_pairs_nobody_and_a_name_alone_is_never_suggested() {
    let house = House::open().await;
    let relay = [(IdentifierKind::Email, "x7k2@guest.booking.com", true)];
    for (number, family, given, contacts) in [
        ("R-1", "Okonkwo", "Chiamaka", &relay[..]),
        ("R-2", "Smith", "Ann", &relay),
        ("R-3", "Okonkwo", "Chiamaka", &[]),
    ] {
        let booked = booked(family, given, contacts);
        house.publish(&stay(number, booked)).await;
    }
    house.settled().await;
    assert!(asked(&house.desk, Queue::Suggested).await.pairs.is_empty());
    let review = asked(&house.desk, Queue::Review).await.pairs;
    assert_eq!(review.len(), 1, "{review:?}");
    assert!(review[0].evidence.iter().all(|said| said.field != "email"));
    let smith = NodeId::Stay(stay_id("R-2"));
    let members = [&review[0].a, &review[0].b].map(|guest| guest.members[0].0);
    assert!(!members.contains(&smith));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_keep_cards_in_order_are_told() {
    let house = House::open().await;
    house.settled().await;
    let question = DuplicatesRequest::default();
    for department in ["front_desk", "floor"] {
        let refused = house.desk.ask::<Duplicates>(department, &question).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::Forbidden);
    }
    assert!(
        house
            .desk
            .ask::<Duplicates>("engine", &question)
            .await
            .is_ok()
    );
}
