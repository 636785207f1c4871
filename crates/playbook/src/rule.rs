//! One rule: when it speaks, about what, and to whom. What it says is in the files of words.

use std::collections::BTreeSet;

use cardex_domain::board::Phase;
use cardex_domain::ids::{AttributeId, DepartmentId, RuleId};
use cardex_domain::profile::Verdict;

use crate::calendar::Calendar;
use crate::condition::Condition;

/// What to tell whom when a profile says something. Only a faultless file makes one.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What outcomes and explanations name it by.
    pub id: RuleId,
    /// Whom it tells.
    pub departments: BTreeSet<DepartmentId>,
    /// In which part of a stay it speaks.
    pub triggers: BTreeSet<Trigger>,
    /// What a profile must know for it to speak. At most one entry makes several items.
    pub about: Vec<About>,
    /// What the profile must think of it.
    pub verdicts: BTreeSet<Verdict>,
    /// What else must hold.
    pub(crate) when: Option<Condition>,
    /// On which days it speaks.
    pub calendar: Calendar,
    /// At which times, where its triggers leave that open.
    pub times: Times,
    /// What it is worth when right, 1 to 10.
    pub benefit: u32,
    /// What it costs when wrong, 0 to 10.
    pub cost: u32,
    /// How much it matters that it is done now, 1 to 100 in a hundred.
    pub urgency_percent: u32,
    /// Of which a board shows at most two.
    pub category: Box<str>,
    /// 0 is safety.
    pub tier: u8,
    /// How old, in hours, the news may be that alerts.
    pub freshness_hours: u32,
    /// Within how many seconds what it says is to be acknowledged, when it is.
    pub acknowledge_seconds: Option<u32>,
    /// Whom what it says may reach beside its departments, somewhere, when nobody acknowledges it.
    pub(crate) beyond: BTreeSet<DepartmentId>,
    /// Who may, somewhere, not have acknowledged what one of those is then told.
    pub(crate) passed_on_from: BTreeSet<DepartmentId>,
    /// The attributes that it is or asks about.
    pub(crate) rests_on: BTreeSet<AttributeId>,
    /// The attributes whose values it shows, in some language.
    pub(crate) shows: BTreeSet<AttributeId>,
}

/// The part of a stay in which a rule speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trigger {
    /// While the stay is booked: preparation.
    Reservation,
    /// From check-in on, from all that is known.
    CheckIn,
    /// From check-in on, while there is something to decide about the room: on the days on which the guest got one, from all
    /// that is known; later only about what was noticed since.
    Room,
    /// From some hours before rooms are given on the day of arrival, until check-in.
    PreArrival,
    /// On the day of a move to another room.
    RoomMove,
    /// While breakfast is served.
    Breakfast,
    /// While lunch is served.
    Lunch,
    /// While dinner is served.
    Dinner,
    /// While rooms are made ready for the night, but for that of departure.
    Turndown,
    /// From some hours before the room is to be left, until check-out.
    Departure,
    /// From some days after check-out, for as long as an hour concerns the stay.
    AfterStay,
    /// On the guest's birthday.
    Birthday,
    /// On the guest's wedding anniversary.
    Anniversary,
    /// On every so many days in house.
    LongStay,
    /// From check-in on, only about what was noticed since.
    InHouse,
}

/// When a rule speaks that speaks by the hotel's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// How many hours before the time that its trigger names.
    pub hours_before: u32,
    /// From how many days after check-out on.
    pub days_after: u32,
    /// On every so many days in house.
    pub every_days: u32,
}

impl Trigger {
    /// Every trigger by the word that playbooks have for it, in the order in which they are looked at.
    pub(crate) const ALL: [(&'static str, Self); 15] = [
        ("reservation", Self::Reservation),
        ("check_in", Self::CheckIn),
        ("room", Self::Room),
        ("pre_arrival", Self::PreArrival),
        ("room_move", Self::RoomMove),
        ("breakfast", Self::Breakfast),
        ("lunch", Self::Lunch),
        ("dinner", Self::Dinner),
        ("turndown", Self::Turndown),
        ("departure", Self::Departure),
        ("after_stay", Self::AfterStay),
        ("birthday", Self::Birthday),
        ("anniversary", Self::Anniversary),
        ("long_stay", Self::LongStay),
        ("in_house", Self::InHouse),
    ];

    /// The word that playbooks have for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(_, trigger)| *trigger == self)
            .map_or("", |(word, _)| word)
    }

    /// In which parts of a stay it may come.
    pub(crate) fn phases(self) -> &'static [Phase] {
        match self {
            Self::Reservation | Self::PreArrival => &[Phase::Reserved],
            Self::AfterStay => &[Phase::Over],
            Self::Birthday | Self::Anniversary => &[Phase::Reserved, Phase::InHouse],
            _ => &[Phase::InHouse],
        }
    }

    /// Whether it comes by the hotel's clock or day, and not with a part of the stay.
    pub(crate) fn is_timed(self) -> bool {
        !matches!(
            self,
            Self::Reservation | Self::CheckIn | Self::Room | Self::InHouse
        )
    }

    /// Whether whoever speaks by the other speaks whenever this one comes, and of as much.
    pub(crate) fn is_within(self, other: Self) -> bool {
        let whole = match other {
            Self::Reservation => Phase::Reserved,
            Self::CheckIn => Phase::InHouse,
            _ => return self == other,
        };
        self.phases() == [whole]
    }
}

/// What a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The attribute.
    pub attribute: AttributeId,
    /// The one value it is about; whichever holds when `None`.
    pub value: Option<Box<str>>,
}

impl Rule {
    /// Whether some of its triggers may come in that part of a stay.
    pub(crate) fn may_speak_in(&self, phase: Phase) -> bool {
        let mut triggers = self.triggers.iter();
        triggers.any(|trigger| trigger.phases().contains(&phase))
    }
}
