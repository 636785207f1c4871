//! Events on the wire: one envelope, a closed list of types, and for each version its own forms that become the
//! newest domain type. What can be read is held to every limit; what can't is refused with a code.

use std::fmt;

use cardex_domain::event::{Body, CardChange, Event, StayChange};
use cardex_domain::ids::{DepartmentId, EventKey};
use cardex_domain::time::{Day, Moment};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::limits::{
    BOOKING_MAX_DAYS_AHEAD, EVENT_MAX_BYTES, FIRST_BIRTH_DAY, FIRST_DAY, FUTURE_MAX_SECONDS,
    SOURCE_MAX_CHARS, WORD_MAX_CHARS,
};
use crate::reject::{Reject, RejectCode};
use crate::scan;
use crate::subject::EventSubject;
use crate::text::{AsText, EventId, Text};

pub mod v1;

mod draft;

pub use draft::{EventDraft, Message};

/// The CloudEvents version that is spoken.
pub const SPEC_VERSION: &str = "1.0";

/// The version in which events are written.
const WRITTEN_VERSION: u32 = 1;

/// What `data` is encoded in.
pub const DATA_CONTENT_TYPE: &str = "application/json";

macro_rules! types {
    ($($(#[$doc:meta])* $name:ident = $kind:literal $event:literal,)*) => {
        /// What an event is about, whatever its version.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum EventType {
            $($(#[$doc])* $name,)*
        }

        impl EventType {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The kind, which is also the word in the subject.
            #[must_use]
            pub const fn kind(self) -> &'static str {
                match self { $(Self::$name => $kind,)* }
            }

            /// What happened to that kind of thing.
            #[must_use]
            pub const fn event(self) -> &'static str {
                match self { $(Self::$name => $event,)* }
            }

            /// Kind and event, such as `stay.checked_in`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => concat!($kind, ".", $event),)* }
            }

            fn parse(text: &str) -> Option<Self> {
                match text { $(concat!($kind, ".", $event) => Some(Self::$name),)* _ => None }
            }
        }
    };
}

types! {
    /// Somebody noticed something about a guest.
    ObservationRecorded = "observation" "recorded",
    /// An observation, or one statement of it, is taken back.
    ObservationRetracted = "observation" "retracted",
    /// The department that made a note says whether it means what it seems to say.
    ObservationNoteJudged = "observation" "note_judged",
    /// A stay was booked.
    StayReserved = "stay" "reserved",
    /// A booking was changed.
    StayAmended = "stay" "amended",
    /// A booking was called off.
    StayCancelled = "stay" "cancelled",
    /// A guest arrived.
    StayCheckedIn = "stay" "checked_in",
    /// The check-in was a mistake.
    StayCheckInReversed = "stay" "check_in_reversed",
    /// A guest changed rooms.
    StayRoomMoved = "stay" "room_moved",
    /// A guest left.
    StayCheckedOut = "stay" "checked_out",
    /// A guest did not come.
    StayNoShow = "stay" "no_show",
    /// A guest does not want to be disturbed.
    StayDoNotDisturb = "stay" "do_not_disturb",
    /// A guest may be disturbed again.
    StayDoNotDisturbEnded = "stay" "do_not_disturb_ended",
    /// Something became of an item.
    OutcomeRecorded = "outcome" "recorded",
    /// What is known of a guest was put right.
    GuestCorrected = "guest" "corrected",
    /// What is known of a guest's preferences was put right.
    GuestPreferenceCorrected = "guest" "preference_corrected",
    /// Corrections of preferences are retracted.
    GuestCorrectionRetracted = "guest" "correction_retracted",
    /// Guest operations say whether a note means what it seems to say.
    GuestNoteJudged = "guest" "note_judged",
    /// Two guests are one person.
    GuestLinked = "guest" "linked",
    /// Links, and what keeps guests apart, are undone.
    GuestUnlinked = "guest" "unlinked",
    /// Two guests never are one person.
    GuestNeverLinked = "guest" "never_linked",
    /// Items came onto a board.
    CardIssued = "card" "issued",
    /// Items were taken off a board.
    CardWithdrawn = "card" "withdrawn",
    /// Items went to the next in line.
    CardEscalated = "card" "escalated",
    /// The time of items passed.
    CardExpired = "card" "expired",
    /// An hour struck at a property.
    CardHour = "card" "hour",
    /// A setting became active.
    ConfigActivated = "config" "activated",
}

impl EventType {
    /// The type of what happens to a stay.
    #[must_use]
    pub const fn of_stay(change: &StayChange) -> Self {
        match change {
            StayChange::Reserved(_) => Self::StayReserved,
            StayChange::Amended(_) => Self::StayAmended,
            StayChange::Cancelled => Self::StayCancelled,
            StayChange::CheckedIn { .. } => Self::StayCheckedIn,
            StayChange::CheckInReversed => Self::StayCheckInReversed,
            StayChange::RoomMoved { .. } => Self::StayRoomMoved,
            StayChange::CheckedOut => Self::StayCheckedOut,
            StayChange::NoShow => Self::StayNoShow,
            StayChange::DoNotDisturb => Self::StayDoNotDisturb,
            StayChange::DoNotDisturbEnded => Self::StayDoNotDisturbEnded,
        }
    }

    /// The type of what happens to items of a board.
    #[must_use]
    pub const fn of_card(change: CardChange) -> Self {
        match change {
            CardChange::Issued => Self::CardIssued,
            CardChange::Withdrawn => Self::CardWithdrawn,
            CardChange::Escalated => Self::CardEscalated,
            CardChange::Expired => Self::CardExpired,
        }
    }

    /// The `type` of the envelope at this version.
    #[must_use]
    pub fn versioned(self, version: u32) -> String {
        format!("cardex.{}.v{version}", self.as_str())
    }

    /// Type and version of a `type`.
    fn read(text: &str) -> Result<(Self, u32), Reject> {
        let unknown = || Reject::at(RejectCode::UnknownType, "type", "none of ours");
        let rest = text.strip_prefix("cardex.").ok_or_else(unknown)?;
        let (name, version) = rest.rsplit_once(".v").ok_or_else(unknown)?;
        let kind = Self::parse(name).ok_or_else(unknown)?;
        Ok((kind, version.parse().map_err(|_| unknown())?))
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The envelope, read loosely: each member is judged on its own, so that each has its own code.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    specversion: Option<Text<'a, WORD_MAX_CHARS>>,
    id: Option<AsText<EventId>>,
    #[serde(borrow)]
    source: Option<Text<'a, SOURCE_MAX_CHARS>>,
    #[serde(borrow)]
    r#type: Option<Text<'a, WORD_MAX_CHARS>>,
    #[serde(borrow)]
    subject: Option<Text<'a, SOURCE_MAX_CHARS>>,
    time: Option<AsText<Moment>>,
    #[serde(borrow)]
    datacontenttype: Option<Text<'a, WORD_MAX_CHARS>>,
    onbehalfof: Option<AsText<DepartmentId>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// The data of an event in the version it was written in.
enum Versioned<'a> {
    V1(v1::Data<'a>),
}

impl<'a> Versioned<'a> {
    fn read(kind: EventType, version: u32, data: &'a str) -> Result<Self, Reject> {
        match version {
            1 => v1::Data::read(kind, data)
                .map(Self::V1)
                .map_err(|error| Reject::of_json(&error, data, "data")),
            _ => Err(Reject::at(
                RejectCode::UnknownVersion,
                "type",
                "a version not known here",
            )),
        }
    }

    /// The newest form of what it says.
    fn into_latest(self, context: &Context<'_>) -> Result<Body, Reject> {
        match self {
            Self::V1(data) => data.into_latest(context),
        }
    }
}

/// What the meaning of `data` depends on beside itself.
pub(crate) struct Context<'a> {
    /// The subject, as it was published on.
    pub(crate) subject: &'a str,
    /// When the server took the message.
    pub(crate) received: Moment,
}

impl Context<'_> {
    /// The moment, if it can have been when the message came.
    fn moment(&self, moment: Moment, path: &str) -> Result<Moment, Reject> {
        if moment.seconds_since(self.received) > FUTURE_MAX_SECONDS {
            let rule = "lies more than 24 h after the server took the message";
            return Err(Reject::at(RejectCode::FutureDate, path, rule));
        }
        if moment.day().0 < FIRST_DAY {
            return Err(Reject::at(
                RejectCode::AbsurdDate,
                path,
                "lies before 1990-01-01",
            ));
        }
        Ok(moment)
    }

    /// The day of a stay, if somebody can have booked it.
    fn booked_day(&self, day: Day, path: &str) -> Result<Day, Reject> {
        let last = self.received.day().plus(BOOKING_MAX_DAYS_AHEAD);
        if (FIRST_DAY..=last.0).contains(&day.0) {
            return Ok(day);
        }
        let rule = "lies before 1990-01-01 or more than ten years ahead";
        Err(Reject::at(RejectCode::AbsurdDate, path, rule))
    }

    /// The day, if a guest can have been born on it. Somewhere it is a day later than at the server.
    fn birth_date(&self, day: Day, path: &str) -> Result<Day, Reject> {
        let last = self.received.day().plus(1);
        if (FIRST_BIRTH_DAY..=last.0).contains(&day.0) {
            return Ok(day);
        }
        let rule = "lies before 1875-01-01 or in the future";
        Err(Reject::at(RejectCode::AbsurdDate, path, rule))
    }
}

/// Reads one message of the stream of events.
///
/// `subject` is the one it was published on; `content_type` its header, if it had one; `received` the server's time of
/// it, never this machine's, so that a replay decides alike.
///
/// # Errors
/// When the message is not an event within all limits. The answer is the same for ever but for
/// [`RejectCode::UnknownType`] and [`RejectCode::UnknownVersion`], which a later version may know.
pub fn decode(
    subject: &str,
    content_type: Option<&str>,
    payload: &[u8],
    received: Moment,
) -> Result<Event, Reject> {
    let text = readable(content_type, payload)?;
    let published: EventSubject = subject
        .parse()
        .map_err(|_| Reject::at(RejectCode::UnknownSubject, "subject", "not of the layout"))?;
    scan::check(text)?;
    let envelope: Envelope<'_> =
        serde_json::from_str(text).map_err(|error| Reject::of_json(&error, text, ""))?;
    envelope.check()?;
    let (kind, version) = EventType::read(required(envelope.r#type, "type")?.as_str())?;
    let id = required(envelope.id, "id")?.0;
    let context = Context { subject, received };
    let time = context.moment(required(envelope.time, "time")?.0, "time")?;
    let data = required(envelope.data, "data")?;
    let body = Versioned::read(kind, version, data.get())?.into_latest(&context)?;
    agree(&published, kind, &body)?;
    Ok(Event {
        publisher: published.publisher(),
        key: EventKey::of(subject, id.as_str()),
        id: id.into_inner(),
        time,
        on_behalf_of: envelope.onbehalfof.map(|department| department.0),
        body,
    })
}

/// Reads the data of an event that comes without its envelope, as gateways take it, in the version that is written.
///
/// # Errors
/// As [`decode`], with the names of members below `data`.
pub fn decode_data(
    kind: EventType,
    subject: &EventSubject,
    data: &[u8],
    received: Moment,
) -> Result<Body, Reject> {
    let text = readable(None, data)?;
    scan::check(text)?;
    let subject = &subject.to_string();
    let context = Context { subject, received };
    Versioned::read(kind, WRITTEN_VERSION, text)?.into_latest(&context)
}

impl Envelope<'_> {
    /// Holds the members that are not kept to their rules.
    fn check(&self) -> Result<(), Reject> {
        match &self.specversion {
            None => {
                return Err(Reject::whole(
                    RejectCode::NotAnEvent,
                    "no CloudEvent: no specversion",
                ));
            }
            Some(version) if version.as_str() != SPEC_VERSION => {
                return Err(Reject::at(
                    RejectCode::SpecVersion,
                    "specversion",
                    "must be 1.0",
                ));
            }
            Some(_) => {}
        }
        match &self.source {
            None => return Err(missing("source")),
            Some(source) if source.as_str().trim().is_empty() => {
                return Err(Reject::at(
                    RejectCode::EmptyText,
                    "source",
                    "must not be blank",
                ));
            }
            Some(_) => {}
        }
        if self.subject.as_ref().is_some_and(|s| s.as_str().is_empty()) {
            return Err(Reject::at(
                RejectCode::EmptyText,
                "subject",
                "must not be blank",
            ));
        }
        match &self.datacontenttype {
            Some(given) if media_type(given.as_str()) != DATA_CONTENT_TYPE => {
                let rule = "must be application/json";
                Err(Reject::at(RejectCode::ContentType, "datacontenttype", rule))
            }
            _ => Ok(()),
        }
    }
}

fn missing(path: &str) -> Reject {
    Reject::at(RejectCode::MissingField, path, "must be there")
}

fn required<T>(member: Option<T>, path: &str) -> Result<T, Reject> {
    member.ok_or_else(|| missing(path))
}

/// The payload as text, if by its outside it can be an event.
fn readable<'a>(content_type: Option<&str>, payload: &'a [u8]) -> Result<&'a str, Reject> {
    if payload.len() > EVENT_MAX_BYTES {
        let rule = format!("at most {EVENT_MAX_BYTES} bytes");
        return Err(Reject::whole(RejectCode::TooLarge, &rule));
    }
    if payload.trim_ascii_start().first() != Some(&b'{') {
        return Err(Reject::whole(RejectCode::NotAnEvent, "not a JSON object"));
    }
    if content_type.is_some_and(|header| media_type(header) != crate::CONTENT_TYPE) {
        let rule = format!("the header must be {} or absent", crate::CONTENT_TYPE);
        return Err(Reject::whole(RejectCode::ContentType, &rule));
    }
    std::str::from_utf8(payload)
        .map_err(|_| Reject::whole(RejectCode::InvalidUtf8, "the bytes are not UTF-8"))
}

/// The type without its parameters, in lower case.
fn media_type(header: &str) -> String {
    header
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// Whether what was said may be said on this subject.
fn agree(subject: &EventSubject, kind: EventType, body: &Body) -> Result<(), Reject> {
    let agrees = match subject {
        EventSubject::Observation { .. } => kind.kind() == "observation",
        EventSubject::Outcome { .. } => kind.kind() == "outcome",
        EventSubject::Stay { event, .. } => kind.kind() == "stay" && kind.event() == event.as_str(),
        EventSubject::Guest { operation, .. } => {
            kind.kind() == "guest" && kind.event() == operation.as_str()
        }
        EventSubject::Card { event, .. } => kind.kind() == "card" && kind.event() == event.as_str(),
        EventSubject::Config { kind: setting } => {
            matches!(body, Body::ConfigActivated(a) if a.setting.as_str() == setting.as_str())
        }
    };
    if agrees {
        return Ok(());
    }
    Err(Reject::at(
        RejectCode::SubjectMismatch,
        "type",
        "not what this subject is for",
    ))
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod roundtrip;
#[cfg(test)]
mod tests;
