//! A board as a compact card, the way a person at work reads it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cardex_domain::profile::Verdict;
use cardex_domain::time::Day;
use cardex_wire::board::{BoardView, ChangeView, ItemView, ReasonView};
use cardex_wire::text::AsText;
use cardex_wire::words::{BoardState, ChangeKind, Phase};

use super::Style;

/// How items stood on a board, by their ids.
pub(crate) type Before = BTreeMap<String, Stood>;

/// How an item stood.
pub(crate) struct Stood {
    text: String,
    waited: bool,
}

/// How the board's items stand, by which the next revision names those that are gone and those that are back.
pub(crate) fn standing(board: &BoardView) -> Before {
    let stood = |item: &ItemView| Stood {
        text: item.text.clone(),
        waited: item.parked_since.is_some(),
    };
    let items = board.items.iter();
    items
        .map(|item| (item.id.to_string(), stood(item)))
        .collect()
}

/// Whether what the change says is told in full only with the revision before.
pub(crate) fn needs_before(change: &ChangeView) -> bool {
    change.kind != ChangeKind::Issued
}

/// The card of a board after one on which items stood as in `before`; several lines, the last one ended.
pub(crate) fn render(board: &BoardView, before: &Before, style: Style) -> String {
    let mut card = heading(board, style);
    card.push('\n');
    if board.items.is_empty() {
        let nothing = match board.state {
            BoardState::Open => "nothing to do",
            BoardState::Closed => "closed: nothing is left to do",
        };
        let _ = writeln!(card, "  {}", style.dim(nothing));
    }
    for item in &board.items {
        let waited = before.get(&item.id.to_string());
        let news = news(board, item, waited.is_some_and(|stood| stood.waited));
        card.push_str(&line(item, news, style));
        if let Some(occasion) = occasion(item) {
            let _ = writeln!(card, "      {}", style.dim(occasion));
        }
        for reason in &item.reasons {
            let _ = writeln!(card, "      {}", style.dim(why(item, reason)));
        }
    }
    for change in &board.changes {
        let gone = match change.kind {
            ChangeKind::Withdrawn => "withdrawn",
            ChangeKind::Expired => "not answered",
            ChangeKind::Closed => "closed",
            ChangeKind::Issued | ChangeKind::Revised => continue,
        };
        let said = before.get(&change.item.to_string());
        let said = said.map_or("what stood here earlier", |stood| &stood.text);
        let _ = writeln!(card, "  {}", style.dim(format!("- {gone}: {said}")));
    }
    card
}

/// Whose stay it is: room and name, which stand out, then days and how far the stay has come.
pub(crate) fn whose(board: &BoardView) -> (String, String) {
    let room = board
        .room
        .as_ref()
        .map_or("no room yet", |room| room.as_str());
    let phase = match board.phase {
        Phase::Reserved => "expected",
        Phase::InHouse => "in house",
        Phase::Over => "over",
    };
    let who = format!("{room}  {}", board.guest);
    let (arrival, departure) = (day(board.arrival), day(board.departure));
    (who, format!("{arrival} – {departure}  {phase}"))
}

/// What a section is told of a board that is no longer led to it.
pub(crate) fn leaves(board: &BoardView) -> String {
    let (who, _) = whose(board);
    let sections: Vec<&str> = board.sections.iter().map(|id| id.0.as_str()).collect();
    format!(
        "{who}  is with another section now: {}\n",
        sections.join(", ")
    )
}

/// Who, where, how long, and which revision of whose board.
pub(crate) fn heading(board: &BoardView, style: Style) -> String {
    let (who, stays) = whose(board);
    let sections = board.sections.iter();
    let sections: String = sections.map(|section| format!(" · {section}")).collect();
    let of = format!(
        "{}{sections} · {} · revision {}",
        board.department, board.stay, board.revision
    );
    let alert = if board.alert {
        style.yellow("  ●")
    } else {
        String::new()
    };
    format!("{}  {stays}{alert}  {}", style.bold(who), style.dim(of))
}

fn day(day: Option<AsText<Day>>) -> String {
    day.map_or_else(|| "?".to_owned(), |day| day.0.to_string())
}

/// What is new about the item since the revision before, on which it `waited` or not.
pub(crate) fn news(board: &BoardView, item: &ItemView, waited: bool) -> Option<&'static str> {
    let changed = board.changes.iter().find(|change| change.item == item.id);
    match changed?.kind {
        ChangeKind::Issued => Some("new"),
        ChangeKind::Revised if waited && item.parked_since.is_none() => Some("back"),
        ChangeKind::Revised => Some("changed"),
        ChangeKind::Withdrawn | ChangeKind::Expired | ChangeKind::Closed => None,
    }
}

fn line(item: &ItemView, news: Option<&str>, style: Style) -> String {
    let mark = match news {
        Some("new") => style.green("  new"),
        Some(other) => style.yellow(format!("  {other}")),
        None => String::new(),
    };
    let (bullet, text) = match item.tier {
        0 => (style.red("!"), style.red(&item.text)),
        _ if item.parked_since.is_some() => ("•".to_owned(), style.dim(&item.text)),
        _ => ("•".to_owned(), item.text.clone()),
    };
    let stands = stands(item).map(|stands| style.dim(format!("  {stands}")));
    let stands: String = stands.collect();
    format!("  {bullet} {text}{mark}{stands}\n")
}

/// How the item stands: until when it is to be done, that it waits, and who has seen it.
pub(crate) fn stands(item: &ItemView) -> impl Iterator<Item = String> {
    let waits = item
        .parked_since
        .map(|_| "waits: do not disturb".to_owned());
    let until = until(item).map(|until| format!("until {until}"));
    [until, waits, seen(item)].into_iter().flatten()
}

/// Who has seen the item, where somebody is to: also of those that nobody acknowledged in time.
fn seen(item: &ItemView) -> Option<String> {
    let from = item.escalated_from.as_ref();
    match (item.acknowledged_at, from) {
        (Some(_), _) => Some("acknowledged".to_owned()),
        (None, Some(from)) => Some(format!("escalated from {from}")),
        (None, None) => item.escalated.then(|| "escalated".to_owned()),
    }
}

/// The rule and what it is for, where it speaks by the hotel's clock.
pub(crate) fn occasion(item: &ItemView) -> Option<String> {
    let name = &item.occasion.as_ref()?.name;
    Some(format!("{}: by the hotel's clock, {name}", item.rule))
}

/// Day, hour and minute until which the item is to be done, where there is such.
pub(crate) fn until(item: &ItemView) -> Option<String> {
    let until = item.occasion.as_ref()?.until?.0.to_string();
    Some(format!("{} {}", &until[..10], &until[11..16]))
}

/// The rule, what it rests on as far as the department may see it, how sure that is, and where it was learnt.
pub(crate) fn why(item: &ItemView, reason: &ReasonView) -> String {
    let verdict = Verdict::from(reason.verdict).as_str();
    let claim = reason
        .claim
        .as_ref()
        .map(|claim| format!("{}={} ", claim.attribute, claim.value));
    format!(
        "{}: {}{verdict} {}, learnt {} by {} at {}",
        item.rule,
        claim.unwrap_or_default(),
        percent(reason.confidence_ppm),
        reason.learnt_at.day(),
        reason.learnt_by,
        reason.learnt_property,
    )
}

/// Parts per million as whole percent, rounded down: 100 % is certain.
pub(crate) fn percent(ppm: u32) -> String {
    format!("{} %", ppm / 10_000)
}

#[cfg(test)]
pub(super) mod tests;
