//! Each edit of the vocabulary that Cardex brings along does what it says, leaves a faultless file, and touches no other
//! line.

use cardex_domain::ids::AttributeId;
use cardex_domain::vocabulary::{Canonical, Vocabulary};

use super::*;

fn id(text: &str) -> AttributeId {
    AttributeId::new(text).unwrap()
}

/// The vocabulary after the edit, and how many lines it had to change or add.
fn edited(edit: impl FnOnce(&mut Edit) -> Result<(), EditError>) -> (Vocabulary, String, usize) {
    let mut file = Edit::of(Vocabulary::EMBEDDED_TEXT).unwrap();
    edit(&mut file).unwrap();
    let text = file.text();
    let before: Vec<&str> = Vocabulary::EMBEDDED_TEXT.lines().collect();
    let touched = text.lines().filter(|line| !before.contains(line)).count();
    let kept = before.iter().filter(|line| text.contains(**line)).count();
    assert!(before.len() - kept <= 1, "lines are gone");
    let vocabulary = Vocabulary::parse(&text).unwrap_or_else(|faults| panic!("{faults:?}"));
    (vocabulary, text, touched)
}

fn new_value(base_ppm: Option<u32>) -> NewValue {
    NewValue {
        id: "harbour".into(),
        en: "facing the harbour".into(),
        zh: "朝港".into(),
        synonyms: vec!["harbour side".into()],
        base_ppm,
    }
}

#[test]
fn a_value_is_taken_in_and_its_base_comes_from_the_richest() {
    let facing = id("room.facing");
    let (vocabulary, _, touched) = edited(|e| e.adopt_value(&facing, &new_value(Some(20_000))));
    assert_eq!(touched, 2);
    let known = vocabulary.canonical(&facing, "Harbour  side");
    assert_eq!(known, Canonical::Known("harbour"));
    let any = vocabulary.attribute(&facing).unwrap().value("any").unwrap();
    assert_eq!(any.base_ppm, 600_000);

    let cuisine = id("dining.cuisine");
    let (vocabulary, _, touched) = edited(|e| e.adopt_value(&cuisine, &new_value(None)));
    assert_eq!(touched, 1);
    assert_eq!(
        vocabulary.canonical(&cuisine, "朝港"),
        Canonical::Known("harbour")
    );
}

#[test]
fn an_attribute_is_taken_in() {
    let parrot = id("pets.parrot");
    let (vocabulary, ..) = edited(|e| {
        e.adopt_attribute(&NewAttribute {
            id: parrot.clone(),
            group: "pets".into(),
            kind: "multi".into(),
            half_life_days: 365,
            base_ppm: 20_000,
            sensitivity: "ordinary".into(),
            label: ("parrot".into(), "鹦鹉".into()),
            handling: None,
            open: true,
            values: vec![new_value(None)],
        })
    });
    let known = vocabulary.attribute(&parrot).unwrap();
    assert!(known.open && known.value("harbour").is_some());
}

#[test]
fn words_and_names_come_to_mean_something() {
    let cuisine = id("dining.cuisine");
    let word = "Szechwan kitchen";
    let (vocabulary, _, touched) = edited(|e| e.map_word(&cuisine, "sichuan", word));
    assert_eq!(touched, 1);
    let known = vocabulary.canonical(&cuisine, "szechwan KITCHEN");
    assert_eq!(known, Canonical::Known("sichuan"));

    let (vocabulary, _, touched) = edited(|e| e.map_attribute(&id("food.kind"), &cuisine));
    assert_eq!(touched, 1);
    assert_eq!(vocabulary.meant(&id("food.kind")), &cuisine);
}

#[test]
fn what_is_ignored_is_heeded_once_it_has_a_meaning() {
    let cuisine = id("dining.cuisine");
    let (vocabulary, text, _) = edited(|e| {
        e.ignore(&cuisine, Some("Harbour"))?;
        e.ignore(&id("pets.parrot"), None)
    });
    assert!(vocabulary.ignores(&cuisine, "harbour"));
    assert!(vocabulary.ignores(&id("pets.parrot"), "polly"));

    let mut again = Edit::of(&text).unwrap();
    again.adopt_value(&cuisine, &new_value(None)).unwrap();
    again.map_attribute(&id("pets.parrot"), &cuisine).unwrap();
    assert!(!again.text().contains("\n[[ignored]]"));
}

#[test]
fn what_cannot_be_edited_is_said() {
    let mut file = Edit::of(Vocabulary::EMBEDDED_TEXT).unwrap();
    let facing = id("room.facing");
    for (edited, expected) in [
        (
            file.adopt_value(&facing, &new_value(None)),
            "the values of room.facing share one base of 1000000: say with --base-ppm how much of it the new one has",
        ),
        (
            file.adopt_value(&facing, &new_value(Some(620_000))),
            "no value of room.facing has so much of the base to give; say less with --base-ppm",
        ),
        (
            file.map_word(&facing, "up", "sky"),
            "room.facing has no value up; `cardex vocabulary show room.facing` lists them",
        ),
        (
            file.map_word(&id("pets.parrot"), "up", "sky"),
            "the vocabulary has no attribute pets.parrot; adopt it first with `cardex vocabulary adopt-attribute`",
        ),
    ] {
        assert_eq!(edited.unwrap_err().to_string(), expected);
    }
    assert_eq!(file.text(), Vocabulary::EMBEDDED_TEXT);
}
