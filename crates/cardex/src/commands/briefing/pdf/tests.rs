use lopdf::Document as Read;

use super::super::list::Line;
use super::*;

/// Noto Sans CJK SC, the characters of these tests alone.
const HAN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/src/commands/briefing/pdf/han.otf"
);

fn line(text: &str, safety: bool) -> Line {
    Line {
        item: String::new(),
        safety,
        waits: false,
        until: None,
        text: text.to_owned(),
    }
}

fn guest(room: &str, name: &str, lines: Vec<Line>) -> Guest {
    Guest {
        room: Some(room.to_owned()),
        guest: name.to_owned(),
        arrival: Some("2026-11-20".to_owned()),
        departure: Some("2026-11-23".to_owned()),
        checked_in: false,
        stay: String::new(),
        lines,
    }
}

fn list(arrivals: Vec<Guest>) -> List {
    List {
        property: "macau".to_owned(),
        department: "dining".to_owned(),
        date: "2026-11-22".to_owned(),
        written: "2026-11-22 07:30".to_owned(),
        arrivals,
        ..List::default()
    }
}

/// What stands on each page, read back by another program's reader, without blanks.
fn read(pdf: &[u8]) -> Vec<String> {
    let read = Read::load_mem(pdf).unwrap();
    let pages = read.get_pages();
    let text = |number: &u32| {
        let text = read.extract_text(&[*number]).unwrap();
        text.chars().filter(|c| !c.is_whitespace()).collect()
    };
    pages.keys().map(text).collect()
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn how_often(pages: &[String], text: &str) -> usize {
    let text = squeezed(text);
    pages.iter().map(|page| page.matches(&text).count()).sum()
}

#[test]
fn a_page_says_who_where_when_and_what() {
    let mut lines = vec![
        line("Serve Mr Ōta nothing with peanuts: allergy.", true),
        line("Recommend Sichuan dishes if Mr Ōta comes to eat.", false),
    ];
    lines[1].waits = true;
    let pages = read(&pdf(&list(vec![guest("1012", "Mr Ōta", lines)]), None).unwrap());
    let [page] = &pages[..] else {
        panic!("not one page: {pages:#?}")
    };
    for said in [
        "macau · dining · 2026-11-22",
        "as of 2026-11-22 07:30",
        "Arrivals (1)",
        "1012  Mr Ōta",
        "2026-11-20 – 2026-11-23",
        "! Serve Mr Ōta nothing with peanuts: allergy.",
        "Recommend Sichuan dishes if Mr Ōta comes to eat. (waits: do not disturb)",
        "In house (0)",
        "nothing to do",
        "1 / 1",
    ] {
        assert!(page.contains(&squeezed(said)), "{said}: {page}");
    }
}

#[test]
fn a_hundred_stays_stand_whole_on_numbered_pages_and_each_once() {
    let stay = |number: usize| {
        let lines = (0..3 + number % 4).map(|n| {
            let text = format!("Line {n} of stay {number}: have ready what was noted, and say so.");
            line(&text, n == 0)
        });
        guest(
            &(1000 + number).to_string(),
            &format!("Guest<{number}>"),
            lines.collect(),
        )
    };
    let stays: Vec<Guest> = (0..100).map(stay).collect();
    let pages = read(&pdf(&list(stays), None).unwrap());
    let count = pages.len();
    assert!((10..=20).contains(&count), "{count}");
    for (number, page) in (1..).zip(&pages) {
        assert!(
            page.contains(&format!("{number}/{count}")),
            "{number}: {page}"
        );
        let head = squeezed("macau · dining · 2026-11-22");
        assert!(page.contains(&head), "{number}: {page}");
    }
    for number in 0..100 {
        let guest = stay(number);
        let on = pages.iter().position(|page| page.contains(&guest.guest));
        let page = &pages[on.unwrap()];
        assert_eq!(how_often(&pages, &guest.guest), 1);
        for line in &guest.lines {
            assert!(
                page.contains(&squeezed(&line.text)),
                "{}: {page}",
                line.text
            );
            assert_eq!(how_often(&pages, &line.text), 1);
        }
    }
}

#[test]
fn whoever_takes_more_than_a_page_goes_on_on_the_next() {
    let lines: Vec<Line> = (0..120)
        .map(|n| line(&format!("Mind this: <{n}>."), true))
        .collect();
    let pages = read(&pdf(&list(vec![guest("9", "Ms Long", lines)]), None).unwrap());
    assert!(pages.len() > 2, "{}", pages.len());
    for n in 0..120 {
        assert_eq!(how_often(&pages, &format!("<{n}>")), 1, "{n}");
    }
}

#[test]
fn what_is_too_wide_is_wrapped_and_nothing_of_it_is_lost() {
    let words: Vec<String> = (0..60).map(|n| format!("word<{n}>")).collect();
    let text = words.join(" ");
    let pages = read(
        &pdf(
            &list(vec![guest("9", &text, vec![line(&text, false)])]),
            None,
        )
        .unwrap(),
    );
    for word in words {
        assert_eq!(how_often(&pages, &word), 2, "{word}: {pages:#?}");
    }
}

#[test]
fn chinese_is_set_in_a_font_that_has_it_and_latin_beside_it() {
    let mut list = list(vec![guest(
        "1012",
        "庄先生",
        vec![line("房内请勿放坚果 (nuts)", true)],
    )]);
    list.language = Some("zh-Hans".to_owned());
    let written = pdf(&list, Some(Path::new(HAN))).unwrap();
    let pages = read(&written);
    for said in [
        "1012庄先生",
        "!房内请勿放坚果(nuts)",
        "到店(1)",
        "无事项",
        "截至2026-11-22",
    ] {
        assert!(pages[0].contains(said), "{said}: {}", pages[0]);
    }
    assert!(
        written.len() < 60_000,
        "only what is used of the fonts: {}",
        written.len()
    );
}

#[test]
fn what_no_font_has_is_said_and_never_shown_as_something_else() {
    let nowhere = '\u{10fffd}';
    let text = format!("Ask for {nowhere}");
    let list = list(vec![guest("9", "Ms Chan", vec![line(&text, false)])]);
    let refused = pdf(&list, None).unwrap_err().to_string();
    assert!(refused.contains("(U+10FFFD); install"), "{refused}");
    assert!(refused.contains("--font FILE"), "{refused}");
}

#[test]
fn a_font_that_is_none_is_refused_by_name() {
    let list = list(Vec::new());
    let refused = |path: &str| pdf(&list, Some(Path::new(path))).unwrap_err().to_string();
    assert!(refused("Cargo.toml").contains("Cargo.toml is no font"));
    assert!(refused("nowhere.ttf").contains("cannot read the font nowhere.ttf"));
}

#[test]
fn what_joins_characters_and_is_not_seen_needs_no_font() {
    let text = "soft\u{ad}ly, as\u{200d} it is\u{fe0f}";
    let pages = read(
        &pdf(
            &list(vec![guest("9", "Ms Chan", vec![line(text, false)])]),
            None,
        )
        .unwrap(),
    );
    assert!(pages[0].contains("softly,asitis"), "{}", pages[0]);
}
