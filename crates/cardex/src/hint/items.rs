//! A word to whoever says what became of an item that never came onto a board of that stay.

use cardex_domain::event::{GuestRef, Outcome};
use cardex_domain::ids::NodeId;
use cardex_wire::query::{About, History, HistoryKind, HistoryReply, HistoryRequest};

use super::{Hint, WAIT_MS};
use crate::screen::note;

/// Entries asked for at once, and how often: an item is mostly answered soon after it came.
const PAGE_ENTRIES: u32 = 200;
const PAGES_MAX: usize = 32;

impl Hint<'_> {
    /// Says so when nobody knows of the item, or of the stay.
    pub(crate) async fn of_outcome(&self, outcome: &Outcome) {
        let known = self.is_known(outcome).await;
        if known == Some(false) {
            note(format!(
                "warning: no board of stay {} ever had the item {}: what became of it is kept, and tells nobody anything. \
                 `cardex prompts watch --json` has stay and items",
                outcome.stay, outcome.item
            ));
        }
    }

    /// Whether the item ever came onto a board of the stay; `None` when that can't be told.
    async fn is_known(&self, outcome: &Outcome) -> Option<bool> {
        let mut request = HistoryRequest {
            about: About(GuestRef::Node(NodeId::Stay(outcome.stay))),
            at: None,
            since: None,
            until: None,
            newest_first: true,
            limit: Some(PAGE_ENTRIES),
            after: None,
            at_least: Some(self.published.sequence()),
            wait_ms: Some(WAIT_MS),
        };
        for _ in 0..PAGES_MAX {
            let Some(reply) = self.answer::<History>(&request).await? else {
                return Some(false);
            };
            if came(&reply, outcome) {
                return Some(true);
            }
            let Some(next) = reply.next else {
                return Some(false);
            };
            request.after = Some(next);
        }
        None
    }
}

/// Whether the item came onto a board, or left one, in these entries.
fn came(reply: &HistoryReply, outcome: &Outcome) -> bool {
    let cards = reply
        .entries
        .iter()
        .filter(|entry| entry.kind == HistoryKind::Card);
    let mut items = cards.flat_map(|entry| &entry.items);
    items.any(|item| item.0 == outcome.item)
}
