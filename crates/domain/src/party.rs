//! Who stays together: those for whom holds what one of them says for the party.
//!
//! The party of a stay are the stays at its property, on days that both have in common, that carry the same number of a
//! group or family booking, or had a room at the same time. It is told from each stay by itself: the party of a
//! companion may be another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::ids::StayId;
use crate::records::Records;
use crate::stay::{Occupancy, Stay};

/// The most stays that one number makes a party. More are a tour, or a number that says nothing: what one of them says
/// for the party holds for those in the same room alone.
pub const PARTY_STAYS_MAX: usize = 20;

/// The other stays of the party of `stay`.
///
/// # Errors
/// When the records can't be read.
pub fn companions<R: Records>(
    records: &R,
    stay: &Stay,
) -> Result<BTreeMap<StayId, Arc<Stay>>, R::Error> {
    let mut candidates = BTreeSet::new();
    if let Some(party) = &stay.party {
        let named = records.stays_of_party(&stay.property, party, PARTY_STAYS_MAX + 1)?;
        if named.len() <= PARTY_STAYS_MAX {
            candidates.extend(named);
        }
    }
    let by_number = candidates.clone();
    for time in &stay.occupancy {
        candidates.extend(records.sharing(&stay.property, &time.room, time.window())?);
    }
    candidates.remove(&stay.id);
    let mut companions = BTreeMap::new();
    for id in candidates {
        let Some(other) = records.stay(id)? else {
            continue;
        };
        let numbered = by_number.contains(&id) && other.party == stay.party;
        if (numbered && meet(stay, &other)) || share_a_room(stay, &other) {
            companions.insert(id, other);
        }
    }
    Ok(companions)
}

/// Whether the two stays are at one property and have a day in common.
fn meet(a: &Stay, b: &Stay) -> bool {
    let ((from, to), (other_from, other_to)) = (a.days(), b.days());
    a.property == b.property && from <= other_to && other_from <= to
}

/// Whether both had a room at the same time.
fn share_a_room(a: &Stay, b: &Stay) -> bool {
    let shared = |x: &Occupancy, y: &Occupancy| x.room == y.room && x.window().meets(&y.window());
    let mut times = a.occupancy.iter();
    a.property == b.property && times.any(|x| b.occupancy.iter().any(|y| shared(x, y)))
}

#[cfg(test)]
mod tests;
