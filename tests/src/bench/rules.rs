//! A playbook of many rules, in this process: how long it takes to read with every check, and to make the boards of one
//! check-in by; over the same with the playbook that Cardex brings along.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use cardex_domain::identity::DenyList;
use cardex_domain::ids::NodeId;
use cardex_domain::profile::{Occasion, Profile, profile_of};
use cardex_domain::records::Records as _;
use cardex_domain::settings::Settings;
use cardex_domain::stay::Stay;
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::{Playbook, Situation, Sources};
use tempfile::TempDir;

use super::figures::{Measure, Section};
use super::folds::{fill, named, worked};
use super::guests::{MIB, resident_of};
use super::load::{self, Hotel};
use super::{Options, ROUNDS, note};

/// Rules of the large playbook.
const RULES: usize = 1_000;
/// What was noticed of the guest who checks in.
const OBSERVATIONS: usize = 200;
/// How many such playbooks are held at once to see what one takes of memory.
const HELD: u32 = 8;
/// How often boards are made in a round.
const CHECK_INS: u32 = 200;

pub(super) async fn measure(options: &Options) -> anyhow::Result<Section> {
    let options = options.clone();
    tokio::task::spawn_blocking(move || rules(&options)).await?
}

fn rules(options: &Options) -> anyhow::Result<Section> {
    let (stay, profile) = guest(options)?;
    let (own, many) = (Sources::embedded(), many()?);
    // Before anything was freed that could be taken again.
    let bytes = bytes_each(&many)?;
    let mut figures = [const { Vec::new() }; 4];
    for round in 0..ROUNDS {
        note(format!("rules: round {} of {ROUNDS}", round + 1));
        for (at, sources) in [(0, &many), (2, &own)] {
            let began = worked()?;
            let playbook = read(sources)?;
            black_box(playbook.lint(sources, Vocabulary::embedded()));
            figures[at].push(millis(worked()? - began));
            let began = worked()?;
            (0..CHECK_INS).for_each(|_| boards(&playbook, &stay, &profile));
            figures[at + 1].push(millis(worked()? - began) / f64::from(CHECK_INS));
        }
    }
    let [read, told, own_read, own_told] = figures;
    let read = Measure::of("so many rules read, every check made", "ms", read);
    let told = Measure::of("boards of a check-in by them", "ms", told);
    let own_read = Measure::of("the default playbook read", "ms", own_read);
    let own_told = Measure::of("boards of a check-in by it", "ms", own_told);
    let mut section = Section::new("rules");
    section.compare("reading so many ÷ the default", &read, &own_read, None);
    section.compare("boards by so many ÷ the default", &told, &own_told, None);
    section.measures = vec![read, told, own_read, own_told];
    section.count("rules", RULES as f64);
    section.count("MiB that so many take, read", bytes / MIB);
    section.count(
        "rules of the default",
        Playbook::embedded().rules().len() as f64,
    );
    section.count(
        "attributes known of the guest",
        profile.attributes.len() as f64,
    );
    Ok(section)
}

/// What a playbook that was read takes of memory, in bytes.
fn bytes_each(sources: &Sources) -> anyhow::Result<f64> {
    let own = std::process::id();
    let before = resident_of(own)?;
    let held = (0..HELD).map(|_| read(sources));
    let held = held.collect::<anyhow::Result<Vec<_>>>()?;
    let bytes = (resident_of(own)? - before) / f64::from(HELD);
    black_box(held);
    Ok(bytes)
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}

/// A guest in house of whom something is known.
fn guest(options: &Options) -> anyhow::Result<(Arc<Stay>, Profile)> {
    let directory = TempDir::with_prefix("cardex-bench-")?;
    let mut hotel = Hotel::new(options.seed, "grand")?;
    let (store, _) = fill(directory.path(), |filling| {
        filling.add([hotel.arrival(0)?])?;
        (0..OBSERVATIONS).try_for_each(|_| filling.add([hotel.observation(1)?]))
    })?;
    let reader = store.read();
    let guest = named(hotel.property(), 0)?;
    let occasion = Occasion {
        property: hotel.property().clone(),
        stay: Some(guest.stay),
        as_of: load::moment(0).day(),
    };
    let deny = DenyList::default();
    let settings = Settings::new(&deny, Vocabulary::embedded());
    let profile = profile_of(&reader, &settings, NodeId::Stay(guest.stay), &occasion)?;
    let stay = reader.stay(guest.stay)?.context("the guest has a stay")?;
    Ok((stay, profile))
}

/// The default playbook again and again, under other ids, until there are so many rules.
fn many() -> anyhow::Result<Sources> {
    let own = Sources::embedded();
    let rules = own.file("playbook.toml").context("it has rules")?;
    let mut tables = Vec::new();
    let mut ids = Vec::new();
    for (n, table) in rules
        .split("\n[[rule]]")
        .skip(1)
        .cycle()
        .take(RULES)
        .enumerate()
    {
        let id = table
            .split('"')
            .nth(1)
            .context("a rule begins with its id")?;
        tables.push(table.replacen(id, &format!("{id}-{n}"), 1));
        ids.push((id, n));
    }
    let rules = format!("format = 1\n[[rule]]{}", tables.join("\n[[rule]]"));
    let mut files = vec![("playbook.toml", rules)];
    for path in ["words/en.ftl", "words/zh-Hans.ftl", "words/zh-Hant.ftl"] {
        let words = own.file(path).context("it has words")?;
        let phrases = words
            .split("\n### ")
            .take(2)
            .collect::<Vec<_>>()
            .join("\n### ");
        let said = |(id, n): &(&str, usize)| {
            let message = words
                .lines()
                .find_map(|line| line.strip_prefix(&format!("{id} = ")))?;
            Some(format!("{id}-{n} = {message}\n"))
        };
        let said: Option<String> = ids.iter().map(said).collect();
        files.push((
            path,
            format!("{phrases}\n{}", said.context("each rule says something")?),
        ));
    }
    Ok(Sources::new(
        files.iter().map(|(path, text)| (*path, &**text)),
    ))
}

fn read(sources: &Sources) -> anyhow::Result<Playbook> {
    let read = Playbook::parse(sources, Vocabulary::embedded());
    read.map_err(|faults| anyhow::anyhow!("{} faults, the first: {}", faults.len(), faults[0]))
}

fn boards(playbook: &Playbook, stay: &Stay, profile: &Profile) {
    black_box(playbook.compose(&Situation {
        earlier_stays: 1,
        ..Situation::alone(stay, profile, Vocabulary::embedded())
    }));
}
