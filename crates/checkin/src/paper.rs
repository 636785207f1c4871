//! A hotel on paper: what every department is told, worked out from facts by the parts that the services are made of, with a
//! clock of its own. No server, no store and no process: what takes days in a hotel takes milliseconds here.
//!
//! **Invariant:** what is told is a function of the facts, of the moments at which they come, and of what the hotel goes by. What
//! the services publish themselves (that an hour struck, what came onto boards and went, what nobody acknowledged) the hotel works
//! out for itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cardex_domain::board::{Board, ChangeKind, Item, is_left_alone};
use cardex_domain::event::CardEvent;
use cardex_domain::fact::Fact;
use cardex_domain::hour::{HourFact, is_near};
use cardex_domain::identity::DenyList;
use cardex_domain::ids::{DepartmentId, EventKey, ItemId, NodeId, PropertyId, StayId};
use cardex_domain::ledger::Ledger;
use cardex_domain::lessons::Fared;
use cardex_domain::note::ReadsNotes;
use cardex_domain::profile::{self, profile_of};
use cardex_domain::records::Records as _;
use cardex_domain::resolve::affected;
use cardex_domain::settings::Settings;
use cardex_domain::situation::{Answered, Situation, looked_at};
use cardex_domain::stay::{Status, Stay};
use cardex_domain::time::Moment;
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::{Languages, Playbook};
use cardex_wire::BoardMessage;

use crate::boards::{GONE, Occasion, SOURCE, card_event, succeeding};
use crate::timers::{Due, Unseen, Waiting, unseen};

/// What a hotel on paper goes by.
#[derive(Debug, Clone)]
pub struct PaperSettings {
    /// The rules.
    pub playbook: Arc<Playbook>,
    /// What words mean.
    pub vocabulary: Arc<Vocabulary>,
    /// Identifiers that never link.
    pub deny: Arc<DenyList>,
    /// What notes seem to say.
    pub notes: Arc<dyn ReadsNotes>,
    /// Which languages departments read.
    pub languages: Languages,
}

/// The hotel, or all hotels of a chain.
#[derive(Debug)]
pub struct PaperHotel {
    by: PaperSettings,
    ledger: Ledger,
    fared: Fared,
    /// The board that stands, by stay and department, with its place among all.
    boards: BTreeMap<(StayId, DepartmentId), (u64, Board)>,
    waiting: Waiting,
    /// The clocks of the hotels at which something happened to a stay.
    clocks: BTreeMap<PropertyId, Clock>,
    /// The stays of each hotel but for those to which no hour makes a difference any more.
    near: BTreeMap<PropertyId, BTreeSet<StayId>>,
    /// The items that somebody could answer for; all when `None`.
    answerable: Option<BTreeSet<ItemId>>,
    sequence: u64,
    published: u64,
    now: Moment,
}

/// The clock of a hotel.
#[derive(Debug, Clone, Copy)]
struct Clock {
    /// What its events are written with.
    offset_minutes: i16,
    /// Up to when its hours were told.
    told: Moment,
    /// When the next one strikes.
    next: Option<Moment>,
}

/// What the clock brings.
enum Turn {
    /// An hour strikes at a hotel.
    Hour(PropertyId),
    /// What stands on a board should have been acknowledged.
    Due(Due, Unseen),
}

impl PaperHotel {
    /// A hotel that goes by these, at this moment, of which nothing is known.
    #[must_use]
    pub fn open(by: PaperSettings, now: Moment) -> Self {
        Self {
            by,
            ledger: Ledger::default(),
            fared: Fared::default(),
            boards: BTreeMap::new(),
            waiting: Waiting::default(),
            clocks: BTreeMap::new(),
            near: BTreeMap::new(),
            answerable: None,
            sequence: 0,
            published: 0,
            now,
        }
    }

    /// The same hotel, in which nobody can answer but for items that are named to [`PaperHotel::may_answer`]: nobody waits for
    /// anybody to acknowledge others.
    #[must_use]
    pub fn answering_what_is_named(self) -> Self {
        Self {
            answerable: Some(BTreeSet::new()),
            ..self
        }
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.now
    }

    /// The stay of this id.
    #[must_use]
    pub fn stay(&self, id: StayId) -> Option<Arc<Stay>> {
        let Ok(stay) = self.ledger.stay(id);
        stay
    }

    /// Somebody could answer for the items of this card.
    pub fn may_answer(&mut self, card: &CardEvent) {
        if let Some(answerable) = &mut self.answerable {
            answerable.extend(card.items.iter().map(|item| item.item.clone()));
        }
    }

    /// Something happened, of which nobody is told any more. Returns whether that is new.
    pub fn remember(&mut self, key: EventKey, fact: &Fact) -> bool {
        if !self.ledger.record(key, fact.clone()) {
            return false;
        }
        self.sequence += 1;
        match fact {
            Fact::Card(card) => self.fared.hear_card(card),
            Fact::Outcome(fact) => {
                let outcome = &fact.outcome;
                self.fared.hear_outcome(&outcome.item, outcome.outcome);
            }
            Fact::Stay(stay) => {
                let near = self.near.entry(stay.property.clone()).or_default();
                near.insert(stay.stay);
                self.set_clock(&stay.property, stay.occurred_at.offset_minutes);
            }
            _ => {}
        }
        true
    }

    /// It is then, and everybody looks at everything that is known; what they are told, stay by stay.
    pub fn begin(&mut self, now: Moment) -> Vec<BoardMessage> {
        self.now = now;
        self.sequence += 1;
        for (property, clock) in std::mem::take(&mut self.clocks) {
            self.set_clock(&property, clock.offset_minutes);
        }
        let nodes = self.ledger.nodes();
        let stays = nodes.into_iter().filter_map(|node| match node {
            NodeId::Stay(id) => Some(id),
            NodeId::Profile(_) => None,
        });
        let occasion = self.occasion(now);
        stays
            .flat_map(|stay| self.serve(stay, now, occasion))
            .collect()
    }

    /// Lets the time pass until then; everything that departments are told by the clock alone, in order.
    pub fn wait_until(&mut self, until: Moment) -> Vec<BoardMessage> {
        let mut told = Vec::new();
        while let Some((at, turn)) = self.next_turn(until) {
            self.now = at;
            told.extend(match turn {
                Turn::Hour(property) => self.strike(property),
                Turn::Due(due, unseen) => self.escalate(&due, &unseen),
            });
        }
        self.now = until;
        told
    }

    /// Something happens now; everything that departments are told of it, in order.
    pub fn happen(&mut self, key: EventKey, fact: &Fact) -> Vec<BoardMessage> {
        if !self.remember(key, fact) {
            return Vec::new();
        }
        let occasion = self.occasion(fact.occurred_at().unwrap_or(self.now));
        let at = looked_at(fact, self.now.utc_micros);
        let stays = self.affected(fact);
        stays
            .into_iter()
            .flat_map(|stay| self.serve(stay, at, occasion))
            .collect()
    }

    fn occasion(&self, occurred_at: Moment) -> Occasion {
        Occasion {
            trigger: self.sequence,
            occurred_at,
            now: self.now,
        }
    }

    /// The hotel's events are written by a clock at this offset from now on.
    fn set_clock(&mut self, property: &PropertyId, offset_minutes: i16) {
        let known = self.clocks.get(property);
        if known.is_some_and(|clock| clock.offset_minutes == offset_minutes) {
            return;
        }
        let told = Moment {
            offset_minutes,
            ..self.now
        };
        let book = self.by.playbook.for_property(property);
        let clock = Clock {
            offset_minutes,
            told,
            next: book.turns().next(book.hours(), told),
        };
        self.clocks.insert(property.clone(), clock);
    }

    /// The first that the clock brings up to then; of several at once what is due, then hours.
    fn next_turn(&self, until: Moment) -> Option<(Moment, Turn)> {
        let hours = self.clocks.iter();
        let hours = hours.filter_map(|(property, clock)| Some((clock.next?, property)));
        let hour = hours.min_by_key(|(at, _)| at.utc_micros);
        let due = self.waiting.first().map(|(due, unseen)| {
            let at = Moment {
                utc_micros: self.now.utc_micros.max(due.0),
                ..self.now
            };
            (at, Turn::Due(due, unseen))
        });
        let first = match (hour, due) {
            (Some((hour, property)), due) if due.as_ref().is_none_or(|(at, _)| hour < *at) => {
                (hour, Turn::Hour(property.clone()))
            }
            (_, due) => due?,
        };
        (first.0.utc_micros <= until.utc_micros).then_some(first)
    }

    /// The next hour strikes at the hotel.
    fn strike(&mut self, property: PropertyId) -> Vec<BoardMessage> {
        let Some(clock) = self.clocks.get_mut(&property) else {
            return Vec::new();
        };
        let now = Moment {
            offset_minutes: clock.offset_minutes,
            ..self.now
        };
        let book = self.by.playbook.for_property(&property);
        let struck = book.turns().due(book.hours(), clock.told, now);
        (clock.told, clock.next) = (now, book.turns().next(book.hours(), now));
        let Some(hour) = struck else {
            return Vec::new();
        };
        let key = EventKey::of("hour", &format!("{property} {now}"));
        self.happen(key, &Fact::Hour(HourFact { property, hour }))
    }

    /// Nobody acknowledged the item in time.
    fn escalate(&mut self, due: &Due, unseen: &Unseen) -> Vec<BoardMessage> {
        self.waiting.said(due);
        let answerable = self.answerable.as_ref();
        if answerable.is_some_and(|items| !items.contains(&due.1)) {
            return Vec::new();
        }
        let card = unseen.card(due);
        self.happen(key_of(&card), &Fact::Card(card))
    }

    /// The stays that the fact affects.
    fn affected(&mut self, fact: &Fact) -> BTreeSet<StayId> {
        let Fact::Hour(struck) = fact else {
            let Ok(affected) = affected(&self.ledger, &self.by.deny, fact);
            return affected;
        };
        let mut concerned = BTreeSet::new();
        let (ledger, today) = (&self.ledger, struck.hour.reached.day());
        let Some(near) = self.near.get_mut(&struck.property) else {
            return concerned;
        };
        near.retain(|id| {
            let Ok(stay) = ledger.stay(*id);
            let Some(stay) = stay else { return false };
            if struck.hour.concerns(&stay) {
                concerned.insert(*id);
            }
            stay.status == Status::Reserved || is_near(&stay, today)
        });
        concerned
    }

    /// Makes every department's board of the stay say what it should now.
    fn serve(&mut self, id: StayId, at: Moment, occasion: Occasion) -> Vec<BoardMessage> {
        let as_of = at.latest_day();
        let stay = self.stay(id).filter(|stay| !is_left_alone(stay, as_of));
        let Some(stay) = stay else {
            return Vec::new();
        };
        let of = profile::Occasion {
            property: stay.property.clone(),
            stay: Some(id),
            as_of,
        };
        let settings = Settings::new(&self.by.deny, &self.by.vocabulary).reading(&*self.by.notes);
        let Ok(profile) = profile_of(&self.ledger, &settings, NodeId::Stay(id), &of);
        let Ok(situation) = Situation::of(&self.ledger, &stay, &profile, at);
        let outcomes = situation.outcomes.into_iter().map(|fact| fact.outcome);
        let answered: Answered = outcomes
            .map(|of| (of.item, of.outcome, of.occurred_at))
            .collect();
        let boards = self.by.playbook.compose(&cardex_playbook::Situation {
            stay: &stay,
            profile: &profile,
            vocabulary: &self.by.vocabulary,
            earlier_stays: situation.earlier_stays,
            closed: &answered.closed,
            acknowledged: &answered.acknowledged,
            wrong: &answered.wrong,
            escalated: &situation.escalated,
            shown: &situation.shown,
            lessons: self.fared.lessons(),
            languages: &self.by.languages,
            revision: occasion.trigger,
            profile_sequence: occasion.trigger,
            as_of,
            now: situation.now,
        });
        let closed: Vec<ItemId> = answered.closed.into_iter().collect();
        let mut told = Vec::new();
        for board in boards {
            let before = self.boards.get(&(id, board.department.clone()));
            let (last, before) = before.map_or((0, None), |(last, board)| (*last, Some(board)));
            let news = succeeding(&board, before, (&stay, &closed), occasion, self.now);
            if let Some(news) = news {
                told.push(self.publish(&news, last, &board.items, occasion));
            }
        }
        told
    }

    /// Puts a board in the place of the one before, and takes note of what came and went. `made` has the claims of its items
    /// in full.
    fn publish(
        &mut self,
        news: &Board,
        last: u64,
        made: &[Item],
        occasion: Occasion,
    ) -> BoardMessage {
        self.published += 1;
        let message = BoardMessage::of(news, last, SOURCE, self.now);
        let board = message.data.to_board();
        let subject = message.data.subject().to_string();
        self.waiting.put(&subject, unseen(&board));
        let of = (news.stay, news.department.clone());
        let gone = self.boards.insert(of, (self.published, board));
        let gone = gone.map_or_else(Vec::new, |(_, before)| before.items);
        let cards = [(ChangeKind::Issued, made)];
        let cards = cards.into_iter().chain(GONE.map(|kind| (kind, &gone[..])));
        let cards =
            cards.filter_map(|(kind, items)| card_event(news, kind, items, occasion.occurred_at));
        for card in cards {
            // The listener hears nothing of what it told itself, either.
            self.remember(key_of(&card), &Fact::Card(card));
        }
        message
    }
}

/// The key of what is told of a board.
fn key_of(card: &CardEvent) -> EventKey {
    let of = format!(
        "{} {} {} {:?} {}",
        card.stay, card.department, card.revision, card.change, card.occurred_at
    );
    let items: Vec<String> = card.items.iter().map(|of| of.item.to_string()).collect();
    EventKey::of("card", &format!("{of} {}", items.join(" ")))
}
