//! Why the lines of a board stand where they stand, for people.

use std::fmt::Write as _;

use cardex_domain::board::Ranking;
use cardex_playbook::rank::{Factors, SAFETY_TIER};
use cardex_wire::BoardView;
use cardex_wire::board::ItemView;

use super::Style;
use super::board::{heading, percent};

/// The lines of the board, best first, each with what its place was worked out from; several lines, the last one ended.
pub(crate) fn ranked(board: &BoardView, style: Style) -> String {
    let mut text = heading(board, style);
    text.push('\n');
    for (place, item) in (1..).zip(&board.items) {
        let _ = writeln!(text, "  {place}. {}", item.text);
        for line in lines(item) {
            let _ = writeln!(text, "     {}", style.dim(line));
        }
    }
    if board.items.is_empty() {
        let _ = writeln!(text, "  {}", style.dim("nothing to do"));
    }
    text
}

fn lines(item: &ItemView) -> Vec<String> {
    let score = decimal(item.score);
    if item.tier == SAFETY_TIER {
        return vec![format!(
            "{}: safety comes first and is never cut; score {score} among safety",
            item.rule
        )];
    }
    let mut lines = vec![format!(
        "{}: score {score} = worth × urgency × novelty × declines",
        item.rule
    )];
    let Some(view) = item.ranking else {
        lines.push(
            "made by an older version, which did not keep what the score was worked out from"
                .to_owned(),
        );
        return lines;
    };
    let ranking = Ranking::from(view);
    let factors = Factors::from(ranking);
    let (up, down) = (
        quarters(ranking.tally.taken_up),
        quarters(ranking.tally.turned_down),
    );
    lines.push(format!(
        "right {} × taken up {:.0} % (so far {up} times, not {down} times) = {:.0} %",
        percent(ranking.probability_ppm),
        factors.acceptance.optimistic() * 100.0,
        factors.success() * 100.0,
    ));
    lines.push(format!(
        "worth {:.3}: {} when right, costs {} when wrong, so it pays from {:.0} % on",
        factors.expected_value(),
        ranking.benefit,
        ranking.cost,
        factors.break_even() * 100.0,
    ));
    lines.push(format!("urgency {} %", ranking.urgency_percent));
    lines.push(match ranking.shown_days_ago {
        Some(days) => format!(
            "novelty {:.0} %: shown in another stay {days} days ago, and nothing learnt since",
            factors.novelty * 100.0
        ),
        None => "novelty 100 %: not shown in another stay without news since".to_owned(),
    });
    if ranking.declines > 0 {
        let plural = if ranking.declines == 1 { "" } else { "s" };
        let declines = ranking.declines;
        lines.push(format!(
            "declined in {declines} other stay{plural}: halved for each"
        ));
    }
    lines
}

fn decimal(micros: i64) -> String {
    format!("{:.6}", micros as f64 / 1e6)
}

fn quarters(quarters: u64) -> String {
    let (whole, rest) = (quarters / 4, quarters % 4);
    match rest {
        0 => whole.to_string(),
        rest => format!("{whole}.{:02}", rest * 25),
    }
}

#[cfg(test)]
mod tests;
