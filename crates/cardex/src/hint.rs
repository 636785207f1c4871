//! A word to whoever published an event that has nothing behind it: a check-out of a number that nobody booked, the
//! taking back of what nobody noted. Such events are kept and count once the rest comes; mostly they are mistyped.

use std::time::Duration;

use cardex_bus::Bus;
use cardex_domain::ids::{DepartmentId, PropertyId};
use cardex_wire::query::{Unassigned, UnassignedRequest};

use crate::ask::ask;
use crate::publish::Published;
use crate::screen::note;
use crate::session::Session;

/// How long the aggregator may take to come as far as the event.
const WAIT_MS: u32 = 2_000;
/// How long to wait for its answer in all.
const PATIENCE: Duration = Duration::from_millis(WAIT_MS as u64 + 1_000);

/// Says so when there is nothing behind the event. Who may not ask, or gets no answer, is told nothing: the event is
/// published all the same.
pub(crate) async fn of_nothing_behind(
    session: &Session,
    bus: &Bus,
    property: &PropertyId,
    published: &Published,
) {
    session.done();
    let department = DepartmentId::engine();
    let request = UnassignedRequest {
        since: Some(published.sequence().saturating_sub(1)),
        limit: Some(1),
        at_least: Some(published.sequence()),
        wait_ms: Some(WAIT_MS),
    };
    let asking = ask::<Unassigned>(bus, property, &department, PATIENCE, &request);
    let reply = tokio::select! {
        reply = asking => reply,
        _ = bus.refused() => return,
    };
    let Ok(reply) = reply else { return };
    for stay in reply
        .stays
        .iter()
        .filter(|s| s.sequence == published.sequence())
    {
        note(format!(
            "warning: no such stay is known: nobody booked or checked in {} at {property}. The event is kept and counts \
             once somebody does; `cardex unassigned list` shows it till then",
            stay.reservation
        ));
    }
    let sequences = reply.retractions.iter().map(|r| r.sequence);
    if sequences
        .into_iter()
        .any(|sequence| sequence == published.sequence())
    {
        note(
            "warning: nothing is known by that id from this department and app, so nothing was taken back. The event is \
             kept and counts once the observation comes; `cardex unassigned list` shows it till then",
        );
    }
}
