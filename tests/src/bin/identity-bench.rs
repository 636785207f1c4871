//! `identity-bench`: how good fitting and matching are on made-up guests whose truth is known, and how time and memory
//! grow with their number.
#![allow(clippy::print_stdout, reason = "a command-line program")]

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::Context as _;
use cardex_domain::identity::DenyList;
use cardex_matching::{AUTOMATIC, Effort, Part, Pool, Quality, Record, Weighed, Weights, fit};
use cardex_tests::people::People;
use clap::Parser;
use serde::{Deserialize, Serialize};

/// Pairs below this posterior are not looked at when the best threshold is looked for.
const LOOKED_AT_FROM: f64 = 0.01;

/// Fits and matches made-up guests, and says how good it is and what it costs
#[derive(Debug, Parser)]
struct Arguments {
    /// How many records, one after the other; each in a process of its own, so that the peak of memory is its own
    #[arg(long, value_delimiter = ',', default_values_t = [10_000_u64, 100_000, 1_000_000])]
    records: Vec<u64>,
    /// Seed of all that is made up
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads [default: as many as the machine runs at once]
    #[arg(long)]
    threads: Option<NonZeroUsize>,
    /// Print one JSON object a line instead of a table
    #[arg(long)]
    json: bool,
    /// Only write the records with their truth to this file, for `cardex identity`
    #[arg(long, value_name = "FILE.csv")]
    write: Option<PathBuf>,
    /// Only print the weights that are fitted
    #[arg(long)]
    weights: bool,
    /// Measure in this process
    #[arg(long, hide = true)]
    here: bool,
}

/// What was measured with so many records.
#[derive(Debug, Serialize, Deserialize)]
struct Measured {
    records: u64,
    make_seconds: f64,
    block_seconds: f64,
    fit_seconds: f64,
    match_seconds: f64,
    candidates: u64,
    /// Peak of resident memory in bytes.
    peak_bytes: u64,
    best_f1: f64,
    best_threshold: f64,
    automatic_precision: f64,
    automatic_recall: f64,
    automatic_wrong: u64,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let records = arguments.records.first().copied().unwrap_or_default();
    if let Some(path) = &arguments.write {
        write(path, records, arguments.seed)?;
    } else if arguments.weights {
        let (pool, _) = pool(records, arguments.seed, arguments.effort())?;
        print!(
            "{}",
            fit(&pool, Weights::embedded(), arguments.effort()).text()
        );
    } else if arguments.here {
        println!("{}", serde_json::to_string(&arguments.measure(records)?)?);
    } else {
        arguments.measure_all()?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    fn effort(&self) -> Effort<'static> {
        let machine = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Effort {
            threads: self.threads.unwrap_or(machine),
            ..Effort::ALONE
        }
    }

    fn measure_all(&self) -> anyhow::Result<()> {
        if !self.json {
            println!(
                "{:>9} {:>8} {:>8} {:>8} {:>11} {:>9} {:>11}  {:>7} {:>10} {:>9}",
                "records",
                "block s",
                "fit s",
                "match s",
                "pairs/rec",
                "peak MB",
                "µs/rec",
                "best F1",
                "auto prec.",
                "auto rec."
            );
        }
        for records in &self.records {
            let measured = self.in_a_process(*records)?;
            if self.json {
                println!("{}", serde_json::to_string(&measured)?);
            } else {
                measured.print();
            }
        }
        Ok(())
    }

    fn in_a_process(&self, records: u64) -> anyhow::Result<Measured> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([
            "--here",
            "--records",
            &records.to_string(),
            "--seed",
            &self.seed.to_string(),
        ]);
        if let Some(threads) = self.threads {
            command.args(["--threads", &threads.to_string()]);
        }
        let output = command.stderr(std::process::Stdio::inherit()).output()?;
        anyhow::ensure!(
            output.status.success(),
            "measuring {records} records failed"
        );
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    fn measure(&self, records: u64) -> anyhow::Result<Measured> {
        let effort = self.effort();
        let started = Instant::now();
        let (made, truth) = made(records, self.seed)?;
        let make_seconds = started.elapsed().as_secs_f64();
        let started = Instant::now();
        let pool = Pool::new(made, effort);
        let block_seconds = started.elapsed().as_secs_f64();
        let started = Instant::now();
        let weights = fit(&pool, Weights::embedded(), effort);
        let fit_seconds = started.elapsed().as_secs_f64();
        let started = Instant::now();
        let pairs = pool.pairs(&pool.matcher(&weights), LOOKED_AT_FROM, effort);
        let match_seconds = started.elapsed().as_secs_f64();
        let weighed = pairs.iter().map(|pair| Weighed {
            posterior: pair.posterior,
            one_person: truth[pair.a as usize] == truth[pair.b as usize],
        });
        let quality = Quality::of(weighed.collect(), pairs_of(&truth));
        let (best, automatic) = (quality.best(), quality.at(AUTOMATIC));
        Ok(Measured {
            records,
            make_seconds,
            block_seconds,
            fit_seconds,
            match_seconds,
            candidates: pool.candidates(effort),
            peak_bytes: peak_bytes()?,
            best_f1: best.f1(),
            best_threshold: best.threshold,
            automatic_precision: automatic.precision(),
            automatic_recall: automatic.recall(),
            automatic_wrong: automatic.wrong,
        })
    }
}

impl Measured {
    fn print(&self) {
        #[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
        let [records, candidates, peak] =
            [self.records, self.candidates, self.peak_bytes].map(|n| n as f64);
        let seconds = self.block_seconds + self.fit_seconds + self.match_seconds;
        println!(
            "{:>9} {:>8.2} {:>8.2} {:>8.2} {:>11.1} {:>9.0} {:>11.1}  {:>7.4} {:>10.5} {:>9.4}",
            self.records,
            self.block_seconds,
            self.fit_seconds,
            self.match_seconds,
            candidates / records,
            peak / 1e6,
            seconds / records * 1e6,
            self.best_f1,
            self.automatic_precision,
            self.automatic_recall
        );
    }
}

/// Records and who they are.
fn made(records: u64, seed: u64) -> anyhow::Result<(Vec<Record>, Vec<u32>)> {
    let deny = DenyList::parse(DenyList::EMBEDDED_TEXT)?;
    let count = usize::try_from(records)?;
    let (mut made, mut truth) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for one in People::new(seed).take(count) {
        let said: Vec<(Part, &str)> = one
            .said
            .iter()
            .map(|(part, text)| (*part, text.as_str()))
            .collect();
        made.push(Record::of(&said, &deny));
        truth.push(one.person);
    }
    Ok((made, truth))
}

fn pool(records: u64, seed: u64, effort: Effort<'_>) -> anyhow::Result<(Pool, Vec<u32>)> {
    let (made, truth) = made(records, seed)?;
    Ok((Pool::new(made, effort), truth))
}

/// How many pairs are one person. The records of a person follow each other.
fn pairs_of(truth: &[u32]) -> u64 {
    truth
        .chunk_by(|a, b| a == b)
        .map(|person| person.len() as u64)
        .map(|n| n * (n - 1) / 2)
        .sum()
}

fn write(path: &PathBuf, records: u64, seed: u64) -> anyhow::Result<()> {
    let mut file =
        csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    let heading = Part::ALL.iter().map(|part| part.as_str());
    file.write_record(["id", "person"].into_iter().chain(heading))?;
    for (number, made) in (1_u64..=records).zip(People::new(seed)) {
        let said = |part: &Part| {
            made.said
                .iter()
                .find(|(p, _)| p == part)
                .map_or("", |(_, text)| text.as_str())
        };
        let head = [number.to_string(), made.person.to_string()];
        file.write_record(
            head.iter()
                .map(String::as_str)
                .chain(Part::ALL.iter().map(said)),
        )?;
    }
    Ok(file.flush()?)
}

/// The most memory that this process has held at once.
fn peak_bytes() -> anyhow::Result<u64> {
    let status =
        std::fs::read_to_string("/proc/self/status").context("no peak of memory outside Linux")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .context("no VmHWM in /proc/self/status")?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024)
}
