//! What outcomes teach, kept up to date as they are recorded: the fate of each item that something became of, and the
//! tally of each rule in each department.
//!
//! **Invariant:** a tally is the sum of what the fates of its rule's items count, of those that were ever issued; so it
//! depends on the set of events alone.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cardex_domain::event::{CardChange, CardEvent, CardItem, OutcomeKind};
use cardex_domain::fact::Fact;
use cardex_domain::ids::{DepartmentId, ItemId, RuleId};
use cardex_domain::lessons::{Fate, Tally};

use crate::engine::Engine;
use crate::entry::Lesson;
use crate::error::StoreError;
use crate::keys::{self, Key, Kind};
use crate::migrate::ROWS_AT_ONCE;
use crate::read::{outcome_fact, sensible};
use crate::rows::{FateRow, ItemRow, LessonRow, Senseless};
use crate::seal::{Body, TooLong};
use crate::sheet::Sheet;

/// All lessons, by department and rule.
pub(crate) type Lessons = BTreeMap<(DepartmentId, RuleId), Lesson>;

/// What a batch teaches.
pub(crate) struct Teaching<'a> {
    engine: &'a Engine,
    /// What was known before, with what this batch changed.
    pub(crate) lessons: Arc<Lessons>,
    fates: HashMap<ItemId, Fate>,
    issued: HashMap<ItemId, RuleId>,
}

impl<'a> Teaching<'a> {
    pub(crate) fn new(engine: &'a Engine, lessons: Arc<Lessons>) -> Self {
        Self {
            engine,
            lessons,
            fates: HashMap::new(),
            issued: HashMap::new(),
        }
    }

    /// Takes in a fact that is new, before its own rows are in the engine.
    pub(crate) fn hear(&mut self, sequence: u64, fact: &Fact) -> Result<(), StoreError> {
        match fact {
            Fact::Outcome(fact) => self.outcome(sequence, &fact.outcome.item, fact.outcome.outcome),
            Fact::Card(card) => self.card(sequence, card),
            _ => Ok(()),
        }
    }

    fn outcome(
        &mut self,
        sequence: u64,
        item: &ItemId,
        outcome: OutcomeKind,
    ) -> Result<(), StoreError> {
        self.change(sequence, item, |fate| {
            fate.outcomes.insert(outcome);
        })
    }

    fn card(&mut self, sequence: u64, card: &CardEvent) -> Result<(), StoreError> {
        match card.change {
            CardChange::Issued => card
                .items
                .iter()
                .try_for_each(|item| self.issue(sequence, item)),
            CardChange::Expired => card
                .items
                .iter()
                .try_for_each(|item| self.change(sequence, &item.item, |fate| fate.expired = true)),
            CardChange::Withdrawn | CardChange::Escalated => Ok(()),
        }
    }

    /// Counts what became of the item before it was known to have been issued.
    fn issue(&mut self, sequence: u64, item: &CardItem) -> Result<(), StoreError> {
        if self.rule_of(&item.item)?.is_some() {
            return Ok(());
        }
        self.issued.insert(item.item.clone(), item.rule.clone());
        match self.fate(&item.item)? {
            Some(fate) => self.count(sequence, &item.item, Tally::default(), fate.tally()),
            None => Ok(()),
        }
    }

    fn change(
        &mut self,
        sequence: u64,
        item: &ItemId,
        change: impl FnOnce(&mut Fate),
    ) -> Result<(), StoreError> {
        let mut fate = self.fate(item)?.unwrap_or_default();
        let before = fate.tally();
        change(&mut fate);
        let after = fate.tally();
        self.fates.insert(item.clone(), fate);
        self.count(sequence, item, before, after)
    }

    fn count(
        &mut self,
        sequence: u64,
        item: &ItemId,
        before: Tally,
        after: Tally,
    ) -> Result<(), StoreError> {
        let Some(rule) = self.rule_of(item)?.filter(|_| before != after) else {
            return Ok(());
        };
        let department = DepartmentId::new(item.department()).map_err(Senseless::from);
        let department = sensible(Kind::Item, department)?;
        let lessons = Arc::make_mut(&mut self.lessons);
        let lesson = lessons.entry((department, rule)).or_default();
        lesson.sequence = lesson.sequence.max(sequence);
        lesson.tally = lesson.tally.replacing(before, after);
        Ok(())
    }

    fn rule_of(&self, item: &ItemId) -> Result<Option<RuleId>, StoreError> {
        if let Some(rule) = self.issued.get(item) {
            return Ok(Some(rule.clone()));
        }
        get(self.engine, &keys::item(item), |body| {
            sensible(Kind::Item, body.row::<ItemRow<'_>>(Kind::Item)?.rule())
        })
    }

    fn fate(&self, item: &ItemId) -> Result<Option<Fate>, StoreError> {
        if let Some(fate) = self.fates.get(item) {
            return Ok(Some(fate.clone()));
        }
        get(self.engine, &keys::fate(item), |body| {
            sensible(Kind::Fate, body.row::<FateRow>(Kind::Fate)?.read())
        })
    }

    /// Writes the rows that changed since the lessons were `before`.
    fn write(&self, before: &Arc<Lessons>) -> Result<(), StoreError> {
        let mut sheet = Sheet::default();
        let written = self.put(before, &mut sheet);
        written.expect("rows of a few numbers are short");
        self.engine.apply(sheet.into_batch())
    }

    /// Adds the rows that changed since the lessons were `before`.
    pub(crate) fn put(&self, before: &Arc<Lessons>, sheet: &mut Sheet) -> Result<(), TooLong> {
        for (item, fate) in &self.fates {
            sheet.put(&keys::fate(item), &FateRow::of(fate))?;
        }
        if Arc::ptr_eq(before, &self.lessons) {
            return Ok(());
        }
        for (of, lesson) in self.lessons.iter() {
            if before.get(of) != Some(lesson) {
                let (department, rule) = of;
                let row = LessonRow::of(lesson.sequence, lesson.tally);
                sheet.put(&keys::lesson(department, rule), &row)?;
            }
        }
        Ok(())
    }
}

fn get<T>(
    engine: &Engine,
    key: &Key,
    read: impl FnOnce(&Body) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let Some(value) = engine.get(key.as_bytes())? else {
        return Ok(None);
    };
    read(&Body::open(engine, key.as_bytes(), value)?).map(Some)
}

/// All lessons as they lie on disk.
pub(crate) fn lessons(engine: &Engine) -> Result<Lessons, StoreError> {
    let rows = engine.scan(&Key::new(Kind::Lesson));
    rows.map(|row| {
        let (key, value) = row?;
        let of = sensible(Kind::Lesson, keys::lesson_of(&key).ok_or(Senseless))?;
        let body = Body::open(engine, &key, value)?;
        let (sequence, tally) = body.row::<LessonRow>(Kind::Lesson)?.read();
        Ok((of, Lesson { sequence, tally }))
    })
    .collect()
}

/// Writes what the outcomes teach that an older version recorded without learning from them. No item had expired by
/// then.
///
/// Outcomes stand item by item, so that the fates of so many are written at a time; the lessons come last. What is left
/// of a kill in between is not looked at, but written again.
pub(crate) fn learn_again(engine: &Engine) -> Result<(), StoreError> {
    let mut teaching = Teaching::new(engine, Arc::default());
    for row in engine.scan(&Key::new(Kind::Outcome)) {
        let (key, value) = row?;
        let body = Body::open(engine, &key, value)?;
        let (sequence, fact) = outcome_fact(&key, &body)?;
        let item = &fact.outcome.item;
        if !teaching.fates.contains_key(item) {
            if teaching.fates.len() == ROWS_AT_ONCE {
                let unchanged = Arc::clone(&teaching.lessons);
                teaching.write(&unchanged)?;
                teaching.fates.clear();
            }
            teaching.fates.insert(item.clone(), Fate::default());
        }
        teaching.outcome(sequence, item, fact.outcome.outcome)?;
    }
    teaching.write(&Arc::default())
}
