//! Laws of whole boards: in whatever order things lie, and however sure they are.

use super::*;
use crate::Sources;
use crate::tests::hotel::sources;

/// What the guest likes, each of which a rule of its own speaks of.
const LIKES: [(&str, &str); 9] = [
    ("dining.cuisine", "sichuan"),
    ("dining.cuisine", "thai"),
    ("dining.cuisine", "french"),
    ("dining.condiment", "mustard"),
    ("dining.condiment", "numbing_sauce"),
    ("interest.hobby", "golf"),
    ("interest.hobby", "fishing"),
    ("interest.hobby", "chess"),
    ("interest.hobby", "opera"),
];
const ALLERGY: (&str, &str) = ("allergy.food", "milk");

/// The files in which rules may lie, each behind what it begins with.
const FILES: [(&str, &str); 3] = [
    ("playbook.toml", "format = 1\n"),
    ("brands/garden.toml", "format = 1\n"),
    ("properties/grand.toml", "format = 1\nbrand = \"garden\"\n"),
];

/// A rule that speaks of one value alone.
fn speaks_of(
    n: usize,
    (attribute, value): (&str, &str),
    (benefit, cost, category): (u32, u32, usize),
) -> String {
    let about = format!("\"{attribute}={value}\"");
    let text = format!("{{ ${} }} r{n}.", attribute.replace('.', "-"));
    in_category(&format!("c{category}"), &format!("r{n}"), &about, &text)
        .replace("benefit = 3", &format!("benefit = {benefit}"))
        .replace("cost = 1", &format!("cost = {cost}"))
}

/// Says how likely a claim is, and nothing else of it.
fn is_as_sure(profile: &mut Profile, (attribute, value): (&str, &str), ppm: u32) {
    let known = profile.attributes.iter_mut();
    let claims = known.filter(|(id, _)| id.as_str() == attribute);
    let mut claims = claims.flat_map(|(_, known)| &mut known.claims);
    let claim = claims.find(|claim| &*claim.value == value).unwrap();
    (claim.p_ppm, claim.confidence_ppm) = (ppm, ppm);
}

/// A playbook whose rules lie in those of the files that are named beside them.
fn layered(rules: &[(usize, String)], vocabulary: &Vocabulary) -> Playbook {
    let all: String = rules.iter().map(|(_, rule)| &**rule).collect();
    let words = sources(&all);
    let files = (0..).zip(FILES).map(|(n, (path, begins))| {
        let own = rules.iter().filter(|(file, _)| *file == n);
        let own: String = own.map(|(_, rule)| &**rule).collect();
        let kept = sources(&format!("{begins}{own}"));
        (path, kept.file("playbook.toml").unwrap().to_owned())
    });
    let mut files: Vec<(&str, String)> = files.collect();
    files.push((
        "words/en.ftl",
        words.file("words/en.ftl").unwrap().to_owned(),
    ));
    let files = files.iter().map(|(path, text)| (*path, &**text));
    let read = Playbook::parse(&Sources::new(files), vocabulary);
    read.unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn items(playbook: &Playbook, guest: &Guest, profile: &Profile, of: &Vocabulary) -> Vec<Item> {
    let stay = guest.stay(PREPARING.0);
    let mut boards = playbook.compose(&Situation::alone(&stay, profile, of));
    boards.remove(0).items
}

fn everything_known() -> Guest {
    let mut wants = LIKES.to_vec();
    wants.push(ALLERGY);
    booked(&wants)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn being_surer_of_a_claim_never_lowers_its_line_and_safety_stays_on_top(
        worth in prop::collection::vec((1..=10_u32, 0..=3_u32, 0..5_usize), LIKES.len()),
        sure in prop::collection::vec(0..=1_000_000_u32, LIKES.len()),
        (which, more) in (0..LIKES.len(), 0..=1_000_000_u32),
        safe in 0..=1_000_000_u32,
    ) {
        let vocabulary = vocabulary();
        let rules = worth.into_iter().zip(LIKES).enumerate();
        let mut rules: Vec<String> = rules.map(|(n, (worth, of))| speaks_of(n, of, worth)).collect();
        rules.push(safety());
        let playbook = playbook(&rules, &vocabulary);
        let guest = everything_known();
        let mut profile = guest.profile(&vocabulary, PREPARING.0, PREPARING.1);
        for (of, ppm) in LIKES.into_iter().zip(&sure) {
            is_as_sure(&mut profile, of, *ppm);
        }
        is_as_sure(&mut profile, ALLERGY, safe);
        let before = items(&playbook, &guest, &profile, &vocabulary);
        is_as_sure(&mut profile, LIKES[which], sure[which].max(more));
        let after = items(&playbook, &guest, &profile, &vocabulary);
        for board in [&before, &after] {
            let tiers: Vec<bool> = board.iter().map(|item| item.tier == SAFETY_TIER).collect();
            prop_assert_eq!(tiers.iter().position(|safety| *safety), Some(0));
            prop_assert!(board.len() <= MAX_ITEMS + 1);
        }
        let rule = format!("r{which}");
        let place = |board: &[Item]| board.iter().position(|item| item.rule.as_str() == rule);
        if let Some(place_before) = place(&before) {
            let kept = place(&after).is_some_and(|place| place <= place_before);
            prop_assert!(kept, "{place_before} then {:?}", place(&after));
        }
    }

    #[test]
    fn a_board_is_the_same_however_rules_lie_in_files_and_claims_in_the_profile(
        rules in prop::collection::vec((any_rule(), 0..FILES.len()), 1..16),
        turn in 0_usize..4,
    ) {
        let vocabulary = vocabulary();
        let rules = rules.into_iter().enumerate();
        let mut rules: Vec<(usize, String)> = rules.map(|(n, (rule, file))| (file, written(n, rule))).collect();
        rules.push((0, safety()));
        let guest = everything_known();
        let mut profile = guest.profile(&vocabulary, PREPARING.0, PREPARING.1);
        let found = items(&layered(&rules, &vocabulary), &guest, &profile, &vocabulary);
        for known in profile.attributes.values_mut() {
            let count = known.claims.len();
            known.claims.rotate_left(turn % count);
            known.claims.reverse();
        }
        rules.reverse();
        // The playbook itself has one rule at least: what is about safety stays in it.
        for (file, _) in &mut rules[1..] {
            *file = (*file + turn) % FILES.len();
        }
        let again = items(&layered(&rules, &vocabulary), &guest, &profile, &vocabulary);
        prop_assert_eq!(found, again);
    }
}
