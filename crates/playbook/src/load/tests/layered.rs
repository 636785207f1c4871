//! What a brand and a property do otherwise than the chain.

use cardex_domain::ids::PropertyId;

use super::*;
use crate::{Rule, Sources};

const CHAIN: &str = "format = 1\n";

/// A playbook whose chain has the rules `a`, `b` and `c`, with these files more.
fn layered(files: &[(&str, &str)]) -> Sources {
    let rules = ["a", "b", "c"].map(|id| RULE.replace("\"facing\"", &format!("{id:?}")));
    let adds = |id: &str| {
        files
            .iter()
            .any(|(_, text)| text.contains(&format!("id = {id:?}\ndep")))
    };
    let words = if adds("d") { "d = Do it.\n" } else { "" };
    let chain = sources(&format!("{CHAIN}{}", rules.concat()));
    let spoken = format!("{}{words}", chain.file("words/en.ftl").unwrap());
    let chain = [
        ("playbook.toml", chain.file("playbook.toml").unwrap()),
        ("words/en.ftl", &*spoken),
    ];
    Sources::new(chain.into_iter().chain(files.iter().copied()))
}

fn rule_of<'p>(playbook: &'p Playbook, property: &str, id: &str) -> Option<&'p Rule> {
    let book = playbook.for_property(&PropertyId::new(property).unwrap());
    book.rules().find(|rule| rule.id.as_str() == id)
}

fn read(files: &[(&str, &str)]) -> Playbook {
    Playbook::parse(&layered(files), &vocabulary()).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

const OWN_RULE: &str = "[[rule]]\nid = \"d\"\ndepartments = [\"bar\"]\ntrigger = [\"check_in\"]\nabout = [\"room.facing\"]\n\
                        benefit = 3\ncost = 1\ncategory = \"room\"\ntier = 1\nfreshness_hours = 24\n";
const BRAND: &str = "format = 1\noff = [\"b\"]\n[[override]]\nid = \"a\"\nbenefit = 9\ncost = 2\n";

#[test]
fn each_layer_changes_what_it_names_and_inherits_the_rest() {
    let harbour =
        format!("format = 1\nbrand = \"garden\"\n{OWN_RULE}[[override]]\nid = \"a\"\ncost = 0\n");
    let playbook = read(&[
        ("brands/garden.toml", BRAND),
        ("properties/harbour.toml", &harbour),
        ("properties/hill.toml", "format = 1\noff = [\"c\"]\n"),
    ]);
    let worth =
        |property, id| rule_of(&playbook, property, id).map(|rule| (rule.benefit, rule.cost));
    assert_eq!(worth("elsewhere", "a"), Some((3, 1)));
    assert_eq!(worth("harbour", "a"), Some((9, 0)));
    assert_eq!(worth("hill", "a"), Some((3, 1)));
    let ids = |property: &str| {
        let book = playbook.for_property(&PropertyId::new(property).unwrap());
        book.rules()
            .map(|rule| rule.id.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids("elsewhere"), ["a", "b", "c"]);
    assert_eq!(ids("harbour"), ["a", "c", "d"]);
    assert_eq!(ids("hill"), ["a", "b"]);
    let departments = |property: &str| {
        let book = playbook.for_property(&PropertyId::new(property).unwrap());
        book.departments().len()
    };
    assert_eq!((departments("harbour"), departments("hill")), (2, 1));
    let same = |id| {
        std::ptr::eq(
            rule_of(&playbook, "hill", id).unwrap(),
            rule_of(&playbook, "x", id).unwrap(),
        )
    };
    assert!(same("a") && same("b"), "what is inherited is kept once");
    let both = [
        ("properties/one.toml", format!("format = 1\n{OWN_RULE}")),
        ("properties/two.toml", format!("format = 1\n{OWN_RULE}")),
    ];
    read(&both.each_ref().map(|(path, text)| (*path, &**text)));
}

#[test]
fn what_a_layer_may_not_do_is_a_fault_in_its_file() {
    let silent = OWN_RULE.replace("\"d\"", "\"silent\"");
    let cases: &[(&str, &str, usize, usize, &str)] = &[
        (
            "brands/garden.toml",
            "[[rule]]\nid = \"a\"",
            2,
            6,
            "line 4 of playbook.toml: change that one by `[[override]]`",
        ),
        (
            "brands/garden.toml",
            "[[override]]\nid = \"z\"",
            2,
            6,
            "there is no rule `z` above",
        ),
        (
            "brands/garden.toml",
            "[[override]]\nid = \"a\"\nbenfit = 3",
            3,
            1,
            "did you mean `benefit`?",
        ),
        (
            "brands/garden.toml",
            "[[override]]\nid = \"a\"\ntier = 0",
            3,
            8,
            "tier 0 is for `safety` alone",
        ),
        (
            "brands/garden.toml",
            "[[override]]\nid = \"a\"\nabout = [\"room.floor\"]",
            0,
            0,
            "`$room-facing` is not known here",
        ),
        (
            "brands/garden.toml",
            "[[override]]\nid = \"a\"\n[[override]]\nid = \"a\"",
            4,
            6,
            "changed here twice",
        ),
        (
            "brands/garden.toml",
            "off = [\"a\"]\n[[override]]\nid = \"a\"",
            1,
            8,
            "changed here, too",
        ),
        (
            "brands/garden.toml",
            "off = [\"a\", \"a\"]",
            1,
            13,
            "stands here twice",
        ),
        (
            "brands/garden.toml",
            "off = [\"z\"]",
            1,
            8,
            "no rule `z` above",
        ),
        (
            "brands/garden.toml",
            "brand = \"x\"",
            1,
            1,
            "`brand` is not known here",
        ),
        (
            "properties/hill.toml",
            "brand = \"gardn\"",
            1,
            9,
            "did you mean `garden`?",
        ),
        (
            "properties/hill.toml",
            "brand = \"garden\"\noff = [\"b\"]",
            2,
            8,
            "switched off above",
        ),
        ("properties/Hill.toml", "", 0, 1, "property"),
        (
            "properties/hill.toml",
            &silent,
            2,
            6,
            "it says nothing in words/en.ftl",
        ),
    ];
    for (path, text, line, column, message) in cases {
        let (text, line) = (format!("format = 1\n{text}\n"), line + 1);
        let mut files = vec![(*path, &*text)];
        if *path != "brands/garden.toml" {
            files.push(("brands/garden.toml", BRAND));
        }
        let found = Playbook::parse(&layered(&files), &vocabulary())
            .err()
            .unwrap_or_default();
        let hit = found.iter().any(|fault| {
            let place = (&*fault.file, fault.line, fault.column);
            (place == (*path, line, *column) || *column == 0) && fault.message.contains(message)
        });
        assert!(hit, "{path}: {text}: {line}:{column} {message}\n{found:#?}");
    }
}

proptest! {
    #[test]
    fn the_order_in_a_file_does_not_matter(order in Just(vec!["a", "b", "c"]).prop_shuffle(), off in 0_usize..3) {
        let tables = |ids: &[&str]| -> String {
            let kept = ids.iter().filter(|id| **id != ["a", "b", "c"][off]);
            kept.map(|id| format!("[[override]]\nid = {id:?}\nbenefit = {}\n", id.as_bytes()[0] - 90)).collect()
        };
        let text = |ids: &[&str]| format!("format = 1\noff = [{:?}]\n{}", ["a", "b", "c"][off], tables(ids));
        let (one, other) = (text(&["a", "b", "c"]), text(&order));
        let (one, other) = (read(&[("properties/hill.toml", &one)]), read(&[("properties/hill.toml", &other)]));
        let told = |playbook: &Playbook| format!("{:?}", playbook.for_property(&PropertyId::new("hill").unwrap()));
        prop_assert_eq!(told(&one), told(&other));
    }
}
