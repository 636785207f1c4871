use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;

use super::*;

const VECTORS: &str = include_str!("../../fixtures/rank_vectors.json");

fn number(value: &Value, key: &str, otherwise: f64) -> f64 {
    value.get(key).and_then(Value::as_f64).unwrap_or(otherwise)
}

fn factors(item: &Value) -> Factors {
    let days = item.get("d").and_then(Value::as_u64);
    Factors {
        probability: number(item, "P", 0.0),
        acceptance: Acceptance {
            a: number(item, "a", 1.0),
            b: number(item, "b", 1.0),
        },
        benefit: number(item, "G", 0.0),
        cost: number(item, "L", 0.0),
        urgency: number(item, "u", 1.0),
        novelty: days.map_or(1.0, |days| novelty(u32::try_from(days).unwrap())),
        declines: u32::try_from(item.get("dec").and_then(Value::as_u64).unwrap_or(0)).unwrap(),
    }
}

#[test]
fn every_vector_agrees() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let mut ranked = Vec::new();
    for item in vectors["items"].as_array().unwrap() {
        let (id, expect, factors) = (item["id"].as_str().unwrap(), &item["expect"], factors(item));
        let close = |what: &str, found: f64| {
            let wanted = expect[what].as_f64().unwrap();
            assert!(
                (found - wanted).abs() <= 1e-6,
                "{id} {what}: {found}, not {wanted}"
            );
        };
        close("accept", factors.acceptance.optimistic());
        close("p_hat", factors.success());
        close("EV", factors.expected_value());
        close("novelty", factors.novelty);
        let tier = u8::try_from(item["tier"].as_u64().unwrap()).unwrap();
        if expect["score"].is_null() {
            assert!(factors.expected_value() <= 0.0, "{id}");
            continue;
        }
        close("score", factors.score_micros() as f64 / 1e6);
        ranked.push((tier, factors.score_micros(), id));
    }
    ranked.sort_by(|a, b| order(a.0, a.1, a.2).cmp(&order(b.0, b.1, b.2)));
    let ids: Vec<&str> = ranked.into_iter().map(|(_, _, id)| id).collect();
    let wanted: Vec<&str> = vectors["order"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(ids, wanted);
}

#[test]
fn equal_scores_go_by_id() {
    assert!(order(1, 5, "a") < order(1, 5, "b"));
    assert!(order(1, 6, "b") < order(1, 5, "a"));
    assert!(order(0, -9, "b") < order(1, 5, "a"));
}

proptest! {
    #[test]
    fn a_board_holds_six_beside_safety_and_two_of_a_category(
        items in prop::collection::vec((0_u8..3, 0_usize..5), 0..60),
    ) {
        let categories = ["a", "b", "c", "d", "e"];
        let fits = fits(items.iter().map(|(tier, category)| (*tier, categories[*category])));
        let shown: Vec<_> = items.iter().zip(&fits).filter(|(_, fits)| **fits).map(|(item, _)| item).collect();
        let (safety, others): (Vec<_>, Vec<_>) = shown.into_iter().partition(|(tier, _)| *tier == SAFETY_TIER);
        prop_assert_eq!(safety.len(), items.iter().filter(|(tier, _)| *tier == SAFETY_TIER).count());
        prop_assert!(others.len() <= MAX_ITEMS);
        let used: BTreeSet<usize> = others.iter().map(|(_, category)| *category).collect();
        for category in used {
            let same = others.iter().filter(|(_, c)| *c == category).count();
            prop_assert!(same <= MAX_ITEMS_PER_CATEGORY);
        }
    }
}
