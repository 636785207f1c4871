//! `cardex notes confirm` and `reject`: whether a note means what it seems to say, said by its department or by guest
//! relations.

use std::time::Duration;

use anyhow::Context as _;
use cardex_bus::Bus;
use cardex_domain::event::{Body, CountsAs, JudgedNote, NoteJudgement, Publisher, ReadStatement};
use cardex_domain::evidence::EvidenceId;
use cardex_domain::ids::{AppId, DepartmentId, EventKey, PropertyId};
use cardex_wire::EventSubject;
use cardex_wire::query::{Notes, NotesRequest, ReadingView, ReviewedNote};
use cardex_wire::text::AsText;
use clap::Args;

use super::{As, find, said};
use crate::args::departments;
use crate::args::whom::ByArgs;
use crate::ask::ask;
use crate::clock::now;
use crate::exit::Usage;
use crate::publish::{as_property, publish};
use crate::screen::{Format, note};
use crate::session::Session;

/// How long the aggregator may take to say what a note seems to say.
const PATIENCE: Duration = Duration::from_secs(10);

const CONFIRM_EXAMPLES: &str = "\
Examples:
  cardex notes confirm --property macau --department dining e0123….229 --as stated
  cardex notes confirm --property macau e0123….229 e0123….131 --as observed

`cardex notes review` and `cardex profile explain` print the evidence. The latest word on a statement holds, so that \
what was confirmed can be rejected and the other way round.";

const REJECT_EXAMPLES: &str = "\
Examples:
  cardex notes reject --property macau --department dining e0123….229
  cardex notes reject --property macau e0123….229";

/// Who says it, of what.
#[derive(Debug, Args)]
struct Case {
    /// Evidence that was read from a note
    #[arg(value_name = "EVIDENCE", required = true)]
    evidence: Vec<EvidenceId>,
    /// The hotel
    #[arg(long, value_name = "PROPERTY")]
    property: PropertyId,
    /// The department that speaks, of a note of its own [default: guest relations, of any]
    #[arg(long, value_name = "DEPARTMENT")]
    department: Option<DepartmentId>,
    /// The app it speaks through
    #[arg(
        long,
        value_name = "APP",
        default_value = "staff",
        requires = "department"
    )]
    app: AppId,
    #[command(flatten)]
    by: ByArgs,
    #[command(flatten)]
    format: Format,
}

/// Say that a note means what it seems to say: it counts as stated or observed from now on
#[derive(Debug, Args)]
#[command(after_help = CONFIRM_EXAMPLES)]
pub(super) struct Confirm {
    #[command(flatten)]
    case: Case,
    /// How it is known
    #[arg(long = "as", value_name = "HOW")]
    how: As,
}

/// Say that a note does not mean what it seems to say: it does not count
#[derive(Debug, Args)]
#[command(after_help = REJECT_EXAMPLES)]
pub(super) struct Reject {
    #[command(flatten)]
    case: Case,
}

impl Confirm {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        self.case.publish(self.how.into(), session).await
    }
}

impl Reject {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        self.case.publish(CountsAs::Nothing, session).await
    }
}

impl Case {
    async fn publish(&self, counts_as: CountsAs, session: &Session) -> anyhow::Result<()> {
        if let Some(department) = &self.department {
            departments::doubt(&session.settings, department);
        }
        let bus = session.connect().await?;
        for id in &self.evidence {
            let notes = self.notes(&bus, id.event).await?;
            let (noted, reading) = find(&notes, id).with_context(|| match &self.department {
                Some(department) => format!(
                    "{department} has no such reading of a note of its own to look at; see `cardex notes review \
                     --as {department}`, or let guest relations say so"
                ),
                None => "no note is read so; see `cardex notes review`".to_owned(),
            })?;
            let judgement = NoteJudgement {
                of: self.of(noted)?,
                statement: statement(reading),
                counts_as,
                occurred_at: now(),
                by: Some(self.by.by()?),
            };
            let body = Body::NoteJudged(judgement);
            let published = publish(&bus, self.publisher(), None, body).await?;
            published.show(&mut self.format.screen())?;
            note(format!(
                "{} counts as {}",
                said(reading),
                counts_as.as_str()
            ));
        }
        Ok(())
    }

    /// What the note of the observation seems to say to whoever speaks.
    async fn notes(&self, bus: &Bus, event: EventKey) -> anyhow::Result<Vec<ReviewedNote>> {
        let request = NotesRequest {
            event: Some(AsText(event)),
            ..NotesRequest::default()
        };
        let guest_relations = DepartmentId::new(DepartmentId::GUEST_RELATIONS)
            .context("the name is a department's")?;
        let department = self.department.as_ref().unwrap_or(&guest_relations);
        let reply = ask::<Notes>(bus, &self.property, department, PATIENCE, &request).await?;
        Ok(reply.notes)
    }

    fn publisher(&self) -> Publisher {
        match &self.department {
            None => as_property(&self.property),
            Some(department) => EventSubject::Observation {
                property: self.property.clone(),
                department: department.clone(),
                app: self.app.clone(),
            }
            .publisher(),
        }
    }

    fn of(&self, noted: &ReviewedNote) -> anyhow::Result<JudgedNote> {
        if self.department.is_none() {
            return Ok(JudgedNote::Any(noted.event.0));
        }
        if let Some(via) = &noted.via {
            let way_out = format!(
                "{via} published it through a gateway: let guest relations say so, without --department"
            );
            return Err(Usage(way_out).into());
        }
        let app = &noted.app.0;
        Ok(JudgedNote::Own {
            event: noted.event_id.as_str().into(),
            app: (*app != self.app).then(|| app.clone()),
            key: noted.event.0,
        })
    }
}

fn statement(reading: &ReadingView) -> ReadStatement {
    ReadStatement {
        attribute: reading.attribute.0.clone(),
        value: reading.value.as_str().into(),
        polarity: reading.polarity.into(),
        scope: reading.scope.into(),
    }
}
