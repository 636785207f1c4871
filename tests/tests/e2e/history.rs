//! A guest's history: everything recorded that touches the guest, page by page, and no more than a department may see.

use cardex_domain::event::OutcomeKind;
use cardex_wire::query::{About, History, HistoryEntry, HistoryKind, HistoryRequest};
use cardex_wire::text::AsText;

use crate::events::{booked, checked_in, outcome, reservation, retraction, room, seen, stay};
use crate::harness::{Desk, House, stay_id};

fn asked(number: &str) -> HistoryRequest {
    HistoryRequest {
        about: About(reservation(number)),
        at: None,
        since: None,
        until: None,
        newest_first: false,
        limit: None,
        after: None,
        at_least: None,
        wait_ms: None,
    }
}

async fn history(desk: &Desk, department: &str, question: &HistoryRequest) -> Vec<HistoryEntry> {
    let reply = desk.ask::<History>(department, question).await.unwrap();
    reply.entries
}

fn kinds(entries: &[HistoryEntry]) -> Vec<HistoryKind> {
    entries.iter().map(|entry| entry.kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_tells_everything_to_the_engine_and_its_own_to_a_department() {
    let house = House::open().await;
    let desk = &house.desk;
    house.publish(&stay("R-1", booked("Chan"))).await;
    house.publish(&stay("R-2", booked("Lam"))).await;
    let cuisine = seen("dining", reservation("R-1")).likes("dining.cuisine", "sichuan");
    let cuisine = cuisine.event();
    house.publish(&cuisine).await;
    let south = seen("front_desk", reservation("R-1")).likes("room.facing", "south");
    house.publish(&south.event()).await;
    let hearing = seen("front_desk", reservation("R-1"))
        .likes("health.hearing", "hard_of_hearing")
        .noting("does not hear well");
    house.publish(&hearing.event()).await;
    house
        .publish(&stay("R-1", checked_in("1001", "Chan")))
        .await;
    let fruit = seen("floor", room("1001")).likes("amenity.fruit", "mango");
    house.publish(&fruit.event()).await;
    house.publish(&retraction(&cuisine)).await;
    house.settled().await;
    let item = desk.board("front_desk", "R-1").await.unwrap().items[0]
        .id
        .0
        .clone();
    let done = outcome("front_desk", stay_id("R-1"), &item, OutcomeKind::Done);
    house.publish(&done).await;
    desk.publish_again(&done).await;
    house.settled().await;

    let all = history(desk, "engine", &asked("R-1")).await;
    let told = kinds(&all);
    for (kind, count) in [
        (HistoryKind::Stay, 2),
        (HistoryKind::Observation, 4),
        (HistoryKind::Retraction, 1),
        (HistoryKind::Outcome, 1),
    ] {
        let found = told.iter().filter(|k| **k == kind).count();
        assert_eq!(found, count, "{kind:?}");
    }
    assert!(told.contains(&HistoryKind::Card));
    assert!(all.is_sorted_by_key(|entry| entry.sequence));
    let other = history(desk, "engine", &asked("R-2")).await;
    assert_eq!(kinds(&other), [HistoryKind::Stay]);

    let spa = history(desk, "spa", &asked("R-1")).await;
    let seen_by_spa = |kind| spa.iter().any(|entry| entry.kind == kind);
    assert!(!seen_by_spa(HistoryKind::Card) && !seen_by_spa(HistoryKind::Outcome));
    let heard = |entries: &[HistoryEntry]| {
        let mut statements = entries.iter().flat_map(|entry| &entry.statements);
        statements.any(|s| s.attribute.to_string() == "health.hearing")
    };
    assert!(heard(&all) && !heard(&spa));
    assert!(spa.iter().all(|entry| entry.note.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_times_make_up_the_whole_in_both_directions() {
    let mut house = House::without_services().await;
    house.start_aggregator().await;
    let desk = &house.desk;
    let mut end = house.publish(&stay("R-1", booked("Chan"))).await;
    for value in [
        "sichuan",
        "thai",
        "italian",
        "japanese",
        "french",
        "cantonese",
    ] {
        let noted = seen("dining", reservation("R-1")).likes("dining.cuisine", value);
        end = house.publish(&noted.event()).await;
    }
    desk.applied(end).await;
    let whole = history(desk, "engine", &asked("R-1")).await;
    assert_eq!(whole.len(), 7);
    for newest_first in [false, true] {
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let question = HistoryRequest {
                newest_first,
                limit: Some(3),
                after,
                ..asked("R-1")
            };
            let reply = desk.ask::<History>("engine", &question).await.unwrap();
            paged.extend(reply.entries);
            after = reply.next;
            if after.is_none() {
                break;
            }
        }
        if newest_first {
            paged.reverse();
        }
        assert_eq!(paged, whole);
    }
    let middle = whole[3].recorded_at;
    let before = HistoryRequest {
        until: Some(middle),
        ..asked("R-1")
    };
    let since = HistoryRequest {
        since: Some(AsText(middle.0)),
        ..asked("R-1")
    };
    let mut both = history(desk, "engine", &before).await;
    assert!(!both.is_empty() && both.len() < whole.len());
    both.extend(history(desk, "engine", &since).await);
    assert_eq!(both, whole);
    house.stop_aggregator().await;
}
