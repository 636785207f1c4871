//! Putting right what is known of a guest, from the published event to what each department is shown and to why.

use cardex_domain::event::{
    Body, ClaimRef, Event, GuestRef, Judgement, Owner, PreferenceCorrection, Undo, UndoKind,
};
use cardex_domain::evidence::EvidenceRef;
use cardex_domain::ids::AttributeId;
use cardex_wire::event::v1::JudgementWord;
use cardex_wire::query::{
    EvidenceState, Explain, ExplainRequest, ExplainedEvidence, Unassigned, UnassignedRequest,
};

use crate::events::{booked, guest_operation, hours_ago, now, reservation, seen, stay};
use crate::harness::{Desk, House};

const WHY: &str = "it was for his mother";

pub(crate) fn corrected(about: GuestRef, judgement: Judgement<GuestRef>) -> Event {
    guest_operation(Body::PreferenceCorrected(PreferenceCorrection {
        about,
        judgement,
        occurred_at: now(),
        by: "relations".into(),
        why: WHY.into(),
    }))
}

fn retracted(correction: &Event) -> Event {
    guest_operation(Body::Undone(Undo {
        kind: UndoKind::Corrections,
        events: vec![correction.key],
        by: "relations".into(),
        reason: "it was right".into(),
    }))
}

pub(crate) fn south() -> ClaimRef {
    ClaimRef {
        attribute: AttributeId::new("room.facing").unwrap(),
        value: "south".into(),
    }
}

/// Which of the stays' front-desk boards ask for a south-facing room.
async fn faces_south(desk: &Desk) -> Vec<&'static str> {
    let mut south = Vec::new();
    for number in ["R-1", "R-2"] {
        let texts = desk.texts("front_desk", number).await;
        if texts.iter().any(|text| text.contains("south-facing")) {
            south.push(number);
        }
    }
    south
}

/// What is explained of the facing of the guest's rooms.
async fn explained(desk: &Desk, department: &str, number: &str) -> Vec<ExplainedEvidence> {
    let question = ExplainRequest {
        attribute: Some(south().attribute.into()),
        ..ExplainRequest::of(reservation(number))
    };
    let reply = desk.ask::<Explain>(department, &question).await.unwrap();
    let claims = reply.claims.into_iter();
    claims.flat_map(|claim| claim.evidence).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_was_true_leaves_the_board_stays_visible_and_comes_back() {
    let house = House::open().await;
    let desk = &house.desk;
    house.publish(&stay("R-1", booked("Chan"))).await;
    let noted = seen("front_desk", reservation("R-1")).likes("room.facing", "south");
    house.publish(&noted.event()).await;
    house.settled().await;
    assert_eq!(faces_south(desk).await, ["R-1"]);

    let correction = corrected(reservation("R-1"), Judgement::NeverWas(south()));
    house.publish(&correction).await;
    // What was noticed before comes late: it is judged all the same.
    let stale = seen("front_desk", reservation("R-1")).likes("room.facing", "south");
    house.publish(&stale.at(hours_ago(1)).event()).await;
    house.settled().await;
    assert_eq!(faces_south(desk).await, [""; 0]);
    let evidence = explained(desk, "front_desk", "R-1").await;
    assert_eq!(evidence.len(), 2);
    for explained in evidence {
        assert_eq!(explained.state, EvidenceState::Discounted);
        let by = explained.correction.unwrap();
        assert_eq!(
            (by.event.0, by.judgement),
            (correction.key, JudgementWord::NeverWas)
        );
        assert_eq!(
            (by.by.as_deref(), by.why.as_deref()),
            (Some("relations"), Some(WHY))
        );
    }

    house.publish(&retracted(&correction)).await;
    house.settled().await;
    assert_eq!(faces_south(desk).await, ["R-1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_somebody_elses_goes_onto_that_guests_board() {
    let house = House::open().await;
    let desk = &house.desk;
    for number in ["R-1", "R-2"] {
        house.publish(&stay(number, booked("Chan"))).await;
    }
    let noted = seen("front_desk", reservation("R-1")).likes("room.facing", "south");
    let noted = noted.event();
    let moved = Judgement::SomeoneElse {
        evidence: vec![EvidenceRef {
            event: noted.key,
            statement: None,
        }],
        to: Owner::Guest(reservation("R-2")),
    };
    // The correction comes first: it applies when what it names does.
    let correction = corrected(reservation("R-1"), moved);
    house.publish(&correction).await;
    house.publish(&noted).await;
    house.settled().await;
    assert_eq!(faces_south(desk).await, ["R-2"]);
    let here = explained(desk, "front_desk", "R-1").await;
    let there = explained(desk, "front_desk", "R-2").await;
    assert_eq!((here.len(), there.len()), (1, 1));
    assert_eq!(here[0].state, EvidenceState::Discounted);
    assert_eq!(here[0].correction.as_ref().unwrap().to.len(), 1);
    assert_eq!(there[0].state, EvidenceState::Counts);

    house.publish(&retracted(&correction)).await;
    house.settled().await;
    assert_eq!(faces_south(desk).await, ["R-1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_right_of_nobody_waits_in_sight_until_it_is_known_of_whom() {
    let house = House::open().await;
    let desk = &house.desk;
    let waiting = async || {
        let question = UnassignedRequest::default();
        let reply = desk.ask::<Unassigned>("engine", &question).await.unwrap();
        let corrections = reply.corrections.iter();
        let corrections: Vec<_> = corrections.map(|c| c.correction.event.0).collect();
        let retractions = reply.retractions.iter();
        (
            corrections,
            retractions.map(|r| r.target.0).collect::<Vec<_>>(),
        )
    };
    let correction = corrected(reservation("R-1"), Judgement::NeverWas(south()));
    let later = corrected(reservation("R-1"), Judgement::NoLonger(south()));
    house.publish(&correction).await;
    house.publish(&retracted(&later)).await;
    house.settled().await;
    assert_eq!(waiting().await, (vec![correction.key], vec![later.key]));

    house.publish(&stay("R-1", booked("Chan"))).await;
    house.publish(&later).await;
    house.settled().await;
    assert_eq!(waiting().await, (Vec::new(), Vec::new()));
}
