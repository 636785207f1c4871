//! `fold-vectors FILE`: checks a file of fold vectors, prints each mismatch and a count, exits 1 on any.
#![allow(clippy::print_stdout, reason = "a command-line program")]

use std::process::ExitCode;

use anyhow::Context;

fn main() -> anyhow::Result<ExitCode> {
    let path = std::env::args()
        .nth(1)
        .context("usage: fold-vectors FILE")?;
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let (vectors, mismatches) = cardex_tests::vectors::check_fold(&text)
        .with_context(|| format!("{path} is not a vector file"))?;
    for mismatch in &mismatches {
        println!("{mismatch}");
    }
    println!("{vectors} vectors, {} mismatches", mismatches.len());
    Ok(if mismatches.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
