//! `cardex profile`: what is known of a guest, and why.

use cardex_domain::ids::{AttributeId, IdError, StayId};
use cardex_domain::time::{Day, Moment};
use cardex_wire::event::v1::IdentifierKind;
use cardex_wire::query::{
    Explain, ExplainRequest, Find, FindIdentifier, FindRequest, Get, GetReply, GetRequest,
};
use cardex_wire::text::AsText;
use clap::{Args, Subcommand, ValueEnum};

use crate::active;
use crate::args::about::AboutArgs;
use crate::args::statements::unknown_attribute;
use crate::ask::AskArgs;
use crate::clock::{parse_day, parse_moment};
use crate::screen::profile::{heading, render};
use crate::screen::{Format, note};
use crate::session::Session;

mod diff;
mod explain;
mod export;
mod history;
mod pages;

pub(crate) use export::PERSON_FORMAT;

const EXAMPLES: &str = "\
Examples:
  cardex profile show --property macau --room 1012
  cardex profile show --property macau --reservation R1 --as dining
  cardex profile find --property macau Zhuang
  cardex profile find --property macau --kind email zhuang@example.com
  cardex profile explain --property macau --room 1012 --attribute room.facing
  cardex profile show --property macau --reservation R1 --known-at 2026-11-20T14:00
  cardex profile history --property macau --reservation R1 --since 2026-11-01
  cardex profile diff --property macau --reservation R1 --from 2026-05-01 --to today
  cardex profile export --property macau --guest g0123… --canonical --as-of 2026-11-20
  cardex profile export --property macau --guest g0123… --full > guest.json

Of a guest of whom a great deal is known, `show` names the newest evidence and counts all of it; `explain` and `export` give all \
of it, as of one moment: where something is recorded of the guest meanwhile, they begin anew.";

/// Look at what is known of a guest, and why
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Profile {
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// Show what is known of a guest, as far as a department may see it
    Show(Box<Show>),
    /// Find guests by name, reservation number or identifier
    Find(FindArgs),
    /// Say why: every claim with its evidence, also what does not count
    Explain(Box<ExplainArgs>),
    /// Tell what was recorded of a guest, in the order in which it came
    History(Box<history::HistoryArgs>),
    /// Say what is new, gone or otherwise between two days, two moments or two guests
    Diff(Box<diff::Diff>),
    /// Print the whole profile as JSON, or everything that was recorded of a guest
    Export(Box<export::Export>),
}

/// Which guest, and on which day.
#[derive(Debug, Args)]
struct Whom {
    /// The stay whose own evidence is to count too
    #[arg(long, value_name = "STAY")]
    for_stay: Option<StayId>,
    /// When somebody was in the room, where a room is named; a day alone is its first moment [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    at: Option<Moment>,
    /// The day for which evidence is weighed [default: today]
    #[arg(long, value_name = "DAY", value_parser = parse_day, allow_hyphen_values = true)]
    as_of: Option<Day>,
    /// Only what had been recorded at this moment: what a prompt could have known; with today's vocabulary
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    known_at: Option<Moment>,
    #[command(flatten)]
    ask: AskArgs,
    #[command(flatten)]
    about: AboutArgs,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    whom: Whom,
}

#[derive(Debug, Args)]
struct FindArgs {
    /// Words of a name, a reservation number, or an identifier where --kind says so
    text: String,
    /// The text is an identifier of this kind
    #[arg(long, value_name = "KIND")]
    kind: Option<KindArg>,
    /// The most guests to show
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    ask: AskArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum KindArg {
    /// Passport or identity card
    Document,
    /// Membership of a loyalty programme
    Loyalty,
    /// Telephone number
    Phone,
    /// E-mail address
    Email,
}

#[derive(Debug, Args)]
struct ExplainArgs {
    /// Only this attribute
    #[arg(long, value_name = "ATTRIBUTE", value_parser = parse_attribute)]
    attribute: Option<AttributeId>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    whom: Whom,
}

fn parse_attribute(text: &str) -> Result<AttributeId, IdError> {
    AttributeId::new(text)
}

impl Profile {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        match &self.operation {
            Operation::Show(show) => show.run(session).await,
            Operation::Find(find) => find.run(session).await,
            Operation::Explain(explain) => explain.run(session).await,
            Operation::History(history) => history.run(session).await,
            Operation::Diff(diff) => diff.run(session).await,
            Operation::Export(export) => export.run(session).await,
        }
    }
}

impl Whom {
    fn question(&self) -> anyhow::Result<GetRequest> {
        Ok(GetRequest {
            at: self.at.map(AsText),
            stay: self.for_stay.map(AsText),
            as_of: self.as_of.map(AsText),
            known_at: self.known_at.map(AsText),
            at_least: self.ask.at_least,
            wait_ms: self.ask.wait_ms(),
            ..GetRequest::of(self.about.guest_ref()?)
        })
    }

    /// The profile as an answer holds it: of a guest of whom a great deal is known, the newest.
    async fn get(&self, session: &Session) -> anyhow::Result<GetReply> {
        let bus = self.ask.connect(session).await?;
        self.ask.ask::<Get>(&bus, &self.question()?).await
    }

    /// All of the profile.
    async fn whole(&self, session: &Session) -> anyhow::Result<GetReply> {
        let bus = self.ask.connect(session).await?;
        let question = GetRequest {
            whole: true,
            ..self.question()?
        };
        pages::all(async |after| {
            let question = GetRequest {
                after,
                ..question.clone()
            };
            self.ask.ask::<Get>(&bus, &question).await
        })
        .await
    }
}

impl Show {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let reply = self.whom.get(session).await?;
        let mut screen = self.format.screen();
        if screen.json() {
            return screen.object(&reply);
        }
        screen.lag(reply.sequence, reply.behind);
        screen.text(render(&reply.profile, screen.style()))
    }
}

impl FindArgs {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let identifier = self.kind.map(|kind| FindIdentifier {
            kind: match kind {
                KindArg::Document => IdentifierKind::Document,
                KindArg::Loyalty => IdentifierKind::Loyalty,
                KindArg::Phone => IdentifierKind::Phone,
                KindArg::Email => IdentifierKind::Email,
            },
            value: self.text.clone(),
        });
        let request = FindRequest {
            text: identifier.is_none().then(|| self.text.clone()),
            identifier,
            limit: self.limit,
            at_least: self.ask.at_least,
            wait_ms: self.ask.wait_ms(),
        };
        let bus = self.ask.connect(session).await?;
        let reply = self.ask.ask::<Find>(&bus, &request).await?;
        let mut screen = self.format.screen();
        if screen.json() {
            return screen.objects(&reply.guests, reply.sequence);
        }
        screen.lag(reply.sequence, reply.behind);
        if reply.guests.is_empty() {
            note(
                "nobody found; a name is found by whole words as they are spelt, such as Zhuang or Mei",
            );
        }
        let style = screen.style();
        for found in &reply.guests {
            screen.text(heading(&found.guest, style))?;
            screen.line(super::stay::list::table(&found.stays).render(style))?;
        }
        Ok(())
    }
}

impl ExplainArgs {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let request = ExplainRequest {
            at: self.whom.at.map(AsText),
            stay: self.whom.for_stay.map(AsText),
            attribute: self.attribute.clone().map(AsText),
            as_of: self.whom.as_of.map(AsText),
            known_at: self.whom.known_at.map(AsText),
            at_least: self.whom.ask.at_least,
            wait_ms: self.whom.ask.wait_ms(),
            ..ExplainRequest::of(self.whom.about.guest_ref()?)
        };
        let ask = &self.whom.ask;
        let bus = ask.connect(session).await?;
        if let Some(asked) = &self.attribute {
            let vocabulary = active::vocabulary(&bus, &ask.property, &ask.department).await;
            if let Some(unknown) = unknown_attribute(&vocabulary, asked) {
                note(format!("warning: {unknown}"));
            }
        }
        let reply = pages::all(async |after| {
            let request = ExplainRequest {
                after,
                ..request.clone()
            };
            self.whom.ask.ask::<Explain>(&bus, &request).await
        });
        let reply = reply.await?;
        let mut screen = self.format.screen();
        if screen.json() {
            return screen.object(&reply);
        }
        screen.lag(reply.sequence, reply.behind);
        screen.text(explain::render(&reply, screen.style()))
    }
}
