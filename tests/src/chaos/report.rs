//! The figures of rounds, and of all rounds of a scenario.

use std::collections::BTreeMap;

use serde::Serialize;

use super::damage::Came;
use super::findings::Findings;
use super::load::Operations;
use super::recovery::Recovery;

/// What came of a round.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RoundReport {
    /// The seed by which it was played.
    pub seed: u64,
    /// Events that the server acknowledged.
    pub events: usize,
    /// Seconds until the last of them was.
    pub published_s: f64,
    /// Everything that was published or asked.
    pub operations: Operations,
    /// Faults that were to strike.
    pub faults_planned: usize,
    /// Faults that struck.
    pub faults_fired: usize,
    /// Profiles compared byte for byte.
    pub profiles: usize,
    /// Boards with items that were due.
    pub boards: usize,
    /// How soon what was struck worked again.
    pub recoveries: Vec<Recovery>,
    /// Damage of which nothing was to be seen: every profile was right.
    pub harmless: usize,
    /// Damage that was noticed: nothing more was answered, or the store was set aside and made anew.
    pub noticed: usize,
    /// What is wrong.
    pub findings: Findings,
    /// Seconds that the round took.
    pub lasted_s: f64,
}

impl RoundReport {
    /// Notes what came of a damage.
    pub(super) fn damaged(&mut self, came: &Came) {
        self.faults_fired += 1;
        match came {
            Came::Harmless { .. } => self.harmless += 1,
            Came::Noticed { .. } => self.noticed += 1,
            Came::Wrong { what } => self.findings.finds(
                super::findings::Wrong::Profile,
                format!("in silence: {what}"),
            ),
        }
    }
}

/// How soon one kind of victim worked again, in milliseconds, where nothing else was struck meanwhile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Recovered {
    /// How often it was struck alone.
    pub times: usize,
    /// The median.
    pub p50_ms: u64,
    /// The longest.
    pub max_ms: u64,
}

/// What came of all rounds of a scenario.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The scenario.
    pub scenario: String,
    /// The seed of them all.
    pub seed: u64,
    /// The first round.
    pub from: u32,
    /// Rounds that were played.
    pub rounds: u32,
    /// Why it was not played, or the round at which it failed and how.
    pub stopped: Option<String>,
    /// Whether it was not played, since this machine does not allow it.
    pub skipped: bool,
    /// Events that the server acknowledged.
    pub events: usize,
    /// Events a second, while they were published.
    pub events_per_s: f64,
    /// Everything that was published or asked.
    pub operations: Operations,
    /// Faults that struck.
    pub faults: usize,
    /// Profiles compared byte for byte.
    pub profiles: usize,
    /// Boards with items that were due.
    pub boards: usize,
    /// By victim.
    pub recovery: BTreeMap<&'static str, Recovered>,
    /// Damage of which nothing was to be seen.
    pub harmless: usize,
    /// Damage that was noticed.
    pub noticed: usize,
    /// What is wrong.
    pub findings: Findings,
    /// What happened when, in the round that failed.
    pub timeline: Vec<String>,
}

impl Report {
    /// The figures of these rounds.
    #[must_use]
    pub fn of(scenario: &str, seed: u64, from: u32, rounds: &[RoundReport]) -> Self {
        let mut report = Self {
            scenario: scenario.to_owned(),
            seed,
            from,
            rounds: u32::try_from(rounds.len()).unwrap_or(u32::MAX),
            ..Self::default()
        };
        let mut published_s = 0.0;
        let mut took: BTreeMap<&'static str, Vec<u64>> = BTreeMap::new();
        for round in rounds {
            report.events += round.events;
            published_s += round.published_s;
            report.operations.attempted += round.operations.attempted;
            report.operations.failed += round.operations.failed;
            report.faults += round.faults_fired;
            report.profiles += round.profiles;
            report.boards += round.boards;
            report.harmless += round.harmless;
            report.noticed += round.noticed;
            report.findings.add(&round.findings);
            for recovery in round.recoveries.iter().filter(|recovery| recovery.alone) {
                took.entry(recovery.victim)
                    .or_default()
                    .push(recovery.took_ms);
            }
        }
        if published_s > 0.0 {
            report.events_per_s = (report.events as f64 / published_s).round();
        }
        let recovered = took
            .into_iter()
            .map(|(victim, times)| (victim, Recovered::of(times)));
        report.recovery = recovered.collect();
        report
    }
}

impl Recovered {
    fn of(mut times_ms: Vec<u64>) -> Self {
        times_ms.sort_unstable();
        Self {
            times: times_ms.len(),
            p50_ms: times_ms.get(times_ms.len() / 2).copied().unwrap_or(0),
            max_ms: times_ms.last().copied().unwrap_or(0),
        }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{}: {} rounds from {}, seed {}",
            self.scenario, self.rounds, self.from, self.seed
        )?;
        if self.skipped {
            return writeln!(
                f,
                "  skipped: {}",
                self.stopped.as_deref().unwrap_or_default()
            );
        }
        writeln!(
            f,
            "  {} events acknowledged, {:.0} a second; {} of {} operations failed; {} faults",
            self.events,
            self.events_per_s,
            self.operations.failed,
            self.operations.attempted,
            self.faults
        )?;
        for (victim, of) in &self.recovery {
            writeln!(
                f,
                "  {victim} works again after {} ms (p50), {} ms at most, {} times",
                of.p50_ms, of.max_ms, of.times
            )?;
        }
        if self.harmless + self.noticed > 0 {
            let (harmless, noticed) = (self.harmless, self.noticed);
            writeln!(f, "  damage: {harmless} harmless, {noticed} noticed")?;
        }
        let of = &self.findings;
        writeln!(
            f,
            "  {} profiles and {} boards compared: {} lost, {} doubled, {} wrong profiles, {} wrong boards, {} other",
            self.profiles,
            self.boards,
            of.lost,
            of.doubled,
            of.wrong_profiles,
            of.wrong_boards,
            of.other
        )?;
        if let Some(stopped) = &self.stopped {
            writeln!(f, "  failed: {stopped}")?;
            for line in &self.timeline {
                writeln!(f, "    {line}")?;
            }
        }
        Ok(())
    }
}
