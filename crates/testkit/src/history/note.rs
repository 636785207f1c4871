//! Free notes of a random history, with what of the vocabulary each says.

use cardex_domain::event::{ClaimRef, Polarity, Scope};
use cardex_domain::gather::first_number;
use cardex_domain::ids::AttributeId;

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
    pub(super) fn claim(self) -> ClaimRef {
        ClaimRef {
            attribute: AttributeId::new(self.attribute).expect("a well-formed attribute"),
            value: self.value.into(),
        }
    }

    /// Its number in the observation.
    pub(super) fn number(self) -> u8 {
        let ClaimRef { attribute, value } = self.claim();
        first_number(&(attribute, value, self.polarity, self.scope))
    }
}
