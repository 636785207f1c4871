//! How a note is worded: hints to its author where it abuses, diagnoses, ranks, gives away a number or runs on. A guest may
//! read what is kept; the hint says what to write instead, and whoever reviews notes looks at it again.
//!
//! It is a help and no filter: a note with hints is published and kept as it is.

use std::fmt;
use std::sync::LazyLock;

use cardex_domain::note::Span;

use crate::folded::{Folded, folded};
use crate::lexicon::WordList;
use crate::numbers;
use crate::sections::sections;

/// A note with more characters than this does not fit a telephone's screen.
const CHARACTERS_MAX: usize = 280;

/// A note in Han characters says as much in fewer.
const HAN_CHARACTERS_MAX: usize = 140;

static WORDS: LazyLock<Words> = LazyLock::new(Words::read);

/// What is amiss with the wording of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// Contempt for the person.
    Abusive,
    /// An illness that staff can't name.
    Diagnosing,
    /// A body named from outside.
    Labelling,
    /// What the guest is worth to the house.
    Ranking,
    /// Where the guest comes from or whom the guest loves, as a reason.
    Grouping,
    /// A number that pays for the guest or proves who it is.
    Number,
    /// Of the guest's health, what may be or once was.
    Doubtful,
    /// Longer than people read on duty.
    Long,
}

/// A hint to the author of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hint {
    /// What is amiss.
    pub code: Code,
    /// The words, in bytes of the note; what is too much of a long one.
    pub span: Span,
    /// What to write instead, in English.
    pub instead_en: &'static str,
    /// What to write instead, in Chinese.
    pub instead_zh: &'static str,
}

impl Code {
    const ALL: [Self; 8] = [
        Self::Abusive,
        Self::Diagnosing,
        Self::Labelling,
        Self::Ranking,
        Self::Grouping,
        Self::Number,
        Self::Doubtful,
        Self::Long,
    ];

    /// The word for it in answers and word lists.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Abusive => "abusive",
            Self::Diagnosing => "diagnosing",
            Self::Labelling => "labelling",
            Self::Ranking => "ranking",
            Self::Grouping => "grouping",
            Self::Number => "number",
            Self::Doubtful => "doubtful",
            Self::Long => "long",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Hint {
    /// A number that has no place in a note.
    fn number(span: Span) -> Self {
        Self {
            code: Code::Number,
            span,
            instead_en: "no number of a card or document: it belongs in the hotel system; take this note back",
            instead_zh: "不写卡号和证件号，应记入酒店系统；请撤回这条备注",
        }
    }

    /// Words for something of the guest's health that may be, or once was.
    pub(crate) fn doubtful(span: Span) -> Self {
        Self {
            code: Code::Doubtful,
            span,
            instead_en: "what holds today and who said so, as a sentence of its own; it counts for nothing as it stands",
            instead_zh: "另写一句：现在是否如此、由谁说的；目前不作数",
        }
    }

    /// What to write instead, in the language of a BCP 47 tag: Chinese for `zh` and its kin, else English.
    #[must_use]
    pub fn instead(&self, tag: &str) -> &'static str {
        match tag.split(['-', '_']).next() {
            Some(language) if language.eq_ignore_ascii_case("zh") => self.instead_zh,
            _ => self.instead_en,
        }
    }
}

/// What to reconsider in the wording of a note; nothing where it is well worded.
pub(crate) fn check(note: &str) -> Vec<Hint> {
    let folded = Folded::of(note);
    let words = &*WORDS;
    let found = words.list.find(folded.text());
    let mut hints: Vec<Hint> = found
        .filter_map(|(range, place)| {
            let group = words.groups.get(words.group_of[place])?;
            Some(Hint {
                span: folded.original(range),
                ..*group
            })
        })
        .collect();
    let numbers = numbers::found(folded.text()).into_iter();
    hints.extend(numbers.map(|range| Hint::number(folded.original(range))));
    hints.extend(too_long(note));
    hints
}

/// Whether a note says what somebody suffers from, in words that are a physician's.
#[must_use]
pub fn diagnoses(note: &str) -> bool {
    let folded = Folded::of(note);
    let words = &*WORDS;
    let mut found = words.list.find(folded.text());
    found.any(|(_, place)| {
        let group = words.groups.get(words.group_of[place]);
        group.is_some_and(|hint| hint.code == Code::Diagnosing)
    })
}

fn too_long(note: &str) -> Option<Hint> {
    let is_han = |c: &char| crate::lexicon::is_han(*c);
    let han = note.chars().filter(is_han).count();
    let max = if 2 * han > note.chars().count() {
        HAN_CHARACTERS_MAX
    } else {
        CHARACTERS_MAX
    };
    let (start, _) = note.char_indices().nth(max)?;
    Some(Hint {
        code: Code::Long,
        span: Span {
            start,
            end: note.len(),
        },
        instead_en: "what the next colleague has to know, in one or two sentences",
        instead_zh: "用一两句话写下同事需要知道的事",
    })
}

/// The word list of this crate, ready to be looked for.
struct Words {
    list: WordList,
    /// For each word of the list, its place in `groups`.
    group_of: Vec<usize>,
    /// A hint for each group, without its span.
    groups: Vec<Hint>,
}

impl Words {
    fn read() -> Self {
        let (mut words, mut group_of, mut groups) = (Vec::new(), Vec::new(), Vec::new());
        for (heading, listed) in sections(include_str!("wording/words.txt")) {
            let Some(group) = group(heading) else {
                continue;
            };
            words.extend(listed.iter().map(|word| folded(word)));
            group_of.resize(words.len(), groups.len());
            groups.push(group);
        }
        // Of no group: they only keep shorter ones from being found.
        let plain = sections(include_str!("wording/plain.txt"));
        words.extend(plain.into_iter().flat_map(|(_, words)| words).map(folded));
        group_of.resize(words.len(), groups.len());
        Self {
            list: WordList::new(&words),
            group_of,
            groups,
        }
    }
}

fn group(heading: &'static str) -> Option<Hint> {
    let (name, instead) = heading.split_once('=')?;
    let (instead_en, instead_zh) = instead.split_once(" / ")?;
    let code = Code::ALL
        .into_iter()
        .find(|code| code.as_str() == name.trim())?;
    Some(Hint {
        code,
        span: Span::default(),
        instead_en: instead_en.trim(),
        instead_zh: instead_zh.trim(),
    })
}

#[cfg(test)]
mod tests;
