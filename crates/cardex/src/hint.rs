//! A word to whoever published an event that has nothing behind it or changes nothing: an observation of nobody known, a
//! check-out of a number that nobody booked, the cancelling of a guest in house, a link with nobody. Such events are kept;
//! mostly they are mistyped.

mod guests;
mod items;
mod vocabulary;

use std::time::Duration;

use cardex_bus::Bus;
use cardex_domain::event::{GuestRef, StayChange};
use cardex_domain::ids::{DepartmentId, NodeId, PropertyId, Room};
use cardex_domain::stay::Status;
use cardex_wire::guest::StayView;
use cardex_wire::query::{
    ErrorCode, Get, GetRequest, List, ListRequest, Operation, QueryError, Unassigned,
    UnassignedReply, UnassignedRequest, Waiting,
};
use cardex_wire::text::AsText;
use cardex_wire::words::{Status as StatusWord, UnassignedReason};

use crate::ask::ask;
use crate::publish::Published;
use crate::screen::note;
use crate::session::Session;

/// How long the aggregator may take to come as far as the event.
const WAIT_MS: u32 = 2_000;
/// How long to wait for its answer in all.
const PATIENCE: Duration = Duration::from_millis(WAIT_MS as u64 + 1_000);
/// The most others in a room that are named.
const OTHERS_MAX: u32 = 8;

/// Asks what became of what was published. Who may not ask, or gets no answer, is told nothing: the event is published
/// all the same.
pub(crate) struct Hint<'a> {
    session: &'a Session,
    bus: &'a Bus,
    property: &'a PropertyId,
    /// As whom to ask.
    department: DepartmentId,
    published: &'a Published,
}

impl<'a> Hint<'a> {
    /// As Cardex's own, which sees everything.
    pub(crate) fn new(
        session: &'a Session,
        bus: &'a Bus,
        property: &'a PropertyId,
        published: &'a Published,
    ) -> Self {
        Self {
            session,
            bus,
            property,
            department: DepartmentId::engine(),
            published,
        }
    }

    /// As a department, which may ask for itself.
    pub(crate) fn asking_as(self, department: DepartmentId) -> Self {
        Self { department, ..self }
    }

    /// Says so when what was noticed is about nobody that can be told.
    pub(crate) async fn of_observation(&self) {
        let Some(reply) = self.unassigned().await else {
            return;
        };
        let own = |waiting: &&Waiting| waiting.sequence == self.published.sequence();
        for waiting in reply.unassigned.iter().filter(own) {
            let why = self.why(waiting.reason, &waiting.candidates);
            note(format!(
                "warning: it counts for nobody yet: {why}. It is kept and finds its guest once that is known; \
                 `cardex unassigned list` shows it till then"
            ));
        }
    }

    /// Why something is about nobody that can be told.
    fn why(&self, reason: UnassignedReason, candidates: &[AsText<NodeId>]) -> String {
        let property = self.property;
        match reason {
            UnassignedReason::Unknown => {
                format!("nothing is known at {property} of the guest that it names")
            }
            UnassignedReason::NoOccupant => format!("nobody had that room at {property} then"),
            UnassignedReason::Several => {
                let candidates: Vec<_> = candidates.iter().map(ToString::to_string).collect();
                format!("it may be about any of {}", candidates.join(", "))
            }
        }
    }

    /// Says so when nothing is known of what was taken back.
    pub(crate) async fn of_retraction(&self) {
        let Some(reply) = self.unassigned().await else {
            return;
        };
        let mut sequences = reply.retractions.iter().map(|r| r.sequence);
        if sequences.any(|sequence| sequence == self.published.sequence()) {
            note(
                "warning: nothing is known by that id from this department and app, so nothing was taken back. The \
                 event is kept and counts once the observation comes; `cardex unassigned list` shows it till then",
            );
        }
    }

    /// Says so when nobody knows of the stay, when the change does not fit how far it has come, and when somebody else
    /// has the room.
    pub(crate) async fn of_stay(&self, reservation: &str, change: &StayChange) {
        if !change.begins() {
            let reply = self.unassigned().await;
            let mut stays = reply.iter().flat_map(|reply| &reply.stays);
            if stays.any(|stay| stay.sequence == self.published.sequence()) {
                let property = self.property;
                note(format!(
                    "warning: no such stay is known: nobody booked or checked in {reservation} at {property}. The event \
                     is kept and counts once somebody does; `cardex unassigned list` shows it till then"
                ));
                return;
            }
        }
        let Some(stay) = self.stay(reservation).await else {
            return;
        };
        let mut irregular = stay.irregular_events.iter();
        if irregular.any(|event| event.0 == self.published.key()) {
            let status = Status::from(stay.status).as_str().replace('_', " ");
            note(format!(
                "warning: that does not fit where it stands in the life of {reservation}, which is {status}; the event \
                 is kept, and `cardex stay list` counts it as irregular"
            ));
        }
        if stay.walk_in && matches!(change, StayChange::CheckedIn { .. }) {
            let property = self.property;
            note(format!(
                "warning: nobody booked {reservation} at {property}, so this is taken for a guest who walked in; if the \
                 number is mistyped: `cardex stay reverse-check-in --property {property} --reservation {reservation}`"
            ));
        }
        if let StayChange::CheckedIn { room, .. } | StayChange::RoomMoved { room } = change {
            self.of_room(room, &stay).await;
        }
    }

    async fn of_room(&self, room: &Room, own: &StayView) {
        let request = ListRequest {
            status: Some(StatusWord::InHouse),
            room: Some(AsText(room.clone())),
            limit: Some(OTHERS_MAX),
            at_least: Some(self.published.sequence()),
            wait_ms: Some(WAIT_MS),
            ..ListRequest::default()
        };
        let Some(reply) = self.ask::<List>(&request).await else {
            return;
        };
        for other in reply.stays.iter().filter(|stay| stay.id != own.id) {
            note(format!(
                "warning: room {room} is also that of reservation {} (stay {}): what is noticed of the room is nobody's \
                 while both have it; name the stay or the reservation then",
                other.reservation, other.id
            ));
        }
    }

    async fn stay(&self, reservation: &str) -> Option<StayView> {
        let request = GetRequest {
            at_least: Some(self.published.sequence()),
            wait_ms: Some(WAIT_MS),
            ..GetRequest::of(GuestRef::Reservation(reservation.into()))
        };
        self.ask::<Get>(&request).await?.stay
    }

    async fn unassigned(&self) -> Option<UnassignedReply> {
        let request = UnassignedRequest {
            since: Some(self.published.sequence().saturating_sub(1)),
            limit: Some(1),
            at_least: Some(self.published.sequence()),
            wait_ms: Some(WAIT_MS),
        };
        self.ask::<Unassigned>(&request).await
    }

    async fn ask<O: Operation>(&self, request: &O::Request) -> Option<O::Reply> {
        self.answer::<O>(request).await.flatten()
    }

    /// What is answered, which may be that nobody is known by that; `None` when there is no answer.
    async fn answer<O: Operation>(&self, request: &O::Request) -> Option<Option<O::Reply>> {
        self.session.done();
        let asking = ask::<O>(self.bus, self.property, &self.department, PATIENCE, request);
        let reply = tokio::select! {
            reply = asking => reply,
            _ = self.bus.refused() => return None,
        };
        let not_found = |error: anyhow::Error| {
            let error = error.downcast_ref::<QueryError>();
            error.is_some_and(|error| error.code == ErrorCode::NotFound)
        };
        match reply {
            Ok(reply) => Some(Some(reply)),
            Err(error) => not_found(error).then_some(None),
        }
    }
}
