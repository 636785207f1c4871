use cardex_domain::identity::form::simplified;

use super::*;

#[test]
fn surnames_are_read_as_surnames() {
    for (surname, read) in [
        ("曾", "zeng"),
        ("单", "shan"),
        ("仇", "qiu"),
        ("解", "xie"),
        ("区", "ou"),
        ("查", "zha"),
        ("盖", "ge"),
        ("尉迟", "yuchi"),
        ("单于", "chanyu"),
        ("王", "wang"),
        ("吕", "lu"),
        ("欧阳", "ouyang"),
    ] {
        assert_eq!(surname_reading(surname), read, "{surname}");
    }
}

#[test]
fn the_table_is_in_order_and_says_only_what_the_usual_reading_does_not() {
    assert!(READ_AS_SURNAME.is_sorted_by(|a, b| a.0 < b.0));
    for (surname, read) in READ_AS_SURNAME {
        assert_ne!(reading(surname), *read, "{surname} needs no row");
        let simple: String = surname.chars().map(simplified).collect();
        assert_eq!(simple, *surname, "is compared in simplified form");
    }
}

#[test]
fn simplified_and_traditional_are_one() {
    for (traditional, simple) in [
        ("曾偉明", "曾伟明"),
        ("單雄信", "单雄信"),
        ("鍾麗緹", "钟丽缇"),
        ("歐陽鋒", "欧阳锋"),
    ] {
        let folded: String = traditional.chars().map(simplified).collect();
        assert_eq!(folded, simple);
        let again: String = folded.chars().map(simplified).collect();
        assert_eq!(again, simple, "folding twice is folding once");
    }
}

#[test]
fn a_name_begins_with_its_surname() {
    assert_eq!(split("曾伟明"), ("曾", "伟明"));
    assert_eq!(split("欧阳锋"), ("欧阳", "锋"));
    assert_eq!(split("尉迟恭"), ("尉迟", "恭"));
    assert_eq!(split("王"), ("王", ""));
    assert_eq!(split("欧阳"), ("欧阳", ""));
}
