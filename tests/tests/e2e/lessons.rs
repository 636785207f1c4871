//! What became of prompts teaches: what a guest or a house turns down is weighed less, from one stay to the next.

use cardex_domain::event::{
    CardChange, ExternalProfile, GuestDetails, Judgement, OutcomeKind, StayChange, StayDetails,
};
use cardex_domain::ids::ItemId;
use cardex_wire::BoardView;
use cardex_wire::query::{
    EvidenceState, Explain, ExplainRequest, LessonView, Lessons, LessonsRequest, Wrong,
    WrongRequest,
};
use cardex_wire::words::ChangeKind;

use crate::boards::cards;
use crate::corrections::{corrected, south};
use crate::events::{checked_in, details, outcome, reservation, seen, stay};
use crate::harness::{Desk, House, stay_id};

const FRONT_DESK: &str = "front_desk";

/// A booking of the guest of that number in another system.
fn booked_as(id: &str) -> StayChange {
    let details = details("Chan");
    let guest = details.guest.map(|guest| GuestDetails {
        profile: Some(ExternalProfile {
            pms: "opera".into(),
            id: id.into(),
        }),
        ..guest
    });
    StayChange::Reserved(StayDetails { guest, ..details })
}

/// A house with one line on the front desk's board for R-1, and that line.
async fn told() -> (House, ItemId) {
    let house = House::open().await;
    house.publish(&stay("R-1", booked_as("1"))).await;
    let facing = seen(FRONT_DESK, reservation("R-1")).likes("room.facing", "south");
    house.publish(&facing.event()).await;
    house.settled().await;
    let item = line(&house.desk, "R-1").await.0;
    (house, item)
}

/// The one line of the front desk's board.
async fn line(desk: &Desk, reservation: &str) -> (ItemId, BoardView) {
    let board = desk.board(FRONT_DESK, reservation).await.unwrap();
    assert_eq!(board.items.len(), 1, "{board:?}");
    (board.items[0].id.0.clone(), board)
}

async fn lessons(desk: &Desk, since: Option<u64>) -> Vec<LessonView> {
    let request = LessonsRequest {
        since,
        ..LessonsRequest::default()
    };
    desk.ask::<Lessons>("engine", &request)
        .await
        .unwrap()
        .lessons
}

/// How often the one rule that taught anything was taken up, and not, in quarters.
async fn fared(desk: &Desk) -> (u64, u64) {
    let lessons = lessons(desk, None).await;
    let [lesson] = &lessons[..] else {
        panic!("not one rule taught: {lessons:?}")
    };
    assert_eq!(lesson.department.0.as_str(), FRONT_DESK);
    (lesson.taken_up_quarters, lesson.turned_down_quarters)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_guest_did_not_want_is_weighed_less_at_the_next_stay() {
    let (house, item) = told().await;
    let (_, first) = line(&house.desk, "R-1").await;
    let declined = outcome(FRONT_DESK, stay_id("R-1"), &item, OutcomeKind::Declined);
    let taught = house.publish(&declined).await;
    house.publish(&stay("R-2", booked_as("1"))).await;
    house.publish(&stay("R-3", booked_as("2"))).await;
    let same = seen(FRONT_DESK, reservation("R-3")).likes("room.facing", "south");
    house.publish(&same.event()).await;
    house.settled().await;

    let (_, next) = line(&house.desk, "R-2").await;
    let (before, now) = (
        first.items[0].ranking.unwrap(),
        next.items[0].ranking.unwrap(),
    );
    assert_eq!(
        (
            before.turned_down_quarters,
            before.declines,
            before.shown_days_ago
        ),
        (0, 0, None)
    );
    assert_eq!(
        (now.turned_down_quarters, now.declines, now.shown_days_ago),
        (4, 1, Some(0))
    );
    assert_eq!(
        next.items[0].score, 0,
        "it was shown today, and nothing is new"
    );

    let (_, other) = line(&house.desk, "R-3").await;
    let other = (other.items[0].ranking.unwrap(), other.items[0].score);
    assert_eq!(
        (other.0.declines, other.0.shown_days_ago),
        (0, None),
        "another guest said nothing"
    );
    assert_eq!(other.0.turned_down_quarters, 4, "but the rule pleases less");
    assert!(other.1 < first.items[0].score && other.1 > 0);
    assert_eq!(
        lessons(&house.desk, Some(taught)).await,
        [],
        "nothing is taught since"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_acted_on_until_the_guest_left_counts_a_quarter_against_it() {
    let (mut house, item) = told().await;
    house
        .publish(&stay("R-1", checked_in("1012", "Chan")))
        .await;
    house.publish(&stay("R-1", StayChange::CheckedOut)).await;
    house.settled().await;
    let board = house.desk.board(FRONT_DESK, "R-1").await.unwrap();
    let changes: Vec<_> = board.changes.iter().map(|c| (&c.item.0, c.kind)).collect();
    assert_eq!(changes, [(&item, ChangeKind::Expired)]);
    let told: Vec<_> = cards(&house.desk)
        .await
        .iter()
        .map(|card| card.change)
        .collect();
    assert_eq!(told, [CardChange::Issued, CardChange::Expired]);
    assert_eq!(fared(&house.desk).await, (0, 1));

    // What was done all the same, and only reported later, takes the place of that; saying so twice changes nothing.
    for _ in 0..2 {
        let done = outcome(FRONT_DESK, stay_id("R-1"), &item, OutcomeKind::Done);
        house.publish(&done).await;
    }
    let end = house.settled().await;
    assert_eq!(fared(&house.desk).await, (4, 0));

    house.stop_aggregator().await;
    std::fs::remove_dir_all(house.premises.store()).unwrap();
    house.start_aggregator().await;
    house.desk.applied(end).await;
    assert_eq!(
        fared(&house.desk).await,
        (4, 0),
        "replay alone teaches the same"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_delighted_a_guest_is_known_at_the_next_stay_and_can_be_put_right() {
    let (house, item) = told().await;
    let delighted = outcome(FRONT_DESK, stay_id("R-1"), &item, OutcomeKind::Delighted);
    house.publish(&delighted).await;
    house.publish(&stay("R-2", booked_as("1"))).await;
    house.settled().await;
    let evidence = async || {
        let asked = ExplainRequest::of(reservation("R-2"));
        let reply = house.desk.ask::<Explain>("engine", &asked).await.unwrap();
        let claims = reply.claims.into_iter().flat_map(|claim| claim.evidence);
        let taught = claims.filter(|e| e.evidence.id.0.event == delighted.key);
        taught
            .map(|e| (e.evidence.app.0.to_string(), e.state))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        evidence().await,
        [("outcome".to_owned(), EvidenceState::Counts)]
    );

    let wrong = Judgement::NeverWas(south());
    house.publish(&corrected(reservation("R-2"), wrong)).await;
    house.settled().await;
    assert_eq!(
        evidence().await,
        [("outcome".to_owned(), EvidenceState::Discounted)]
    );
    let board = house.desk.board(FRONT_DESK, "R-2").await.unwrap();
    assert!(board.items.is_empty(), "{board:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_to_be_wrong_waits_until_it_is_put_right() {
    let (house, item) = told().await;
    let asked = WrongRequest::default();
    let waiting = async || {
        let reply = house.desk.ask::<Wrong>("guest_relations", &asked).await;
        let claims = reply
            .unwrap()
            .wrong
            .into_iter()
            .flat_map(|wrong| wrong.claims);
        claims.map(|of| of.claim.value).collect::<Vec<_>>()
    };
    assert_eq!(waiting().await, Vec::<String>::new());
    let wrong = outcome(FRONT_DESK, stay_id("R-1"), &item, OutcomeKind::Wrong);
    house.publish(&wrong).await;
    house.settled().await;
    assert_eq!(waiting().await, ["south"]);
    let refused = house.desk.ask::<Wrong>("bar", &asked).await.unwrap_err();
    assert_eq!(refused.code.as_str(), "forbidden");

    let never = Judgement::NeverWas(south());
    house.publish(&corrected(reservation("R-1"), never)).await;
    house.settled().await;
    assert_eq!(waiting().await, Vec::<String>::new());
}
