//! What is no line of departments, and what no department in it may see.

use super::*;

const LINE: &str = "\n[escalation]\nfront_desk = \"floor\"\nfloor = \"duty_manager\"\n";

/// The `[escalation]` stands in line 2, its departments in 3 and 4; the rule in 6, its `acknowledge_within` in 18.
fn good() -> String {
    let rule = RULE.replace(
        "freshness_hours = 24\n",
        "freshness_hours = 24\nacknowledge_within = \"10m\"\n",
    );
    format!("format = 1{LINE}{rule}")
}

#[test]
fn a_line_is_read() {
    assert_eq!(faults(&good()), []);
}

#[test]
fn a_line_comes_to_an_end_and_a_time_is_a_time() {
    let back = "floor = \"front_desk\"";
    let time = "expected a time from `1s` to `24h`";
    check_in(
        &good(),
        &[
            (
                "floor = \"duty_manager\"",
                back,
                3,
                1,
                "the line of `front_desk` comes back",
            ),
            (
                "floor = \"duty_manager\"",
                back,
                4,
                1,
                "the line of `floor` comes back",
            ),
            ("\"floor\"", "\"front_desk\"", 3, 1, "comes back to it"),
            ("\"floor\"", "\"Floor\"", 3, 14, "a-z"),
            (
                "front_desk = \"floor\"",
                "off = [\"facing\"]",
                3,
                1,
                "stands above the first table of the file",
            ),
            ("\"10m\"", "\"10\"", 18, 22, time),
            ("\"10m\"", "\"0s\"", 18, 22, time),
            ("\"10m\"", "\"25h\"", 18, 22, time),
            ("\"10m\"", "\"+1h\"", 18, 22, time),
        ],
    );
}

#[test]
fn nobody_is_told_by_a_line_what_is_hidden_from_them() {
    let hidden = good()
        .replace("about = [\"room.facing\"]", "about = [\"privacy.alias\"]")
        .replace("{ A($room-facing) } room", "any room");
    let found = faults(&hidden);
    let told: Vec<_> = found.iter().map(|f| (f.line, &*f.message)).collect();
    for (line, department) in [(3, "floor"), (4, "duty_manager")] {
        let message = format!("`privacy.alias` is hidden from {department}");
        let hit = |(at, text): &&(usize, &str)| *at == line && text.contains(&message);
        assert!(told.iter().any(|fault| hit(&fault)), "{told:?}");
    }
    // The kitchen may see the value; who follows may not, so that the text must not show it.
    let shown = good()
        .replace("[\"front_desk\"]", "[\"kitchen\"]")
        .replace("front_desk = ", "kitchen = ")
        .replace("about = [\"room.facing\"]", "about = [\"health.hearing\"]")
        .replace("{ A($room-facing) } room", "{ $health-hearing }");
    let found = faults(&shown);
    let message = "duty_manager may not see the value of `health.hearing`";
    assert!(
        found.iter().any(|f| f.message.contains(message)),
        "{found:?}"
    );
}

#[test]
fn a_property_changes_who_follows_and_words_are_asked_for() {
    let chain = sources(&good());
    let words = chain.file("words/en.ftl").unwrap().to_owned();
    let rules = chain.file("playbook.toml").unwrap().to_owned();
    let parse = |property: &str, words: &str| {
        let files = [
            ("playbook.toml", &*rules),
            ("words/en.ftl", words),
            ("properties/grand.toml", property),
        ];
        Playbook::parse(&crate::Sources::new(files), &vocabulary())
    };
    let own = "format = 1\n[escalation]\nfloor = \"security\"\n";
    let read = parse(own, &words).unwrap();
    let departments: Vec<_> = read.departments().iter().map(|d| d.as_str()).collect();
    assert_eq!(
        departments,
        ["duty_manager", "floor", "front_desk", "security"]
    );
    let circle = parse("format = 1\n[escalation]\nfloor = \"front_desk\"\n", &words);
    let circle = circle.unwrap_err();
    assert_eq!((circle[0].line, circle[0].column), (3, 1), "{circle:?}");
    let silent = parse(own, &words.replace("\nEscalated = ", "\nEscalate = ")).unwrap_err();
    let missing = silent
        .iter()
        .any(|f| f.message.contains("`Escalated` is missing"));
    assert!(missing, "{silent:?}");
}

#[test]
fn a_time_that_passes_without_anybody_to_be_told_is_pointed_out() {
    let told_of = |chain: &str, property: &str| {
        let chain = sources(chain);
        let files = [
            ("playbook.toml", chain.file("playbook.toml").unwrap()),
            ("words/en.ftl", chain.file("words/en.ftl").unwrap()),
            ("properties/grand.toml", property),
        ];
        let sources = crate::Sources::new(files);
        let playbook = Playbook::parse(&sources, &vocabulary()).unwrap();
        let doubts = playbook.lint(&sources, &vocabulary());
        doubts.iter().map(Fault::to_string).collect::<String>()
    };
    let alone = good().replace(LINE, "\n[escalation]\nfloor = \"duty_manager\"\n");
    let own = "format = 1\n[escalation]\nfront_desk = \"floor\"\n";
    let message = "rule `facing`: nobody is told when its time has passed, for nobody follows front_desk in [escalation]";
    assert!(told_of(&alone, "format = 1\n").contains(message));
    assert_eq!(told_of(&good(), "format = 1\n"), "");
    // One hotel where somebody follows is enough.
    assert_eq!(told_of(&alone, own), "");
}
