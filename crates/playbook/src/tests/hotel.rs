//! A hotel for the tests: a small vocabulary, a rule, and a guest whose stays and observations become a profile.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::board::Board;
use cardex_domain::event::{
    ExternalProfile, Name, Polarity, Scope, Source, Statement, StayChange, StayDetails,
};
use cardex_domain::fact::{Fact, GuestFacts, Noted, Reference, StayFact};
use cardex_domain::identity::DenyList;
use cardex_domain::ids::{
    AppId, AttributeId, DepartmentId, EventKey, InstallationKey, ItemId, NodeId, ProfileId,
    PropertyId, Room, StayId,
};
use cardex_domain::ledger::Ledger;
use cardex_domain::lessons::{Lessons, Shown};
use cardex_domain::profile::{Occasion, Profile, profile_of};
use cardex_domain::records::Records;
use cardex_domain::settings::Settings;
use cardex_domain::stay::Stay;
use cardex_domain::time::{Day, Moment};
use cardex_domain::vocabulary::Vocabulary;

use crate::{Fault, Languages, Playbook, Situation, Sources};

/// A faultless rule; the first of its lines is empty. `text` is no key of a rule: it is what the rule says in English, which
/// [`sources`] puts where it belongs.
pub(crate) const RULE: &str = r#"
[[rule]]
id = "facing"
departments = ["front_desk"]
trigger = ["reservation", "check_in"]
about = ["room.facing"]
verdict = ["prefers"]
when = 'stay.nights >= 1'
benefit = 3
cost = 1
category = "room"
tier = 1
freshness_hours = 24
text = "Give { $guest } { A($room-facing) } room."
"#;

const VOCABULARY: &str = r#"
format = 1
[views]
ordinary = { default = "value" }
personal = { default = "handling", guest_relations = "value" }
health = { default = "handling", guest_relations = "value", kitchen = "value" }
security = { default = "hidden", front_desk = "handling", guest_relations = "value" }
"#;

/// Id, kind, sensitivity, values.
const ATTRIBUTES: [(&str, &str, &str, &[&str]); 10] = [
    (
        "room.facing",
        "single",
        "ordinary",
        &["north", "south", "west", "east"],
    ),
    ("room.floor", "single_open", "ordinary", &["9", "10"]),
    (
        "dining.cuisine",
        "multi",
        "ordinary",
        &["sichuan", "thai", "french"],
    ),
    (
        "dining.condiment",
        "multi",
        "ordinary",
        &["numbing_sauce", "mustard"],
    ),
    (
        "interest.hobby",
        "multi",
        "ordinary",
        &["golf", "fishing", "chess", "opera"],
    ),
    (
        "amenity.shoe_care",
        "need",
        "ordinary",
        &["mud_kit", "polish"],
    ),
    (
        "allergy.food",
        "safety",
        "ordinary",
        &["peanut", "milk", "shrimp"],
    ),
    (
        "health.hearing",
        "multi",
        "health",
        &["hard_of_hearing", "hearing_aid"],
    ),
    ("privacy.alias", "multi", "security", &["incognito"]),
    ("family.birthday", "single_open", "ordinary", &["new_year"]),
];

/// What a small hotel knows about: no value is likely beforehand.
pub(crate) fn vocabulary() -> Vocabulary {
    let attributes = ATTRIBUTES.map(|(id, kind, sensitivity, values)| {
        let group = id.split('.').next().unwrap();
        let base = |ppm: u32| match kind {
            "single" => format!("base_ppm = {ppm}, "),
            _ => String::new(),
        };
        let values: Vec<String> = values
            .iter()
            .map(|value| {
                let label = value.replace('_', " ");
                let base = base(1_000_000 / u32::try_from(values.len()).unwrap());
                format!("{{ id = {value:?}, {base}label = {{ en = {label:?}, zh = \"字{value}\" }} }}")
            })
            .collect();
        let base = if kind == "single" { "" } else { "base_ppm = 50000\n" };
        let half_life = if kind == "safety" { 0 } else { 1460 };
        let handling = match sensitivity {
            "ordinary" => "",
            _ => "handling = { en = \"Take care\", zh = \"注意\" }\n",
        };
        format!(
            "[[attribute]]\nid = {id:?}\ngroup = {group:?}\nkind = {kind:?}\nhalf_life_days = {half_life}\n{base}\
             sensitivity = {sensitivity:?}\nlabel = {{ en = {id:?}, zh = \"词\" }}\n{handling}value = [{}]\n",
            values.join(", ")
        )
    });
    let text = format!("{VOCABULARY}{}", attributes.concat());
    Vocabulary::parse(&text).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// The phrases of the default playbook in English.
pub(crate) fn phrases() -> String {
    let embedded = Sources::embedded();
    let words = embedded.file("words/en.ftl").unwrap();
    words
        .split("\n### ")
        .take(2)
        .collect::<Vec<_>>()
        .join("\n### ")
}

/// A playbook of rules that say their English words as `text`.
pub(crate) fn sources(rules: &str) -> Sources {
    let (mut kept, mut words, mut id) = (String::new(), phrases(), "");
    for line in rules.split_inclusive('\n') {
        id = line
            .strip_prefix("id = ")
            .map_or(id, |id| id.trim().trim_matches('"'));
        match line.strip_prefix("text = ") {
            Some(text) => words += &format!("{id} = {}\n", text.trim().trim_matches('"')),
            None => kept += line,
        }
    }
    Sources::new([("playbook.toml", &*kept), ("words/en.ftl", &*words)])
}

/// A playbook of these rules for that vocabulary.
pub(crate) fn playbook(rules: &[String], vocabulary: &Vocabulary) -> Playbook {
    let sources = sources(&format!("format = 1\n{}", rules.concat()));
    Playbook::parse(&sources, vocabulary).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// What is replaced in a faultless text, by what, and the fault: line, column, part of the message.
pub(crate) type Wrong<'t> = (&'t str, &'t str, usize, usize, &'t str);

/// Each of these changes of the text makes the fault that it is said to.
pub(crate) fn check_faults(text: &str, faults: impl Fn(&str) -> Vec<Fault>, cases: &[Wrong<'_>]) {
    for (from, to, line, column, message) in cases {
        assert!(text.contains(from), "{from}");
        let found = faults(&text.replacen(from, to, 1));
        let hit = found.iter().any(|fault| {
            (fault.line, fault.column) == (*line, *column) && fault.message.contains(message)
        });
        assert!(hit, "{from} -> {to}: {line}:{column} {message}\n{found:#?}");
    }
}

pub(crate) fn day(month: u32, day: u32) -> Day {
    Day::from_ymd(2026, month, day).unwrap()
}

/// Some minutes after noon of a day.
pub(crate) fn noon(day: Day, minutes: i64) -> Moment {
    let minutes = i64::from(day.0) * 24 * 60 + 12 * 60 + minutes;
    Moment {
        utc_micros: minutes * 60_000_000,
        offset_minutes: 0,
    }
}

/// One guest with everything recorded of them.
pub(crate) struct Guest {
    name: Name,
    ledger: Ledger,
    events: u16,
    /// What boards of other stays showed.
    pub(crate) shown: Vec<Shown>,
    /// What was acted on.
    pub(crate) closed: BTreeSet<ItemId>,
    /// What of it is not true.
    pub(crate) wrong: BTreeSet<ItemId>,
    /// What departments acknowledged.
    pub(crate) acknowledged: BTreeMap<ItemId, Moment>,
    /// What nobody acknowledged in time.
    pub(crate) escalated: BTreeSet<ItemId>,
    /// How rules fared so far.
    pub(crate) lessons: Lessons,
    /// What departments read.
    pub(crate) languages: Languages,
}

impl Guest {
    pub(crate) fn named(title: &str, family: &str) -> Self {
        let part = |text: &str| (!text.is_empty()).then(|| text.into());
        Self {
            name: Name {
                title: part(title),
                family: part(family),
                ..Name::default()
            },
            ledger: Ledger::default(),
            events: 0,
            shown: Vec::new(),
            closed: BTreeSet::new(),
            wrong: BTreeSet::new(),
            acknowledged: BTreeMap::new(),
            escalated: BTreeSet::new(),
            lessons: Lessons::default(),
            languages: Languages::default(),
        }
    }

    /// Books a stay of two nights.
    pub(crate) fn books(&mut self, reservation: &str, arrival: Day) {
        let details = StayDetails {
            arrival: Some(arrival),
            departure: Some(arrival.plus(2)),
            adults: Some(1),
            ..StayDetails::default()
        };
        self.stay_event(
            reservation,
            noon(arrival.plus(-9), 0),
            StayChange::Reserved(details),
        );
    }

    /// Arrives at noon.
    pub(crate) fn checks_in(&mut self, reservation: &str, on: Day, room: &str) {
        let room = Room::new(room).unwrap();
        let details = StayDetails::default();
        self.stay_event(
            reservation,
            noon(on, 0),
            StayChange::CheckedIn { room, details },
        );
    }

    pub(crate) fn stay_event(&mut self, reservation: &str, at: Moment, change: StayChange) {
        let key = self.next_key();
        let pms = ExternalProfile {
            pms: "opera".into(),
            id: "1".into(),
        };
        let guest = GuestFacts {
            profile: Some((profile_id(), pms)),
            name: Some(self.name.clone()),
            language: Some("en-SG".into()),
            ..GuestFacts::default()
        };
        let fact = StayFact {
            key,
            stay: stay_id(reservation),
            property: property(),
            reservation: reservation.into(),
            occurred_at: at,
            change,
            guest: Some(guest),
        };
        self.ledger.record(key, Fact::Stay(fact));
    }

    /// Somebody notices something at a moment.
    pub(crate) fn noticed(
        &mut self,
        at: Moment,
        source: Source,
        attribute: &str,
        value: &str,
        polarity: Polarity,
    ) {
        let about = NodeId::Profile(profile_id());
        self.noted(
            at,
            (about, Scope::Guest),
            source,
            (attribute, value, polarity),
        );
    }

    /// The guest says what is to be so in one stay alone.
    pub(crate) fn wishes(&mut self, reservation: &str, at: Moment, attribute: &str, value: &str) {
        let about = NodeId::Stay(stay_id(reservation));
        let said = (attribute, value, Polarity::For);
        self.noted(at, (about, Scope::Stay), Source::Stated, said);
    }

    fn noted(
        &mut self,
        at: Moment,
        (about, scope): (NodeId, Scope),
        source: Source,
        (attribute, value, polarity): (&str, &str, Polarity),
    ) {
        let key = self.next_key();
        let statement = Statement {
            attribute: AttributeId::new(attribute).unwrap(),
            value: value.into(),
            polarity,
            purpose: None,
        };
        let noted = Noted {
            key,
            event_id: format!("event-{}", self.events).into(),
            references: vec![Reference::Node(about)],
            property: property(),
            department: DepartmentId::new("floor").unwrap(),
            app: AppId::new("rounds").unwrap(),
            observed_at: at,
            source,
            scope,
            reach: None,
            statements: vec![statement],
            note: None,
            seen_by: None,
            via: None,
        };
        self.ledger.record(key, Fact::Noted(noted));
    }

    /// The guest says three times in one spring, a week apart, that this is so.
    pub(crate) fn wants(&mut self, attribute: &str, value: &str) {
        for week in 0..3 {
            let at = noon(day(3, 1).plus(week * 7), 0);
            self.noticed(at, Source::Stated, attribute, value, Polarity::For);
        }
    }

    pub(crate) fn stay(&self, reservation: &str) -> Stay {
        let Ok(facts) = self.ledger.stay_facts(stay_id(reservation));
        Stay::fold(&facts).unwrap()
    }

    pub(crate) fn profile(
        &self,
        vocabulary: &Vocabulary,
        reservation: &str,
        as_of: Day,
    ) -> Profile {
        let stay = stay_id(reservation);
        let (deny, node) = (DenyList::parse("").unwrap(), NodeId::Stay(stay));
        let occasion = Occasion {
            property: property(),
            stay: Some(stay),
            as_of,
        };
        let Ok(profile) = profile_of(
            &self.ledger,
            &Settings::new(&deny, vocabulary),
            node,
            &occasion,
        );
        profile
    }

    /// The boards of a stay on a day, with these items closed by outcomes.
    pub(crate) fn boards(
        &self,
        playbook: &Playbook,
        vocabulary: &Vocabulary,
        (reservation, as_of): (&str, Day),
        closed: &BTreeSet<ItemId>,
    ) -> Vec<Board> {
        let at = as_of.noon();
        self.boards_at(playbook, vocabulary, (reservation, at), closed)
    }

    /// The same at a moment.
    pub(crate) fn boards_at(
        &self,
        playbook: &Playbook,
        vocabulary: &Vocabulary,
        (reservation, at): (&str, Moment),
        closed: &BTreeSet<ItemId>,
    ) -> Vec<Board> {
        let as_of = at.day();
        playbook.compose(&Situation {
            stay: &self.stay(reservation),
            profile: &self.profile(vocabulary, reservation, as_of),
            vocabulary,
            earlier_stays: 0,
            closed,
            wrong: &self.wrong,
            acknowledged: &self.acknowledged,
            escalated: &self.escalated,
            shown: &self.shown,
            lessons: &self.lessons,
            languages: &self.languages,
            revision: 7,
            profile_sequence: 7,
            as_of,
            now: at,
        })
    }

    /// What each board says, by department; boards that say nothing left out.
    pub(crate) fn told(
        &self,
        playbook: &Playbook,
        vocabulary: &Vocabulary,
        stay_on: (&str, Day),
    ) -> Vec<(String, Vec<String>)> {
        let boards = self.boards(playbook, vocabulary, stay_on, &BTreeSet::new());
        boards
            .iter()
            .filter(|board| !board.items.is_empty())
            .map(|board| (board.department.to_string(), texts(board)))
            .collect()
    }

    fn next_key(&mut self) -> EventKey {
        self.events += 1;
        let mut key = [0; 16];
        key[..2].copy_from_slice(&self.events.to_be_bytes());
        EventKey(key)
    }
}

pub(crate) fn texts(board: &Board) -> Vec<String> {
    board
        .items
        .iter()
        .map(|item| item.text.to_string())
        .collect()
}

fn property() -> PropertyId {
    PropertyId::new("grand").unwrap()
}

fn stay_id(reservation: &str) -> StayId {
    InstallationKey::new([7; 32]).stay(&property(), reservation)
}

fn profile_id() -> ProfileId {
    InstallationKey::new([7; 32]).profile("opera", "1")
}
