//! Asking the aggregator, as a department would.

use std::time::Duration;

use anyhow::Context as _;
use cardex_bus::{Bus, RequestError};
use cardex_domain::ids::{DepartmentId, PropertyId};
use cardex_wire::BoardView;
use cardex_wire::query::{
    Boards, BoardsRequest, ErrorCode, Operation, QueryError, decode_reply, encode,
};
use cardex_wire::subject::{QuerySubject, Token};
use clap::Args;

use crate::args::departments;
use crate::session::Session;

/// How long an answer may take beside the time that the aggregator is given to catch up.
const ANSWER_BOUND: Duration = Duration::from_secs(10);

/// As whom to ask, and how fresh the answer has to be.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Asking")]
pub(crate) struct AskArgs {
    /// The hotel that asks
    #[arg(long, value_name = "PROPERTY")]
    pub(crate) property: PropertyId,
    /// Ask as this department, and see what it may see
    #[arg(long = "as", value_name = "DEPARTMENT", default_value = DepartmentId::ENGINE)]
    pub(crate) department: DepartmentId,
    /// The sequence that the answer must have reached, as publishing prints it
    #[arg(long, value_name = "SEQUENCE")]
    pub(crate) at_least: Option<u64>,
    /// How long to wait for that, in milliseconds
    #[arg(
        long,
        value_name = "MS",
        default_value_t = 5_000,
        requires = "at_least"
    )]
    wait_ms: u32,
}

impl AskArgs {
    /// How long the aggregator may wait until it has come far enough.
    pub(crate) fn wait_ms(&self) -> Option<u32> {
        self.at_least.map(|_| self.wait_ms)
    }

    /// Connects, with a word on a department that looks mistyped: its answers would look like a real one's.
    pub(crate) async fn connect(&self, session: &Session) -> anyhow::Result<Bus> {
        departments::doubt(&session.settings, &self.department);
        session.connect().await
    }

    /// Asks and reads the answer.
    pub(crate) async fn ask<O: Operation>(
        &self,
        bus: &Bus,
        request: &O::Request,
    ) -> anyhow::Result<O::Reply> {
        let patience = ANSWER_BOUND + Duration::from_millis(self.wait_ms().unwrap_or(0).into());
        ask::<O>(bus, &self.property, &self.department, patience, request).await
    }
}

/// Asks as a department and reads the answer.
pub(crate) async fn ask<O: Operation>(
    bus: &Bus,
    property: &PropertyId,
    department: &DepartmentId,
    patience: Duration,
    request: &O::Request,
) -> anyhow::Result<O::Reply> {
    let subject = QuerySubject {
        property: property.clone(),
        department: department.clone(),
        op: Token::new(O::NAME).context("an operation's name is a token")?,
    };
    let answer = bus
        .request(&subject.to_string(), encode(request).into(), patience)
        .await;
    Ok(decode_reply(&answer.map_err(explained)?)?)
}

/// The current boards of a department, as its own software asks for them.
pub(crate) async fn boards(
    bus: &Bus,
    property: &PropertyId,
    department: &DepartmentId,
) -> anyhow::Result<Vec<BoardView>> {
    let request = BoardsRequest::default();
    let reply = ask::<Boards>(bus, property, department, ANSWER_BOUND, &request).await?;
    Ok(reply.boards)
}

/// The error with the way out, where there is one.
fn explained(error: RequestError) -> anyhow::Error {
    match error {
        RequestError::Service(error) => {
            let error = QueryError::from_header(error.code, &error.message);
            let way_out = match error.code {
                ErrorCode::NotFound => {
                    "that means nobody, or not one alone; check it, name the stay with --stay, or try `cardex profile find`"
                }
                ErrorCode::Behind => {
                    "the aggregator is still catching up; ask again, or give it longer with --wait-ms"
                }
                ErrorCode::Changed => {
                    "something is recorded of this guest again and again; ask again in a moment"
                }
                ErrorCode::Unavailable => "the aggregator is not ready; ask again in a moment",
                ErrorCode::Forbidden => "this department may not ask that; name another with --as",
                _ => "the aggregator cannot answer",
            };
            anyhow::Error::from(error).context(way_out)
        }
        RequestError::NoResponders { .. } => anyhow::Error::from(error)
            .context("nobody on this bus answers that; start `cardex up`, or `cardex aggregator` and `cardex checkin`"),
        other => other.into(),
    }
}
