//! How notes are understood in text that nobody here wrote: reviews of hotels. They are no staff notes and have no labels,
//! so this shows behaviour and speed, not precision.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use cardex_notes::{Extractor, Proposal};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::IteratorRandom as _;

use super::labelled::written;

/// What was found in a file of reviews.
#[derive(Debug)]
pub struct Found {
    /// Reviews read.
    pub reviews: usize,
    /// Reviews with at least one proposal.
    pub with_proposals: usize,
    /// Proposals of each attribute.
    pub attributes: BTreeMap<String, usize>,
    /// Bytes of reviews.
    pub bytes: usize,
    /// How long the extractor took for all.
    pub took: Duration,
    /// Chosen at random: what a proposal rests on, marked in its surroundings, and the proposal.
    pub examples: Vec<(String, String)>,
}

/// Reads a gzipped file with columns `label` and `review`, and chooses `examples` proposals with the seed.
///
/// # Errors
/// Where the file can't be read.
pub fn behaviour(
    extractor: &Extractor,
    path: &Path,
    examples: usize,
    seed: u64,
) -> anyhow::Result<Found> {
    let file =
        std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .context("cannot read the reviews")?;
    let reviews: Vec<String> = csv::Reader::from_reader(text.as_bytes())
        .records()
        .map(|record| Ok(record?.get(1).unwrap_or_default().to_owned()))
        .collect::<Result<_, csv::Error>>()?;
    let start = Instant::now();
    let proposals: Vec<Vec<Proposal>> = reviews
        .iter()
        .map(|review| extractor.propose(review))
        .collect();
    let took = start.elapsed();
    let mut attributes = BTreeMap::new();
    for proposal in proposals.iter().flatten() {
        *attributes
            .entry(proposal.attribute.to_string())
            .or_insert(0) += 1;
    }
    let all = reviews
        .iter()
        .zip(&proposals)
        .flat_map(|(review, found)| found.iter().map(move |one| (review, one)));
    let chosen = all.choose_multiple(&mut StdRng::seed_from_u64(seed), examples);
    Ok(Found {
        reviews: reviews.len(),
        with_proposals: proposals.iter().filter(|found| !found.is_empty()).count(),
        attributes,
        bytes: reviews.iter().map(String::len).sum(),
        took,
        examples: chosen
            .into_iter()
            .map(|(review, one)| (surroundings(review, one), written(one)))
            .collect(),
    })
}

/// The words that a proposal rests on, marked, with some of what stands around them.
fn surroundings(review: &str, proposal: &Proposal) -> String {
    const AROUND_CHARS: usize = 20;
    let (before, rest) = review.split_at(proposal.span.start);
    let (words, after) = rest.split_at(proposal.span.end - proposal.span.start);
    let from = before
        .char_indices()
        .rev()
        .nth(AROUND_CHARS - 1)
        .map_or(0, |(at, _)| at);
    let to = after
        .char_indices()
        .nth(AROUND_CHARS)
        .map_or(after.len(), |(at, _)| at);
    format!("{}[{words}]{}", &before[from..], &after[..to]).replace(['\n', '\r'], " ")
}
