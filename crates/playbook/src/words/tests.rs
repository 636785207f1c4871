use cardex_domain::board::Board;
use cardex_domain::ids::DepartmentId;
use cardex_domain::vocabulary::Vocabulary;
use proptest::prelude::*;

use crate::tests::hotel::{self, Guest, RULE, day, phrases, vocabulary};
use crate::{Fault, Playbook, Sources};

/// A playbook of the rule `facing`, the first edits made to it, whose words are the phrases and these lines.
fn sources(edits: &[(&str, &str)], words: &str) -> Sources {
    let rule = edits.iter().fold(RULE.to_owned(), |rule, (from, to)| {
        assert!(rule.contains(from), "{from}");
        rule.replace(from, to)
    });
    let rule: Vec<&str> = rule
        .lines()
        .filter(|line| !line.starts_with("text"))
        .collect();
    let rules = format!("format = 1\n{}\n", rule.join("\n"));
    Sources::new([("playbook.toml", &*rules), ("words/en.ftl", words)])
}

fn faults(sources: &Sources) -> Vec<Fault> {
    let read = Playbook::parse(sources, &vocabulary());
    read.err().unwrap_or_default()
}

/// The line behind the phrases, and what is wrong there: column, part of the message.
fn check(edits: &[(&str, &str)], cases: &[(&str, usize, &str)]) {
    let phrases = phrases();
    let line = phrases.lines().count() + 1;
    for (words, column, message) in cases {
        let found = faults(&sources(edits, &format!("{phrases}{words}\n")));
        let hit = found.iter().any(|fault| {
            let place = (&*fault.file, fault.line, fault.column);
            place == ("words/en.ftl", line, *column) && fault.message.contains(message)
        });
        assert!(hit, "{words}: {line}:{column} {message}\n{found:#?}");
    }
}

#[test]
fn faults_of_words() {
    check(
        &[],
        &[
            (
                "facing = Give { $room-floor }",
                18,
                "there are $guest, $guest_title, $room, $room-facing, $room-facing_count",
            ),
            ("facing = Give { $Guest }", 18, "`$Guest` is not known here"),
            ("facing = Give { -there }", 18, "`there` is not here"),
            ("facing = Give { facing }", 17, "made of itself"),
            (
                "facing = Give { DATE($guest) }",
                17,
                "there are A and NUMBER",
            ),
            ("facing = { \"\" }", 1, "the text is empty"),
            ("facng = Give a room.", 1, "did you mean `facing`?"),
        ],
    );
    let phrases = phrases();
    let twice = faults(&sources(
        &[],
        &format!("{phrases}facing = Give\nfacing = Take\n"),
    ));
    assert!(twice[0].message.contains("twice"), "{twice:?}");
    let more = faults(&sources(
        &[],
        &format!("{phrases}facing = Give\n    .more = More\n"),
    ));
    assert!(
        more[0].message.contains("`.more` has no use here"),
        "{more:?}"
    );
    let no_room = phrases.replace("Room-unknown = the room", "");
    let missing = faults(&sources(&[], &format!("{no_room}facing = Give\n")));
    assert!(
        missing[0].message.contains("`Room-unknown` is missing"),
        "{missing:?}"
    );
    let stranger = phrases.replace("{ $number }", "{ $guest }");
    let stranger = faults(&sources(&[], &format!("{stranger}facing = Give\n")));
    assert!(
        stranger[0].message.contains("there are $number"),
        "{stranger:?}"
    );
}

#[test]
fn a_rule_speaks_every_language_or_none() {
    let phrases = phrases();
    let files = sources(&[], &format!("{phrases}facing = Give\n"));
    let files = files.files().chain([("words/zh-Hant.ftl", &*phrases)]);
    let told: Vec<String> = faults(&Sources::new(files))
        .iter()
        .map(Fault::to_string)
        .collect();
    let silent = "playbook.toml, line 4, column 6, rule `facing`: it says nothing in words/zh-Hant.ftl: add `facing = …` there";
    assert_eq!(told, [silent]);
    let rules = sources(&[], "");
    let wordless = rules.files().filter(|(path, _)| *path == "playbook.toml");
    let wordless = faults(&Sources::new(wordless));
    assert!(wordless[0].message.contains("there are no words"));
}

#[test]
fn what_a_department_may_not_know_is_said_in_no_language() {
    let hearing: &[(&str, &str)] = &[("\"room.facing\"", "\"health.hearing\"")];
    let silent = "say what to do, not why";
    check(
        hearing,
        &[
            (
                "facing = Mind: { $health-hearing }.",
                19,
                "front_desk may not see the value",
            ),
            (
                "facing = Mind: { $health-hearing_count }.",
                19,
                "front_desk may not see the value",
            ),
            ("facing = He has a HEARING  aid.", 1, silent),
            ("facing = 请注意字hard_of_hearing", 1, silent),
            ("facing = He has a { \"hearing\\u0020aid\" }.", 1, silent),
        ],
    );
    let phrases = phrases();
    let by_term = format!("{phrases}-aid = hearing aid\nfacing = Mind the {{ -aid }}.\n");
    let found = faults(&sources(hearing, &by_term));
    assert!(found[0].message.contains(silent), "{found:?}");
    assert_eq!(
        faults(&sources(
            hearing,
            &format!("{phrases}facing = Speak clearly.\n")
        )),
        []
    );
}

/// What one rule, `when` on what it speaks of, says to a guest of that title.
fn said(title: &str, words: &str, wants: &[(&str, &str)], about: &str) -> String {
    let edits = [("\"room.facing\"", about)];
    let files = sources(&edits, &format!("{}facing = {words}\n", phrases()));
    let playbook = Playbook::parse(&files, &vocabulary());
    let playbook = playbook.unwrap_or_else(|faults| panic!("{faults:#?}"));
    let mut guest = Guest::named(title, "Lin");
    for (attribute, value) in wants {
        guest.wants(attribute, value);
    }
    guest.books("R1", day(5, 1));
    let told = guest.told(&playbook, &vocabulary(), ("R1", day(4, 25)));
    told[0].1[0].clone()
}

#[test]
fn articles_plurals_and_genders_are_right() {
    let facing = |value| {
        said(
            "Mr",
            "Give { $guest } { A($room-facing) } room.",
            &[("room.facing", value)],
            "\"room.facing\"",
        )
    };
    assert_eq!(facing("east"), "Give Mr Lin an east room.");
    assert_eq!(facing("south"), "Give Mr Lin a south room.");
    let counted = "{ $room-facing_count ->\n    [one] { $room-facing } is\n   *[other] { $room-facing } are\n } wanted";
    let one = said("Mr", counted, &[("room.facing", "east")], "\"room.facing\"");
    assert_eq!(one, "East is wanted");
    let coat = "Take { $guest_title ->\n    [ms] her\n    [mr] his\n   *[other] the\n } coat.";
    for (title, text) in [
        ("Mr", "Take his coat."),
        ("先生", "Take his coat."),
        ("Ms.", "Take her coat."),
        ("Dr", "Take the coat."),
        ("", "Take the coat."),
    ] {
        assert_eq!(
            said(title, coat, &[("room.facing", "east")], "\"room.facing\""),
            text,
            "{title}"
        );
    }
}

fn board_of(title: &str, family: &str, language: &str) -> Board {
    let mut guest = Guest::named(title, family);
    guest.wants("room.facing", "east");
    guest.books("R1", day(5, 1));
    let floor = DepartmentId::new("front_desk").unwrap();
    guest
        .languages
        .departments
        .insert(floor.clone(), language.into());
    let boards = guest.boards(
        Playbook::embedded(),
        Vocabulary::embedded(),
        ("R1", day(4, 25)),
        &Default::default(),
    );
    boards
        .into_iter()
        .find(|board| board.department == floor)
        .unwrap()
}

#[test]
fn guests_are_called_as_each_language_does() {
    for (title, family, language, text) in [
        ("Mr", "Zhuang", "en", "Give Mr Zhuang an east-facing room."),
        ("Mr", "Zhuang", "zh-CN", "安排Zhuang先生住朝东的房间。"),
        ("Mr", "Zhuang", "zh-HK", "安排Zhuang先生住朝東的房間。"),
        ("先生", "庄", "zh", "安排庄先生住朝东的房间。"),
        ("女士", "莊", "yue", "安排莊女士住朝東的房間。"),
        ("先生", "庄", "en-GB", "Give Mr 庄 an east-facing room."),
        (
            "Captain",
            "Ho",
            "en",
            "Give Captain Ho an east-facing room.",
        ),
        ("", "", "en", "Give the guest an east-facing room."),
        ("", "", "zh-Hans", "安排客人住朝东的房间。"),
        ("Mr", "Zhuang", "pt", "Give Mr Zhuang an east-facing room."),
    ] {
        let board = board_of(title, family, language);
        assert_eq!(&*board.items[0].text, text, "{title} {family} {language}");
    }
    let board = board_of("先生", "庄", "zh-TW");
    assert_eq!(&*board.guest, "庄先生");
    let texts: Vec<(&str, &str)> = board.items[0]
        .texts
        .iter()
        .map(|(tag, text)| (&**tag, &**text))
        .collect();
    assert_eq!(
        texts,
        [
            ("en", "Give Mr 庄 an east-facing room."),
            ("zh-Hans", "安排庄先生住朝东的房间。"),
            ("zh-Hant", "安排庄先生住朝東的房間。"),
        ]
    );
    let guests: Vec<&str> = board.guests.values().map(|guest| &**guest).collect();
    assert_eq!(guests, ["Mr 庄", "庄先生", "庄先生"]);
}

#[test]
fn the_default_words_are_good_to_read() {
    let doubts = Playbook::embedded().lint(&Sources::embedded(), Vocabulary::embedded());
    let doubts: Vec<String> = doubts.iter().map(Fault::to_string).collect();
    assert!(doubts.is_empty(), "{}", doubts.join("\n"));
}

#[test]
fn what_is_not_good_to_say_is_doubted() {
    let lint = |words: &str| {
        let files = sources(&[], &format!("{}{words}\n", phrases()));
        let playbook = Playbook::parse(&files, &vocabulary()).unwrap_or_else(|f| panic!("{f:#?}"));
        let doubts = playbook.lint(&files, &vocabulary());
        doubts
            .iter()
            .map(|doubt| format!("{}: {}", doubt.file, doubt.message))
            .collect::<String>()
    };
    assert_eq!(lint("facing = Give { $guest } a room."), "");
    for (words, doubt) in [
        ("facing = Say: you must wait.", "staff never say `you must`"),
        ("facing = I can’t.", "staff never say `I can't`"),
        ("facing = Mind the VIP.", "worth: `VIP`"),
        (
            &format!("facing = {}", "Go on and on. ".repeat(9)),
            "columns wide",
        ),
    ] {
        assert!(lint(words).contains(doubt), "{words}: {}", lint(words));
    }
    assert_eq!(
        lint("facing = Put it viply."),
        "",
        "a part of a word is none"
    );
}

#[test]
fn chinese_words_without_a_chinese_character_are_doubted() {
    let embedded = Sources::embedded();
    let tea = |text: &str| {
        let mut lines = text.lines();
        lines
            .find(|line| line.starts_with("tea = "))
            .map(str::to_owned)
    };
    let file = |path: &str| {
        embedded
            .files()
            .find(|(of, _)| *of == path)
            .unwrap()
            .1
            .to_owned()
    };
    let english = tea(&file("words/en.ftl")).unwrap();
    let files: Vec<(&str, String)> = embedded
        .files()
        .map(|(path, text)| match (path, tea(text)) {
            ("words/zh-Hans.ftl", Some(chinese)) => (path, text.replace(&chinese, &english)),
            _ => (path, text.to_owned()),
        })
        .collect();
    let files = Sources::new(files.iter().map(|(path, text)| (*path, &**text)));
    let playbook = Playbook::parse(&files, Vocabulary::embedded()).unwrap();
    let doubts = playbook.lint(&files, Vocabulary::embedded());
    let [doubt] = &doubts[..] else {
        panic!("{doubts:?}")
    };
    assert!(doubt.message.contains("translate it"), "{}", doubt.message);
}

#[test]
fn what_the_next_in_line_reads_is_measured_whole() {
    let text = "Go on and on. ".repeat(7);
    let rule = RULE.replacen("Give { $guest } { A($room-facing) } room.", &text, 1);
    let waits = rule.replacen("tier = 1\n", "tier = 1\nacknowledge_within = \"10m\"\n", 1);
    let doubts = |rules: &str| {
        let files = hotel::sources(&format!("format = 1\n{rules}"));
        let playbook = Playbook::parse(&files, &vocabulary()).unwrap_or_else(|f| panic!("{f:#?}"));
        let doubts = playbook.lint(&files, &vocabulary()).into_iter();
        doubts.map(|doubt| doubt.message).collect::<Vec<_>>()
    };
    let line = "[escalation]\nfront_desk = \"duty_manager\"\n";
    let nobody_follows = doubts(&waits).concat();
    assert!(!nobody_follows.contains("wide"), "{nobody_follows}");
    assert_eq!(
        doubts(&format!("{line}{rule}")),
        [] as [String; 0],
        "it waits for nobody"
    );
    let [doubt] = &doubts(&format!("{line}{waits}"))[..] else {
        panic!("one text is too wide for whoever follows")
    };
    assert!(doubt.contains("passed on from front_desk"), "{doubt}");
}

#[test]
fn a_language_that_shows_less_is_doubted_and_so_are_labels_of_nothing() {
    let phrases = phrases();
    let files = sources(&[], &format!("{phrases}facing = Give {{ $room-facing }}\n"));
    let chinese = format!("{phrases}facing = 不知道\n");
    let labels = "[\"room.facing\"]\neast = \"東\"\neest = \"東\"\n";
    let files = Sources::new(files.files().chain([
        ("words/zh-Hant.ftl", &*chinese),
        ("labels/zh-Hant.toml", labels),
    ]));
    let playbook = Playbook::parse(&files, &vocabulary()).unwrap_or_else(|f| panic!("{f:#?}"));
    let doubts: Vec<String> = playbook
        .lint(&files, &vocabulary())
        .iter()
        .map(Fault::to_string)
        .collect();
    assert_eq!(doubts.len(), 3, "{doubts:#?}");
    assert!(
        doubts[0]
            .starts_with("labels/zh-Hant.toml, line 3, column 1: the vocabulary has no `eest`")
    );
    assert!(doubts[1].contains("shows `$room-facing` here"));
    assert!(doubts[2].contains("`不知道`"));
}

#[test]
fn faults_of_labels() {
    for (labels, line, column, message) in [
        ("[\"room.facing\"]\neast = 7", 2, 8, "expected a text"),
        (
            "[\"room.facing\"]\neast = \" \"",
            2,
            8,
            "the label is empty",
        ),
        ("[\"Room\"]", 1, 2, "expected an attribute"),
        ("\"room.facing\" = 3", 1, 17, "expected a table"),
        ("[", 1, 2, "not TOML"),
    ] {
        let files = sources(&[], &format!("{}facing = Give\n", phrases()));
        let files = Sources::new(files.files().chain([("labels/en.toml", labels)]));
        let found = faults(&files);
        let hit = found.iter().any(|fault| {
            let place = (&*fault.file, fault.line, fault.column);
            place == ("labels/en.toml", line, column) && fault.message.contains(message)
        });
        assert!(hit, "{labels}: {found:#?}");
    }
}

/// Whether Traditional Chinese has no such character. Some are another one in some words alone.
fn is_simplified_alone(c: char) -> bool {
    let both = "台里后只系面干松吃着床皂斗葱唇游";
    let text = c.to_string();
    !c.is_ascii() && !both.contains(c) && hanconv::s2t(&text) != text && hanconv::t2s(&text) == text
}

/// What is written otherwise in Traditional Chinese has its own label: no character is left that Traditional has not.
#[test]
fn the_default_labels_are_traditional_throughout() {
    let words = Playbook::embedded()
        .words
        .iter()
        .find(|words| words.language() == "zh-Hant");
    let words = words.unwrap();
    let embedded = Sources::embedded();
    let mut texts = vec![embedded.file("words/zh-Hant.ftl").unwrap()];
    for attribute in Vocabulary::embedded().attributes() {
        let values = attribute.values.iter();
        texts.extend(
            values.map(|value| words.label(Vocabulary::embedded(), &attribute.id, &value.id)),
        );
    }
    let left: String = texts
        .concat()
        .chars()
        .filter(|c| is_simplified_alone(*c))
        .collect();
    assert_eq!(left, "");
}

proptest! {
    #[test]
    fn no_words_make_it_panic(text in ".{0,60}", placed in r#"[-a-z{}$ "\n\[\]*>=.]{0,40}"#) {
        let phrases = phrases();
        faults(&sources(&[], &format!("{phrases}facing = {text}\n")));
        faults(&sources(&[], &format!("{phrases}facing = {placed}\n{text}")));
        faults(&sources(&[], &text));
    }
}

#[test]
fn nothing_is_said_with_an_apostrophe_behind_a_name_that_may_be_chinese() {
    let sources = Sources::embedded();
    let english = sources.file("words/en.ftl").unwrap();
    let said: Vec<&str> = english
        .lines()
        .filter(|line| line.contains("$guest }'"))
        .collect();
    assert!(said.is_empty(), "{said:?}");
}
