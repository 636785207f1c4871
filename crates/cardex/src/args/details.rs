//! What a booking says, given as flags.

use cardex_domain::event::{
    Address, ExternalProfile, GuestDetails, Name, Particulars, Purpose, StayDetails,
};
use cardex_domain::ids::Room;
use cardex_domain::time::Day;
use clap::Args;

use super::identifiers::IdentifierArgs;
use super::{parse_profile, parse_purpose};
use crate::clock::parse_day;

/// Dates, occupancy and who is coming; what is left out stays as it was.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The booking")]
pub(crate) struct DetailsArgs {
    /// First day: YYYY-MM-DD, today, tomorrow, or days from today like +3
    #[arg(long, value_name = "DAY", value_parser = parse_day, allow_hyphen_values = true)]
    arrival: Option<Day>,
    /// Day of departure
    #[arg(long, value_name = "DAY", value_parser = parse_day, allow_hyphen_values = true)]
    departure: Option<Day>,
    /// Type of room, in the hotel's own code
    #[arg(long, value_name = "CODE")]
    room_type: Option<String>,
    /// Adults in the room
    #[arg(long, value_name = "N")]
    adults: Option<u16>,
    /// Children in the room
    #[arg(long, value_name = "N")]
    children: Option<u16>,
    /// Number of the group or family booking
    #[arg(long, value_name = "NUMBER")]
    party: Option<String>,
    /// What the guest comes for: business, leisure or family
    #[arg(long, value_name = "PURPOSE", value_parser = parse_purpose)]
    purpose: Option<Purpose>,
    #[command(flatten)]
    guest: GuestArgs,
}

impl DetailsArgs {
    /// The details, with the room set aside.
    pub(crate) fn details(&self, room: Option<Room>) -> StayDetails {
        let guest = self.guest.details();
        StayDetails {
            arrival: self.arrival,
            departure: self.departure,
            room,
            room_type: boxed(self.room_type.as_ref()),
            adults: self.adults,
            children: self.children,
            party: boxed(self.party.as_ref()),
            purpose: self.purpose,
            guest: (guest != GuestDetails::default()).then_some(guest),
        }
    }
}

/// Who somebody is.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The guest")]
pub(crate) struct GuestArgs {
    /// The guest's profile in another system
    #[arg(long, value_name = "SYSTEM/ID", value_parser = parse_profile)]
    profile: Option<ExternalProfile>,
    #[command(flatten)]
    person: PersonArgs,
}

impl GuestArgs {
    fn details(&self) -> GuestDetails {
        GuestDetails {
            profile: self.profile.clone(),
            ..self.person.details()
        }
    }
}

/// Name, language, particulars and identifiers.
#[derive(Debug, Clone, Args)]
pub(crate) struct PersonArgs {
    /// How the guest is addressed, such as Mr or 女士
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    /// Family name
    #[arg(long, value_name = "NAME")]
    family: Option<String>,
    /// Given name
    #[arg(long, value_name = "NAME")]
    given: Option<String>,
    /// The whole name as the guest writes it
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Language the guest speaks, such as zh-Hant or en
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// Country of nationality, such as SGP
    #[arg(long, value_name = "COUNTRY")]
    nationality: Option<String>,
    #[command(flatten)]
    particulars: ParticularsArgs,
    #[command(flatten)]
    identifiers: IdentifierArgs,
    /// Telephone and e-mail were checked to be the guest's own, so that they tell who it is
    #[arg(long)]
    verified: bool,
}

impl PersonArgs {
    /// The same as an event says it.
    pub(crate) fn details(&self) -> GuestDetails {
        let name = Name {
            title: boxed(self.title.as_ref()),
            family: boxed(self.family.as_ref()),
            given: boxed(self.given.as_ref()),
            full: boxed(self.name.as_ref()),
        };
        GuestDetails {
            profile: None,
            name: (name != Name::default()).then_some(name),
            language: boxed(self.language.as_ref()),
            nationality: boxed(self.nationality.as_ref()),
            particulars: self.particulars.said(),
            identifiers: self.identifiers.identifiers(self.verified),
        }
    }
}

/// What tells namesakes apart.
#[derive(Debug, Clone, Args)]
struct ParticularsArgs {
    /// When the guest was born: YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    born: Option<Day>,
    /// Street, with or without the house number; an address takes the place of an earlier one as a whole
    #[arg(long, value_name = "TEXT")]
    street: Option<String>,
    /// House number
    #[arg(long, value_name = "NUMBER")]
    house: Option<String>,
    /// Second line of the address: building, estate, district
    #[arg(long, value_name = "TEXT")]
    line2: Option<String>,
    /// Town or suburb
    #[arg(long, value_name = "TOWN")]
    city: Option<String>,
    /// Postcode
    #[arg(long, value_name = "CODE")]
    postcode: Option<String>,
    /// State, province or country of the address
    #[arg(long, value_name = "TEXT")]
    region: Option<String>,
    /// The company that the guest travels for
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
}

impl ParticularsArgs {
    fn said(&self) -> Particulars {
        let address = Address {
            street: boxed(self.street.as_ref()),
            house: boxed(self.house.as_ref()),
            line2: boxed(self.line2.as_ref()),
            city: boxed(self.city.as_ref()),
            postcode: boxed(self.postcode.as_ref()),
            region: boxed(self.region.as_ref()),
        };
        Particulars {
            birth_date: self.born,
            address: (address != Address::default()).then_some(address),
            company: boxed(self.company.as_ref()),
        }
    }
}

fn boxed(text: Option<&String>) -> Option<Box<str>> {
    text.map(|text| text.as_str().into())
}
