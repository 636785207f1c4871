//! Who may be the same person, on made-up guests whose truth is known: what is found, and that nothing wrong is linked.

use std::num::NonZeroUsize;

use cardex_domain::identity::DenyList;
use cardex_matching::{AUTOMATIC, Effort, Part, Pool, Quality, Record, Weighed, Weights, fit};
use cardex_tests::people::People;

const RECORDS: usize = 4_000;
const SEED: u64 = 20_261_122;

fn pool() -> (Pool, Vec<u32>) {
    let deny = DenyList::parse(DenyList::EMBEDDED_TEXT).expect("a test holds it faultless");
    let record = |said: &[(Part, String)]| {
        let said: Vec<(Part, &str)> = said
            .iter()
            .map(|(part, text)| (*part, text.as_str()))
            .collect();
        Record::of(&said, &deny)
    };
    let (records, truth) = People::new(SEED)
        .take(RECORDS)
        .map(|made| (record(&made.said), made.person))
        .unzip();
    (Pool::new(records, effort()), truth)
}

fn effort() -> Effort<'static> {
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    Effort {
        threads,
        ..Effort::ALONE
    }
}

fn quality(pool: &Pool, truth: &[u32], weights: &Weights) -> Quality {
    let pairs = pool.pairs(&pool.matcher(weights), 0.001, effort());
    let weighed = pairs.iter().map(|pair| Weighed {
        posterior: pair.posterior,
        one_person: truth[pair.a as usize] == truth[pair.b as usize],
    });
    let persons = truth.chunk_by(|a, b| a == b);
    Quality::of(
        weighed.collect(),
        persons
            .map(|rows| (rows.len() * (rows.len() - 1) / 2) as u64)
            .sum(),
    )
}

#[test]
fn the_same_guests_are_found_and_nobody_else_is_linked() {
    let (pool, truth) = pool();
    for weights in [
        Weights::embedded(),
        &fit(&pool, Weights::embedded(), effort()),
    ] {
        let quality = quality(&pool, &truth, weights);
        let (best, automatic) = (quality.best(), quality.at(AUTOMATIC));
        assert!(best.f1() >= 0.99, "{best:?}");
        assert_eq!(automatic.wrong, 0, "{automatic:?}");
        assert!(automatic.recall() >= 0.9, "{automatic:?}");
    }
}
