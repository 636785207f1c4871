//! `fold-vectors FILE`: checks a file of fold vectors, prints each mismatch and a count, exits 1 on any.

use std::process::ExitCode;

use cardex_tests::vectors;

fn main() -> anyhow::Result<ExitCode> {
    vectors::run("fold-vectors", vectors::fold::check_fold)
}
