//! How the evidence of the fields adds up. Fields speak independently, but for those that don't: of postcode, town and
//! region each follows from the one before, and a household shares a name, an address and a telephone.

use crate::field::{FIELDS, Field, HOUSEHOLD, Level, Levels, PLACE};

/// Bits for (positive) or against (negative) of each field.
pub(crate) type Bits = [f64; FIELDS];

/// What each field says after what others have said already. `bits` is what it would say alone.
pub(crate) fn combined(levels: &Levels, bits: impl Fn(Field, Level) -> f64) -> Bits {
    let mut said = [0.0; FIELDS];
    for (field, level) in Field::ALL.iter().zip(levels) {
        if *level != Level::Missing {
            said[*field as usize] = bits(*field, *level);
        }
    }
    keep_the_most_telling(&mut said);
    said
}

/// Lets all that a household shares say so much at most: that it is one of the household.
pub(crate) fn of_a_household(mut said: Bits, most_bits: f64) -> Bits {
    let for_it: f64 = HOUSEHOLD
        .iter()
        .map(|field| said[*field as usize].max(0.0))
        .sum();
    if for_it > most_bits {
        for field in HOUSEHOLD {
            let said = &mut said[field as usize];
            if *said > 0.0 {
                *said *= most_bits / for_it;
            }
        }
    }
    said
}

/// Of postcode, town and region only the one that says most for it counts, and the one that says most against it. Where
/// that is the region, postcode or town say what they say, and it says the rest: a region says nothing of somebody in
/// person, and must not take the place of what does.
fn keep_the_most_telling(said: &mut Bits) {
    let (mut most, mut least) = (PLACE[0], PLACE[0]);
    for field in PLACE {
        if said[field as usize] > said[most as usize] {
            most = field;
        }
        if said[field as usize] < said[least as usize] {
            least = field;
        }
    }
    let within = match said[Field::Postcode as usize] > said[Field::City as usize] {
        true => Field::Postcode,
        false => Field::City,
    };
    let nearer = said[within as usize];
    for field in PLACE {
        let said = &mut said[field as usize];
        if most == Field::Region && nearer > 0.0 && (field == most || field == within) {
            *said = if field == most {
                *said - nearer
            } else {
                nearer
            };
            continue;
        }
        let counts = (field == most && *said > 0.0) || (field == least && *said < 0.0);
        if !counts {
            *said = 0.0;
        }
    }
}

/// The probability of so many bits: odds are two to their power.
pub(crate) fn probability(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}
