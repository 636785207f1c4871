//! `cardex vocabulary pending`: what people wrote and the vocabulary does not understand.

use cardex_wire::query::{Pending, PendingReply, PendingRequest, PendingWord};
use cardex_wire::text::AsText;
use clap::Args;

use crate::ask::AskArgs;
use crate::clock::short;
use crate::screen::table::Table;
use crate::screen::{Format, note};
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  cardex vocabulary pending --property macau
  cardex vocabulary pending --property macau --json

Nothing of it is lost: it is kept as it was written, and counts from the day it was noticed once `cardex vocabulary \
adopt` or `map` gives it a meaning. `cardex vocabulary ignore` lists a word no more.";

/// List what people wrote and the vocabulary does not understand, with how often
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct List {
    /// The most words to list
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    ask: AskArgs,
}

impl List {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let bus = self.ask.connect(session).await?;
        let limit = self.limit.unwrap_or(usize::MAX);
        let mut request = PendingRequest {
            after: None,
            limit: self.limit.and_then(|limit| u32::try_from(limit).ok()),
            at_least: self.ask.at_least,
            wait_ms: self.ask.wait_ms(),
        };
        let mut reply = self.ask.ask::<Pending>(&bus, &request).await?;
        while let Some(next) = reply.next.take().filter(|_| reply.pending.len() < limit) {
            request.after = Some(next);
            let more = self.ask.ask::<Pending>(&bus, &request).await?;
            reply.pending.extend(more.pending);
            reply.next = more.next;
        }
        reply.pending.truncate(limit);
        self.show(&reply)
    }

    fn show(&self, reply: &PendingReply) -> anyhow::Result<()> {
        let mut screen = self.format.screen();
        if screen.json() {
            return screen.objects(&reply.pending, reply.sequence);
        }
        screen.lag(reply.sequence, reply.behind);
        if let Some(looking) = reply.looking {
            note(format!(
                "what is kept is being looked at by the vocabulary that became active, {} of {} observations so far: \
                 more may come to be listed",
                looking.observations, looking.of
            ));
        }
        if reply.pending.is_empty() {
            note("nothing waits: the vocabulary understands everything that was noticed");
            return Ok(());
        }
        let heading = [
            "attribute",
            "value",
            "how often",
            "first",
            "last",
            "by",
            "examples",
        ];
        let mut table = Table::new(&heading);
        for word in &reply.pending {
            table.row(row(word));
        }
        screen.text(table.render(screen.style()))
    }
}

fn row(word: &PendingWord) -> [String; 7] {
    let unknown = if word.attribute_is_known {
        ""
    } else {
        " (unknown)"
    };
    let departments: Vec<&str> = word
        .departments
        .iter()
        .map(|AsText(id)| id.as_str())
        .collect();
    let examples: Vec<String> = word.examples.iter().map(ToString::to_string).collect();
    [
        format!("{}{unknown}", word.attribute),
        word.value.clone(),
        format!("{}{}", word.count, if word.more { "+" } else { "" }),
        short(word.first.0),
        short(word.last.0),
        departments.join(", "),
        examples.join(", "),
    ]
}
