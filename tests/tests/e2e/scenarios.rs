//! What every department is told in scenarios of hotel life, each a file that hotel people can read, and in the four
//! stories: told on paper, by the parts that the services are made of, so that days pass in no time.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cardex_tests::stories::{Found, Heard, PaperPlayer, Step, Story};

const SCENARIOS_MIN: usize = 40;

fn files(directory: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let entries = std::fs::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|of| of == "toml"))
        .collect();
    paths.sort();
    paths
}

/// Plays a file; what is told otherwise than it says.
fn differences(path: &Path) -> String {
    let mut differences = String::new();
    let played = Story::read(path).and_then(|story| play(&story, &mut differences));
    match played {
        Ok(0) => differences.push_str("nobody is told anything\n"),
        Ok(_) => {}
        Err(error) => writeln!(differences, "{error:#}").unwrap(),
    }
    differences
}

/// How much is told as the story says; what is not is written down.
fn play(story: &Story, differences: &mut String) -> anyhow::Result<usize> {
    let (mut player, before) = PaperPlayer::begin(story)?;
    if let Some(report) = before {
        writeln!(differences, "{}\n{:?}", report.says, report.found)?;
    }
    let mut told = 0;
    for (place, step) in story.steps.iter().enumerate() {
        let (report, heard) = player.play(step).context(step.says.clone())?;
        let (right, wrong) = report.tally();
        told += right;
        if wrong > 0 {
            let difference = difference(step, &report.found, &heard);
            writeln!(differences, "step {}: {difference}", place + 1)?;
        }
    }
    Ok(told)
}

/// What differs in a step, and what it would have to say.
fn difference(step: &Step, found: &[(String, Found)], heard: &[Heard]) -> String {
    let mut text = format!("{}\n", step.says);
    for (department, found) in found {
        match found {
            Found::Missing(line) => writeln!(text, "  - {department}: {line}").unwrap(),
            Found::Unexpected(line) => writeln!(text, "  + {department}: {line}").unwrap(),
            Found::Right { .. } | Found::Closed | Found::Shown(_) => {}
        }
    }
    text.push_str("  told was:\n");
    for heard in heard {
        let (board, room) = (&heard.board, heard.board.room.as_ref());
        let lines: Vec<&str> = board.items.iter().map(|item| &*item.text).collect();
        let of = room.map_or_else(
            || board.guest.clone(),
            |room| format!("{} in {room}", board.guest),
        );
        writeln!(text, "  told.{} = {lines:?} # {of}", board.department).unwrap();
    }
    text
}

#[test]
fn everybody_is_told_what_each_scenario_and_each_story_says() {
    let mut files = files("scenarios");
    assert!(files.len() >= SCENARIOS_MIN, "{} scenarios", files.len());
    files.extend(self::files("../deploy/stories"));
    let mut wrong = String::new();
    for path in &files {
        let differences = differences(path);
        if !differences.is_empty() {
            writeln!(wrong, "{}:\n{differences}", path.display()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// A story that a hotel tells in three languages says so for each line.
#[test]
fn the_four_stories_are_told_in_three_languages() {
    for path in files("../deploy/stories") {
        let story = Story::read(&path).unwrap();
        for tag in ["zh-Hans", "zh-Hant"] {
            let said = story
                .steps
                .iter()
                .any(|step| step.told_in.contains_key(tag));
            assert!(said, "{} says nothing in {tag}", path.display());
        }
    }
}
