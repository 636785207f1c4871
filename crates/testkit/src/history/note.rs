//! Free notes of a random history, with what of the vocabulary each says, and what people say of that.

use cardex_domain::event::{
    Body, ClaimRef, CountsAs, Event, JudgedNote, NoteJudgement, Polarity, ReadStatement, Scope,
};
use cardex_domain::gather::first_number;
use cardex_domain::ids::AttributeId;
use rand::Rng;
use rand::seq::IndexedRandom;

use super::{History, Seen, at, by_department, by_property};

/// A note.
#[derive(Clone, Copy)]
pub(super) struct Written {
    pub(super) text: &'static str,
    pub(super) says: Option<Reads>,
}

/// A statement that a note makes.
#[derive(Clone, Copy)]
pub(super) struct Reads {
    attribute: &'static str,
    value: &'static str,
    polarity: Polarity,
    scope: Scope,
}

pub(super) const NOTES: [Written; 7] = [
    Written {
        text: "put two chairs on the balcony",
        says: None,
    },
    of_guest(
        "doesn't eat spicy",
        "dining.taste",
        "spicy",
        Polarity::Against,
    ),
    of_guest("不吃辣", "dining.taste", "mild", Polarity::For),
    of_guest(
        "听力不好",
        "health.hearing",
        "hard_of_hearing",
        Polarity::For,
    ),
    of_guest("no peanuts", "allergy.food", "peanut", Polarity::For),
    of_guest("loves mangoes", "amenity.fruit", "mango", Polarity::For),
    Written {
        text: "his wife likes lilies",
        says: Some(Reads {
            attribute: "amenity.flower",
            value: "lily",
            polarity: Polarity::For,
            scope: Scope::Party,
        }),
    },
];

/// Of somebody of whom nothing else is to be read from notes.
pub(super) const NO_NOTES: Written = of_guest(
    "no personal notes please",
    "privacy.no_personal_notes",
    "requested",
    Polarity::For,
);

const fn of_guest(
    text: &'static str,
    attribute: &'static str,
    value: &'static str,
    polarity: Polarity,
) -> Written {
    let says = Reads {
        attribute,
        value,
        polarity,
        scope: Scope::Guest,
    };
    Written {
        text,
        says: Some(says),
    }
}

impl Reads {
    pub(super) fn statement(self) -> ReadStatement {
        let ClaimRef { attribute, value } = self.claim();
        ReadStatement {
            attribute,
            value: (&*value).into(),
            polarity: self.polarity,
            scope: self.scope,
        }
    }

    pub(super) fn claim(self) -> ClaimRef {
        ClaimRef {
            attribute: AttributeId::new(self.attribute).expect("a well-formed attribute"),
            value: self.value.into(),
        }
    }

    /// Its number in the observation.
    pub(super) fn number(self) -> u8 {
        first_number(&self.statement())
    }
}

impl History {
    /// What its department, or guest relations, say of a note: mostly of what it seems to say.
    pub(super) fn note_judged(&mut self) -> Event {
        let read = self.notes.iter().filter(|seen| seen.read.is_some());
        let read: Vec<Seen> = read.cloned().collect();
        let Some(seen) = read.choose(&mut self.rng).cloned() else {
            return self.correction();
        };
        let other = NOTES[1].says;
        let says = match self.rng.random_bool(0.9) {
            true => seen.read,
            false => other,
        };
        let statement = says.or(other).expect("the note says something").statement();
        let occurred_at = at(seen.hour + self.rng.random_range(-2..20));
        let counts_as = self.pick(&[CountsAs::Stated, CountsAs::Observed, CountsAs::Nothing]);
        let own = self.rng.random_bool(0.7);
        let body = Body::NoteJudged(NoteJudgement {
            of: match own {
                true => JudgedNote::Own {
                    event: seen.id.clone(),
                    app: None,
                    key: seen.key,
                },
                false => JudgedNote::Any(seen.key),
            },
            statement,
            counts_as,
            occurred_at,
            by: Some("w17".into()),
        });
        let id = self.id();
        match own {
            true => by_department(seen.property, seen.department, id, occurred_at, body),
            false => by_property(seen.property, "guest.note_judged", id, occurred_at, body),
        }
    }
}
