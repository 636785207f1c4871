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
    /// From check-in on, only about what was noticed since.
    InHouse,
}

impl Trigger {
    /// Whether it is when the guest is in house.
    pub(crate) fn is_in_house(self) -> bool {
        matches!(self, Self::CheckIn | Self::InHouse)
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
    /// Whether it speaks in that part of a stay.
    #[must_use]
    pub fn speaks_in(&self, phase: Phase) -> bool {
        match phase {
            Phase::Reserved => self.triggers.contains(&Trigger::Reservation),
            Phase::InHouse => self.triggers.iter().any(|trigger| trigger.is_in_house()),
            Phase::Over => false,
        }
    }

    /// Whether, in house, it speaks only about what was noticed since check-in.
    pub(crate) fn needs_news(&self, phase: Phase) -> bool {
        phase == Phase::InHouse && !self.triggers.contains(&Trigger::CheckIn)
    }
}
