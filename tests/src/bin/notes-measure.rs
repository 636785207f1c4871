//! `notes-measure`: how well free notes are understood, on the labelled notes of this repository or, with `--reviews`, how the
//! extractor behaves on text that nobody here wrote.
#![allow(clippy::print_stdout, reason = "a command-line program")]

use std::path::PathBuf;

use anyhow::bail;
use cardex_domain::vocabulary::Vocabulary;
use cardex_notes::Extractor;
use cardex_tests::notes::labelled::{self, Set, Split};
use cardex_tests::notes::reviews;
use clap::Parser;

/// Measures how well free notes are understood.
#[derive(Debug, Parser)]
struct Args {
    /// Which labelled notes.
    #[arg(long, value_enum, default_value = "plain")]
    set: Set,
    /// Which of them.
    #[arg(long, value_enum, default_value = "unseen")]
    split: Split,
    /// Print figures for programs.
    #[arg(long)]
    json: bool,
    /// Print each note that is understood otherwise than labelled; for the seen ones alone.
    #[arg(long)]
    errors: bool,
    /// A gzipped file of reviews (`label,review`) to show behaviour on instead.
    #[arg(long, value_name = "FILE")]
    reviews: Option<PathBuf>,
    /// How many proposals from the reviews to print.
    #[arg(long, value_name = "N", default_value_t = 20)]
    examples: usize,
    /// What chooses them.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let extractor = Extractor::new(Vocabulary::embedded());
    match &args.reviews {
        Some(path) => {
            let found = reviews::behaviour(&extractor, path, args.examples, args.seed)?;
            show_reviews(&found);
            Ok(())
        }
        None => show_labelled(&extractor, &args),
    }
}

fn show_labelled(extractor: &Extractor, args: &Args) -> anyhow::Result<()> {
    let notes = labelled::read(args.set.text())?;
    if args.errors {
        if args.split == Split::Unseen {
            bail!("what goes wrong in the unseen notes is not looked at: use --split seen");
        }
        for labelled in notes.iter().filter(|labelled| labelled.split == args.split) {
            let (_, differing) = labelled::compare(extractor, labelled);
            if !differing.is_empty() {
                println!(
                    "{}  {}\n       {}",
                    labelled.id,
                    labelled.note,
                    differing.join("; ")
                );
            }
        }
    }
    let scores = labelled::measure(extractor, &notes, args.split);
    if args.json {
        println!(
            "{}",
            serde_json::json!({ "set": args.set, "split": args.split, "languages": scores })
        );
        return Ok(());
    }
    for (language, score) in scores {
        println!(
            "{language}  {:>3} notes  precision {:>4.1} %  recall {:>4.1} %  ({} right, {} wrong, {} missed)  {} notes all right",
            score.notes,
            per_cent(score.precision_permille()),
            per_cent(score.recall_permille()),
            score.right,
            score.wrong,
            score.missed,
            score.notes_right,
        );
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "at most a thousand")]
fn per_cent(permille: usize) -> f64 {
    permille as f64 / 10.0
}

#[allow(clippy::cast_precision_loss, reason = "a rate to one decimal")]
fn show_reviews(found: &reviews::Found) {
    let proposals: usize = found.attributes.values().sum();
    println!(
        "{} reviews, {} with proposals, {proposals} proposals",
        found.reviews, found.with_proposals
    );
    println!(
        "{:.1} MB/s",
        found.bytes as f64 / found.took.as_secs_f64() / 1e6
    );
    let mut attributes: Vec<_> = found.attributes.iter().collect();
    attributes.sort_by_key(|(attribute, count)| (std::cmp::Reverse(**count), attribute.as_str()));
    for (attribute, count) in attributes {
        println!("{count:>6}  {attribute}");
    }
    for (surroundings, proposal) in &found.examples {
        println!("{proposal}\n        {surroundings}");
    }
}
