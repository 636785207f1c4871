//! Who publishes what has nothing behind it, or changes nothing, is told so at once; and nothing of it is invisible later.

use serde_json::Value;

use crate::events::PROPERTY;
use crate::harness::House;
use crate::program::{Ended, run};

/// Runs a command at the house's property and expects it to be done.
async fn at(house: &House, arguments: &str) -> Ended {
    let command = format!(
        "{arguments} --property {PROPERTY} --nats {}",
        house.server.url()
    );
    let ended = run(&house.premises.path(), &command).await;
    assert_eq!(ended.code, Some(0), "{command}: {}", ended.said);
    ended
}

/// What a command says beside its data.
async fn said(house: &House, arguments: &str) -> String {
    at(house, arguments).await.said
}

fn tells(said: &str, words: &[&str]) {
    for words in words {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_nothing_says_so_and_is_counted() {
    let house = House::open().await;
    for fitting in [
        "stay reserve --reservation R1 --arrival today --departure +2 --family Ng",
        "stay check-in --reservation R1 --room 1012",
        "observe --department dining --room 1012 dining.cuisine=sichuan",
    ] {
        assert_eq!(said(&house, fitting).await, "", "{fitting}");
    }
    let cancelled = said(&house, "stay cancel --reservation R1").await;
    tells(&cancelled, &["does not fit", "R1, which is in house"]);
    assert_eq!(said(&house, "stay check-out --reservation R1").await, "");
    let again = said(&house, "stay check-out --reservation R1").await;
    tells(&again, &["does not fit", "R1, which is checked out"]);
    let listed = at(&house, "stay list --json").await.json();
    assert_eq!(listed["irregular"], 2);
    assert_eq!(listed["irregular_events"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_check_in_names_who_has_the_room() {
    let house = House::open().await;
    said(
        &house,
        "stay reserve --reservation R1 --arrival today --family Ng",
    )
    .await;
    said(&house, "stay check-in --reservation R1 --room 1012").await;
    let mistyped = said(&house, "stay check-in --reservation R11 --room 1012").await;
    tells(
        &mistyped,
        &[
            "nobody booked R11",
            "room 1012 is also that of reservation R1",
        ],
    );
    let listed = at(&house, "stay list --room 1012 --json").await.printed;
    let stays: Vec<Value> = listed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(stays.len(), 2);
    let command = format!(
        "profile show --property {PROPERTY} --room 1012 --nats {}",
        house.server.url()
    );
    let shown = run(&house.premises.path(), &command).await;
    assert_eq!(shown.code, Some(1));
    for stay in &stays {
        tells(&shown.said, &["several", stay["id"].as_str().unwrap()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_about_nobody_says_so_and_waits_visibly() {
    let house = House::open().await;
    let kitchen = "observe --department dining dining.cuisine=sichuan";
    let unknown = said(&house, &format!("{kitchen} --reservation NIX")).await;
    tells(&unknown, &["counts for nobody yet", "nothing is known"]);
    let empty = said(&house, &format!("{kitchen} --room 9999")).await;
    tells(&empty, &["counts for nobody yet", "nobody had that room"]);
    let waiting = at(&house, "unassigned list --json").await.printed;
    assert_eq!(waiting.lines().count(), 2);
    let none = said(&house, "stay list").await;
    tells(&none, &["no stay is known"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_looks_mistyped_is_asked_about_and_what_nobody_could_use_is_refused() {
    let house = House::open().await;
    said(
        &house,
        "stay reserve --reservation R1 --arrival today --family Ng",
    )
    .await;
    let observe = "observe --reservation R1";
    let department = said(
        &house,
        &format!("{observe} --department kitchn drink.tea=oolong"),
    )
    .await;
    tells(&department, &["department kitchn", "nearest: kitchen"]);
    let own = said(
        &house,
        &format!("{observe} --department observatory drink.tea=oolong"),
    )
    .await;
    assert_eq!(own, "", "a hotel may have departments of its own");
    let safety = said(
        &house,
        &format!("{observe} --department dining allergy.food=penut"),
    )
    .await;
    tells(&safety, &["penut", "nearest: peanut"]);
    let explained = "profile explain --reservation R1 --as frontdesk --attribute room.facng";
    let explained = said(&house, explained).await;
    tells(&explained, &["nearest: room.facing", "nearest: front_desk"]);

    let stay = at(&house, "stay list --json").await.json();
    let item = format!("floor.{}", "0".repeat(26));
    let command = format!(
        "outcome --property {PROPERTY} --department dining --stay {} --item {item} wrong --nats {}",
        stay["id"].as_str().unwrap(),
        house.server.url()
    );
    let foreign = run(&house.premises.path(), &command).await;
    assert_eq!(foreign.code, Some(64), "{}", foreign.said);
    tells(&foreign.said, &["another department's item"]);
    assert_eq!(house.desk.dead_letters().await.len(), 0);
}
