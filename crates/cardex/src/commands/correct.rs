//! `cardex correct`: puts right what is known of a guest's preferences, with who says so and why.

mod open;

use cardex_domain::event::{
    Body, ClaimRef, GuestRef, Judgement, Old, Owner, PreferenceCorrection, Scope, Statement,
    UndoKind,
};
use cardex_domain::evidence::EvidenceRef;
use cardex_domain::ids::{DepartmentId, PropertyId};
use cardex_domain::time::Moment;
use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use self::open::Open;
use crate::args::about::AboutArgs;
use crate::args::statements::{must_protect, parse as parse_statement, parse_claim};
use crate::args::whom::{ByArgs, FORMS, parse_guest};
use crate::clock::{now, parse_moment};
use crate::commands::undo::Undoing;
use crate::hint::Hint;
use crate::publish::{as_property, publish};
use crate::screen::Format;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  cardex correct no-longer --property macau --profile opera/4711 room.floor=10 --why 'his knee'
  cardex correct never-was --property macau --room 1012 dining.cuisine=sichuan --why 'wrong table'
  cardex correct someone-else --property macau --room 1012 e0123….0 --to room:1013 \\
      --why 'the next door'
  cardex correct restate --property macau --room 1012 --old room.facing=north room.facing=south \\
      --why 'he told us'
  cardex correct retract --property macau e0123… --why 'it was true after all'

`cardex profile explain` prints the evidence and, where a correction keeps it from counting, which one. What is \
noticed after a correction counts again. Each correction prints the key of its event, which is what `retract` takes.";

/// Put right what is known of a guest's preferences
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Correct {
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// It was true, and is not any more: it does not count from that day on
    NoLonger(Claimed),
    /// It never was true: it does not count on any day
    NeverWas(Claimed),
    /// It is about somebody else: it counts there, and no longer here
    SomeoneElse(SomeoneElse),
    /// Something else is right instead: the guest said so
    Restate(Restate),
    /// Retract corrections for good
    Retract(Retract),
    /// List what staff said is wrong, on the boards, and still counts
    Open(Open),
}

/// Of whom, by whom, why and when.
#[derive(Debug, Args)]
struct Case {
    /// The hotel that says so
    #[arg(long, value_name = "PROPERTY")]
    property: PropertyId,
    /// Why
    #[arg(long, value_name = "TEXT")]
    why: String,
    #[command(flatten)]
    by: ByArgs,
    /// When it was found out; what was noticed later is not judged [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    at: Option<Moment>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    about: AboutArgs,
}

#[derive(Debug, Args)]
struct Claimed {
    /// What is not so
    #[arg(value_name = "ATTRIBUTE=VALUE", value_parser = parse_claim)]
    claim: ClaimRef,
    #[command(flatten)]
    case: Case,
}

#[derive(Debug, Args)]
#[command(after_help = FORMS, group = ArgGroup::new("owner").required(true))]
struct SomeoneElse {
    /// Evidence: an event's key, or one statement of it
    #[arg(value_name = "EVIDENCE", required = true)]
    evidence: Vec<EvidenceRef>,
    /// The guest whose it is; also room:ROOM, for whoever is there
    #[arg(long, value_name = "GUEST", value_parser = parse_guest, group = "owner")]
    to: Option<GuestRef>,
    /// It is the party's with whom the guest stayed then
    #[arg(long, group = "owner")]
    to_party: bool,
    /// Whose it is, nobody knows
    #[arg(long, group = "owner")]
    to_nobody: bool,
    #[command(flatten)]
    case: Case,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("wrong").required(true))]
struct Restate {
    /// What is right
    #[arg(value_name = "ATTRIBUTE=VALUE", value_parser = parse_statement)]
    right: Statement,
    /// What never was true
    #[arg(long, value_name = "ATTRIBUTE=VALUE", value_parser = parse_claim, group = "wrong")]
    old: Option<ClaimRef>,
    /// Evidence that is wrong: an event's key, or one statement of it
    #[arg(long, value_name = "EVIDENCE", group = "wrong")]
    evidence: Vec<EvidenceRef>,
    /// For whom what is right holds
    #[arg(long, value_name = "SCOPE", default_value = "guest")]
    scope: ScopeArg,
    #[command(flatten)]
    case: Case,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ScopeArg {
    /// For the guest, at every stay
    Guest,
    /// For the party of that stay
    Party,
    /// For that stay alone
    Stay,
}

#[derive(Debug, Args)]
struct Retract {
    #[command(flatten)]
    undoing: Undoing,
    /// Why
    #[arg(long, value_name = "TEXT")]
    why: String,
}

impl Correct {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        match &self.operation {
            Operation::NoLonger(claimed) => {
                let judgement = Judgement::NoLonger(claimed.claim.clone());
                claimed.case.publish(judgement, session).await
            }
            Operation::NeverWas(claimed) => {
                let judgement = Judgement::NeverWas(claimed.claim.clone());
                claimed.case.publish(judgement, session).await
            }
            Operation::SomeoneElse(other) => other.case.publish(other.judgement(), session).await,
            Operation::Restate(restate) => restate.run(session).await,
            Operation::Retract(Retract { undoing, why }) => {
                undoing.publish(UndoKind::Corrections, why, session).await
            }
            Operation::Open(open) => open.run(session).await,
        }
    }
}

impl Case {
    async fn publish(
        &self,
        judgement: Judgement<GuestRef>,
        session: &Session,
    ) -> anyhow::Result<()> {
        let correction = PreferenceCorrection {
            about: self.about.guest_ref()?,
            judgement,
            occurred_at: self.at.unwrap_or_else(now),
            by: self.by.by()?,
            why: self.why.as_str().into(),
        };
        let bus = session.connect().await?;
        let body = Body::PreferenceCorrected(correction.clone());
        let published = publish(&bus, as_property(&self.property), None, body).await?;
        published.show(&mut self.format.screen())?;
        let hint = Hint::new(session, &bus, &self.property, &published);
        if let Judgement::Restated { right, .. } = &correction.judgement {
            hint.of_statements(std::slice::from_ref(right)).await;
        }
        hint.of_correction(&correction).await;
        Ok(())
    }
}

impl SomeoneElse {
    fn judgement(&self) -> Judgement<GuestRef> {
        let to = match &self.to {
            Some(guest) => Owner::Guest(guest.clone()),
            None if self.to_party => Owner::Party,
            None => Owner::Nobody,
        };
        Judgement::SomeoneElse {
            evidence: self.evidence.clone(),
            to,
        }
    }
}

impl Restate {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let (property, engine) = (&self.case.property, DepartmentId::engine());
        must_protect(
            session,
            (property, &engine),
            std::slice::from_ref(&self.right),
        )
        .await?;
        let old = match &self.old {
            Some(claim) => Old::Claim(claim.clone()),
            None => Old::Evidence(self.evidence.clone()),
        };
        let scope = match self.scope {
            ScopeArg::Guest => Scope::Guest,
            ScopeArg::Party => Scope::Party,
            ScopeArg::Stay => Scope::Stay,
        };
        let right = self.right.clone();
        let judgement = Judgement::Restated { old, right, scope };
        self.case.publish(judgement, session).await
    }
}
