//! `cardex observe`: what staff notice, published as any staff app would.

use cardex_domain::event::{
    Body, Observation, Polarity, Purpose, Reach, Retraction, Scope, Source, Statement,
};
use cardex_domain::ids::EventKey;
use cardex_domain::time::Moment;
use cardex_wire::subject::EventSubject;
use cardex_wire::text::EventId;
use clap::{ArgMatches, Args, Command, FromArgMatches};

use super::notes;
use crate::args::about::AboutArgs;
use crate::args::statements::{must_protect, parse as parse_statement};
use crate::args::{DepartmentArgs, departments, parse_purpose};
use crate::clock::{WHOSE_CLOCK, now, parse_moment};
use crate::exit::Usage;
use crate::hint::Hint;
use crate::publish::{parse_id, publish};
use crate::screen::Format;
use crate::session::Session;

const RETRACT: &str = "retract";

const EXAMPLES: &str = "\
Examples:
  cardex observe --property macau --department dining --room 1012 dining.cuisine=sichuan
  cardex observe --property macau --department front_desk --reservation R1 --stated \\
      room.facing=south room.floor=10
  cardex observe --property macau --department dining --room 1012 'dining.dish!=cold chicken'
  cardex observe --property macau --department front_desk --reservation R1 --stated --scope stay \\
      room.bed_type=twin
  cardex observe --property macau --department floor --stay s0123… --note 'mud on his shoes again'
  cardex observe retract --property macau --department dining 01JD8ZK3S8X4V0YJ6T5N2B7QCM

What the vocabulary does not know is published all the same and kept for curation; a warning says so. \
`cardex vocabulary show` lists what it knows.";

/// An observation, or the taking back of one.
#[derive(Debug)]
pub(crate) enum Observe {
    Record(Box<Record>),
    Retract(Box<Retract>),
}

impl Args for Observe {
    fn augment_args(command: Command) -> Command {
        let retract = Retract::augment_args(Command::new(RETRACT))
            .about("Take back an observation, or one statement of it, for good");
        Record::augment_args(command)
            .about("Publish something that was noticed about a guest, or take it back")
            .after_help(format!("{EXAMPLES}\n\n{WHOSE_CLOCK}"))
            .subcommand(retract)
            .args_conflicts_with_subcommands(true)
            .subcommand_negates_reqs(true)
            .disable_help_subcommand(true)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Observe {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        match matches.subcommand() {
            Some((RETRACT, matches)) => Retract::from_arg_matches(matches)
                .map(Box::new)
                .map(Self::Retract),
            _ => Record::from_arg_matches(matches)
                .map(Box::new)
                .map(Self::Record),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Something that was noticed.
#[derive(Debug, Args)]
pub(crate) struct Record {
    #[command(flatten)]
    publisher: DepartmentArgs,
    #[command(flatten)]
    format: Format,
    /// What it says, such as room.facing=south; != for what the guest does not want
    #[arg(value_name = "ATTRIBUTE=VALUE", value_parser = parse_statement)]
    statements: Vec<Statement>,
    /// The guest said so
    #[arg(long, group = "how")]
    stated: bool,
    /// Somebody saw it (this is the default)
    #[arg(long, group = "how")]
    observed: bool,
    /// It was concluded from something else
    #[arg(long, group = "how")]
    inferred: bool,
    /// For whom it holds: the guest at every stay; the party, who share the room or the number of a group booking; or
    /// the stay alone
    #[arg(long, value_name = "SCOPE", default_value = "guest", value_parser = parse_scope)]
    scope: Scope,
    /// Where it holds: property (this hotel alone) or chain [default: as the vocabulary says]
    #[arg(long, value_name = "REACH", value_parser = parse_reach)]
    reach: Option<Reach>,
    /// On what kind of trip it holds: business, leisure or family [default: as the stay's, where it is known]
    #[arg(long, value_name = "PURPOSE", value_parser = parse_purpose)]
    purpose: Option<Purpose>,
    /// Every statement is about what the guest does not want
    #[arg(long)]
    against: bool,
    /// Free text
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// When it was noticed, such as 2026-11-20T19:30; a day alone is its first moment [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    at: Option<Moment>,
    /// The member of staff
    #[arg(long, value_name = "STAFF")]
    by: Option<String>,
    /// The event's id: a ULID or UUID, the same when it is published again [default: a fresh one]
    #[arg(long, value_name = "ID", value_parser = parse_id)]
    id: Option<EventId>,
    #[command(flatten)]
    about: AboutArgs,
}

/// Which observation is taken back.
#[derive(Debug, Args)]
pub(crate) struct Retract {
    #[command(flatten)]
    publisher: DepartmentArgs,
    /// The observation's id
    #[arg(value_name = "ID", value_parser = parse_id)]
    event: EventId,
    /// The one statement to take back, counted from 0 [default: all]
    #[arg(long, value_name = "N")]
    statement: Option<u8>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    format: Format,
}

fn parse_scope(text: &str) -> Result<Scope, String> {
    match text {
        "guest" => Ok(Scope::Guest),
        "party" => Ok(Scope::Party),
        "stay" => Ok(Scope::Stay),
        _ => Err("a scope is guest, party or stay".to_owned()),
    }
}

fn parse_reach(text: &str) -> Result<Reach, String> {
    match text {
        "property" => Ok(Reach::Property),
        "chain" => Ok(Reach::Chain),
        _ => Err("a reach is property or chain".to_owned()),
    }
}

impl Observe {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        match self {
            Self::Retract(retract) => retract.run(session).await,
            Self::Record(record) => record.run(session).await,
        }
    }
}

impl Record {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let observation = self.observation()?;
        let (property, department) = (&self.publisher.property, &self.publisher.department);
        must_protect(session, (property, department), &observation.statements).await?;
        departments::doubt(&session.settings, department);
        let bus = session.connect().await?;
        let body = Body::Observed(observation.clone());
        let id = self.id.clone();
        let published = publish(&bus, self.publisher.publisher(), id, body).await?;
        published.show(&mut self.format.screen())?;
        if let Some(text) = &self.note {
            let publisher = &self.publisher;
            notes::after_publishing(session, &bus, publisher, &published, text).await;
        }
        let hint = Hint::new(session, &bus, property, &published).asking_as(department.clone());
        let vocabulary = hint.of_statements(&observation.statements).await;
        hint.of_personal(&observation, &vocabulary).await;
        hint.of_observation().await;
        Ok(())
    }

    fn observation(&self) -> Result<Observation, Usage> {
        let Self {
            statements,
            stated,
            inferred,
            scope,
            reach,
            purpose,
            against,
            note,
            at,
            by,
            ..
        } = self;
        if statements.is_empty() && note.is_none() {
            let way_out = "say what was noticed: ATTRIBUTE=VALUE, or --note TEXT";
            return Err(Usage(way_out.to_owned()));
        }
        let mut statements = statements.clone();
        if *against {
            statements
                .iter_mut()
                .for_each(|s| s.polarity = Polarity::Against);
        }
        for statement in &mut statements {
            statement.purpose = *purpose;
        }
        Ok(Observation {
            about: self.about.guest_ref()?,
            observed_at: at.unwrap_or_else(now),
            seen_by: by.as_deref().map(Into::into),
            source: match (stated, inferred) {
                (true, _) => Source::Stated,
                (_, true) => Source::Inferred,
                _ => Source::Observed,
            },
            scope: *scope,
            reach: *reach,
            statements,
            note: note.as_deref().map(Into::into),
        })
    }
}

impl Retract {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let publisher = self.publisher.publisher();
        let body = Body::Retracted(Retraction {
            event: self.event.as_str().into(),
            key: self.key(),
            statement: self.statement,
            reason: self.reason.as_deref().map(Into::into),
        });
        let bus = session.connect().await?;
        let published = publish(&bus, publisher, None, body).await?;
        published.show(&mut self.format.screen())?;
        let hint = Hint::new(session, &bus, &self.publisher.property, &published);
        hint.of_retraction().await;
        Ok(())
    }

    fn key(&self) -> EventKey {
        let subject = EventSubject::from(&self.publisher);
        EventKey::of(&subject.to_string(), self.event.as_str())
    }
}
