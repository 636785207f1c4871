//! Holds what was measured, and that what it was measured on is what it says.

use cardex_domain::ids::AttributeId;
use cardex_domain::vocabulary::{Canonical, Vocabulary};

use super::*;

/// Of each set and language: precision and recall on the unseen third in thousandths, a little under what was measured.
const FLOORS: [(Set, &str, usize, usize); 4] = [
    (Set::Plain, "en", 870, 845),
    (Set::Plain, "zh", 900, 880),
    (Set::Turned, "en", 800, 930),
    (Set::Turned, "zh", 800, 840),
];

fn notes(set: Set) -> Vec<Labelled<'static>> {
    read(set.text()).expect("the labelled notes can be read")
}

#[test]
fn the_unseen_third_is_understood_as_well_as_was_measured() {
    let extractor = Extractor::new(Vocabulary::embedded());
    for (set, language, precision, recall) in FLOORS {
        let score = measure(&extractor, &notes(set), Split::Unseen)[language];
        assert!(
            score.precision_permille() >= precision,
            "{set:?} {language}: precision of {score:?}"
        );
        assert!(
            score.recall_permille() >= recall,
            "{set:?} {language}: recall of {score:?}"
        );
    }
}

#[test]
fn enough_is_labelled_in_each_language_and_about_a_third_is_unseen() {
    let notes = notes(Set::Plain);
    for language in ["en", "zh"] {
        let own: Vec<_> = notes
            .iter()
            .filter(|labelled| labelled.language == language)
            .collect();
        let unseen = own
            .iter()
            .filter(|labelled| labelled.split == Split::Unseen)
            .count();
        assert!(own.len() >= 150, "{} notes in {language}", own.len());
        assert!(
            (own.len() / 4..own.len() * 2 / 5).contains(&unseen),
            "{unseen} unseen in {language}"
        );
    }
}

#[test]
fn every_label_is_a_statement_of_the_vocabulary() {
    for labelled in Set::ALL.into_iter().flat_map(notes) {
        for one in &labelled.expected {
            let bare = one.trim_end_matches("@party").trim_end_matches(":against");
            let (attribute, value) = bare.split_once('=').expect("a statement");
            let attribute = AttributeId::new(attribute).expect("an attribute's id");
            let known = Vocabulary::embedded().canonical(&attribute, value);
            assert!(
                matches!(known, Canonical::Known(_) | Canonical::Open(_)),
                "{} labels {one}",
                labelled.id
            );
        }
    }
}

#[test]
fn what_differs_is_counted_on_both_sides() {
    let extractor = Extractor::new(Vocabulary::embedded());
    let labelled = Labelled {
        id: "en001",
        language: "en",
        split: Split::of("en001"),
        note: "no onion, plays golf",
        expected: BTreeSet::from(["dining.ingredient=onion", "interest.sport=golf"]),
    };
    let (score, differing) = compare(&extractor, &labelled);
    assert_eq!(
        (score.right, score.wrong, score.missed, score.notes_right),
        (1, 1, 1, 0)
    );
    assert_eq!(
        differing,
        [
            "wrong dining.ingredient=onion:against",
            "missed dining.ingredient=onion"
        ]
    );
    assert_eq!(
        (score.precision_permille(), score.recall_permille()),
        (500, 500)
    );
}
