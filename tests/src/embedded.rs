//! The settings by which a profile is folded where nobody has put others into force: the vocabulary and the reader of
//! notes that Cardex brings along.

use std::sync::LazyLock;

use cardex_domain::identity::DenyList;
use cardex_domain::settings::Settings;
use cardex_domain::vocabulary::Vocabulary;
use cardex_notes::Extractor;

/// These settings, with this deny list.
#[must_use]
pub fn settings(deny: &DenyList) -> Settings<'_> {
    static EXTRACTOR: LazyLock<Extractor> =
        LazyLock::new(|| Extractor::new(Vocabulary::embedded()));
    Settings::new(deny, Vocabulary::embedded()).reading(&*EXTRACTOR)
}
