//! What staff said is wrong, until somebody puts it right.

use cardex_wire::event::v1::Polarity;
use cardex_wire::query::{Wrong, WrongReply, WrongRequest, WrongView};
use clap::Args;

use crate::ask::AskArgs;
use crate::clock::short;
use crate::screen::table::Table;
use crate::screen::{Format, Screen, note};
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  cardex correct open --property macau
  cardex correct open --property macau --json

An item stays here as long as evidence from before it was said to be wrong counts for what it claims: \
`cardex correct never-was`, `restate` or `someone-else`, or a retraction, takes it off. Where it says that \
the guest does not want something (!=), give the evidence: `cardex correct someone-else … EVIDENCE --to-nobody`.";

/// What is said to be wrong and still counts.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Open {
    /// The most to list
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    ask: AskArgs,
}

impl Open {
    pub(super) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let bus = self.ask.connect(session).await?;
        let mut screen = self.format.screen();
        let (mut after, mut left) = (None, self.limit.unwrap_or(u32::MAX));
        let mut any = false;
        loop {
            let request = WrongRequest {
                after,
                limit: Some(left),
                at_least: self.ask.at_least,
                wait_ms: self.ask.wait_ms(),
            };
            let reply = self.ask.ask::<Wrong>(&bus, &request).await?;
            if !any {
                screen.lag(reply.sequence, reply.behind);
            }
            any |= !reply.wrong.is_empty();
            show(&reply, &mut screen)?;
            left -= u32::try_from(reply.wrong.len()).unwrap_or(left).min(left);
            after = reply.next;
            if after.is_none() || left == 0 {
                break;
            }
        }
        if !any {
            note("nothing waits to be put right");
        }
        Ok(())
    }
}

fn show(reply: &WrongReply, screen: &mut Screen) -> anyhow::Result<()> {
    if screen.json() {
        return screen.objects(&reply.wrong, reply.sequence);
    }
    if reply.wrong.is_empty() {
        return Ok(());
    }
    let heading = ["said", "by", "of", "what", "evidence", "in their words"];
    let mut table = Table::new(&heading);
    for wrong in &reply.wrong {
        table.row(row(wrong));
    }
    screen.text(table.render(screen.style()))
}

fn row(wrong: &WrongView) -> [String; 6] {
    let by = match &wrong.by {
        Some(staff) => format!("{} {staff}", wrong.department),
        None => wrong.department.to_string(),
    };
    let of = match &wrong.room {
        Some(room) => format!("room {room}, {}", wrong.stay),
        None => wrong.stay.to_string(),
    };
    let claims = wrong.claims.iter();
    let what = claims.map(|of| {
        let sign = match of.polarity {
            Polarity::For => "=",
            Polarity::Against => "!=",
        };
        format!("{}{sign}{}", of.claim.attribute, of.claim.value)
    });
    let evidence = wrong.claims.iter().flat_map(|of| &of.evidence);
    [
        short(wrong.occurred_at.0),
        by,
        of,
        what.collect::<Vec<_>>().join(", "),
        evidence
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
        wrong.note.clone().unwrap_or_default(),
    ]
}
