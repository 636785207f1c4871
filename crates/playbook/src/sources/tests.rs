use super::*;

#[test]
fn a_bundle_is_the_same_whenever_its_files_are() {
    let files = [
        ("playbook.toml", "a = \"b\"\n"),
        ("words/en.ftl", "a = 字\u{1}\n"),
    ];
    let there = Sources::new(files);
    let other_order = Sources::new(files.into_iter().rev());
    let bundle = there.bundle();
    assert_eq!(
        bundle,
        "{\"format\":1,\"files\":{\"playbook.toml\":\"a = \\\"b\\\"\\n\",\"words/en.ftl\":\"a = 字\\u0001\\n\"}}"
    );
    assert_eq!(other_order.hash(), there.hash());
}

#[test]
fn only_a_playbooks_own_files_are_part_of_it() {
    for (path, is_part) in [
        ("playbook.toml", true),
        ("words/zh-Hant.ftl", true),
        ("labels/pt.toml", true),
        ("words/.ftl", false),
        ("words/en.toml", false),
        ("words/../en.ftl", false),
        ("README.md", false),
    ] {
        assert_eq!(Sources::is_part(path), is_part, "{path}");
    }
}
