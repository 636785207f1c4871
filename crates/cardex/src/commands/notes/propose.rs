//! `cardex notes propose`: what a free note seems to say, without publishing it.

use std::io::Read as _;
use std::path::PathBuf;

use anyhow::Context as _;
use cardex_domain::event::{Polarity, Scope};
use cardex_domain::vocabulary::Vocabulary;
use cardex_notes::wording::Hint;
use cardex_notes::{Extractor, Proposal};
use clap::Args;
use serde_json::json;

use crate::commands::vocabulary;
use crate::screen::{Format, Screen, Style, note};

const EXAMPLES: &str = "\
Examples:
  cardex notes propose 'no peanuts; his wife likes lilies'
  echo '不吃辣，听力不好' | cardex notes propose - --json

A proposal is what the words seem to say, and counts for less than what somebody states or observes. `confirm` stands at \
those that matter too much, or are too indirect, to go by the words alone.";

/// Print the statements that a note seems to make, and hints on its wording
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Propose {
    /// The note; `-` reads it from standard input
    #[arg(value_name = "TEXT")]
    text: String,
    /// Another vocabulary than the one that Cardex brings along
    #[arg(long, value_name = "FILE")]
    vocabulary: Option<PathBuf>,
    #[command(flatten)]
    format: Format,
}

impl Propose {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let text = match self.text.as_str() {
            "-" => {
                let mut text = String::new();
                let read = std::io::stdin().read_to_string(&mut text);
                read.context("cannot read the note from standard input")?;
                text.trim_end().to_owned()
            }
            text => text.to_owned(),
        };
        let extractor = match &self.vocabulary {
            Some(file) => Extractor::new(&vocabulary::read(file)?.1),
            None => Extractor::new(Vocabulary::embedded()),
        };
        let (proposals, hints) = (extractor.propose(&text), extractor.hints(&text));
        let mut screen = self.format.screen();
        if screen.json() {
            return screen.object(&as_json(&text, &proposals, &hints));
        }
        screen.line(marked(screen.style(), &text, &proposals))?;
        for proposal in &proposals {
            screen.line(format!("  {}", line(screen.style(), &text, proposal)))?;
        }
        show_hints(&text, &hints);
        show_none(&mut screen, &proposals)
    }
}

fn show_none(screen: &mut Screen, proposals: &[Proposal]) -> anyhow::Result<()> {
    if proposals.is_empty() {
        return screen.line("nothing that the vocabulary has a word for");
    }
    Ok(())
}

/// Says beside the data what to reconsider in the wording of a note.
pub(super) fn show_hints(text: &str, hints: &[Hint]) {
    for hint in hints {
        let words = &text[hint.span.start..hint.span.end];
        let language = if text.is_ascii() { "en" } else { "zh" };
        note(format!(
            "hint: {} ({words}): write {}",
            hint.code,
            hint.instead(language)
        ));
    }
}

/// The note with the words that proposals rest on in brackets.
fn marked(style: Style, text: &str, proposals: &[Proposal]) -> String {
    let mut marked = String::with_capacity(text.len() + 2 * proposals.len());
    let mut at = 0;
    for span in proposals.iter().map(|proposal| proposal.span) {
        // Two proposals can rest on the same words.
        if span.start >= at {
            marked.push_str(&text[at..span.start]);
            marked.push_str(&style.bold(format!("[{}]", &text[span.start..span.end])));
            at = span.end;
        }
    }
    marked.push_str(&text[at..]);
    marked
}

fn line(style: Style, text: &str, proposal: &Proposal) -> String {
    let sign = if proposal.polarity == Polarity::Against {
        "!="
    } else {
        "="
    };
    let certainty = proposal.certainty.as_str();
    let scope = scope_word(proposal.scope);
    let words = &text[proposal.span.start..proposal.span.end];
    let beside = style.dim(format!("({certainty}, {scope}: {words})"));
    format!("{}{sign}{} {beside}", proposal.attribute, proposal.value)
}

fn scope_word(scope: Scope) -> &'static str {
    match scope {
        Scope::Guest => "guest",
        Scope::Party => "party",
        Scope::Stay => "stay",
    }
}

fn as_json(text: &str, proposals: &[Proposal], hints: &[Hint]) -> serde_json::Value {
    let proposals: Vec<_> = proposals
        .iter()
        .map(|proposal| {
            json!({
                "attribute": proposal.attribute.as_str(),
                "value": proposal.value,
                "against": proposal.polarity == Polarity::Against,
                "certainty": proposal.certainty.as_str(),
                "scope": scope_word(proposal.scope),
                "start": proposal.span.start,
                "end": proposal.span.end,
            })
        })
        .collect();
    let hints: Vec<_> = hints
        .iter()
        .map(|hint| {
            json!({
                "code": hint.code.as_str(),
                "start": hint.span.start,
                "end": hint.span.end,
                "instead": { "en": hint.instead_en, "zh": hint.instead_zh },
            })
        })
        .collect();
    json!({ "note": text, "proposals": proposals, "hints": hints })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_a_proposal_rests_on_are_marked_once() {
        let text = "no peanuts；太太喜欢百合";
        let proposals = Extractor::new(Vocabulary::embedded()).propose(text);
        let marked = marked(Style::PLAIN, text, &proposals);
        assert_eq!(marked, "no [peanuts]；太太喜欢[百合]");
        let twice: Vec<_> = proposals.iter().chain(&proposals).cloned().collect();
        assert_eq!(super::marked(Style::PLAIN, text, &twice), marked);
        let lines: Vec<_> = proposals
            .iter()
            .map(|proposal| line(Style::PLAIN, text, proposal))
            .collect();
        assert_eq!(
            lines,
            [
                "allergy.food=peanut (confirm, guest: peanuts)",
                "amenity.flower=lily (confirm, party: 百合)",
            ]
        );
    }
}
