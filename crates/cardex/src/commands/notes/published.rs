//! A word to whoever published a note: what it seems to say, how to confirm that, and how it is worded.

use std::time::Duration;

use cardex_bus::Bus;
use cardex_domain::vocabulary::Vocabulary;
use cardex_notes::Extractor;
use cardex_wire::query::{Notes, NotesRequest, ReviewedNote};
use cardex_wire::text::AsText;
use cardex_wire::words::Standing;

use super::propose::show_hints;
use super::{beside, said};
use crate::args::DepartmentArgs;
use crate::ask::ask;
use crate::publish::Published;
use crate::screen::note;
use crate::session::Session;

/// How long the aggregator may take to come as far as the note.
const WAIT_MS: u32 = 2_000;
/// How long to wait for its answer in all.
const PATIENCE: Duration = Duration::from_millis(WAIT_MS as u64 + 1_000);

/// Says beside the data what the note of an observation just published seems to say, with the commands to confirm it,
/// and what to reconsider in its wording. Who may not ask, or gets no answer, is told where to look later.
pub(crate) async fn after_publishing(
    session: &Session,
    bus: &Bus,
    publisher: &DepartmentArgs,
    published: &Published,
    text: &str,
) {
    session.done();
    show_hints(text, &Extractor::new(Vocabulary::embedded()).hints(text));
    let request = NotesRequest {
        event: Some(AsText(published.key())),
        at_least: Some(published.sequence()),
        wait_ms: Some(WAIT_MS),
        ..NotesRequest::default()
    };
    let (property, department) = (&publisher.property, publisher.department());
    let asking = ask::<Notes>(bus, property, department, PATIENCE, &request);
    let reply = tokio::select! {
        reply = asking => reply.ok(),
        _ = bus.refused() => None,
    };
    match reply {
        Some(reply) => reply.notes.iter().for_each(|noted| show(noted, publisher)),
        None => note(format!(
            "`cardex notes review --property {property} --as {department}` lists what the note seems to say"
        )),
    }
}

fn show(noted: &ReviewedNote, publisher: &DepartmentArgs) {
    let (property, department) = (&publisher.property, publisher.department());
    let waits = noted
        .readings
        .iter()
        .filter(|reading| reading.standing == Standing::Waiting);
    for reading in waits {
        note(format!(
            "the note seems to say {} {}; to confirm it:\n  cardex notes confirm --property {property} --department \
             {department} {} --as stated",
            said(reading),
            beside(reading),
            reading.id
        ));
    }
    if noted.withheld > 0 {
        note(format!(
            "the note seems to say {} more, which guest relations look at",
            noted.withheld
        ));
    }
}
