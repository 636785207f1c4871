use super::*;

#[test]
fn latin_letters_are_set_without_any_font_of_the_machine() {
    let printable = (' '..='~').chain('\u{a0}'..='\u{17f}');
    let letters: BTreeSet<char> = printable.chain("ẞễữ–—‘’“”…€№·".chars()).collect();
    let count = letters.iter().filter(|c| !shows_nothing(**c)).count();
    let fonts = Fonts::for_text(letters, "en", None).unwrap();
    assert_eq!((fonts.fonts.len(), fonts.glyphs.len()), (1, count));
}

#[test]
fn who_lacks_chinese_is_told_where_it_is() {
    let of = |text: &str| FontError::missing(&text.chars().collect()).to_string();
    assert_eq!(
        of("庄"),
        "no font here has 庄 (U+5E84); install one, such as Debian's fonts-noto-cjk, or name one with --font FILE"
    );
    assert!(of("กข").contains("fonts-noto-core"));
    assert!(of("一二三四五六七八九十").contains(", 2 more; install"));
}

#[test]
fn characters_are_taken_as_the_language_writes_them() {
    let face = |family: &str, weight, post_script_name: &str| FaceInfo {
        id: ID::dummy(),
        source: fontdb::Source::Binary(Arc::new(Vec::new())),
        index: 0,
        families: vec![(family.to_owned(), fontdb::Language::English_UnitedStates)],
        post_script_name: post_script_name.to_owned(),
        style: Style::Normal,
        weight,
        stretch: Stretch::Normal,
        monospaced: false,
    };
    let faces = [
        face("Noto Sans CJK SC", Weight::BOLD, "a"),
        face("Noto Sans CJK JP", Weight::NORMAL, "b"),
        face("Noto Sans CJK TC", Weight::NORMAL, "c"),
        face("Noto Sans CJK SC", Weight::NORMAL, "d"),
    ];
    for (language, first) in [("zh-Hans", "d"), ("zh-Hant", "c"), ("en", "b")] {
        let best = faces.iter().min_by_key(|face| preference(face, language));
        assert_eq!(best.unwrap().post_script_name, first, "{language}");
    }
}
