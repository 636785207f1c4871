//! What notes add to a person's evidence: never more than was said, and under a number that stays.

use std::convert::Infallible;

use super::super::*;
use super::numbered;
use crate::event::{CountsAs, Polarity, ReadStatement, Source, Statement};
use crate::evidence::EvidenceRef;
use crate::fact::{Fact, GuestFact, GuestFacts, NoteJudgedFact, Reference, RetractedFact};
use crate::identity::{DenyList, person_of};
use crate::ids::{AppId, DepartmentId, EventKey, InstallationKey, NodeId, ProfileId};
use crate::ledger::Ledger;
use crate::note::{Reading, ReadsNotes, Span, Standing};
use crate::profile::profile_of;
use crate::time::{Day, Moment};

/// Reads each word of a note that is written `attribute=value`, or `attribute!=value`, with `@party` behind it where it
/// is said of the party: these tests are of what is made of readings, not of how they come about.
#[derive(Debug)]
pub(in crate::gather) struct Plain;

impl ReadsNotes for Plain {
    fn read(&self, note: &str) -> Vec<Reading> {
        let mut readings = Vec::new();
        let mut start = 0;
        for word in note.split(' ') {
            let end = start + word.len();
            let (claim, scope) = match word.strip_suffix("@party") {
                Some(claim) => (claim, Scope::Party),
                None => (word, Scope::Guest),
            };
            if let Some((attribute, value)) = claim.split_once('=') {
                let polarity = match attribute.ends_with('!') {
                    true => Polarity::Against,
                    false => Polarity::For,
                };
                readings.push(Reading {
                    attribute: id(attribute.trim_end_matches('!')),
                    value: value.into(),
                    polarity,
                    scope,
                    span: Span { start, end },
                });
            }
            start = end + 1;
        }
        readings
    }
}

fn id(attribute: &str) -> AttributeId {
    AttributeId::new(attribute).expect("an attribute")
}

fn guest() -> ProfileId {
    InstallationKey::new([7; 32]).profile("opera", "ann")
}

fn at(day: i32) -> Moment {
    Moment {
        utc_micros: i64::from(day) * 86_400_000_000,
        offset_minutes: 0,
    }
}

/// Facts about one guest.
struct Told(Vec<(EventKey, Fact)>);

impl Told {
    fn new() -> Self {
        let fact = GuestFact {
            key: EventKey::of("test", "ann"),
            profile: guest(),
            occurred_at: at(0),
            guest: GuestFacts::default(),
        };
        Self(vec![(fact.key, Fact::Guest(fact))])
    }

    fn noted(mut self, event: &str, stated: &[(&str, &str)], note: &str) -> Self {
        let statement = |(attribute, value): &(&str, &str)| Statement {
            attribute: id(attribute),
            value: (*value).into(),
            polarity: Polarity::For,
            purpose: None,
        };
        let noted = Noted {
            key: EventKey::of("test", event),
            event_id: event.into(),
            references: vec![Reference::Node(NodeId::Profile(guest()))],
            property: PropertyId::new("macau").expect("a property"),
            department: DepartmentId::new("dining").expect("a department"),
            via: None,
            app: AppId::new("pos").expect("an app"),
            observed_at: at(1),
            source: Source::Stated,
            scope: Scope::Guest,
            reach: None,
            statements: stated.iter().map(statement).collect(),
            note: Some(note.into()),
            seen_by: None,
        };
        self.0.push((noted.key, Fact::Noted(noted)));
        self
    }

    fn retracted(mut self, event: &str, of: EvidenceRef) -> Self {
        let fact = RetractedFact {
            key: EventKey::of("test", event),
            target: of.event,
            statement: of.statement,
        };
        self.0.push((fact.key, Fact::Retracted(fact)));
        self
    }

    /// What was said on that day of a statement of the note of `1`.
    fn judged(mut self, event: &str, statement: &str, counts_as: CountsAs, day: i32) -> Self {
        let reading = Plain.read(statement).remove(0);
        let fact = NoteJudgedFact {
            key: EventKey::of("test", event),
            target: EventKey::of("test", "1"),
            statement: ReadStatement {
                attribute: reading.attribute,
                value: reading.value,
                polarity: reading.polarity,
                scope: reading.scope,
            },
            counts_as,
            property: PropertyId::new("macau").expect("a property"),
            department: None,
            occurred_at: at(day),
            by: None,
        };
        self.0.push((fact.key, Fact::NoteJudged(fact)));
        self
    }

    fn ledgers(&self) -> [Ledger; 2] {
        let ledger = |facts: &mut dyn Iterator<Item = &(EventKey, Fact)>| {
            let mut ledger = Ledger::default();
            for (key, fact) in facts {
                ledger.record(*key, fact.clone());
            }
            ledger
        };
        [ledger(&mut self.0.iter()), ledger(&mut self.0.iter().rev())]
    }

    /// Everything gathered, the same in either order.
    fn gathered(&self) -> Gathered {
        let deny = DenyList::default();
        let settings = Settings::new(&deny, Vocabulary::embedded()).reading(&Plain);
        let [forwards, backwards] = self.ledgers().map(|ledger| {
            let Ok::<_, Infallible>(person) = person_of(&ledger, &deny, NodeId::Profile(guest()));
            let Ok::<_, Infallible>(gathered) = gather(&ledger, &settings, &person, &occasion());
            gathered
        });
        assert_eq!(forwards, backwards);
        forwards
    }

    /// Checks what counts: how it is known, attribute and value.
    fn check(&self, expected: &[&str]) {
        let gathered = self.gathered();
        let counts = gathered.evidence.values().flatten();
        let mut counts: Vec<String> = counts.map(described).collect();
        counts.sort();
        assert_eq!(counts, expected);
    }
}

fn occasion() -> Occasion {
    Occasion {
        property: PropertyId::new("macau").expect("a property"),
        stay: None,
        as_of: Day(9),
    }
}

fn described(evidence: &Evidence) -> String {
    let sign = match evidence.polarity {
        Polarity::For => "=",
        Polarity::Against => "!=",
    };
    format!(
        "{:?} {}{sign}{}",
        evidence.source, evidence.attribute, evidence.value
    )
}

/// The one piece of evidence about an attribute, retracted or not.
fn about(gathered: &Gathered, attribute: &str) -> Evidence {
    let all = gathered.evidence.values().flatten();
    let mut all = all.chain(&gathered.retracted);
    let found = all.find(|e| e.attribute.as_str() == attribute);
    found.expect("there is evidence about it").clone()
}

#[test]
fn what_a_note_says_counts_as_inferred_beside_what_is_stated() {
    let told = Told::new().noted("1", &[("room.facing", "south")], "dining.taste!=spicy");
    told.check(&["Inferred dining.taste!=spicy", "Stated room.facing=south"]);
    let read = about(&told.gathered(), "dining.taste");
    assert!(read.id.statement >= READ_FROM);
    let note = read.from_note.expect("it was read");
    assert_eq!(note.span, Some(Span { start: 0, end: 19 }));
}

#[test]
fn what_a_note_repeats_or_seems_to_deny_of_its_own_statements_is_not_read() {
    let own = [("room.facing", "朝南")];
    for note in ["room.facing=south", "room.facing!=south"] {
        Told::new()
            .noted("1", &own, note)
            .check(&["Stated room.facing=south"]);
    }
    // Not even when the statement was taken back: the note is no way around that.
    let event = EventKey::of("test", "1");
    let first = EvidenceRef {
        event,
        statement: Some(0),
    };
    let told = Told::new().noted("1", &own, "room.facing=south");
    told.retracted("2", first).check(&[]);
}

#[test]
fn a_retraction_takes_back_what_was_read_alone_or_with_all_of_it() {
    let told = || Told::new().noted("1", &[], "dining.taste!=spicy dining.cuisine=sichuan");
    let read = about(&told().gathered(), "dining.taste").id;
    let of = |statement| EvidenceRef {
        event: read.event,
        statement,
    };
    let without = told().retracted("2", of(Some(read.statement)));
    without.check(&["Inferred dining.cuisine=sichuan"]);
    assert_eq!(about(&without.gathered(), "dining.taste").id, read);
    told().retracted("2", of(None)).check(&[]);
}

#[test]
fn the_number_of_what_was_read_is_the_same_whatever_else_is_read() {
    let alone = Told::new().noted("1", &[], "dining.taste!=spicy");
    let alone = about(&alone.gathered(), "dining.taste").id;
    let more = "dining.cuisine=sichuan drink.tea=longjing dining.taste!=spicy room.facing=south";
    let more = Told::new().noted("1", &[], more).gathered();
    assert_eq!(about(&more, "dining.taste").id, alone);
}

#[test]
fn two_that_ask_for_one_number_change_that_of_no_third() {
    let said = |value: usize| ReadStatement {
        attribute: id("amenity.flower"),
        value: format!("v{value}").into(),
        polarity: Polarity::For,
        scope: Scope::Guest,
    };
    let number = |of: usize, read: &[usize]| {
        let read = read.iter().map(|value| (said(*value), ()));
        let numbered = numbered(read.collect());
        let mut numbers = numbered.iter().filter(|(_, (s, ()))| *s == said(of));
        *numbers.next().expect("it has a number").0
    };
    let asks_for = |number: u8| (1..).find(|value| first_number(&said(*value)) == number);
    let first = first_number(&said(0));
    let same = asks_for(first).expect("another asks for the same");
    let [one, other] = [0, same].map(|of| number(of, &[0, same]));
    assert_ne!(one, other);
    assert!(one == first || other == first);
    // Neither the number behind it, nor that which the later of the two got instead, is theirs.
    for taken in [(first + 1) | READ_FROM, one, other] {
        if taken == first {
            continue;
        }
        let third = asks_for(taken).expect("one asks for it");
        assert_eq!(number(third, &[third]), taken);
        assert_eq!(number(third, &[0, same, third]), taken);
    }
}

#[test]
fn every_number_there_is_can_be_had() {
    let attribute = id("amenity.flower");
    let said = (0..usize::from(READ_FROM)).map(|value| ReadStatement {
        attribute: attribute.clone(),
        value: format!("v{value}").into(),
        polarity: Polarity::For,
        scope: Scope::Guest,
    });
    let numbered = numbered(said.map(|said| (said, ())).collect());
    assert!(numbered.into_keys().eq(READ_FROM..=u8::MAX));
}

#[test]
fn every_statement_of_a_long_note_has_a_number_of_its_own() {
    let words: Vec<String> = (0..200).map(|n| format!("dining.dish=dish{n}")).collect();
    let gathered = Told::new().noted("1", &[], &words.join(" ")).gathered();
    let all: Vec<_> = gathered.evidence.values().flatten().collect();
    let numbers: BTreeSet<u8> = all.iter().map(|e| e.id.statement).collect();
    assert_eq!((all.len(), numbers.len()), (64, 64));
    assert!(numbers.iter().all(|number| *number >= READ_FROM));
}

#[test]
fn of_a_guest_who_wants_no_notes_only_what_nobody_could_be_served_without_is_read() {
    let said = [
        ("privacy.no_personal_notes", "requested"),
        ("dining.cuisine", "cantonese"),
    ];
    let told = Told::new().noted("1", &said, "").noted(
        "2",
        &[],
        "dining.taste!=spicy allergy.food=peanut",
    );
    told.check(&[
        "Inferred allergy.food=peanut",
        "Stated dining.cuisine=cantonese",
        "Stated privacy.no_personal_notes=requested",
    ]);
    let left_out = told.gathered().left_out;
    let left_out: Vec<_> = left_out
        .iter()
        .map(|(why, e)| (*why, described(e)))
        .collect();
    let spicy = "Inferred dining.taste!=spicy".to_owned();
    assert_eq!(left_out, [(LeftOut::NoPersonalNotes, spicy)]);
}

#[test]
fn a_note_hides_no_name_but_keeps_silent_at_once() {
    let told = Told::new().noted(
        "1",
        &[],
        "privacy.incognito=celebrity privacy.no_information=requested",
    );
    let deny = DenyList::default();
    let settings = Settings::new(&deny, Vocabulary::embedded()).reading(&Plain);
    let [ledger, _] = told.ledgers();
    let Ok::<_, Infallible>(profile) =
        profile_of(&ledger, &settings, NodeId::Profile(guest()), &occasion());
    let discretion = profile.discretion();
    assert!(!discretion.incognito && discretion.no_information);
}

#[test]
fn what_is_said_of_the_party_is_no_part_of_the_guests_profile() {
    let told = Told::new().noted("1", &[], "amenity.flower=lily@party");
    told.check(&[]);
    let left_out = told.gathered().left_out;
    assert_eq!(left_out.len(), 1);
    assert_eq!(left_out[0].0, LeftOut::OtherStay);
}

#[test]
fn what_is_confirmed_counts_as_it_is_said_and_what_is_rejected_does_not() {
    let noted = || Told::new().noted("1", &[], "dining.taste!=spicy");
    let confirmed = noted().judged("2", "dining.taste!=辣", CountsAs::Observed, 2);
    confirmed.check(&["Observed dining.taste!=spicy"]);
    let read = about(&confirmed.gathered(), "dining.taste");
    let note = read.from_note.expect("it was read");
    assert_eq!(note.standing, Standing::Confirmed);
    // Whoever speaks last is heard, whichever comes first.
    let rejected = confirmed.judged("3", "dining.taste!=spicy", CountsAs::Nothing, 3);
    rejected.check(&[]);
    let read = about(&rejected.gathered(), "dining.taste");
    let note = read.from_note.expect("it was read");
    assert_eq!(note.standing, Standing::Rejected);
    let again = rejected.judged("4", "dining.taste!=spicy", CountsAs::Stated, 4);
    again.check(&["Stated dining.taste!=spicy"]);
}

#[test]
fn what_is_judged_is_what_was_said_and_nothing_else() {
    let told = Told::new().noted("1", &[], "dining.taste!=spicy amenity.flower=lily");
    let told = told
        .judged("2", "dining.taste=spicy", CountsAs::Nothing, 2)
        .judged("3", "amenity.flower=lily@party", CountsAs::Nothing, 2);
    told.check(&[
        "Inferred amenity.flower=lily",
        "Inferred dining.taste!=spicy",
    ]);
}

#[test]
fn what_somebody_stands_by_counts_though_the_note_is_no_longer_read_so() {
    let told = Told::new()
        .noted("1", &[("room.facing", "south")], "nothing of the kind")
        .judged("2", "dining.taste!=spicy", CountsAs::Stated, 2)
        .judged("3", "dining.cuisine=sichuan", CountsAs::Nothing, 2)
        .judged("4", "room.facing=south", CountsAs::Observed, 2);
    told.check(&["Stated dining.taste!=spicy", "Stated room.facing=south"]);
    let read = about(&told.gathered(), "dining.taste");
    assert_eq!(read.from_note.expect("it was read").span, None);
}

#[test]
fn a_retraction_outranks_what_is_confirmed() {
    let told = Told::new().noted("1", &[], "dining.taste!=spicy").judged(
        "2",
        "dining.taste!=spicy",
        CountsAs::Stated,
        2,
    );
    let read = about(&told.gathered(), "dining.taste").id;
    let of = EvidenceRef {
        event: read.event,
        statement: Some(read.statement),
    };
    told.retracted("3", of).check(&[]);
}
