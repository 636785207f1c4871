//! A note that was read says what it says when it is read anew.

use super::*;

#[test]
fn a_note_that_is_kept_says_the_same() {
    let readings = Readings::new(Vocabulary::embedded());
    let fresh = Extractor::new(Vocabulary::embedded());
    let notes = [
        "no spicy food",
        "喜欢高楼层",
        "allergic to peanuts",
        "",
        "asked for the bill",
    ];
    for note in notes.iter().chain(&notes) {
        assert_eq!(readings.read(note), fresh.read(note), "{note}");
    }
    assert!(notes.iter().any(|note| !fresh.read(note).is_empty()));
    assert_eq!(readings.kept.lock().len(), notes.len());
}

#[test]
fn what_is_kept_is_bounded() {
    let readings = Readings::new(Vocabulary::embedded());
    for number in 0..NOTES_MAX.get() + 10 {
        readings.read(&number.to_string());
    }
    assert_eq!(readings.kept.lock().len(), NOTES_MAX.get());
}
