//! Cases beside the rules: what is known of a guest and a stay, and what everybody is then to be told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use cardex_domain::board::{Board, Phase, Texts};
use cardex_domain::event::{Name, Polarity, Source};
use cardex_domain::evidence::{Evidence, EvidenceId};
use cardex_domain::fact::GuestFacts;
use cardex_domain::ids::{
    AppId, AttributeId, DepartmentId, EventKey, PropertyId, Room, RuleId, StayId, content_hash,
};
use cardex_domain::profile::{AttributeProfile, Claim, GuestCard, Profile, Verdict};
use cardex_domain::stay::{Occupancy, Status, Stay};
use cardex_domain::time::{Day, Moment};
use cardex_domain::vocabulary::{Kind, Vocabulary};

use crate::hours::{Clock, Hours};
use crate::{Playbook, Rule, Situation};

mod coverage;

pub use coverage::{Coverage, Survivor};

/// How sure what a case says of a guest is, in parts per million.
const LIKELY_PPM: u32 = 900_000;
/// How sure what may be so is.
const DOUBTFUL_PPM: u32 = 300_000;
/// How long before the guest comes it was noticed, in days; what is needed was noticed in the stay.
const NOTICED_DAYS_BEFORE: i32 = 30;

/// What rules speak of, and what they are to say.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it shows.
    pub name: Box<str>,
    /// Its file.
    pub file: Box<str>,
    /// Its line, from 1.
    pub line: usize,
    pub(crate) given: Given,
    /// What each department is told in each phase that the case looks at: the rules of its board, in order.
    pub(crate) told: BTreeMap<Phase, Told>,
    /// The rules that some case of its file names: of others it says nothing.
    pub(crate) looks_at: Arc<BTreeSet<RuleId>>,
    /// The rules whose lines wait in house while the sign hangs on the door, where it does.
    pub(crate) waits: BTreeSet<RuleId>,
    /// What rules say, by language.
    pub(crate) says: BTreeMap<RuleId, Texts>,
}

/// The rules on the boards of departments that are told something.
pub(crate) type Told = BTreeMap<DepartmentId, Vec<RuleId>>;

/// A guest and a stay.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) property: PropertyId,
    /// The day of arrival.
    pub(crate) day: Day,
    /// The day for which boards are made.
    pub(crate) on: Day,
    /// At which time of it.
    pub(crate) at: Clock,
    pub(crate) nights: u32,
    pub(crate) adults: u16,
    pub(crate) children: u16,
    pub(crate) earlier_stays: u32,
    pub(crate) room: Option<Room>,
    /// The room before, where the guest moved on the day for which boards are made.
    pub(crate) moved_from: Option<Room>,
    /// Whether the guest, once in house, does not want to be disturbed.
    pub(crate) do_not_disturb: bool,
    pub(crate) room_type: Option<Box<str>>,
    pub(crate) name: Name,
    pub(crate) language: Option<Box<str>>,
    pub(crate) nationality: Option<Box<str>>,
    /// What is known: attribute, kind, value, verdict.
    pub(crate) known: Vec<(AttributeId, Kind, Box<str>, Verdict)>,
}

/// Something that a case wants and that is not so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where: `front_desk while reserved`, or `facing in zh-Hant`.
    pub place: String,
    /// What is wanted.
    pub wanted: String,
    /// What is so.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  - {}\n  + {}", self.place, self.wanted, self.found)
    }
}

impl Case {
    /// What differs from what the case wants; nothing when it holds.
    #[must_use]
    pub fn differences(&self, playbook: &Playbook, vocabulary: &Vocabulary) -> Vec<Difference> {
        let mut differences = Vec::new();
        let mut said = BTreeMap::new();
        for (phase, wanted) in &self.told {
            let boards = self.given.boards(playbook, vocabulary, *phase);
            let told = told(&boards, &self.looks_at);
            let departments: BTreeSet<_> = wanted.keys().chain(told.keys()).collect();
            for department in departments {
                let (wanted, found) = (wanted.get(department), told.get(department));
                if wanted.map_or(&[][..], |rules| rules) != found.map_or(&[][..], |rules| rules) {
                    differences.push(Difference {
                        place: format!("{department} {}", while_in(*phase)),
                        wanted: listed(wanted.into_iter().flatten()),
                        found: listed(found.into_iter().flatten()),
                    });
                }
            }
            let items = || boards.iter().flat_map(|board| &board.items);
            let waiting: BTreeSet<&RuleId> = items()
                .filter(|item| item.is_parked())
                .map(|item| &item.rule)
                .collect();
            if *phase == Phase::InHouse && !waiting.iter().copied().eq(&self.waits) {
                differences.push(Difference {
                    place: "waits in house".to_owned(),
                    wanted: listed(&self.waits),
                    found: listed(waiting),
                });
            }
            for item in boards.into_iter().flat_map(|board| board.items) {
                said.entry(item.rule).or_insert(item.texts);
            }
        }
        for (rule, wanted) in &self.says {
            for (language, wanted) in wanted {
                let found = said.get(rule).and_then(|texts| texts.get(language));
                if found != Some(wanted) {
                    differences.push(Difference {
                        place: format!("{rule} in {language}"),
                        wanted: wanted.to_string(),
                        found: found.map_or("nothing", |text| text).to_owned(),
                    });
                }
            }
        }
        differences
    }

    /// Every rule that it wants to hear.
    pub(crate) fn expects(&self) -> impl Iterator<Item = &RuleId> {
        let told = self.told.values().flat_map(BTreeMap::values);
        told.flatten()
    }

    /// Whether the rule could make a difference to it.
    fn concerns(&self, rule: &Rule) -> bool {
        let known = self.given.known.iter().map(|(attribute, ..)| attribute);
        let about = || rule.about.iter().map(|about| &about.attribute);
        let about_it = known
            .into_iter()
            .any(|known| about().any(|attribute| attribute == known));
        // What is about nothing may be told in any.
        about_it || rule.about.is_empty()
    }
}

/// What each department is told by these rules.
fn told(boards: &[Board], by: &BTreeSet<RuleId>) -> Told {
    let rules = |board: &Board| -> Vec<RuleId> {
        let rules = board.items.iter().map(|item| &item.rule);
        rules.filter(|rule| by.contains(*rule)).cloned().collect()
    };
    let told = boards.iter();
    told.map(|board| (board.department.clone(), rules(board)))
        .filter(|(_, rules)| !rules.is_empty())
        .collect()
}

fn while_in(phase: Phase) -> &'static str {
    match phase {
        Phase::Reserved => "while the stay is booked",
        Phase::InHouse => "in house",
        Phase::Over => "after the stay",
    }
}

fn listed<'r>(rules: impl IntoIterator<Item = &'r RuleId>) -> String {
    let rules: Vec<String> = rules.into_iter().map(ToString::to_string).collect();
    match rules.is_empty() {
        true => "nothing".to_owned(),
        false => rules.join(", "),
    }
}

impl Given {
    fn boards(&self, playbook: &Playbook, vocabulary: &Vocabulary, phase: Phase) -> Vec<Board> {
        let stay = self.stay(phase);
        playbook.compose(&Situation {
            earlier_stays: self.earlier_stays,
            now: at_clock(self.on, self.at),
            ..Situation::alone(&stay, &self.profile(&stay), vocabulary)
        })
    }

    fn stay(&self, phase: Phase) -> Stay {
        let nights = i32::try_from(self.nights).unwrap_or(i32::MAX);
        let arrived = self.day.noon();
        Stay {
            id: StayId([1; 16]),
            property: self.property.clone(),
            reservation: "case".into(),
            status: match phase {
                Phase::Reserved => Status::Reserved,
                Phase::InHouse => Status::InHouse,
                Phase::Over => Status::CheckedOut,
            },
            arrival: Some(self.day),
            departure: Some(self.day.plus(nights)),
            room: self.room.clone().filter(|_| phase != Phase::Reserved),
            room_type: self.room_type.clone(),
            adults: self.adults,
            children: self.children,
            party: None,
            purpose: None,
            guest: GuestFacts {
                name: Some(self.name.clone()),
                ..GuestFacts::default()
            },
            guest_told_at: None,
            occupancy: self.occupancy(phase),
            checked_in_at: (phase != Phase::Reserved).then_some(arrived),
            do_not_disturb_since: (self.do_not_disturb && phase == Phase::InHouse)
                .then_some(arrived),
            last_event_at: arrived,
            booked: true,
            irregular: Vec::new(),
        }
    }

    /// The rooms that the guest had: nights end at noon, and a move is in the morning.
    fn occupancy(&self, phase: Phase) -> Vec<Occupancy> {
        let nights = i32::try_from(self.nights).unwrap_or(i32::MAX);
        let left = (phase == Phase::Over).then(|| self.day.plus(nights).noon());
        let moved = self.moved_from.iter().map(|room| {
            let at = at_clock(self.on, Clock::MORNING);
            (room, Some(at))
        });
        let rooms = moved.chain(self.room.iter().map(|room| (room, left)));
        let mut from = self.day.noon();
        let occupied = rooms.filter(|_| phase != Phase::Reserved);
        occupied
            .map(|(room, until)| {
                let next = until.unwrap_or(from);
                Occupancy {
                    room: room.clone(),
                    from: std::mem::replace(&mut from, next),
                    until,
                }
            })
            .collect()
    }

    fn profile(&self, stay: &Stay) -> Profile {
        let mut attributes: BTreeMap<AttributeId, AttributeProfile> = BTreeMap::new();
        for (attribute, kind, value, verdict) in &self.known {
            let known = attributes.entry(attribute.clone());
            let known = known.or_insert_with(|| AttributeProfile {
                kind: *kind,
                claims: Vec::new(),
            });
            let claim = self.claim(stay, attribute, value, *verdict);
            let at = known
                .claims
                .partition_point(|before| before.value < claim.value);
            known.claims.insert(at, claim);
        }
        Profile {
            members: Vec::new(),
            identity: Default::default(),
            guest: GuestCard {
                name: Some(self.name.clone()),
                language: self.language.clone(),
                nationality: self.nationality.clone(),
                ..GuestCard::default()
            },
            as_of: self.on,
            property: self.property.clone(),
            stay: Some(stay.id),
            purpose: None,
            wishes: BTreeMap::new(),
            attributes,
            uncurated: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn claim(&self, stay: &Stay, attribute: &AttributeId, value: &str, verdict: Verdict) -> Claim {
        let is_against = matches!(verdict, Verdict::Avoids | Verdict::AvoidHint);
        let ppm = match verdict {
            Verdict::Prefers | Verdict::Safety | Verdict::Need => LIKELY_PPM,
            Verdict::Ask | Verdict::Hint | Verdict::AvoidHint => DOUBTFUL_PPM,
            Verdict::Avoids => 1_000_000 - LIKELY_PPM,
        };
        let in_stay = verdict == Verdict::Need;
        let day = match in_stay {
            true => self.day,
            false => self.day.plus(-NOTICED_DAYS_BEFORE),
        };
        let key = content_hash(format!("{attribute}={value}").as_bytes());
        let evidence = Evidence {
            id: EvidenceId {
                event: EventKey(key),
                statement: 0,
            },
            attribute: attribute.clone(),
            value: Arc::from(value),
            polarity: if is_against {
                Polarity::Against
            } else {
                Polarity::For
            },
            source: Source::Stated,
            day,
            observed_at: day.noon(),
            stay: in_stay.then_some(stay.id),
            purpose: None,
            property: self.property.clone(),
            department: DepartmentId::engine(),
            app: AppId::new("case").expect("the word is an app's"),
            event_id: Arc::from("case"),
            from_note: None,
        };
        Claim {
            value: value.into(),
            for_q32: 0,
            against_q32: 0,
            p_ppm: ppm,
            confidence_ppm: ppm,
            verdict: Some(verdict),
            evidence: vec![evidence],
        }
    }
}

/// By a clock that shows the time of UTC.
fn at_clock(day: Day, clock: Clock) -> Moment {
    let like = Moment {
        utc_micros: 0,
        offset_minutes: 0,
    };
    Hours::default().moment(day, clock, like)
}

#[cfg(test)]
mod tests;
