//! `cardex deadletters`: events that could not be used, why, and a second try.

use std::io::Read as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use cardex_bus::streams::{DEADLETTERS, EVENTS};
use cardex_bus::{Bus, Stored};
use cardex_domain::fact::Fact;
use cardex_domain::ids::PropertyId;
use cardex_wire::{DeadLetterCode, DeadLetterNotice, RejectCode, Resolution, Resolved, UnusedCode};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::clock;
use crate::publish::{event_headers, fresh_id};
use crate::screen::table::Table;
use crate::screen::{Format, note};
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  cardex deadletters list
  cardex deadletters show 4711
  cardex deadletters show 4711 --payload > event.json      then put event.json right
  cardex deadletters replay 4711 --payload event.json

A dead letter names the sequence of an event that could not be used; the event itself stays in the stream of events. \
The aggregator tries dead letters of types and versions it did not know again by itself, once it knows them. Replay \
is for the others: it publishes the event again on its own subject under a new id, with the payload of a file where \
the event has to change. What would still not be taken, or would count twice, is refused here, with the way out. A \
letter that is replayed or understood is done with, and listed only with --all.";

/// Look at events that could not be used, and publish them again
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DeadLetters {
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// List them with the reason
    List(List),
    /// Show one with the event it is about
    Show(Show),
    /// Publish the event again under a new id
    Replay(Replay),
}

#[derive(Debug, Args)]
struct List {
    /// Only those of this hotel
    #[arg(long, value_name = "PROPERTY")]
    property: Option<PropertyId>,
    /// Also those that were replayed, or understood by a later version
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
struct Show {
    /// The event's sequence
    sequence: u64,
    /// Print the event's payload as it is, and nothing else
    #[arg(long, conflicts_with = "json")]
    payload: bool,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
struct Replay {
    /// The event's sequence
    sequence: u64,
    /// The event put right; - reads it from standard input [default: the event as it is]
    #[arg(long, value_name = "FILE")]
    payload: Option<PathBuf>,
    #[command(flatten)]
    format: Format,
}

impl DeadLetters {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let bus = session.connect().await?;
        match &self.operation {
            Operation::List(list) => list.run(&bus).await,
            Operation::Show(show) => show.run(&bus).await,
            Operation::Replay(replay) => replay.run(&bus).await,
        }
    }
}

impl List {
    async fn run(&self, bus: &Bus) -> anyhow::Result<()> {
        let property = self.property.as_ref().map_or("*", PropertyId::as_str);
        let filter = format!("cardex.{property}.deadletter.*");
        let mut letters: Vec<DeadLetterNotice> = Vec::new();
        for stored in bus.last_per_subject(DEADLETTERS, &filter).await? {
            letters.extend(read(&stored));
        }
        let found = letters.len();
        letters.retain(|letter| self.all || letter.resolved.is_none());
        let done = found - letters.len();
        letters.sort_by_key(|letter| letter.sequence);
        let mut screen = self.format.screen();
        if screen.json() {
            return letters.iter().try_for_each(|letter| screen.object(letter));
        }
        if done > 0 {
            note(format!("{done} more are done with; --all lists them"));
        }
        if letters.is_empty() {
            note("no dead letters");
            return Ok(());
        }
        let mut table = Table::new(&["sequence", "received", "subject", "reason"]);
        for letter in letters {
            let mut reason = format!("{}: {}", letter.code, letter.detail);
            if let Some(resolved) = letter.resolved {
                reason += &format!(" ({})", done_with(resolved));
            }
            let sequence = letter.sequence.to_string();
            table.row([
                sequence,
                clock::short(letter.received.0),
                letter.subject,
                reason,
            ]);
        }
        screen.text(table.render(screen.style()))
    }
}

impl Show {
    async fn run(&self, bus: &Bus) -> anyhow::Result<()> {
        let original = original(bus, self.sequence).await?;
        let mut screen = self.format.screen();
        if self.payload {
            return screen.line(String::from_utf8_lossy(&original.payload));
        }
        let notice = notice_of(bus, self.sequence).await?;
        let payload: Option<Value> = serde_json::from_slice(&original.payload).ok();
        if screen.json() {
            let text = || json!(String::from_utf8_lossy(&original.payload));
            return screen.object(&json!({
                "sequence": self.sequence,
                "subject": original.subject,
                "received": clock::of_server(original.server_time_us).to_string(),
                "letter": notice,
                "payload": payload.unwrap_or_else(text),
            }));
        }
        let style = screen.style();
        screen.line(format!("{} {}", style.dim("subject "), original.subject))?;
        let received = clock::of_server(original.server_time_us);
        screen.line(format!("{} {received}", style.dim("received")))?;
        let resolved = notice.as_ref().and_then(|letter| letter.resolved);
        let reason = notice.map_or_else(
            || "none: this event is no dead letter".to_owned(),
            |letter| format!("{}: {}", letter.code, letter.detail),
        );
        screen.line(format!("{} {reason}", style.dim("reason  ")))?;
        if let Some(resolved) = resolved {
            screen.line(format!("{} {}", style.dim("done    "), done_with(resolved)))?;
        }
        match payload {
            Some(value) => screen.line(serde_json::to_string_pretty(&value)?),
            None => screen.line(String::from_utf8_lossy(&original.payload)),
        }
    }
}

impl Replay {
    async fn run(&self, bus: &Bus) -> anyhow::Result<()> {
        let original = original(bus, self.sequence).await?;
        let Some(mut notice) = notice_of(bus, self.sequence).await? else {
            let sequence = self.sequence;
            bail!("event {sequence} is no dead letter; see `cardex deadletters list`");
        };
        helps(&notice, self.payload.is_some())?;
        let payload = match &self.payload {
            Some(path) => contents(path)?,
            None => original.payload.to_vec(),
        };
        let id = fresh_id();
        let payload = with_id(&payload, id.as_str())?;
        let still = "the event would not be taken; put it right, and give it with --payload FILE";
        let event = cardex_wire::decode(&original.subject, None, &payload, clock::now());
        let event = event.context(still)?;
        // Whether it can be remembered does not depend on the key that its ids are derived under.
        Fact::check(&event).context(still)?;
        let ack = bus
            .publish(
                &original.subject,
                id.as_str(),
                payload.into(),
                &event_headers(),
            )
            .await?;
        notice.resolved = Some(Resolved {
            how: Resolution::Replayed,
            sequence: ack.stream_sequence,
        });
        bus.announce(&notice).await.context(
            "the event is published again, but its dead letter could not be marked as replayed",
        )?;
        let mut screen = self.format.screen();
        if screen.json() {
            return screen.object(&json!({
                "id": id.as_str(),
                "subject": original.subject,
                "sequence": ack.stream_sequence,
                "replays": self.sequence,
            }));
        }
        let sequence = ack.stream_sequence;
        screen.line(format!(
            "event {id} replays {} at sequence {sequence}",
            self.sequence
        ))
    }
}

/// Whether publishing the event again can help; if not, the way out.
fn helps(notice: &DeadLetterNotice, changed: bool) -> anyhow::Result<()> {
    let sequence = notice.sequence;
    if let Some(resolved) = notice.resolved {
        let done = done_with(resolved);
        bail!("dead letter {sequence} is done with: {done}; published again it would count twice");
    }
    let way_out = match DeadLetterCode::parse(&notice.code) {
        Some(DeadLetterCode::Unused(UnusedCode::BoardsFailed)) => {
            "the event counts already and would count twice; its boards follow with the next event of that stay"
        }
        Some(DeadLetterCode::Unused(UnusedCode::SettingUnusable)) => {
            "the event only names a text that has faults; put the text right, and activate it with \
             `cardex vocabulary activate FILE`"
        }
        Some(DeadLetterCode::Unused(UnusedCode::NoPublisher))
        | Some(DeadLetterCode::Unreadable(RejectCode::UnknownSubject)) => {
            "its subject is not of the layout, and it would be published on the same one; publish the event anew, \
             on a subject that says who speaks"
        }
        Some(DeadLetterCode::Unused(UnusedCode::ForeignItem)) if !changed => {
            "the item stands on another department's board; answer it as that department with \
             `cardex outcome --department DEPARTMENT`, or give the outcome of an own item with --payload FILE"
        }
        Some(DeadLetterCode::Unused(UnusedCode::EmptyIdentifier)) if !changed => {
            "an identifier in it has no letters or digits; put it right, and give it with --payload FILE"
        }
        _ => return Ok(()),
    };
    let code = &notice.code;
    bail!("dead letter {sequence} ({code}) is not to be replayed: {way_out}")
}

fn done_with(resolved: Resolved) -> String {
    match resolved.how {
        Resolution::Replayed => format!("replayed at sequence {}", resolved.sequence),
        Resolution::Understood => "understood by a later version".to_owned(),
    }
}

/// The notice that the event is a dead letter, if it is one.
async fn notice_of(bus: &Bus, sequence: u64) -> anyhow::Result<Option<DeadLetterNotice>> {
    let filter = format!("cardex.*.deadletter.{sequence}");
    let notices = bus.last_per_subject(DEADLETTERS, &filter).await?;
    Ok(notices.iter().find_map(read))
}

async fn original(bus: &Bus, sequence: u64) -> anyhow::Result<Stored> {
    let stored = bus.stored(EVENTS, sequence).await?;
    stored.with_context(|| format!("the stream of events holds no message {sequence}"))
}

fn read(stored: &Stored) -> Option<DeadLetterNotice> {
    let notice = DeadLetterNotice::decode(&stored.payload);
    if notice.is_err() {
        note(format!(
            "warning: {} holds no notice of a dead letter",
            stored.subject
        ));
    }
    notice.ok()
}

fn contents(path: &PathBuf) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes)
}

/// The event under another id; everything else as it is.
fn with_id(payload: &[u8], id: &str) -> anyhow::Result<Vec<u8>> {
    let unreadable = "the event is no JSON object; put it right, and give it with --payload FILE";
    match serde_json::from_slice(payload) {
        Ok(Value::Object(mut event)) => {
            event.insert("id".to_owned(), id.into());
            Ok(Value::Object(event).to_string().into_bytes())
        }
        _ => bail!("{unreadable}"),
    }
}

#[cfg(test)]
mod tests {
    use cardex_wire::text::AsText;

    use super::*;

    fn notice(code: &str, resolved: Option<Resolved>) -> DeadLetterNotice {
        DeadLetterNotice {
            sequence: 7,
            subject: "cardex.macau.outcome.dining.staff".to_owned(),
            code: code.to_owned(),
            detail: String::new(),
            received: AsText(clock::now()),
            resolved,
        }
    }

    #[test]
    fn only_what_can_help_is_replayed() {
        let helps = |code: &str, changed| helps(&notice(code, None), changed).is_ok();
        for (code, as_it_is, changed) in [
            ("id_reused", true, true),
            ("on_behalf_refused", true, true),
            ("malformed_json", true, true),
            ("of_a_later_version", true, true),
            ("foreign_item", false, true),
            ("empty_identifier", false, true),
            ("unknown_subject", false, false),
            ("no_publisher", false, false),
            ("setting_unusable", false, false),
            ("boards_failed", false, false),
        ] {
            assert_eq!(
                (helps(code, false), helps(code, true)),
                (as_it_is, changed),
                "{code}"
            );
        }
    }

    #[test]
    fn what_is_done_with_is_not_replayed_again() {
        let resolved = Resolved {
            how: Resolution::Replayed,
            sequence: 9,
        };
        let refused = helps(&notice("id_reused", Some(resolved)), true).unwrap_err();
        assert!(refused.to_string().contains("sequence 9"), "{refused}");
    }

    #[test]
    fn only_the_id_is_changed() {
        let event = with_id(br#"{"specversion":"1.0","id":"a","data":{"b":1}}"#, "c").unwrap();
        assert_eq!(event, br#"{"specversion":"1.0","id":"c","data":{"b":1}}"#);
        assert!(with_id(b"+ACK", "c").is_err());
    }
}
