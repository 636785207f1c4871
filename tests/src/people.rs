//! Made-up guests whose truth is known: people, households and namesakes, each person recorded once or more with the
//! errors that desks and booking forms make. Seeded; one person after the other, so that a million need no memory.

use cardex_matching::Part;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

mod errors;
mod names;

use names::Script;

/// In so many of a thousand cases …
const RECORDED_AGAIN_PERMILLE: u32 = 220;
/// … somebody recorded twice is recorded once more.
const ONCE_MORE_PERMILLE: u32 = 250;
const OF_THE_HOUSEHOLD_PERMILLE: u32 = 150;
const TWIN_PERMILLE: u32 = 3;
const NAMESAKE_PERMILLE: u32 = 2;
const HAN_PERMILLE: u32 = 200;
const COMPANY_PERMILLE: u32 = 250;

/// A record of somebody.
#[derive(Debug, Clone)]
pub struct Made {
    /// Who it is.
    pub person: u32,
    /// What is said.
    pub said: Vec<(Part, String)>,
}

/// Somebody.
#[derive(Debug, Clone)]
struct Person {
    script: Script,
    family: String,
    given: String,
    birth: (u32, u32, u32),
    phone: String,
    email: String,
    home: Home,
    nationality: &'static str,
    company: Option<String>,
    gender: &'static str,
}

#[derive(Debug, Clone)]
struct Home {
    street: String,
    house: u32,
    city: String,
    postcode: String,
    region: String,
}

/// Endless made-up records, those of a person one after the other.
pub struct People {
    chance: StdRng,
    number: u32,
    last: Option<Person>,
    waiting: Vec<Made>,
}

impl People {
    /// The same for the same seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            chance: StdRng::seed_from_u64(seed),
            number: 0,
            last: None,
            waiting: Vec::new(),
        }
    }
}

impl Iterator for People {
    type Item = Made;

    fn next(&mut self) -> Option<Made> {
        if let Some(made) = self.waiting.pop() {
            return Some(made);
        }
        self.number += 1;
        let person = self.somebody();
        let chance = &mut self.chance;
        if happens(chance, RECORDED_AGAIN_PERMILLE) {
            let times = 1 + u32::from(happens(chance, ONCE_MORE_PERMILLE));
            for _ in 0..times {
                let said = errors::with_errors(&person, chance);
                self.waiting.push(Made {
                    person: self.number,
                    said,
                });
            }
        }
        let said = person.said();
        self.last = Some(person);
        Some(Made {
            person: self.number,
            said,
        })
    }
}

impl People {
    /// A new person, who may have to do with the last: be called like them, or live with them.
    fn somebody(&mut self) -> Person {
        let chance = &mut self.chance;
        let script = if happens(chance, HAN_PERMILLE) {
            Script::Han
        } else {
            Script::Latin
        };
        let person = Person::new(script, self.number, chance);
        match &self.last {
            Some(last) if happens(chance, NAMESAKE_PERMILLE) => person.called_like(last),
            Some(last) if happens(chance, OF_THE_HOUSEHOLD_PERMILLE) => {
                person.living_with(last, chance)
            }
            _ => person,
        }
    }
}

impl Person {
    fn new(script: Script, number: u32, chance: &mut StdRng) -> Self {
        Self {
            script,
            family: names::family(script, chance),
            given: names::given(script, chance),
            birth: (
                chance.random_range(1935..2008),
                chance.random_range(1..13),
                chance.random_range(1..29),
            ),
            phone: names::phone(script, chance),
            email: names::email(number, chance),
            home: Home::new(chance),
            nationality: names::nationality(script, chance),
            company: happens(chance, COMPANY_PERMILLE).then(|| names::company(chance)),
            gender: *one_of(chance, &["f", "m"]),
        }
    }

    /// Somebody else of the same name, born on the same day.
    fn called_like(self, last: &Self) -> Self {
        let (family, given) = (last.family.clone(), last.given.clone());
        let (script, birth, gender) = (last.script, last.birth, last.gender);
        Self {
            script,
            family,
            given,
            birth,
            gender,
            ..self
        }
    }

    /// Of the same household: a couple, parent and child, now and then twins.
    fn living_with(self, last: &Self, chance: &mut StdRng) -> Self {
        let mut given = names::given(last.script, chance);
        while given == last.given {
            given = names::given(last.script, chance);
        }
        Self {
            script: last.script,
            family: last.family.clone(),
            given,
            birth: if happens(chance, TWIN_PERMILLE) {
                last.birth
            } else {
                self.birth
            },
            phone: if chance.random() {
                last.phone.clone()
            } else {
                self.phone
            },
            home: last.home.clone(),
            nationality: last.nationality,
            ..self
        }
    }

    /// What is recorded when nobody errs. Not everybody is asked everything.
    fn said(&self) -> Vec<(Part, String)> {
        let (year, month, day) = self.birth;
        let Home {
            street,
            house,
            city,
            postcode,
            region,
        } = &self.home;
        let mut said = vec![
            (Part::Family, self.family.clone()),
            (Part::Given, self.given.clone()),
            (Part::Birth, format!("{year:04}-{month:02}-{day:02}")),
            (Part::Phone, self.phone.clone()),
            (Part::Email, self.email.clone()),
            (Part::Street, street.clone()),
            (Part::House, house.to_string()),
            (Part::City, city.clone()),
            (Part::Postcode, postcode.clone()),
            (Part::Region, region.clone()),
            (Part::Nationality, self.nationality.to_owned()),
            (Part::Gender, self.gender.to_owned()),
        ];
        said.extend(self.company.clone().map(|company| (Part::Company, company)));
        said
    }
}

impl Home {
    fn new(chance: &mut StdRng) -> Self {
        let (city, region) = names::place(chance);
        let kind = *one_of(chance, &["Street", "Road", "Lane", "Avenue", "Place"]);
        Self {
            street: format!("{} {kind}", names::street(chance)),
            house: chance.random_range(1..180),
            postcode: names::postcode(&city, chance),
            city,
            region,
        }
    }
}

fn happens(chance: &mut StdRng, permille: u32) -> bool {
    chance.random_range(0..1000) < permille
}

fn one_of<'t, T>(chance: &mut StdRng, some: &'t [T]) -> &'t T {
    &some[chance.random_range(0..some.len())]
}
