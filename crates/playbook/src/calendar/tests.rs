use super::*;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn season(text: &str) -> Calendar {
    Calendar {
        season: Some(Season::read(text).unwrap()),
        ..Calendar::default()
    }
}

#[test]
fn a_season_may_go_over_the_turn_of_the_year() {
    for (of, on, holds) in [
        ("12-15..02-20", "2026-12-14", false),
        ("12-15..02-20", "2026-12-15", true),
        ("12-15..02-20", "2027-02-20", true),
        ("12-15..02-20", "2027-02-21", false),
        ("06-01..08-31", "2026-06-01", true),
        ("06-01..08-31", "2026-09-01", false),
        ("02-29..02-29", "2028-02-29", true),
        ("02-29..02-29", "2027-02-28", false),
    ] {
        assert_eq!(season(of).holds(day(on)), holds, "{of} on {on}");
    }
    for wrong in [
        "",
        "12-15",
        "12-15..02-30",
        "13-01..01-01",
        "1-1..2-2",
        "12-15..",
        "+1-01..02-02",
    ] {
        assert_eq!(Season::read(wrong), None, "{wrong}");
    }
}

#[test]
fn days_of_the_week_and_dates_narrow_it_further() {
    let weekend = Calendar {
        from: Some(day("2026-11-20")),
        until: Some(day("2026-11-29")),
        weekdays: BTreeSet::from([Weekday::Fri, Weekday::Sat]),
        ..Calendar::default()
    };
    let days = (0..30).map(|n| day("2026-11-10").plus(n));
    let held: Vec<String> = days
        .filter(|day| weekend.holds(*day))
        .map(|day| day.to_string())
        .collect();
    assert_eq!(
        held,
        ["2026-11-20", "2026-11-21", "2026-11-27", "2026-11-28"]
    );
    assert!(Calendar::default().holds(day("2026-11-22")));
}

#[test]
fn what_never_comes_is_known() {
    let spring = season("03-01..05-31");
    let winter = Calendar {
        from: Some(day("2026-11-01")),
        until: Some(day("2027-02-28")),
        ..spring.clone()
    };
    assert!(!winter.occurs());
    let longer = Calendar {
        until: Some(day("2027-03-01")),
        ..winter
    };
    assert!(longer.occurs() && spring.occurs());
    let leap = Calendar {
        from: Some(day("2026-01-01")),
        until: Some(day("9999-12-31")),
        weekdays: BTreeSet::from([Weekday::Mon]),
        ..season("02-29..02-29")
    };
    assert!(leap.occurs());
}
