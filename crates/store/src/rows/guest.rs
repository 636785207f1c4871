//! The rows of stays and of corrections: what was said of a booking and of the person.

use bincode::{BorrowDecode, Encode};
use cardex_domain::event::{
    Address, ExternalProfile, GuestDetails, Identifier, IdentifierKind, Name, Particulars, Purpose,
    StayChange, StayDetails,
};
use cardex_domain::fact::{GuestFact, GuestFacts, StayFact};
use cardex_domain::ids::{EventKey, IdentifierKey, ProfileId, PropertyId, Room, StayId};
use cardex_domain::time::Day;

use super::{Behind, Coded, MomentRow, Senseless, boxed, moment, moment_row};

/// An event of the stay in the key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct StayRow<'a> {
    pub(crate) sequence: u64,
    property: &'a str,
    reservation: &'a str,
    occurred_at: MomentRow,
    change: ChangeRow<'a>,
    guest: Option<FactsRow<'a>>,
    /// Of the guest, as said and derived alike. Since format 3.
    particulars: Behind<ParticularsRow<'a>>,
}

impl<'a> StayRow<'a> {
    pub(crate) fn of(sequence: u64, fact: &'a StayFact) -> Self {
        Self {
            sequence,
            property: fact.property.as_str(),
            reservation: &fact.reservation,
            occurred_at: moment_row(fact.occurred_at),
            change: ChangeRow::of(&fact.change),
            guest: fact.guest.as_ref().map(FactsRow::of),
            particulars: ParticularsRow::of(fact.guest.as_ref()),
        }
    }

    pub(crate) fn read(self, stay: StayId, event: EventKey) -> Result<StayFact, Senseless> {
        let mut change = self.change.read()?;
        let mut guest = self.guest.map(FactsRow::read).transpose()?;
        if let Some(particulars) = self.particulars.0 {
            let particulars = particulars.read();
            let said = change.details_mut().and_then(|d| d.guest.as_mut());
            said.ok_or(Senseless)?.particulars = particulars.clone();
            guest.as_mut().ok_or(Senseless)?.particulars = particulars;
        }
        Ok(StayFact {
            key: event,
            stay,
            property: PropertyId::new(self.property)?,
            reservation: self.reservation.into(),
            occurred_at: moment(self.occurred_at),
            change,
            guest,
        })
    }
}

/// A correction of the profile in the key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub(crate) struct GuestRow<'a> {
    pub(crate) sequence: u64,
    occurred_at: MomentRow,
    guest: FactsRow<'a>,
    /// Of the guest. Since format 3.
    particulars: Behind<ParticularsRow<'a>>,
}

impl<'a> GuestRow<'a> {
    pub(crate) fn of(sequence: u64, fact: &'a GuestFact) -> Self {
        Self {
            sequence,
            occurred_at: moment_row(fact.occurred_at),
            guest: FactsRow::of(&fact.guest),
            particulars: ParticularsRow::of(Some(&fact.guest)),
        }
    }

    pub(crate) fn read(self, profile: ProfileId, event: EventKey) -> Result<GuestFact, Senseless> {
        let mut guest = self.guest.read()?;
        if let Some(particulars) = self.particulars.0 {
            guest.particulars = particulars.read();
        }
        Ok(GuestFact {
            key: event,
            profile,
            occurred_at: moment(self.occurred_at),
            guest,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
enum ChangeRow<'a> {
    Reserved(DetailsRow<'a>),
    Amended(DetailsRow<'a>),
    Cancelled,
    CheckedIn(&'a str, DetailsRow<'a>),
    CheckInReversed,
    RoomMoved(&'a str),
    CheckedOut,
    NoShow,
    /// What stands inside, and what the guest comes for. Since format 2; where it is not said, rows are as ever.
    For(u8, Box<ChangeRow<'a>>),
    /// Since format 8, as what follows.
    DoNotDisturb,
    DoNotDisturbEnded,
}

impl<'a> ChangeRow<'a> {
    fn of(change: &'a StayChange) -> Self {
        let purpose = change.details().and_then(|details| details.purpose);
        let plain = Self::without_purpose(change);
        match purpose {
            Some(purpose) => Self::For(purpose.code(), Box::new(plain)),
            None => plain,
        }
    }

    fn without_purpose(change: &'a StayChange) -> Self {
        match change {
            StayChange::Reserved(details) => Self::Reserved(DetailsRow::of(details)),
            StayChange::Amended(details) => Self::Amended(DetailsRow::of(details)),
            StayChange::Cancelled => Self::Cancelled,
            StayChange::CheckedIn { room, details } => {
                Self::CheckedIn(room.as_str(), DetailsRow::of(details))
            }
            StayChange::CheckInReversed => Self::CheckInReversed,
            StayChange::RoomMoved { room } => Self::RoomMoved(room.as_str()),
            StayChange::CheckedOut => Self::CheckedOut,
            StayChange::NoShow => Self::NoShow,
            StayChange::DoNotDisturb => Self::DoNotDisturb,
            StayChange::DoNotDisturbEnded => Self::DoNotDisturbEnded,
        }
    }

    fn read(self) -> Result<StayChange, Senseless> {
        Ok(match self {
            Self::Reserved(details) => StayChange::Reserved(details.read()?),
            Self::Amended(details) => StayChange::Amended(details.read()?),
            Self::Cancelled => StayChange::Cancelled,
            Self::CheckedIn(room, details) => StayChange::CheckedIn {
                room: Room::new(room)?,
                details: details.read()?,
            },
            Self::CheckInReversed => StayChange::CheckInReversed,
            Self::RoomMoved(room) => StayChange::RoomMoved {
                room: Room::new(room)?,
            },
            Self::CheckedOut => StayChange::CheckedOut,
            Self::NoShow => StayChange::NoShow,
            Self::DoNotDisturb => StayChange::DoNotDisturb,
            Self::DoNotDisturbEnded => StayChange::DoNotDisturbEnded,
            Self::For(purpose, change) => {
                let mut change = change.read()?;
                let details = change.details_mut().ok_or(Senseless)?;
                details.purpose = Some(Purpose::of_code(purpose)?);
                change
            }
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
struct DetailsRow<'a> {
    arrival: Option<i32>,
    departure: Option<i32>,
    room: Option<&'a str>,
    room_type: Option<&'a str>,
    adults: Option<u16>,
    children: Option<u16>,
    party: Option<&'a str>,
    guest: Option<SaidRow<'a>>,
}

impl<'a> DetailsRow<'a> {
    fn of(details: &'a StayDetails) -> Self {
        Self {
            arrival: details.arrival.map(|day| day.0),
            departure: details.departure.map(|day| day.0),
            room: details.room.as_ref().map(Room::as_str),
            room_type: details.room_type.as_deref(),
            adults: details.adults,
            children: details.children,
            party: details.party.as_deref(),
            guest: details.guest.as_ref().map(SaidRow::of),
        }
    }

    fn read(self) -> Result<StayDetails, Senseless> {
        Ok(StayDetails {
            arrival: self.arrival.map(Day),
            departure: self.departure.map(Day),
            room: self.room.map(Room::new).transpose()?,
            room_type: boxed(self.room_type),
            adults: self.adults,
            children: self.children,
            party: boxed(self.party),
            purpose: None,
            guest: self.guest.map(SaidRow::read).transpose()?,
        })
    }
}

/// What was said of the person, as it was said.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
struct SaidRow<'a> {
    profile: Option<(&'a str, &'a str)>,
    name: Option<NameRow<'a>>,
    language: Option<&'a str>,
    nationality: Option<&'a str>,
    identifiers: Vec<IdentifierRow<'a>>,
}

impl<'a> SaidRow<'a> {
    fn of(said: &'a GuestDetails) -> Self {
        Self {
            profile: said.profile.as_ref().map(|p| (&*p.pms, &*p.id)),
            name: said.name.as_ref().map(NameRow::of),
            language: said.language.as_deref(),
            nationality: said.nationality.as_deref(),
            identifiers: said.identifiers.iter().map(IdentifierRow::of).collect(),
        }
    }

    fn read(self) -> Result<GuestDetails, Senseless> {
        Ok(GuestDetails {
            profile: self.profile.map(external),
            name: self.name.map(NameRow::read),
            language: boxed(self.language),
            nationality: boxed(self.nationality),
            particulars: Particulars::default(),
            identifiers: self
                .identifiers
                .into_iter()
                .map(IdentifierRow::read)
                .collect::<Result<_, _>>()?,
        })
    }
}

/// What was said of the person, with ids derived.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
struct FactsRow<'a> {
    profile: Option<([u8; 16], &'a str, &'a str)>,
    name: Option<NameRow<'a>>,
    language: Option<&'a str>,
    nationality: Option<&'a str>,
    identifiers: Vec<([u8; 16], IdentifierRow<'a>)>,
}

impl<'a> FactsRow<'a> {
    fn of(facts: &'a GuestFacts) -> Self {
        Self {
            profile: facts
                .profile
                .as_ref()
                .map(|(key, p)| (key.0, &*p.pms, &*p.id)),
            name: facts.name.as_ref().map(NameRow::of),
            language: facts.language.as_deref(),
            nationality: facts.nationality.as_deref(),
            identifiers: facts
                .identifiers
                .iter()
                .map(|(key, identifier)| (key.0, IdentifierRow::of(identifier)))
                .collect(),
        }
    }

    fn read(self) -> Result<GuestFacts, Senseless> {
        let identifier = |(key, row): ([u8; 16], IdentifierRow<'_>)| {
            Ok::<_, Senseless>((IdentifierKey(key), row.read()?))
        };
        Ok(GuestFacts {
            profile: self
                .profile
                .map(|(key, pms, id)| (ProfileId(key), external((pms, id)))),
            name: self.name.map(NameRow::read),
            language: boxed(self.language),
            nationality: boxed(self.nationality),
            particulars: Particulars::default(),
            identifiers: self
                .identifiers
                .into_iter()
                .map(identifier)
                .collect::<Result<_, _>>()?,
        })
    }
}

/// Birth date, address and company, where any is said.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
struct ParticularsRow<'a> {
    birth_date: Option<i32>,
    address: Option<[Option<&'a str>; 6]>,
    company: Option<&'a str>,
}

impl<'a> ParticularsRow<'a> {
    fn of(facts: Option<&'a GuestFacts>) -> Behind<Self> {
        let said = facts.map(|facts| &facts.particulars);
        let said = said.filter(|said| **said != Particulars::default());
        Behind(said.map(|said| Self {
            birth_date: said.birth_date.map(|day| day.0),
            address: said.address.as_ref().map(|address| {
                let Address {
                    street,
                    house,
                    line2,
                    city,
                    postcode,
                    region,
                } = address;
                [street, house, line2, city, postcode, region].map(Option::as_deref)
            }),
            company: said.company.as_deref(),
        }))
    }

    fn read(self) -> Particulars {
        let address = |parts: [Option<&str>; 6]| {
            let [street, house, line2, city, postcode, region] = parts.map(boxed);
            Address {
                street,
                house,
                line2,
                city,
                postcode,
                region,
            }
        };
        Particulars {
            birth_date: self.birth_date.map(Day),
            address: self.address.map(address),
            company: boxed(self.company),
        }
    }
}

fn external((pms, id): (&str, &str)) -> ExternalProfile {
    ExternalProfile {
        pms: pms.into(),
        id: id.into(),
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
struct NameRow<'a> {
    title: Option<&'a str>,
    family: Option<&'a str>,
    given: Option<&'a str>,
    full: Option<&'a str>,
}

impl<'a> NameRow<'a> {
    fn of(name: &'a Name) -> Self {
        Self {
            title: name.title.as_deref(),
            family: name.family.as_deref(),
            given: name.given.as_deref(),
            full: name.full.as_deref(),
        }
    }

    fn read(self) -> Name {
        Name {
            title: boxed(self.title),
            family: boxed(self.family),
            given: boxed(self.given),
            full: boxed(self.full),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
struct IdentifierRow<'a> {
    kind: u8,
    value: &'a str,
    verified: bool,
}

impl<'a> IdentifierRow<'a> {
    fn of(identifier: &'a Identifier) -> Self {
        Self {
            kind: identifier.kind.code(),
            value: &identifier.value,
            verified: identifier.verified,
        }
    }

    fn read(self) -> Result<Identifier, Senseless> {
        Ok(Identifier {
            kind: IdentifierKind::of_code(self.kind)?,
            value: self.value.into(),
            verified: self.verified,
        })
    }
}
