//! The data of an event by its type, which stands in the envelope and not in the data itself.

use serde::Serialize;

use super::{
    Card, ConfigActivation, CorrectionRetraction, GuestCorrection, Hour, Link, NoteJudgement,
    Observation, Outcome, OwnNoteJudgement, PreferenceCorrection, Retraction, StayBooked,
    StayCheckedIn, StayEvent, StayRoomMoved, Undo,
};
use crate::event::EventType;

/// The data of an event, by its type.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Data<'a> {
    /// `observation.recorded`
    ObservationRecorded(Observation<'a>),
    /// `observation.retracted`
    ObservationRetracted(Retraction<'a>),
    /// `observation.note_judged`
    ObservationNoteJudged(OwnNoteJudgement<'a>),
    /// `stay.reserved`
    StayReserved(StayBooked<'a>),
    /// `stay.amended`
    StayAmended(StayBooked<'a>),
    /// `stay.cancelled`
    StayCancelled(StayEvent<'a>),
    /// `stay.checked_in`
    StayCheckedIn(StayCheckedIn<'a>),
    /// `stay.check_in_reversed`
    StayCheckInReversed(StayEvent<'a>),
    /// `stay.room_moved`
    StayRoomMoved(StayRoomMoved<'a>),
    /// `stay.checked_out`
    StayCheckedOut(StayEvent<'a>),
    /// `stay.no_show`
    StayNoShow(StayEvent<'a>),
    /// `stay.do_not_disturb`
    StayDoNotDisturb(StayEvent<'a>),
    /// `stay.do_not_disturb_ended`
    StayDoNotDisturbEnded(StayEvent<'a>),
    /// `outcome.recorded`
    OutcomeRecorded(Outcome<'a>),
    /// `guest.corrected`
    GuestCorrected(GuestCorrection<'a>),
    /// `guest.preference_corrected`
    GuestPreferenceCorrected(PreferenceCorrection<'a>),
    /// `guest.correction_retracted`
    GuestCorrectionRetracted(CorrectionRetraction<'a>),
    /// `guest.note_judged`
    GuestNoteJudged(NoteJudgement<'a>),
    /// `guest.linked`
    GuestLinked(Link<'a>),
    /// `guest.unlinked`
    GuestUnlinked(Undo<'a>),
    /// `guest.never_linked`
    GuestNeverLinked(Link<'a>),
    /// `card.issued`
    CardIssued(Card<'a>),
    /// `card.withdrawn`
    CardWithdrawn(Card<'a>),
    /// `card.escalated`
    CardEscalated(Card<'a>),
    /// `card.expired`
    CardExpired(Card<'a>),
    /// `card.hour`
    CardHour(Hour),
    /// `config.activated`
    ConfigActivated(ConfigActivation<'a>),
}

impl<'a> Data<'a> {
    /// Reads the data of an event of this type.
    pub(in crate::event) fn read(
        kind: EventType,
        data: &'a str,
    ) -> Result<Self, serde_json::Error> {
        use serde_json::from_str;
        Ok(match kind {
            EventType::ObservationRecorded => Self::ObservationRecorded(from_str(data)?),
            EventType::ObservationRetracted => Self::ObservationRetracted(from_str(data)?),
            EventType::ObservationNoteJudged => Self::ObservationNoteJudged(from_str(data)?),
            EventType::StayReserved => Self::StayReserved(from_str(data)?),
            EventType::StayAmended => Self::StayAmended(from_str(data)?),
            EventType::StayCancelled => Self::StayCancelled(from_str(data)?),
            EventType::StayCheckedIn => Self::StayCheckedIn(from_str(data)?),
            EventType::StayCheckInReversed => Self::StayCheckInReversed(from_str(data)?),
            EventType::StayRoomMoved => Self::StayRoomMoved(from_str(data)?),
            EventType::StayCheckedOut => Self::StayCheckedOut(from_str(data)?),
            EventType::StayNoShow => Self::StayNoShow(from_str(data)?),
            EventType::StayDoNotDisturb => Self::StayDoNotDisturb(from_str(data)?),
            EventType::StayDoNotDisturbEnded => Self::StayDoNotDisturbEnded(from_str(data)?),
            EventType::OutcomeRecorded => Self::OutcomeRecorded(from_str(data)?),
            EventType::GuestCorrected => Self::GuestCorrected(from_str(data)?),
            EventType::GuestPreferenceCorrected => Self::GuestPreferenceCorrected(from_str(data)?),
            EventType::GuestCorrectionRetracted => Self::GuestCorrectionRetracted(from_str(data)?),
            EventType::GuestNoteJudged => Self::GuestNoteJudged(from_str(data)?),
            EventType::GuestLinked => Self::GuestLinked(from_str(data)?),
            EventType::GuestUnlinked => Self::GuestUnlinked(from_str(data)?),
            EventType::GuestNeverLinked => Self::GuestNeverLinked(from_str(data)?),
            EventType::CardIssued => Self::CardIssued(from_str(data)?),
            EventType::CardWithdrawn => Self::CardWithdrawn(from_str(data)?),
            EventType::CardEscalated => Self::CardEscalated(from_str(data)?),
            EventType::CardExpired => Self::CardExpired(from_str(data)?),
            EventType::CardHour => Self::CardHour(from_str(data)?),
            EventType::ConfigActivated => Self::ConfigActivated(from_str(data)?),
        })
    }

    /// The type that goes with it in the envelope.
    #[must_use]
    pub fn kind(&self) -> EventType {
        match self {
            Self::ObservationRecorded(_) => EventType::ObservationRecorded,
            Self::ObservationRetracted(_) => EventType::ObservationRetracted,
            Self::ObservationNoteJudged(_) => EventType::ObservationNoteJudged,
            Self::StayReserved(_) => EventType::StayReserved,
            Self::StayAmended(_) => EventType::StayAmended,
            Self::StayCancelled(_) => EventType::StayCancelled,
            Self::StayCheckedIn(_) => EventType::StayCheckedIn,
            Self::StayCheckInReversed(_) => EventType::StayCheckInReversed,
            Self::StayRoomMoved(_) => EventType::StayRoomMoved,
            Self::StayCheckedOut(_) => EventType::StayCheckedOut,
            Self::StayNoShow(_) => EventType::StayNoShow,
            Self::StayDoNotDisturb(_) => EventType::StayDoNotDisturb,
            Self::StayDoNotDisturbEnded(_) => EventType::StayDoNotDisturbEnded,
            Self::OutcomeRecorded(_) => EventType::OutcomeRecorded,
            Self::GuestCorrected(_) => EventType::GuestCorrected,
            Self::GuestPreferenceCorrected(_) => EventType::GuestPreferenceCorrected,
            Self::GuestCorrectionRetracted(_) => EventType::GuestCorrectionRetracted,
            Self::GuestNoteJudged(_) => EventType::GuestNoteJudged,
            Self::GuestLinked(_) => EventType::GuestLinked,
            Self::GuestUnlinked(_) => EventType::GuestUnlinked,
            Self::GuestNeverLinked(_) => EventType::GuestNeverLinked,
            Self::CardIssued(_) => EventType::CardIssued,
            Self::CardWithdrawn(_) => EventType::CardWithdrawn,
            Self::CardEscalated(_) => EventType::CardEscalated,
            Self::CardExpired(_) => EventType::CardExpired,
            Self::CardHour(_) => EventType::CardHour,
            Self::ConfigActivated(_) => EventType::ConfigActivated,
        }
    }
}
