//! `cardex prompts stats`: what became of what rules said, and which of them nobody acts on.

use std::collections::BTreeSet;

use cardex_domain::event::OutcomeKind;
use cardex_domain::followed::{ByRule, Followed};
use cardex_domain::ids::DepartmentId;
use cardex_domain::time::Day;
use cardex_wire::query::{Stats as Operation, StatsReply, StatsRequest};
use cardex_wire::text::AsText;
use clap::Args;
use serde::Serialize;

use crate::args::departments;
use crate::ask::AskArgs;
use crate::clock::{WHOSE_CLOCK, parse_day};
use crate::exit::Usage;
use crate::screen::table::Table;
use crate::screen::{Format, Screen, note};
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  cardex prompts stats --property macau
  cardex prompts stats --property macau --department floor --since 2026-11-01 --until 2026-11-30
  cardex prompts stats --property macau --json | jq 'select(.ignored) | .rule'

Counted are all lines of stays that arrive in the time, and of others those that came onto a board in it; each once \
in every way it was answered. Seen are those that anybody acknowledged or acted on, after the median time from \
when they came, or came back from behind a sign on the door; in time are those of them that were seen before the rule's `acknowledge_within` had passed, and \
escalated those that by then nobody had acknowledged. Expired are those that stood until the stay ended. A rule that \
nobody acts on has such, and nothing else ever came of it.";

/// What became of what rules said.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{WHOSE_CLOCK}"))]
pub(super) struct Stats {
    /// Only what this department was told [default: every one]
    #[arg(long = "department", value_name = "DEPARTMENT")]
    of: Option<DepartmentId>,
    /// The first day: 2026-11-20, yesterday, -7 [default: 30 days before the last]
    #[arg(long, value_name = "DAY", value_parser = parse_day, allow_hyphen_values = true)]
    since: Option<Day>,
    /// The last day [default: today]
    #[arg(long, value_name = "DAY", value_parser = parse_day, allow_hyphen_values = true)]
    until: Option<Day>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    ask: AskArgs,
}

/// One rule in one department, for programs.
#[derive(Serialize)]
struct Row<'a> {
    department: &'a str,
    rule: &'a str,
    issued: u64,
    acknowledged: u64,
    acknowledged_in_time: u64,
    escalated: u64,
    done: u64,
    delighted: u64,
    declined: u64,
    not_possible: u64,
    wrong: u64,
    expired: u64,
    median_seconds_to_acknowledge: Option<u64>,
    ignored: bool,
    since: AsText<Day>,
    until: AsText<Day>,
}

impl Stats {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        if let (Some(since), Some(until)) = (self.since, self.until)
            && since > until
        {
            return Err(Usage("--since lies behind --until".to_owned()).into());
        }
        if let Some(department) = &self.of {
            departments::doubt(&session.settings, department);
        }
        let bus = self.ask.connect(session).await?;
        let mut screen = self.format.screen();
        let mut rules = ByRule::new();
        let mut request = StatsRequest {
            department: self.of.clone().map(AsText),
            since: self.since.map(AsText),
            until: self.until.map(AsText),
            from: None,
            at_least: self.ask.at_least,
            wait_ms: self.ask.wait_ms(),
        };
        let last = loop {
            let reply = self.ask.ask::<Operation>(&bus, &request).await?;
            for view in &reply.rules {
                let rule = (view.department.0.clone(), view.rule.0.clone());
                rules.entry(rule).or_default().join(view.followed());
            }
            request.from = reply.next;
            // The time of the first page is that of all, also when midnight comes between.
            request.since = Some(reply.since);
            request.until = Some(reply.until);
            if reply.next.is_none() {
                break reply;
            }
        };
        screen.lag(last.sequence, last.behind);
        show(&rules, &last, &mut screen)
    }
}

fn show(rules: &ByRule, last: &StatsReply, screen: &mut Screen) -> anyhow::Result<()> {
    if screen.json() {
        let rows = rules.iter().map(|((department, rule), of)| Row {
            department: department.as_str(),
            rule: rule.as_str(),
            issued: of.issued,
            acknowledged: of.acknowledged(),
            acknowledged_in_time: of.in_time,
            escalated: of.escalated,
            done: of.count(OutcomeKind::Done),
            delighted: of.count(OutcomeKind::Delighted),
            declined: of.count(OutcomeKind::Declined),
            not_possible: of.count(OutcomeKind::NotPossible),
            wrong: of.count(OutcomeKind::Wrong),
            expired: of.expired,
            median_seconds_to_acknowledge: of.median_wait_seconds(),
            ignored: of.is_ignored(),
            since: last.since,
            until: last.until,
        });
        let rows: Vec<Row<'_>> = rows.collect();
        return screen.objects(&rows, last.sequence);
    }
    if rules.is_empty() {
        note(format!(
            "nothing came onto a board from {} to {}",
            last.since, last.until
        ));
        return Ok(());
    }
    screen.text(table(rules).render(screen.style()))?;
    let ignored: Vec<_> = rules.iter().filter(|(_, of)| of.is_ignored()).collect();
    if ignored.is_empty() {
        return Ok(());
    }
    screen.line("\nnobody acts on:")?;
    for ((department, rule), of) in &ignored {
        screen.line(format!("  {department}: {rule}, {}", looked_at(of)))?;
    }
    let advice = ignored.iter().map(|(_, of)| advice(of));
    for advice in advice.collect::<BTreeSet<_>>() {
        screen.line(format!("{advice}."))?;
    }
    screen.line(
        "`cardex playbook simulate` shows what a changed playbook would tell, before `activate`.",
    )
}

/// How many of its lines anybody saw.
fn looked_at(of: &Followed) -> String {
    match of.acknowledged() {
        0 => "never seen".to_owned(),
        seen => format!("seen {seen} of {} times", of.issued),
    }
}

/// What to do about a rule that nobody acts on.
fn advice(of: &Followed) -> &'static str {
    match of.acknowledged() {
        0 => {
            "What nobody sees may be on the wrong board: give it to another of `departments`, or have it escalated with \
             `acknowledge_within`"
        }
        _ => {
            "What people see and leave may not say what to do, come too late or not be worth it: reword it, change its \
             `trigger`, or take it out"
        }
    }
}

fn table(rules: &ByRule) -> Table {
    let mut table = Table::new(&[
        "department",
        "rule",
        "issued",
        "seen",
        "after",
        "in time",
        "escalated",
        "done",
        "delighted",
        "declined",
        "not possible",
        "wrong",
        "expired",
    ]);
    for ((department, rule), of) in rules {
        let count = |kind| of.count(kind).to_string();
        table.row([
            department.to_string(),
            rule.to_string(),
            of.issued.to_string(),
            of.acknowledged().to_string(),
            after(of),
            of.in_time.to_string(),
            of.escalated.to_string(),
            count(OutcomeKind::Done),
            count(OutcomeKind::Delighted),
            count(OutcomeKind::Declined),
            count(OutcomeKind::NotPossible),
            count(OutcomeKind::Wrong),
            of.expired.to_string(),
        ]);
    }
    table
}

/// The median time until a person answered, to read.
fn after(of: &Followed) -> String {
    match of.median_wait_seconds() {
        None => "–".to_owned(),
        Some(seconds @ 0..120) => format!("{seconds} s"),
        Some(seconds @ 120..7_200) => format!("{} min", seconds / 60),
        Some(seconds @ 7_200..172_800) => format!("{} h", seconds / 3_600),
        Some(seconds) => format!("{} days", seconds / 86_400),
    }
}
