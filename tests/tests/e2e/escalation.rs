//! What nobody acknowledges comes to the next in line: once, at its time by the server's clock, whatever is killed meanwhile.

use cardex_bus::Incoming;
use cardex_bus::streams::EVENTS;
use cardex_domain::event::{Body, CardChange, CardEvent, OutcomeKind, Setting};
use cardex_domain::ids::ItemId;
use cardex_playbook::Sources;
use cardex_wire::board::{BoardView, ItemView};
use cardex_wire::decode;
use cardex_wire::words::ChangeKind;

use crate::events::{booked, now, outcome, reservation, seen, stay};
use crate::harness::{Desk, House, stay_id, until};
use crate::screens::stats;
use crate::settings::activate;

/// The embedded playbook, of which each of these rules is to be acknowledged within that time, and else the duty manager
/// is told.
pub(crate) fn waiting(rules: &[(&str, &str)]) -> String {
    let embedded = Sources::embedded();
    let line = "format = 1\n\n[escalation]\nfloor = \"duty_manager\"\ndining = \"duty_manager\"\n";
    let files = embedded.files().map(|(path, text)| {
        let text = match path {
            "playbook.toml" => rules.iter().fold(
                text.replacen("\nformat = 1\n", &format!("\n{line}"), 1),
                |text, (id, within)| {
                    let id = format!("id = \"{id}\"\n");
                    let waits = format!("{id}acknowledge_within = \"{within}\"\n");
                    text.replacen(&id, &waits, 1)
                },
            ),
            _ => text.to_owned(),
        };
        (path, text)
    });
    let files: Vec<(&str, String)> = files.collect();
    Sources::new(files.iter().map(|(path, text)| (*path, &**text))).bundle()
}

/// A hotel that waits so long, with nobody in it.
pub(crate) async fn house(within: &str) -> House {
    let house = House::open().await;
    activate(&house, Setting::Playbook, &waiting(&[("flowers", within)])).await;
    house
}

/// Books a stay whose guest likes lilies, and gives the floor's line about them.
async fn lilies(house: &House, number: &str) -> ItemView {
    house.publish(&stay(number, booked("Chan"))).await;
    let likes = seen("floor", reservation(number)).likes("amenity.flower", "lily");
    house.publish(&likes.event()).await;
    house.settled().await;
    line(&house.desk, "floor", number).await.unwrap()
}

pub(crate) async fn line(desk: &Desk, department: &str, number: &str) -> Option<ItemView> {
    let board = desk.board(department, number).await?;
    board
        .items
        .into_iter()
        .find(|item| item.rule.0.as_str() == "flowers")
}

/// What came to the duty manager, once it has.
pub(crate) async fn comes_to_duty(desk: &Desk, number: &str) -> ItemView {
    until("the duty manager is told", async || {
        line(desk, "duty_manager", number).await
    })
    .await
}

/// The messages that say that the item was not acknowledged in time.
pub(crate) async fn escalations(desk: &Desk, item: &ItemId) -> Vec<(Incoming, CardEvent)> {
    cards(desk, item, ".card.escalated").await
}

/// The messages under subjects with this end that tell of the item.
pub(crate) async fn cards(desk: &Desk, item: &ItemId, end: &str) -> Vec<(Incoming, CardEvent)> {
    let messages = desk.everything(EVENTS).await.into_iter();
    let told = messages.filter(|message| message.subject.ends_with(end));
    let cards = told.map(|message| {
        let event = decode(&message.subject, None, &message.payload, now()).unwrap();
        match event.body {
            Body::Card(card) => (message, card),
            other => panic!("no card event: {other:?}"),
        }
    });
    let of_item = cards.filter(|(_, card)| card.items.iter().any(|of| of.item == *item));
    of_item.collect()
}

pub(crate) fn changed(board: &BoardView) -> Vec<ChangeKind> {
    board.changes.iter().map(|change| change.kind).collect()
}

pub(crate) async fn acknowledge(house: &House, number: &str, item: &ItemView) {
    let seen = outcome(
        "floor",
        stay_id(number),
        &item.id.0,
        OutcomeKind::Acknowledged,
    );
    house.publish(&seen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_acknowledges_comes_to_the_next_until_somebody_does() {
    let house = house("1s").await;
    let item = lilies(&house, "R-1").await;
    assert_eq!(item.acknowledge_seconds, Some(1));

    let duty = comes_to_duty(&house.desk, "R-1").await;
    house.settled().await;
    let from = duty.escalated_from.as_ref().map(|of| of.0.as_str());
    assert_eq!((from, duty.id != item.id), (Some("floor"), true));
    assert_eq!(
        duty.texts["en"],
        format!("Not acknowledged by the floor: {}", item.texts["en"])
    );
    let board = house.desk.board("duty_manager", "R-1").await.unwrap();
    assert_eq!(board.items.len(), 1);
    let floor = house.desk.board("floor", "R-1").await.unwrap();
    assert!(floor.items[0].escalated);
    assert_eq!(
        (changed(&floor), floor.alert),
        (vec![ChangeKind::Revised], false)
    );
    let told = escalations(&house.desk, &item.id.0).await;
    let [(_, card)] = &told[..] else {
        panic!("not once: {told:?}")
    };
    assert_eq!(
        (card.change, card.department.as_str()),
        (CardChange::Escalated, "floor")
    );

    acknowledge(&house, "R-1", &item).await;
    house.settled().await;
    assert_eq!(line(&house.desk, "duty_manager", "R-1").await, None);
    let board = house.desk.board("duty_manager", "R-1").await.unwrap();
    assert_eq!(changed(&board), [ChangeKind::Withdrawn]);
    let floor = house.desk.board("floor", "R-1").await.unwrap();
    let seen = &floor.items[0];
    assert!(seen.acknowledged_at.is_some() && !seen.escalated);
    assert_eq!(
        (changed(&floor), floor.alert),
        (vec![ChangeKind::Revised], false)
    );
    assert_eq!(
        (&seen.since, seen.since_revision),
        (&item.since, item.since_revision)
    );
    assert_eq!(house.desk.dead_letters().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_before_its_time_comes_to_nobody_else() {
    let mut house = house("5s").await;
    let item = lilies(&house, "R-1").await;
    // Acknowledged while nobody listens: whoever starts finds a board that does not know of it.
    house.stop_checkin().await;
    acknowledge(&house, "R-1", &item).await;
    house.start_checkin().await;
    house.settled().await;
    let later = lilies(&house, "R-2").await;
    comes_to_duty(&house.desk, "R-2").await;
    house.settled().await;
    assert_eq!(escalations(&house.desk, &later.id.0).await.len(), 1);
    assert_eq!(house.desk.board("duty_manager", "R-1").await, None);
    let seen = line(&house.desk, "floor", "R-1").await.unwrap();
    assert!(seen.acknowledged_at.is_some() && !seen.escalated);
    let rules = stats(&house, "--department floor").await;
    let flowers = rules.iter().find(|row| row["rule"] == "flowers").unwrap();
    let count = |name: &str| flowers[name].as_u64().unwrap();
    let counts = [
        "issued",
        "acknowledged",
        "acknowledged_in_time",
        "escalated",
    ]
    .map(count);
    assert_eq!(counts, [2, 1, 1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_issue_and_time_neither_loses_nor_hastens_nor_repeats() {
    let mut house = house("1s").await;
    let mut items = Vec::new();
    for round in 0..4 {
        let number = format!("R-{round}");
        let item = lilies(&house, &number).await;
        house.stop_checkin().await;
        house.stop_aggregator().await;
        house.server.kill9().await;
        house.server.restart().await;
        if round % 2 == 1 {
            // Its time passes while nobody is there.
            until("its time has passed", async || {
                let now = house.desk.bus.server_time_us().await.ok()?;
                (now > due_us(&item)).then_some(())
            })
            .await;
        }
        house.start_aggregator().await;
        house.start_checkin().await;
        comes_to_duty(&house.desk, &number).await;
        items.push(item);
    }
    // Who starts anew reads all boards again, and repeats nothing.
    house.stop_checkin().await;
    house.start_checkin().await;
    lilies(&house, "R-last").await;
    comes_to_duty(&house.desk, "R-last").await;
    for item in &items {
        let told = escalations(&house.desk, &item.id.0).await;
        let [(message, card)] = &told[..] else {
            panic!("not once: {told:?}")
        };
        assert_eq!(card.occurred_at.utc_micros, due_us(item));
        assert!(
            message.server_time_us >= due_us(item),
            "{told:?} of {item:?}"
        );
    }
}

/// When its time has passed.
pub(crate) fn due_us(item: &ItemView) -> i64 {
    let (since, seconds) = item.since.zip(item.acknowledge_seconds).unwrap();
    since.0.utc_micros + i64::from(seconds) * 1_000_000
}
