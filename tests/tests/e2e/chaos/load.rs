//! The load: people of several departments who publish until they have the server's word, again under the same id when
//! they do not get it.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use cardex_bus::streams::PROMPTS;
use cardex_bus::{Headers, PublishError};
use cardex_domain::event::{
    Event, ExternalProfile, GuestRef, OutcomeKind, StayChange, StayDetails,
};
use cardex_domain::ids::DepartmentId;
use cardex_playbook::Playbook;
use cardex_wire::{BoardMessage, EventDraft};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use tokio::sync::{Semaphore, watch};

use crate::events::{
    booked, checked_in, details, moved, outcome, reservation, retraction, room, seen, stay,
};
use crate::harness::{Desk, prompt, stay_id};

/// Who publishes at once.
const PUBLISHERS: usize = 8;
/// The stays of each publisher; each stay is one publisher's, so that its life has an order.
const STAYS_EACH: usize = 5;
const ROOMS: [&str; 10] = [
    "801", "802", "803", "804", "805", "901", "902", "903", "904", "905",
];
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

/// An event that the server has acknowledged.
#[derive(Clone)]
pub(super) struct Acknowledged {
    pub(super) sequence: u64,
    pub(super) event: Event,
}

/// Publishers at work.
pub(super) struct Load {
    permits: Arc<Semaphore>,
    acknowledged: Arc<Mutex<Vec<Acknowledged>>>,
    count: watch::Receiver<usize>,
    publishers: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    pub(super) fn start(desk: &Desk, seed: u64) -> Self {
        let permits = Arc::new(Semaphore::new(0));
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let (counted, count) = watch::channel(0);
        let publishers = (0..PUBLISHERS).map(|n| {
            let mut publisher = Publisher {
                desk: desk.clone(),
                rng: StdRng::seed_from_u64(seed * 1_000 + n as u64),
                n,
                noted: Vec::new(),
                acknowledged: Arc::clone(&acknowledged),
                counted: counted.clone(),
            };
            let permits = Arc::clone(&permits);
            tokio::spawn(async move {
                while let Ok(permit) = permits.acquire().await {
                    permit.forget();
                    publisher.publish_one().await;
                }
            })
        });
        Self {
            publishers: publishers.collect(),
            permits,
            acknowledged,
            count,
        }
    }

    /// Lets so many more events happen.
    pub(super) fn release(&self, events: usize) {
        self.permits.add_permits(events);
    }

    /// Waits until so many events are acknowledged in all.
    pub(super) async fn acknowledged(&mut self, events: usize) {
        let reached = self.count.wait_for(|count| *count >= events);
        let waited = tokio::time::timeout(crate::harness::DEADLINE, reached).await;
        waited.expect("publishers get on").unwrap();
    }

    /// Everything that was acknowledged, once all publishers have finished.
    pub(super) async fn finish(self) -> Vec<Acknowledged> {
        self.permits.close();
        for publisher in self.publishers {
            publisher.await.unwrap();
        }
        std::mem::take(&mut *self.acknowledged.lock().unwrap())
    }
}

/// Publishes under the same id for as long as it takes; the sequence that it has.
pub(super) async fn until_acknowledged(desk: &Desk, event: &Event) -> u64 {
    let message = EventDraft::of(event, "/test").unwrap().encode().unwrap();
    let payload = Bytes::from(message.payload);
    let (subject, headers) = (message.subject, Headers::new());
    loop {
        let published = desk
            .bus
            .publish(&subject, &event.id, payload.clone(), &headers);
        match published.await {
            Ok(ack) => return ack.stream_sequence,
            Err(PublishError::Unacknowledged { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

struct Publisher {
    desk: Desk,
    rng: StdRng,
    n: usize,
    noted: Vec<Event>,
    acknowledged: Arc<Mutex<Vec<Acknowledged>>>,
    counted: watch::Sender<usize>,
}

impl Publisher {
    async fn publish_one(&mut self) {
        let event = match self.rng.random_range(0..20) {
            0..=10 => self.observation(),
            11 if !self.noted.is_empty() => retraction(self.noted.choose(&mut self.rng).unwrap()),
            12 | 13 => match self.outcome().await {
                Some(event) => event,
                None => self.observation(),
            },
            _ => self.change(),
        };
        let sequence = self.until_acknowledged(&event).await;
        let mut all = self.acknowledged.lock().unwrap();
        all.push(Acknowledged { sequence, event });
        self.counted.send_replace(all.len());
    }

    /// Publishes under the same id for as long as it takes, and now and then once more after that.
    async fn until_acknowledged(&mut self, event: &Event) -> u64 {
        let sequence = until_acknowledged(&self.desk, event).await;
        if self.rng.random_bool(0.1) {
            // Without the server's memory of ids, and without caring for the answer.
            let message = EventDraft::of(event, "/test").unwrap().encode().unwrap();
            let (subject, payload) = (message.subject, Bytes::from(message.payload));
            let again = self
                .desk
                .bus
                .request(&subject, payload, std::time::Duration::from_secs(1));
            let _ = again.await;
        }
        sequence
    }

    fn number(&mut self) -> String {
        format!("R-{}-{}", self.n, self.rng.random_range(0..STAYS_EACH))
    }

    fn room(&mut self) -> &'static str {
        ROOMS.choose(&mut self.rng).unwrap()
    }

    fn profile(&mut self) -> ExternalProfile {
        let id = format!("p{}", self.rng.random_range(0..25)).into();
        ExternalProfile {
            pms: "pms".into(),
            id,
        }
    }

    fn observation(&mut self) -> Event {
        let about = match self.rng.random_range(0..6) {
            0..=1 => room(self.room()),
            2 => GuestRef::Profile(self.profile()),
            _ => reservation(&self.number()),
        };
        let department = DEPARTMENTS.choose(&mut self.rng).unwrap();
        let mut noted = seen(department, about);
        for _ in 0..self.rng.random_range(1..3) {
            let (attribute, value) = SAYINGS.choose(&mut self.rng).unwrap();
            noted = if self.rng.random_bool(0.85) {
                noted.likes(attribute, value)
            } else {
                noted.dislikes(attribute, value)
            };
        }
        let event = noted.event();
        self.noted.push(event.clone());
        event
    }

    fn change(&mut self) -> Event {
        let number = self.number();
        let family = NAMES.choose(&mut self.rng).unwrap();
        let change = match self.rng.random_range(0..16) {
            0..=4 => booked(family),
            5..=6 => StayChange::Amended(self.amendment(family)),
            7..=11 => checked_in(self.room(), family),
            12..=13 => moved(self.room()),
            14 => StayChange::CheckInReversed,
            _ => [
                StayChange::CheckedOut,
                StayChange::Cancelled,
                StayChange::NoShow,
            ]
            .choose(&mut self.rng)
            .unwrap()
            .clone(),
        };
        stay(&number, change)
    }

    fn amendment(&mut self, family: &str) -> StayDetails {
        let mut details = details(family);
        let guest = details.guest.as_mut().unwrap();
        guest.profile = Some(self.profile());
        details
    }

    /// What became of an item that is on a board now, when one can be seen.
    async fn outcome(&mut self) -> Option<Event> {
        let departments: Vec<&DepartmentId> = Playbook::embedded().departments().iter().collect();
        let department = departments.choose(&mut self.rng)?.as_str();
        let number = self.number();
        let subject = prompt(department, &number).to_string();
        let stored = self
            .desk
            .bus
            .last_for_subject(PROMPTS, &subject)
            .await
            .ok()??;
        let board = BoardMessage::decode(&subject, &stored.payload)
            .unwrap()
            .data;
        let item = board.items.choose(&mut self.rng)?;
        let kinds = [
            OutcomeKind::Done,
            OutcomeKind::Declined,
            OutcomeKind::Acknowledged,
        ];
        let kind = *kinds.choose(&mut self.rng)?;
        Some(outcome(department, stay_id(&number), &item.id.0, kind))
    }
}
