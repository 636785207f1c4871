//! What happens to the guests of one publisher: bookings, arrivals, moves and departures, what staff notice and take back,
//! who is said to be whom, and what becomes of the items on boards. The same seed gives the same events, as far as boards do.

use cardex_bus::streams::PROMPTS;
use cardex_domain::event::{
    Body, Event, ExternalProfile, GuestRef, LinkKind, OutcomeKind, StayChange, StayDetails,
};
use cardex_domain::ids::{DepartmentId, EventKey};
use cardex_domain::time::Moment;
use cardex_playbook::Playbook;
use cardex_wire::BoardMessage;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::desk::{Desk, prompt, stay_id};
use crate::events::{
    booked, checked_in, details, linked, moved, outcome, reservation, retraction, room, seen, stay,
    unlinked,
};

use super::load::Measure;

/// About so much happens in a stay. Then the guest leaves and somebody else books: what is known of a guest, and who is in
/// the house, does not grow with the load.
const EVENTS_A_STAY: u32 = 13;
/// So many stays share a room, so that guests are moved into one that is taken.
const STAYS_A_ROOM: usize = 4;
/// The number of the first room.
const FIRST_ROOM: usize = 801;
const NAMES: [&str; 4] = ["Zhuang", "Chan", "Ferreira", "Okafor"];
const DEPARTMENTS: [&str; 3] = ["front_desk", "floor", "dining"];
const SAYINGS: [(&str, &str); 16] = [
    ("allergy.food", "peanut"),
    ("allergy.food", "shellfish"),
    ("allergy.material", "feather"),
    ("amenity.fruit", "mango"),
    ("amenity.fruit", "kiwi"),
    ("amenity.shoe_care", "mud_kit"),
    ("amenity.shoe_care", "polish"),
    ("dining.condiment", "numbing_spicy_sauce"),
    ("dining.condiment", "vinegar"),
    ("dining.cuisine", "sichuan"),
    ("health.hearing", "hard_of_hearing"),
    ("reading.topic", "advertising"),
    ("room.facing", "south"),
    ("room.facing", "west"),
    ("room.floor", "10"),
    ("room.floor", "8"),
];

/// What one publisher knows.
pub(super) struct Life {
    publisher: usize,
    /// Those who have left.
    left: usize,
    /// Those who are there or expected.
    stays: usize,
    /// The same of all publishers.
    all_stays: usize,
    links: bool,
    noted: Vec<Event>,
    linked: Option<EventKey>,
}

impl Life {
    pub(super) fn of(publisher: usize, measure: Measure) -> Self {
        Self {
            publisher,
            left: 0,
            stays: measure.stays_each,
            all_stays: measure.stays_each * measure.publishers,
            links: measure.links,
            noted: Vec::new(),
            linked: None,
        }
    }

    /// The next event, by a clock that is ahead by so many microseconds.
    pub(super) async fn next(&mut self, rng: &mut StdRng, desk: &Desk, ahead_us: i64) -> Event {
        let mut event = match rng.random_range(0..20) {
            _ if rng.random_ratio(1, EVENTS_A_STAY) => self.leaves(),
            0..=10 => self.observation(rng),
            11 if !self.noted.is_empty() => retraction(self.noted.choose(rng).unwrap()),
            12 | 13 => match self.outcome(rng, desk).await {
                Some(event) => event,
                None => self.observation(rng),
            },
            14 if self.links && rng.random_bool(0.2) => self.link(rng),
            _ => self.change(rng),
        };
        if ahead_us != 0 {
            shift(&mut event, ahead_us);
        }
        if matches!(event.body, Body::Observed(_)) {
            self.noted.push(event.clone());
        }
        event
    }

    /// One of the publisher's reservations of now.
    pub(super) fn number(&self, rng: &mut StdRng) -> String {
        self.numbered(self.left + rng.random_range(0..self.stays))
    }

    fn numbered(&self, stay: usize) -> String {
        format!("R-{}-{stay}", self.publisher)
    }

    /// Whoever has been there longest checks out.
    fn leaves(&mut self) -> Event {
        let number = self.numbered(self.left);
        self.left += 1;
        stay(&number, StayChange::CheckedOut)
    }

    fn room(&self, rng: &mut StdRng) -> String {
        let rooms = (self.all_stays / STAYS_A_ROOM).max(1);
        (FIRST_ROOM + rng.random_range(0..rooms)).to_string()
    }

    /// Fewer profiles than stays, so that some guests come again.
    fn profile(&self, rng: &mut StdRng) -> ExternalProfile {
        let profiles = (self.all_stays * 5 / 8).max(1);
        let of_those_who_left = self.left * profiles / self.stays;
        ExternalProfile {
            pms: "pms".into(),
            id: format!("p{}", of_those_who_left + rng.random_range(0..profiles)).into(),
        }
    }

    fn observation(&self, rng: &mut StdRng) -> Event {
        let about = match rng.random_range(0..6) {
            0..=1 => room(&self.room(rng)),
            2 => GuestRef::Profile(self.profile(rng)),
            _ => reservation(&self.number(rng)),
        };
        let department = DEPARTMENTS.choose(rng).unwrap();
        observed(rng, department, about)
    }

    /// Two of the publisher's guests are one, or never are; the word before is taken back.
    fn link(&mut self, rng: &mut StdRng) -> Event {
        if let Some(link) = self.linked.take() {
            return unlinked(link);
        }
        let kind = if rng.random_bool(0.5) {
            LinkKind::Same
        } else {
            LinkKind::Never
        };
        let (a, b) = (self.number(rng), self.number(rng));
        if a == b {
            return self.change(rng);
        }
        let event = linked(kind, &a, &b);
        self.linked = Some(event.key);
        event
    }

    fn change(&self, rng: &mut StdRng) -> Event {
        let number = self.number(rng);
        let family = NAMES.choose(rng).unwrap();
        let change = match rng.random_range(0..16) {
            0..=4 => booked(family),
            5..=6 => StayChange::Amended(self.amendment(rng, family)),
            7..=11 => checked_in(&self.room(rng), family),
            12..=13 => moved(&self.room(rng)),
            14 => StayChange::CheckInReversed,
            _ => [
                StayChange::CheckedOut,
                StayChange::Cancelled,
                StayChange::NoShow,
            ]
            .choose(rng)
            .unwrap()
            .clone(),
        };
        stay(&number, change)
    }

    fn amendment(&self, rng: &mut StdRng, family: &str) -> StayDetails {
        let mut details = details(family);
        let guest = details.guest.as_mut().unwrap();
        guest.profile = Some(self.profile(rng));
        details
    }

    /// What became of an item that is on a board now, when one can be seen.
    async fn outcome(&self, rng: &mut StdRng, desk: &Desk) -> Option<Event> {
        let departments: Vec<&DepartmentId> = Playbook::embedded().departments().iter().collect();
        let department = departments.choose(rng)?.as_str();
        let number = self.number(rng);
        let subject = prompt(department, &number).to_string();
        let stored = desk.bus.last_for_subject(PROMPTS, &subject).await.ok()??;
        let board = BoardMessage::decode(&subject, &stored.payload)
            .unwrap()
            .data;
        let item = board.items.choose(rng)?;
        let kinds = [
            OutcomeKind::Done,
            OutcomeKind::Declined,
            OutcomeKind::Acknowledged,
        ];
        let kind = *kinds.choose(rng)?;
        Some(outcome(department, stay_id(&number), &item.id.0, kind))
    }
}

/// Something that a department notices about somebody.
pub(super) fn observed(rng: &mut StdRng, department: &str, about: GuestRef) -> Event {
    let mut noted = seen(department, about);
    for _ in 0..rng.random_range(1..3) {
        let (attribute, value) = SAYINGS.choose(rng).unwrap();
        noted = if rng.random_bool(0.85) {
            noted.likes(attribute, value)
        } else {
            noted.dislikes(attribute, value)
        };
    }
    noted.event()
}

/// What the event would say by a clock that is ahead by so many microseconds.
fn shift(event: &mut Event, ahead_us: i64) {
    let later = |moment: &mut Moment| moment.utc_micros += ahead_us;
    later(&mut event.time);
    match &mut event.body {
        Body::Observed(observation) => later(&mut observation.observed_at),
        Body::Stay(stay) => later(&mut stay.occurred_at),
        Body::Outcome(outcome) => later(&mut outcome.occurred_at),
        Body::Linked(link) => later(&mut link.occurred_at),
        _ => {}
    }
}
