//! Statements that wait for somebody to say what their words mean: marked as they are recorded, and looked for again
//! among all observations when another vocabulary becomes active.
//!
//! **Invariant:** which statements wait is the caller's to say. A mark may stay when its word is understood, so that
//! whoever reads the marks passes over those.

use cardex_domain::ids::AttributeId;
use cardex_domain::shard::Share;

use crate::entry::{Curated, Looked, NotedPlace, Uncurated, WordOf};
use crate::error::StoreError;
use crate::keys::{self, Key, Kind};
use crate::read::{Reader, at_and_event, sensible};
use crate::rows::{CuratedRow, Names, NoteRow, Senseless, UncuratedRow};
use crate::seal::Body;
use crate::store::Store;

/// Nothing waits.
pub(crate) const UNDERSTOOD: &WordOf<'static> = &|_| None;

impl Store {
    /// Looks at the next `limit` rows of observations and marks the statements that wait. Nothing else is written
    /// meanwhile; a power cut may take the marks back until [`Self::sync`] returns.
    ///
    /// # Errors
    /// When a row can't be read, or the write fails; then the store must be opened anew.
    pub fn look_again(
        &self,
        from: Option<&NotedPlace>,
        limit: usize,
        word_of: &WordOf<'_>,
    ) -> Result<Looked, StoreError> {
        self.alone(word_of, |engine, plan| {
            let first = match from {
                Some(NotedPlace(key)) => Key::of_bytes(key),
                None => Key::new(Kind::Note),
            };
            let past = Key::new(Kind::Retraction);
            let mut names = Names::default();
            let mut looked = Looked {
                observations: 0,
                next: None,
            };
            for (number, row) in engine.range(&first, Some(&past)).enumerate() {
                let (key, value) = row?;
                if number == limit {
                    looked.next = Some(NotedPlace((*key).into()));
                    break;
                }
                let body = Body::open(engine, &key, value)?;
                let (at, event) = at_and_event(&key)?;
                let note: NoteRow<'_> = body.row(Kind::Note)?;
                // Its first reference, which the key begins with, says nothing about its words.
                if let Ok(noted) = sensible(Kind::Note, note.read(None, at, event, &mut names))? {
                    plan.uncurated_again(&noted)?;
                    looked.observations += 1;
                }
            }
            Ok(looked)
        })
    }

    /// Keeps for which vocabulary all statements that wait are marked; on return everything is safely on disk.
    ///
    /// # Errors
    /// When the write fails; the store must then be opened anew.
    pub fn note_curated(&self, curated: &Curated) -> Result<(), StoreError> {
        // The marks first: the row must not outlive them.
        self.sync()?;
        self.alone(UNDERSTOOD, |_, plan| plan.curated(curated))?;
        self.sync()
    }
}

impl Reader<'_> {
    /// For which vocabulary all statements that wait were last marked.
    ///
    /// # Errors
    /// When the row can't be read.
    pub fn curated(&self) -> Result<Option<Curated>, StoreError> {
        self.get(&keys::curated(), |body| {
            let row: CuratedRow<'_> = body.row(Kind::Curated)?;
            Ok(row.read())
        })
    }

    /// Whether all statements that wait are marked for this vocabulary, here and, once their marks were lent, in all other
    /// shards.
    ///
    /// # Errors
    /// When the row can't be read.
    pub fn is_curated(&self, now: &Curated) -> Result<bool, StoreError> {
        let mut others = self.share().into_iter().flat_map(Share::others);
        let lent = |shard| self.lent.is_some_and(|lent| lent.is_curated(shard, now));
        Ok(self.curated()?.as_ref() == Some(now) && others.all(lent))
    }

    /// The first word behind the one named under which statements are marked, with its attribute.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn next_uncurated(
        &self,
        after: Option<(&AttributeId, &str)>,
    ) -> Result<Option<(AttributeId, String)>, StoreError> {
        let first = match after {
            Some((attribute, word)) => keys::past_uncurated(attribute, word),
            None => Key::new(Kind::Uncurated),
        };
        let past = Key::new(Kind::Curated);
        let Some(row) = self.rows_of_all(&first, &past, 1)?.next() else {
            return Ok(None);
        };
        let (key, _) = row?;
        let word = keys::uncurated_word(&key).ok_or(Senseless);
        sensible(Kind::Uncurated, word).map(Some)
    }

    /// The first `limit` statements that are marked under the word, the oldest first. Some may be taken back.
    ///
    /// # Errors
    /// When a row can't be read.
    pub fn uncurated(
        &self,
        attribute: &AttributeId,
        word: &str,
        limit: usize,
    ) -> Result<Vec<Uncurated>, StoreError> {
        let front = keys::uncurated(attribute, word);
        let rows = self.rows_of_all(&front, &front.past(), limit)?;
        rows.take(limit)
            .map(|row| {
                let (key, value) = row?;
                let body = Body::open(self.engine(), &key, value)?;
                let row: UncuratedRow<'_> = body.row(Kind::Uncurated)?;
                let end = keys::uncurated_end(&key).ok_or(Senseless);
                sensible(Kind::Uncurated, end.and_then(|end| row.read(end)))
            })
            .collect()
    }
}
