//! The embedded vocabulary is faultless and has what the stories need, words find their values, departments see what
//! is theirs, and faulty files are told where and why.

use std::collections::BTreeSet;

use super::{Canonical, Fault, Kind, Label, Sensitivity, View, Vocabulary, normalised};
use crate::event::{Polarity, Statement};
use crate::ids::{AttributeId, DepartmentId};

fn id(text: &str) -> AttributeId {
    AttributeId::new(text).unwrap()
}

#[test]
fn the_embedded_file_is_faultless() {
    let vocabulary = Vocabulary::parse(Vocabulary::EMBEDDED_TEXT).unwrap_or_else(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{}", faults.join("\n"));
    });
    assert!(vocabulary.attributes().count() >= 64);
    assert_eq!(vocabulary.hash().len(), 64);
    assert_eq!(vocabulary.hash(), Vocabulary::embedded().hash());
    let groups: BTreeSet<&str> = vocabulary.attributes().map(|a| &*a.group).collect();
    for group in [
        "allergy",
        "amenity",
        "arrival",
        "communication",
        "dining",
        "drink",
        "family",
        "health",
        "interest",
        "occupation",
        "privacy",
        "reading",
        "room",
    ] {
        assert!(groups.contains(group), "no attribute of group {group}");
    }
}

#[test]
fn one_thing_observed_is_never_a_preference() {
    // An observation weighs 1.5 against a prior of 2; a preference needs one half, 200000 ahead of the next.
    for attribute in Vocabulary::embedded().attributes() {
        let p = |base: u32| (1_500_000 + 2 * u64::from(base)) * 10 / 35;
        match attribute.kind {
            Kind::Single => {
                let any = u64::from(attribute.value("any").unwrap().base_ppm) * 20 / 35;
                for value in attribute.values.iter().filter(|value| &*value.id != "any") {
                    let p = p(value.base_ppm);
                    let id = &attribute.id;
                    assert!(
                        p < 500_000 || p - any < 200_000,
                        "{id}={}: {p}, {any}",
                        value.id
                    );
                }
            }
            Kind::Safety => {}
            _ => assert!(p(attribute.base_ppm) < 500_000, "{}", attribute.id),
        }
    }
}

#[test]
fn labels_of_an_attribute_differ() {
    for attribute in Vocabulary::embedded().attributes() {
        let en: BTreeSet<&str> = attribute.values.iter().map(|v| &*v.label.en).collect();
        let zh: BTreeSet<&str> = attribute.values.iter().map(|v| &*v.label.zh).collect();
        assert_eq!(
            (en.len(), zh.len()),
            (attribute.values.len(), attribute.values.len())
        );
    }
}

#[test]
fn words_find_their_values() {
    let known = [
        ("room.facing", "South", "south"),
        ("room.facing", "朝南", "south"),
        ("room.facing", "  SOUTH   side ", "south"),
        ("room.facing", "Ｗｅｓｔ", "west"),
        ("room.floor", "10th floor", "10"),
        ("room.floor", "十楼", "10"),
        ("room.floor", "10楼", "10"),
        ("room.floor_level", "高楼层", "high"),
        ("dining.cuisine", "川菜", "sichuan"),
        ("dining.cuisine", "Szechuan", "sichuan"),
        ("dining.condiment", "麻椒", "numbing_spicy_sauce"),
        ("dining.condiment", "麻辣小碟", "numbing_spicy_sauce"),
        ("dining.taste", "不吃辣", "mild"),
        ("dining.taste", "麻辣", "numbing_spicy"),
        ("health.hearing", "听力不好", "hard_of_hearing"),
        ("occupation.field", "builder", "construction"),
        ("occupation.field", "广告制作", "advertising"),
        ("amenity.shoe_care", "鞋上有泥", "mud_kit"),
        ("amenity.shoe_care", "mud on his shoes", "mud_kit"),
        ("amenity.bath_scent", "檀香", "sandalwood"),
        ("amenity.flower", "百合花", "lily"),
        ("communication.lucky_number", "八", "8"),
        ("allergy.food", "Peanut", "peanut"),
        ("allergy.material", "羽绒", "feather"),
        ("privacy.no_information", "yes", "requested"),
        ("privacy.incognito", "是", "alias"),
        ("privacy.no_personal_notes", "True", "requested"),
    ];
    for (attribute, word, value) in known {
        let found = Vocabulary::embedded().canonical(&id(attribute), word);
        assert_eq!(found, Canonical::Known(value), "{attribute}: {word}");
    }
}

#[test]
fn words_outside_the_list_are_taken_where_the_attribute_is_open() {
    let vocabulary = Vocabulary::embedded();
    let open = |text: &str| Canonical::Open(text.to_owned());
    let cases = [
        ("dining.dish", "  Braised  Ｄuck ", open("braised duck")),
        ("communication.lucky_number", "28", open("28")),
        ("room.floor", "Mezzanine", open("mezzanine")),
        ("dining.dish", "   ", Canonical::UnknownValue),
        ("room.facing", "upwards", Canonical::UnknownValue),
        ("dining.cuisine", "martian", Canonical::UnknownValue),
        ("room.colour", "blue", Canonical::UnknownAttribute),
    ];
    for (attribute, word, expected) in cases {
        assert_eq!(
            vocabulary.canonical(&id(attribute), word),
            expected,
            "{attribute}: {word}"
        );
    }
}

#[test]
fn normalising_twice_changes_nothing() {
    for text in [
        "ＡＢＣ  ｄ",
        "İstanbul",
        "ẞ",
        "Ⅷ",
        "　全角　空格 ",
        "e\u{301}",
        "ﬁsh",
    ] {
        let once = normalised(text);
        assert_eq!(normalised(&once), once, "{text}");
    }
}

#[test]
fn a_plain_text_is_normalised_as_any_other() {
    // Behind a word of another script nothing is taken for plain.
    for first in 0..=0x7f_u8 {
        for last in 0..=0x7f_u8 {
            let plain: String = [first, b'Q', last].map(char::from).iter().collect();
            let among = normalised(&format!("{plain} é"));
            assert_eq!(format!("{} é", normalised(&plain)), among, "{plain:?}");
        }
    }
}

#[test]
fn departments_see_what_is_theirs() {
    let cases = [
        ("room.facing", "floor", View::Value),
        ("occupation.field", "floor", View::Value),
        ("occupation.field", "front_desk", View::Value),
        ("occupation.field", "dining", View::Handling),
        ("health.hearing", "front_desk", View::Handling),
        ("health.hearing", "guest_relations", View::Value),
        ("health.hearing", "engine", View::Value),
        ("allergy.food", "dining", View::Value),
        ("allergy.food", "floor", View::Value),
        ("allergy.food", "front_desk", View::Handling),
        ("allergy.material", "floor", View::Value),
        ("allergy.medicine", "floor", View::Handling),
        ("privacy.no_information", "front_desk", View::Handling),
        ("privacy.no_information", "gardens", View::Handling),
        ("privacy.incognito", "gardens", View::Hidden),
        ("room.colour", "guest_relations", View::Value),
        ("room.colour", "engine", View::Value),
        ("room.colour", "front_desk", View::Hidden),
    ];
    for (attribute, department, expected) in cases {
        let department = DepartmentId::new(department).unwrap();
        let seen = Vocabulary::embedded().view(&id(attribute), &department);
        assert_eq!(seen, expected, "{attribute} for {department}");
    }
    assert!(View::Hidden < View::Handling && View::Handling < View::Value);
}

#[test]
fn what_concerns_safety_and_health_never_fades_by_itself() {
    let vocabulary = Vocabulary::embedded();
    for attribute in vocabulary.attributes().filter(|a| a.kind == Kind::Safety) {
        assert_eq!(attribute.half_life_days, 0, "{}", attribute.id);
    }
    let hearing = vocabulary.attribute(&id("health.hearing")).unwrap();
    assert_eq!(
        (hearing.half_life_days, hearing.sensitivity),
        (0, Sensitivity::Health)
    );
    assert!(
        hearing
            .handling
            .as_ref()
            .unwrap()
            .en
            .contains("Speak clearly")
    );
}

#[test]
fn a_label_is_read_in_the_language_of_the_tag() {
    let label = Label {
        en: "south".into(),
        zh: "南".into(),
    };
    for (tag, expected) in [
        ("en", "south"),
        ("zh", "南"),
        ("zh-Hans-CN", "南"),
        ("ZH_cn", "南"),
        ("fr", "south"),
    ] {
        assert_eq!(label.in_language(tag), expected, "{tag}");
    }
}

/// A small faultless file, into which each case below puts one fault.
const SMALL: &str = r#"format = 1
[views]
ordinary = { default = "value" }
personal = { default = "handling", front_desk = "value" }
health = { default = "handling" }
security = { default = "hidden" }
[[attribute]]
id = "room.facing"
group = "room"
kind = "single"
half_life_days = 100
sensitivity = "ordinary"
label = { en = "facing", zh = "朝向" }
value = [
  { id = "north", base_ppm = 400000, label = { en = "north-facing", zh = "朝北" } },
  { id = "south", base_ppm = 600000, label = { en = "south-facing", zh = "朝南" }, synonyms = ["向南"] },
]
[[attribute]]
id = "allergy.food"
group = "allergy"
kind = "safety"
half_life_days = 0
base_ppm = 10000
sensitivity = "health"
view = { dining = "value" }
label = { en = "food allergy", zh = "食物过敏" }
handling = { en = "Ask dining first", zh = "先问餐饮部" }
value = [{ id = "nut", label = { en = "nuts", zh = "坚果" } }]
"#;

#[test]
fn a_small_file_is_enough() {
    let vocabulary = Vocabulary::parse(SMALL).unwrap();
    assert_eq!(vocabulary.attributes().count(), 2);
    assert_ne!(vocabulary.hash(), Vocabulary::embedded().hash());
}

#[test]
fn every_fault_has_its_place_and_its_remedy() {
    let cases = [
        (
            "format = 1",
            "format = 2",
            (1, 10),
            "this program reads format 1",
        ),
        ("format = 1", "", (1, 1), "`format` is missing"),
        (
            "format = 1",
            "formed = 1\nformat = 1",
            (1, 1),
            "`formed` is not known here",
        ),
        ("[views]", "[views", (2, 7), "this is not TOML"),
        (
            r#"health = { default = "handling" }"#,
            "",
            (2, 1),
            "`health` is missing",
        ),
        (
            r#"default = "hidden""#,
            r#"default = "secret""#,
            (6, 24),
            "use hidden, handling, value",
        ),
        (
            r#"front_desk = "value""#,
            r#""Front Desk" = "value""#,
            (4, 36),
            "a department must be",
        ),
        (
            r#"front_desk = "value""#,
            r#"engine = "value""#,
            (4, 36),
            "always sees the value",
        ),
        (
            r#""room.facing""#,
            r#""Room.Facing""#,
            (8, 6),
            "lower-case words joined by dots",
        ),
        (
            r#""room.facing""#,
            r#""allergy.food""#,
            (18, 1),
            "was defined before",
        ),
        (
            r#"kind = "single""#,
            r#"kind = "double""#,
            (10, 8),
            "use multi, single",
        ),
        (
            "half_life_days = 100",
            "half_life_days = -1",
            (11, 18),
            "whole number from 0 to 36500",
        ),
        (
            "half_life_days = 0",
            "half_life_days = 7",
            (22, 18),
            "never fades",
        ),
        (
            "base_ppm = 400000",
            "base_ppm = 400001",
            (7, 1),
            "sum to 1000000, not 1000001",
        ),
        ("base_ppm = 400000, ", "", (15, 3), "`base_ppm` is missing"),
        (
            "half_life_days = 100",
            "half_life_days = 100\nbase_ppm = 5",
            (12, 12),
            "move it there",
        ),
        (
            "half_life_days = 100",
            "half_life_days = 100\nopen = true",
            (12, 8),
            "remove `open`",
        ),
        (
            "base_ppm = 10000",
            "base_ppm = 500001",
            (23, 12),
            "from 1 to 500000",
        ),
        ("base_ppm = 10000", "", (18, 1), "`base_ppm` is missing"),
        (
            r#"zh = "朝向""#,
            r#"zh = " ""#,
            (13, 31),
            "the text is empty",
        ),
        (
            r#"zh = "朝南" }"#,
            r#"de = "Süd" }"#,
            (16, 69),
            "`de` is not known here",
        ),
        (
            r#""向南""#,
            r#""North-Facing""#,
            (16, 3),
            "already means `north`",
        ),
        (
            r#"id = "south""#,
            r#"id = "South!""#,
            (16, 10),
            "a-z, 0-9 and _",
        ),
        (
            r#"dining = "value""#,
            r#"default = "value""#,
            (25, 10),
            "default is its sensitivity's",
        ),
        (
            r#"handling = { en = "Ask dining first", zh = "先问餐饮部" }"#,
            "",
            (18, 1),
            "add `handling`",
        ),
        (
            r#""Ask dining first""#,
            r#""Keep Nuts away""#,
            (27, 12),
            "gives away `nut`",
        ),
        (
            r#"zh = "先问餐饮部""#,
            r#"zh = "不要坚果""#,
            (27, 12),
            "gives away `nut`",
        ),
        (
            r#"value = [{ id = "nut", label = { en = "nuts", zh = "坚果" } }]"#,
            "",
            (18, 1),
            "no value",
        ),
        (
            r#"{ id = "nut", "#,
            r#"{ id = "nut", base_ppm = 1, "#,
            (28, 35),
            "only values of a `single`",
        ),
        (r#"group = "room""#, "group = 5", (9, 9), "a text in quotes"),
    ];
    let mut wrong = Vec::new();
    for (from, to, place, message) in cases {
        assert!(SMALL.contains(from), "the case is about nothing: {from}");
        let faults = Vocabulary::parse(&SMALL.replacen(from, to, 1)).unwrap_err();
        let fits = |f: &Fault| (f.line, f.column) == place && f.message.contains(message);
        if !faults.iter().any(fits) {
            wrong.push(format!(
                "{to}: expected {place:?} {message}, got {faults:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn all_faults_of_a_file_are_told_at_once_and_in_order() {
    let text = SMALL
        .replacen("400000", "1", 1)
        .replacen("format = 1", "format = 9", 1);
    let faults =
        Vocabulary::parse(&text.replace("half_life_days = 0", "half_life_days = 1")).unwrap_err();
    let lines: Vec<usize> = faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [1, 7, 22]);
}

#[test]
fn handling_gives_away_whole_words_only() {
    let text = SMALL.replacen("Ask dining first", "Leave doughnuts to dining", 1);
    assert!(Vocabulary::parse(&text).is_ok());
}

/// A file with an attribute that has another name, and with what is ignored; `more` stands at its end.
fn curated(more: &str) -> Result<Vocabulary, Vec<Fault>> {
    Vocabulary::parse(&format!(
        r#"format = 1
[views]
ordinary = {{ default = "value" }}
personal = {{ default = "hidden", front_desk = "value" }}
health = {{ default = "hidden" }}
security = {{ default = "hidden" }}
[[attribute]]
id = "dining.spice"
group = "dining"
kind = "multi"
half_life_days = 100
base_ppm = 1000
sensitivity = "personal"
label = {{ en = "spice", zh = "辣" }}
handling = {{ en = "Ask about the food", zh = "先问口味" }}
aliases = ["dining.heat", "kitchen.spice"]
value = [{{ id = "hot", label = {{ en = "very spicy", zh = "特辣" }} }}]
{more}"#
    ))
}

#[test]
fn an_attribute_is_known_by_its_other_names() {
    let vocabulary = curated("").unwrap();
    let (alias, own) = (id("kitchen.spice"), id("dining.spice"));
    assert_eq!(vocabulary.meant(&alias), &own);
    assert_eq!(vocabulary.meant(&own), &own);
    assert_eq!(
        vocabulary.canonical(&alias, "特辣"),
        Canonical::Known("hot")
    );
    assert!(vocabulary.attribute(&alias).is_none());
    for (department, view) in [("front_desk", View::Value), ("dining", View::Hidden)] {
        let department = DepartmentId::new(department).unwrap();
        assert_eq!(vocabulary.view(&alias, &department), view);
    }
}

#[test]
fn what_is_not_understood_waits_unless_it_is_ignored() {
    let more = "[[ignored]]\nattribute = \"dining.spice\"\nvalue = \"Ｕｎｓｕｒｅ \"\n[[ignored]]\nattribute = \"pets.horse\"\n";
    let vocabulary = curated(more).unwrap();
    let word = |attribute: &str, value: &str| {
        vocabulary.uncurated(&Statement {
            attribute: id(attribute),
            value: value.into(),
            polarity: Polarity::For,
            purpose: None,
        })
    };
    assert_eq!(word("dining.heat", "Very  spicy"), None);
    assert_eq!(word("dining.spice", " Mala "), Some("mala".into()));
    assert_eq!(word("pets.horse", "Mala"), Some("mala".into()));
    assert!(vocabulary.ignores(&id("dining.spice"), "unsure"));
    assert!(vocabulary.ignores(&id("pets.horse"), "mala"));
    assert!(!vocabulary.ignores(&id("dining.spice"), "mala"));
}

#[test]
fn a_name_that_means_two_attributes_is_a_fault() {
    let second = |id: &str, alias: &str| {
        format!(
            r#"[[attribute]]
id = "{id}"
group = "dining"
kind = "multi"
half_life_days = 100
base_ppm = 1000
sensitivity = "ordinary"
label = {{ en = "heat", zh = "热" }}
open = true
aliases = ["{alias}"]
"#
        )
    };
    let message = |more: &str| curated(more).unwrap_err().remove(0).message;
    assert_eq!(
        message(&second("dining.warmth", "dining.heat")),
        "`dining.heat` already means `dining.spice`: remove one of them"
    );
    assert_eq!(
        message(&second("dining.warmth", "dining.spice")),
        "`dining.spice` already means `dining.spice`: remove one of them"
    );
    let faults = curated("[[ignored]]\nvalue = \"x\"\n").unwrap_err();
    assert_eq!(faults[0].message, "`attribute` is missing: add it");
}
