//! What departments are told, and in which words, on the program as people run it.

use cardex_domain::event::{CardChange, Setting};
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::Sources;
use cardex_runtime::health::ConditionState;
use cardex_wire::board::ItemView;
use cardex_wire::words::{BoardState, ChangeKind};
use serde_json::Value;

use crate::boards::cards;
use crate::events::{booked, reservation, seen, stay};
use crate::harness::{House, until};
use crate::program::Town;
use crate::settings::{activate, activate_and_go_on};

const HOUSE: &str = "--data house";
/// Whether the listener's playbook fits its vocabulary.
const FITS: &str = "checkin.playbook";

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

    // Who starts later serves by what served before, not by what it brings along.
    house.stop_checkin().await;
    house.start_checkin().await;
    house.publish(&likes("amenity.fruit", "apple")).await;
    house.settled().await;
    let texts = house.desk.texts("floor", "R-1").await;
    assert!(
        texts.iter().all(|text| text.starts_with("Take ")),
        "{texts:?}"
    );
    assert_eq!(house.condition(FITS), ConditionState::Warning);

    // It goes along with a vocabulary that it fits, though what was activated last still does not.
    let newer = format!("{}\n# newer\n", Vocabulary::EMBEDDED_TEXT);
    activate(&house, Setting::Vocabulary, &newer).await;
    house.publish(&likes("amenity.flower", "lily")).await;
    house.settled().await;
    let board = house.desk.board("floor", "R-1").await.unwrap();
    assert_eq!(board.vocabulary, Vocabulary::parse(&newer).unwrap().hash());
    let takes = |item: &ItemView| item.text.starts_with("Take ");
    assert!(board.items.iter().any(takes), "{board:?}");
    assert_eq!(house.condition(FITS), ConditionState::Warning);
    activate(&house, Setting::Playbook, &other).await;
    assert_eq!(house.condition(FITS), ConditionState::Ready);
}

/// The playbook that Cardex brings along, with this in place of that, as it is activated.
fn worded(from: &str, to: &str) -> String {
    let embedded = Sources::embedded();
    let files = embedded
        .files()
        .map(|(path, text)| (path, text.replace(from, to)));
    let files: Vec<(&str, String)> = files.collect();
    Sources::new(files.iter().map(|(path, text)| (*path, &**text))).bundle()
}

/// The vocabulary that Cardex brings along, in which fruit is called otherwise: no playbook of today fits it.
fn without_fruit() -> String {
    Vocabulary::EMBEDDED_TEXT.replace("\"amenity.fruit\"", "\"amenity.fruits\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vocabulary_that_the_playbook_does_not_fit_holds_nobody_up() {
    let mut house = House::open().await;
    house.publish(&stay("R-1", booked("Chan"))).await;
    let likes = async |house: &House, attribute, value| {
        let seen = seen("floor", reservation("R-1")).likes(attribute, value);
        house.publish(&seen.event()).await;
        house.settled().await;
        house.desk.texts("floor", "R-1").await
    };
    let before = worded("Choose { $amenity-fruit }", "Take { $amenity-fruit }");
    activate(&house, Setting::Playbook, &before).await;
    let mango = "Take mangoes for the fruit plate in the room.";
    assert_eq!(likes(&house, "amenity.fruit", "mango").await, [mango]);

    activate(&house, Setting::Vocabulary, &without_fruit()).await;
    assert_eq!(house.condition(FITS), ConditionState::Warning);
    let lilies = "Put lilies in the room for Mr Chan.";
    assert_eq!(likes(&house, "amenity.flower", "lily").await, [lilies]);
    house.stop_checkin().await;
    house.start_checkin().await;
    let tea = likes(&house, "amenity.flower", "rose").await;
    assert_eq!((tea.len(), &*tea[0]), (2, lilies));

    // A playbook that fits takes over, and the vocabulary of before the one that does not.
    activate(&house, Setting::Vocabulary, Vocabulary::EMBEDDED_TEXT).await;
    assert_eq!(house.condition(FITS), ConditionState::Ready);
    let texts = house.desk.texts("floor", "R-1").await;
    assert!(texts.iter().any(|text| text == mango), "{texts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vocabulary_is_refused_while_the_playbook_that_serves_has_faults_by_it() {
    let town = Town::new();
    let up = town.up("house").await;
    std::fs::write(town.path().join("new.toml"), without_fruit()).unwrap();
    let activate = format!("{HOUSE} vocabulary activate new.toml");
    let refused = town.run(&activate).await;
    assert_eq!(refused.code, Some(1), "{}", refused.said);
    let fault = "`amenity.fruit` is not in the vocabulary";
    let place = |line: &str| line.starts_with("playbook.toml:") && line.contains(fault);
    assert!(refused.said.lines().any(place), "{}", refused.said);
    let none = town
        .run(&format!("{HOUSE} vocabulary show amenity.fruit"))
        .await;
    assert_eq!(none.code, Some(0), "it is the one of before: {}", none.said);
    let forced = town.run(&format!("{activate} --force --json")).await;
    assert_eq!(forced.json()["subject"], "cardex.config.vocabulary");
    up.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_boards_of_a_department_that_is_served_no_more_are_closed() {
    let mut house = House::open().await;
    let florist = worded(
        "id = \"flowers\"\ndepartments = [\"floor\"]",
        "id = \"flowers\"\ndepartments = [\"florist\"]",
    );
    activate(&house, Setting::Playbook, &florist).await;
    house.publish(&stay("R-1", booked("Chan"))).await;
    let likes = seen("floor", reservation("R-1")).likes("amenity.flower", "lily");
    house.publish(&likes.event()).await;
    house.settled().await;
    let texts = ["Put lilies in the room for Mr Chan."];
    assert_eq!(house.desk.texts("florist", "R-1").await, texts);

    // Whoever looks at the stay then knows of its board from the bus alone.
    house.stop_checkin().await;
    activate_and_go_on(&house, Setting::Playbook, &Sources::embedded().bundle()).await;
    house.start_checkin().await;
    house.settled().await;
    let board = house.desk.board("florist", "R-1").await.unwrap();
    assert_eq!((board.state, board.items.len()), (BoardState::Closed, 0));
    assert_eq!(board.changes[0].kind, ChangeKind::Withdrawn);
    assert_eq!(house.desk.open_boards("florist").await, []);
    assert_eq!(house.desk.texts("floor", "R-1").await, texts);
    let cards = cards(&house.desk).await.into_iter();
    let of_florist = cards.filter(|card| card.department.as_str() == "florist");
    let told: Vec<CardChange> = of_florist.map(|card| card.change).collect();
    assert_eq!(told, [CardChange::Issued, CardChange::Withdrawn]);

    // Nothing more is said to it, until it is served again.
    house
        .publish(
            &seen("floor", reservation("R-1"))
                .likes("amenity.fruit", "mango")
                .event(),
        )
        .await;
    house.settled().await;
    assert_eq!(
        house.desk.board("florist", "R-1").await.unwrap().revision,
        board.revision
    );
    activate(&house, Setting::Playbook, &florist).await;
    assert_eq!(house.desk.texts("florist", "R-1").await, texts);
}
