//! What the words of a clause say together: which of a word's meanings holds, whether it is wanted, and of whom it is said.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::event::{Polarity, Scope};
use cardex_domain::note::Span;

use crate::clause::Clause;
use crate::cue::Cue;
use crate::extract::{Certainty, Proposal};
use crate::folded::Folded;
use crate::lexicon::{Found, Lexicon, Meaning, is_han};
use crate::stance::{Stance, stances};

/// Of the letters of a clause that belong to no word, how many a plain item of a list may have.
const LIST_ITEM_OTHER_LETTERS_MAX: usize = 3;

/// Context words further away than this from a word, in another clause, say nothing of it.
const NEAR_BYTES: usize = 60;

/// What a clause says of allergies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Allergy {
    None,
    Named,
    Denied,
}

/// Reads a note clause by clause.
pub(crate) struct Reader<'r> {
    lexicon: &'r Lexicon,
    folded: &'r Folded,
    /// For each attribute that the note speaks of, where its context words begin.
    context: BTreeMap<usize, BTreeSet<usize>>,
    /// Nothing counts until the sentence ends.
    is_supposed: bool,
    /// The sentence said that there is no allergy: what is not wanted in the rest of it is a matter of taste.
    has_none: bool,
    /// The clause before listed allergies, and for whom.
    allergies_of: Option<Scope>,
    proposals: Vec<Proposal>,
    doubts: Vec<Span>,
}

impl<'r> Reader<'r> {
    pub(crate) fn new(lexicon: &'r Lexicon, folded: &'r Folded, words: &[Found<'_>]) -> Self {
        let mut context = lexicon.context(folded.text());
        // A word that can mean but one thing tells what its neighbours are about.
        for word in words
            .iter()
            .filter(|word| !word.entry.weak && !word.is(Cue::Kin))
        {
            if let [meaning] = word.entry.meanings.as_slice() {
                context
                    .entry(meaning.attribute)
                    .or_default()
                    .insert(word.start);
            }
        }
        Self {
            lexicon,
            folded,
            context,
            is_supposed: false,
            has_none: false,
            allergies_of: None,
            proposals: Vec::new(),
            doubts: Vec::new(),
        }
    }

    /// What was read, in the order of the note, the same statement once; and the words for what may be, or once was, of the
    /// guest's health, which say nothing.
    pub(crate) fn finish(self) -> (Vec<Proposal>, Vec<Span>) {
        let mut proposals: Vec<Proposal> = Vec::with_capacity(self.proposals.len());
        for proposal in self.proposals {
            let is_same = |known: &Proposal| {
                known.attribute == proposal.attribute
                    && known.value == proposal.value
                    && known.polarity == proposal.polarity
                    && known.scope == proposal.scope
            };
            if !proposals.iter().any(is_same) {
                proposals.push(proposal);
            }
        }
        (proposals, self.doubts)
    }

    /// Reads a clause, before the `rest` of the note.
    pub(crate) fn read(&mut self, clause: &Clause<'_, '_>, rest: &[Clause<'_, '_>]) {
        let has = |cue| clause.words.iter().any(|word| word.is(cue));
        self.is_supposed |= has(Cue::If);
        let names_allergy = match allergy(clause) {
            Allergy::None => clause.words.iter().any(|word| word.entry.names_allergy),
            allergy => allergy == Allergy::Named,
        };
        let is_open = self.is_supposed
            || clause.is_question
            || has(Cue::Unreal)
            || has(Cue::Told) && !names_allergy;
        let is_answered = clause.is_question && names_allergy && !names_allergen(clause);
        if is_open && !has(Cue::Other) && !has(Cue::RuledOut) {
            self.doubt(clause);
        }
        if is_open || has(Cue::Other) || has(Cue::RuledOut) {
            self.allergies_of = None;
        } else {
            self.read_said(clause, is_explained(clause, rest));
        }
        if clause.ends_sentence {
            (self.is_supposed, self.has_none) = (false, false);
            // "Any allergies?" is answered by the sentence after it.
            self.allergies_of = is_answered.then_some(Scope::Guest);
        }
    }

    /// Notes what a clause that says nothing names of the guest's health.
    fn doubt(&mut self, clause: &Clause<'_, '_>) {
        let names_allergy = allergy(clause) != Allergy::None;
        let is_health = |word: &&Found<'_>| {
            let mut meanings = word.entry.meanings.iter();
            let named = names_allergy || word.entry.names_allergy;
            !word.entry.weak
                && match named {
                    true => meanings.any(|meaning| meaning.is_health),
                    false => !word.entry.meanings.is_empty() && meanings.all(|m| m.is_health),
                }
        };
        let words = clause.words.iter().filter(is_health);
        let spans = words.map(|word| self.folded.original(word.start..word.end));
        self.doubts.extend(spans);
    }

    fn read_said(&mut self, clause: &Clause<'_, '_>, is_explained: bool) {
        let stances = stances(self.folded.text(), clause);
        let mut scopes = scopes(clause);
        let mut allergy = allergy(clause);
        if let Some(scope) = self.allergies_of {
            if self.is_list_item(clause) {
                allergy = Allergy::Named;
                scopes.fill(Some(scope));
            } else if self.is_spared(clause) {
                allergy = Allergy::Denied;
            }
        }
        if is_explained && self.is_list_item(clause) {
            allergy = Allergy::Named;
        }
        if allergy == Allergy::Denied {
            self.has_none |= !names_allergen(clause);
            self.allergies_of = None;
            return;
        }
        let names_allergen = names_allergen(clause);
        for (index, word) in clause.words.iter().enumerate() {
            let Some(scope) = scopes[index] else { continue };
            let is_kept_away = is_explained && stances[index] == Stance::Against;
            let reading = Reading {
                stance: stances[index],
                allergy: match allergy_of(word, allergy) {
                    Allergy::None if is_kept_away => Allergy::Named,
                    named => named,
                },
                names_allergen: names_allergen || is_explained,
            };
            if let Some((meaning, polarity, certainty)) = self.meaning(clause, word, reading) {
                let (attribute, value, polarity) = settled(word, meaning, polarity);
                self.proposals.push(Proposal {
                    attribute: self.lexicon.attribute(attribute).clone(),
                    value: value.into(),
                    polarity,
                    span: self.folded.original(word.start..word.end),
                    certainty: if scope == Scope::Guest {
                        certainty
                    } else {
                        Certainty::Confirm
                    },
                    scope,
                });
            }
        }
        let scope = scopes.last().copied().flatten().unwrap_or(Scope::Guest);
        self.allergies_of = (allergy == Allergy::Named).then_some(scope);
    }

    /// Whether a clause after named allergies says what is none: "not to aspirin".
    fn is_spared(&self, clause: &Clause<'_, '_>) -> bool {
        let text = &self.folded.text()[clause.start..];
        let begins = clause.start + (text.len() - text.trim_start().len());
        let first = clause.words.first();
        first.is_some_and(|word| word.is(Cue::Spared) && word.start == begins)
    }

    /// Whether a clause is nothing but things that one can be allergic to.
    fn is_list_item(&self, clause: &Clause<'_, '_>) -> bool {
        let text = &self.folded.text()[clause.start..clause.end];
        let in_words: usize = clause
            .words
            .iter()
            .map(|word| self.folded.text()[word.start..word.end].chars().count())
            .sum();
        let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
        let is_plain = |word: &Found<'_>| {
            word.is(Cue::Along) || word.entry.meanings.iter().any(|m| m.is_allergen)
        };
        clause.words.iter().all(is_plain)
            && letters.saturating_sub(in_words) <= LIST_ITEM_OTHER_LETTERS_MAX
    }

    /// The meaning of a word that fits, whether it is wanted, and how sure that is; `None` where none fits or several do.
    fn meaning<'l>(
        &self,
        clause: &Clause<'_, '_>,
        word: &Found<'l>,
        reading: Reading,
    ) -> Option<(&'l Meaning, Polarity, Certainty)> {
        let meanings = &word.entry.meanings;
        let has_allergen = meanings.iter().any(|meaning| meaning.is_allergen);
        let has_other = meanings.iter().any(|meaning| !meaning.is_allergen);
        let named = reading.allergy == Allergy::Named || reading.stance == Stance::MustNot;
        let is_shunned = matches!(reading.stance, Stance::Against | Stance::Neither);
        let fits = |meaning: &&Meaning| {
            if meaning.is_allergen {
                named || is_shunned && !has_other && !self.has_none
            } else {
                !(named && has_allergen)
            }
        };
        let scored = meanings.iter().filter(fits).filter_map(|meaning| {
            let is_sure = meaning.is_allergen && named;
            let score = self.score(clause, word, meaning);
            let is_meant = if word.entry.is_number {
                score.in_clause > 0 && self.stands_alone(word)
            } else {
                !word.entry.weak || score.around > 0
            };
            (is_sure || is_meant).then_some((score.total, meaning))
        });
        let scored: Vec<(usize, &Meaning)> = scored.collect();
        let best = scored.iter().map(|(total, _)| *total).max()?;
        let mut firsts = scored.iter().filter(|(total, _)| *total == best);
        let (_, meaning) = firsts.next()?;
        if firsts.next().is_some() {
            return None;
        }
        let denies_allergy = word.entry.names_allergy && reading.stance == Stance::Against;
        if !meaning.is_allergen
            && (reading.stance == Stance::Neither
                || meaning.is_fact && reading.stance == Stance::Against)
        {
            return None;
        }
        if meaning.is_allergen {
            return (!denies_allergy).then_some((meaning, Polarity::For, Certainty::Confirm));
        }
        let is_allergic = reading.allergy == Allergy::Named && !reading.names_allergen;
        let polarity = if is_allergic || reading.stance != Stance::For {
            Polarity::Against
        } else {
            Polarity::For
        };
        let certainty = if is_allergic || reading.stance == Stance::MustNot {
            Certainty::Confirm
        } else if meanings.len() > 1 || word.entry.weak {
            Certainty::Likely
        } else {
            Certainty::Clear
        };
        Some((meaning, polarity, certainty))
    }

    /// Whether a figure is not part of a quantity, a time or a date.
    fn stands_alone(&self, word: &Found<'_>) -> bool {
        let text = self.folded.text();
        let before = text[..word.start].chars().next_back();
        let after = text[word.end..].chars().next();
        let joins =
            |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || ":.%$¥/、".contains(c));
        !joins(before) && !joins(after) && !after.is_some_and(is_han)
    }

    /// How much speaks for a meaning.
    fn score(&self, clause: &Clause<'_, '_>, word: &Found<'_>, meaning: &Meaning) -> Score {
        let nowhere = BTreeSet::new();
        let places = self.context.get(&meaning.attribute).unwrap_or(&nowhere);
        let within = places.range(word.start..word.end).count();
        let in_clause = places.range(clause.start..clause.end).count() - within;
        let near = word.start.saturating_sub(NEAR_BYTES)..word.end + NEAR_BYTES;
        let outside = |place: &&usize| !(clause.start..clause.end).contains(*place);
        let elsewhere = places.range(near).filter(outside).count();
        let total = 8 * in_clause.min(2)
            + 4 * within.min(1)
            + 2 * elsewhere.min(2)
            + usize::from(meaning.is_label);
        Score {
            in_clause,
            around: in_clause + elsewhere,
            total,
        }
    }
}

/// What a word says in the end: where it is denied, the value for not having it, when there is one.
fn settled<'l>(
    word: &Found<'l>,
    meaning: &'l Meaning,
    polarity: Polarity,
) -> (usize, &'l str, Polarity) {
    match (&word.entry.refusal, &meaning.opposite) {
        _ if polarity == Polarity::For => (meaning.attribute, &meaning.value, polarity),
        _ if meaning.is_shunned => (meaning.attribute, &meaning.value, Polarity::For),
        (Some(refusal), _) => (refusal.attribute, &refusal.value, Polarity::For),
        (None, Some(opposite)) => (meaning.attribute, opposite, Polarity::For),
        (None, None) => (meaning.attribute, &meaning.value, polarity),
    }
}

/// How a clause speaks of one of its words.
#[derive(Clone, Copy)]
struct Reading {
    stance: Stance,
    allergy: Allergy,
    /// Whether the clause names anything that one can be allergic to.
    names_allergen: bool,
}

/// How much speaks for a meaning: context words in the clause, those around the word, and all in all.
struct Score {
    in_clause: usize,
    around: usize,
    total: usize,
}

/// For each word of a clause, of whom it is said; `None` where it only names that person.
fn scopes(clause: &Clause<'_, '_>) -> Vec<Option<Scope>> {
    let words = clause.words;
    let mut scopes = vec![Some(Scope::Guest); words.len()];
    let (mut scope, mut comes_along, mut is_for) = (Scope::Guest, false, false);
    for (index, word) in words.iter().enumerate() {
        if word.is(Cue::Along) {
            comes_along = true;
        }
        if word.is(Cue::For) {
            is_for = true;
        }
        if word.is(Cue::Own) {
            scope = Scope::Guest;
        }
        if !word.is(Cue::Kin) {
            scopes[index] = Some(scope);
            continue;
        }
        let speaks = [Cue::Wants, Cue::Not, Cue::MustNot, Cue::Allergy];
        let is_subject = words
            .get(index + 1)
            .is_some_and(|next| speaks.iter().any(|cue| next.is(*cue)));
        scopes[index] = comes_along.then_some(Scope::Guest);
        if is_for {
            scopes[..index].fill(Some(Scope::Party));
            scopes[index] = None;
        }
        if is_for || is_subject || !comes_along {
            scope = Scope::Party;
        }
    }
    scopes
}

/// What a clause says of allergies.
fn allergy(clause: &Clause<'_, '_>) -> Allergy {
    let mut is_denied = false;
    // "No allergies other than to nuts" names one.
    let sets_apart = |word: &Found<'_>| word.is(Cue::Except) || word.is(Cue::Besides);
    let has_exception = clause.words.iter().any(sets_apart);
    for word in clause.words {
        let denies = word.is(Cue::Not) && !word.is(Cue::KeptAway);
        is_denied = (is_denied || denies) && !word.is(Cue::Wants);
        if word.is(Cue::Allergy) {
            return match is_denied && !has_exception {
                true => Allergy::Denied,
                false => Allergy::Named,
            };
        }
    }
    Allergy::None
}

fn names_allergen(clause: &Clause<'_, '_>) -> bool {
    let mut meanings = clause.words.iter().flat_map(|word| &word.entry.meanings);
    meanings.any(|meaning| meaning.is_allergen)
}

/// Whether what a clause keeps away or lists is called an allergy by a later one: "no nuts, no sesame, anaphylactic".
fn is_explained(clause: &Clause<'_, '_>, rest: &[Clause<'_, '_>]) -> bool {
    let [next, rest @ ..] = rest else {
        return false;
    };
    let means_nothing = next.words.iter().all(|word| word.entry.meanings.is_empty());
    match allergy(next) {
        Allergy::Named => means_nothing && !next.is_question,
        Allergy::None => !clause.ends_sentence && names_allergen(next) && is_explained(next, rest),
        Allergy::Denied => false,
    }
}

/// What is said of an allergy to a word, which may name one itself.
fn allergy_of(word: &Found<'_>, clause: Allergy) -> Allergy {
    if word.entry.names_allergy && clause == Allergy::None {
        Allergy::Named
    } else {
        clause
    }
}
