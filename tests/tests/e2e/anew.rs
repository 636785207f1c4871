//! A listener that lost its place, and reads every event from the first one on again, says nothing twice.

use cardex_domain::event::StayChange;
use cardex_testkit::history;

use crate::events::{booked, checked_in, moved, reservation, seen, stay};
use crate::harness::House;

const EVENTS_IN_HISTORY: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_begins_anew_says_nothing_twice() {
    let mut house = House::open().await;
    for event in history(7, EVENTS_IN_HISTORY) {
        house.publish(&event).await;
    }
    for number in ["R-A", "R-B", "R-C"] {
        house.publish(&stay(number, booked("Chan"))).await;
        let noted = seen("dining", reservation(number)).likes("health.hearing", "hard_of_hearing");
        let noted = noted.likes("allergy.food", "peanut").event();
        house.publish(&noted).await;
        house
            .publish(&stay(number, checked_in("1201", "Chan")))
            .await;
        house.publish(&stay(number, moved("1202"))).await;
    }
    house.publish(&stay("R-B", StayChange::Cancelled)).await;
    house.publish(&stay("R-C", StayChange::CheckedOut)).await;
    house.settled().await;
    let before = house.desk.ends().await;
    assert!(before[1].messages > 6, "{before:?}");

    house.stop_checkin().await;
    house.desk.forget_the_listener().await;
    house.start_checkin().await;
    house.settled().await;
    assert_eq!(house.desk.ends().await, before);
}
