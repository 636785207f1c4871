//! `cardex outcome`: what became of an item of a board.

use cardex_domain::event::{
    Body, GuestRef, Observation, Outcome as Event, OutcomeKind, Scope, Source, Statement,
};
use cardex_domain::ids::{ItemId, NodeId, StayId};
use cardex_domain::time::Moment;
use cardex_wire::text::EventId;
use clap::{Args, ValueEnum};

use crate::args::statements::parse as parse_statement;
use crate::args::{DepartmentArgs, departments};
use crate::clock::{now, parse_moment};
use crate::hint::Hint;
use crate::publish::{parse_id, publish};
use crate::screen::Format;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  cardex outcome --property macau --department floor --stay s0123… --item floor.0123… done
  cardex outcome --property macau --department dining --stay s0123… --item dining.0123… declined \\
      --by waiter-7 --note 'had eaten already'

  cardex outcome --property macau --department floor --stay s0123… --item floor.0123… delighted \\
      --told amenity.fruit=mango --told amenity.fruit!=banana

Stay and items are in `cardex prompts watch --json`. What delighted the guest speaks for what the item suggested, and what \
was declined against it. What the guest said is published beside, as something stated. What is wrong waits in \
`cardex correct open`.";

/// Publish what became of an item of a board
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Outcome {
    #[command(flatten)]
    publisher: DepartmentArgs,
    /// The stay on whose board the item stands
    #[arg(long, value_name = "STAY")]
    stay: StayId,
    /// The item
    #[arg(long, value_name = "ITEM")]
    item: ItemId,
    /// What became of it
    outcome: Became,
    /// The member of staff
    #[arg(long, value_name = "STAFF")]
    by: Option<String>,
    /// Free text
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// What the guest said: room.facing=south, dining.dish!=durian
    #[arg(long, value_name = "ATTRIBUTE=VALUE", value_parser = parse_statement)]
    told: Vec<Statement>,
    /// When it came about, such as 2026-11-20T19:30; a day alone is its first moment [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    at: Option<Moment>,
    /// The event's id: a ULID or UUID, the same when it is published again [default: a fresh one]
    #[arg(long, value_name = "ID", value_parser = parse_id)]
    id: Option<EventId>,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Became {
    /// It reached a screen
    Delivered,
    /// A person saw it
    Acknowledged,
    /// It was carried out
    Done,
    /// The guest did not want it
    Declined,
    /// It was carried out and the guest was visibly pleased
    Delighted,
    /// It could not be carried out
    NotPossible,
    /// It is not true of this guest
    Wrong,
}

impl From<Became> for OutcomeKind {
    fn from(became: Became) -> Self {
        match became {
            Became::Delivered => Self::Delivered,
            Became::Acknowledged => Self::Acknowledged,
            Became::Done => Self::Done,
            Became::Declined => Self::Declined,
            Became::Delighted => Self::Delighted,
            Became::NotPossible => Self::NotPossible,
            Became::Wrong => Self::Wrong,
        }
    }
}

impl Outcome {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let occurred_at = self.at.unwrap_or_else(now);
        let outcome = Event {
            stay: self.stay,
            item: self.item.clone(),
            outcome: self.outcome.into(),
            occurred_at,
            by: self.by.as_deref().map(Into::into),
            note: self.note.as_deref().map(Into::into),
        };
        departments::doubt(&session.settings, &self.publisher.department);
        let bus = session.connect().await?;
        let publisher = self.publisher.publisher();
        let mut screen = self.format.screen();
        let body = Body::Outcome(outcome.clone());
        let published = publish(&bus, publisher.clone(), self.id.clone(), body).await?;
        published.show(&mut screen)?;
        if !self.told.is_empty() {
            // Under the same id on its own subject, so that it is said once however often the command is given.
            let told = publish(&bus, publisher, self.id.clone(), self.told(occurred_at)).await?;
            told.show(&mut screen)?;
        }
        let hint = Hint::new(session, &bus, &self.publisher.property, &published);
        let department = self.publisher.department.clone();
        let hint = hint.asking_as(department);
        hint.of_outcome(&outcome).await;
        hint.of_statements(&self.told).await;
        Ok(())
    }

    /// What the guest said.
    fn told(&self, observed_at: Moment) -> Body {
        Body::Observed(Observation {
            about: GuestRef::Node(NodeId::Stay(self.stay)),
            observed_at,
            seen_by: self.by.as_deref().map(Into::into),
            source: Source::Stated,
            scope: Scope::Guest,
            reach: None,
            statements: self.told.clone(),
            note: None,
        })
    }
}
