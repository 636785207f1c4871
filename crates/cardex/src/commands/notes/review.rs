//! `cardex notes review`: notes that somebody is to look at.

use std::fmt::Write as _;

use cardex_domain::ids::DepartmentId;
use cardex_wire::query::{Notes, NotesReply, NotesRequest, ReviewedNote};
use cardex_wire::text::AsText;
use cardex_wire::words::Standing;
use clap::Args;

use super::{beside, said};
use crate::args::departments;
use crate::ask::AskArgs;
use crate::clock::short;
use crate::commands::unassigned::named;
use crate::screen::{Format, Style, note};
use crate::session::Session;

/// Notes that are asked for in one question.
const PAGE_NOTES: u32 = 200;

const EXAMPLES: &str = "\
Examples:
  cardex notes review --property macau
  cardex notes review --property macau --department dining --limit 20
  cardex notes review --property macau --as dining --json

A department is shown its own notes, and of them what it may know; guest relations are shown all, and those whose \
wording is to be looked at. `cardex notes confirm` and `reject` take the evidence that is printed beside each reading.";

/// List notes that nobody has said of whether they mean what they seem to say, the newest first
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Review {
    /// Only notes of this department
    #[arg(long = "department", value_name = "DEPARTMENT")]
    by: Option<DepartmentId>,
    /// The most notes to list
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    ask: AskArgs,
}

impl Review {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let bus = self.ask.connect(session).await?;
        if let Some(by) = &self.by {
            departments::doubt(&session.settings, by);
        }
        let mut request = NotesRequest {
            event: None,
            department: self.by.clone().map(AsText),
            after: None,
            limit: Some(
                u32::try_from(self.limit)
                    .unwrap_or(PAGE_NOTES)
                    .min(PAGE_NOTES),
            ),
            at_least: self.ask.at_least,
            wait_ms: self.ask.wait_ms(),
        };
        let mut reply = self.ask.ask::<Notes>(&bus, &request).await?;
        while let Some(next) = reply.next.filter(|_| reply.notes.len() < self.limit) {
            request.after = Some(next);
            let more = self.ask.ask::<Notes>(&bus, &request).await?;
            reply.notes.extend(more.notes);
            reply.next = more.next;
        }
        let more = reply.next.is_some() || reply.notes.len() > self.limit;
        reply.notes.truncate(self.limit);
        self.show(&reply, more)
    }

    fn show(&self, reply: &NotesReply, more: bool) -> anyhow::Result<()> {
        let mut screen = self.format.screen();
        if screen.json() {
            return screen.objects(&reply.notes, reply.sequence);
        }
        screen.lag(reply.sequence, reply.behind);
        if reply.notes.is_empty() {
            note("no note waits for anybody");
            return Ok(());
        }
        let style = screen.style();
        let notes = reply.notes.iter().map(|noted| render(noted, style));
        screen.text(notes.collect::<Vec<_>>().join("\n"))?;
        if more {
            note("there are older ones: list more with --limit");
        }
        Ok(())
    }
}

/// The note, and under it what it seems to say and what to reconsider in it.
fn render(noted: &ReviewedNote, style: Style) -> String {
    let about: Vec<String> = noted.references.iter().map(named).collect();
    let by = noted.seen_by.as_ref();
    let by = by.map_or_else(String::new, |by| format!(", seen by {by}"));
    let head = format!(
        "{} {}/{} at {}{by}, of {}",
        short(noted.observed_at.0),
        noted.department,
        noted.app,
        noted.property,
        about.join(", ")
    );
    let mut text = format!("{}\n", style.dim(head));
    let written = noted.note.as_deref();
    let written = written.map_or_else(
        || style.dim("a note that this department may not read"),
        |written| format!("“{}”", written.replace('\n', " ")),
    );
    let _ = writeln!(text, "{written}");
    for reading in &noted.readings {
        let standing = match reading.standing {
            Standing::Waiting => String::new(),
            Standing::Confirmed => {
                let how = crate::commands::unassigned::word(&reading.how);
                format!(" confirmed as {how}")
            }
            Standing::Rejected => " rejected".to_owned(),
        };
        let beside = style.dim(format!("{}{standing}", beside(reading)));
        let id = style.dim(reading.id);
        let _ = writeln!(text, "  {} {beside}  {id}", said(reading));
    }
    if noted.withheld > 0 {
        let _ = writeln!(text, "  {} more for guest relations", noted.withheld);
    }
    for hint in &noted.hints {
        let line = format!("{} ({}): write {}", hint.code, hint.words, hint.instead.en);
        let _ = writeln!(text, "  {}", style.yellow(line));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_note_is_shown_with_what_it_seems_to_say_and_what_is_amiss() {
        let noted: ReviewedNote = serde_json::from_value(json!({
            "sequence": 9, "event": "e00000000000000000000000000", "property": "macau",
            "event_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "references": [{ "room": "1012" }],
            "observed_at": "2026-11-20T10:00:00+08:00", "department": "dining", "app": "staff",
            "seen_by": "w-17", "note": "doesn't eat spicy, the idiot", "withheld": 1,
            "readings": [{
                "id": "e00000000000000000000000000.229", "attribute": "dining.taste",
                "value": "spicy", "polarity": "against", "scope": "guest", "how": "inferred",
                "standing": "waiting", "words": "spicy"
            }],
            "hints": [{
                "code": "abusive", "words": "idiot",
                "instead": { "en": "what the guest did", "zh": "客人做了什么" }
            }]
        }))
        .unwrap();
        let expected = "\
2026-11-20 10:00 dining/staff at macau, seen by w-17, of room 1012
“doesn't eat spicy, the idiot”
  dining.taste!=spicy (guest: spicy)  e00000000000000000000000000.229
  1 more for guest relations
  abusive (idiot): write what the guest did
";
        assert_eq!(render(&noted, Style::PLAIN), expected);
    }
}
