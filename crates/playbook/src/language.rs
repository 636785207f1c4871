//! Which of the languages that there are is the one somebody asks for.

use unic_langid::LanguageIdentifier;
use unic_langid::subtags::{Language, Region, Script};

/// What of a language tag decides who can read it.
struct Tag {
    language: Language,
    script: Option<Script>,
    region: Option<Region>,
}

/// The best of the `available` languages for who wants `wanted`, both BCP 47 tags: the same in the same script and region,
/// else in the same script, else the same in any; of equals the first. Chinese that does not say its script is
/// Traditional in Hong Kong, Macau and Taiwan and of who speaks Cantonese, and Simplified elsewhere.
#[must_use]
pub fn negotiate<'a>(
    wanted: &str,
    available: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = Tag::read(wanted)?;
    let mut best: Option<(u8, &str)> = None;
    for tag in available {
        let likeness = Tag::read(tag).and_then(|tag| tag.likeness(&wanted));
        best = match (likeness, best) {
            (Some(likeness), None) => Some((likeness, tag)),
            (Some(likeness), Some((before, _))) if likeness > before => Some((likeness, tag)),
            _ => best,
        };
    }
    best.map(|(_, tag)| tag)
}

/// Whether the text is a language tag.
#[must_use]
pub fn is_tag(text: &str) -> bool {
    Tag::read(text).is_some()
}

impl Tag {
    fn read(text: &str) -> Option<Self> {
        let tag: LanguageIdentifier = text.parse().ok()?;
        let (language, script, region) = match tag.language.as_str() {
            "yue" => (subtag("zh")?, tag.script.or(subtag("Hant")), tag.region),
            _ => (tag.language, tag.script, tag.region),
        };
        let traditional = ["HK", "MO", "TW"];
        let usual = || match region {
            _ if language.as_str() != "zh" => None,
            Some(region) if traditional.contains(&region.as_str()) => subtag("Hant"),
            _ => subtag("Hans"),
        };
        Some(Self {
            language,
            script: script.or_else(usual),
            region,
        })
    }

    /// How well who wants `wanted` reads this; `None` when not at all.
    fn likeness(&self, wanted: &Self) -> Option<u8> {
        let script = 2 * u8::from(self.script == wanted.script);
        let region = u8::from(self.region == wanted.region);
        (self.language == wanted.language).then_some(script + region)
    }
}

fn subtag<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

#[cfg(test)]
mod tests;
