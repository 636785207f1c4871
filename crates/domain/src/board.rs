//! Boards: what a department is told about one stay, complete at every revision, and what changed since the last.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::evidence::EvidenceId;
use crate::ids::{AttributeId, DepartmentId, ItemId, PropertyId, Room, RuleId, SectionId, StayId};
use crate::lessons::Tally;
use crate::profile::Verdict;
use crate::stay::{Status, Stay};
use crate::time::{Day, Moment};

/// The most items a board shows beside safety: what a person takes in at once.
pub const MAX_ITEMS: usize = 6;

/// The most items of one category on a board, safety not counted.
pub const MAX_ITEMS_PER_CATEGORY: usize = 2;

/// The most evidence that a line names for one claim, the newest.
pub const EVIDENCE_MAX: usize = 8;

/// A stay that was over, or should have been, this many days ago is left alone: nobody acts on its boards any more.
pub const LEFT_ALONE_AFTER_DAYS: i32 = 31;

/// Whether on that day nobody acts on boards of the stay any more.
#[must_use]
pub fn is_left_alone(stay: &Stay, today: Day) -> bool {
    let gone = today.plus(-LEFT_ALONE_AFTER_DAYS);
    let last = stay.last_event_at.day();
    last < gone && stay.departure.unwrap_or(last) < gone
}

/// What is said in each language, by the languages' BCP 47 tags.
pub type Texts = BTreeMap<Box<str>, Box<str>>;

/// The current board of one department for one stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// The stay.
    pub stay: StayId,
    /// Its property.
    pub property: PropertyId,
    /// Whose board it is.
    pub department: DepartmentId,
    /// Sequence of the event that led to this revision.
    pub revision: u64,
    /// Whether there is anything left for the department to do.
    pub state: BoardState,
    /// The part of the stay it was made for.
    pub phase: Phase,
    /// How the guest is to be called, in the department's language.
    pub guest: Box<str>,
    /// The same in every language; not on boards of before there was more than one.
    pub guests: Texts,
    /// The guest's room, or the one set aside.
    pub room: Option<Room>,
    /// The sections of the department that read it; all of it when none.
    pub sections: BTreeSet<SectionId>,
    /// First day of the stay.
    pub arrival: Option<Day>,
    /// Day of departure.
    pub departure: Option<Day>,
    /// What to do: safety first, then best first.
    pub items: Vec<Item>,
    /// What changed since the revision before.
    pub changes: Vec<Change>,
    /// Whether the change is worth a person's attention now.
    pub alert: bool,
    /// The day the profile was folded for.
    pub as_of: Day,
    /// The sequence that the profile had reached.
    pub profile_sequence: u64,
    /// Hash of the playbook.
    pub playbook_hash: Box<str>,
    /// Hash of the vocabulary.
    pub vocabulary_hash: Box<str>,
}

/// Whether a board still asks for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BoardState {
    /// The stay is coming or in house.
    Open,
    /// Nothing is left to be done: the stay is over, cancelled or never came, or no rule is for the department any more.
    Closed,
}

/// The part of a stay that a board is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// The guest is expected: prepare.
    Reserved,
    /// The guest is in house.
    InHouse,
    /// The stay has ended, one way or another.
    Over,
}

impl Phase {
    /// The part of a stay that has come so far.
    #[must_use]
    pub fn of(status: Status) -> Self {
        match status {
            Status::Reserved => Self::Reserved,
            Status::InHouse => Self::InHouse,
            Status::CheckedOut | Status::Cancelled | Status::NoShow => Self::Over,
        }
    }
}

/// One thing to do, with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Derived from stay, department, rule and claims.
    pub id: ItemId,
    /// The rule that made it.
    pub rule: RuleId,
    /// The rule's category.
    pub category: Box<str>,
    /// 0 is safety, which is never cut.
    pub tier: u8,
    /// Score × 10⁶: the order within a tier, larger first.
    pub score: i64,
    /// What the score was worked out from; not on boards of before it was kept.
    pub ranking: Option<Ranking>,
    /// What to do, in the department's language.
    pub text: Box<str>,
    /// The same in every language; not on boards of before there was more than one.
    pub texts: Texts,
    /// Whether it rests on what was wished for this stay alone.
    pub is_for_this_stay: bool,
    /// What it is said on, where that is more than a part of the stay.
    pub occasion: Option<Occasion>,
    /// What it rests on.
    pub reasons: Vec<Reason>,
    /// The revision with which it came onto the board, or was last to be done again after it waited.
    pub since_revision: u64,
    /// When it came onto the board, or was last to be done again after it waited, by the server's clock; not on boards of
    /// before it was kept.
    pub since: Option<Moment>,
    /// How old a trigger may be, in hours, for this item to alert.
    pub freshness_hours: u32,
    /// Within how many seconds of `since` its department is to acknowledge it, where its rule asks for that.
    pub acknowledge_seconds: Option<u32>,
    /// When its department acknowledged it first.
    pub acknowledged_at: Option<Moment>,
    /// Whether its time passed, and nobody has acknowledged it yet: it is with the next in line, where there is one.
    pub escalated: bool,
    /// The department that did not acknowledge it, where this one is the next in line.
    pub escalated_from: Option<DepartmentId>,
    /// While it waits because the guest does not want to be disturbed: since when. Nobody is to look up for it then, and
    /// nobody waits for its acknowledgement; its time begins anew when it waits no longer.
    pub parked_since: Option<Moment>,
}

/// Why an item is there now, by the hotel's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// The word that playbooks have for it, such as `dinner`.
    pub name: Box<str>,
    /// Until when it is to be done.
    pub until: Option<Moment>,
}

/// What the place of an item was worked out from. Its scale is that of the playbook's ranking.
///
/// It stands on boards for whoever explains them, and departments may see it: of other stays it says no more than when this line
/// last stood and how often it was declined, never how many there were or what a guest is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranking {
    /// How likely what it claims is, in parts per million.
    pub probability_ppm: u32,
    /// How its rule fared in its department so far.
    pub tally: Tally,
    /// What it is worth when right.
    pub benefit: u32,
    /// What it costs when wrong.
    pub cost: u32,
    /// How much it matters that it is done now, in parts per hundred.
    pub urgency_percent: u32,
    /// How many days before the day of the board it was last shown in another stay, when nothing was learnt about it
    /// since.
    pub shown_days_ago: Option<u32>,
    /// In how many other stays this guest did not want it.
    pub declines: u32,
}

/// One claim that an item rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The attribute and canonical value. What the department may not see as a value is not written on its board.
    pub claim: (AttributeId, Box<str>),
    /// Whether the department may see attribute and value.
    pub visible: bool,
    /// What the evidence adds up to.
    pub verdict: Verdict,
    /// How sure the profile is, in parts per million.
    pub confidence_ppm: u32,
    /// The evidence when the line last changed, at most [`EVIDENCE_MAX`]; the profile has all of it.
    pub evidence: Vec<EvidenceId>,
    /// When it was last learnt.
    pub learnt_at: Moment,
    /// Where it was last learnt.
    pub learnt_property: PropertyId,
    /// By which department it was last learnt.
    pub learnt_by: DepartmentId,
}

/// A difference between two revisions of a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The item.
    pub item: ItemId,
    /// What happened to it.
    pub kind: ChangeKind,
    /// Its rule and claims, which a withdrawn item no longer has on the board.
    pub rule: RuleId,
    /// The claims, sorted.
    pub claims: Vec<(AttributeId, Box<str>)>,
}

/// What happened to an item between two revisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// It is new on the board.
    Issued,
    /// Its words are others now, a reason that it gave no longer holds, or it waits now or no longer.
    Revised,
    /// It no longer holds and nobody acted on it.
    Withdrawn,
    /// The stay ended while it stood, or its time passed, and nobody acted on it.
    Expired,
    /// Somebody acted on it.
    Closed,
}

impl Item {
    /// What the item claims, in order.
    #[must_use]
    pub fn claims(&self) -> Vec<(AttributeId, Box<str>)> {
        let mut claims: Vec<_> = self.reasons.iter().map(|r| r.claim.clone()).collect();
        claims.sort();
        claims
    }

    /// Whether a person would read this line as the one `before`, what that one gave as its reasons still holds, and
    /// everybody knows who has seen it and whether it waits. Further evidence for a line that stands is no news: it is not worth a message to
    /// anybody.
    fn reads_like(&self, before: &Self) -> bool {
        // Where no more evidence is named, older evidence gives way to newer and is not gone.
        let full = self
            .reasons
            .iter()
            .any(|r| r.evidence.len() >= EVIDENCE_MAX);
        let holds = |id: &EvidenceId| self.evidence().any(|held| held == id);
        let stands_alike = (self.acknowledged_at, self.escalated, self.is_parked())
            == (before.acknowledged_at, before.escalated, before.is_parked());
        self.says_like(before) && stands_alike && (full || before.evidence().all(holds))
    }

    /// Until when it is to be acknowledged, by the server's clock; `None` when nobody waits for that, or not any more.
    #[must_use]
    pub fn acknowledge_by(&self) -> Option<Moment> {
        if self.acknowledged_at.is_some() || self.escalated || self.is_parked() {
            return None;
        }
        let (since, seconds) = self.since.zip(self.acknowledge_seconds)?;
        Some(since.plus(Duration::from_secs(seconds.into())))
    }

    /// Whether it waits because the guest does not want to be disturbed.
    #[must_use]
    pub fn is_parked(&self) -> bool {
        self.parked_since.is_some()
    }

    /// Whether it waited when it was the one `before`, and is to be done now.
    #[must_use]
    pub fn is_released(&self, before: &Self) -> bool {
        before.is_parked() && !self.is_parked()
    }

    /// Whether it says the same as the one `before`, whoever reads it in whichever language.
    #[must_use]
    pub fn says_like(&self, before: &Self) -> bool {
        self.text == before.text
            && read_alike(&self.texts, &before.texts)
            && self.tier == before.tier
            && self.occasion == before.occasion
    }

    /// Whether what it was to be done until has passed.
    fn is_past(&self, now: Moment) -> bool {
        let until = self.occasion.as_ref().and_then(|occasion| occasion.until);
        until.is_some_and(|until| until.utc_micros <= now.utc_micros)
    }

    fn evidence(&self) -> impl Iterator<Item = &EvidenceId> {
        self.reasons.iter().flat_map(|reason| &reason.evidence)
    }
}

impl Board {
    /// Settles this freshly made board against the one shown before it: says what changed, keeps when and with which
    /// revision each item came, and takes note of what was acted on. Returns `None` when a reader would see nothing
    /// new, so that nothing is repeated without news.
    ///
    /// `closed` are the items that an outcome closed: they are gone from this board, but not withdrawn. What stood until
    /// the guest left has expired; `status` is how far the stay has come. `now` is the time by the server's clock.
    #[must_use]
    pub fn settle(
        mut self,
        before: Option<&Self>,
        closed: &[ItemId],
        status: Status,
        now: Moment,
    ) -> Option<Self> {
        let old: BTreeMap<&ItemId, &Item> = before
            .into_iter()
            .flat_map(|b| &b.items)
            .map(|item| (&item.id, item))
            .collect();
        let mut changes = Vec::new();
        for item in &mut self.items {
            (item.since_revision, item.since) = (self.revision, Some(now));
            match old.get(&item.id) {
                None => changes.push(Change::of(item, ChangeKind::Issued)),
                Some(known) => {
                    if !item.is_released(known) {
                        item.since_revision = known.since_revision;
                        item.since = known.since.or(item.since);
                    }
                    if !item.reads_like(known) {
                        changes.push(Change::of(item, ChangeKind::Revised));
                    }
                }
            }
        }
        let standing: Vec<&ItemId> = self.items.iter().map(|item| &item.id).collect();
        for item in old.values().filter(|item| !standing.contains(&&item.id)) {
            let acted = closed.contains(&item.id);
            let kind = match status {
                _ if acted => ChangeKind::Closed,
                _ if item.is_past(now) => ChangeKind::Expired,
                Status::CheckedOut => ChangeKind::Expired,
                _ => ChangeKind::Withdrawn,
            };
            changes.push(Change::of(item, kind));
        }
        let same_stay = before
            .is_some_and(|b| b.heading() == self.heading() && read_alike(&self.guests, &b.guests));
        if changes.is_empty() && (same_stay || (before.is_none() && self.items.is_empty())) {
            return None;
        }
        self.changes = changes;
        Some(self)
    }

    /// Whether with this board somebody is to look up for the item that the change is about: it came, or waited and does no longer.
    #[must_use]
    pub fn calls_for(&self, change: &Change) -> bool {
        let mut items = self.items.iter().filter(|item| item.id == change.item);
        items.any(|item| item.since_revision == self.revision)
    }

    /// What stands above the items, beside how other languages call the guest.
    fn heading(&self) -> impl PartialEq + '_ {
        (
            self.state,
            self.phase,
            &self.guest,
            &self.room,
            &self.sections,
            self.arrival,
            self.departure,
        )
    }
}

/// Whether nobody who read the texts `before` reads anything else now. Languages that are new are news to nobody.
fn read_alike(now: &Texts, before: &Texts) -> bool {
    before
        .iter()
        .all(|(language, text)| now.get(language) == Some(text))
}

impl Change {
    fn of(item: &Item, kind: ChangeKind) -> Self {
        Self {
            item: item.id.clone(),
            kind,
            rule: item.rule.clone(),
            claims: item.claims(),
        }
    }
}

#[cfg(test)]
mod tests;
