//! Every link in force, those that nobody decided too, so that whoever answers for guests' cards can look them through.

use cardex_domain::event::{LinkKind, UndoKind};
use cardex_domain::identity::is_undone;
use cardex_wire::identity::{BY_ITSELF, LinkView};
use cardex_wire::query::{Links, LinksReply, LinksRequest, MadeLink, QueryError};
use cardex_wire::text::AsText;

use super::pages::Room;
use super::{Answer, Desk, FOR_GUEST_RELATIONS, unreadable};

/// Links in one answer when the question does not say.
const LINKS_DEFAULT: u32 = 100;
/// The most links in one answer.
const LINKS_MAX: u32 = 500;
/// The most links looked at for one answer: writers wait meanwhile.
const LOOKED_AT_MAX: usize = 2_000;

impl Answer for Links {
    type Says = LinksReply;

    fn answer(desk: &Desk<'_>, asked: LinksRequest) -> Result<LinksReply, QueryError> {
        desk.must_keep_in_order(FOR_GUEST_RELATIONS)?;
        let limit = asked.limit.unwrap_or(LINKS_DEFAULT).clamp(1, LINKS_MAX) as usize;
        let after = asked.after.map(|after| after.0);
        let found = desk.reader.links_behind(after, LOOKED_AT_MAX);
        let found = found.map_err(unreadable)?;
        let mut reply = LinksReply {
            sequence: desk.sequence,
            behind: desk.behind,
            links: Vec::new(),
            next: None,
        };
        let (mut room, mut last) = (Room::new(), None);
        for fact in &found {
            let automatic = *fact.by == *BY_ITSELF;
            let wanted = fact.kind == LinkKind::Same && (automatic || !asked.automatic);
            let undone = || is_undone(&desk.reader, fact.key, UndoKind::Links);
            if wanted && !undone().map_err(unreadable)? {
                let made = MadeLink {
                    automatic,
                    link: LinkView::from(fact),
                };
                if reply.links.len() == limit || !room.takes(&made) {
                    reply.next = last;
                    return Ok(reply);
                }
                reply.links.push(made);
            }
            last = Some(AsText(fact.key));
        }
        // Behind a full look there may be more.
        reply.next = last.filter(|_| found.len() == LOOKED_AT_MAX);
        Ok(reply)
    }
}
