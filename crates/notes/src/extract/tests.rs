//! What notes say, and what they don't.

use std::sync::LazyLock;

use super::*;

static EXTRACTOR: LazyLock<Extractor> = LazyLock::new(|| Extractor::new(Vocabulary::embedded()));

/// Each proposal as `attribute=value`, with `:against`, `@party` and, where it is to be confirmed, `?`.
fn proposed(note: &str) -> Vec<String> {
    let written = |proposal: Proposal| {
        let against = if proposal.polarity == Polarity::Against {
            ":against"
        } else {
            ""
        };
        let party = if proposal.scope == Scope::Party {
            "@party"
        } else {
            ""
        };
        let confirm = if proposal.certainty == Certainty::Confirm {
            "?"
        } else {
            ""
        };
        format!(
            "{}={}{against}{party}{confirm}",
            proposal.attribute, proposal.value
        )
    };
    EXTRACTOR.propose(note).into_iter().map(written).collect()
}

#[track_caller]
fn check(note: &str, expected: &[&str]) {
    assert_eq!(proposed(note), expected, "{note}");
}

#[test]
fn a_denial_that_is_part_of_a_word_denies_nothing() {
    check("听力不好，请大声说", &["health.hearing=hard_of_hearing"]);
    check("不吃辣", &["dining.taste=mild"]);
    check("no smoking", &["room.smoking=non_smoking"]);
    check("does not hear well", &["health.hearing=hard_of_hearing"]);
}

#[test]
fn a_denial_reaches_to_the_end_of_its_clause() {
    check("doesn't eat spicy", &["dining.taste=spicy:against"]);
    check(
        "不喜欢香菜，爱喝龙井",
        &["dining.ingredient=coriander:against", "drink.tea=longjing"],
    );
    check(
        "no onion or ginger, likes tofu",
        &[
            "dining.ingredient=onion:against",
            "dining.ingredient=ginger:against",
            "dining.ingredient=tofu",
        ],
    );
    check(
        "不吃葱、香菜和洋葱",
        &[
            "dining.ingredient=spring_onion:against",
            "dining.ingredient=coriander:against",
            "dining.ingredient=onion:against",
        ],
    );
}

#[test]
fn a_denial_with_nothing_after_it_is_about_what_stands_before() {
    check("豆腐一口没动", &["dining.ingredient=tofu:against"]);
    check("lilies never", &["amenity.flower=lily:against"]);
}

#[test]
fn what_denies_nothing_is_left_alone() {
    check("不但爱吃豆腐", &["dining.ingredient=tofu"]);
    check("not only golf", &["interest.sport=golf"]);
}

#[test]
fn an_allergen_is_never_denied_away() {
    check("no peanuts", &["allergy.food=peanut?"]);
    check("不能吃花生", &["allergy.food=peanut?"]);
    check("花生不能吃", &["allergy.food=peanut?"]);
    check("对虾过敏", &["allergy.food=shellfish?"]);
    check(
        "allergic to nuts, sesame, and mango",
        &[
            "allergy.food=tree_nuts?",
            "allergy.food=sesame?",
            "allergy.food=mango?",
        ],
    );
}

#[test]
fn a_denied_allergy_and_a_liked_food_are_no_allergy() {
    check("not allergic to nuts", &[]);
    check("没有花生过敏", &[]);
    check("no allergy to feathers", &[]);
    check("loves mangoes", &["amenity.fruit=mango"]);
    for note in [
        "无花生过敏史",
        "否认海鲜过敏",
        "花生过敏已排除",
        "denies shellfish allergy",
        "Peanut allergy ruled out by her doctor",
        "nobody in the party is allergic to nuts",
        "never had a problem with feather pillows",
        "any nut allergies? none",
        "no allergy, just dislikes shrimp",
        "not diabetic",
    ] {
        check(note, &[]);
    }
    check(
        "Allergic to penicillin, not to aspirin",
        &["allergy.medicine=penicillin?"],
    );
}

#[test]
fn what_is_kept_away_for_an_allergy_is_one_and_so_is_the_exception_from_none() {
    check("不吃花生过敏", &["allergy.food=peanut?"]);
    check("花生过敏已告知厨房", &["allergy.food=peanut?"]);
    check("peanuts - severe allergy", &["allergy.food=peanut?"]);
    check(
        "no nuts, no sesame, anaphylactic",
        &["allergy.food=tree_nuts?", "allergy.food=sesame?"],
    );
    check("Any allergies? Peanuts", &["allergy.food=peanut?"]);
    for note in [
        "not allergic to anything but peanuts",
        "no allergies other than peanuts",
        "除了花生都不过敏",
    ] {
        check(note, &["allergy.food=peanut?"]);
    }
}

#[test]
fn what_is_denied_twice_is_wanted_or_not_spoken_of() {
    check(
        "would not say no to a glass of champagne",
        &["drink.alcohol=champagne"],
    );
    check("wouldn't mind a sea view", &["room.view=sea"]);
    check("can't do without an orchid", &["amenity.flower=orchid"]);
    check("不能没有乌龙茶", &["drink.tea=oolong"]);
    check("没有荞麦枕头睡不着", &["amenity.pillow=buckwheat"]);
    check("别忘了放荞麦枕头", &["amenity.pillow=buckwheat"]);
    check("does not dislike tofu", &[]);
    check("不是不喜欢豆腐", &[]);
    check("did not ask for lilies", &[]);
    check("not too spicy", &["dining.taste=spicy:against"]);
}

#[test]
fn an_exception_turns_round_what_is_said() {
    check("anything but lilies", &["amenity.flower=lily:against"]);
    check("won't drink anything but baijiu", &["drink.alcohol=baijiu"]);
    check("no flowers except lilies", &["amenity.flower=lily"]);
    check("除了羊肉都吃", &["dining.ingredient=lamb:against"]);
    check("非龙井不喝", &["drink.tea=longjing"]);
    check(
        "除了百合还喜欢兰花",
        &["amenity.flower=lily", "amenity.flower=orchid"],
    );
}

#[test]
fn numbers_of_cards_and_papers_are_no_evidence() {
    check("card 4111 1111 1111 1111", &[]);
    check("信用卡4111-1111-1111-1111", &[]);
    check(
        "Passport E12345678, allergic to nuts",
        &["allergy.food=tree_nuts?"],
    );
}

#[test]
fn what_may_be_or_once_was_of_health_gives_a_hint() {
    let hints = |note: &str| -> Vec<String> {
        let hints = EXTRACTOR.hints(note).into_iter();
        hints
            .map(|hint| format!("{} {}", hint.code, &note[hint.span.start..hint.span.end]))
            .collect()
    };
    assert_eq!(
        hints("used to be allergic to eggs, idiot"),
        ["doubtful eggs", "abusive idiot"]
    );
    assert_eq!(hints("如果对坚果过敏请告知厨房"), ["doubtful 坚果过敏"]);
    assert_eq!(hints("was she diabetic?"), ["doubtful diabetic"]);
    for note in [
        "allergic to eggs",
        "denies shellfish allergy",
        "asked if the eggs are fresh",
        "previous guest was diabetic",
    ] {
        assert_eq!(hints(note), [""; 0], "{note}");
    }
}

#[test]
fn a_refusal_that_the_vocabulary_has_a_value_for_is_that_value() {
    check("never eats beef", &["dining.diet=no_beef"]);
    check("not a smoker", &["room.smoking=non_smoking"]);
    check("no room with a 13", &["communication.unlucky_number=13"]);
}

#[test]
fn what_is_said_of_the_guests_people_is_not_said_of_the_guest() {
    check("his wife likes lilies", &["amenity.flower=lily@party?"]);
    check("太太喜欢百合", &["amenity.flower=lily@party?"]);
    check("儿子对鸡蛋过敏", &["allergy.food=egg@party?"]);
    check(
        "wife vegan, he takes tofu",
        &["dining.diet=vegan@party?", "dining.ingredient=tofu"],
    );
    check(
        "traveling with wife and 2 kids",
        &["family.companions=partner", "family.companions=children"],
    );
}

#[test]
fn what_is_past_supposed_asked_or_said_of_strangers_is_nothing() {
    check("used to play golf", &[]);
    check("以前打高尔夫", &[]);
    check("if he asks, offer tofu", &[]);
    check("does she like tofu?", &[]);
    check("上一位客人喜欢百合", &[]);
    check("maybe golf. Plays tennis", &["interest.sport=tennis"]);
}

#[test]
fn a_word_with_several_meanings_goes_by_its_neighbours_or_means_nothing() {
    check("jasmine", &[]);
    check("bath gel: jasmine", &["amenity.bath_scent=jasmine"]);
    check("jasmine bath gel", &["amenity.bath_scent=jasmine"]);
    check("put jasmine in the vase", &["amenity.flower=jasmine"]);
    check("喝绿茶", &["drink.tea=green"]);
}

#[test]
fn parts_of_longer_words_mean_nothing() {
    check("prose", &[]);
    check("总是很客气", &[]);
    check("hotel", &[]);
}

#[test]
fn spans_are_bytes_of_the_note_as_it_was_written() {
    let note = "Ｌｉｌｙ  pls\u{ad}, ＰＵＥＲ！不吃辣…  allergic: Peanut—  花生";
    for proposal in EXTRACTOR.propose(note) {
        assert!(note.get(proposal.span.start..proposal.span.end).is_some());
    }
    let words = |note: &str| -> Vec<String> {
        let spans = EXTRACTOR.propose(note).into_iter().map(|found| found.span);
        spans
            .map(|span| note[span.start..span.end].to_owned())
            .collect()
    };
    assert_eq!(
        words("Ｌｉｌｉｅｓ  ｗ/ bfast，不吃辣。"),
        ["Ｌｉｌｉｅｓ", "不吃辣"]
    );
    assert_eq!(words("doesn't smoke"), ["doesn't smoke"]);
}
