//! `rank-vectors FILE`: checks a file of ranking vectors, prints each mismatch and a count, exits 1 on any.

use std::process::ExitCode;

use cardex_tests::vectors;

fn main() -> anyhow::Result<ExitCode> {
    vectors::run("rank-vectors", vectors::rank::check_rank)
}
