use super::*;

#[test]
fn everybody_gets_what_they_read_best() {
    let default = ["en", "zh-Hans", "zh-Hant"];
    for (wanted, found) in [
        ("zh-HK", Some("zh-Hant")),
        ("zh-TW", Some("zh-Hant")),
        ("zh-MO", Some("zh-Hant")),
        ("zh-Hant", Some("zh-Hant")),
        ("zh-Hant-SG", Some("zh-Hant")),
        ("ZH_hant_hk", Some("zh-Hant")),
        ("yue", Some("zh-Hant")),
        ("yue-Hans", Some("zh-Hans")),
        ("zh", Some("zh-Hans")),
        ("zh-CN", Some("zh-Hans")),
        ("zh-SG", Some("zh-Hans")),
        ("zh-Hans-HK", Some("zh-Hans")),
        ("en-GB", Some("en")),
        ("pt-MO", None),
        ("", None),
        ("not a tag", None),
    ] {
        assert_eq!(negotiate(wanted, default), found, "{wanted}");
    }
    assert_eq!(
        negotiate("zh-HK", ["en", "zh"]),
        Some("zh"),
        "better than nothing"
    );
    assert_eq!(negotiate("pt-MO", ["pt-BR", "pt-MO", "pt"]), Some("pt-MO"));
    assert_eq!(negotiate("pt", ["pt-BR", "pt"]), Some("pt"));
    assert_eq!(
        negotiate("pt-AO", ["pt-BR", "pt-PT"]),
        Some("pt-BR"),
        "the first"
    );
}
