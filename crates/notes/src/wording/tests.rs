//! Which wording gives a hint, and which does not.

use super::*;

#[track_caller]
fn check_codes(note: &str, expected: &[(Code, &str)]) {
    let hints = check(note);
    let found: Vec<(Code, &str)> = hints
        .iter()
        .map(|hint| (hint.code, &note[hint.span.start..hint.span.end]))
        .collect();
    assert_eq!(found, expected, "{note}");
}

#[test]
fn contempt_diagnoses_and_ranks_give_a_hint() {
    check_codes("Total idiot, complains daily", &[(Code::Abusive, "idiot")]);
    check_codes(
        "这人神经病，难伺候",
        &[(Code::Abusive, "神经病"), (Code::Abusive, "难伺候")],
    );
    check_codes(
        "probably OCD, or bipolar",
        &[(Code::Diagnosing, "OCD"), (Code::Diagnosing, "bipolar")],
    );
    check_codes("客人有抑郁症", &[(Code::Diagnosing, "抑郁症")]);
    check_codes("HIV positive", &[(Code::Diagnosing, "HIV positive")]);
    check_codes("客人有乙肝", &[(Code::Diagnosing, "乙肝")]);
    check_codes("typical kraut", &[(Code::Grouping, "kraut")]);
    check_codes("死肥猪", &[(Code::Abusive, "死肥猪")]);
    check_codes(
        "card 4111-1111-1111-1111, thx",
        &[(Code::Number, "card 4111-1111-1111-1111")],
    );
    check_codes("wheelchair-bound", &[(Code::Labelling, "wheelchair-bound")]);
    check_codes(
        "big spender, never tips",
        &[
            (Code::Ranking, "big spender"),
            (Code::Ranking, "never tips"),
        ],
    );
    check_codes("黑名单客人", &[(Code::Ranking, "黑名单")]);
}

#[test]
fn plain_notes_give_none() {
    let notes = [
        "Prefers south-facing, 10th floor",
        "low fat milk, crazy about mangoes, cow's milk, rich soup",
        "听力不好，请大声慢慢说",
        "要变态辣的鸡翅；老外婆同来，笑得傻笑",
        "uses a wheelchair, needs grab rails",
        "allergic to nuts",
        "std room, hearing aids on the nightstand, card for the birthday",
    ];
    for note in notes {
        check_codes(note, &[]);
    }
}

#[test]
fn every_group_says_what_to_write_in_both_languages() {
    assert_eq!(
        WORDS.groups.len() + 3,
        Code::ALL.len(),
        "every code but length, numbers and doubts has its words"
    );
    for group in &WORDS.groups {
        assert!(!group.instead("en-GB").is_empty() && !group.instead("zh-Hant").is_empty());
        assert_ne!(group.instead("en"), group.instead("zh"));
    }
}

#[test]
fn what_runs_past_a_telephones_screen_gives_a_hint_to_shorten() {
    assert_eq!(check(&"a ".repeat(140)), []);
    let long = format!("{}b", "a ".repeat(140));
    check_codes(&long, &[(Code::Long, "b")]);
    assert_eq!(check(&"茶".repeat(140)), []);
    check_codes(&"茶".repeat(141), &[(Code::Long, "茶")]);
}
