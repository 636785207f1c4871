//! Why a profile says what it says, as text.

use std::fmt::Write as _;

use cardex_domain::profile::Verdict;
use cardex_wire::profile::Decimal;
use cardex_wire::query::{
    CorrectionView, EvidenceState, ExplainReply, ExplainedClaim, ExplainedEvidence, Lessening,
    OutlookView,
};

use crate::clock::short;
use crate::commands::unassigned::word;
use crate::screen::Style;
use crate::screen::board::percent;
use crate::screen::profile::heading;

/// Each claim, and under it what it rests on.
pub(super) fn render(reply: &ExplainReply, style: Style) -> String {
    let mut text = heading(&reply.guest, style);
    let mut when = format!("as of {}", reply.as_of);
    if let Some(at) = &reply.known_at {
        let _ = write!(when, ", from what was recorded by {at}");
    }
    let _ = writeln!(text, "{}", style.dim(when));
    if reply.claims.is_empty() && reply.uncurated.is_empty() {
        text.push_str("nothing is known yet\n");
    }
    for claim in &reply.claims {
        text.push_str(&claim_line(claim, style));
        text.push_str(&outlook_lines(&claim.outlook, style));
        for evidence in &claim.evidence {
            text.push_str(&evidence_line(evidence, style));
        }
    }
    if !reply.uncurated.is_empty() {
        text.push_str("the vocabulary has no word for\n");
    }
    for explained in &reply.uncurated {
        let (attribute, value) = (&explained.evidence.attribute, &explained.evidence.value);
        let _ = writeln!(text, "  {attribute}={value}");
        text.push_str(&evidence_line(explained, style));
    }
    text
}

fn claim_line(claim: &ExplainedClaim, style: Style) -> String {
    let verdict = claim
        .verdict
        .map_or("says nothing yet", |v| Verdict::from(v).as_str());
    let wish = if claim.wish { " for this stay" } else { "" };
    format!(
        "{}{wish} {verdict}: likely {}, sure {}, weight {} for and {} against\n",
        style.bold(format!("{}={}", claim.attribute, claim.value)),
        percent(claim.p_ppm),
        percent(claim.confidence_ppm),
        hundredths(claim.for_q32),
        hundredths(claim.against_q32),
    )
}

/// What would give the claim another verdict, a line each.
fn outlook_lines(outlook: &OutlookView, style: Style) -> String {
    let mut text = String::new();
    let says = |verdict: Option<_>| verdict.map_or("nothing", |v| Verdict::from(v).as_str());
    for turn in &outlook.turns {
        let stays = if turn.pieces == 1 {
            "on another stay"
        } else {
            "each on another stay"
        };
        let line = format!(
            "{} with {} more {} {} it, {stays}",
            says(turn.verdict),
            turn.pieces,
            word(&turn.how),
            word(&turn.polarity),
        );
        let _ = writeln!(text, "    {}", style.dim(line));
    }
    if let Some(fade) = &outlook.fades {
        let line = format!(
            "{} from {} on if nothing is added",
            says(fade.verdict),
            fade.day
        );
        let _ = writeln!(text, "    {}", style.dim(line));
    }
    text
}

/// Where it was learnt beside the department and the property, and why it weighs less.
fn learnt(explained: &ExplainedEvidence) -> String {
    let mut text = String::new();
    if let Some(by) = &explained.seen_by {
        let _ = write!(text, ", seen by {by}");
    }
    if let Some(stay) = &explained.evidence.stay {
        let _ = write!(text, ", in stay {stay}");
    }
    for lessening in &explained.lessened {
        text.push_str(match lessening {
            Lessening::NewerStated => ", less for another value was stated later",
            Lessening::OtherTrip => ", less for it is from a trip for another purpose",
        });
    }
    text
}

fn evidence_line(explained: &ExplainedEvidence, style: Style) -> String {
    let evidence = &explained.evidence;
    let state = match explained.state {
        EvidenceState::Counts => "",
        EvidenceState::Saturated => ", another of the stay counts",
        EvidenceState::Future => ", not yet",
        EvidenceState::Retracted => ", taken back",
        EvidenceState::OtherProperty => ", bound to that property",
        EvidenceState::OtherStay => ", for another stay alone",
        EvidenceState::Discounted => ", put right",
    };
    let trip = evidence.purpose.map(|purpose| word(&purpose));
    let trip = trip.map_or_else(String::new, |trip| format!(" on a {trip} trip"));
    let line = format!(
        "{} {} {}{trip}, by {}/{} at {}, weight {}{}{state}",
        explained.day,
        word(&evidence.how),
        word(&evidence.polarity),
        evidence.department,
        evidence.app,
        evidence.property,
        hundredths(explained.weight_q32),
        learnt(explained),
    );
    let id = style.dim(format!(
        "event {} evidence {}",
        evidence.event_id, evidence.id
    ));
    let mut text = match explained.state {
        EvidenceState::Counts => format!("    {line}  {id}\n"),
        _ => format!("    {}  {id}\n", style.dim(line)),
    };
    if let Some(correction) = &explained.correction {
        text.push_str(&correction_line(correction, style));
    }
    text
}

/// What is so instead, who says so and why.
fn correction_line(correction: &CorrectionView, style: Style) -> String {
    let judgement = word(&correction.judgement).replace('_', " ");
    let mut text = format!("{judgement}, {}", short(correction.occurred_at.0));
    if let Some(by) = &correction.by {
        let _ = write!(text, " by {by}");
    }
    if let Some(why) = &correction.why {
        let _ = write!(text, ": {why}");
    }
    let key = format!("event {}", correction.event);
    format!("      {}  {}\n", style.yellow(text), style.dim(key))
}

/// A weight of 2⁻³² parts with two digits after the point.
fn hundredths(weight: Decimal) -> String {
    let hundredths = (weight.0 * 100) >> 32;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_written_with_two_digits() {
        assert_eq!(hundredths(Decimal(1 << 32)), "1.00");
        assert_eq!(hundredths(Decimal((1 << 31) + (1 << 32))), "1.50");
        assert_eq!(hundredths(Decimal(0)), "0.00");
    }
}
