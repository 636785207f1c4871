//! Words that the vocabulary does not understand, across the times at which it changed: when another becomes active, all
//! observations are looked at again, so that none that was understood and is no more goes unlisted. Names that guests go by
//! are marked in the same way, for guests are found by them.
//!
//! **Invariant:** what is written after an activation is marked by the vocabulary that it activates, and the look at
//! what is kept begins after it: together they miss nothing. An activation is known by its sequence, so that one that
//! comes back is looked at anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cardex_domain::discretion::alias_of;
use cardex_domain::event::{Setting, Statement};
use cardex_domain::vocabulary::{Vocabulary, normalised};
use cardex_runtime::CancellationToken;
use cardex_store::{Curated, Reader, Store, StoreError};

use crate::settings::SettingsBook;

/// Rows of observations looked at in one go; writers wait meanwhile.
const PAGE_ROWS: usize = 512;
/// How often it is seen to that another vocabulary is active, beside when one is activated.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Which statements are marked. What is kept is looked at again by the first version that marks others.
const MARKS: u32 = 2;

/// The word under which a statement waits, by this vocabulary, or under which a name that a guest goes by is found.
pub(crate) fn word_of(vocabulary: &Vocabulary) -> impl Fn(&Statement) -> Option<String> + '_ {
    |statement| {
        let waits = vocabulary.uncurated(statement);
        waits.or_else(|| alias_of(statement).map(normalised))
    }
}

/// The vocabulary as it is active, with what is marked by it and the sequence of its activation.
pub(crate) fn active(reader: &Reader<'_>, vocabulary: &Vocabulary) -> Result<Curated, StoreError> {
    let activated = reader.settings()?.remove(&Setting::Vocabulary);
    Ok(Curated {
        sequence: activated.map_or(0, |activated| activated.sequence),
        vocabulary: format!("{}/{MARKS}", vocabulary.hash()).into(),
    })
}

/// How many observations the look at what is kept has come by; of no meaning while none is under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Looking(Arc<AtomicU64>);

impl Looking {
    pub(crate) fn observations(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Looks at what is kept whenever another vocabulary is active.
pub(crate) struct Curation {
    pub(crate) store: Arc<Store>,
    pub(crate) book: Arc<SettingsBook>,
    pub(crate) looking: Looking,
}

impl Curation {
    /// Works until told to stop, or the store fails, which the pipeline meets as well.
    pub(crate) async fn run(self, token: CancellationToken) {
        let this = Arc::new(self);
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        loop {
            let activated = async {
                tokio::select! {
                    _ = ticks.tick() => {}
                    () = this.book.activated() => {}
                }
            };
            if token.run_until_cancelled(activated).await.is_none() {
                return;
            }
            let (worker, stop) = (Arc::clone(&this), token.clone());
            match tokio::task::spawn_blocking(move || worker.look(&stop)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "what is kept was not looked at again; it is at the next activation or start"
                    );
                    return;
                }
                Err(_) => return,
            }
        }
    }

    /// Looks at everything, if the active vocabulary is another than when that was done last.
    fn look(&self, token: &CancellationToken) -> Result<(), StoreError> {
        let (now, vocabulary) = {
            let reader = self.store.read();
            let vocabulary = self.book.active().vocabulary;
            let now = active(&reader, &vocabulary)?;
            if reader.curated()?.as_ref() == Some(&now) {
                return Ok(());
            }
            (now, vocabulary)
        };
        self.looking.0.store(0, Ordering::Relaxed);
        let word_of = word_of(&vocabulary);
        let mut from = None;
        loop {
            if token.is_cancelled() {
                return Ok(());
            }
            let looked = self.store.look_again(from.as_ref(), PAGE_ROWS, &word_of)?;
            self.looking
                .0
                .fetch_add(looked.observations, Ordering::Relaxed);
            from = looked.next;
            if from.is_none() {
                break;
            }
        }
        self.store.note_curated(&now)?;
        let (observations, vocabulary) = (self.looking.observations(), &*now.vocabulary);
        tracing::info!(
            observations,
            vocabulary,
            "looked at what is kept by the active vocabulary"
        );
        Ok(())
    }
}
