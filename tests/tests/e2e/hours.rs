//! What is told by the hotel's clock: when its hour strikes and no earlier, once, also when nobody was there to hear it.

use cardex_bus::Incoming;
use cardex_bus::streams::EVENTS;
use cardex_domain::event::{Setting, StayChange};
use cardex_domain::time::Moment;
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::{Playbook, Sources};
use cardex_wire::board::BoardView;
use cardex_wire::words::{BoardState, ChangeKind};

use crate::events::{checked_in, now, reservation, seen, stay_at};
use crate::harness::{Desk, House, until};
use crate::settings::activate;

const MINUTE_MICROS: i64 = 60_000_000;
const DAY_MINUTES: i64 = 24 * 60;
const NOON: i64 = DAY_MINUTES / 2;

/// A hotel where it is about noon, so that its day neither begins nor ends while a test runs.
struct Noon {
    offset_minutes: i16,
}

impl Noon {
    fn here() -> Self {
        let of_day = now()
            .utc_micros
            .div_euclid(MINUTE_MICROS)
            .rem_euclid(DAY_MINUTES);
        let offset = NOON - of_day;
        Self {
            offset_minutes: i16::try_from(offset).unwrap(),
        }
    }

    fn now(&self) -> Moment {
        Moment {
            offset_minutes: self.offset_minutes,
            ..now()
        }
    }

    /// The next minute that begins, as its clock writes it.
    fn next_minute(&self) -> String {
        let minutes =
            now().utc_micros.div_euclid(MINUTE_MICROS) + i64::from(self.offset_minutes) + 1;
        let of_day = minutes.rem_euclid(DAY_MINUTES);
        format!("{:02}:{:02}", of_day / 60, of_day % 60)
    }
}

/// Rules that speak from that minute on: at dinner, and of whoever left today.
fn playbook(from: &str) -> String {
    let rule = |id: &str, department: &str, when: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\ndepartments = [\"{department}\"]\ntrigger = {when}\nbenefit = 5\ncost = 0\n\
             category = \"time\"\ntier = 1\nfreshness_hours = 24\n"
        )
    };
    let rules = format!(
        "format = 1\n[times]\ndinner = \"{from}..23:00\"\nday = \"{from}..23:00\"\n{}{}",
        rule("greet", "dining", "[\"dinner\"]"),
        rule(
            "thank",
            "guest_relations",
            "[\"after_stay\"]\ndays_after = 0"
        ),
    );
    let words = "Several = { $before }, { $next }\nGuest-unknown = the guest\nGuest = { $name }\nRoom = room { $number }\n\
                 Room-unknown = the room\nThis-stay = { $text }\ngreet = Greet { $guest }.\nthank = Write to { $guest }.\n";
    let files = Sources::new([("playbook.toml", &*rules), ("words/en.ftl", words)]);
    Playbook::parse(&files, Vocabulary::embedded()).unwrap();
    files.bundle()
}

async fn hours(desk: &Desk) -> Vec<Incoming> {
    let everything = desk.everything(EVENTS).await.into_iter();
    let hours = everything.filter(|message| message.subject.ends_with(".card.hour"));
    hours.collect()
}

fn says(board: &BoardView) -> Vec<&str> {
    board.items.iter().map(|item| &*item.text).collect()
}

async fn open(desk: &Desk, department: &str, number: &str) -> BoardView {
    until("its hour strikes", async || {
        let board = desk.board(department, number).await?;
        (board.state == BoardState::Open).then_some(board)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_an_hour_is_told_when_it_strikes() {
    let house = House::open().await;
    let noon = Noon::here();
    let at = noon.next_minute();
    activate(&house, Setting::Playbook, &playbook(&at)).await;
    house
        .publish(&stay_at("R-1", noon.now(), checked_in("1001", "Chan")))
        .await;
    house
        .publish(&stay_at("R-2", noon.now(), checked_in("1002", "Okafor")))
        .await;
    house.settled().await;
    // The minute may have begun meanwhile: what was told before its hour must not be.
    let early = house.desk.board("dining", "R-1").await;
    house
        .publish(&stay_at("R-2", noon.now(), StayChange::CheckedOut))
        .await;

    let board = open(&house.desk, "dining", "R-1").await;
    assert_eq!((says(&board), board.alert), (vec!["Greet Mr Chan."], true));
    let occasion = board.items[0].occasion.as_ref().unwrap();
    let until = occasion.until.as_ref().unwrap().0.to_string();
    assert_eq!((&*occasion.name, &until[11..19]), ("dinner", "23:00:00"));
    let left = open(&house.desk, "guest_relations", "R-2").await;
    assert_eq!(says(&left), ["Write to Mr Okafor."]);
    house.settled().await;
    let struck = hours(&house.desk).await;
    for hour in &struck {
        let told: serde_json::Value = serde_json::from_slice(&hour.payload).unwrap();
        let reached = told["data"]["reached"].as_str().unwrap();
        let reached = cardex_wire::time::micros_of(reached).unwrap();
        assert!(reached <= hour.server_time_us, "{reached}");
        assert_eq!(reached % MINUTE_MICROS, 0);
    }
    match early {
        Some(board) => assert!(board.items.is_empty() || struck.is_empty(), "{board:?}"),
        None => assert_eq!(struck.len(), 1),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_that_nobody_heard_is_told_by_whoever_comes_next_and_once() {
    let mut house = House::open().await;
    let noon = Noon::here();
    house
        .publish(&stay_at("R-1", noon.now(), checked_in("1001", "Chan")))
        .await;
    let at = noon.next_minute();
    activate(&house, Setting::Playbook, &playbook(&at)).await;
    house.stop_checkin().await;
    until("the hour has passed", async || {
        (noon.next_minute() != at).then_some(())
    })
    .await;

    house.start_checkin().await;
    let board = open(&house.desk, "dining", "R-1").await;
    assert_eq!(says(&board), ["Greet Mr Chan."]);
    house.stop_checkin().await;
    house.stop_aggregator().await;
    house.start_aggregator().await;
    house.start_checkin().await;
    house
        .publish(&stay_at("R-1", noon.now(), StayChange::CheckedOut))
        .await;
    house.settled().await;
    let board = house.desk.board("dining", "R-1").await.unwrap();
    assert_eq!(board.state, BoardState::Closed);
    let changes: Vec<_> = board.changes.iter().map(|change| change.kind).collect();
    assert_eq!(changes, [ChangeKind::Expired]);
    let told = hours(&house.desk).await;
    let all: std::collections::BTreeSet<_> = told.iter().map(|hour| hour.payload.clone()).collect();
    assert_eq!(told.len(), all.len(), "an hour is told twice");
}

/// The playbook that Cardex brings along, with a shift of the floor that begins then.
fn with_shift(from: &str) -> String {
    let route = format!(
        "\n[[route]]\ndepartment = \"floor\"\nsection = \"late\"\nhours = \"{from}..23:00\"\n"
    );
    let embedded = Sources::embedded();
    let files = embedded.files().map(|(path, text)| match path {
        "playbook.toml" => (path, format!("{text}{route}")),
        _ => (path, text.to_owned()),
    });
    let files: Vec<(&str, String)> = files.collect();
    Sources::new(files.iter().map(|(path, text)| (*path, &**text))).bundle()
}

fn sections(board: &BoardView) -> Vec<&str> {
    board.sections.iter().map(|id| id.0.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shift_that_begins_reads_what_is_open_and_nobody_is_alerted_of_it() {
    let house = House::open().await;
    let noon = Noon::here();
    activate(&house, Setting::Playbook, &with_shift(&noon.next_minute())).await;
    house
        .publish(&stay_at("R-1", noon.now(), checked_in("1001", "Chan")))
        .await;
    let likes = seen("floor", reservation("R-1")).likes("health.hearing", "hard_of_hearing");
    house.publish(&likes.event()).await;
    house.settled().await;
    let before = house.desk.board("floor", "R-1").await.unwrap();
    let after = until("the shift begins", async || {
        let board = house.desk.board("floor", "R-1").await?;
        (sections(&board) == ["late"]).then_some(board)
    })
    .await;
    assert_eq!(says(&after), says(&before));
    // The minute may have begun before anything was told.
    if sections(&before).is_empty() {
        assert!(after.revision > before.revision);
        assert_eq!((after.changes.len(), after.alert), (0, false));
    }
    house.settled().await;
    let last = house.desk.board("floor", "R-1").await.unwrap();
    assert_eq!(last.revision, after.revision, "it is told once");
    assert_eq!(house.desk.dead_letters().await.len(), 0);
}
