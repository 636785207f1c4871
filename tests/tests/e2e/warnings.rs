//! Who publishes what has nothing behind it, or changes nothing, is told so at once; and nothing of it is invisible later.

use serde_json::Value;

use crate::events::PROPERTY;
use crate::harness::{House, stay_id, until};
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

/// Runs a command that is of no property and expects it to be done.
async fn in_no_hotel(house: &House, arguments: &str) -> Ended {
    let command = format!("{arguments} --nats {}", house.server.url());
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

/// The stay's own evidence of the attribute, as the command line names it.
async fn evidence(house: &House, reservation: &str, attribute: &str) -> String {
    let explain =
        format!("profile explain --reservation {reservation} --attribute {attribute} --json");
    let explained = at(house, &explain).await.json();
    let id = &explained["claims"][0]["evidence"][0]["evidence"]["id"];
    id.as_str().unwrap().to_owned()
}

async fn waits(house: &House) -> Vec<Value> {
    let listed = at(house, "unassigned list --json").await.printed;
    let lines = listed.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_with_nobody_says_so_and_waits_until_it_is_undone_or_somebody_comes() {
    let house = House::open().await;
    let booking = "stay reserve --arrival today --family Ng --reservation";
    for number in ["R1", "R2"] {
        said(&house, &format!("{booking} {number}")).await;
    }
    let link = "identity link --reason told --by duty";
    let known = said(&house, &format!("{link} reservation:R1 reservation:R2")).await;
    assert_eq!(known, "");
    assert_eq!(waits(&house).await, [Value::Null; 0]);
    let mistyped = at(
        &house,
        &format!("{link} reservation:R1 reservation:R22 --json"),
    )
    .await;
    tells(
        &mistyped.said,
        &["nobody", "knows reservation:R22", "joins whoever comes"],
    );
    assert!(
        !mistyped.said.contains("reservation:R1:"),
        "{}",
        mistyped.said
    );
    let never = "identity never --reason brothers --by duty opera/1 opera/2";
    let never = said(&house, never).await;
    tells(&never, &["knows opera/1", "knows opera/2", "keeps apart"]);
    let waiting = waits(&house).await;
    let kinds: Vec<_> = waiting.iter().map(|w| (&w["kind"], &w["never"])).collect();
    let link = Value::from("link");
    assert_eq!(kinds, [(&link, &false.into()), (&link, &true.into())]);
    assert_eq!(waiting[0]["unknown"].as_array().unwrap().len(), 1);

    let key = mistyped.json()["key"].as_str().unwrap().to_owned();
    tells(
        &mistyped.said,
        &[&format!("identity unlink --property {PROPERTY} {key}")],
    );
    let unlinking = format!("identity unlink {key} --reason mistyped --by duty");
    assert_eq!(said(&house, &unlinking).await, "");
    for profile in ["opera/1", "opera/2"] {
        said(
            &house,
            &format!(
                "{booking} {} --profile {profile}",
                profile.replace('/', "-")
            ),
        )
        .await;
    }
    assert_eq!(waits(&house).await, [Value::Null; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_moved_to_nobody_says_so_and_is_listed_until_it_is_known_whose_it_is() {
    let house = House::open().await;
    let booking = "stay reserve --arrival today --family Ng --reservation R1";
    said(&house, booking).await;
    said(&house, "stay check-in --reservation R1 --room 1012").await;
    said(
        &house,
        "observe --department dining --room 1012 allergy.food=peanut",
    )
    .await;
    let peanut = evidence(&house, "R1", "allergy.food").await;
    let moving = format!("correct someone-else --room 1012 {peanut} --why next --by duty --to");
    let moved = said(&house, &format!("{moving} room:1031")).await;
    tells(
        &moved,
        &[
            "counts for nobody now",
            "nobody had that room",
            "correct retract",
        ],
    );
    let waiting = waits(&house).await;
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    assert_eq!(waiting[0]["kind"], "observation");
    assert_eq!(waiting[0]["statements"][0]["value"], "peanut");
    assert_eq!(waiting[0]["moved_by"]["by"], "duty");
    let listed = at(&house, "unassigned list").await.printed;
    tells(
        &listed,
        &["allergy.food=peanut", "room 1031", "moved by duty"],
    );
    let again = said(&house, &format!("{moving} reservation:R1")).await;
    tells(&again, &["changes nothing"]);

    let other = "stay check-in --reservation R2 --room 1031 --family Ho --at -1d";
    said(&house, &other.replace("-1d", "2026-01-01")).await;
    assert_eq!(waits(&house).await, [Value::Null; 0]);
    assert_eq!(evidence(&house, "R2", "allergy.food").await, peanut);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_puts_nothing_right_or_undoes_nothing_says_so() {
    let house = House::open().await;
    said(
        &house,
        "stay reserve --arrival today --family Ng --reservation R1",
    )
    .await;
    let observe = "observe --department front_desk --reservation R1 room.facing=south --json";
    let noted = at(&house, observe).await.json();
    let case = "--why said --by duty";
    for (claim, changes) in [("room.facing=north", false), ("room.facing=south", true)] {
        let correct = format!("correct no-longer --reservation R1 {claim} {case}");
        let told = said(&house, &correct).await;
        assert_eq!(
            told.contains("changes nothing"),
            !changes,
            "{claim}: {told}"
        );
    }
    let nobody = format!("correct never-was --reservation R9 room.facing=south {case}");
    tells(
        &said(&house, &nobody).await,
        &["puts nothing right yet", "nothing is known"],
    );

    let key = noted["key"].as_str().unwrap();
    let unlink = format!("identity unlink {key} --reason said --by duty");
    tells(
        &said(&house, &unlink).await,
        &["no link", key, "nothing was undone"],
    );
    let retract = format!("correct retract {key} {case}");
    tells(
        &said(&house, &retract).await,
        &["no correction", key, "nothing was undone"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_personal_of_a_guest_who_wants_nothing_noted_says_that_hardly_anybody_sees_it() {
    let house = House::open().await;
    said(
        &house,
        "stay reserve --arrival today --family Ng --reservation R1",
    )
    .await;
    let observe = "observe --reservation R1 --department dining";
    let before = said(&house, &format!("{observe} interest.hobby=golf")).await;
    assert_eq!(before, "");
    let asked = said(&house, &format!("{observe} privacy.no_personal_notes=yes")).await;
    assert_eq!(asked, "");
    for (personal, named) in [
        ("interest.hobby=golf", "interest.hobby"),
        ("--note tired", "note"),
    ] {
        let told = said(&house, &format!("{observe} {personal}")).await;
        tells(
            &told,
            &[
                "nothing personal noted",
                named,
                "guest relations alone",
                "observe retract",
            ],
        );
    }
    assert_eq!(
        said(&house, &format!("{observe} dining.cuisine=sichuan")).await,
        ""
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_privacy_protects_or_is_refused() {
    let house = House::open().await;
    said(
        &house,
        "stay reserve --arrival today --family Ng --reservation R1",
    )
    .await;
    let refused = format!(
        "observe --property {PROPERTY} --department dining --reservation R1 privacy.incognito=certainly --nats {}",
        house.server.url()
    );
    let refused = run(&house.premises.path(), &refused).await;
    assert_eq!(refused.code, Some(64), "{}", refused.said);
    tells(&refused.said, &["protect nobody", "say one of alias"]);
    assert_eq!(refused.printed, "");
    let yes = "observe --department dining --reservation R1 privacy.incognito=yes";
    assert_eq!(said(&house, yes).await, "");
    let shown = at(&house, "profile show --reservation R1 --as dining")
        .await
        .printed;
    assert!(!shown.contains("Ng"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_noticed_and_shown_goes_by_the_settings_in_force() {
    let house = House::open().await;
    said(
        &house,
        "stay reserve --arrival today --family Ng --reservation R1",
    )
    .await;
    let text = in_no_hotel(&house, "vocabulary show --embedded --text")
        .await
        .printed;
    let facing = "id = \"room.facing\"";
    let own = text.replace(facing, "id = \"room.outlook\"");
    std::fs::write(house.premises.path().join("own.toml"), own).unwrap();
    let observe = "observe --reservation R1 --department front_desk room.outlook=south";
    tells(&said(&house, observe).await, &["no attribute room.outlook"]);
    in_no_hotel(&house, "vocabulary activate own.toml --force").await;
    assert_eq!(said(&house, observe).await, "");
    let shown = in_no_hotel(&house, "vocabulary show room.outlook").await;
    tells(&shown.printed, &["room.outlook", "south"]);
    let restate =
        "correct restate --reservation R1 --old room.outlook=south room.facing=west --why so";
    tells(
        &said(&house, &format!("{restate} --by duty")).await,
        &["no attribute room.facing"],
    );

    std::fs::write(house.premises.path().join("deny.txt"), "document P000\n").unwrap();
    let activated = in_no_hotel(&house, "identity deny-list activate deny.txt").await;
    tells(&activated.said, &["leaves out"]);
    let list = in_no_hotel(&house, "identity deny-list show").await.printed;
    assert_eq!(list, "document P000\n");
    let brought = in_no_hotel(&house, "identity deny-list show --embedded")
        .await
        .printed;
    assert_ne!(brought, list);
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_presence_is_nobodys_business_is_told_to_all_and_what_ends_it_is_in_the_history() {
    let house = House::open().await;
    said(
        &house,
        "stay reserve --arrival today --family Ng --reservation R1",
    )
    .await;
    said(&house, "stay check-in --reservation R1 --room 1012").await;
    let observe = "observe --department front_desk --room 1012 privacy.no_information=yes";
    assert_eq!(said(&house, observe).await, "");
    for asks in ["", "--as front_desk", "--as guest_relations", "--as dining"] {
        let shown = at(&house, &format!("profile show --room 1012 {asks}"))
            .await
            .printed;
        tells(&shown, &["tell nobody that the guest is here"]);
    }
    let review = "notes review --as frontdesk --department dinning";
    tells(
        &said(&house, review).await,
        &["nearest: front_desk", "nearest: dining"],
    );
    let correct =
        "correct no-longer --room 1012 privacy.no_information=yes --why left --by duty --json";
    let key = at(&house, correct).await.json()["key"].clone();
    let history = at(&house, "profile history --reservation R1").await.printed;
    let told = [
        "put right no longer",
        "privacy.no_information=yes",
        key.as_str().unwrap(),
    ];
    tells(&history, &told);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_of_what_was_never_told_says_so_and_one_that_was_does_not() {
    let house = House::open().await;
    said(
        &house,
        "stay reserve --arrival today --family Ng --reservation R1",
    )
    .await;
    let observe = "observe --department front_desk --reservation R1 --stated room.facing=south";
    said(&house, observe).await;
    let board = until("the board", async || {
        let board = house.desk.board("front_desk", "R1").await?;
        (!board.items.is_empty()).then_some(board)
    });
    let item = board.await.items[0].id.to_string();
    let stay = stay_id("R1");
    let outcome = format!("outcome --department front_desk --stay {stay} --item");
    assert_eq!(said(&house, &format!("{outcome} {item} done")).await, "");
    let unknown = format!("front_desk.{}", "0".repeat(26));
    let told = said(&house, &format!("{outcome} {unknown} done")).await;
    tells(&told, &["no board of stay", &unknown]);
    let nowhere = outcome.replace(&stay.to_string(), "s00000000000000000000000000");
    tells(
        &said(&house, &format!("{nowhere} {item} done")).await,
        &["no board of stay s0000"],
    );
}
