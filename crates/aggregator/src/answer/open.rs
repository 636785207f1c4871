//! The stays whose boards may stand open: what an activated setting affects, and what an hour does.

use cardex_domain::hour::HourFact;
use cardex_domain::ids::{PropertyId, StayId};
use cardex_domain::records::Records;
use cardex_domain::stay::Status;
use cardex_domain::time::Day;
use cardex_store::{Reader, StoreError};

use super::stays::LONGEST_STAY_DAYS;

/// At most `max` stays of all properties that are booked or in house, by property and id, behind the one named.
pub(super) fn open_stays(
    reader: &Reader<'_>,
    after: Option<StayId>,
    today: Day,
    max: usize,
) -> Result<Vec<StayId>, StoreError> {
    let behind = match after {
        Some(id) => reader.stay(id)?.map(|stay| (stay.property.clone(), id)),
        None => None,
    };
    let is_behind = |property: &PropertyId, id| match &behind {
        Some((at, last)) => (property, id) > (at, *last),
        None => true,
    };
    let arrived_from = today.plus(-LONGEST_STAY_DAYS);
    let mut open = Vec::new();
    for property in reader.properties()? {
        for id in reader.stays_arriving_from(&property, arrived_from)? {
            if !is_behind(&property, id) {
                continue;
            }
            let stay = reader.stay(id)?;
            if stay.is_some_and(|s| matches!(s.status, Status::Reserved | Status::InHouse)) {
                open.push(id);
            }
            if open.len() == max {
                return Ok(open);
            }
        }
    }
    Ok(open)
}

/// At most `max` stays of the property that the hour concerns, in id order, behind the one named.
pub(super) fn struck_stays(
    reader: &Reader<'_>,
    struck: &HourFact,
    after: Option<StayId>,
    max: usize,
) -> Result<Vec<StayId>, StoreError> {
    let (from, to) = struck.hour.arrivals(LONGEST_STAY_DAYS);
    let mut stays: Vec<StayId> = reader
        .stays_between(&struck.property, from, to)?
        .into_iter()
        .filter(|stay| after.is_none_or(|after| stay.id > after) && struck.hour.concerns(stay))
        .map(|stay| stay.id)
        .collect();
    stays.sort_unstable();
    stays.truncate(max);
    Ok(stays)
}
