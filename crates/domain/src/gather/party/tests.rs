//! What one says for the party reaches the others only as far as it counts with the one who said it.

use std::convert::Infallible;

use super::super::said::tests::Plain;
use super::super::{Gathered, gather};
use super::*;
use crate::event::{CountsAs, Polarity, ReadStatement, Source, Statement, StayChange, StayDetails};
use crate::fact::{Fact, NoteJudgedFact, Noted, Reference, StayFact};
use crate::identity::DenyList;
use crate::ids::{AppId, AttributeId, DepartmentId, EventKey, PropertyId};
use crate::ledger::Ledger;
use crate::profile::Occasion;
use crate::resolve::affected;
use crate::time::{Day, Moment};
use crate::vocabulary::Vocabulary;

const ANN: StayId = StayId([1; 16]);
const BEA: StayId = StayId([2; 16]);

fn at(hour: i64) -> Moment {
    Moment {
        utc_micros: hour * 3_600_000_000,
        offset_minutes: 0,
    }
}

fn macau() -> PropertyId {
    PropertyId::new("macau").expect("a property")
}

fn key(event: &str) -> EventKey {
    EventKey::of("test", event)
}

/// Ann and Bea, booked together.
struct Together(Ledger);

impl Together {
    fn new() -> Self {
        let mut ledger = Ledger::default();
        for (stay, event) in [(ANN, "ann"), (BEA, "bea")] {
            let details = StayDetails {
                arrival: Some(Day(0)),
                departure: Some(Day(5)),
                party: Some("P-1".into()),
                ..StayDetails::default()
            };
            let fact = StayFact {
                key: key(event),
                stay,
                property: macau(),
                reservation: event.into(),
                occurred_at: at(0),
                change: StayChange::Reserved(details),
                guest: None,
            };
            ledger.record(fact.key, Fact::Stay(fact));
        }
        Self(ledger)
    }

    /// Bea says something, and more is noted.
    fn bea(mut self, event: &str, scope: Scope, stated: (&str, &str), note: &str) -> Self {
        let (attribute, value) = stated;
        let statement = Statement {
            attribute: AttributeId::new(attribute).expect("an attribute"),
            value: value.into(),
            polarity: Polarity::For,
            purpose: None,
        };
        let noted = Noted {
            key: key(event),
            event_id: event.into(),
            references: vec![Reference::Node(NodeId::Stay(BEA))],
            property: macau(),
            department: DepartmentId::new("dining").expect("a department"),
            via: None,
            app: AppId::new("pos").expect("an app"),
            observed_at: at(2),
            source: Source::Stated,
            scope,
            reach: None,
            statements: vec![statement],
            note: (!note.is_empty()).then(|| note.into()),
            seen_by: None,
        };
        self.0.record(noted.key, Fact::Noted(noted));
        self
    }

    /// Somebody says that what was read from a note of Bea's for all of them is not so.
    fn rejected(mut self, of: &str, attribute: &str, value: &str) -> Self {
        let fact = NoteJudgedFact {
            key: key("rejected"),
            target: key(of),
            statement: ReadStatement {
                attribute: AttributeId::new(attribute).expect("an attribute"),
                value: value.into(),
                polarity: Polarity::For,
                scope: Scope::Party,
            },
            counts_as: CountsAs::Nothing,
            property: macau(),
            department: None,
            occurred_at: at(3),
            by: None,
        };
        self.0.record(fact.key, Fact::NoteJudged(fact));
        self
    }

    /// Checks what is wished for Ann's stay.
    fn check(&self, expected: &[&str]) {
        let deny = DenyList::default();
        let settings = Settings::new(&deny, Vocabulary::embedded()).reading(&Plain);
        let occasion = Occasion {
            property: macau(),
            stay: Some(ANN),
            as_of: Day(2),
        };
        let Ok::<_, Infallible>(ann) = person_of(&self.0, &deny, NodeId::Stay(ANN));
        let Ok::<_, Infallible>(gathered): Result<Gathered, _> =
            gather(&self.0, &settings, &ann, &occasion);
        let wishes = gathered.wishes.values().flatten();
        let mut wishes: Vec<String> = wishes
            .map(|e| format!("{}={}", e.attribute, e.value))
            .collect();
        wishes.sort();
        assert_eq!(wishes, expected);
    }
}

#[test]
fn what_was_read_and_is_not_so_reaches_nobody() {
    let peanut = "allergy.food=peanut@party";
    let said = Together::new().bea("1", Scope::Party, ("room.view", "sea"), peanut);
    said.check(&["allergy.food=peanut", "room.view=sea"]);
    let rejected = said.rejected("1", "allergy.food", "peanut");
    rejected.check(&["room.view=sea"]);
}

#[test]
fn what_is_personal_of_one_who_wants_nothing_noted_reaches_nobody() {
    let read = "allergy.food=peanut@party room.view=sea@party";
    let said = || {
        let told = Together::new().bea("1", Scope::Party, ("occupation.field", "law"), read);
        told.bea("2", Scope::Party, ("room.bed_type", "twin"), "")
    };
    said().check(&[
        "allergy.food=peanut",
        "occupation.field=law",
        "room.bed_type=twin",
        "room.view=sea",
    ]);
    let asks = ("privacy.no_personal_notes", "requested");
    for scope in [Scope::Guest, Scope::Stay] {
        let quiet = said().bea("3", scope, asks, "");
        let Ok::<_, Infallible>(Some(asked)) = quiet.0.noted(key("3")) else {
            panic!("it is recorded");
        };
        let Ok::<_, Infallible>(affected) =
            affected(&quiet.0, &DenyList::default(), &Fact::Noted(asked));
        assert!(affected.contains(&ANN), "her boards follow at once");
        // What keeps people safe and what was plainly asked for stays.
        quiet.check(&["allergy.food=peanut", "room.bed_type=twin"]);
    }
}
