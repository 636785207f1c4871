//! What departments are told, and in which words, on the program as people run it.

use serde_json::Value;

use crate::harness::until;
use crate::program::Town;

const HOUSE: &str = "--data house";

/// Books a stay and notes what its guest likes.
async fn booked_guest(town: &Town) {
    for command in [
        "stay reserve --property macau --reservation R1 --arrival tomorrow --departure +4 --title Mr --family Zhuang",
        "observe --property macau --department floor --reservation R1 --stated room.facing=east amenity.flower=lily",
    ] {
        let done = town.run(&format!("{HOUSE} {command}")).await;
        assert_eq!(done.code, Some(0), "{}", done.said);
    }
}

/// The board of a department, once it has an item.
async fn board(town: &Town, department: &str, more: &str) -> Value {
    let watch = format!(
        "{HOUSE} prompts watch --property macau --department {department} --once --json {more}"
    );
    until("the department is told", async || {
        let printed = town.run(&watch).await.printed;
        printed
            .lines()
            .next()
            .map(|line| serde_json::from_str(line).unwrap())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_told_in_the_language_they_read() {
    let town = Town::new();
    let up = town
        .up_with("house", &["checkin.languages.floor=zh-HK"])
        .await;
    booked_guest(&town).await;
    let english = board(&town, "front_desk", "").await;
    assert_eq!(english["guest"], "Mr Zhuang");
    assert_eq!(
        english["items"][0]["text"],
        "Give Mr Zhuang an east-facing room."
    );
    let floor = board(&town, "floor", "").await;
    assert_eq!(floor["guest"], "Zhuang先生");
    let text = &floor["items"][0]["texts"];
    assert_eq!(floor["items"][0]["text"], text["zh-Hant"]);
    assert_eq!(text["en"], "Put lilies in the room for Mr Zhuang.");
    assert_eq!(text["zh-Hans"], "在客房为Zhuang先生摆放百合。");
    assert_eq!(text["zh-Hant"], "在客房為Zhuang先生擺放百合。");
    let simplified = board(&town, "floor", "--language zh-SG").await;
    assert_eq!(simplified["items"][0]["text"], text["zh-Hans"]);
    let watch =
        format!("{HOUSE} prompts watch --property macau --department floor --once --language pt");
    let foreign = town.run(&watch).await;
    assert!(
        foreign.said.contains("nothing is said in \"pt\""),
        "{}",
        foreign.said
    );
    assert!(
        foreign.printed.contains("Zhuang先生"),
        "{}",
        foreign.printed
    );
    up.stop().await;
}
