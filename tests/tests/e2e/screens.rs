//! What people read and count of prompts, through the program: how rules fare, and the list on paper.

use cardex_domain::event::{OutcomeKind, StayChange};
use cardex_domain::ids::ItemId;
use cardex_domain::time::Day;
use serde_json::Value;

use crate::events::{PROPERTY, checked_in, details, outcome, reservation, seen, stay};
use crate::harness::{House, stay_id, until};
use crate::program::{Ended, OnTerminal, run};

const FRONT_DESK: &str = "front_desk";

async fn cardex(house: &House, arguments: &str) -> Ended {
    let command = format!(
        "{arguments} --property {PROPERTY} --nats {}",
        house.server.url()
    );
    run(&house.premises.path(), &command).await
}

/// Somebody who is expected, and the line about the room that the front desk is told.
async fn expected(house: &House, number: &str, family: &str) -> ItemId {
    let booked = StayChange::Reserved(details(family));
    house.publish(&stay(number, booked)).await;
    let facing = seen(FRONT_DESK, reservation(number)).likes("room.facing", "south");
    house.publish(&facing.event()).await;
    house.settled().await;
    let board = house.desk.board(FRONT_DESK, number).await.unwrap();
    assert_eq!(board.items.len(), 1, "{board:?}");
    board.items[0].id.0.clone()
}

pub(crate) async fn stats(house: &House, arguments: &str) -> Vec<Value> {
    let command = format!("prompts stats --json {arguments}");
    let ended = cardex(house, &command).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    let lines = ended.printed.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn counts(row: &Value) -> [u64; 5] {
    let count = |name: &str| row[name].as_u64().unwrap();
    ["issued", "acknowledged", "done", "declined", "expired"].map(count)
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_rule_fares_is_counted_by_department_for_those_who_may_know() {
    let house = House::open().await;
    for (number, family) in [("R-1", "Chan"), ("R-2", "Ng")] {
        let item = expected(&house, number, family).await;
        if number == "R-1" {
            for kind in [
                OutcomeKind::Acknowledged,
                OutcomeKind::Done,
                OutcomeKind::Done,
            ] {
                house
                    .publish(&outcome(FRONT_DESK, stay_id(number), &item, kind))
                    .await;
            }
        }
    }
    let change = checked_in("1012", "Ng");
    house.publish(&stay("R-2", change)).await;
    house.publish(&stay("R-2", StayChange::CheckedOut)).await;
    house.settled().await;

    let all = stats(&house, "").await;
    let [row] = &all[..] else {
        panic!("not one rule: {all:?}")
    };
    assert_eq!(
        (&row["department"], &row["rule"]),
        (&FRONT_DESK.into(), &"facing".into())
    );
    assert_eq!(counts(row), [2, 1, 1, 0, 1]);
    assert_eq!(row["ignored"], false);
    assert!(row["median_seconds_to_acknowledge"].is_u64(), "{row}");

    assert_eq!(stats(&house, "--as front_desk").await, all);
    assert_eq!(
        stats(&house, "--as guest_relations --department front_desk").await,
        all
    );
    assert_eq!(stats(&house, "--as bar").await, [] as [Value; 0]);
    let refused = cardex(&house, "prompts stats --as bar --department front_desk").await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.said.contains("its own lines"), "{}", refused.said);

    // Nobody arrives then, and nothing came onto a board.
    assert_eq!(
        stats(&house, "--since +30 --until +60").await,
        [] as [Value; 0]
    );
    let backwards = cardex(&house, "prompts stats --since today --until yesterday").await;
    assert_eq!(backwards.code, Some(64), "{}", backwards.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_nobody_acts_on_is_named() {
    let house = House::open().await;
    let item = expected(&house, "R-1", "Chan").await;
    let acknowledged = outcome(FRONT_DESK, stay_id("R-1"), &item, OutcomeKind::Acknowledged);
    house.publish(&acknowledged).await;
    house
        .publish(&stay("R-1", checked_in("1012", "Chan")))
        .await;
    house.settled().await;
    let open = cardex(&house, "prompts stats").await.printed;
    assert!(
        open.contains("facing") && !open.contains("nobody acts on"),
        "{open}"
    );
    house.publish(&stay("R-1", StayChange::CheckedOut)).await;
    house.settled().await;
    let over = cardex(&house, "prompts stats").await.printed;
    assert!(
        over.contains("nobody acts on:\n  front_desk: facing, seen 1 of 1 times\n"),
        "{over}"
    );
    assert!(over.contains("reword it"), "{over}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_briefing_has_who_comes_with_what_is_to_be_done() {
    let house = House::open().await;
    let item = expected(&house, "R-1", "Chan").await;
    house
        .publish(&stay("R-1", checked_in("1012", "Chan")))
        .await;
    house.settled().await;
    let board = house.desk.board(FRONT_DESK, "R-1").await.unwrap();
    let briefing = async |arguments: &str| {
        let command = format!("briefing --department front_desk {arguments}");
        let ended = cardex(&house, &command).await;
        assert_eq!(ended.code, Some(0), "{command}: {}", ended.said);
        ended
    };
    // The hotel's day, which need not be this machine's.
    let arrival = board.arrival.unwrap().0;
    let on = async |day: Day| {
        briefing(&format!("--format json --date {day}"))
            .await
            .json()
    };
    let today = on(arrival).await;
    let [guest] = &today["arrivals"].as_array().unwrap()[..] else {
        panic!("not one guest: {today}")
    };
    assert_eq!(
        (&guest["room"], &guest["lines"][0]["item"]),
        (&"1012".into(), &item.to_string().into())
    );
    let tomorrow = on(arrival.plus(1)).await;
    assert_eq!(tomorrow["arrivals"], Value::Array(Vec::new()));
    assert_eq!(tomorrow["in_house"], today["arrivals"]);

    let chinese = briefing(&format!("--language zh-HK --date {arrival}"))
        .await
        .printed;
    assert!(
        chinese.contains(&board.items[0].texts["zh-Hant"]),
        "{chinese}"
    );
    assert!(chinese.contains("離店 (0)"), "{chinese}");
    let file = house.premises.path().join("list.html");
    let written = briefing(&format!(
        "--format html --date {arrival} --out {}",
        file.display()
    ))
    .await;
    assert_eq!(written.printed, "");
    let page = std::fs::read_to_string(file).unwrap();
    assert!(page.contains(&board.items[0].text), "{page}");
    let pages = house.premises.path().join("list.pdf");
    briefing(&format!(
        "--format pdf --date {arrival} --out {}",
        pages.display()
    ))
    .await;
    assert!(std::fs::read(pages).unwrap().starts_with(b"%PDF-1."));
    let piped = cardex(&house, "briefing --department front_desk --font list.html").await;
    assert_eq!(piped.code, Some(64), "{}", piped.said);
    let past = cardex(&house, "briefing --department front_desk --date -3").await;
    assert_eq!(past.code, Some(64), "{}", past.said);
}

/// The live board of the front desk, once it shows this word: blanks are not sent, but passed over.
async fn live(house: &House, word: &str) -> OnTerminal {
    let url = house.server.url();
    let command =
        format!("prompts board --property {PROPERTY} --department front_desk --nats {url}");
    let board = OnTerminal::start(&house.premises.path(), &command);
    until("the board shows its lines", async || {
        board.shown().contains(word).then_some(())
    })
    .await;
    board
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_board_answers_with_a_key_and_gives_the_terminal_back() {
    let house = House::open().await;
    expected(&house, "R-1", "Chan").await;
    let mut live_board = live(&house, "south-facing").await;
    // Nothing is chosen yet, so that the first answer goes nowhere.
    live_board.press("w");
    live_board.press("jd");
    until("the line is done", async || {
        let board = house.desk.board(FRONT_DESK, "R-1").await?;
        board.items.is_empty().then_some(())
    })
    .await;
    live_board.press("q");
    assert_eq!(live_board.ended().await, Some(0));
    house.settled().await;
    let [row] = &stats(&house, "").await[..] else {
        panic!("not one rule")
    };
    assert_eq!((&row["done"], &row["wrong"]), (&1.into(), &0.into()));

    let told = live(&house, "nothing").await;
    told.terminate();
    assert_eq!(told.ended().await, Some(130));
}
