//! `cardex guest`: puts right what is known of a guest beside preferences.

use cardex_domain::event::{Body, ExternalProfile, GuestCorrection, GuestDetails};
use cardex_domain::ids::PropertyId;
use cardex_domain::time::Moment;
use clap::{Args, Subcommand};

use crate::args::details::PersonArgs;
use crate::args::parse_profile;
use crate::clock::{now, parse_moment};
use crate::exit::Usage;
use crate::publish::{as_property, publish};
use crate::screen::Format;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  cardex guest correct --property macau --profile opera/4711 \\
      --title Mr --family Zhuang --language zh-Hans
  cardex guest correct --property macau --profile opera/4711 --phone +6591234567 --verified
  cardex guest correct --property macau --profile opera/4711 --born 1961-08-30 --city Singapore

The profile is created when it is new. What is left out stays as it was; identifiers are added, and an address \
takes the place of the one before.";

/// Put right what is known of a guest beside preferences
#[derive(Debug, Args)]
pub(crate) struct Guest {
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// Correct name, language, birth date, address, company or identifiers of a profile
    #[command(after_help = EXAMPLES)]
    Correct(Correct),
}

#[derive(Debug, Args)]
struct Correct {
    /// The hotel
    #[arg(long, value_name = "PROPERTY")]
    property: PropertyId,
    /// The profile to correct
    #[arg(long, value_name = "SYSTEM/ID", value_parser = parse_profile)]
    profile: ExternalProfile,
    /// The member of staff
    #[arg(long, value_name = "STAFF")]
    by: Option<String>,
    /// When it was put right; a day alone is its first moment [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    at: Option<Moment>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    person: PersonArgs,
}

impl Guest {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let Operation::Correct(correct) = &self.operation;
        let details = correct.person.details();
        if details == GuestDetails::default() {
            return Err(Usage(
                "say what is right: a name, birth date, address or identifier, say".to_owned(),
            )
            .into());
        }
        let body = Body::GuestCorrected(GuestCorrection {
            profile: correct.profile.clone(),
            details,
            occurred_at: correct.at.unwrap_or_else(now),
            by: correct.by.as_deref().map(Into::into),
        });
        let bus = session.connect().await?;
        let published = publish(&bus, as_property(&correct.property), None, body).await?;
        published.show(&mut correct.format.screen())
    }
}
