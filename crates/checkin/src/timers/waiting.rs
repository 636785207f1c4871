//! What is waited for, by when it is due: no more than what stands on open boards.

use std::collections::{BTreeMap, HashMap};

use cardex_domain::board::{Board, BoardState, Item};
use cardex_domain::event::{CardChange, CardEvent, CardItem};
use cardex_domain::ids::{DepartmentId, ItemId, PropertyId, RuleId, StayId};
use cardex_domain::time::Moment;

/// Everything that is waited for.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// By when it is due.
    due: BTreeMap<Due, Unseen>,
    /// By the subject of its board.
    pub(super) of: HashMap<String, Vec<Due>>,
}

/// When an item is due, in microseconds since 1970 by the server's clock.
pub(crate) type Due = (i64, ItemId);

/// An item that nobody has acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unseen {
    pub(crate) property: PropertyId,
    pub(crate) stay: StayId,
    pub(crate) department: DepartmentId,
    pub(crate) rule: RuleId,
    pub(crate) since_revision: u64,
}

impl Waiting {
    /// What was waited for on the subject is, from now on, this.
    pub(crate) fn put(&mut self, subject: &str, unseen: Vec<(Due, Unseen)>) {
        for due in self.of.remove(subject).into_iter().flatten() {
            self.due.remove(&due);
        }
        if unseen.is_empty() {
            return;
        }
        let dues = unseen.iter().map(|(due, _)| due.clone()).collect();
        self.of.insert(subject.to_owned(), dues);
        self.due.extend(unseen);
    }

    /// What is due first.
    pub(crate) fn first(&self) -> Option<(Due, Unseen)> {
        let (due, unseen) = self.due.first_key_value()?;
        Some((due.clone(), unseen.clone()))
    }

    /// That it is due was said.
    pub(crate) fn said(&mut self, due: &Due) {
        self.due.remove(due);
    }
}

/// What of the board is waited for.
pub(crate) fn unseen(board: &Board) -> Vec<(Due, Unseen)> {
    if board.state == BoardState::Closed {
        return Vec::new();
    }
    let unseen = |item: &Item| {
        let due = (item.acknowledge_by()?.utc_micros, item.id.clone());
        let unseen = Unseen {
            property: board.property.clone(),
            stay: board.stay,
            department: board.department.clone(),
            rule: item.rule.clone(),
            since_revision: item.since_revision,
        };
        Some((due, unseen))
    };
    board.items.iter().filter_map(unseen).collect()
}

impl Unseen {
    /// What is told when nobody acknowledged it in time.
    pub(crate) fn card(&self, (due_us, item): &Due) -> CardEvent {
        CardEvent {
            stay: self.stay,
            department: self.department.clone(),
            revision: self.since_revision,
            change: CardChange::Escalated,
            items: vec![CardItem {
                item: item.clone(),
                rule: self.rule.clone(),
                claims: Vec::new(),
                is_for_this_stay: false,
            }],
            occurred_at: Moment {
                utc_micros: *due_us,
                offset_minutes: 0,
            },
        }
    }
}
