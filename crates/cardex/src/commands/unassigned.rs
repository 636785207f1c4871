//! `cardex unassigned`: observations that wait for somebody to be about, and what else has nothing behind it.

use cardex_wire::event::v1::Polarity;
use cardex_wire::identity::LinkView;
use cardex_wire::query::{
    ReferenceView, Unassigned, UnassignedReply, UnassignedRequest, Waiting, WaitingCorrection,
    WaitingLink, WaitingStatement,
};
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;

use crate::ask::AskArgs;
use crate::clock::short;
use crate::screen::table::Table;
use crate::screen::{Format, Screen, note};
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  cardex unassigned list --property macau
  cardex unassigned list --property macau --json

An observation waits here when nobody had the room at that time, several did, or nothing is known of whom it names. \
It finds its guest by itself when a late stay event says who it was; `cardex observe retract` takes it back. \
A reservation is named by the id that follows from its number. What a correction moved to a guest whom nobody knows waits here, too, with who moved it. \
Listed as well are changes of stays that nobody booked or checked in, links that name nobody known, and taking back what nobody noted or said: they count \
once what they name comes, and are mostly a mistyped number.";

/// The most that is listed when the command does not say.
const LIMIT_DEFAULT: u32 = 100;

/// Look at observations that wait for somebody to be about, and at what else has nothing behind it
#[derive(Debug, Args)]
pub(crate) struct UnassignedArgs {
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// List them, with who each may be about
    #[command(after_help = EXAMPLES)]
    List(List),
}

#[derive(Debug, Args)]
struct List {
    /// Only those of a later sequence
    #[arg(long, value_name = "SEQUENCE")]
    since: Option<u64>,
    /// The most to list
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    ask: AskArgs,
}

impl UnassignedArgs {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let Operation::List(list) = &self.operation;
        let bus = list.ask.connect(session).await?;
        let limit = list.limit.unwrap_or(LIMIT_DEFAULT);
        let mut request = UnassignedRequest {
            since: list.since,
            limit: Some(limit),
            at_least: list.ask.at_least,
            wait_ms: list.ask.wait_ms(),
        };
        let mut reply = list.ask.ask::<Unassigned>(&bus, &request).await?;
        // An answer looks at so many events alone, and most of them may have found their guest.
        while let Some(next) = reply.next
            && let Some(left) = limit.checked_sub(count(&reply)).filter(|left| *left > 0)
        {
            (request.since, request.limit) = (Some(next), Some(left));
            let more = list.ask.ask::<Unassigned>(&bus, &request).await?;
            append(&mut reply, more);
        }
        let more = reply.next;
        let mut screen = list.format.screen();
        if screen.json() {
            return show_objects(&reply, &mut screen);
        }
        screen.lag(reply.sequence, reply.behind);
        if count(&reply) == 0 {
            note("nothing waits");
            return Ok(());
        }
        show(&reply, &mut screen)?;
        if let Some(more) = more {
            note(format!("there may be more: list it with --since {more}"));
        }
        Ok(())
    }
}

/// How much waits by the answer.
fn count(reply: &UnassignedReply) -> u32 {
    let count = reply.unassigned.len()
        + reply.stays.len()
        + reply.retractions.len()
        + reply.corrections.len()
        + reply.links.len();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Adds the answer that follows.
fn append(reply: &mut UnassignedReply, more: UnassignedReply) {
    reply.unassigned.extend(more.unassigned);
    reply.stays.extend(more.stays);
    reply.retractions.extend(more.retractions);
    reply.corrections.extend(more.corrections);
    reply.links.extend(more.links);
    reply.next = more.next;
}

/// One object a line, each saying what kind of thing waits.
fn show_objects(reply: &UnassignedReply, screen: &mut Screen) -> anyhow::Result<()> {
    let at = reply.sequence;
    let kinds = [
        ("observation", json!(reply.unassigned)),
        ("stay", json!(reply.stays)),
        ("retraction", json!(reply.retractions)),
        ("correction", json!(reply.corrections)),
        ("link", json!(reply.links)),
    ];
    for (kind, waiting) in kinds {
        let waiting = waiting.as_array().cloned().unwrap_or_default();
        let waiting = waiting.into_iter().map(|mut object| {
            object["kind"] = json!(kind);
            object
        });
        screen.objects(&waiting.collect::<Vec<_>>(), at)?;
    }
    Ok(())
}

fn show(reply: &UnassignedReply, screen: &mut Screen) -> anyhow::Result<()> {
    let style = screen.style();
    if !reply.unassigned.is_empty() {
        let heading = [
            "sequence", "noticed", "by", "named", "what", "reason", "may be",
        ];
        let mut table = Table::new(&heading);
        for waiting in &reply.unassigned {
            table.row(row(waiting));
        }
        screen.text(table.render(style))?;
    }
    if !reply.stays.is_empty() {
        screen.line(style.bold("Stays that nobody booked or checked in"))?;
        let mut table = Table::new(&["sequence", "happened", "reservation", "what"]);
        for stay in &reply.stays {
            table.row([
                stay.sequence.to_string(),
                short(stay.occurred_at.0),
                stay.reservation.clone(),
                stay.change.clone(),
            ]);
        }
        screen.text(table.render(style))?;
    }
    if !reply.corrections.is_empty() {
        screen.line(style.bold("Corrections of nobody that can be told"))?;
        let mut table = Table::new(&["sequence", "found out", "named", "what", "why", "may be"]);
        for waiting in &reply.corrections {
            table.row(correction_row(waiting));
        }
        screen.text(table.render(style))?;
    }
    if !reply.links.is_empty() {
        screen.line(style.bold("Links that name nobody known"))?;
        let mut table = Table::new(&["sequence", "found out", "by", "what", "nobody is", "event"]);
        for waiting in &reply.links {
            table.row(link_row(waiting));
        }
        screen.text(table.render(style))?;
    }
    if !reply.retractions.is_empty() {
        screen.line(style.bold("Retractions of what nobody noted or said"))?;
        for retraction in &reply.retractions {
            let sequence = retraction.sequence;
            screen.line(format!(
                "{sequence}  see it with `cardex deadletters show {sequence}`"
            ))?;
        }
    }
    Ok(())
}

fn row(waiting: &Waiting) -> [String; 7] {
    let named: Vec<String> = waiting.references.iter().map(named).collect();
    let candidates: Vec<String> = waiting.candidates.iter().map(ToString::to_string).collect();
    let by = waiting.seen_by.as_deref().map(|by| format!(", {by}"));
    [
        waiting.sequence.to_string(),
        short(waiting.observed_at.0),
        format!(
            "{}/{}{}",
            waiting.department,
            waiting.app,
            by.unwrap_or_default()
        ),
        named.join(", "),
        told(
            &waiting.statements,
            waiting.note.as_deref(),
            waiting.withheld,
        ),
        reason(waiting),
        candidates.join(", "),
    ]
}

/// Why it has nobody, with the correction that brought it there.
fn reason(waiting: &Waiting) -> String {
    let why = word(&waiting.reason);
    match &waiting.moved_by {
        None => why,
        Some(by) => {
            let who = by.by.as_deref().map(|who| format!(" {who},"));
            format!(
                "{why}, moved by{} event {}",
                who.unwrap_or_default(),
                by.event
            )
        }
    }
}

fn correction_row(waiting: &WaitingCorrection) -> [String; 6] {
    let named: Vec<String> = waiting.references.iter().map(named).collect();
    let candidates: Vec<String> = waiting.candidates.iter().map(ToString::to_string).collect();
    let correction = &waiting.correction;
    [
        waiting.sequence.to_string(),
        short(correction.occurred_at.0),
        named.join(", "),
        word(&correction.judgement).replace('_', " "),
        word(&waiting.reason),
        candidates.join(", "),
    ]
}

fn link_row(waiting: &WaitingLink) -> [String; 6] {
    let LinkView {
        a, b, occurred_at, ..
    } = &waiting.link;
    let unknown: Vec<String> = waiting.unknown.iter().map(ToString::to_string).collect();
    let is = if waiting.never { "never is" } else { "is" };
    [
        waiting.sequence.to_string(),
        short(occurred_at.0),
        waiting.link.by.clone(),
        format!("{a} {is} {b}"),
        unknown.join(", "),
        waiting.link.event.to_string(),
    ]
}

/// What was noticed, as far as it may be seen.
pub(crate) fn told(statements: &[WaitingStatement], note: Option<&str>, withheld: u32) -> String {
    let statement = |statement: &WaitingStatement| {
        let sign = match statement.polarity {
            Polarity::For => "=",
            Polarity::Against => "!=",
        };
        format!("{}{sign}{}", statement.attribute, statement.value)
    };
    let mut parts: Vec<String> = statements.iter().map(statement).collect();
    parts.extend(note.map(|note| format!("“{}”", note.replace('\n', " "))));
    if withheld > 0 {
        parts.push(format!("{withheld} not for this department"));
    }
    parts.join(", ")
}

/// What an observation named, in words.
pub(crate) fn named(reference: &ReferenceView) -> String {
    match reference {
        ReferenceView::Guest(node) => node.to_string(),
        ReferenceView::Room(room) => format!("room {room}"),
        ReferenceView::Identifier(key) => key.to_string(),
    }
}

/// A word of the contract, as it is written there.
pub(crate) fn word(word: &impl Serialize) -> String {
    match serde_json::to_value(word) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}
