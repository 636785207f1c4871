//! Why a profile says what it says, as text.

use std::fmt::Write as _;

use cardex_domain::profile::Verdict;
use cardex_wire::profile::Decimal;
use cardex_wire::query::{
    CorrectionView, EvidenceState, ExplainReply, ExplainedClaim, ExplainedEvidence, Lessening,
    OutlookView,
};
use cardex_wire::words::Standing;

use crate::clock::day;
use crate::clock::short;
use crate::commands::identity::show::joins;
use crate::commands::unassigned::word;
use crate::screen::Style;
use crate::screen::board::percent;
use crate::screen::profile::heading;

/// Each claim, and under it what it rests on.
pub(super) fn render(reply: &ExplainReply, style: Style) -> String {
    let mut text = heading(&reply.guest, style);
    text.push_str(&joins(&reply.identity, style));
    let mut when = format!("as of {}", day(reply.as_of.0));
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
    let says = |verdict: Option<_>| match verdict {
        Some(verdict) => format!("would be {}", Verdict::from(verdict).as_str()),
        None => "would say nothing".to_owned(),
    };
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
    let evidence = &explained.evidence;
    if let Some(stay) = &evidence.stay {
        let _ = write!(text, ", in stay {stay}");
    }
    if let Some(note) = &evidence.from_note {
        let words = explained.words.as_ref();
        let words = words.map_or_else(|| "the note".to_owned(), |words| format!("“{words}”"));
        let standing = match note.standing {
            Standing::Waiting => "not confirmed",
            Standing::Confirmed => "confirmed",
            Standing::Rejected => "rejected",
        };
        let _ = write!(text, ", read from {words}, {standing}");
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
        EvidenceState::NoPersonalNotes => ", the guest wants nothing personal noted",
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
    use serde_json::json;

    use super::*;

    #[test]
    fn an_explanation_says_who_learnt_it_where_what_counts_and_what_would_change_it() {
        let (stay, event) = ("s00000000000000000000000000", "e00000000000000000000000000");
        let evidence = |value: &str, state: &str, lessened: &[&str]| {
            json!({
                "evidence": {
                    "id": format!("{event}.0"), "attribute": "room.facing", "value": value,
                    "polarity": "for", "how": "stated", "observed_at": "2026-11-20T10:00:00+08:00",
                    "stay": stay, "property": "macau", "department": "front_desk", "app": "staff",
                    "event_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"
                },
                "day": "2026-11-20", "weight_q32": "4294967296", "state": state,
                "seen_by": "w-17", "sequence": 3, "lessened": lessened
            })
        };
        let label = json!({ "en": "facing", "zh": "朝向" });
        let reply = json!({
            "sequence": 9, "vocabulary": "v", "guest": { "members": [] }, "as_of": "2026-11-20",
            "known_at": "2026-11-21T08:00:00Z",
            "claims": [{
                "attribute": "room.facing", "label": label, "kind": "single", "value": "west",
                "verdict": "prefers", "p_ppm": 770_000, "confidence_ppm": 750_000,
                "for_q32": "8589934592", "against_q32": "0",
                "outlook": {
                    "turns": [{ "pieces": 2, "how": "observed", "polarity": "against", "verdict": "ask" }],
                    "fades": { "day": "2027-08-01" }
                },
                "evidence": [
                    evidence("west", "counts", &["newer_stated"]),
                    evidence("west", "saturated", &[]),
                ]
            }]
        });
        let expected = "\
no name\u{20}\u{20}
as of 2026-11-20, from what was recorded by 2026-11-21T08:00:00Z
room.facing=west prefers: likely 77 %, sure 75 %, weight 2.00 for and 0.00 against
    would be ask with 2 more observed against it, each on another stay
    would say nothing from 2027-08-01 on if nothing is added
    2026-11-20 stated for, by front_desk/staff at macau, weight 1.00, seen by w-17, in stay s00000000000000000000000000, less for another value was stated later  event 01ARZ3NDEKTSV4RRFFQ69G5FAV evidence e00000000000000000000000000.0
    2026-11-20 stated for, by front_desk/staff at macau, weight 1.00, seen by w-17, in stay s00000000000000000000000000, another of the stay counts  event 01ARZ3NDEKTSV4RRFFQ69G5FAV evidence e00000000000000000000000000.0
";
        let reply: ExplainReply = serde_json::from_value(reply).unwrap();
        assert_eq!(render(&reply, Style::PLAIN), expected);
    }

    #[test]
    fn weights_are_written_with_two_digits() {
        assert_eq!(hundredths(Decimal(1 << 32)), "1.00");
        assert_eq!(hundredths(Decimal((1 << 31) + (1 << 32))), "1.50");
        assert_eq!(hundredths(Decimal(0)), "0.00");
    }
}
