//! The settings by which a profile is folded where nobody has put others into force: the vocabulary and the reader of
//! notes that Cardex brings along.

use std::sync::{Arc, LazyLock};

use cardex_domain::identity::DenyList;
use cardex_domain::settings::Settings;
use cardex_domain::vocabulary::Vocabulary;
use cardex_notes::Extractor;

/// The reader of notes.
static NOTES: LazyLock<Arc<Extractor>> =
    LazyLock::new(|| Arc::new(Extractor::new(Vocabulary::embedded())));

/// These settings, with this deny list.
#[must_use]
pub fn settings(deny: &DenyList) -> Settings<'_> {
    Settings::new(deny, Vocabulary::embedded()).reading(&**NOTES)
}

/// Reads notes by the words of that vocabulary.
#[must_use]
pub fn notes() -> Arc<Extractor> {
    Arc::clone(&NOTES)
}
