//! A note in the form in which words are compared, with the way back from each of its bytes to the note as it was written.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use crate::cue;
use cardex_domain::note::Span;

/// What staff write short, with what it stands for.
static SHORT: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(cue::short_forms);

/// Folded text: compatibility forms and width (NFKC), lower case, single blanks, a blank for a hyphen within a word and a
/// semicolon for a dash, short forms written out.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    text: String,
    /// For each byte of `text`, the bytes of the original that it stands for.
    origin: Vec<Span>,
}

impl Folded {
    pub(crate) fn of(original: &str) -> Self {
        Self::characters(original).written_out()
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the original that a non-empty range of the folded text stands for.
    pub(crate) fn original(&self, range: std::ops::Range<usize>) -> Span {
        Span {
            start: self.origin[range.start].start,
            end: self.origin[range.end - 1].end,
        }
    }

    fn push(&mut self, c: char, origin: Span) {
        let blank = |c: char| c == ' ';
        if blank(c) && self.text.ends_with(blank) {
            return;
        }
        self.text.push(c);
        self.origin.resize(self.text.len(), origin);
    }

    fn characters(original: &str) -> Self {
        let mut folded = Self::default();
        let mut rest = original.char_indices().peekable();
        while let Some((start, first)) = rest.next() {
            let before = original[..start].chars().next_back();
            let mut end = start + first.len_utf8();
            while let Some((at, mark)) = rest.next_if(|(_, c)| canonical_combining_class(*c) != 0) {
                end = at + mark.len_utf8();
            }
            let origin = Span { start, end };
            if is_dash(first) {
                let apart = |c: Option<char>| c.is_none_or(char::is_whitespace);
                let is_hyphen = !apart(before) && !apart(original[end..].chars().next());
                let long = matches!(first, '–' | '—');
                folded.push(if is_hyphen && !long { ' ' } else { ';' }, origin);
                continue;
            }
            let lower = original[start..end]
                .nfkc()
                .flat_map(char::to_lowercase)
                .nfkc();
            for c in lower {
                let c = match c {
                    '\n' => ';',
                    c if c.is_whitespace() => ' ',
                    '_' => ' ',
                    '’' | '‘' | 'ʼ' | '`' => '\'',
                    c => c,
                };
                folded.push(c, origin);
            }
        }
        folded
    }

    /// The same with short forms written out; every byte of a long form stands for the whole short one.
    fn written_out(self) -> Self {
        let mut out = Self::default();
        out.text.reserve(self.text.len());
        let mut at = 0;
        while at < self.text.len() {
            let rest = &self.text[at..];
            let token = token(rest);
            if let Some(long) = SHORT.get(token) {
                let origin = self.original(at..at + token.len());
                long.chars().for_each(|c| out.push(c, origin));
                at += token.len();
                continue;
            }
            let length = token
                .len()
                .max(rest.chars().next().map_or(1, char::len_utf8));
            for (offset, c) in rest[..length].char_indices() {
                out.push(c, self.origin[at + offset]);
            }
            at += length;
        }
        out
    }
}

/// The word at the beginning of the text, in letters that have words, with what short forms have beside them.
fn token(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '\'' | '/'))
        .unwrap_or(text.len());
    let word = &text[..end];
    // `w/ice` is two: short forms that end in a stroke stand before what they govern.
    match word.find('/') {
        Some(stroke) if !SHORT.contains_key(word) => &word[..=stroke],
        _ => word,
    }
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '‐' | '‑' | '–' | '—' | '－')
}

/// A word in the folded form, for comparing with folded text.
pub(crate) fn folded(word: &str) -> String {
    Folded::of(word).text.trim().to_owned()
}
