//! What the aggregator tells the listener about a stay that an event affects: the stay and its guest's profile as the
//! playbook reads them. Between services only: it holds values of every sensitivity, and no notes or identifiers.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::event::{Name, Polarity, Source};
use cardex_domain::evidence::{Evidence, EvidenceId};
use cardex_domain::fact::GuestFacts;
use cardex_domain::ids::{
    AppId, AttributeId, DepartmentId, ItemId, NodeId, PropertyId, Room, StayId,
};
use cardex_domain::profile::{AttributeProfile, Claim, GuestCard, Profile, Verdict};
use cardex_domain::stay::{Occupancy, Status, Stay};
use cardex_domain::time::{Day, Moment};
use cardex_domain::vocabulary::Kind;
use serde::{Deserialize, Serialize};

/// The most evidence of one claim that is told, the newest first to be kept. A board has no room for more.
pub const EVIDENCE_MAX: usize = 32;

/// Asks which stays an event affects.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AffectedRequest {
    /// The event's sequence in the stream: the answer has seen at least this.
    pub sequence: u64,
    /// The event's key.
    pub event: String,
    /// How long the answer may wait for the aggregator to come so far, in milliseconds.
    pub wait_ms: u64,
}

impl AffectedRequest {
    /// The question as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self)
            .expect("texts and integers under fixed names can always be written")
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are of another form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotASituation> {
        serde_json::from_slice(bytes).map_err(|_| NotASituation)
    }
}

/// Which stays an event affects, each with what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected {
    /// The sequence that the profiles have reached at least.
    pub sequence: u64,
    /// Hash of the vocabulary in force.
    pub vocabulary: String,
    /// The day the profiles are folded for.
    pub as_of: Day,
    /// When the event says that it happened.
    pub occurred_at: Moment,
    /// The stays, in id order.
    pub situations: Vec<Situation>,
}

/// A stay and what is known of its guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    /// The stay.
    pub stay: Stay,
    /// The guest's profile for this stay.
    pub profile: Profile,
    /// How many stays of the guest ended before.
    pub earlier_stays: u32,
    /// The items of the stay that somebody acted on.
    pub closed: BTreeSet<ItemId>,
}

/// The text is not what the aggregator writes.
#[derive(Debug, thiserror::Error)]
#[error("the aggregator's answer can't be read; run the same version of all services")]
pub struct NotASituation;

impl Affected {
    /// The answer as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let dto = AffectedDto {
            sequence: self.sequence,
            vocabulary: self.vocabulary.clone(),
            as_of: self.as_of.0,
            occurred_at: moment(self.occurred_at),
            situations: self.situations.iter().map(SituationDto::of).collect(),
        };
        serde_json::to_vec(&dto)
            .expect("texts and integers under fixed names can always be written")
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are of another form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotASituation> {
        let dto: AffectedDto = serde_json::from_slice(bytes).map_err(|_| NotASituation)?;
        Ok(Self {
            sequence: dto.sequence,
            vocabulary: dto.vocabulary,
            as_of: Day(dto.as_of),
            occurred_at: to_moment(dto.occurred_at),
            situations: dto
                .situations
                .into_iter()
                .map(|s| s.read(dto.as_of).ok_or(NotASituation))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// UTC microseconds and offset in minutes.
type MomentDto = (i64, i16);

fn moment(m: Moment) -> MomentDto {
    (m.utc_micros, m.offset_minutes)
}

fn to_moment((utc_micros, offset_minutes): MomentDto) -> Moment {
    Moment {
        utc_micros,
        offset_minutes,
    }
}

#[derive(Serialize, Deserialize)]
struct AffectedDto {
    sequence: u64,
    vocabulary: String,
    as_of: i32,
    occurred_at: MomentDto,
    situations: Vec<SituationDto>,
}

#[derive(Serialize, Deserialize)]
struct SituationDto {
    stay: StayDto,
    profile: ProfileDto,
    earlier_stays: u32,
    closed: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct StayDto {
    id: String,
    property: String,
    reservation: Box<str>,
    status: StatusDto,
    arrival: Option<i32>,
    departure: Option<i32>,
    room: Option<String>,
    room_type: Option<Box<str>>,
    adults: u16,
    children: u16,
    party: Option<Box<str>>,
    occupancy: Vec<(String, MomentDto, Option<MomentDto>)>,
    checked_in_at: Option<MomentDto>,
    last_event_at: MomentDto,
    irregular: u32,
}

#[derive(Serialize, Deserialize)]
struct ProfileDto {
    members: Vec<String>,
    name: Option<NameDto>,
    language: Option<Box<str>>,
    nationality: Option<Box<str>>,
    attributes: BTreeMap<String, AttributeDto>,
}

#[derive(Serialize, Deserialize)]
struct NameDto {
    title: Option<Box<str>>,
    family: Option<Box<str>>,
    given: Option<Box<str>>,
    full: Option<Box<str>>,
}

#[derive(Serialize, Deserialize)]
struct AttributeDto {
    kind: KindDto,
    claims: Vec<ClaimDto>,
}

#[derive(Serialize, Deserialize)]
struct ClaimDto {
    value: Box<str>,
    for_q32: u64,
    against_q32: u64,
    p_ppm: u32,
    confidence_ppm: u32,
    verdict: Option<VerdictDto>,
    evidence: Vec<EvidenceDto>,
}

#[derive(Serialize, Deserialize)]
struct EvidenceDto {
    id: String,
    polarity: bool,
    source: u8,
    observed_at: MomentDto,
    stay: Option<String>,
    property: String,
    department: String,
    app: String,
    event_id: Box<str>,
}

macro_rules! mirrored {
    ($dto:ident = $domain:ident { $($name:ident),* }) => {
        #[derive(Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum $dto { $($name),* }

        impl From<$domain> for $dto {
            fn from(of: $domain) -> Self {
                match of { $($domain::$name => Self::$name),* }
            }
        }

        impl From<$dto> for $domain {
            fn from(of: $dto) -> Self {
                match of { $($dto::$name => Self::$name),* }
            }
        }
    };
}

mirrored!(
    StatusDto = Status {
        Reserved,
        InHouse,
        CheckedOut,
        Cancelled,
        NoShow
    }
);
mirrored!(
    KindDto = Kind {
        Multi,
        Single,
        SingleOpen,
        Need,
        Safety
    }
);
mirrored!(
    VerdictDto = Verdict {
        Prefers,
        Ask,
        Hint,
        Avoids,
        AvoidHint,
        Safety,
        Need
    }
);

impl SituationDto {
    fn of(of: &Situation) -> Self {
        Self {
            stay: StayDto::of(&of.stay),
            profile: ProfileDto::of(&of.profile),
            earlier_stays: of.earlier_stays,
            closed: of.closed.iter().map(ToString::to_string).collect(),
        }
    }

    fn read(self, as_of: i32) -> Option<Situation> {
        let mut profile = self.profile.read(as_of)?;
        let mut stay = self.stay.read()?;
        profile.stay = Some(stay.id);
        stay.guest.name.clone_from(&profile.guest.name);
        Some(Situation {
            stay,
            profile,
            earlier_stays: self.earlier_stays,
            closed: self
                .closed
                .iter()
                .map(|id| id.parse().ok())
                .collect::<Option<_>>()?,
        })
    }
}

impl StayDto {
    fn of(stay: &Stay) -> Self {
        Self {
            id: stay.id.to_string(),
            property: stay.property.to_string(),
            reservation: stay.reservation.clone(),
            status: stay.status.into(),
            arrival: stay.arrival.map(|d| d.0),
            departure: stay.departure.map(|d| d.0),
            room: stay.room.as_ref().map(ToString::to_string),
            room_type: stay.room_type.clone(),
            adults: stay.adults,
            children: stay.children,
            party: stay.party.clone(),
            occupancy: stay
                .occupancy
                .iter()
                .map(|o| (o.room.to_string(), moment(o.from), o.until.map(moment)))
                .collect(),
            checked_in_at: stay.checked_in_at.map(moment),
            last_event_at: moment(stay.last_event_at),
            irregular: stay.irregular,
        }
    }

    fn read(self) -> Option<Stay> {
        let occupancy = self.occupancy.into_iter().map(|(room, from, until)| {
            let until = until.map(to_moment);
            Some(Occupancy {
                room: Room::new(&room).ok()?,
                from: to_moment(from),
                until,
            })
        });
        Some(Stay {
            id: self.id.parse::<StayId>().ok()?,
            property: PropertyId::new(&self.property).ok()?,
            reservation: self.reservation,
            status: self.status.into(),
            arrival: self.arrival.map(Day),
            departure: self.departure.map(Day),
            room: self.room.map(|room| Room::new(&room)).transpose().ok()?,
            room_type: self.room_type,
            adults: self.adults,
            children: self.children,
            party: self.party,
            guest: GuestFacts::default(),
            guest_told_at: None,
            occupancy: occupancy.collect::<Option<_>>()?,
            checked_in_at: self.checked_in_at.map(to_moment),
            last_event_at: to_moment(self.last_event_at),
            irregular: self.irregular,
        })
    }
}

impl ProfileDto {
    fn of(profile: &Profile) -> Self {
        let name = profile.guest.name.as_ref().map(|name| NameDto {
            title: name.title.clone(),
            family: name.family.clone(),
            given: name.given.clone(),
            full: name.full.clone(),
        });
        let attribute = |(id, attribute): (&AttributeId, &AttributeProfile)| {
            let claims = attribute.claims.iter().map(ClaimDto::of).collect();
            (
                id.to_string(),
                AttributeDto {
                    kind: attribute.kind.into(),
                    claims,
                },
            )
        };
        Self {
            members: profile.members.iter().map(ToString::to_string).collect(),
            name,
            language: profile.guest.language.clone(),
            nationality: profile.guest.nationality.clone(),
            attributes: profile.attributes.iter().map(attribute).collect(),
        }
    }

    fn read(self, as_of: i32) -> Option<Profile> {
        let guest = GuestCard {
            name: self.name.map(|n| Name {
                title: n.title,
                family: n.family,
                given: n.given,
                full: n.full,
            }),
            language: self.language,
            nationality: self.nationality,
            ..GuestCard::default()
        };
        let attributes = self.attributes.into_iter().map(|(id, attribute)| {
            let id = AttributeId::new(&id).ok()?;
            let claims = attribute.claims.into_iter().map(|c| c.read(&id));
            let claims = claims.collect::<Option<_>>()?;
            Some((
                id,
                AttributeProfile {
                    kind: attribute.kind.into(),
                    claims,
                },
            ))
        });
        let members = self.members.iter().map(|m| m.parse::<NodeId>().ok());
        Some(Profile {
            members: members.collect::<Option<_>>()?,
            guest,
            as_of: Day(as_of),
            stay: None,
            attributes: attributes.collect::<Option<_>>()?,
            uncurated: Vec::new(),
            notes: Vec::new(),
        })
    }
}

impl ClaimDto {
    fn of(claim: &Claim) -> Self {
        let mut newest: Vec<&Evidence> = claim.evidence.iter().collect();
        newest.sort_by_key(|e| std::cmp::Reverse((e.observed_at.utc_micros, e.id)));
        newest.truncate(EVIDENCE_MAX);
        newest.sort_by_key(|e| e.id);
        let bounded = |weight: u128| u64::try_from(weight).unwrap_or(u64::MAX);
        Self {
            value: claim.value.clone(),
            for_q32: bounded(claim.for_q32),
            against_q32: bounded(claim.against_q32),
            p_ppm: claim.p_ppm,
            confidence_ppm: claim.confidence_ppm,
            verdict: claim.verdict.map(Into::into),
            evidence: newest.into_iter().map(EvidenceDto::of).collect(),
        }
    }

    fn read(self, attribute: &AttributeId) -> Option<Claim> {
        let evidence = self
            .evidence
            .into_iter()
            .map(|e| e.read(attribute, &self.value));
        let evidence = evidence.collect::<Option<_>>()?;
        Some(Claim {
            evidence,
            value: self.value,
            for_q32: u128::from(self.for_q32),
            against_q32: u128::from(self.against_q32),
            p_ppm: self.p_ppm,
            confidence_ppm: self.confidence_ppm,
            verdict: self.verdict.map(Into::into),
        })
    }
}

impl EvidenceDto {
    fn of(evidence: &Evidence) -> Self {
        Self {
            id: evidence.id.to_string(),
            polarity: evidence.polarity == Polarity::For,
            source: match evidence.source {
                Source::Stated => 0,
                Source::Observed => 1,
                Source::Inferred => 2,
            },
            observed_at: moment(evidence.observed_at),
            stay: evidence.stay.map(|s| s.to_string()),
            property: evidence.property.to_string(),
            department: evidence.department.to_string(),
            app: evidence.app.to_string(),
            event_id: evidence.event_id.clone(),
        }
    }

    fn read(self, attribute: &AttributeId, value: &str) -> Option<Evidence> {
        let observed_at = to_moment(self.observed_at);
        Some(Evidence {
            id: self.id.parse::<EvidenceId>().ok()?,
            attribute: attribute.clone(),
            value: value.into(),
            polarity: if self.polarity {
                Polarity::For
            } else {
                Polarity::Against
            },
            source: match self.source {
                0 => Source::Stated,
                1 => Source::Observed,
                2 => Source::Inferred,
                _ => return None,
            },
            day: observed_at.day(),
            observed_at,
            stay: self.stay.map(|s| s.parse()).transpose().ok()?,
            property: PropertyId::new(&self.property).ok()?,
            department: DepartmentId::new(&self.department).ok()?,
            app: AppId::new(&self.app).ok()?,
            event_id: self.event_id,
        })
    }
}
