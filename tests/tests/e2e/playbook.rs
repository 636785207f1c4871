//! What departments are told, and in which words, on the program as people run it.

use cardex_domain::event::Setting;
use cardex_playbook::Sources;
use serde_json::Value;

use crate::events::{booked, reservation, seen, stay};
use crate::harness::{House, until};
use crate::program::Town;
use crate::settings::activate;

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

#[tokio::test(flavor = "multi_thread")]
async fn a_playbook_is_put_into_force_while_everything_runs() {
    let town = Town::new();
    let up = town.up("house").await;
    booked_guest(&town).await;
    let before = board(&town, "floor", "").await;
    assert_eq!(before["items"][0]["rule"], "flowers");
    let none = town.run(&format!("{HOUSE} playbook active")).await;
    assert!(
        none.printed.starts_with("none was activated"),
        "{}",
        none.printed
    );

    // Another wording for the chain, and a property that gives no room by its facing.
    assert_eq!(town.run("playbook new own").await.code, Some(0));
    let own = town.path().join("own");
    let words = std::fs::read_to_string(own.join("words/en.ftl")).unwrap();
    let asked = "flowers = Arrange { $amenity-flower } in { $room }.";
    let mut lines: Vec<&str> = words.lines().collect();
    let flowers = lines.iter().position(|line| line.starts_with("flowers = "));
    lines[flowers.unwrap()] = asked;
    std::fs::write(own.join("words/en.ftl"), lines.join("\n") + "\n").unwrap();
    std::fs::create_dir(own.join("properties")).unwrap();
    let property = own.join("properties/macau.toml");
    std::fs::write(&property, "format = 1\noff = [\"facing\"]\n").unwrap();
    let simulate = format!("{HOUSE} playbook simulate own --property macau");
    let simulated = town.run(&simulate).await.printed;
    let lines: Vec<&str> = simulated.lines().collect();
    assert_eq!(
        lines,
        [
            "R1 floor ~ flowers: Arrange lilies in the room.",
            "R1 front_desk - facing: Give Mr Zhuang an east-facing room.",
            "1 stays looked at, 2 lines differ",
        ]
    );
    let activate = format!("{HOUSE} playbook activate own --by gm --json");
    let published = town.run(&activate).await.json();
    assert_eq!(published["subject"], "cardex.config.playbook");
    until("the boards follow", async || {
        let (floor, desk) = (
            board(&town, "floor", "").await,
            board(&town, "front_desk", "").await,
        );
        let told = floor["items"][0]["text"] == "Arrange lilies in the room.";
        (told && desk["items"].as_array().unwrap().is_empty()).then_some(())
    })
    .await;
    let same = town.run(&simulate).await.printed;
    assert_eq!(same, "1 stays looked at, 0 lines differ\n");
    let active = town
        .run(&format!("{HOUSE} playbook active --json"))
        .await
        .json();
    assert_eq!(active["by"], "gm");
    assert_eq!(board(&town, "floor", "").await["playbook"], active["hash"]);
    let shown = town
        .run(&format!("{HOUSE} playbook show words/en.ftl"))
        .await;
    assert!(shown.printed.contains(asked));

    // One with faults is refused with its places, and the one in force serves on.
    std::fs::write(&property, "format = 1\noff = [\"facng\"]\n").unwrap();
    let refused = town.run(&activate).await;
    assert_eq!(refused.code, Some(1));
    let place =
        "own/properties/macau.toml:2:8: there is no rule `facng` above: did you mean `facing`?";
    assert!(refused.said.contains(place), "{}", refused.said);
    assert_eq!(
        town.run(&format!("{HOUSE} playbook active --json"))
            .await
            .json(),
        active
    );
    up.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_with_faults_is_refused_and_the_playbook_before_it_goes_on_serving() {
    let mut house = House::open().await;
    house.publish(&stay("R-1", booked("Chan"))).await;
    let likes = |attribute, value| {
        seen("floor", reservation("R-1"))
            .likes(attribute, value)
            .event()
    };
    house.publish(&likes("amenity.fruit", "mango")).await;
    house.settled().await;
    let embedded = Sources::embedded();
    let worded = |from: &str, to: &str| {
        let files = embedded
            .files()
            .map(|(path, text)| (path, text.replace(from, to)));
        let files: Vec<(&str, String)> = files.collect();
        Sources::new(files.iter().map(|(path, text)| (*path, &**text))).bundle()
    };
    let other = worded("Choose { $amenity-fruit }", "Take { $amenity-fruit }");
    activate(&house, Setting::Playbook, &other).await;
    let texts = house.desk.texts("floor", "R-1").await;
    assert_eq!(texts, ["Take mangoes for the fruit plate in the room."]);
    for broken in [worded("\nfruit = ", "\nfrut = "), "no bundle".to_owned()] {
        activate(&house, Setting::Playbook, &broken).await;
        assert_eq!(house.desk.texts("floor", "R-1").await, texts);
    }
    house.publish(&likes("amenity.fruit", "lychee")).await;
    house.settled().await;
    let texts = house.desk.texts("floor", "R-1").await;
    assert_eq!(texts.len(), 2);
    assert!(
        texts.iter().all(|text| text.starts_with("Take ")),
        "{texts:?}"
    );

    // Who starts later reads what is in force, and the first one that can be read serves.
    activate(&house, Setting::Playbook, &other).await;
    house.stop_checkin().await;
    house.start_checkin().await;
    house.publish(&likes("amenity.fruit", "apple")).await;
    house.settled().await;
    let texts = house.desk.texts("floor", "R-1").await;
    assert!(
        texts.iter().all(|text| text.starts_with("Take ")),
        "{texts:?}"
    );
}
