//! Every link in force, the newest first: who linked whom, why, and what undoes it.

use std::cmp::Reverse;

use cardex_wire::query::{Links as LinksOperation, LinksReply, LinksRequest};
use clap::Args;

use super::show::link_line;
use crate::ask::AskArgs;
use crate::screen::{Format, note};
use crate::session::Session;

/// Links asked for at once: as many as an answer holds.
const PAGE_LINKS: u32 = 500;

pub(super) const EXAMPLES: &str = "\
Examples:
  cardex identity links --property macau
  cardex identity links --property macau --automatic --limit 1000
  cardex identity links --property macau --json

Each line ends with the link's event: `cardex identity unlink --property macau EVENT --reason …` undoes it. Links are the \
group's, whichever hotel asks. Of guests who are also kept apart, `cardex identity show` says what holds.";

/// Which links are in force.
#[derive(Debug, Args)]
pub(super) struct Links {
    /// Only those that Cardex made itself
    #[arg(long)]
    automatic: bool,
    /// The most to list
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    ask: AskArgs,
}

impl Links {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let bus = self.ask.connect(session).await?;
        let (mut links, mut after) = (Vec::new(), None);
        let (sequence, behind) = loop {
            let request = LinksRequest {
                automatic: self.automatic,
                after,
                limit: Some(PAGE_LINKS),
                at_least: self.ask.at_least,
                wait_ms: self.ask.wait_ms(),
            };
            let reply: LinksReply = self.ask.ask::<LinksOperation>(&bus, &request).await?;
            links.extend(reply.links);
            after = reply.next;
            if after.is_none() {
                break (reply.sequence, reply.behind);
            }
        };
        let all = links.len();
        links.sort_by_key(|made| (Reverse(made.link.occurred_at.0), made.link.event.0));
        links.truncate(self.limit);
        if all > links.len() {
            let shown = links.len();
            note(format!("{shown} of {all} links; see more with --limit"));
        }
        let mut screen = self.format.screen();
        if screen.json() {
            return screen.objects(&links, sequence);
        }
        screen.lag(sequence, behind);
        if links.is_empty() {
            note("no link is in force");
            return Ok(());
        }
        let style = screen.style();
        let lines = links.iter().map(|made| {
            let what = if made.automatic {
                "by itself"
            } else {
                "linked"
            };
            link_line(what, &made.link, style) + "\n"
        });
        screen.text(lines.collect::<String>())
    }
}
