//! Checks of what must agree with files of vectors, whoever wrote them.

pub mod fold;
pub mod rank;

use std::process::ExitCode;

use anyhow::Context as _;

/// How many vectors there were, and a line for each that does not agree.
pub type Checked = (usize, Vec<String>);

/// Checks the file that the program's one argument names, prints each mismatch and a count, and fails on any.
///
/// # Errors
/// When there is no such argument or file, or it is no file of vectors.
#[expect(clippy::print_stdout, reason = "what a command-line program says")]
pub fn run(
    program: &str,
    check: fn(&str) -> Result<Checked, serde_json::Error>,
) -> anyhow::Result<ExitCode> {
    let path = std::env::args().nth(1);
    let path = path.with_context(|| format!("usage: {program} FILE"))?;
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let checked = check(&text).with_context(|| format!("{path} is not a vector file"))?;
    let (vectors, mismatches) = checked;
    for mismatch in &mismatches {
        println!("{mismatch}");
    }
    println!("{vectors} vectors, {} mismatches", mismatches.len());
    Ok(match mismatches.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
