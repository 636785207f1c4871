use super::*;

#[test]
fn the_embedded_weights_have_no_faults() {
    assert_eq!(Weights::parse(Weights::EMBEDDED_TEXT).map(|_| ()), Ok(()));
}

#[test]
fn what_is_written_is_read_as_it_was() {
    let embedded = Weights::embedded();
    let again = Weights::of(embedded.matches_per_record, &embedded.table);
    assert_eq!(again.text(), Weights::EMBEDDED_TEXT);
    assert_eq!(&again, embedded);
    assert_eq!(again.hash().len(), 64);
}

#[track_caller]
fn check(from: &str, to: &str, line: usize, says: &str) {
    let text = Weights::EMBEDDED_TEXT.replacen(from, to, 1);
    assert_ne!(
        text,
        Weights::EMBEDDED_TEXT,
        "`{from}` is there to be replaced"
    );
    let faults = Weights::parse(&text).expect_err("a fault");
    let found = faults
        .iter()
        .any(|fault| fault.line == line && fault.message.contains(says));
    assert!(found, "line {line}, {says}: {faults:?}");
}

fn line_of(text: &str) -> usize {
    let at = Weights::EMBEDDED_TEXT.find(text).expect("it is there");
    Weights::EMBEDDED_TEXT[..at].matches('\n').count() + 1
}

#[test]
fn every_fault_has_its_line() {
    check("format = 1", "format = 2", line_of("format = 1"), "format");
    check(
        "[gender]",
        "[sex]",
        line_of("[gender]"),
        "`sex` is not known",
    );
    check("[gender]", "[sex]", 1, "`[gender]` is missing");
    check(
        "same = [",
        "equal = [",
        line_of("same = ["),
        "`equal` is not known",
    );
    check(
        "same = [",
        "same = [2.0, ",
        line_of("same = ["),
        "two chances",
    );
    check("same = [0", "same = [1", line_of("same = ["), "below 1");
    check(
        "swapped = [",
        "swapped = \"\" #",
        line_of("swapped = ["),
        "two chances",
    );
    check(
        "different = [0",
        "different = [0.5, 0.5] #",
        line_of("[family]"),
        "add up",
    );
    check("format = 1", "format = ", line_of("format = 1"), "TOML");
}

#[test]
fn agreeing_more_must_not_say_less() {
    let (from, end) = (
        line_of("[gender]"),
        Weights::EMBEDDED_TEXT
            .find("[gender]")
            .expect("it is there"),
    );
    let text = format!(
        "{}[gender]\nsame = [0.1, 0.5]\ndifferent = [0.9, 0.5]\n",
        &Weights::EMBEDDED_TEXT[..end]
    );
    let faults = Weights::parse(&text).expect_err("a fault");
    assert_eq!(faults.len(), 1);
    assert!(
        faults[0].line >= from && faults[0].message.contains("says more than"),
        "{faults:?}"
    );
}

#[test]
fn what_is_clear_is_linked_by_itself_only_where_the_text_says_so() {
    assert!(!Weights::embedded().links_by_itself());
    let text = |word: &str| {
        let format = "format = 1\n";
        Weights::EMBEDDED_TEXT.replace(format, &format!("{format}automatic = {word}\n"))
    };
    assert!(Weights::parse(&text("true")).unwrap().links_by_itself());
    assert!(!Weights::parse(&text("false")).unwrap().links_by_itself());
    let faults = Weights::parse(&text("\"yes\"")).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
}
