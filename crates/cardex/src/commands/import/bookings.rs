//! A row of bookings as the events of one stay: booked, and then what came of it.

use cardex_domain::event::{
    Address, Body, ExternalProfile, GuestDetails, Identifier, IdentifierKind, Name, Particulars,
    StayChange, StayDetails, StayEvent,
};
use cardex_domain::ids::{PropertyId, Room};
use cardex_domain::time::{Day, Moment};
use cardex_wire::EventDraft;

use super::ids::FileHash;
use super::mapping::{Bookings, Details, Status};
use super::row::{Reason, Row, TimeOfDay};
use crate::clock;
use crate::publish::as_property;

/// What events of an import give as their source.
pub(super) const SOURCE: &str = "/cardex/import";

/// The least between two events of one stay, so that their order is that of the hotel.
const STEP_MICROS: i64 = 60_000_000;

/// The least that a stay is in house.
const STAY_MICROS: i64 = 60 * STEP_MICROS;

/// The events of a row, in the order in which they happened.
pub(super) fn drafts(
    mapping: &Bookings,
    property: &PropertyId,
    file: FileHash,
    first_imported: Moment,
    row: &Row<'_>,
) -> Result<Vec<EventDraft>, Reason> {
    let reservation = row.needed(&mapping.reservation, "reservation number")?;
    let changes = Story::read(mapping, row)?.tell(mapping, first_imported, row)?;
    let draft = |(event, at, change): (&str, Moment, StayChange)| EventDraft {
        publisher: as_property(property),
        id: file.event_id(row.line, event),
        source: SOURCE.to_owned(),
        time: at,
        on_behalf_of: None,
        body: Body::Stay(StayEvent {
            reservation: reservation.as_str().into(),
            occurred_at: at,
            change,
        }),
    };
    Ok(changes.into_iter().map(draft).collect())
}

/// What a row tells.
struct Story {
    details: StayDetails,
    arrival: Day,
    booked: Option<Day>,
    /// When it ended or was called off; the day of departure, or of arrival, when nothing is said.
    settled: Option<Day>,
    status: Status,
}

impl Story {
    fn read(mapping: &Bookings, row: &Row<'_>) -> Result<Self, Reason> {
        let days = &mapping.days;
        let arrival = row.day(&days.arrival, None)?.ok_or("no day of arrival")?;
        let day = |field: &Option<_>| match field {
            Some(field) => row.day(field, Some(arrival)),
            None => Ok(None),
        };
        let departure = day(&days.departure)?;
        if departure.is_some_and(|departure| departure < arrival) {
            return Err("the departure lies before the arrival".to_owned());
        }
        let details = details(mapping, row, arrival, departure)?;
        let guests = details.adults.unwrap_or(0) + details.children.unwrap_or(0);
        if mapping.needs_guests && guests == 0 {
            return Err("no guests: neither adults nor children".to_owned());
        }
        let column = &mapping.status.column;
        let said = row.column(column).ok_or_else(|| format!("no {column}"))?;
        let status = mapping.status.values.get(said).copied();
        Ok(Self {
            arrival,
            booked: day(&days.booked)?.map(|booked| booked.min(arrival)),
            settled: day(&days.settled)?,
            status: status.ok_or_else(|| format!("{column} is none of the mapping's words"))?,
            details,
        })
    }

    /// The events with their moments: a file has days, so the mapping's times stand for the hours. What it does not say
    /// when is taken to have happened on the day of arrival; where that was still to come, when the file was first
    /// imported, so that importing it again says the same.
    fn tell(
        self,
        mapping: &Bookings,
        first_imported: Moment,
        row: &Row<'_>,
    ) -> Result<Vec<(&'static str, Moment, StayChange)>, Reason> {
        let at = |day: Day, time: TimeOfDay| clock::at(day, time.0, mapping.offset.0);
        let times = &mapping.times;
        let unsaid = |time: TimeOfDay| not_after(at(self.arrival, time), first_imported);
        let booked = self.booked.map(|day| at(day, times.booked));
        let booked = booked.unwrap_or_else(|| unsaid(times.booked));
        let departure = self.details.departure;
        let mut told = vec![("reserved", booked, StayChange::Reserved(self.details))];
        match self.status {
            Status::Reserved => {}
            Status::InHouse | Status::CheckedOut => {
                let room = Room::new(&row.needed(&mapping.room, "room")?)
                    .map_err(|_| "the room is none: 1 to 16 characters without blanks")?;
                let arrived = not_before(at(self.arrival, times.check_in), booked, STEP_MICROS);
                let details = StayDetails::default();
                told.push((
                    "checked_in",
                    arrived,
                    StayChange::CheckedIn { room, details },
                ));
                if self.status == Status::CheckedOut {
                    let day = self.settled.or(departure).ok_or("no day of check-out")?;
                    let left = not_before(at(day, times.check_out), arrived, STAY_MICROS);
                    told.push(("checked_out", left, StayChange::CheckedOut));
                }
            }
            Status::Cancelled => {
                let day = self.settled.or(self.booked);
                let cancelled = day.map(|day| at(day, times.cancelled));
                let cancelled = cancelled.unwrap_or_else(|| unsaid(times.cancelled));
                let cancelled = not_before(cancelled, booked, STEP_MICROS);
                told.push(("cancelled", cancelled, StayChange::Cancelled));
            }
            Status::NoShow => {
                let day = self.settled.unwrap_or(self.arrival);
                let missed = not_before(at(day, times.no_show), booked, STEP_MICROS);
                told.push(("no_show", missed, StayChange::NoShow));
            }
        }
        Ok(told)
    }
}

/// The moment, or the latest one where it lies after that.
fn not_after(moment: Moment, latest: Moment) -> Moment {
    Moment {
        utc_micros: moment.utc_micros.min(latest.utc_micros),
        ..moment
    }
}

/// The moment, or the least after the earlier one.
fn not_before(moment: Moment, earlier: Moment, least_micros: i64) -> Moment {
    Moment {
        utc_micros: moment.utc_micros.max(earlier.utc_micros + least_micros),
        ..moment
    }
}

fn details(
    mapping: &Bookings,
    row: &Row<'_>,
    arrival: Day,
    departure: Option<Day>,
) -> Result<StayDetails, Reason> {
    let from = &mapping.details;
    let guest = guest(mapping, row)?;
    Ok(StayDetails {
        arrival: Some(arrival),
        departure,
        room: None,
        room_type: row.maybe(from.room_type.as_ref()),
        adults: row.sum(&from.adults)?,
        children: row.sum(&from.children)?,
        party: row.maybe(from.party.as_ref()),
        purpose: None,
        guest: (guest != GuestDetails::default()).then_some(guest),
    })
}

fn guest(mapping: &Bookings, row: &Row<'_>) -> Result<GuestDetails, Reason> {
    let from = &mapping.details;
    let name = Name {
        title: row.maybe(from.title.as_ref()),
        family: row.maybe(from.family.as_ref()),
        given: row.maybe(from.given.as_ref()),
        full: row.maybe(from.name.as_ref()),
    };
    let profile = row
        .maybe(from.pms.as_ref())
        .zip(row.maybe(from.profile.as_ref()));
    let identifiers = [
        (IdentifierKind::Document, &from.document),
        (IdentifierKind::Loyalty, &from.loyalty),
        (IdentifierKind::Phone, &from.phone),
        (IdentifierKind::Email, &from.email),
    ];
    let identifier = |(kind, field): (IdentifierKind, &Option<_>)| {
        let strong = matches!(kind, IdentifierKind::Document | IdentifierKind::Loyalty);
        row.maybe(field.as_ref()).map(|value| Identifier {
            kind,
            value,
            verified: strong || from.verified,
        })
    };
    Ok(GuestDetails {
        profile: profile.map(|(pms, id)| ExternalProfile { pms, id }),
        name: (name != Name::default()).then_some(name),
        language: row.maybe(from.language.as_ref()),
        nationality: row.maybe(from.nationality.as_ref()),
        particulars: particulars(from, row)?,
        identifiers: identifiers.into_iter().filter_map(identifier).collect(),
    })
}

fn particulars(from: &Details, row: &Row<'_>) -> Result<Particulars, Reason> {
    let part = |field: &Option<_>| row.maybe(field.as_ref());
    let address = Address {
        street: part(&from.street),
        house: part(&from.house),
        line2: part(&from.line2),
        city: part(&from.city),
        postcode: part(&from.postcode),
        region: part(&from.region),
    };
    let born = from.born.as_ref().map(|field| row.day(field, None));
    Ok(Particulars {
        birth_date: born.transpose()?.flatten(),
        address: (address != Address::default()).then_some(address),
        company: part(&from.company),
    })
}

#[cfg(test)]
mod tests;
