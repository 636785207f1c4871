//! The words that say how the rest of a note is meant: denied, somebody else's, not now.

use std::collections::BTreeMap;

use crate::sections::sections;

const CUES: &str = include_str!("cues.txt");
const CONTEXT: &str = include_str!("context.txt");

/// What a word does to the clause that it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cue {
    /// Denies what follows.
    Not,
    /// Denies what stands before it, where nothing follows.
    NotAfter,
    /// What follows, or else what stands before it, must not be served.
    MustNot,
    /// What is denied before it is what is needed.
    Needed,
    /// Turns what is said round for what follows.
    Except,
    /// Sets what follows apart from what the clause says of everything else.
    Besides,
    /// Of everything else.
    All,
    /// There is an allergy to what the clause names.
    Allergy,
    /// Denies what is served, and no allergy.
    KeptAway,
    /// Begins what the allergies named before do not reach.
    Spared,
    /// Rules out what the clause names.
    RuledOut,
    /// Takes away the meaning of the words in it.
    Nothing,
    /// Ends what was denied.
    Wants,
    /// Parts two clauses.
    But,
    /// The clause is not about what is.
    Unreal,
    /// Somebody was told something, which may be that there is an allergy.
    Told,
    /// Nothing up to the end of the sentence is about what is.
    If,
    /// The clause is about strangers.
    Other,
    /// Somebody who belongs to the guest.
    Kin,
    /// The guest.
    Own,
    /// Whoever follows comes along.
    Along,
    /// What stands before it is meant for whoever follows.
    For,
}

/// Headings of the file with what their words are; a word under several headings is all of them.
const HEADINGS: [(&str, Cue); 22] = [
    ("not", Cue::Not),
    ("not_after", Cue::NotAfter),
    ("must_not", Cue::MustNot),
    ("needed", Cue::Needed),
    ("except", Cue::Except),
    ("besides", Cue::Besides),
    ("all", Cue::All),
    ("allergy", Cue::Allergy),
    ("kept_away", Cue::KeptAway),
    ("spared", Cue::Spared),
    ("ruled_out", Cue::RuledOut),
    ("nothing", Cue::Nothing),
    ("wants", Cue::Wants),
    ("but", Cue::But),
    ("unreal", Cue::Unreal),
    ("told", Cue::Told),
    ("if", Cue::If),
    ("other", Cue::Other),
    ("kin", Cue::Kin),
    ("self", Cue::Own),
    ("along", Cue::Along),
    ("for", Cue::For),
];

/// Every cue with its word, as the file writes it.
pub(crate) fn cues() -> impl Iterator<Item = (&'static str, Cue)> {
    sections(CUES).into_iter().flat_map(|(heading, words)| {
        let cue = HEADINGS
            .iter()
            .find(|(name, _)| *name == heading)
            .map(|(_, cue)| *cue);
        words.into_iter().filter_map(move |word| Some((word, cue?)))
    })
}

/// Words that mean something only beside the context of their attribute.
pub(crate) fn weak_words() -> Vec<&'static str> {
    section("weak")
}

/// Ids of attributes whose values are what the guest keeps away from.
pub(crate) fn shunned() -> Vec<&'static str> {
    section("shunned")
}

/// Ids of attributes that say what is, and not what is wanted.
pub(crate) fn facts() -> Vec<&'static str> {
    section("facts")
}

/// Short forms with what they stand for.
pub(crate) fn short_forms() -> BTreeMap<&'static str, &'static str> {
    section("short")
        .into_iter()
        .filter_map(|pair| pair.split_once('='))
        .collect()
}

/// Ids of attributes with the words beside which their own are to be understood.
pub(crate) fn contexts() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    let lines = CONTEXT.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let (attribute, words) = line.split_once(':')?;
        Some((attribute, words.split(',').map(str::trim).collect()))
    })
}

fn section(name: &str) -> Vec<&'static str> {
    let all = sections(CUES)
        .into_iter()
        .filter(|(heading, _)| *heading == name);
    all.flat_map(|(_, words)| words).collect()
}
