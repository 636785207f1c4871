//! `cardex identity duplicates` and `review`: guests that may be one person, why, and deciding it.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};

use cardex_domain::event::{Body, Link, LinkKind, NodeRef};
use cardex_domain::ids::NodeId;
use cardex_wire::guest::GuestView;
use cardex_wire::query::{
    Duplicates, DuplicatesReply, DuplicatesRequest, FieldEvidence, PairView, Queue,
};
use clap::Args;

use crate::args::whom::ByArgs;
use crate::ask::AskArgs;
use crate::clock::now;
use crate::commands::unassigned::word;
use crate::exit::Usage;
use crate::publish::{as_property, publish};
use crate::screen::profile::heading;
use crate::screen::{Format, Screen, Style, note};
use crate::session::Session;

/// Which pairs to show, and how many.
#[derive(Debug, Args)]
pub(super) struct Pairs {
    /// Leave out so many of the best
    #[arg(long, value_name = "N", default_value_t = 0)]
    skip: u32,
    /// The most pairs to show
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u32,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    ask: AskArgs,
}

/// The queue, with deciding it pair by pair.
#[derive(Debug, Args)]
pub(super) struct Review {
    #[command(flatten)]
    pairs: Pairs,
    /// Ask about each pair, and publish what is answered; needs a terminal
    #[arg(long, conflicts_with = "json")]
    decide: bool,
    /// Why, for all that is decided, beside how likely each was
    #[arg(long, value_name = "TEXT", requires = "decide")]
    reason: Option<String>,
    #[command(flatten)]
    by: ByArgs,
}

/// What somebody answers about a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    Decided(LinkKind),
    Later,
    Stop,
}

impl Pairs {
    /// Shows the pairs of a queue.
    pub(super) async fn run(&self, queue: Queue, session: &Session) -> anyhow::Result<()> {
        let reply = self.reply(queue, session).await?;
        let mut screen = self.format.screen();
        if screen.json() {
            return screen.objects(&reply.pairs, reply.sequence);
        }
        self.show(&reply, queue, &mut screen)
    }

    async fn reply(&self, queue: Queue, session: &Session) -> anyhow::Result<DuplicatesReply> {
        let request = DuplicatesRequest {
            queue,
            about: None,
            automatic: false,
            skip: Some(self.skip),
            limit: Some(self.limit),
            at_least: self.ask.at_least,
            wait_ms: self.ask.wait_ms(),
        };
        let bus = self.ask.connect(session).await?;
        self.ask.ask::<Duplicates>(&bus, &request).await
    }

    fn show(
        &self,
        reply: &DuplicatesReply,
        queue: Queue,
        screen: &mut Screen,
    ) -> anyhow::Result<()> {
        screen.lag(reply.sequence, reply.behind);
        if reply.pairs.is_empty() {
            screen.line(match queue {
                Queue::Suggested => "nobody is suggested as one person with somebody else",
                Queue::Review => "nothing to review",
            })?;
        }
        let property = self.ask.property.as_str();
        for (number, pair) in (self.skip + 1..).zip(&reply.pairs) {
            screen.text(render(number, pair, property, screen.style()))?;
        }
        if let Some(next) = reply.next {
            note(format!("there are more: --skip {next}"));
        }
        Ok(())
    }
}

impl Review {
    /// Shows the pairs to review, or asks about each.
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        if !self.decide {
            return self.pairs.run(Queue::Review, session).await;
        }
        if !io::stdin().is_terminal() {
            let how = "deciding pair by pair needs a terminal; without one, use `cardex identity link` and `never`";
            return Err(Usage(how.to_owned()).into());
        }
        let by = self.by.by()?;
        let reply = self.pairs.reply(Queue::Review, session).await?;
        let mut screen = self.pairs.format.screen();
        let property = &self.pairs.ask.property;
        let bus = session.connect().await?;
        for (number, pair) in (self.pairs.skip + 1..).zip(&reply.pairs) {
            screen.text(render(number, pair, property.as_str(), screen.style()))?;
            let Some((a, b)) = ends(pair) else { continue };
            let kind = match ask()? {
                Decision::Decided(kind) => kind,
                Decision::Later => continue,
                Decision::Stop => return Ok(()),
            };
            let body = Body::Linked(Link {
                kind,
                a: NodeRef::Node(a),
                b: NodeRef::Node(b),
                occurred_at: now(),
                by: by.clone(),
                reason: self.reason_for(pair).into(),
            });
            let published = publish(&bus, as_property(property), None, body).await?;
            published.show(&mut screen)?;
        }
        screen.line("nothing more to review here")
    }
}

impl Review {
    /// Why the pair is decided: how likely it was, and what was given.
    fn reason_for(&self, pair: &PairView) -> String {
        let reviewed = format!("reviewed at {}", percent(pair.posterior_ppm));
        match &self.reason {
            Some(reason) => format!("{reason} ({reviewed})"),
            None => reviewed,
        }
    }
}

/// Asks until the answer is one.
fn ask() -> anyhow::Result<Decision> {
    loop {
        note("one person? y(es), n(ever), s(kip), q(uit)");
        let mut line = String::new();
        if io::stdin().read_line(&mut line)? == 0 {
            return Ok(Decision::Stop);
        }
        if let Some(decision) = decision(&line) {
            return Ok(decision);
        }
    }
}

fn decision(line: &str) -> Option<Decision> {
    match line.trim().to_lowercase().as_str() {
        "y" | "yes" => Some(Decision::Decided(LinkKind::Same)),
        "n" | "never" => Some(Decision::Decided(LinkKind::Never)),
        "s" | "skip" => Some(Decision::Later),
        "q" | "quit" => Some(Decision::Stop),
        _ => None,
    }
}

fn ends(pair: &PairView) -> Option<(NodeId, NodeId)> {
    let id = |guest: &GuestView| guest.id.map(|id| id.0);
    id(&pair.a).zip(id(&pair.b))
}

/// A pair as people read it: how likely, who, what speaks for and against it, and what to say to decide it.
fn render(number: u32, pair: &PairView, property: &str, style: Style) -> String {
    let likely = percent(pair.posterior_ppm);
    let mut text = format!("{}\n", style.bold(format!("{number}. {likely} one person")));
    for guest in [&pair.a, &pair.b] {
        for line in heading(guest, style).lines() {
            let _ = writeln!(text, "   {line}");
        }
    }
    for kind in &pair.contested {
        let said = format!(
            "one {} under names or birth dates that conflict",
            word(kind)
        );
        let _ = writeln!(text, "   {}", style.yellow(said));
    }
    let (speaks_for, against): (Vec<_>, Vec<_>) =
        pair.evidence.iter().partition(|said| said.millibits > 0);
    for (heading, said) in [("for", speaks_for), ("against", against)] {
        for said in said {
            let _ = writeln!(text, "   {heading:<8} {}", evidence(said));
        }
    }
    let prior = bits(pair.prior_millibits);
    let _ = writeln!(
        text,
        "   {:<8} one of all guests is meant ({prior})",
        "before"
    );
    if let Some(held) = &pair.held {
        let _ = writeln!(text, "   {:<8} {held}", "held");
    }
    if !pair.unlinked.is_empty() {
        let said = "somebody has linked the two and taken it back";
        let _ = writeln!(text, "   {:<8} {}", "note", style.yellow(said));
    }
    if let Some((a, b)) = ends(pair) {
        for operation in ["link", "never"] {
            let command =
                format!("cardex identity {operation} --property {property} {a} {b} --reason '…'");
            let _ = writeln!(text, "   {}", style.dim(command));
        }
    }
    text
}

fn evidence(said: &FieldEvidence) -> String {
    let FieldEvidence {
        field, level, a, b, ..
    } = said;
    let values = if a == b {
        a.clone()
    } else {
        format!("{a} / {b}")
    };
    format!("{field} {level}: {values} ({})", bits(said.millibits))
}

fn bits(millibits: i32) -> String {
    format!("{:+.1} bits", f64::from(millibits) / 1_000.0)
}

fn percent(ppm: u32) -> String {
    format!("{}.{:02} %", ppm / 10_000, ppm % 10_000 / 100)
}

#[cfg(test)]
mod tests;
