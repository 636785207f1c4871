//! Who a guest is, and a stay, as they are answered. Both turn back into the domain's own without loss.

use cardex_domain::discretion::{Discretion, NO_INFORMATION};
use cardex_domain::event::{ExternalProfile, Identifier, Name, Particulars};
use cardex_domain::fact::GuestFacts;
use cardex_domain::ids::{
    AttributeId, DepartmentId, EventKey, IdentifierKey, NodeId, ProfileId, PropertyId, Room, StayId,
};
use cardex_domain::profile::GuestCard;
use cardex_domain::stay::{Occupancy, Stay};
use cardex_domain::time::{Day, Moment};
use cardex_domain::vocabulary::{View, Vocabulary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::v1::{IdentifierKind, Purpose};
use crate::profile::reads_identifiers;
use crate::text::AsText;
use crate::words::{Status, is_zero};

mod particulars;

pub use particulars::{AddressView, ParticularsView};

/// Who a person is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GuestView {
    /// The id that names the person today; any member's names the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<AsText<NodeId>>,
    /// The stays and profiles of other systems that are this person.
    pub members: Vec<AsText<NodeId>>,
    /// How many more there are, which are not named here.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_members: u32,
    /// How the guest is called, or wants to be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<NameView>,
    /// Whether nobody is to be told that the guest is here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_information: bool,
    /// BCP 47 tag of the guest's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Nationality, as an ISO 3166-1 code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nationality: Option<String>,
    /// Birth date, address and company, for departments that need them.
    #[serde(flatten)]
    pub particulars: ParticularsView,
    /// What identifies the guest, for departments that need it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<IdentifierView>,
    /// How many more there are, which are not named here.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_identifiers: u32,
    /// Profiles in other systems.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<ExternalProfileView>,
    /// How many more there are, which are not named here.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_profiles: u32,
}

/// A person's name in its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NameView {
    /// How the guest is addressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// Given name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    /// The whole name as the guest writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full: Option<String>,
}

/// Something that identifies a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IdentifierView {
    /// What it is.
    pub kind: IdentifierKind,
    /// Its comparable form.
    pub value: String,
    /// Whether it was checked that it belongs to the guest.
    pub verified: bool,
}

/// A guest's profile in another system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExternalProfileView {
    /// The system.
    pub pms: String,
    /// Its id there.
    pub id: String,
}

/// The most events of a stay that are named as irregular.
const IRREGULAR_EVENTS_MAX: usize = 16;

/// A stay at the end of all its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StayView {
    /// Its id.
    pub id: AsText<StayId>,
    /// Where.
    pub property: AsText<PropertyId>,
    /// The PMS's number of it.
    pub reservation: String,
    /// How far it has come.
    pub status: Status,
    /// First day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival: Option<AsText<Day>>,
    /// Day of departure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departure: Option<AsText<Day>>,
    /// The guest's room now, or the one set aside, or the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<AsText<Room>>,
    /// The type of room booked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_type: Option<String>,
    /// Adults in the room.
    pub adults: u16,
    /// Children and infants in the room.
    pub children: u16,
    /// The number of the group or family booking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<String>,
    /// What the guest comes for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// Who is coming, as the newest revision says.
    pub guest: StayGuestView,
    /// Which rooms it had and when, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub occupancy: Vec<OccupancyView>,
    /// When the guest arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_in_at: Option<AsText<Moment>>,
    /// Since when the guest does not want to be disturbed, while that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub do_not_disturb_since: Option<AsText<Moment>>,
    /// When the newest event happened.
    pub last_event_at: AsText<Moment>,
    /// Whether nobody booked it: it began when a guest walked in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub walk_in: bool,
    /// Events that did not fit where they stood.
    #[serde(default)]
    pub irregular: u32,
    /// The keys of these, of the last ones where there are many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub irregular_events: Vec<AsText<EventKey>>,
}

/// Who is coming, as the booking says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StayGuestView {
    /// The guest's profile in another system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<NamedProfile>,
    /// How the guest is called, or wants to be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<NameView>,
    /// Whether nobody is to be told that the guest is here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_information: bool,
    /// BCP 47 tag of the guest's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Nationality, as an ISO 3166-1 code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nationality: Option<String>,
    /// Birth date, address and company, for departments that need them.
    #[serde(flatten)]
    pub particulars: ParticularsView,
    /// What identifies the guest, for departments that need it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<KeyedIdentifier>,
    /// When this was said, and by which event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
}

/// A profile in another system, with the id derived from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedProfile {
    /// The guest's id.
    pub guest: AsText<NodeId>,
    /// The system.
    pub pms: String,
    /// Its id there.
    pub id: String,
}

/// An identifier with the key derived from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyedIdentifier {
    /// The key.
    pub key: AsText<IdentifierKey>,
    /// The identifier.
    pub identifier: IdentifierView,
}

/// When something was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Told {
    /// When it happened.
    pub at: AsText<Moment>,
    /// The event that said it.
    pub event: AsText<EventKey>,
}

/// The time a stay had a room: half open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OccupancyView {
    /// The room.
    pub room: AsText<Room>,
    /// From this moment on.
    pub from: AsText<Moment>,
    /// Until just before this moment; still in the room when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<AsText<Moment>>,
}

/// Whether `department` is one that is to know that it may tell nobody of the guest.
fn is_to_tell_nobody(
    department: &DepartmentId,
    discretion: &Discretion,
    vocabulary: &Vocabulary,
) -> bool {
    let id = AttributeId::new(NO_INFORMATION).expect("the name is an attribute's");
    discretion.no_information && vocabulary.view(&id, department) != View::Hidden
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

fn boxed(text: Option<&String>) -> Option<Box<str>> {
    text.map(|text| text.as_str().into())
}

impl GuestView {
    /// The person of these nodes.
    #[must_use]
    pub fn of(members: &[NodeId], card: &GuestCard) -> Self {
        Self {
            id: members.first().copied().map(AsText),
            members: members.iter().copied().map(AsText).collect(),
            more_members: 0,
            name: card.name.as_ref().map(NameView::from),
            no_information: false,
            language: owned(card.language.as_deref()),
            nationality: owned(card.nationality.as_deref()),
            particulars: ParticularsView::from(&card.particulars),
            identifiers: card.identifiers.iter().map(IdentifierView::from).collect(),
            more_identifiers: 0,
            profiles: card
                .profiles
                .iter()
                .map(ExternalProfileView::from)
                .collect(),
            more_profiles: 0,
        }
    }

    /// The person of these nodes as `department` sees it.
    #[must_use]
    pub fn seen_by(
        department: &DepartmentId,
        members: &[NodeId],
        card: &GuestCard,
        (discretion, vocabulary): (&Discretion, &Vocabulary),
    ) -> Self {
        let mut guest = Self::of(members, &discretion.card(card, department));
        guest.no_information = is_to_tell_nobody(department, discretion, vocabulary);
        if !reads_identifiers(department) {
            guest.particulars = ParticularsView::default();
            guest.identifiers.clear();
        }
        guest
    }

    /// The person as the domain keeps it.
    #[must_use]
    pub fn to_card(&self) -> GuestCard {
        GuestCard {
            name: self.name.as_ref().map(Name::from),
            language: boxed(self.language.as_ref()),
            nationality: boxed(self.nationality.as_ref()),
            particulars: Particulars::from(&self.particulars),
            identifiers: self.identifiers.iter().map(Identifier::from).collect(),
            profiles: self.profiles.iter().map(ExternalProfile::from).collect(),
        }
    }
}

impl StayView {
    /// The stay as `department` sees it.
    #[must_use]
    pub fn seen_by(
        department: &DepartmentId,
        stay: &Stay,
        (discretion, vocabulary): (&Discretion, &Vocabulary),
    ) -> Self {
        let mut view = Self::from(stay);
        let is_alias = discretion.hides_name_from(department);
        if is_alias {
            view.guest.name = discretion.alias.as_ref().map(NameView::from);
        }
        if is_alias || !reads_identifiers(department) {
            view.guest.particulars = ParticularsView::default();
            view.guest.identifiers.clear();
        }
        view.guest.no_information = is_to_tell_nobody(department, discretion, vocabulary);
        view
    }

    /// The stay as the domain keeps it; `None` when its guest's id is a stay's.
    #[must_use]
    pub fn to_stay(&self) -> Option<Stay> {
        Some(Stay {
            id: self.id.0,
            property: self.property.0.clone(),
            reservation: self.reservation.as_str().into(),
            status: self.status.into(),
            arrival: self.arrival.map(|day| day.0),
            departure: self.departure.map(|day| day.0),
            room: self.room.as_ref().map(|room| room.0.clone()),
            room_type: boxed(self.room_type.as_ref()),
            adults: self.adults,
            children: self.children,
            party: boxed(self.party.as_ref()),
            purpose: self.purpose.map(Into::into),
            guest: self.guest.to_facts()?,
            guest_told_at: self
                .guest
                .told
                .as_ref()
                .map(|told| (told.at.0, told.event.0)),
            occupancy: self.occupancy.iter().map(Occupancy::from).collect(),
            checked_in_at: self.checked_in_at.map(|at| at.0),
            do_not_disturb_since: self.do_not_disturb_since.map(|at| at.0),
            last_event_at: self.last_event_at.0,
            booked: !self.walk_in,
            irregular: self.irregular_events.iter().map(|key| key.0).collect(),
        })
    }
}

impl From<&Stay> for StayView {
    fn from(stay: &Stay) -> Self {
        let guest = &stay.guest;
        let told = |(at, event)| Told {
            at: AsText(at),
            event: AsText(event),
        };
        Self {
            id: AsText(stay.id),
            property: AsText(stay.property.clone()),
            reservation: stay.reservation.to_string(),
            status: stay.status.into(),
            arrival: stay.arrival.map(AsText),
            departure: stay.departure.map(AsText),
            room: stay.room.clone().map(AsText),
            room_type: owned(stay.room_type.as_deref()),
            adults: stay.adults,
            children: stay.children,
            party: owned(stay.party.as_deref()),
            purpose: stay.purpose.map(Into::into),
            guest: StayGuestView {
                profile: guest.profile.as_ref().map(NamedProfile::from),
                name: guest.name.as_ref().map(NameView::from),
                no_information: false,
                language: owned(guest.language.as_deref()),
                nationality: owned(guest.nationality.as_deref()),
                particulars: ParticularsView::from(&guest.particulars),
                identifiers: guest
                    .identifiers
                    .iter()
                    .map(KeyedIdentifier::from)
                    .collect(),
                told: stay.guest_told_at.map(told),
            },
            occupancy: stay.occupancy.iter().map(OccupancyView::from).collect(),
            checked_in_at: stay.checked_in_at.map(AsText),
            do_not_disturb_since: stay.do_not_disturb_since.map(AsText),
            last_event_at: AsText(stay.last_event_at),
            walk_in: !stay.booked,
            irregular: u32::try_from(stay.irregular.len()).unwrap_or(u32::MAX),
            irregular_events: {
                let skipped = stay.irregular.len().saturating_sub(IRREGULAR_EVENTS_MAX);
                stay.irregular[skipped..]
                    .iter()
                    .copied()
                    .map(AsText)
                    .collect()
            },
        }
    }
}

impl StayGuestView {
    fn to_facts(&self) -> Option<GuestFacts> {
        let profile = match &self.profile {
            None => None,
            Some(NamedProfile {
                guest: AsText(NodeId::Profile(guest)),
                pms,
                id,
            }) => {
                let (pms, id) = (pms.as_str().into(), id.as_str().into());
                Some((*guest, ExternalProfile { pms, id }))
            }
            Some(_) => return None,
        };
        Some(GuestFacts {
            profile,
            name: self.name.as_ref().map(Name::from),
            language: boxed(self.language.as_ref()),
            nationality: boxed(self.nationality.as_ref()),
            particulars: Particulars::from(&self.particulars),
            identifiers: self
                .identifiers
                .iter()
                .map(|k| (k.key.0, (&k.identifier).into()))
                .collect(),
        })
    }
}

impl From<&(ProfileId, ExternalProfile)> for NamedProfile {
    fn from((id, profile): &(ProfileId, ExternalProfile)) -> Self {
        let ExternalProfileView { pms, id: number } = profile.into();
        Self {
            guest: AsText(NodeId::Profile(*id)),
            pms,
            id: number,
        }
    }
}

impl From<&(IdentifierKey, Identifier)> for KeyedIdentifier {
    fn from((key, identifier): &(IdentifierKey, Identifier)) -> Self {
        Self {
            key: AsText(*key),
            identifier: identifier.into(),
        }
    }
}

impl From<&Occupancy> for OccupancyView {
    fn from(time: &Occupancy) -> Self {
        Self {
            room: AsText(time.room.clone()),
            from: AsText(time.from),
            until: time.until.map(AsText),
        }
    }
}

impl From<&OccupancyView> for Occupancy {
    fn from(view: &OccupancyView) -> Self {
        Self {
            room: view.room.0.clone(),
            from: view.from.0,
            until: view.until.map(|until| until.0),
        }
    }
}

impl From<&Name> for NameView {
    fn from(name: &Name) -> Self {
        Self {
            title: owned(name.title.as_deref()),
            family: owned(name.family.as_deref()),
            given: owned(name.given.as_deref()),
            full: owned(name.full.as_deref()),
        }
    }
}

impl From<&NameView> for Name {
    fn from(view: &NameView) -> Self {
        Self {
            title: boxed(view.title.as_ref()),
            family: boxed(view.family.as_ref()),
            given: boxed(view.given.as_ref()),
            full: boxed(view.full.as_ref()),
        }
    }
}

impl From<&Identifier> for IdentifierView {
    fn from(identifier: &Identifier) -> Self {
        Self {
            kind: identifier.kind.into(),
            value: identifier.value.to_string(),
            verified: identifier.verified,
        }
    }
}

impl From<&IdentifierView> for Identifier {
    fn from(view: &IdentifierView) -> Self {
        Self {
            kind: view.kind.into(),
            value: view.value.as_str().into(),
            verified: view.verified,
        }
    }
}

impl From<&ExternalProfile> for ExternalProfileView {
    fn from(profile: &ExternalProfile) -> Self {
        Self {
            pms: profile.pms.to_string(),
            id: profile.id.to_string(),
        }
    }
}

impl From<&ExternalProfileView> for ExternalProfile {
    fn from(view: &ExternalProfileView) -> Self {
        Self {
            pms: view.pms.as_str().into(),
            id: view.id.as_str().into(),
        }
    }
}

#[cfg(test)]
mod tests;
