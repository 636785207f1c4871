//! What differs between two profiles: of two days, of two moments of knowledge, or of two guests.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cardex_domain::event::GuestRef;
use cardex_domain::ids::{NodeId, StayId};
use cardex_domain::profile::Verdict as Meaning;
use cardex_domain::time::{Day, Moment};
use cardex_wire::ProfileView;
use cardex_wire::profile::{AttributeView, ClaimView};
use cardex_wire::query::{ErrorCode, Get, GetReply, GetRequest, QueryError};
use cardex_wire::text::AsText;
use cardex_wire::words::Verdict;
use clap::Args;
use serde::Serialize;

use crate::args::about::AboutArgs;
use crate::ask::AskArgs;
use crate::clock::{parse_day, parse_moment};
use crate::exit::Usage;
use crate::screen::board::percent;
use crate::screen::{Format, Style, note};
use crate::session::Session;

/// Parts per million in a percent: a smaller difference of confidence is none.
const PERCENT_PPM: u32 = 10_000;

/// Say what is new, gone or otherwise between two days, two moments or two guests; exits with 0 whether or not they differ
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// The stay whose own evidence is to count too
    #[arg(long, value_name = "STAY")]
    for_stay: Option<StayId>,
    /// The earlier day for which evidence is weighed
    #[arg(long, value_name = "DAY", value_parser = parse_day, allow_hyphen_values = true)]
    from: Option<Day>,
    /// The later day [default: today]
    #[arg(long, value_name = "DAY", value_parser = parse_day, allow_hyphen_values = true)]
    to: Option<Day>,
    /// What had been recorded at this moment, against what is recorded later
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    known_from: Option<Moment>,
    /// The later moment [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_moment, requires = "known_from")]
    known_to: Option<Moment>,
    /// Another guest or stay, by its id, to compare with
    #[arg(long, value_name = "GUEST", conflicts_with_all = ["from", "known_from"])]
    other: Option<NodeId>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    ask: AskArgs,
    #[command(flatten)]
    about: AboutArgs,
}

impl Diff {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let sides = [
            self.other.is_some(),
            self.from.is_some(),
            self.known_from.is_some(),
        ];
        if !sides.contains(&true) {
            let missing = "say what to compare: --from DAY, --known-from TIME, or --other GUEST";
            return Err(Usage(missing.to_owned()).into());
        }
        let about = self.about.guest_ref()?;
        let other = self.other.map_or_else(|| about.clone(), GuestRef::Node);
        let earlier_day = self.from.or(self.to);
        let bus = session.connect().await?;
        let ask = async |about: GuestRef, as_of: Option<Day>, known_at: Option<Moment>| {
            let request = GetRequest {
                stay: self.for_stay.map(AsText),
                as_of: as_of.map(AsText),
                known_at: known_at.map(AsText),
                at_least: self.ask.at_least,
                wait_ms: self.ask.wait_ms(),
                ..GetRequest::of(about)
            };
            self.ask.ask::<Get>(&bus, &request).await
        };
        let before = match ask(about, earlier_day, self.known_from).await {
            Ok(reply) => Some(reply.profile),
            // Nobody knew of the guest then: everything is new.
            Err(error) if self.known_from.is_some() && is_unknown(&error) => None,
            Err(error) => return Err(error),
        };
        let after: GetReply = ask(other, self.to, self.known_to).await?;
        let differences = differences(before.as_ref(), &after.profile);
        let mut screen = self.format.screen();
        if screen.json() {
            return screen.objects(&differences, after.sequence);
        }
        screen.lag(after.sequence, after.behind);
        if differences.is_empty() {
            note("nothing differs");
        }
        screen.text(render(&differences, screen.style()))
    }
}

/// Whether the aggregator knows nobody by what was asked.
fn is_unknown(error: &anyhow::Error) -> bool {
    let query = error.downcast_ref::<QueryError>();
    query.is_some_and(|error| error.code == ErrorCode::NotFound)
}

/// A claim that stands otherwise in one profile than in the other.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Difference {
    change: Change,
    /// Whether it is a wish for one stay.
    wish: bool,
    attribute: String,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Standing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Standing>,
}

/// In which way it stands otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    New,
    Gone,
    Verdict,
    Confidence,
}

/// How a claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Standing {
    verdict: Option<Verdict>,
    p_ppm: u32,
    confidence_ppm: u32,
}

/// Everything that differs, wishes first, by attribute and value.
fn differences(before: Option<&ProfileView>, after: &ProfileView) -> Vec<Difference> {
    let (earlier, later) = (before.map(claims).unwrap_or_default(), claims(after));
    let mut keys: Vec<_> = earlier.keys().chain(later.keys()).collect();
    keys.sort();
    keys.dedup();
    let differs = |key: &&(bool, String, String)| {
        let (known, attribute, value) = (*key).clone();
        let (before, after) = (earlier.get(*key).copied(), later.get(*key).copied());
        Some(Difference {
            change: change(before, after)?,
            wish: !known,
            attribute,
            value,
            before,
            after,
        })
    };
    keys.iter().filter_map(differs).collect()
}

fn change(before: Option<Standing>, after: Option<Standing>) -> Option<Change> {
    let (before, after) = match (before, after) {
        (None, None) => return None,
        (None, Some(_)) => return Some(Change::New),
        (Some(_), None) => return Some(Change::Gone),
        (Some(before), Some(after)) => (before, after),
    };
    let percents = |s: Standing| (s.p_ppm / PERCENT_PPM, s.confidence_ppm / PERCENT_PPM);
    if before.verdict != after.verdict {
        Some(Change::Verdict)
    } else {
        (percents(before) != percents(after)).then_some(Change::Confidence)
    }
}

/// How every claim stands, by whether it is known rather than wished, attribute and value.
fn claims(profile: &ProfileView) -> BTreeMap<(bool, String, String), Standing> {
    let of = |known: bool, attributes: &[AttributeView]| -> Vec<_> {
        let each = |attribute: &AttributeView| -> Vec<_> {
            let name = attribute.attribute.to_string();
            let claim = |claim: &ClaimView| {
                let standing = Standing {
                    verdict: claim.verdict,
                    p_ppm: claim.p_ppm,
                    confidence_ppm: claim.confidence_ppm,
                };
                ((known, name.clone(), claim.value.clone()), standing)
            };
            attribute.claims.iter().map(claim).collect()
        };
        attributes.iter().flat_map(each).collect()
    };
    let mut all = of(false, &profile.wishes);
    all.extend(of(true, &profile.attributes));
    all.into_iter().collect()
}

fn render(differences: &[Difference], style: Style) -> String {
    let mut text = String::new();
    for difference in differences {
        let Difference {
            attribute, value, ..
        } = difference;
        let wish = if difference.wish {
            ", wished for the stay"
        } else {
            ""
        };
        let claim = style.bold(format!("{attribute}={value}"));
        let (before, after) = (difference.before.map(stands), difference.after.map(stands));
        let _ = match (before, after) {
            (Some(before), Some(after)) => writeln!(text, "~ {claim}{wish}: {before} → {after}"),
            (Some(before), None) => writeln!(text, "{} {claim}{wish}: {before}", style.red("-")),
            (None, Some(after)) => writeln!(text, "{} {claim}{wish}: {after}", style.green("+")),
            (None, None) => Ok(()),
        };
    }
    text
}

fn stands(standing: Standing) -> String {
    let verdict = standing
        .verdict
        .map_or("says nothing yet", |v| Meaning::from(v).as_str());
    format!(
        "{verdict}, likely {}, sure {}",
        percent(standing.p_ppm),
        percent(standing.confidence_ppm)
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn profile(claims: &Value, wishes: &Value) -> ProfileView {
        let attribute = |claims: &Value| {
            json!([{
                "attribute": "dining.cuisine", "view": "value", "kind": "multi", "claims": claims
            }])
        };
        serde_json::from_value(json!({
            "guest": { "members": [] }, "as_of": "2026-11-20",
            "attributes": attribute(claims), "wishes": attribute(wishes),
        }))
        .unwrap()
    }

    fn claim(value: &str, verdict: &str, p_ppm: u32) -> Value {
        json!({
            "value": value, "verdict": verdict, "p_ppm": p_ppm, "confidence_ppm": 500_000,
            "for_q32": "0", "against_q32": "0", "evidence": []
        })
    }

    #[test]
    fn what_differs_is_new_gone_or_otherwise() {
        let before = [
            claim("sichuan", "hint", 400_000),
            claim("cantonese", "prefers", 600_000),
            claim("thai", "prefers", 600_000),
            claim("french", "hint", 300_001),
        ];
        let after = [
            claim("sichuan", "prefers", 700_000),
            claim("thai", "prefers", 650_000),
            claim("french", "hint", 300_002),
            claim("italian", "hint", 310_000),
        ];
        let before = profile(&json!(before), &json!([]));
        let after = profile(&json!(after), &json!([claim("thai", "prefers", 500_000)]));
        let expected = "\
+ dining.cuisine=thai, wished for the stay: prefers, likely 50 %, sure 50 %
- dining.cuisine=cantonese: prefers, likely 60 %, sure 50 %
+ dining.cuisine=italian: hint, likely 31 %, sure 50 %
~ dining.cuisine=sichuan: hint, likely 40 %, sure 50 % → prefers, likely 70 %, sure 50 %
~ dining.cuisine=thai: prefers, likely 60 %, sure 50 % → prefers, likely 65 %, sure 50 %
";
        assert_eq!(
            render(&differences(Some(&before), &after), Style::PLAIN),
            expected
        );
        assert!(differences(Some(&before), &before).is_empty());
        assert_eq!(differences(None, &after).len(), 5);
    }
}
