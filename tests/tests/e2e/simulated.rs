//! What a changed playbook would have told otherwise of what happened, on the program as people run it.

use std::path::Path;

use cardex_tests::events::now;
use serde_json::{Value, json};

use crate::harness::until;
use crate::program::{Town, Up};

const HOUSE: &str = "--data house";

/// Two guests who are booked and like flowers, of whom one has declined them.
async fn two_guests(town: &Town) -> Up {
    let up = town.up("house").await;
    for command in [
        "stay reserve --property macau --reservation R1 --arrival tomorrow --departure +4 --title Mr --family Zhuang",
        "observe --property macau --department floor --reservation R1 --stated room.facing=east amenity.flower=lily",
        "stay reserve --property macau --reservation R2 --arrival tomorrow --departure +4 --title Ms --family Chan",
        "observe --property macau --department floor --reservation R2 --stated amenity.flower=rose",
    ] {
        done(town, command).await;
    }
    let flowers = until("the floor is told of both", async || {
        let watch = "prompts watch --property macau --department floor --once --json";
        let boards = lines(town, watch).await;
        let said = |board: &Value| Some(board["items"][0]["id"].as_str()?.to_owned());
        let item = boards.iter().find(|board| board["guest"] == "Ms Chan")?;
        (boards.len() == 2).then(|| Some((item["stay"].as_str()?.to_owned(), said(item)?)))?
    })
    .await;
    let (stay, item) = flowers;
    let outcome = "outcome --property macau --department floor";
    done(
        town,
        &format!("{outcome} --stay {stay} --item {item} declined"),
    )
    .await;
    up
}

async fn done(town: &Town, command: &str) {
    let ended = town.run(&format!("{HOUSE} {command}")).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
}

/// What a command prints, an object a line.
async fn lines(town: &Town, command: &str) -> Vec<Value> {
    let ended = town.run(&format!("{HOUSE} {command}")).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    let lines = ended.printed.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What differs: stay, department, what does, and what is said before and after.
async fn differences(town: &Town, options: &str) -> Vec<Value> {
    let found = lines(town, &format!("playbook simulate own --json {options}")).await;
    let (counts, differ) = found.split_first().unwrap();
    assert_eq!(counts["differences"], differ.len());
    let short = |of: &Value| {
        json!([
            of["reservation"],
            of["department"],
            of["change"],
            of["before"],
            of["after"]
        ])
    };
    differ.iter().map(short).collect()
}

fn replace(path: &Path, old: &str, new: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(old), "{} has {old}", path.display());
    std::fs::write(path, text.replacen(old, new, 1)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_changed_playbook_would_have_told_is_said_line_by_line() {
    let town = Town::new();
    let up = two_guests(&town).await;
    done(&town, "playbook new own").await;
    assert_eq!(differences(&town, "").await, Vec::<Value>::new());

    // Flowers are asked for in other words, and nobody gives rooms by their facing in this hotel.
    let own = town.path().join("own");
    replace(
        &own.join("words/en.ftl"),
        "\nflowers = Put",
        "\nflowers = Arrange",
    );
    std::fs::create_dir(own.join("properties")).unwrap();
    let property = own.join("properties/macau.toml");
    std::fs::write(&property, "format = 1\noff = [\"facing\"]\n").unwrap();
    let facing = json!([
        "R1",
        "front_desk",
        "gone",
        "Give Mr Zhuang an east-facing room.",
        null
    ]);
    let flowers = |number, guest, flower| {
        let said = |verb| format!("{verb} {flower} in the room for {guest}.");
        json!([number, "floor", "reworded", said("Put"), said("Arrange")])
    };
    let (lilies, roses) = (
        flowers("R1", "Mr Zhuang", "lilies"),
        flowers("R2", "Ms Chan", "roses"),
    );
    let all = [lilies.clone(), roses, facing.clone()];
    assert_eq!(differences(&town, "").await, all);
    assert_eq!(
        differences(&town, "--department front_desk").await,
        std::slice::from_ref(&facing)
    );
    assert_eq!(
        differences(&town, "--property lisbon").await,
        Vec::<Value>::new()
    );

    // Of what stands by then it is said, too; what is over was said before.
    let since = format!("--since {}", now());
    assert_eq!(differences(&town, &since).await, [lilies, facing]);

    let shown = town
        .run(&format!("{HOUSE} playbook simulate own --examples 1"))
        .await;
    assert!(
        shown.printed.contains(": 2 stays, 3 lines differ\n"),
        "{}",
        shown.printed
    );
    assert!(
        shown.printed.contains("\nmacau floor, reworded:\n"),
        "{}",
        shown.printed
    );
    assert!(
        shown.printed.contains("  and 1 more; --json"),
        "{}",
        shown.printed
    );
    assert!(
        shown
            .printed
            .contains("    + Arrange lilies in the room for Mr Zhuang.\n"),
        "{}",
        shown.printed
    );

    // Once it is in force nobody would be told anything otherwise.
    done(&town, "playbook activate own").await;
    assert_eq!(differences(&town, "").await, Vec::<Value>::new());
    let ahead = town
        .run(&format!("{HOUSE} playbook simulate own --since tomorrow"))
        .await;
    assert_eq!(ahead.code, Some(64), "{}", ahead.said);
    up.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_answers_for_a_line_that_nobody_was_told() {
    let town = Town::new();
    let up = two_guests(&town).await;
    done(&town, "playbook new own").await;
    // The same rule under another name: what was declined stays declined for the old one alone.
    let own = town.path().join("own");
    replace(
        &own.join("playbook.toml"),
        "id = \"flowers\"",
        "id = \"blossoms\"",
    );
    for file in std::fs::read_dir(own.join("words")).unwrap() {
        replace(&file.unwrap().path(), "\nflowers = ", "\nblossoms = ");
    }
    std::fs::remove_dir_all(own.join("tests")).unwrap();
    let flowers = |number: &str, change: &str, text: &str| match change {
        "gone" => json!([number, "floor", change, text, null]),
        _ => json!([number, "floor", change, null, text]),
    };
    let (lilies, roses) = (
        "Put lilies in the room for Mr Zhuang.",
        "Put roses in the room for Ms Chan.",
    );
    let all = [
        flowers("R1", "gone", lilies),
        flowers("R2", "gone", roses),
        flowers("R1", "come", lilies),
        flowers("R2", "come", roses),
    ];
    assert_eq!(differences(&town, "").await, all);
    up.stop().await;
}
