//! What people complain of in the systems in use today: a story each, told to every department through the program
//! `cardex`, and each named after what must not happen again. The stories are in `tests/complaints`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cardex_tests::stories::{Hotel, Player, Story};

use crate::stories::cardex;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("complaints")
}

/// Plays a story on a Cardex of its own: every department is told and shown what it says, and nothing else.
async fn plays_as_written(name: &str) {
    let story = Story::read(&directory().join(format!("{name}.toml"))).unwrap();
    let data = tempfile::tempdir().unwrap();
    let hotel = Hotel::open(&cardex(), data.path()).await.unwrap();
    let mut player = Player::begin(&hotel).await.unwrap();
    let mut reports = Vec::from_iter(player.play_earlier(&story).await.unwrap());
    for step in &story.steps {
        reports.push(player.play(&story, step).await.unwrap());
    }
    let (mut right, mut wrong) = (0, Vec::new());
    for report in &reports {
        right += report.tally().0;
        let found = report.found.iter().filter(|(_, found)| found.is_wrong());
        wrong.extend(found.map(|(to, found)| format!("{}\n  {to}: {found:?}", report.says)));
    }
    assert!(wrong.is_empty(), "{}\n{}", story.title, wrong.join("\n"));
    assert!(
        right > 0,
        "{}: nobody is told or shown anything",
        story.title
    );
    assert_eq!(player.leftovers().await.unwrap(), Vec::<String>::new());
    drop(player);
    hotel.close().await.unwrap();
}

macro_rules! complaints {
    ($($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                plays_as_written(stringify!($name)).await;
            }
        )*

        #[test]
        fn every_story_of_a_complaint_is_played_and_promised() {
            let files = std::fs::read_dir(directory()).unwrap();
            let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
            let played = [$(stringify!($name)),*].map(|name| format!("{name}.toml"));
            assert_eq!(files.collect::<BTreeSet<_>>(), BTreeSet::from(played));
            let promised = include_str!("../../../README.md");
            for name in [$(stringify!($name)),*] {
                assert!(promised.contains(&format!("tests/complaints/{name}.toml")), "{name}");
            }
        }
    };
}

complaints! {
    a_note_is_for_those_who_need_it_and_on_no_board
    a_room_booked_once_for_a_relative_is_not_booked_ever_after
    a_stale_tag_ends_everywhere_by_one_tap
    a_twin_room_this_time_is_no_preference
    mariachi_heard_once_does_not_follow_the_guest
    namesakes_joined_by_mistake_are_parted_without_a_trace
    one_guest_under_two_profiles_is_one_without_a_click
    the_prompt_follows_the_guest_to_another_room
    the_same_news_is_told_once
    what_is_this_hotels_stays_here_and_the_rest_travels
    what_pleases_on_business_is_not_pressed_on_the_family
    who_books_through_an_agency_is_known_at_the_desk
    who_wants_no_file_is_left_in_peace
}
