//! What was seen in a room belongs to whoever was there, also when that is learnt later or turns out otherwise.

use cardex_domain::event::StayChange;
use cardex_domain::ids::{EventKey, NodeId};
use cardex_wire::query::{Unassigned, UnassignedRequest, Waiting};
use cardex_wire::words::UnassignedReason;

use crate::events::{
    booked, checked_in, hours_ago, moved, reservation, retraction, room, seen, stay, stay_at,
};
use crate::harness::{Desk, House, stay_id};

async fn waiting(desk: &Desk) -> Vec<Waiting> {
    let question = UnassignedRequest::default();
    let reply = desk.ask::<Unassigned>("engine", &question).await;
    reply.unwrap().unassigned
}

/// Checks that the one observation that waits is this one, for this reason.
async fn waits(desk: &Desk, event: EventKey, reason: UnassignedReason, candidates: &[&str]) {
    let waiting = waiting(desk).await;
    let [one] = &waiting[..] else {
        panic!("not one waits: {waiting:?}")
    };
    assert_eq!((one.event.0, one.reason), (event, reason));
    let mut expected: Vec<NodeId> = candidates
        .iter()
        .map(|number| NodeId::Stay(stay_id(number)))
        .collect();
    expected.sort();
    let mut found: Vec<NodeId> = one.candidates.iter().map(|node| node.0).collect();
    found.sort();
    assert_eq!(found, expected);
}

/// The room of the floor's shoe-care item for this stay, if there is one.
async fn kit_goes_to(desk: &Desk, number: &str) -> Option<String> {
    let board = desk.board("floor", number).await?;
    let mut rules = board.items.iter().map(|item| item.rule.0.as_str());
    let wanted = rules.any(|rule| rule == "shoe-kit");
    board.room.filter(|_| wanted).map(|room| room.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_in_a_room_follows_what_is_learnt_of_its_guests() {
    let house = House::open().await;
    let desk = &house.desk;
    house.publish(&stay("R-1", booked("Chen"))).await;
    house.publish(&stay("R-2", booked("Lam"))).await;
    let muddy = seen("floor", room("0807"))
        .observed()
        .likes("amenity.shoe_care", "mud_kit")
        .at(hours_ago(2))
        .event();
    house.publish(&muddy).await;
    house.settled().await;
    waits(desk, muddy.key, UnassignedReason::NoOccupant, &[]).await;
    let one = &waiting(desk).await[0];
    let said: Vec<(&str, &str)> = one
        .statements
        .iter()
        .map(|s| (s.attribute.0.as_str(), s.value.as_str()))
        .collect();
    assert_eq!(said, [("amenity.shoe_care", "mud_kit")]);
    assert_eq!((one.withheld, one.department.0.as_str()), (0, "floor"));
    assert_eq!(desk.open_boards("floor").await, []);

    // The desk had checked him in long before; its system was not heard of in between.
    let late = stay_at("R-1", hours_ago(5), checked_in("0807", "Chen"));
    house.publish(&late).await;
    house.settled().await;
    assert_eq!(waiting(desk).await, []);
    assert_eq!(kit_goes_to(desk, "R-1").await.as_deref(), Some("0807"));
    assert_eq!(kit_goes_to(desk, "R-2").await, None);

    // Somebody else in the room at that time as well: it is nobody's until that is cleared up.
    let second = stay_at("R-2", hours_ago(3), checked_in("0807", "Lam"));
    house.publish(&second).await;
    house.settled().await;
    let several = UnassignedReason::Several;
    waits(desk, muddy.key, several, &["R-1", "R-2"]).await;
    assert_eq!(kit_goes_to(desk, "R-1").await, None);
    assert_eq!(kit_goes_to(desk, "R-2").await, None);

    // The first had moved out before: it was about the second all along.
    house
        .publish(&stay_at("R-1", hours_ago(4), moved("0901")))
        .await;
    house.settled().await;
    assert_eq!(waiting(desk).await, []);
    assert_eq!(kit_goes_to(desk, "R-1").await, None);
    assert_eq!(kit_goes_to(desk, "R-2").await.as_deref(), Some("0807"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_may_have_done_waits_with_both_until_it_is_taken_back() {
    let house = House::open().await;
    let desk = &house.desk;
    for (number, family) in [("R-3", "Wong"), ("R-4", "Ho")] {
        let shares = stay_at(number, hours_ago(5), checked_in("1001", family));
        house.publish(&shares).await;
    }
    let muddy = seen("floor", room("1001"))
        .observed()
        .likes("amenity.shoe_care", "mud_kit")
        .event();
    house.publish(&muddy).await;
    house.settled().await;
    let several = UnassignedReason::Several;
    waits(desk, muddy.key, several, &["R-3", "R-4"]).await;
    assert_eq!(desk.open_boards("floor").await, []);

    house.publish(&retraction(&muddy)).await;
    house.settled().await;
    assert_eq!(waiting(desk).await, []);
    assert_eq!(desk.open_boards("floor").await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_is_shown_of_what_waits_what_it_may_see() {
    let house = House::open().await;
    let heard = seen("front_desk", room("0807"))
        .likes("health.hearing", "hard_of_hearing")
        .likes("room.facing", "west")
        .event();
    house.publish(&heard).await;
    house.settled().await;
    let question = UnassignedRequest::default();
    for (department, seen, withheld) in [("engine", 2, 0), ("dining", 1, 1)] {
        let reply = house.desk.ask::<Unassigned>(department, &question).await;
        let reply = reply.unwrap();
        let one = &reply.unassigned[0];
        let shown = (one.statements.len(), one.withheld);
        assert_eq!(shown, (seen, withheld), "{department}: {one:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_listed_page_by_page() {
    let house = House::open().await;
    for number in ["0807", "0808", "0809"] {
        let heard = seen("floor", room(number)).likes("amenity.fruit", "mango");
        house.publish(&heard.event()).await;
    }
    house.settled().await;
    let mut question = UnassignedRequest {
        limit: Some(1),
        ..UnassignedRequest::default()
    };
    let mut listed = Vec::new();
    loop {
        let reply = house
            .desk
            .ask::<Unassigned>("floor", &question)
            .await
            .unwrap();
        assert!(reply.unassigned.len() <= 1);
        listed.extend(reply.unassigned.into_iter().map(|waiting| waiting.sequence));
        question.since = reply.next;
        if question.since.is_none() {
            break;
        }
    }
    assert_eq!(listed.len(), 3);
    assert!(listed.is_sorted());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_nothing_behind_it_is_listed_until_it_has() {
    let house = House::open().await;
    let desk = &house.desk;
    let question = UnassignedRequest::default();
    let left = stay_at("R-9", hours_ago(1), StayChange::CheckedOut);
    house.publish(&left).await;
    let noted = seen("floor", reservation("R-9"))
        .likes("amenity.fruit", "mango")
        .event();
    house.publish(&retraction(&noted)).await;
    house.settled().await;
    let reply = desk.ask::<Unassigned>("engine", &question).await.unwrap();
    let stays: Vec<_> = reply
        .stays
        .iter()
        .map(|stay| {
            (
                stay.sequence,
                stay.reservation.as_str(),
                stay.change.as_str(),
            )
        })
        .collect();
    assert_eq!(stays, [(1, "R-9", "checked_out")]);
    let void: Vec<_> = reply.retractions.iter().map(|r| r.target.0).collect();
    assert_eq!(void, [noted.key]);

    house
        .publish(&stay_at("R-9", hours_ago(5), checked_in("0807", "Chen")))
        .await;
    house.publish(&noted).await;
    house.settled().await;
    let reply = desk.ask::<Unassigned>("engine", &question).await.unwrap();
    assert_eq!((reply.stays, reply.retractions), (vec![], vec![]));
}
