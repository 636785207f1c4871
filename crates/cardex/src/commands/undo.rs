//! Undoing for good what somebody decided, by the keys of its events.

use cardex_domain::event::{Body, Undo, UndoKind};
use cardex_domain::ids::{EventKey, PropertyId};
use clap::Args;

use crate::args::whom::ByArgs;
use crate::hint::Hint;
use crate::publish::{as_property, publish};
use crate::screen::Format;
use crate::session::Session;

/// What is undone, who says so and where.
#[derive(Debug, Args)]
pub(crate) struct Undoing {
    /// The hotel that says so
    #[arg(long, value_name = "PROPERTY")]
    property: PropertyId,
    /// The keys of the events to undo
    #[arg(value_name = "EVENT", required = true)]
    events: Vec<EventKey>,
    #[command(flatten)]
    by: ByArgs,
    #[command(flatten)]
    format: Format,
}

impl Undoing {
    /// Publishes that it is undone, and why.
    pub(crate) async fn publish(
        &self,
        kind: UndoKind,
        reason: &str,
        session: &Session,
    ) -> anyhow::Result<()> {
        let body = Body::Undone(Undo {
            kind,
            events: self.events.clone(),
            by: self.by.by()?,
            reason: reason.into(),
        });
        let bus = session.connect().await?;
        let published = publish(&bus, as_property(&self.property), None, body).await?;
        published.show(&mut self.format.screen())?;
        let hint = Hint::new(session, &bus, &self.property, &published);
        hint.of_undoing(kind).await;
        Ok(())
    }
}
