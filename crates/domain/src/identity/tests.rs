//! Which identifiers are the same, which names conflict, who never links.

use super::{DenyList, names_conflict, normalise, words};
use crate::event::{IdentifierKind, Name};

#[test]
fn identifiers_are_compared_in_one_form() {
    use IdentifierKind::{Document, Email, Loyalty, Phone};
    for (kind, written, normal) in [
        (Email, " Ana.Ferreira@Mail.TEST ", "ana.ferreira@mail.test"),
        (Email, "ＡＮＡ@mail.test", "ana@mail.test"),
        (Phone, "+853 6655-1234", "+85366551234"),
        (Phone, "00853 6655 1234", "+85366551234"),
        (Phone, "(021) 5555", "0215555"),
        (Phone, "—", ""),
        (Document, "e 7741-8", "E77418"),
        (Loyalty, "gold-90", "GOLD90"),
    ] {
        assert_eq!(normalise(kind, written), normal, "{written}");
    }
}

#[test]
fn placeholders_never_link() {
    use IdentifierKind::{Document, Email, Loyalty, Phone};
    let list = DenyList::parse(DenyList::EMBEDDED_TEXT).expect("the embedded list reads");
    for (kind, value, denied) in [
        (Email, "noemail@hotel.test", true),
        (Email, "x7f3@guest.booking.com", true),
        (Email, "ana@mail.test", false),
        (Phone, "+0000000", true),
        (Phone, "12345678", true),
        (Phone, "+85366551234", false),
        (Document, "000000", true),
        (Document, "E77418", false),
        (Loyalty, "UNKNOWN", true),
    ] {
        assert_eq!(list.denies(kind, value), denied, "{value}");
    }
    assert_eq!(
        DenyList::parse("email a@b.test\nfax 12").map_err(|f| f.line),
        Err(2)
    );
}

fn name(family: &str, given: &str) -> Option<Name> {
    Some(Name {
        family: Some(family.into()),
        given: Some(given.into()),
        ..Name::default()
    })
}

#[test]
fn a_name_that_is_part_of_another_does_not_conflict() {
    let list = DenyList::parse(DenyList::EMBEDDED_TEXT).expect("the embedded list reads");
    let full = |text: &str| {
        Some(Name {
            full: Some(text.into()),
            ..Name::default()
        })
    };
    for (a, b, conflict) in [
        (name("Ferreira", "Ana"), full("ANA FERREIRA"), false),
        (name("Ferreira", "Ana"), full("Ana Maria Ferreira"), false),
        (name("Ferreira", "Ana"), name("Ferreira", "Rui"), true),
        (name("Müller", "Jörg"), full("Muller Jorg"), false),
        (name("庄", "伟"), full("庄伟"), false),
        (name("庄", "伟"), full("王芳"), true),
        (name("Ferreira", "Ana"), None, false),
        (name("Ferreira", "Ana"), full("Guest"), false),
        (name("Ferreira", "Ana"), full("Booking.com GUEST"), false),
        (name("王", "芳"), full("客人"), false),
        (name("Ferreira", "Ana"), name("Guest", "Tom"), true),
    ] {
        assert_eq!(
            names_conflict([&a, &b].into_iter(), &list),
            conflict,
            "{a:?} {b:?}"
        );
    }
    assert_eq!(words(&Name::default()).len(), 0);
}
