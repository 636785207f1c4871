//! The clauses of a folded note: denials, and whom something is about, do not reach beyond one.

use crate::cue::Cue;
use crate::lexicon::Found;

/// A clause, with the words found in it.
#[derive(Debug)]
pub(crate) struct Clause<'f, 'l> {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) words: &'f [Found<'l>],
    /// Whether a question mark ends it.
    pub(crate) is_question: bool,
    /// Whether a sentence ends with it.
    pub(crate) ends_sentence: bool,
}

/// Splits a folded text at its punctuation and at words such as "but". The words are those found in it, in their order.
pub(crate) fn clauses<'f, 'l>(text: &str, words: &'f [Found<'l>]) -> Vec<Clause<'f, 'l>> {
    let mut clauses = Vec::new();
    let (mut start, mut first) = (0, 0);
    let mut cut = |end: usize, next: usize, mark: Option<char>| {
        let last = first + words[first..].partition_point(|word| word.start < end);
        clauses.push(Clause {
            start,
            end,
            words: &words[first..last],
            is_question: mark == Some('?'),
            ends_sentence: mark.is_none_or(|mark| matches!(mark, '.' | '!' | '?' | '。' | ';')),
        });
        (start, first) = (next, last);
    };
    let mut index = 0;
    for (at, c) in text.char_indices() {
        while words.get(index).is_some_and(|word| word.end <= at) {
            index += 1;
        }
        let word = words.get(index).filter(|word| word.start <= at);
        let parts = match word {
            Some(word) => word.start == at && at > 0 && word.is(Cue::But),
            None => is_mark(text, at, c),
        };
        if parts {
            let mark = word.is_none().then_some(c);
            cut(
                at,
                if mark.is_some() {
                    at + c.len_utf8()
                } else {
                    at
                },
                Some(c),
            );
        }
    }
    cut(text.len(), text.len(), None);
    clauses
}

/// Whether the character at `at` ends a clause. A full stop or colon between figures does not.
fn is_mark(text: &str, at: usize, c: char) -> bool {
    match c {
        ',' | ';' | '!' | '?' | '。' | '(' | ')' | '|' => true,
        '.' | ':' => text[at + 1..]
            .chars()
            .next()
            .is_none_or(|next| !next.is_ascii_digit()),
        _ => false,
    }
}
