//! Boards are led to the section of a department that looks after the guest's room, and follow the guest.

use cardex_domain::event::Setting;
use cardex_domain::ids::SectionId;
use cardex_playbook::Sources;
use cardex_wire::board::BoardView;
use cardex_wire::query::{Boards, BoardsRequest};
use cardex_wire::text::AsText;

use crate::events::{PROPERTY, booked, checked_in, moved, now, reservation, seen, stay};
use crate::harness::{House, until};
use crate::program::{Ended, OnTerminal, run};
use crate::settings::activate;

const ROUTES: &str = r#"
[[route]]
department = "floor"
section = "tenth"
rooms = ["1001..1099"]

[[route]]
department = "floor"
section = "twelfth"
rooms = ["1201..1299"]
"#;

/// A hotel whose floor has a section for the tenth and one for the twelfth, with guests in these rooms to whom one speaks clearly: a line
/// that does not name the room.
async fn house(rooms: &[&str]) -> House {
    let house = House::open().await;
    let embedded = Sources::embedded();
    let files = embedded.files().map(|(path, text)| match path {
        "playbook.toml" => (path, format!("{text}{ROUTES}")),
        _ => (path, text.to_owned()),
    });
    let files: Vec<(&str, String)> = files.collect();
    let files = files.iter().map(|(path, text)| (*path, &**text));
    activate(&house, Setting::Playbook, &Sources::new(files).bundle()).await;
    for (n, room) in (1..).zip(rooms) {
        let number = format!("R-{n}");
        house.publish(&stay(&number, booked("Chan"))).await;
        house
            .publish(&stay(&number, checked_in(room, "Chan")))
            .await;
        let likes = seen("floor", reservation(&number)).likes("health.hearing", "hard_of_hearing");
        house.publish(&likes.event()).await;
    }
    house.settled().await;
    house
}

async fn cardex(house: &House, arguments: &str) -> Ended {
    let url = house.server.url();
    let whose = format!("{arguments} --property {PROPERTY} --nats {url}");
    run(&house.premises.path(), &whose).await
}

fn sections(board: &BoardView) -> Vec<&str> {
    board.sections.iter().map(|id| id.0.as_str()).collect()
}

/// The rooms of which the floor's section reads a board.
async fn rooms(house: &House, section: &str) -> Vec<String> {
    let watch = format!("prompts watch --once --json --department floor --section {section}");
    let ended = cardex(house, &watch).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    let boards = ended.printed.lines();
    let boards = boards.map(|line| serde_json::from_str::<BoardView>(line).unwrap());
    let mut rooms: Vec<String> = boards
        .map(|board| board.room.unwrap().to_string())
        .collect();
    rooms.sort();
    rooms
}

async fn shows(terminal: &OnTerminal, text: &str) {
    until("the terminal shows it", async || {
        terminal.shown().contains(text).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_follows_its_guest_from_one_section_to_another() {
    let house = house(&["1012"]).await;
    let live = |section: &str| {
        let url = house.server.url();
        let board = format!(
            "prompts board --department floor --section {section} --property {PROPERTY} --nats {url}"
        );
        OnTerminal::start(&house.premises.path(), &board)
    };
    let (mut tenth, mut twelfth) = (live("tenth"), live("twelfth"));
    shows(&tenth, "1012").await;
    shows(&twelfth, "nothing").await;
    assert_eq!(rooms(&house, "tenth").await, ["1012"]);
    assert!(rooms(&house, "twelfth").await.is_empty());

    let before = house.desk.board("floor", "R-1").await.unwrap();
    assert_eq!(sections(&before), ["tenth"]);
    house.publish(&stay("R-1", moved("1201"))).await;
    shows(&twelfth, "1201").await;
    shows(&tenth, "nothing").await;
    house.settled().await;
    let board = house.desk.board("floor", "R-1").await.unwrap();
    assert_eq!((sections(&board), board.alert), (vec!["twelfth"], true));
    assert!(rooms(&house, "tenth").await.is_empty());
    assert_eq!(rooms(&house, "twelfth").await, ["1201"]);
    for terminal in [&mut tenth, &mut twelfth] {
        terminal.press("q");
    }
    assert_eq!(
        (tenth.ended().await, twelfth.ended().await),
        (Some(0), Some(0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_section_asks_for_its_boards_and_has_its_list_and_others_are_named() {
    let house = house(&["1012", "1210", "801"]).await;
    let request = BoardsRequest {
        section: SectionId::new("tenth").ok().map(AsText),
        ..BoardsRequest::default()
    };
    let reply = house.desk.ask::<Boards>("floor", &request).await.unwrap();
    let rooms = reply.boards.iter().map(|board| board.room.clone().unwrap());
    let mut rooms: Vec<String> = rooms.map(|room| room.to_string()).collect();
    rooms.sort();
    assert_eq!(rooms, ["1012", "801"]);

    let list = format!(
        "briefing --department floor --section twelfth --date {}",
        now().day()
    );
    let list = cardex(&house, &list).await.printed;
    assert!(list.starts_with("macau · floor · twelfth · "), "{list}");
    assert!(
        list.contains("\n1210  ") && !list.contains("1012"),
        "{list}"
    );

    for command in ["prompts watch --once", "briefing"] {
        let wrong = format!("{command} --department floor --section eleventh");
        let refused = cardex(&house, &wrong).await;
        assert_eq!(refused.code, Some(64), "{}", refused.said);
        assert!(
            refused.said.contains("there are tenth, twelfth"),
            "{}",
            refused.said
        );
    }
    let nobody = cardex(&house, "briefing --department dining --section tenth").await;
    assert!(
        nobody.said.contains("for all of the department"),
        "{}",
        nobody.said
    );
    let alone = cardex(&house, "prompts watch --once --section tenth").await;
    assert_eq!(alone.code, Some(64), "{}", alone.said);
}
