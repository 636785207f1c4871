//! The known words that look most like one that is not known: what somebody probably meant.

use cardex_domain::vocabulary::normalised;

/// How many nearest words are offered.
const SUGGESTIONS_MAX: usize = 3;

/// The known words that look most like `given`, as the end of a sentence; empty when none does.
pub(crate) fn offer<'w>(given: &str, known: impl IntoIterator<Item = &'w str>) -> String {
    let near = nearest(given, known);
    if near.is_empty() {
        String::new()
    } else {
        format!("; nearest: {}", near.join(", "))
    }
}

/// The known words that look most like `given`, nearest first, of those the ones of its length.
pub(crate) fn nearest<'w>(given: &str, known: impl IntoIterator<Item = &'w str>) -> Vec<&'w str> {
    let given = normalised(given);
    let known = known.into_iter().filter(|word| !word.is_empty());
    let length = |word: &str| word.chars().count();
    let mut near: Vec<(usize, usize, &str)> = known
        .map(|word| {
            (
                distance(&given, word),
                length(&given).abs_diff(length(word)),
                word,
            )
        })
        .filter(|(distance, _, word)| *distance <= length(word).max(4) / 2)
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter()
        .take(SUGGESTIONS_MAX)
        .map(|(_, _, word)| word)
        .collect()
}

/// Levenshtein's distance: characters to change, add or take away; a word that begins or ends alike is near.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > 2 && (b.contains(a) || a.contains(b)) {
        return 1;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_changes() {
        assert_eq!(distance("abc", "abd"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "xyz"), 3);
    }

    #[test]
    fn what_looks_alike_is_offered_and_nothing_else() {
        let departments = ["front_desk", "floor", "dining", "kitchen"];
        assert_eq!(offer("kitchn", departments), "; nearest: kitchen");
        assert_eq!(offer("dinning", departments), "; nearest: dining");
        assert_eq!(offer("spa", departments), "");
        assert_eq!(offer("booked_at", ["", "booked"]), "; nearest: booked");
    }
}
