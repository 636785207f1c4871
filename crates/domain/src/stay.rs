//! A stay as the fold of its events: any order of arrival, any duplication, the same stay.
//!
//! Events are ordered by when they happened at the hotel, those of one moment by what they are and by event key, and
//! replayed. Life events obey a small
//! state machine; one that does not fit where it stands (a check-out of a guest who never checked in) changes nothing
//! but is counted, so that the hotel can see that its PMS skipped something.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{Name, Particulars, Purpose, StayChange, StayDetails};
use crate::fact::{GuestFacts, StayFact};
use crate::identity::are_of_two;
use crate::ids::{EventKey, PropertyId, Room, StayId};
use crate::records::Window;
use crate::time::{Day, Moment};

/// How far a stay has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Booked and expected. A stay known only by events that need an earlier one is taken as booked.
    Reserved,
    /// The guest is in house.
    InHouse,
    /// The guest has left.
    CheckedOut,
    /// It was called off.
    Cancelled,
    /// The guest did not come.
    NoShow,
}

impl Status {
    /// The status as it is written on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::InHouse => "in_house",
            Self::CheckedOut => "checked_out",
            Self::Cancelled => "cancelled",
            Self::NoShow => "no_show",
        }
    }

    /// Whether the guest is expected or in house.
    #[must_use]
    pub fn is_active(self) -> bool {
        matches!(self, Self::Reserved | Self::InHouse)
    }
}

/// The time a stay had a room: half open, so that the one who leaves and the one who comes at that moment never share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occupancy {
    /// The room.
    pub room: Room,
    /// From this moment on.
    pub from: Moment,
    /// Until just before this moment; still in the room when `None`.
    pub until: Option<Moment>,
}

impl Occupancy {
    /// Whether `at` lies in it.
    #[must_use]
    pub fn contains(&self, at: Moment) -> bool {
        self.window().contains(at)
    }

    /// The time alone.
    #[must_use]
    pub fn window(&self) -> Window {
        let Self { from, until, .. } = *self;
        Window { from, until }
    }
}

/// A stay at the end of all its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// Its id.
    pub id: StayId,
    /// Where.
    pub property: PropertyId,
    /// The PMS's number of it.
    pub reservation: Box<str>,
    /// How far it has come.
    pub status: Status,
    /// First day.
    pub arrival: Option<Day>,
    /// Day of departure.
    pub departure: Option<Day>,
    /// The guest's room now, or the one set aside, or the last one.
    pub room: Option<Room>,
    /// The type of room booked.
    pub room_type: Option<Box<str>>,
    /// Adults in the room.
    pub adults: u16,
    /// Children and infants in the room.
    pub children: u16,
    /// The number of the group or family booking.
    pub party: Option<Box<str>>,
    /// What the guest comes for.
    pub purpose: Option<Purpose>,
    /// Who is coming, as the newest revision says.
    pub guest: GuestFacts,
    /// When that was said: decides between stays of one person. The first of all moments when never.
    pub guest_told_at: Option<(Moment, EventKey)>,
    /// Which rooms it had and when, in order.
    pub occupancy: Vec<Occupancy>,
    /// When the guest arrived, if it stands.
    pub checked_in_at: Option<Moment>,
    /// Since when the guest does not want to be disturbed. Only in house: the sign hangs on the door of the room, and goes
    /// with another room and with the check-out.
    pub do_not_disturb_since: Option<Moment>,
    /// When the newest event happened.
    pub last_event_at: Moment,
    /// Whether somebody booked it; else it began when a guest walked in.
    pub booked: bool,
    /// Life events that did not fit where they stood and changed nothing or not what they mean to, in order.
    pub irregular: Vec<EventKey>,
}

impl Stay {
    /// The stay that `facts` make, or `None` when there are none. All facts must be of one stay; order and repetition
    /// do not matter.
    #[must_use]
    pub fn fold(facts: &[StayFact]) -> Option<Self> {
        let ordered: BTreeMap<(i64, u8, EventKey), &StayFact> = facts
            .iter()
            .map(|f| ((f.occurred_at.utc_micros, rank(&f.change), f.key), f))
            .collect();
        let first = *ordered.values().next()?;
        let mut stay = Self::new(first);
        for fact in ordered.into_values() {
            stay.apply(fact);
        }
        Some(stay)
    }

    /// The room and time that hold `at`, if any does.
    #[must_use]
    pub fn occupancy_at(&self, at: Moment) -> Option<&Occupancy> {
        self.occupancy.iter().find(|o| o.contains(at))
    }

    /// Whether the guest was in house at `at`.
    #[must_use]
    pub fn in_house_at(&self, at: Moment) -> bool {
        self.occupancy_at(at).is_some()
    }

    /// The first and the last day: as booked, else as far as its events tell.
    #[must_use]
    pub fn days(&self) -> (Day, Day) {
        let arrived = || self.checked_in_at.map(Moment::day);
        let first = self.arrival.or_else(arrived);
        let first = first.unwrap_or_else(|| self.last_event_at.day());
        (first, self.departure.unwrap_or(first))
    }

    /// Nights booked; 0 when the dates are not known.
    #[must_use]
    pub fn nights(&self) -> i32 {
        match (self.arrival, self.departure) {
            (Some(from), Some(to)) => (to.0 - from.0).max(0),
            _ => 0,
        }
    }

    fn new(first: &StayFact) -> Self {
        Self {
            id: first.stay,
            property: first.property.clone(),
            reservation: first.reservation.clone(),
            status: Status::Reserved,
            arrival: None,
            departure: None,
            room: None,
            room_type: None,
            adults: 0,
            children: 0,
            party: None,
            purpose: None,
            guest: GuestFacts::default(),
            guest_told_at: None,
            occupancy: Vec::new(),
            checked_in_at: None,
            do_not_disturb_since: None,
            last_event_at: first.occurred_at,
            booked: false,
            irregular: Vec::new(),
        }
    }

    fn apply(&mut self, fact: &StayFact) {
        let at = fact.occurred_at;
        self.last_event_at = at;
        if let Some(details) = fact.change.details() {
            self.take(details);
        }
        if let Some(guest) = &fact.guest {
            self.take_guest(guest, (at, fact.key));
        }
        match (&fact.change, self.status) {
            // A booking called off, or given up, is taken up again by being booked again.
            (StayChange::Reserved(_), Status::Cancelled | Status::NoShow) => {
                self.booked = true;
                self.status = Status::Reserved;
            }
            (StayChange::Reserved(_) | StayChange::Amended(_), _) => self.booked = true,
            (StayChange::CheckedIn { room, .. }, status) => {
                if status == Status::InHouse {
                    self.irregular.push(fact.key);
                } else {
                    self.status = Status::InHouse;
                    self.checked_in_at = Some(at);
                }
                self.enter(room, at);
            }
            (StayChange::RoomMoved { room }, Status::InHouse) => self.enter(room, at),
            (StayChange::CheckInReversed, Status::InHouse) => self.reverse(),
            (StayChange::CheckedOut, Status::InHouse) => {
                self.leave(at);
                self.status = Status::CheckedOut;
            }
            (StayChange::Cancelled, Status::Reserved) => self.status = Status::Cancelled,
            (StayChange::NoShow, Status::Reserved) => self.status = Status::NoShow,
            // A door says what it says as often as it likes: the first time counts.
            (StayChange::DoNotDisturb, Status::InHouse) => {
                self.do_not_disturb_since.get_or_insert(at);
            }
            (StayChange::DoNotDisturbEnded, Status::InHouse) => self.do_not_disturb_since = None,
            _ => self.irregular.push(fact.key),
        }
    }

    fn take(&mut self, details: &StayDetails) {
        fn put<T: Clone>(slot: &mut Option<T>, value: &Option<T>) {
            if value.is_some() {
                slot.clone_from(value);
            }
        }
        put(&mut self.arrival, &details.arrival);
        put(&mut self.departure, &details.departure);
        put(&mut self.room_type, &details.room_type);
        put(&mut self.party, &details.party);
        put(&mut self.purpose, &details.purpose);
        self.adults = details.adults.unwrap_or(self.adults);
        self.children = details.children.unwrap_or(self.children);
        if self.status != Status::InHouse {
            put(&mut self.room, &details.room);
        }
    }

    fn take_guest(&mut self, guest: &GuestFacts, told: (Moment, EventKey)) {
        self.guest.merge(guest);
        self.guest_told_at = Some(told);
    }

    fn enter(&mut self, room: &Room, at: Moment) {
        let is_same = self.room.as_ref() == Some(room);
        let sign = self.do_not_disturb_since.filter(|_| is_same);
        self.leave(at);
        self.do_not_disturb_since = sign;
        self.room = Some(room.clone());
        self.occupancy.push(Occupancy {
            room: room.clone(),
            from: at,
            until: None,
        });
    }

    fn leave(&mut self, at: Moment) {
        self.do_not_disturb_since = None;
        if let Some(last) = self.occupancy.last_mut().filter(|o| o.until.is_none()) {
            last.until = Some(at);
        }
        self.occupancy.retain(|o| {
            o.until
                .is_none_or(|until| o.from.utc_micros < until.utc_micros)
        });
    }

    /// The check-in in force never took place: neither did its moves, and the stay is what it was before.
    fn reverse(&mut self) {
        self.do_not_disturb_since = None;
        if let Some(from) = self.checked_in_at.take() {
            self.occupancy
                .retain(|o| o.from.utc_micros < from.utc_micros);
        }
        self.status = match self.occupancy.is_empty() {
            true => Status::Reserved,
            false => Status::CheckedOut,
        };
    }
}

/// Where a change goes among those of the same moment: a PMS that stamps minutes gives a check-in and a move one time.
fn rank(change: &StayChange) -> u8 {
    match change {
        StayChange::Reserved(_) => 0,
        StayChange::Amended(_) => 1,
        StayChange::CheckedIn { .. } => 2,
        StayChange::RoomMoved { .. } => 3,
        StayChange::DoNotDisturb => 4,
        StayChange::DoNotDisturbEnded => 5,
        StayChange::CheckInReversed => 6,
        StayChange::CheckedOut => 7,
        StayChange::Cancelled => 8,
        StayChange::NoShow => 9,
    }
}

impl GuestFacts {
    /// Takes over what `newer` says; what it leaves out stays. Identifiers replace those of their kind; all of them where
    /// the name becomes another person's, for a booking made over to somebody else must not keep the first person's.
    pub fn merge(&mut self, newer: &Self) {
        let other_person =
            newer.profile.is_some() && self.profile.is_some() && newer.profile != self.profile;
        if other_person {
            *self = Self::default();
        }
        if newer.profile.is_some() {
            self.profile.clone_from(&newer.profile);
        }
        let names = self.name.as_ref().zip(newer.name.as_ref());
        let is_made_over = names.is_some_and(|(name, newer)| are_of_two(name, newer));
        Name::merge(&mut self.name, newer.name.as_ref());
        if newer.language.is_some() {
            self.language.clone_from(&newer.language);
        }
        if newer.nationality.is_some() {
            self.nationality.clone_from(&newer.nationality);
        }
        self.particulars.merge(&newer.particulars);
        if !newer.identifiers.is_empty() {
            let kinds: BTreeSet<_> = newer.identifiers.iter().map(|(_, of)| of.kind).collect();
            self.identifiers
                .retain(|(_, of)| !is_made_over && !kinds.contains(&of.kind));
            self.identifiers.extend(newer.identifiers.iter().cloned());
        }
    }
}

impl Name {
    /// Takes over what `newer` says. Another family name, or another name in full, takes the place of the name before as a
    /// whole; else what it leaves out stays.
    pub fn merge(known: &mut Option<Self>, newer: Option<&Self>) {
        let Some(newer) = newer else { return };
        let is_other = |known: &Option<Box<str>>, newer: &Option<Box<str>>| {
            newer.is_some() && known.is_some() && newer != known
        };
        let name = known.get_or_insert_default();
        if is_other(&name.family, &newer.family) || is_other(&name.full, &newer.full) {
            *name = newer.clone();
            return;
        }
        let parts = [
            (&mut name.title, &newer.title),
            (&mut name.family, &newer.family),
            (&mut name.given, &newer.given),
            (&mut name.full, &newer.full),
        ];
        for (part, newer) in parts {
            if newer.is_some() {
                part.clone_from(newer);
            }
        }
    }
}

impl Particulars {
    /// Takes over what `newer` says; what it leaves out stays. An address takes the place of the one before as a whole:
    /// a street of one town must not stand beside the postcode of another.
    pub fn merge(&mut self, newer: &Self) {
        if newer.birth_date.is_some() {
            self.birth_date = newer.birth_date;
        }
        if newer.address.is_some() {
            self.address.clone_from(&newer.address);
        }
        if newer.company.is_some() {
            self.company.clone_from(&newer.company);
        }
    }
}

/// What a stay calls the guest, for texts: title and family name, the whole name, or `None`.
#[must_use]
pub fn address(name: &Name) -> Option<String> {
    match (&name.title, &name.family, &name.given, &name.full) {
        (Some(title), Some(family), _, _) if is_han(family) => Some(format!("{family}{title}")),
        (Some(title), Some(family), _, _) => Some(format!("{title} {family}")),
        (None, Some(family), Some(given), _) if is_han(family) => Some(format!("{family}{given}")),
        (_, _, _, Some(full)) => Some(full.to_string()),
        (None, Some(family), Some(given), None) => Some(format!("{given} {family}")),
        (None, Some(family), None, None) => Some(family.to_string()),
        (_, None, Some(given), None) => Some(given.to_string()),
        (_, None, None, None) => None,
    }
}

fn is_han(text: &str) -> bool {
    text.chars()
        .all(|c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{323af}'))
}

#[cfg(test)]
mod tests;
