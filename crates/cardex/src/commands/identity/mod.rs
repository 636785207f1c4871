//! `cardex identity`: who is one person with whom, and putting that right.

use cardex_domain::event::{Body, Link, LinkKind, NodeRef, UndoKind};
use cardex_domain::ids::PropertyId;
use cardex_domain::time::Moment;
use cardex_wire::query::{Get, GetRequest, Queue};
use clap::{Args, Subcommand};

use crate::args::about::AboutArgs;
use crate::args::whom::{ByArgs, FORMS, parse_node};
use crate::ask::AskArgs;
use crate::clock::{now, parse_moment};
use crate::commands::undo::Undoing;
use crate::hint::Hint;
use crate::publish::{as_property, publish};
use crate::screen::Format;
use crate::session::Session;

mod automatic;
mod duplicates;
mod links;
mod matching;
mod setting;
pub(crate) mod show;

const EXAMPLES: &str = "\
Examples:
  cardex identity show --property macau --reservation R1
  cardex identity link --property macau opera/4711 reservation:R7 --reason 'told at the desk'
  cardex identity never --property macau opera/4711 opera/5822 --reason 'two brothers'
  cardex identity unlink --property macau e0123… --reason 'namesakes'
  cardex identity links --property macau --automatic
  cardex identity duplicates --property macau
  cardex identity review --property macau --decide
  cardex identity automatic on --by relations
  cardex identity match guests.csv --pairs pairs.csv

Nothing is copied or moved by a link or what undoes it: undone, both guests are what they were. Each prints the key of its event, \
which is what `unlink` takes; `links` lists those in force, and `show` those of a guest.";

/// Look at who is one person with whom, and put it right
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Identity {
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// Show the members of a person, what joins them, and what keeps others apart
    Show(Box<Show>),
    /// Say that two guests are one person
    #[command(after_help = FORMS)]
    Link(Box<Pair>),
    /// Say that two guests never are one person, whatever they share
    #[command(after_help = FORMS)]
    Never(Box<Pair>),
    /// Undo links, or what keeps guests apart, for good
    Unlink(Box<Unlink>),
    /// List the links in force: who made each when, why, and what undoes it
    #[command(after_help = links::EXAMPLES)]
    Links(links::Links),
    /// List the guests that are at least 99 % likely to be one person
    Duplicates(Box<duplicates::Pairs>),
    /// List the guests that may be one person and want a look, or decide them one by one
    Review(Box<duplicates::Review>),
    /// Show, check and activate the identifiers that never link; who is who follows at once, open boards too
    DenyList {
        #[command(subcommand)]
        operation: setting::SettingOperation,
    },
    /// Link guests who are clearly one person by themselves, or leave it to people; say how it stands
    #[command(after_help = automatic::EXAMPLES)]
    Automatic(automatic::Automatic),
    /// Show, check and activate what records are weighed by
    Weights {
        #[command(subcommand)]
        operation: setting::SettingOperation,
    },
    /// Fit weights to a table of records, without labels
    #[command(after_help = matching::EXAMPLES)]
    Fit(matching::Fit),
    /// Find the pairs of a table that may be one person
    #[command(after_help = matching::EXAMPLES)]
    Match(matching::Match),
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    ask: AskArgs,
    #[command(flatten)]
    about: AboutArgs,
}

#[derive(Debug, Args)]
struct Pair {
    /// The hotel that says so
    #[arg(long, value_name = "PROPERTY")]
    property: PropertyId,
    /// The one guest
    #[arg(value_name = "GUEST", value_parser = parse_node)]
    a: NodeRef,
    /// The other guest
    #[arg(value_name = "OTHER", value_parser = parse_node)]
    b: NodeRef,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    by: ByArgs,
    /// When it was found out [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    at: Option<Moment>,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
struct Unlink {
    #[command(flatten)]
    undoing: Undoing,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

impl Identity {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        match &self.operation {
            Operation::Show(show) => show.run(session).await,
            Operation::Link(pair) => pair.run(LinkKind::Same, session).await,
            Operation::Never(pair) => pair.run(LinkKind::Never, session).await,
            Operation::Unlink(unlink) => {
                let Unlink { undoing, reason } = &**unlink;
                undoing.publish(UndoKind::Links, reason, session).await
            }
            Operation::Links(links) => links.run(session).await,
            Operation::Duplicates(pairs) => pairs.run(Queue::Suggested, session).await,
            Operation::Review(review) => review.run(session).await,
            Operation::DenyList { operation } => operation.run(&setting::DENY_LIST, session).await,
            Operation::Automatic(automatic) => automatic.run(session).await,
            Operation::Weights { operation } => operation.run(&setting::WEIGHTS, session).await,
            Operation::Fit(fit) => fit.run().await,
            Operation::Match(find) => find.run().await,
        }
    }
}

impl Show {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let request = GetRequest {
            at_least: self.ask.at_least,
            wait_ms: self.ask.wait_ms(),
            ..GetRequest::of(self.about.guest_ref()?)
        };
        let bus = self.ask.connect(session).await?;
        let profile = self.ask.ask::<Get>(&bus, &request).await?.profile;
        let mut screen = self.format.screen();
        if screen.json() {
            return screen.object(&show::Shown {
                guest: profile.guest,
                identity: profile.identity,
            });
        }
        let style = screen.style();
        screen.text(show::render(&profile.guest, &profile.identity, style))
    }
}

impl Pair {
    async fn run(&self, kind: LinkKind, session: &Session) -> anyhow::Result<()> {
        let link = Link {
            kind,
            a: self.a.clone(),
            b: self.b.clone(),
            occurred_at: self.at.unwrap_or_else(now),
            by: self.by.by()?,
            reason: self.reason.as_str().into(),
        };
        let bus = session.connect().await?;
        let body = Body::Linked(link.clone());
        let published = publish(&bus, as_property(&self.property), None, body).await?;
        published.show(&mut self.format.screen())?;
        let hint = Hint::new(session, &bus, &self.property, &published);
        hint.of_link(&link).await;
        Ok(())
    }
}
