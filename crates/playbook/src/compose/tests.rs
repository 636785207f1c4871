use cardex_domain::board::{BoardState, MAX_ITEMS, MAX_ITEMS_PER_CATEGORY};
use cardex_domain::event::{Polarity, Source, StayChange};
use cardex_domain::note::{FromNote, Standing};
use proptest::prelude::*;

use super::*;
use crate::tests::hotel::{Guest, RULE, day, noon, playbook, texts, vocabulary};

mod answered;
mod escalated;
mod laws;
mod parked;
mod ranked;
mod routed;
mod safety;

/// What a department is told: its id, then its lines.
type Told<'t> = [(&'t str, &'t [&'t str])];

fn check(guest: &Guest, stay_on: (&str, Day), wanted: &Told<'_>) {
    let told = guest.told(Playbook::embedded(), Vocabulary::embedded(), stay_on);
    let told: Vec<(&str, Vec<&str>)> = told
        .iter()
        .map(|(department, lines)| {
            (
                department.as_str(),
                lines.iter().map(String::as_str).collect(),
            )
        })
        .collect();
    let wanted: Vec<(&str, Vec<&str>)> = wanted
        .iter()
        .map(|(department, lines)| (*department, lines.to_vec()))
        .collect();
    assert_eq!(told, wanted);
}

#[test]
fn the_guest_from_macau() {
    let mut guest = Guest::named("Ms", "Ho");
    guest.wants("room.facing", "south");
    guest.wants("room.floor", "10");
    guest.wants("dining.cuisine", "sichuan");
    guest.wants("dining.condiment", "numbing_spicy_sauce");
    guest.wants("occupation.field", "advertising");
    guest.books("R1", day(5, 1));
    let room = (
        "front_desk",
        &["Give Ms Ho a south-facing room on floor 10."][..],
    );
    let papers = "Lay out the newest mainland advertising papers for Ms Ho in the room.";
    check(&guest, ("R1", day(4, 25)), &[("floor", &[papers]), room]);
    guest.checks_in("R1", day(5, 1), "1012");
    let dishes = [
        "Recommend Sichuan dishes if Ms Ho comes to eat.",
        "Have the numbing-spicy sauce ready for Ms Ho.",
    ];
    let papers = papers.replace("the room", "room 1012");
    check(
        &guest,
        ("R1", day(5, 1)),
        &[("dining", &dishes), ("floor", &[&papers]), room],
    );
}

#[test]
fn what_only_a_note_seems_to_say_is_told_to_nobody_but_for_safety_and_health() {
    let mut guest = Guest::named("Ms", "Ho");
    for (attribute, value) in [
        ("room.facing", "south"),
        ("health.hearing", "hard_of_hearing"),
        ("allergy.food", "peanut"),
    ] {
        guest.wants(attribute, value);
    }
    guest.noticed(
        noon(day(3, 2), 0),
        Source::Stated,
        "amenity.flower",
        "lily",
        Polarity::Against,
    );
    guest.books("R1", day(5, 1));
    let (playbook, vocabulary) = (Playbook::embedded(), Vocabulary::embedded());
    let (stay, mut profile) = (
        guest.stay("R1"),
        guest.profile(vocabulary, "R1", day(4, 25)),
    );
    let told = |profile: &Profile| -> BTreeSet<String> {
        let boards = playbook.compose(&Situation::alone(&stay, profile, vocabulary));
        let items = boards.into_iter().flat_map(|board| board.items);
        items.map(|item| item.rule.to_string()).collect()
    };
    let mark = |profile: &mut Profile, standing: Standing, attribute: Option<&str>| {
        let known = profile.attributes.iter_mut();
        for (id, known) in known.filter(|(id, _)| attribute.is_none_or(|of| of == id.as_str())) {
            assert!(!known.claims.is_empty(), "{id}");
            let evidence = known
                .claims
                .iter_mut()
                .flat_map(|claim| &mut claim.evidence);
            for e in evidence {
                e.from_note = Some(FromNote {
                    span: None,
                    standing,
                });
            }
        }
    };
    let said = told(&profile);
    assert!(
        said.contains("facing") && said.contains("flowers-avoided"),
        "{said:?}"
    );
    mark(&mut profile, Standing::Waiting, None);
    let read: Vec<&str> = said.iter().map(String::as_str).collect();
    let acted_on = ["food-allergy-room", "food-allergy-table", "speak-clearly"];
    assert_eq!(
        told(&profile),
        acted_on.map(str::to_owned).into(),
        "of {read:?}"
    );
    for attribute in ["room.facing", "amenity.flower"] {
        mark(&mut profile, Standing::Confirmed, Some(attribute));
    }
    assert_eq!(told(&profile), said, "somebody says that it is meant");
}

#[test]
fn twin_beds_this_time() {
    let mut guest = Guest::named("Ms", "Ho");
    guest.wants("room.bed_type", "king");
    guest.books("R1", day(5, 1));
    guest.books("R2", day(6, 1));
    guest.wishes("R1", noon(day(4, 20), 0), "room.bed_type", "twin");
    let twin = "Set aside a room for Ms Ho with: twin beds (for this stay).";
    let king = "Set aside a room for Ms Ho with: king bed.";
    check(&guest, ("R1", day(4, 25)), &[("front_desk", &[twin])]);
    check(&guest, ("R2", day(5, 25)), &[("front_desk", &[king])]);
    let boards = guest.boards(
        Playbook::embedded(),
        Vocabulary::embedded(),
        ("R1", day(4, 25)),
        &BTreeSet::new(),
    );
    let marks = boards.iter().flat_map(|board| &board.items);
    let marks: Vec<bool> = marks.map(|item| item.is_for_this_stay).collect();
    assert_eq!(marks, [true]);
}

#[test]
fn a_guest_who_goes_by_another_name() {
    let mut guest = Guest::named("Mr", "Zhuang");
    guest.wants("room.bed_type", "king");
    guest.wants("privacy.incognito", "celebrity");
    guest.wants("privacy.alias", "Mr Stone");
    guest.books("R1", day(5, 1));
    let boards = guest.boards(
        Playbook::embedded(),
        Vocabulary::embedded(),
        ("R1", day(4, 25)),
        &BTreeSet::new(),
    );
    for board in &boards {
        let trusted = board.department.as_str() == DepartmentId::GUEST_RELATIONS;
        let (name, other) = match trusted {
            true => ("Mr Zhuang", "Stone"),
            false => ("Mr Stone", "Zhuang"),
        };
        assert_eq!(&*board.guest, name, "{}", board.department);
        assert!(texts(board).iter().all(|text| !text.contains(other)));
    }
    let told: usize = boards.iter().map(|board| board.items.len()).sum();
    assert!(told > 1);
}

#[test]
fn a_guest_of_whom_nothing_personal_is_kept() {
    let mut guest = Guest::named("Ms", "Ho");
    guest.wants("room.bed_type", "king");
    guest.wants("health.hearing", "hard_of_hearing");
    guest.wants("family.occasion", "birthday");
    guest.wants("interest.hobby", "calligraphy");
    guest.wants("allergy.food", "peanut");
    guest.books("R1", day(5, 1));
    guest.checks_in("R1", day(5, 1), "1501");
    let lines = |guest: &Guest| -> String {
        let told = guest.told(
            Playbook::embedded(),
            Vocabulary::embedded(),
            ("R1", day(5, 1)),
        );
        told.into_iter().flat_map(|(_, lines)| lines).collect()
    };
    assert!(lines(&guest).contains("Speak clearly"));
    guest.wants("privacy.no_personal_notes", "requested");
    let left = lines(&guest);
    assert!(left.contains("king bed") && left.contains("peanuts"));
    for word in ["birthday", "calligraphy", "Speak", "hearing"] {
        assert!(!left.contains(word), "{word} in {left}");
    }
}

#[test]
fn mr_zhuang_from_singapore() {
    let mut guest = Guest::named("Mr", "Zhuang");
    guest.wants("room.facing", "west");
    guest.wants("amenity.flower", "lily");
    guest.wants("communication.lucky_number", "8");
    guest.wants("health.hearing", "hard_of_hearing");
    guest.wants("health.hearing", "hearing_aid");
    guest.wants("amenity.bath_scent", "sandalwood");
    guest.wants("interest.hobby", "calligraphy");
    guest.books("R1", day(5, 1));
    guest.checks_in("R1", day(5, 1), "1501");
    let speak = "Speak clearly and face Mr Zhuang.";
    let wanted: &Told<'_> = &[
        (
            "concierge",
            &["Have one idea on calligraphy ready for Mr Zhuang."],
        ),
        ("dining", &[speak]),
        (
            "floor",
            &[
                speak,
                "Lay out sandalwood bath gel in room 1501 for Mr Zhuang.",
                "Put lilies in room 1501 for Mr Zhuang.",
            ],
        ),
        (
            "front_desk",
            &[
                speak,
                "Give Mr Zhuang a west-facing room.",
                "Choose a room or key number with 8 for Mr Zhuang.",
            ],
        ),
    ];
    check(&guest, ("R1", day(5, 1)), wanted);
}

#[test]
fn the_builder_gets_his_kit_in_the_stay_in_which_it_was_seen() {
    let mut guest = Guest::named("", "");
    guest.books("R1", day(5, 1));
    guest.checks_in("R1", day(5, 1), "0807");
    check(&guest, ("R1", day(5, 1)), &[]);
    let seen = noon(day(5, 1), 300);
    guest.noticed(
        seen,
        Source::Observed,
        "amenity.shoe_care",
        "mud_kit",
        Polarity::For,
    );
    let kit = "Put a full shoe-care kit in room 0807 for the guest to keep.";
    check(&guest, ("R1", day(5, 1)), &[("floor", &[kit])]);
    guest.stay_event("R1", noon(day(5, 3), 0), StayChange::CheckedOut);
    guest.books("R2", day(7, 1));
    guest.checks_in("R2", day(7, 1), "0807");
    check(&guest, ("R2", day(7, 1)), &[]);
}

#[test]
fn the_silent_diner() {
    let mut guest = Guest::named("", "Wu");
    let frowns = |guest: &mut Guest, on: Day| {
        let at = noon(on, 60);
        guest.noticed(
            at,
            Source::Observed,
            "dining.dish",
            "boiled_fish",
            Polarity::Against,
        );
    };
    let stay = |guest: &mut Guest, reservation: &str, arrival: Day| {
        guest.books(reservation, arrival);
        guest.checks_in(reservation, arrival, "0312");
        frowns(guest, arrival);
        guest.stay_event(
            reservation,
            noon(arrival.plus(2), 0),
            StayChange::CheckedOut,
        );
    };
    stay(&mut guest, "R1", day(5, 1));
    guest.books("R2", day(5, 20));
    guest.checks_in("R2", day(5, 20), "0312");
    let ask = "Ask Wu before serving fish in chilli broth.";
    check(&guest, ("R2", day(5, 20)), &[("dining", &[ask])]);
    frowns(&mut guest, day(5, 20));
    guest.stay_event("R2", noon(day(5, 22), 0), StayChange::CheckedOut);
    guest.books("R3", day(6, 20));
    guest.checks_in("R3", day(6, 20), "0312");
    let never = "Do not offer Wu fish in chilli broth; suggest another dish.";
    check(&guest, ("R3", day(6, 20)), &[("dining", &[never])]);
}

fn rule(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(RULE.to_owned(), |rule, (from, to)| {
        assert!(rule.contains(from), "{from}");
        rule.replace(from, to)
    })
}

fn one_of(id: &str, about: &str, text: &str) -> String {
    rule(&[
        ("\"facing\"", &format!("{id:?}")),
        ("\"room.facing\"", about),
        ("Give { $guest } { A($room-facing) } room.", text),
        ("\"room\"", &format!("{id:?}")),
    ])
}

fn booked(wants: &[(&str, &str)]) -> Guest {
    let mut guest = Guest::named("Mr", "Lin");
    for (attribute, value) in wants {
        guest.wants(attribute, value);
    }
    guest.books("R1", day(5, 1));
    guest
}

const PREPARING: (&str, Day) = ("R1", Day(20_568));

#[test]
fn an_item_that_says_no_more_than_another_is_left_off_even_when_that_was_done() {
    let vocabulary = vocabulary();
    let playbook = playbook(
        &[
            one_of("facing", r#""room.facing""#, "Facing { $room-facing }."),
            one_of(
                "both",
                r#""room.facing", "room.floor""#,
                "{ $room-facing } on { $room-floor }.",
            ),
            one_of(
                "same",
                r#""room.floor", "room.facing""#,
                "Also { $room-facing } on { $room-floor }.",
            ),
        ],
        &vocabulary,
    );
    let guest = booked(&[("room.facing", "south"), ("room.floor", "10")]);
    let none = BTreeSet::new();
    let [board] = &guest.boards(&playbook, &vocabulary, PREPARING, &none)[..] else {
        panic!("one department")
    };
    assert_eq!(board.items.len(), 1);
    let item = &board.items[0];
    assert!(item.rule.as_str() != "facing");
    assert_eq!(item.reasons.len(), 2);
    assert_eq!((item.since_revision, board.revision), (7, 7));
    let closed = BTreeSet::from([item.id.clone()]);
    let boards = guest.boards(&playbook, &vocabulary, PREPARING, &closed);
    assert!(boards[0].items.is_empty());
}

#[test]
fn where_the_fuller_item_does_not_fit_its_parts_get_their_chance() {
    let vocabulary = vocabulary();
    let hobby = |id: &str| {
        let about = format!("\"interest.hobby={id}\"");
        in_category("crowded", id, &about, "Talk of it.").replace("benefit = 3", "benefit = 9")
    };
    let rules = [
        hobby("golf"),
        hobby("fishing"),
        in_category("crowded", "both", r#""room.facing", "room.floor""#, "Both."),
        one_of("alone", r#""room.floor""#, "Floor { $room-floor }."),
    ];
    let guest = booked(&[
        ("interest.hobby", "golf"),
        ("interest.hobby", "fishing"),
        ("room.facing", "south"),
        ("room.floor", "10"),
    ]);
    let playbook = playbook(&rules, &vocabulary);
    let boards = guest.boards(&playbook, &vocabulary, PREPARING, &BTreeSet::new());
    let rules: BTreeSet<&str> = boards[0]
        .items
        .iter()
        .map(|item| item.rule.as_str())
        .collect();
    assert_eq!(rules, BTreeSet::from(["alone", "fishing", "golf"]));
}

fn in_category(category: &str, id: &str, about: &str, text: &str) -> String {
    let (own, wanted) = (
        format!("category = {id:?}"),
        format!("category = {category:?}"),
    );
    one_of(id, about, text).replace(&own, &wanted)
}

#[test]
fn contenders_are_one_question() {
    let vocabulary = vocabulary();
    let ask = one_of(
        "ask",
        r#""room.facing""#,
        "Ask { $guest }: { $room-facing }.",
    )
    .replace("\"prefers\"", "\"ask\"")
    .replace("cost = 1", "cost = 0");
    let mut guest = booked(&[]);
    for (value, on) in [("south", day(3, 1)), ("west", day(3, 1))] {
        for week in 0..3 {
            let at = noon(on.plus(week), 0);
            guest.noticed(at, Source::Observed, "room.facing", value, Polarity::For);
        }
    }
    let told = guest.told(&playbook(&[ask], &vocabulary), &vocabulary, PREPARING);
    assert_eq!(told[0].1, ["Ask Mr Lin: south, west."]);
}

#[test]
fn a_department_without_the_value_gets_the_reason_unseen() {
    let vocabulary = vocabulary();
    let speak = one_of(
        "speak",
        r#""health.hearing=hard_of_hearing""#,
        "Face { $guest }.",
    )
    .replace("[\"front_desk\"]", "[\"front_desk\", \"kitchen\"]");
    let guest = booked(&[("health.hearing", "hard_of_hearing")]);
    let boards = guest.boards(
        &playbook(&[speak], &vocabulary),
        &vocabulary,
        PREPARING,
        &BTreeSet::new(),
    );
    let seen: Vec<(&str, bool)> = boards
        .iter()
        .flat_map(|board| {
            board
                .items
                .iter()
                .map(|item| (board.department.as_str(), item.reasons[0].visible))
        })
        .collect();
    assert_eq!(seen, [("front_desk", false), ("kitchen", true)]);
    let reason = &boards[0].items[0].reasons[0];
    assert_eq!(reason.evidence.len(), 3);
    assert!(reason.evidence.is_sorted());
    assert_eq!(reason.learnt_at, noon(day(3, 15), 0));
    assert_eq!(reason.learnt_by.as_str(), "floor");
}

#[test]
fn what_was_noticed_before_check_in_is_no_news_in_house() {
    let vocabulary = vocabulary();
    let text = "Talk of { $interest-hobby }.";
    let news = one_of("news", r#""interest.hobby""#, text)
        .replace(r#"["reservation", "check_in"]"#, r#"["in_house"]"#);
    let playbook = playbook(&[news], &vocabulary);
    let mut guest = booked(&[("interest.hobby", "golf"), ("interest.hobby", "chess")]);
    let now = ("R1", day(5, 1));
    assert_eq!(guest.told(&playbook, &vocabulary, now), []);
    guest.checks_in("R1", day(5, 1), "1012");
    assert_eq!(guest.told(&playbook, &vocabulary, now), []);
    guest.noticed(
        noon(day(5, 1), 0),
        Source::Observed,
        "interest.hobby",
        "chess",
        Polarity::For,
    );
    assert_eq!(
        guest.told(&playbook, &vocabulary, now)[0].1,
        ["Talk of chess."]
    );
}

#[test]
fn a_stay_that_is_over_has_closed_boards() {
    let vocabulary = vocabulary();
    let playbook = playbook(&[RULE.to_owned()], &vocabulary);
    let mut guest = booked(&[("room.facing", "south")]);
    guest.stay_event("R1", noon(day(4, 30), 0), StayChange::Cancelled);
    let boards = guest.boards(&playbook, &vocabulary, PREPARING, &BTreeSet::new());
    assert_eq!(boards.len(), 1);
    assert_eq!(
        (boards[0].state, boards[0].phase),
        (BoardState::Closed, Phase::Over)
    );
    assert!(boards[0].items.is_empty());
}

fn safety() -> String {
    one_of(
        "safety",
        r#""allergy.food""#,
        "Serve { $guest } no { $allergy-food }.",
    )
    .replace("\"prefers\"", "\"safety\"")
    .replace("tier = 1", "tier = 0")
    .replace("benefit = 3", "benefit = 1")
    .replace("cost = 1", "cost = 10")
}

const WANTS: [(&str, &str); 11] = [
    ("room.facing", "south"),
    ("room.floor", "10"),
    ("dining.cuisine", "sichuan"),
    ("dining.cuisine", "thai"),
    ("dining.cuisine", "french"),
    ("dining.condiment", "mustard"),
    ("dining.condiment", "numbing_sauce"),
    ("interest.hobby", "golf"),
    ("interest.hobby", "chess"),
    ("interest.hobby", "opera"),
    ("allergy.food", "milk"),
];

fn any_rule() -> impl Strategy<Value = (usize, u32, u32, usize)> {
    (0..6_usize, 1..=10_u32, 0..=3_u32, 0..5_usize)
}

fn written(id: usize, (about, benefit, cost, category): (usize, u32, u32, usize)) -> String {
    let about = [
        "room.facing",
        "room.floor",
        "dining.cuisine",
        "dining.condiment",
        "interest.hobby",
        "dining.cuisine=thai",
    ][about];
    let shown = about.split('=').next().unwrap_or(about);
    let (id, category) = (format!("r{id}"), format!("c{category}"));
    in_category(
        &category,
        &id,
        &format!("{about:?}"),
        &format!("{{ ${} }} {id}.", shown.replace('.', "-")),
    )
    .replace("benefit = 3", &format!("benefit = {benefit}"))
    .replace("cost = 1", &format!("cost = {cost}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn boards_are_short_safe_and_the_same_in_any_order_of_the_file(
        rules in prop::collection::vec(any_rule(), 1..24),
        turn in 0_usize..24,
        wants in prop::collection::btree_set(0..WANTS.len(), 0..=WANTS.len()),
    ) {
        let vocabulary = vocabulary();
        let mut rules: Vec<String> = rules.into_iter().enumerate().map(|(i, rule)| written(i, rule)).collect();
        rules.push(safety());
        let wants: Vec<(&str, &str)> = wants.into_iter().map(|i| WANTS[i]).collect();
        let guest = booked(&wants);
        let items = |rules: &[String]| {
            let playbook = playbook(rules, &vocabulary);
            let mut boards = guest.boards(&playbook, &vocabulary, PREPARING, &BTreeSet::new());
            boards.remove(0).items
        };
        let found = items(&rules);
        let (safety, others): (Vec<_>, Vec<_>) = found.iter().partition(|item| item.tier == SAFETY_TIER);
        prop_assert_eq!(safety.len(), usize::from(wants.contains(&("allergy.food", "milk"))));
        prop_assert!(others.len() <= MAX_ITEMS);
        for item in &others {
            let same = others.iter().filter(|other| other.category == item.category).count();
            prop_assert!(same <= MAX_ITEMS_PER_CATEGORY);
        }
        let count = rules.len();
        rules.rotate_left(turn % count);
        prop_assert_eq!(&found, &items(&rules));
        rules.reverse();
        prop_assert_eq!(&found, &items(&rules));
    }
}

#[test]
fn texts_begin_with_a_capital() {
    let vocabulary = vocabulary();
    let rule = one_of(
        "golf",
        r#""interest.hobby""#,
        "{ $interest-hobby }: talk of it to { $guest }.",
    );
    let guest = booked(&[("interest.hobby", "golf")]);
    let boards = guest.boards(
        &playbook(&[rule], &vocabulary),
        &vocabulary,
        PREPARING,
        &BTreeSet::new(),
    );
    assert_eq!(texts(&boards[0]), ["Golf: talk of it to Mr Lin."]);
}
