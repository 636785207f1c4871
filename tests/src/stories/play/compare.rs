//! Comparing what departments got with what they were to get.

use std::collections::BTreeSet;

use cardex_domain::ids::StayId;
use cardex_wire::board::{BoardView, ChangeView};
use cardex_wire::words::ChangeKind;

use super::{Found, Heard, Story};
use crate::stories::script::{Step, Told};

/// The departments that a report shows first.
const FIRST_SHOWN: [&str; 3] = ["front_desk", "floor", "dining"];

/// A board that is to come.
#[derive(Debug)]
pub(in crate::stories) struct Wanted<'s> {
    /// To whom.
    department: &'s str,
    /// Of which stay; of any when `None`.
    stay: Option<StayId>,
    /// Its lines; none when it is to be closed.
    lines: &'s [String],
    /// The same in other languages, where a step says so.
    others: Vec<(&'s str, &'s [String])>,
    /// The sections that are to read it, where a step says so.
    sections: Option<&'s [String]>,
}

impl<'s> Wanted<'s> {
    /// The board that a step is to lead to, of the stay of this reservation where it says of which.
    pub(in crate::stories) fn of(
        step: &'s Step,
        department: &'s str,
        stay: Option<(&str, StayId)>,
    ) -> Self {
        let lines = match (step.told.get(department), stay) {
            (Some(Told::Board(lines)), _) => &lines[..],
            (Some(Told::Boards(boards)), Some((of, _))) => boards.get(of).map_or(&[][..], |l| l),
            _ => &[],
        };
        let others = step.told_in.iter().filter(|_| stay.is_none());
        let others = others.filter_map(|(tag, told)| Some((&**tag, &told.get(department)?[..])));
        Self {
            department,
            stay: stay.map(|(_, id)| id),
            lines,
            others: others.collect(),
            sections: step.sections.get(department).map(|of| &of[..]),
        }
    }

    fn is(&self, board: &BoardView) -> bool {
        let of_stay = self.stay.is_none_or(|stay| stay == board.stay.0);
        of_stay && self.department == board.department.0.as_str()
    }
}

/// Compares the boards that were to come, each once, with those that came.
pub(in crate::stories) fn compare(
    told: &[Wanted<'_>],
    heard: &[Heard],
    story: &Story,
) -> Vec<(String, Found)> {
    let mut found = Vec::new();
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    for heard in heard {
        let board = &heard.board;
        let department = board.department.0.as_str();
        let place = told.iter().position(|wanted| wanted.is(board));
        let wanted = place
            .filter(|place| seen.insert(*place))
            .map(|place| &told[place]);
        let mut lines = against(board, wanted.map(|wanted| wanted.lines));
        let others = wanted.into_iter().flat_map(|wanted| &wanted.others);
        lines.extend(others.filter_map(|(tag, wanted)| reads_otherwise(board, tag, wanted)));
        let sections = wanted.and_then(|wanted| wanted.sections);
        lines.extend(sections.and_then(|wanted| is_read_by_others(board, wanted)));
        found.extend(lines.into_iter().map(|line| (department.to_owned(), line)));
        let news = board.changes.iter().any(|change| is_news(board, change));
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

/// Whether somebody reads something otherwise than before, or is to do now what waited until then. That a line was seen, or was
/// not in time, is no news, nor is one that waits.
fn is_news(board: &BoardView, change: &ChangeView) -> bool {
    let item = board.items.iter().find(|item| item.id == change.item);
    if item.is_some_and(|item| item.parked_since.is_some()) {
        return false;
    }
    match change.kind {
        ChangeKind::Issued => true,
        ChangeKind::Revised => item.is_some_and(|item| {
            let waited = item.since_revision == board.revision;
            waited || (item.acknowledged_at.is_none() && !item.escalated)
        }),
        ChangeKind::Withdrawn | ChangeKind::Expired | ChangeKind::Closed => false,
    }
}

/// Says how a board reads in another language, where it is to read otherwise.
fn reads_otherwise(board: &BoardView, tag: &str, wanted: &[String]) -> Option<Found> {
    let read = board.items.iter().map(|item| item.texts.get(tag));
    let read: Vec<&str> = read.map(|text| text.map_or("", |text| text)).collect();
    let department = &board.department;
    (read != wanted).then(|| Found::Unexpected(format!("in.{tag}.{department} = {read:?}")))
}

/// Says which sections read a board, where others are to.
fn is_read_by_others(board: &BoardView, wanted: &[String]) -> Option<Found> {
    let read: Vec<&str> = board.sections.iter().map(|id| id.0.as_str()).collect();
    let department = &board.department;
    (read != wanted).then(|| Found::Unexpected(format!("sections.{department} = {read:?}")))
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
