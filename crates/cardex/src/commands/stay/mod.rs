//! `cardex stay`: what a PMS would say of a stay, and what Cardex knows of stays.

use cardex_domain::event::{Body, StayChange, StayEvent};
use cardex_domain::ids::{PropertyId, Room};
use cardex_domain::time::Moment;
use cardex_wire::text::EventId;
use clap::{Args, Subcommand};

use crate::args::details::DetailsArgs;
use crate::args::parse_room;
use crate::clock::{WHOSE_CLOCK, now, parse_moment};
use crate::hint::Hint;
use crate::publish::{as_property, parse_id, publish};
use crate::screen::Format;
use crate::session::Session;

pub(crate) mod list;

const EXAMPLES: &str = "\
Examples:
  cardex stay reserve --property macau --reservation R1 --arrival tomorrow --departure +4 \\
      --title Mr --family Zhuang --language zh-Hans --profile opera/4711
  cardex stay check-in --property macau --reservation R1 --room 1012
  cardex stay move --property macau --reservation R1 --room 1015
  cardex stay do-not-disturb --property macau --reservation R1
  cardex stay check-out --property macau --reservation R1";

/// Publish what happens to a stay, or list stays
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{WHOSE_CLOCK}"))]
pub(crate) struct Stay {
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// A stay is booked
    Reserve(Booking),
    /// A booking is changed: what is left out stays as it was
    Amend(Booking),
    /// A booking is called off
    Cancel(Plain),
    /// The guest arrives and has the room
    CheckIn(CheckIn),
    /// The latest check-in was a mistake
    ReverseCheckIn(Plain),
    /// The guest moves
    Move(Move),
    /// The guest leaves
    CheckOut(Plain),
    /// The guest did not come
    NoShow(Plain),
    /// The guest in house does not want to be disturbed: what is to be done in the room waits
    DoNotDisturb(Plain),
    /// The guest may be disturbed again: what waited is to be done
    EndDoNotDisturb(Plain),
    /// List stays, or count them by how far they have come
    List(list::List),
}

/// Which stay, and when.
#[derive(Debug, Args)]
struct Plain {
    /// The hotel
    #[arg(long, value_name = "PROPERTY")]
    property: PropertyId,
    /// Reservation number of the hotel's PMS
    #[arg(long, value_name = "NUMBER")]
    reservation: String,
    /// When it happened, such as 2026-11-20T15:00, by this machine's clock unless its offset is said; a day alone is its
    /// first moment [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    at: Option<Moment>,
    /// The event's id: a ULID or UUID, the same when it is published again [default: a fresh one]
    #[arg(long, value_name = "ID", value_parser = parse_id)]
    id: Option<EventId>,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
struct Booking {
    #[command(flatten)]
    plain: Plain,
    /// The room set aside
    #[arg(long, value_name = "ROOM", value_parser = parse_room)]
    room: Option<Room>,
    #[command(flatten)]
    details: DetailsArgs,
}

#[derive(Debug, Args)]
struct CheckIn {
    #[command(flatten)]
    plain: Plain,
    /// The room given
    #[arg(long, value_name = "ROOM", value_parser = parse_room)]
    room: Room,
    #[command(flatten)]
    details: DetailsArgs,
}

#[derive(Debug, Args)]
struct Move {
    #[command(flatten)]
    plain: Plain,
    /// The new room
    #[arg(long, value_name = "ROOM", value_parser = parse_room)]
    room: Room,
}

impl Stay {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let (plain, change) = match &self.operation {
            Operation::Reserve(b) => (
                &b.plain,
                StayChange::Reserved(b.details.details(b.room.clone())),
            ),
            Operation::Amend(b) => (
                &b.plain,
                StayChange::Amended(b.details.details(b.room.clone())),
            ),
            Operation::Cancel(plain) => (plain, StayChange::Cancelled),
            Operation::CheckIn(c) => {
                let (room, details) = (c.room.clone(), c.details.details(None));
                (&c.plain, StayChange::CheckedIn { room, details })
            }
            Operation::ReverseCheckIn(plain) => (plain, StayChange::CheckInReversed),
            Operation::Move(m) => (
                &m.plain,
                StayChange::RoomMoved {
                    room: m.room.clone(),
                },
            ),
            Operation::CheckOut(plain) => (plain, StayChange::CheckedOut),
            Operation::NoShow(plain) => (plain, StayChange::NoShow),
            Operation::DoNotDisturb(plain) => (plain, StayChange::DoNotDisturb),
            Operation::EndDoNotDisturb(plain) => (plain, StayChange::DoNotDisturbEnded),
            Operation::List(list) => return list.run(session).await,
        };
        plain.publish(session, change).await
    }
}

impl Plain {
    async fn publish(&self, session: &Session, change: StayChange) -> anyhow::Result<()> {
        let bus = session.connect().await?;
        let body = Body::Stay(StayEvent {
            reservation: self.reservation.as_str().into(),
            occurred_at: self.at.unwrap_or_else(now),
            change: change.clone(),
        });
        let publisher = as_property(&self.property);
        let published = publish(&bus, publisher, self.id.clone(), body).await?;
        published.show(&mut self.format.screen())?;
        let hint = Hint::new(session, &bus, &self.property, &published);
        hint.of_stay(&self.reservation, &change).await;
        Ok(())
    }
}
