//! The books that the program `chaos` keeps notice what they are kept for: a small hotel that they have nothing to say
//! against, and then one thing at a time that is not as it should be.

use bytes::Bytes;
use cardex_bus::Headers;
use cardex_bus::streams::PROMPTS;
use cardex_domain::event::Event;
use cardex_tests::chaos::books::Books;
use cardex_tests::chaos::findings::Findings;
use cardex_tests::chaos::load::Acknowledged;
use serde_json::Value;

use crate::events::{booked, checked_in, reservation, seen, stay};
use crate::harness::{House, prompt};

/// A hotel with one guest in house, of whom dining has to know something, and what was acknowledged of that.
struct Small {
    house: House,
    acknowledged: Vec<Acknowledged>,
}

impl Small {
    async fn open() -> Self {
        let mut small = Self {
            house: House::open().await,
            acknowledged: Vec::new(),
        };
        for event in [
            stay("R-1", booked("Okafor")),
            allergy("R-1"),
            stay("R-1", checked_in("1001", "Okafor")),
        ] {
            let sequence = small.house.publish(&event).await;
            small.note(sequence, event);
        }
        small.house.settled().await;
        assert_eq!(small.found().await, Findings::default());
        small
    }

    fn note(&mut self, sequence: u64, event: Event) {
        self.acknowledged.push(Acknowledged {
            sequence,
            event,
            dead: None,
        });
    }

    async fn books(&self) -> Books {
        let (desk, mut books) = (&self.house.desk, Books::of(&self.acknowledged, &[]));
        books.check_stream(desk).await;
        books.check_profiles(desk).await;
        books.check_boards(desk).await;
        books.check_dead_letters(desk).await;
        books
    }

    /// What is wrong on the bus.
    async fn found(&self) -> Findings {
        self.books().await.findings
    }

    /// What is wrong on the bus and in the store.
    async fn found_in_all(mut self) -> Findings {
        let mut books = self.books().await;
        self.house.stop_checkin().await;
        self.house.stop_aggregator().await;
        books.check_store(&self.house.premises.store());
        books.findings
    }

    /// Publishes dining's board again, with this changed, behind the one that stands. The listener is stopped before: it
    /// may put right what it finds.
    async fn publishes_board(&mut self, change: impl FnOnce(&mut Value)) {
        self.house.stop_checkin().await;
        let (bus, subject) = (&self.house.desk.bus, prompt("dining", "R-1").to_string());
        let stands = bus.last_for_subject(PROMPTS, &subject).await.unwrap();
        let stands = stands.unwrap();
        let mut board: Value = serde_json::from_slice(&stands.payload).unwrap();
        let data = &mut board["data"];
        data["previous"] = stands.stream_sequence.into();
        change(data);
        let (payload, headers) = (Bytes::from(board.to_string()), Headers::new());
        let published = bus.publish(&subject, "by hand", payload, &headers);
        published.await.unwrap();
    }
}

fn allergy(guest: &str) -> Event {
    let noted = seen("dining", reservation(guest)).likes("allergy.food", "peanut");
    noted.event()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_find_nothing_wrong_with_what_comes_again() {
    let small = Small::open().await;
    let first = small.acknowledged[1].event.clone();
    let again = small.house.desk.publish_again(&first).await;
    small.house.listened_to(again);
    small.house.settled().await;
    assert_eq!(small.found_in_all().await, Findings::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_notice_an_event_that_is_lost() {
    let mut small = Small::open().await;
    let lost = seen("floor", reservation("R-1")).likes("amenity.fruit", "mango");
    small.note(1_000, lost.event());
    let found = small.found_in_all().await;
    // In the stream, and twice in the store: by number and by name.
    assert_eq!((found.lost, found.doubled), (3, 0), "{found:#?}");
    assert!(found.wrong_profiles > 0, "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_notice_an_event_that_is_not_where_it_was_acknowledged() {
    let mut small = Small::open().await;
    small.acknowledged[1].sequence += 1_000;
    let found = small.found().await;
    assert_eq!((found.lost, found.doubled), (1, 0), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_notice_an_event_that_counts_twice() {
    let small = Small::open().await;
    // What a publisher said once is there under two ids.
    small.house.publish(&allergy("R-1")).await;
    small.house.settled().await;
    let found = small.found_in_all().await;
    assert_eq!((found.lost, found.doubled), (0, 1), "{found:#?}");
    assert!(found.wrong_profiles > 0, "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_notice_a_board_that_is_missing() {
    let mut small = Small::open().await;
    small.note(1_000, stay("R-2", booked("Okafor")));
    small.note(1_001, allergy("R-2"));
    let found = small.found().await;
    assert!(found.wrong_boards > 0, "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_notice_a_board_that_says_something_else() {
    let wrong: [fn(&mut Value); 3] = [
        |board| board["items"][0]["text"] = "Serve Okafor peanuts.".into(),
        |board| board["items"] = Value::Array(Vec::new()),
        |board| board["room"] = "1002".into(),
    ];
    for change in wrong {
        let mut small = Small::open().await;
        let later_and = |board: &mut Value| {
            later(board);
            change(board);
        };
        small.publishes_board(later_and).await;
        let found = small.found().await;
        assert_eq!((found.wrong_boards, found.doubled), (1, 0), "{found:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_notice_a_board_that_is_told_twice() {
    let mut small = Small::open().await;
    small.publishes_board(|_| ()).await;
    let found = small.found().await;
    assert_eq!((found.wrong_boards, found.doubled), (0, 1), "{found:#?}");
}

/// As a board of a later event: it says so, and that nothing changed.
fn later(board: &mut Value) {
    let revision = board["revision"].as_u64().unwrap();
    board["revision"] = (revision + 1).into();
    board["changes"] = Value::Array(Vec::new());
}
