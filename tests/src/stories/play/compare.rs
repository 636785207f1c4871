//! Comparing what departments got with what they were to get.

use std::collections::BTreeSet;

use cardex_domain::ids::StayId;
use cardex_wire::board::BoardView;
use cardex_wire::words::ChangeKind;

use super::{Found, Heard, Story};

/// The departments that a report shows first.
const FIRST_SHOWN: [&str; 3] = ["front_desk", "floor", "dining"];

/// A board that is to come.
#[derive(Debug)]
pub(super) struct Wanted<'s> {
    /// To whom.
    pub(super) department: &'s str,
    /// Of which stay; of any when `None`.
    pub(super) stay: Option<StayId>,
    /// Its lines; none when it is to be closed.
    pub(super) lines: &'s [String],
}

impl Wanted<'_> {
    fn is(&self, board: &BoardView) -> bool {
        let of_stay = self.stay.is_none_or(|stay| stay == board.stay.0);
        of_stay && self.department == board.department.0.as_str()
    }
}

/// Compares the boards that were to come, each once, with those that came.
pub(super) fn compare(told: &[Wanted<'_>], heard: &[Heard], story: &Story) -> Vec<(String, Found)> {
    let mut found = Vec::new();
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    for heard in heard {
        let board = &heard.board;
        let department = board.department.0.as_str();
        let place = told.iter().position(|wanted| wanted.is(board));
        let wanted = place
            .filter(|place| seen.insert(*place))
            .map(|place| told[place].lines);
        let lines = against(board, wanted);
        found.extend(lines.into_iter().map(|line| (department.to_owned(), line)));
        let news = board
            .changes
            .iter()
            .any(|change| matches!(change.kind, ChangeKind::Issued | ChangeKind::Revised));
        if news != board.alert {
            let alert = if news {
                "news without an alert"
            } else {
                "an alert without news"
            };
            found.push((department.to_owned(), Found::Unexpected(alert.to_owned())));
        }
        let text = String::from_utf8_lossy(&heard.payload).to_lowercase();
        for word in story
            .never_said
            .iter()
            .filter(|word| text.contains(&word.to_lowercase()))
        {
            let said = format!("the word “{word}”, which is not to be said");
            found.push((department.to_owned(), Found::Unexpected(said)));
        }
    }
    let unseen = told
        .iter()
        .enumerate()
        .filter(|(place, _)| !seen.contains(place));
    for (_, wanted) in unseen {
        let nothing = ["a closed board".to_owned()];
        let lines = if wanted.lines.is_empty() {
            &nothing[..]
        } else {
            wanted.lines
        };
        let missing = lines.iter().map(|line| Found::Missing(line.clone()));
        found.extend(missing.map(|line| (wanted.department.to_owned(), line)));
    }
    found.sort_by_key(|(department, _)| {
        let place = FIRST_SHOWN.iter().position(|first| first == department);
        (place.unwrap_or(FIRST_SHOWN.len()), department.clone())
    });
    found
}

/// Compares one board with the lines it was to have, in their order; `None` where it was not to come.
fn against(board: &BoardView, wanted: Option<&[String]>) -> Vec<Found> {
    let Some(wanted) = wanted else {
        let unexpected = board
            .items
            .iter()
            .map(|item| Found::Unexpected(item.text.clone()));
        let lines: Vec<Found> = unexpected.collect();
        let bare = || vec![Found::Unexpected("a board without lines".to_owned())];
        return if lines.is_empty() { bare() } else { lines };
    };
    if wanted.is_empty() && board.items.is_empty() {
        return vec![Found::Closed];
    }
    let mut found = Vec::new();
    for (place, line) in wanted.iter().enumerate() {
        found.push(match board.items.get(place) {
            Some(item) if item.text == *line => Found::Right {
                item: Box::new(item.clone()),
                is_news: board.changes.iter().any(|change| change.item == item.id),
            },
            _ => Found::Missing(line.clone()),
        });
    }
    let others = board.items.iter().enumerate();
    let others = others.filter(|(place, item)| wanted.get(*place) != Some(&item.text));
    found.extend(others.map(|(_, item)| Found::Unexpected(item.text.clone())));
    found
}

#[cfg(test)]
mod tests;
