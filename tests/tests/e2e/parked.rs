//! Behind a door with a sign the floor's lines wait: nobody is told next meanwhile, and they begin anew when it is gone.

use cardex_domain::event::{OutcomeKind, StayChange};
use cardex_wire::board::ItemView;
use cardex_wire::words::ChangeKind;

use crate::escalation::{
    acknowledge, cards, changed, comes_to_duty, due_us, escalations, house, line,
};
use crate::events::{PROPERTY, booked, checked_in, moved, now, outcome, reservation, seen, stay};
use crate::harness::{House, stay_id, until};
use crate::program::run;

/// A guest in house who likes lilies, and the floor's line about them, which nobody has acknowledged.
async fn lilies(house: &House, number: &str, room: &str) -> ItemView {
    house.publish(&stay(number, booked("Chan"))).await;
    house.publish(&stay(number, checked_in(room, "Chan"))).await;
    let likes = seen("floor", reservation(number)).likes("amenity.flower", "lily");
    house.publish(&likes.event()).await;
    floors(house, number).await
}

async fn floors(house: &House, number: &str) -> ItemView {
    house.settled().await;
    line(&house.desk, "floor", number).await.unwrap()
}

/// The sign hangs on the door, or is gone.
async fn sign(house: &House, number: &str, hangs: bool) -> ItemView {
    let change = match hangs {
        true => StayChange::DoNotDisturb,
        false => StayChange::DoNotDisturbEnded,
    };
    house.publish(&stay(number, change)).await;
    floors(house, number).await
}

/// Waits until the server's clock shows that an item is overdue, and that another that came after it was told next: the
/// timers have come past it.
async fn is_overdue(house: &House, item: &ItemView, later: &str) {
    let due = due_us(item);
    until("its time has passed", async || {
        let now = house.desk.bus.server_time_us().await.ok()?;
        (now > due).then_some(())
    })
    .await;
    lilies(house, later, "900").await;
    comes_to_duty(&house.desk, later).await;
    house.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_comes_to_nobody_else_and_begins_anew_once_it_does_not() {
    let house = house("2s").await;
    let item = lilies(&house, "R-1", "1012").await;
    let parked = sign(&house, "R-1", true).await;
    assert!(parked.parked_since.is_some());
    let board = house.desk.board("floor", "R-1").await.unwrap();
    assert_eq!(
        (changed(&board), board.alert),
        (vec![ChangeKind::Revised], false)
    );
    // The door says it again, and that is no news.
    sign(&house, "R-1", true).await;
    let same = house.desk.board("floor", "R-1").await.unwrap();
    assert_eq!(same.revision, board.revision);

    is_overdue(&house, &item, "R-2").await;
    assert_eq!(escalations(&house.desk, &item.id.0).await.len(), 0);
    assert_eq!(line(&house.desk, "duty_manager", "R-1").await, None);

    let released = sign(&house, "R-1", false).await;
    assert_eq!((released.parked_since, &released.id), (None, &item.id));
    assert!(released.since > item.since, "its time begins anew");
    let board = house.desk.board("floor", "R-1").await.unwrap();
    assert_eq!(
        (changed(&board), board.alert),
        (vec![ChangeKind::Revised], true)
    );
    // What became of it is counted from then on.
    let came = cards(&house.desk, &item.id.0, ".card.issued").await;
    assert_eq!(came.len(), 2);
    comes_to_duty(&house.desk, "R-1").await;
    house.settled().await;
    let told = escalations(&house.desk, &item.id.0).await;
    let [(message, card)] = &told[..] else {
        panic!("not once: {told:?}")
    };
    assert_eq!(card.occurred_at.utc_micros, due_us(&released));
    assert!(message.server_time_us >= due_us(&released));

    // What is with the next in line waits for both, and comes back to both.
    assert!(sign(&house, "R-1", true).await.parked_since.is_some());
    assert_eq!(line(&house.desk, "duty_manager", "R-1").await, None);
    assert!(sign(&house, "R-1", false).await.escalated);
    assert!(line(&house.desk, "duty_manager", "R-1").await.is_some());
    assert_eq!(escalations(&house.desk, &item.id.0).await.len(), 1);
    assert_eq!(house.desk.dead_letters().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_the_same_after_a_kill_of_every_process() {
    let mut house = house("1s").await;
    let item = lilies(&house, "R-1", "1012").await;
    // Nobody listens when the sign is hung out, and the item's time passes.
    house.stop_checkin().await;
    house.publish(&stay("R-1", StayChange::DoNotDisturb)).await;
    house.stop_aggregator().await;
    house.server.kill9().await;
    house.server.restart().await;
    until("its time has passed", async || {
        let now = house.desk.bus.server_time_us().await.ok()?;
        (now > due_us(&item)).then_some(())
    })
    .await;
    house.start_aggregator().await;
    house.start_checkin().await;
    let parked = floors(&house, "R-1").await;
    assert!(parked.parked_since.is_some() && !parked.escalated);
    assert_eq!(escalations(&house.desk, &item.id.0).await.len(), 0);
    is_overdue(&house, &item, "R-2").await;
    assert_eq!(line(&house.desk, "duty_manager", "R-1").await, None);

    house.stop_checkin().await;
    house.start_checkin().await;
    assert_eq!(floors(&house, "R-1").await, parked);
    let released = sign(&house, "R-1", false).await;
    assert!(released.parked_since.is_none() && released.since > item.since);
    assert!(!released.escalated, "its time has only begun");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_acts_on_a_line_that_waits_is_heard_and_a_sign_stays_with_its_door() {
    let house = house("1h").await;
    let item = lilies(&house, "R-1", "1012").await;
    sign(&house, "R-1", true).await;
    acknowledge(&house, "R-1", &item).await;
    let seen = floors(&house, "R-1").await;
    assert!(seen.acknowledged_at.is_some() && seen.parked_since.is_some());
    house.publish(&stay("R-1", moved("1120"))).await;
    let moved = floors(&house, "R-1").await;
    assert_eq!(moved.parked_since, None);
    assert_eq!(moved.acknowledged_at, seen.acknowledged_at, "that holds");
    sign(&house, "R-1", true).await;
    let done = outcome("floor", stay_id("R-1"), &item.id.0, OutcomeKind::Done);
    house.publish(&done).await;
    house.settled().await;
    assert_eq!(line(&house.desk, "floor", "R-1").await, None);
    sign_is_gone(&house, "R-1").await;
    assert_eq!(line(&house.desk, "floor", "R-1").await, None);
}

async fn sign_is_gone(house: &House, number: &str) {
    let gone = stay(number, StayChange::DoNotDisturbEnded);
    house.publish(&gone).await;
    house.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_says_what_a_door_says_and_shows_what_waits() {
    let house = house("1h").await;
    lilies(&house, "R-1", "1012").await;
    let cardex = async |arguments: &str| {
        let at = format!(
            "{arguments} --property {PROPERTY} --nats {}",
            house.server.url()
        );
        let ended = run(&house.premises.path(), &at).await;
        assert_eq!(ended.code, Some(0), "{}", ended.said);
        house.settled().await;
        ended
    };
    let said = cardex("stay do-not-disturb --reservation R-1").await.said;
    assert!(!said.contains("warning"), "{said}");
    let waits = "waits: do not disturb";
    let watch = "prompts watch --once --department floor";
    assert!(cardex(watch).await.printed.contains(waits));
    let day = now().day();
    let list = cardex(&format!("briefing --department floor --date {day}")).await;
    assert!(list.printed.contains(waits), "{}", list.printed);
    let stays = cardex("stay list").await.printed;
    assert!(stays.contains("in_house (do not disturb)"), "{stays}");
    cardex("stay end-do-not-disturb --reservation R-1").await;
    assert!(!cardex(watch).await.printed.contains(waits));
    cardex("stay check-out --reservation R-1").await;
    let said = cardex("stay do-not-disturb --reservation R-1").await.said;
    assert!(said.contains("does not fit"), "{said}");
}
