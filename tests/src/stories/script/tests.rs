use super::*;

#[test]
fn words_become_times_of_the_hotel() {
    let now = moment(Day::from_ymd(2026, 3, 1).unwrap(), 0, 30);
    let times = Times { now };
    for (word, wanted) in [
        ("now", "2026-03-01T00:30:00+08:00"),
        ("now-2h", "2026-02-28T22:30:00+08:00"),
        ("day+0", "2026-03-01"),
        ("day-1 15:05", "2026-02-28T15:05:00+08:00"),
    ] {
        assert_eq!(times.time(word).as_deref(), Some(wanted));
    }
    for word in ["", "noon", "now+2h", "day", "day-1 15", "day-x"] {
        assert_eq!(times.time(word), None, "{word}");
    }
}

#[test]
fn every_story_is_of_the_contract() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/stories");
    let stories = load(&directory).unwrap();
    assert_eq!(stories.len(), 4);
    for story in stories {
        story.earlier(now()).unwrap();
        for step in &story.steps {
            story.message_of(step, now()).unwrap();
        }
    }
}
