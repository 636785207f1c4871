//! Holds the shape of the workspace: who may depend on whom, who may name the store's engine and the bus's client,
//! what the pure crates never touch, and what no test does. Each rule is a table here and one check below it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Every package with the workspace packages it may use; dev-dependencies are free. Services never name each other.
const MAY_USE: &[(&str, &[&str])] = &[
    ("cardex-domain", &[]),
    ("cardex-playbook", &["cardex-domain"]),
    ("cardex-notes", &["cardex-domain"]),
    ("cardex-matching", &["cardex-domain"]),
    ("cardex-wire", &["cardex-domain"]),
    ("cardex-store", &["cardex-domain"]),
    ("cardex-bus", &["cardex-wire"]),
    ("cardex-runtime", &[]),
    (
        "cardex-aggregator",
        &[
            "cardex-domain",
            "cardex-matching",
            "cardex-notes",
            "cardex-wire",
            "cardex-store",
            "cardex-bus",
            "cardex-runtime",
        ],
    ),
    (
        "cardex-checkin",
        &[
            "cardex-domain",
            "cardex-playbook",
            "cardex-wire",
            "cardex-bus",
            "cardex-runtime",
        ],
    ),
    (
        "cardex-gateway",
        &[
            "cardex-domain",
            "cardex-wire",
            "cardex-bus",
            "cardex-runtime",
        ],
    ),
    ("cardex", PRODUCT),
    (
        "cardex-testkit",
        &["cardex-domain", "cardex-wire", "cardex-bus", "cardex-store"],
    ),
    ("cardex-tests", EVERYTHING),
];

/// All that ships: the binary composes it and never links the test kit.
const PRODUCT: &[&str] = &[
    "cardex-domain",
    "cardex-playbook",
    "cardex-notes",
    "cardex-matching",
    "cardex-wire",
    "cardex-store",
    "cardex-bus",
    "cardex-runtime",
    "cardex-aggregator",
    "cardex-checkin",
    "cardex-gateway",
];

const EVERYTHING: &[&str] = &[
    "cardex-domain",
    "cardex-playbook",
    "cardex-notes",
    "cardex-matching",
    "cardex-wire",
    "cardex-store",
    "cardex-bus",
    "cardex-runtime",
    "cardex-aggregator",
    "cardex-checkin",
    "cardex-gateway",
    "cardex",
    "cardex-testkit",
];

/// Outside crates with the only packages that may name them, in tests too.
const NAMED_ONLY_BY: &[(&str, &[&str])] = &[
    ("sled", &["cardex-store"]),
    ("async-nats", &["cardex-bus", "cardex-testkit"]),
    ("rustls", &["cardex-bus", "cardex-gateway"]),
    ("bincode", &["cardex-store"]),
    ("cel", &["cardex-playbook"]),
    ("aho-corasick", &["cardex-notes"]),
];

/// Crates without IO, clock, randomness, async or encoding, in their tests too as far as the sources go.
const PURE: &[&str] = &["domain", "playbook", "matching", "notes"];

/// What a pure crate does not depend on: encodings, runtimes, clocks and chance.
const NOT_IN_PURE: &[&str] = &[
    "async-trait",
    "bincode",
    "chrono",
    "fastrand",
    "futures",
    "getrandom",
    "jiff",
    "rand",
    "serde",
    "serde_derive",
    "serde_json",
    "time",
    "tokio",
    "tracing",
    "ulid",
    "uuid",
];

/// What a pure crate depends on all the same, and why.
const MAY_DEPEND_ON: &[(&str, &str, &str)] = &[(
    "cardex-playbook",
    "jiff",
    "time zones, by the table that it brings along; without its feature `std` it has no clock",
)];

/// Modules of `std` that a pure crate does not touch.
const STD_NOT_IN_PURE: &[&str] = &["env", "fs", "io", "net", "process", "thread"];

/// Files of pure crates that name a module all the same, and why.
const MAY_NAME: &[(&str, &str, &str)] = &[(
    "crates/matching/src/parallel.rs",
    "thread",
    "threads that end within the call share the work, and what comes out does not depend on them",
)];

/// Words that a pure crate does not write.
const WORDS_NOT_IN_PURE: &[&str] = &[
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "TimeZone::system",
    "async fn",
    ".await",
    "rand::",
];

/// A file past this is two rooms.
const LINES_MAX: usize = 600;

/// Tests that may call sleep, and why. Waiting for a condition is the rule.
const MAY_SLEEP: &[(&str, &str)] = &[
    (
        "crates/runtime/src/shutdown/tests.rs",
        "on the paused clock, where it takes no time",
    ),
    (
        "tests/src/bench/checkin.rs",
        "it measures at a given rate, so it has to wait between events",
    ),
    (
        "tests/src/chaos/faults.rs",
        "what goes wrong does so for some time",
    ),
];

#[test]
fn packages_use_only_what_the_table_allows() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let packages = packages();
    let mut wrong = Vec::new();
    for package in &packages {
        let Some(may_use) = allowed.get(package.name.as_str()) else {
            wrong.push(format!("{} has no row in the table", package.name));
            continue;
        };
        for used in package.uses.iter().filter(|used| !used.is_dev) {
            if allowed.contains_key(used.name.as_str()) && !may_use.contains(&used.name.as_str()) {
                wrong.push(format!("{} may not use {}", package.name, used.name));
            }
        }
    }
    for row in allowed.keys() {
        if packages.iter().all(|package| package.name != *row) {
            wrong.push(format!("the table's {row} does not exist"));
        }
    }
    check(&wrong);
}

#[test]
fn engines_and_clients_are_named_by_their_owner_only() {
    let mut wrong = Vec::new();
    for package in packages() {
        for used in &package.uses {
            for (outside, owners) in NAMED_ONLY_BY {
                if used.name == *outside && !owners.contains(&package.name.as_str()) {
                    wrong.push(format!("{} names {outside}", package.name));
                }
            }
        }
    }
    check(&wrong);
}

#[test]
fn pure_crates_depend_on_no_encoding_runtime_clock_or_chance() {
    let mut wrong = Vec::new();
    for package in packages() {
        let is_pure = PURE
            .iter()
            .any(|pure| package.name == format!("cardex-{pure}"));
        for used in package.uses.iter().filter(|used| is_pure && !used.is_dev) {
            let may = |of: &(&str, &str, &str)| (of.0, of.1) == (&*package.name, &*used.name);
            if NOT_IN_PURE.contains(&used.name.as_str()) && !MAY_DEPEND_ON.iter().any(may) {
                wrong.push(format!("{} depends on {}", package.name, used.name));
            }
        }
    }
    check(&wrong);
}

#[test]
fn pure_crates_touch_no_machine() {
    let mut wrong = Vec::new();
    for source in sources() {
        if !PURE.iter().any(|pure| source.is_under(&["crates", pure])) {
            continue;
        }
        let code = source.code();
        let modules = std_modules(&code);
        for module in STD_NOT_IN_PURE {
            let may = MAY_NAME
                .iter()
                .any(|(path, named, _)| *path == source.path && named == module);
            if modules.contains(module) && !may {
                wrong.push(format!("{} names std::{module}", source.path));
            }
        }
        for word in WORDS_NOT_IN_PURE {
            if names(&code, word) {
                wrong.push(format!("{} names {word}", source.path));
            }
        }
    }
    check(&wrong);
}

#[test]
fn the_languages_of_rules_and_words_are_named_in_one_module_each() {
    for language in ["cel::", "fluent_bundle::", "fluent_syntax::"] {
        is_named_in_one_module(language);
    }
}

fn is_named_in_one_module(language: &str) {
    let modules: BTreeSet<PathBuf> = sources()
        .into_iter()
        .filter(|source| names(&source.code(), language))
        .filter_map(|source| {
            let inside = Path::new(&source.path)
                .strip_prefix("crates/playbook/src")
                .ok()?;
            Some(Path::new(inside.iter().next()?).with_extension(""))
        })
        .collect();
    assert!(modules.len() <= 1, "{language} is named in {modules:?}");
}

#[test]
fn files_stay_short() {
    let long: Vec<String> = sources()
        .into_iter()
        .map(|source| (source.text.lines().count(), source.path))
        .filter(|(lines, _)| *lines > LINES_MAX)
        .map(|(lines, path)| format!("{path} has {lines} lines, more than {LINES_MAX}"))
        .collect();
    check(&long);
}

#[test]
fn no_test_is_switched_off_or_sleeps() {
    // Written in two parts, since this file is read as well.
    let (switched_off, sleeps) = (concat!("#[", "ignore"), concat!("sleep", "("));
    let mut wrong = Vec::new();
    let mut slept = BTreeSet::new();
    for source in sources() {
        let code = source.code();
        if code.contains(switched_off) {
            wrong.push(format!("{} has a test that is switched off", source.path));
        }
        if source.is_test() && code.contains(sleeps) {
            slept.insert(source.path);
        }
    }
    let allowed: BTreeSet<String> = MAY_SLEEP.iter().map(|(path, _)| (*path).into()).collect();
    wrong.extend(
        slept
            .difference(&allowed)
            .map(|path| format!("{path} sleeps: wait for the condition with a deadline instead")),
    );
    wrong.extend(
        allowed
            .difference(&slept)
            .map(|path| format!("{path} does not sleep: take it off the list of those that may")),
    );
    check(&wrong);
}

#[test]
fn grouped_imports_are_seen_through() {
    let code =
        "use std::{collections::BTreeMap, fs::{self, File}};\nlet home = std::env::var(\"HOME\");";
    let modules = std_modules(code);
    assert!(modules.contains("fs") && modules.contains("env") && modules.contains("collections"));
    assert!(!modules.contains("net"));
    assert!(names("use rand::Rng;", "rand::") && !names("operand::new()", "rand::"));
}

#[track_caller]
fn check(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n  {}\n", wrong.join("\n  "));
}

/// A package of the workspace, as its manifest declares it.
struct Package {
    name: String,
    uses: Vec<Dependency>,
}

struct Dependency {
    name: String,
    is_dev: bool,
}

fn packages() -> Vec<Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata failed: {told}");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("metadata is JSON");
    let list = |value: &Value| value.as_array().expect("an array").clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    list(&metadata["packages"])
        .iter()
        .map(|package| Package {
            name: text(&package["name"]),
            uses: list(&package["dependencies"])
                .iter()
                .map(|dependency| Dependency {
                    name: text(&dependency["name"]),
                    is_dev: dependency["kind"] == "dev",
                })
                .collect(),
        })
        .collect()
}

/// A Rust file of the workspace; the path is relative to the root.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn is_under(&self, folders: &[&str]) -> bool {
        Path::new(&self.path).starts_with(folders.iter().collect::<PathBuf>())
    }

    /// Whether it is built for tests alone.
    fn is_test(&self) -> bool {
        self.is_under(&["crates", "testkit"])
            || Path::new(&self.path)
                .with_extension("")
                .iter()
                .any(|part| part == "tests")
    }

    /// The text without its comments, which may speak of what code must not do.
    fn code(&self) -> String {
        self.text
            .lines()
            .map(|line| line.split("//").next().unwrap_or_default())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package lies in the workspace")
}

fn sources() -> Vec<Source> {
    let mut folders = vec![root().join("crates"), root().join("tests")];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the workspace") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                let path = path.strip_prefix(root()).expect("below the root");
                let path = path.to_str().expect("a plain path").to_owned();
                sources.push(Source { path, text });
            }
        }
    }
    assert!(!sources.is_empty(), "no sources below {:?}", root());
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

/// Whether the word stands in the code, and not as the end of a longer name.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

/// The modules that the code names after `std::`, also in a group of imports.
fn std_modules(code: &str) -> BTreeSet<&str> {
    let mut modules = BTreeSet::new();
    for (at, prefix) in code.match_indices("std::") {
        let rest = &code[at + prefix.len()..];
        let named = if rest.starts_with('{') {
            rest.split(';').next().unwrap_or_default()
        } else {
            rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap_or_default()
        };
        let parts = named.split([',', '{', '}']).map(str::trim);
        modules.extend(parts.map(|part| part.split("::").next().unwrap_or_default()));
    }
    modules
}
