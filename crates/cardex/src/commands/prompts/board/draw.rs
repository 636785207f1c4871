//! The live board on a terminal of any size: a function of what is shown.

use cardex_domain::event::OutcomeKind;
use cardex_wire::board::{BoardView, ItemView};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::keys;
use super::model::{Model, word};
use crate::screen::board::{stands, whose, why};
use crate::screen::wrap::wrap as wrapped;

/// The keys that matter most, in 80 columns.
const KEYS: &str =
    "a seen d done + delighted x declined n not possible w wrong ⏎ why ? help q quit";

/// Draws all of it.
pub(super) fn draw(model: &Model, frame: &mut Frame<'_>) {
    let parts = [
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ];
    let [top, body, status, keys] = Layout::vertical(parts).areas(frame.area());
    frame.render_widget(heading(model, top.width.into()), top);
    let lines = match model.shows_help {
        true => help(),
        false => lines(model, body),
    };
    frame.render_widget(Paragraph::new(lines), body);
    let (said, bad) = &model.status;
    let style = match bad {
        true => Style::new().fg(Color::Yellow),
        false => Style::new(),
    };
    frame.render_widget(Line::styled(said.as_str(), style), status);
    frame.render_widget(Line::styled(KEYS, dim()), keys);
}

fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

fn heading(model: &Model, width: usize) -> Line<'_> {
    let boards = model.boards();
    let count: usize = boards.iter().map(|board| board.items.len()).sum();
    let guests = counted(boards.len(), "guest");
    let counts = format!("{guests}, {} ", counted(count, "line"));
    let title = format!(" Cardex · {}", model.title);
    let gap = width.saturating_sub(title.width() + counts.width()).max(1);
    let text = format!("{title}{}{counts}", " ".repeat(gap));
    Line::styled(text, Style::new().add_modifier(Modifier::REVERSED))
}

/// So many of them, in words.
fn counted(count: usize, what: &str) -> String {
    let many = if count == 1 { "" } else { "s" };
    format!("{count} {what}{many}")
}

fn help() -> Vec<Line<'static>> {
    let mut lines = vec![Line::raw("")];
    for (key, does) in keys::HELP {
        let gap = " ".repeat(12_usize.saturating_sub(key.width()));
        lines.push(Line::raw(format!("  {key}{gap}{does}")));
    }
    lines.push(Line::raw(""));
    lines.push(Line::raw(
        "  ! is safety. ● is news worth a look now. Any other key goes back.",
    ));
    lines
}

/// The part of the boards that the place of the chosen line is in.
fn lines(model: &Model, body: Rect) -> Vec<Line<'_>> {
    let boards = model.boards();
    if boards.is_empty() {
        return vec![Line::raw(""), Line::styled("  nothing to do", dim())];
    }
    let (width, height) = (usize::from(body.width), usize::from(body.height));
    let (mut lines, mut number, mut looked_at) = (Vec::new(), 0, 0);
    for board in boards {
        lines.push(guest(board));
        for item in &board.items {
            if number == model.place() {
                looked_at = lines.len();
            }
            number += 1;
            lines.extend(item_lines(model, board, item, width));
        }
    }
    // A third of the screen stays above: the guest whose line it is, mostly, is among that.
    let last = lines.len().saturating_sub(height);
    let first = looked_at.saturating_sub(height / 3).min(last);
    lines.into_iter().skip(first).take(height).collect()
}

fn guest(board: &BoardView) -> Line<'_> {
    let (who, stays) = whose(board);
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let mut spans = vec![Span::styled(who, bold), Span::raw(format!("  {stays}"))];
    if board.alert {
        spans.push(Span::styled("  ●", Style::new().fg(Color::Yellow)));
    }
    Line::from(spans)
}

/// The item, over as many lines as it takes, and why it stands there, where that is shown.
fn item_lines<'a>(
    model: &Model,
    board: &BoardView,
    item: &ItemView,
    width: usize,
) -> Vec<Line<'a>> {
    let chosen = model
        .chosen()
        .is_some_and(|(_, chosen)| *chosen == item.id.0);
    let pointer = if chosen { ">" } else { " " };
    let bullet = if item.tier == 0 { "!" } else { "•" };
    let mut style = match item.tier {
        0 => Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
        _ if item.parked_since.is_some() => dim(),
        _ => Style::new(),
    };
    if chosen {
        style = style.add_modifier(Modifier::REVERSED);
    }
    let text = match mark(model, board, item) {
        Some(mark) => format!("{}  [{mark}]", item.text),
        None => item.text.clone(),
    };
    let wrapped = wrap(&text, width.saturating_sub(4));
    let mut lines: Vec<Line<'a>> = wrapped
        .into_iter()
        .enumerate()
        .map(|(n, part)| match n {
            0 => Line::styled(format!("{pointer} {bullet} {part}"), style),
            _ => Line::styled(format!("    {part}"), style),
        })
        .collect();
    if model.shows_reasons {
        for reason in &item.reasons {
            let parts = wrap(&why(item, reason), width.saturating_sub(6)).into_iter();
            lines.extend(parts.map(|part| Line::styled(format!("      {part}"), dim())));
        }
    }
    lines
}

/// What is to be said beside the text: what was answered from here, else what is new about it and how it stands.
fn mark(model: &Model, board: &BoardView, item: &ItemView) -> Option<String> {
    if let Some(answer) = model.answer(&item.id.0) {
        let said = match answer.kind {
            OutcomeKind::Acknowledged => "seen",
            kind => word(kind),
        };
        let pending = if answer.stored { "" } else { " …" };
        return Some(format!("{said}{pending}"));
    }
    let news = model.news(board.stay.0, &item.id.0).map(str::to_owned);
    let marks: Vec<String> = news.into_iter().chain(stands(item)).collect();
    (!marks.is_empty()).then(|| marks.join(", "))
}

/// The text in parts of at most `width` columns.
fn wrap(text: &str, width: usize) -> Vec<String> {
    wrapped(text, width, |c| c.width().unwrap_or(0))
}

#[cfg(test)]
mod tests;
