//! Two ordinary days of a hotel, as every department was told them: compared byte for byte with what people have read and
//! found right, and held against what holds for every board.

use std::collections::BTreeMap;
use std::path::Path;

use cardex_domain::board::{MAX_ITEMS, MAX_ITEMS_PER_CATEGORY};
use cardex_tests::stories::{HotelDay, Transcript};
use cardex_wire::board::BoardView;
use cardex_wire::words::BoardState;

/// A Tuesday in a house for people on business, and a holiday Saturday in a resort.
const DAYS: [HotelDay; 2] = [
    HotelDay {
        name: "business-tuesday",
        date: "2026-05-12",
        seed: 12,
        tastes: &[
            ("room.facing", "south"),
            ("room.floor_level", "high"),
            ("room.bed_type", "king"),
            ("arrival.check_in", "express"),
            ("arrival.departure", "express"),
            ("arrival.invoice", "company_invoice"),
            ("amenity.pillow", "firm"),
            ("amenity.work_kit", "monitor"),
            ("amenity.laundry", "pressing"),
            ("reading.newspaper", "scmp"),
            ("dining.breakfast", "congee"),
            ("dining.cuisine", "sichuan"),
            ("drink.coffee", "espresso"),
            ("communication.wake_up", "phone"),
            ("allergy.food", "peanut"),
            ("occupation.work_hours", "late"),
        ],
        children: 0,
    },
    HotelDay {
        name: "resort-saturday",
        date: "2026-10-03",
        seed: 3,
        tastes: &[
            ("room.view", "sea"),
            ("amenity.fruit", "mango"),
            ("amenity.flower", "orchid"),
            ("amenity.bath_scent", "sandalwood"),
            ("amenity.welcome", "fruit_plate"),
            ("family.child_care", "cot"),
            ("family.child_care", "high_chair"),
            ("interest.sport", "swimming"),
            ("interest.wellness", "massage"),
            ("interest.sightseeing", "night_views"),
            ("dining.breakfast", "dim_sum"),
            ("dining.seating", "terrace"),
            ("drink.soft", "coconut"),
            ("allergy.food", "shellfish"),
            ("allergy.environment", "pollen"),
            ("room.turndown", "wanted"),
            ("privacy.do_not_disturb", "until_noon"),
        ],
        children: 2,
    },
];
/// Writes the transcripts anew where it is set; read what changed before it is kept.
const UPDATE_VARIABLE: &str = "UPDATE_GOLDEN";
const STAYS_MIN: usize = 100;

fn golden(day: &HotelDay, transcript: &Transcript) {
    let file = format!("golden/{}.txt", day.name);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os(UPDATE_VARIABLE).is_some() {
        std::fs::write(&path, &transcript.text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    // The first line that differs says enough; what else does is shown by writing it anew.
    let mut lines = kept.lines().zip(transcript.text.lines());
    let differs = lines.find(|(kept, told)| kept != told);
    assert_eq!(differs, None, "{} was told otherwise", path.display());
    assert!(kept == transcript.text, "{} ends otherwise", path.display());
}

/// Never more than a person takes in, beside safety, which stands first.
fn is_short_and_safe(board: &BoardView) {
    let mut categories: BTreeMap<&str, usize> = BTreeMap::new();
    for item in board.items.iter().filter(|item| item.tier > 0) {
        *categories.entry(&item.category).or_default() += 1;
    }
    assert!(categories.values().sum::<usize>() <= MAX_ITEMS, "{board:?}");
    let fits = |count: &usize| *count <= MAX_ITEMS_PER_CATEGORY;
    assert!(categories.values().all(fits), "{board:?}");
    let tiers: Vec<u8> = board.items.iter().map(|item| item.tier).collect();
    assert!(tiers.is_sorted(), "{board:?}");
}

/// Nothing is told twice: with every board something came, went or reads otherwise, or its heading does.
fn is_news(board: &BoardView, before: &BoardView) {
    let heading = |board: &BoardView| {
        let days = (board.arrival, board.departure);
        (
            board.guest.clone(),
            board.room.clone(),
            days,
            board.state,
            board.phase,
        )
    };
    let is_news = !board.changes.is_empty() || heading(board) != heading(before);
    assert!(is_news, "{board:?}");
}

/// What concerns safety goes only when somebody acted on it or the stay is over.
fn keeps_safety(board: &BoardView, before: &BoardView, answered: &[String]) {
    let safety = before.items.iter().filter(|item| item.tier == 0);
    for item in safety.filter(|item| !answered.contains(&item.id.to_string())) {
        let stands = board.items.iter().any(|of| of.rule == item.rule);
        let is_over = board.state == BoardState::Closed;
        assert!(stands || is_over, "{} is gone: {board:?}", item.text);
    }
}

#[test]
fn two_ordinary_days_are_told_as_people_have_read_them() {
    for day in &DAYS {
        let transcript = day.play().unwrap();
        assert!(transcript.stays >= STAYS_MIN);
        let mut last: BTreeMap<(String, String), &BoardView> = BTreeMap::new();
        for board in &transcript.boards {
            is_short_and_safe(board);
            let of = (board.stay.to_string(), board.department.to_string());
            if let Some(before) = last.insert(of, board) {
                is_news(board, before);
                keeps_safety(board, before, &transcript.answered);
            }
        }
        golden(day, &transcript);
    }
}
