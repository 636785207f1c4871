//! A hotel on paper: what every department is told, worked out from events by the parts that Cardex is made of, with a
//! clock of its own. No server, no store and no process: what takes days in a hotel takes milliseconds here.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use cardex_checkin::{GONE, Occasion, card_event, succeeding};
use cardex_domain::board::{Board, BoardState, ChangeKind, is_left_alone};
use cardex_domain::event::{CardChange, CardEvent, CardItem};
use cardex_domain::fact::Fact;
use cardex_domain::hour::HourFact;
use cardex_domain::identity::DenyList;
use cardex_domain::ids::{
    DepartmentId, EventKey, InstallationKey, ItemId, NodeId, PropertyId, StayId,
};
use cardex_domain::ledger::Ledger;
use cardex_domain::profile::{self, profile_of};
use cardex_domain::records::Records as _;
use cardex_domain::resolve::affected;
use cardex_domain::settings::Settings;
use cardex_domain::situation::{Answered, Situation, looked_at};
use cardex_domain::time::Moment;
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::{Languages, Playbook, Sources};
use cardex_wire::{BoardMessage, CONTENT_TYPE, decode};
use tokio::time::Instant;

use super::play::Heard;
use crate::taught::Taught;

mod play;

pub use play::PaperPlayer;

/// The key under which stays get their ids.
const KEY: [u8; 32] = [0x5c; 32];
/// Who publishes boards.
const SOURCE: &str = "/cardex/paper";

/// The hotel.
pub struct PaperHotel {
    playbook: Playbook,
    languages: Languages,
    deny: DenyList,
    ledger: Ledger,
    taught: Taught,
    /// The board that stands, by stay and department, with its place among all.
    boards: BTreeMap<(StayId, DepartmentId), (u64, Board)>,
    /// The properties at which something happened.
    properties: BTreeSet<PropertyId>,
    sequence: u64,
    published: u64,
    now: Moment,
}

/// What the clock brings.
enum Turn {
    /// An hour strikes at a property.
    Hour(PropertyId),
    /// What stands on a department's board should have been acknowledged.
    Due(StayId, DepartmentId, ItemId),
}

impl PaperHotel {
    /// A hotel with these files beside those of the playbook that Cardex brings along, or behind what stands in them, and
    /// in which departments read these languages, at this moment.
    ///
    /// # Errors
    /// When that is no playbook, or departments are none.
    pub fn open(
        files: &BTreeMap<String, String>,
        languages: &BTreeMap<String, String>,
        now: Moment,
    ) -> anyhow::Result<Self> {
        let departments = languages.iter().filter(|(name, _)| *name != USUAL);
        let departments = departments
            .map(|(name, tag)| Ok((DepartmentId::new(name)?, Box::from(tag.as_str()))))
            .collect::<anyhow::Result<_>>()?;
        let usual = languages.get(USUAL).map(|tag| Box::from(tag.as_str()));
        Ok(Self {
            playbook: playbook(files)?,
            languages: Languages {
                usual: usual.unwrap_or(Languages::default().usual),
                departments,
            },
            deny: DenyList::parse(DenyList::EMBEDDED_TEXT)
                .map_err(|error| anyhow::anyhow!("{error:?}"))?,
            ledger: Ledger::default(),
            taught: Taught::default(),
            boards: BTreeMap::new(),
            properties: BTreeSet::new(),
            sequence: 0,
            published: 0,
            now,
        })
    }

    /// The id of a stay.
    #[must_use]
    pub fn stay(property: &PropertyId, reservation: &str) -> StayId {
        InstallationKey::new(KEY).stay(property, reservation)
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.now
    }

    /// Lets the time pass until then; everything that departments are told by the clock alone, in order.
    ///
    /// # Errors
    /// When a board can't be made.
    pub fn wait_until(&mut self, until: Moment) -> anyhow::Result<Vec<Heard>> {
        let mut heard = Vec::new();
        while let Some((at, turn)) = self.next_turn(until) {
            let since = std::mem::replace(&mut self.now, at);
            match turn {
                Turn::Hour(property) => {
                    let book = self.playbook.for_property(&property);
                    let hour = book.turns().due(book.hours(), since, at);
                    let hour = hour.context("an hour has struck")?;
                    let key = EventKey::of("hour", &format!("{property} {at}"));
                    heard.extend(self.record(key, Fact::Hour(HourFact { property, hour }))?);
                }
                Turn::Due(stay, department, item) => {
                    heard.extend(self.escalate(stay, &department, &item)?);
                }
            }
        }
        self.now = until;
        Ok(heard)
    }

    /// The first that the clock brings up to then; of several at once what is due, then hours.
    fn next_turn(&self, until: Moment) -> Option<(Moment, Turn)> {
        let hours = self.properties.iter().filter_map(|property| {
            let book = self.playbook.for_property(property);
            let at = book.turns().next(book.hours(), self.now)?;
            Some((at, Turn::Hour(property.clone())))
        });
        let dues = self
            .boards
            .iter()
            .flat_map(|((stay, department), (_, board))| {
                let open = board
                    .items
                    .iter()
                    .filter(|_| board.state == BoardState::Open);
                open.filter_map(move |item| {
                    let turn = Turn::Due(*stay, department.clone(), item.id.clone());
                    Some((item.acknowledge_by()?, turn))
                })
            });
        let all = dues.chain(hours).map(|(at, turn)| (at.max(self.now), turn));
        let first = all.min_by_key(|(at, _)| at.utc_micros)?;
        let there = Moment {
            offset_minutes: self.now.offset_minutes,
            ..first.0
        };
        (there.utc_micros <= until.utc_micros).then_some((there, first.1))
    }

    /// Nobody acknowledged the item in time.
    fn escalate(
        &mut self,
        stay: StayId,
        department: &DepartmentId,
        item: &ItemId,
    ) -> anyhow::Result<Vec<Heard>> {
        let (_, board) = &self.boards[&(stay, department.clone())];
        let of = board.items.iter().find(|of| of.id == *item);
        let of = of.context("it stands on the board")?;
        let card = CardEvent {
            stay,
            department: department.clone(),
            revision: of.since_revision,
            change: CardChange::Escalated,
            items: vec![CardItem {
                item: item.clone(),
                rule: of.rule.clone(),
                claims: Vec::new(),
                is_for_this_stay: false,
            }],
            occurred_at: self.now,
        };
        self.tell_of(card)
    }

    fn tell_of(&mut self, card: CardEvent) -> anyhow::Result<Vec<Heard>> {
        let of = format!(
            "{} {} {} {:?} {}",
            card.stay, card.department, card.revision, card.change, card.occurred_at
        );
        let items: Vec<String> = card.items.iter().map(|of| of.item.to_string()).collect();
        let key = EventKey::of("card", &format!("{of} {}", items.join(" ")));
        self.record(key, Fact::Card(card))
    }

    /// Something happens now, as it is published; everything that departments are told of it, in order.
    ///
    /// # Errors
    /// When it is no event of the contract, or a board can't be made.
    pub fn happen(&mut self, subject: &str, payload: &[u8]) -> anyhow::Result<Vec<Heard>> {
        let event = decode(subject, Some(CONTENT_TYPE), payload, self.now);
        let event = event.map_err(|reject| anyhow::anyhow!("{reject}"))?;
        self.properties.extend(event.publisher.property.clone());
        let fact = Fact::of(&event, &InstallationKey::new(KEY))?;
        self.record(event.key, fact)
    }

    /// Takes in a fact, and brings the boards of everybody whom it affects up to date.
    fn record(&mut self, key: EventKey, fact: Fact) -> anyhow::Result<Vec<Heard>> {
        self.sequence += 1;
        match &fact {
            Fact::Card(card) => drop(self.taught.cards.insert(self.sequence, card.clone())),
            Fact::Outcome(of) => drop(self.taught.outcomes.insert(self.sequence, of.clone())),
            _ => {}
        }
        self.ledger.record(key, fact.clone());
        let occasion = Occasion {
            trigger: self.sequence,
            occurred_at: self.now,
            now: self.now,
        };
        // As the listener, which hears nothing of what it told itself but that something was not acknowledged.
        if matches!(&fact, Fact::Card(card) if card.change != CardChange::Escalated) {
            return Ok(Vec::new());
        }
        let at = looked_at(&fact, self.now.utc_micros);
        let mut heard = Vec::new();
        for stay in self.affected(&fact)? {
            heard.extend(self.serve(stay, at, occasion)?);
        }
        Ok(heard)
    }

    /// The stays that the fact affects.
    fn affected(&self, fact: &Fact) -> anyhow::Result<BTreeSet<StayId>> {
        let Fact::Hour(struck) = fact else {
            let Ok(affected) = affected(&self.ledger, &self.deny, fact);
            return Ok(affected.into_iter().collect());
        };
        let mut concerned = BTreeSet::new();
        for node in self.ledger.nodes() {
            let NodeId::Stay(id) = node else { continue };
            let Ok(stay) = self.ledger.stay(id);
            let stay = stay.filter(|stay| stay.property == struck.property);
            if stay.is_some_and(|stay| struck.hour.concerns(&stay)) {
                concerned.insert(id);
            }
        }
        Ok(concerned)
    }

    /// Makes every department's board of the stay say what it should now.
    fn serve(&mut self, id: StayId, at: Moment, occasion: Occasion) -> anyhow::Result<Vec<Heard>> {
        let as_of = at.latest_day();
        let Ok(stay) = self.ledger.stay(id);
        let Some(stay) = stay.filter(|stay| !is_left_alone(stay, as_of)) else {
            return Ok(Vec::new());
        };
        let vocabulary = Vocabulary::embedded();
        let of = profile::Occasion {
            property: stay.property.clone(),
            stay: Some(id),
            as_of,
        };
        let settings = Settings::new(&self.deny, vocabulary);
        let Ok(profile) = profile_of(&self.ledger, &settings, NodeId::Stay(id), &of);
        let Ok(situation) = Situation::of(&self.ledger, &stay, &profile, at);
        let outcomes = situation.outcomes.into_iter().map(|fact| fact.outcome);
        let answered: Answered = outcomes
            .map(|of| (of.item, of.outcome, of.occurred_at))
            .collect();
        let boards = self.playbook.compose(&cardex_playbook::Situation {
            stay: &stay,
            profile: &profile,
            vocabulary,
            earlier_stays: situation.earlier_stays,
            closed: &answered.closed,
            acknowledged: &answered.acknowledged,
            escalated: &situation.escalated,
            shown: &situation.shown,
            lessons: &self.taught.lessons(self.sequence),
            languages: &self.languages,
            revision: occasion.trigger,
            profile_sequence: occasion.trigger,
            as_of,
            now: situation.now,
        });
        let closed: Vec<ItemId> = answered.closed.into_iter().collect();
        let mut heard = Vec::new();
        for board in boards {
            let before = self.boards.get(&(id, board.department.clone()));
            let (last, before) = before.map_or((0, None), |(last, board)| (*last, Some(board)));
            let news = succeeding(&board, before, (&stay, &closed), occasion, self.now);
            if let Some(news) = news {
                heard.push(self.publish(news, last, &board)?);
            }
        }
        Ok(heard)
    }

    /// Puts a board in the place of the one before, and takes note of what came and went.
    fn publish(&mut self, news: Board, last: u64, made: &Board) -> anyhow::Result<Heard> {
        self.published += 1;
        let message = BoardMessage::of(&news, last, SOURCE, self.now).encode();
        let board = BoardMessage::decode(&message.subject, &message.payload)?.data;
        let of = (news.stay, news.department.clone());
        let gone = self.boards.insert(of, (self.published, board.to_board()));
        let gone = gone.map_or_else(Vec::new, |(_, before)| before.items);
        let cards = [(ChangeKind::Issued, &made.items)];
        let cards = cards.into_iter().chain(GONE.map(|kind| (kind, &gone)));
        let cards: Vec<CardEvent> = cards
            .filter_map(|(kind, items)| card_event(&news, kind, items, self.now))
            .collect();
        for card in cards {
            self.tell_of(card)?;
        }
        Ok(Heard {
            subject: message.subject,
            payload: message.payload.into(),
            board,
            at: Instant::now(),
        })
    }
}

/// Whom a language is for that is nobody's in particular.
const USUAL: &str = "usual";

/// The playbook that Cardex brings along, with these files beside its own or behind what stands in them.
fn playbook(files: &BTreeMap<String, String>) -> anyhow::Result<Playbook> {
    let embedded = Sources::embedded();
    let mut all: BTreeMap<&str, String> = embedded
        .files()
        .map(|(path, text)| (path, text.to_owned()))
        .collect();
    for (path, text) in files {
        let whole = all.entry(path).or_default();
        whole.push('\n');
        whole.push_str(text);
    }
    let sources = Sources::new(all.iter().map(|(path, text)| (*path, &**text)));
    let read = Playbook::parse(&sources, Vocabulary::embedded());
    read.map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("no playbook:\n{}", faults.join("\n"))
    })
}
