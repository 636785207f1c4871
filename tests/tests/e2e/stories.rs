//! The acceptance stories through real processes: the program `cardex`, as built beside these tests.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cardex_tests::stories::{Hotel, Player, load};

/// How soon a department must have its board, also where everything is built for debugging and other tests load the
/// machine. `bench` measures what it really takes.
const BOARD_BOUND: Duration = Duration::from_secs(2);

/// The program, beside the directory of the test programs.
pub(crate) fn cardex() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a program");
    let built = test.ancestors().nth(2).expect("cargo puts it two deep");
    let program = built.join("cardex");
    assert!(
        program.is_file(),
        "{} is missing: build it first, with `cargo build --workspace`",
        program.display()
    );
    program
}

fn stories() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/stories")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_department_is_told_what_the_stories_say_and_nobody_anything_else() {
    let data = tempfile::tempdir().unwrap();
    let hotel = Hotel::open(&cardex(), data.path()).await.unwrap();
    let mut player = Player::begin(&hotel).await.unwrap();
    let mut right = 0;
    for story in load(&stories()).unwrap() {
        let mut reports = Vec::from_iter(player.play_earlier(&story).await.unwrap());
        for step in &story.steps {
            reports.push(player.play(&story, step).await.unwrap());
        }
        for report in reports {
            assert_eq!(report.tally().1, 0, "{}: {report:#?}", story.title);
            right += report.tally().0;
        }
    }
    assert!(right >= 20, "only {right} lines");
    assert_eq!(player.leftovers().await.unwrap(), Vec::<String>::new());
    drop(player);
    hotel.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn front_desk_has_its_board_while_the_guest_is_still_signing_in() {
    let data = tempfile::tempdir().unwrap();
    let hotel = Hotel::open(&cardex(), data.path()).await.unwrap();
    let mut player = Player::begin(&hotel).await.unwrap();
    let story = &load(&stories()).unwrap()[0];
    assert!(player.play_earlier(story).await.unwrap().is_none());
    for step in &story.steps {
        let report = player.play(story, step).await.unwrap();
        let desk = report
            .found
            .iter()
            .any(|(department, _)| department == "front_desk");
        assert!(desk && report.tally().1 == 0, "{report:#?}");
        assert!(report.took.unwrap() < BOARD_BOUND, "{report:#?}");
    }
    drop(player);
    hotel.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_does_not_come_up_is_ended_and_what_it_said_is_shown() {
    let data = tempfile::tempdir().unwrap();
    // A file stands where a directory has to be.
    std::fs::write(data.path().join("nats"), "").unwrap();
    let from = Instant::now();
    let error = Hotel::open(&cardex(), data.path()).await.unwrap_err();
    assert!(from.elapsed() < Duration::from_secs(30));
    assert!(
        format!("{error:#}").contains("does not come up"),
        "{error:#}"
    );
}
