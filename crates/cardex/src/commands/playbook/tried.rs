//! `cardex playbook test` and `coverage`: whether rules do what the cases beside them say, and whether those say enough.

use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::{Case, Playbook};
use serde_json::json;

use super::{Try, check, faultless, vocabulary_of};
use crate::exit::SaidNo;

/// Plays every case.
pub(super) fn test(args: &Try) -> anyhow::Result<()> {
    let (playbook, cases, vocabulary) = read(args)?;
    let mut screen = args.format.screen();
    let mut failed = 0;
    for case in &cases {
        let differences = case.differences(&playbook, &vocabulary);
        failed += usize::from(!differences.is_empty());
        if screen.json() {
            let told = differences.iter().map(|difference| {
                json!({ "place": difference.place, "wanted": difference.wanted, "found": difference.found })
            });
            let told: Vec<_> = told.collect();
            screen.object(&json!({
                "case": &*case.name, "file": &*case.file, "line": case.line, "differences": told,
            }))?;
        } else if !differences.is_empty() {
            let place = args.directory.join(&*case.file);
            screen.line(format!("{}:{}: {}", place.display(), case.line, case.name))?;
            for difference in differences {
                screen.line(format!(
                    "  {}",
                    difference.to_string().replace('\n', "\n  ")
                ))?;
            }
        }
    }
    if !screen.json() {
        screen.line(format!(
            "{} cases, {failed} told something else",
            cases.len()
        ))?;
    }
    match failed {
        0 => Ok(()),
        _ => Err(SaidNo.into()),
    }
}

/// Says what no case shows.
pub(super) fn coverage(args: &Try) -> anyhow::Result<()> {
    let (playbook, cases, vocabulary) = read(args)?;
    let mut screen = args.format.screen();
    let holds = |case: &&Case| case.differences(&playbook, &vocabulary).is_empty();
    if let Some(failing) = cases.iter().find(|case| !holds(case)) {
        anyhow::bail!(
            "the case `{}` is told something else; see `cardex playbook test`",
            failing.name
        );
    }
    let coverage = playbook.coverage(&cases, &vocabulary);
    let open = coverage.unheard.len() + coverage.survivors.len();
    if screen.json() {
        let survivors = coverage.survivors.iter();
        let survivors = survivors.map(|s| json!({ "rule": s.rule.as_str(), "change": s.change }));
        screen.object(&json!({
            "cases": cases.len(),
            "tried": coverage.tried,
            "unheard": coverage.unheard.iter().map(|rule| rule.as_str()).collect::<Vec<_>>(),
            "survivors": survivors.collect::<Vec<_>>(),
        }))?;
    } else {
        for rule in &coverage.unheard {
            screen.line(format!("{rule}: no case wants to hear it"))?;
        }
        for survivor in &coverage.survivors {
            let (rule, change) = (&survivor.rule, &survivor.change);
            screen.line(format!("{rule}: {change} every case holds all the same"))?;
        }
        screen.line(format!(
            "{} cases; {} changes of rules tried, {open} things that no case shows",
            cases.len(),
            coverage.tried
        ))?;
    }
    match open {
        0 => Ok(()),
        _ => Err(SaidNo.into()),
    }
}

fn read(args: &Try) -> anyhow::Result<(Playbook, Vec<Case>, Vocabulary)> {
    let vocabulary = vocabulary_of(args.vocabulary.as_deref())?;
    let (sources, playbook) = check(&args.directory, &vocabulary)?;
    let cases = faultless(&args.directory, Playbook::cases(&sources, &vocabulary))?;
    Ok((playbook, cases, vocabulary))
}
