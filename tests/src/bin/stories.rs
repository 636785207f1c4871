//! `stories`: starts Cardex on a data directory of its own, plays the acceptance stories and shows who is told what.
//! With `--check` it compares and ends; without, it goes on with a season and stays up. `deploy/demo` runs it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};

use anyhow::{Context as _, bail};
use cardex_tests::stories::{Hotel, PROPERTY, Player, Screen, StepReport, Story, load};
use clap::Parser;
use serde::Deserialize;
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The season that follows the stories: small enough to be read, at a pace at which prompts can be seen to arrive.
const SEASON: [&str; 8] = [
    "--seed", "7", "--guests", "30", "--days", "30", "--rate", "40",
];
/// The exit code of an interrupted program.
const INTERRUPTED: u8 = 130;

/// Play the acceptance stories on a Cardex of their own
#[derive(Debug, Parser)]
struct Args {
    /// The program `cardex`
    #[arg(long, value_name = "FILE")]
    cardex: PathBuf,
    /// Directory of the stories
    #[arg(long, value_name = "DIR", default_value = "deploy/stories")]
    stories: PathBuf,
    /// Where a fresh data directory is made, removed at the end
    #[arg(long, value_name = "DIR", default_value = "target/demo")]
    scratch: PathBuf,
    /// Data directory to use and keep instead
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Play the stories, compare and end: exit code 0 only if every department was told what it should be, and no more
    #[arg(long)]
    check: bool,
}

/// The orders to stop.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

/// What `cardex generate` says at its end.
#[derive(Deserialize)]
struct Season {
    events: u64,
}

/// How a run ended.
enum End {
    Right,
    Wrong,
    Interrupted,
}

#[tokio::main]
async fn main() -> ExitCode {
    match Box::pin(demo(&Args::parse())).await {
        Ok(End::Right) => ExitCode::SUCCESS,
        Ok(End::Wrong) => ExitCode::FAILURE,
        Ok(End::Interrupted) => ExitCode::from(INTERRUPTED),
        Err(error) => {
            // Where nobody reads standard error there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Starts Cardex, runs, and whatever becomes of it lets Cardex finish.
async fn demo(args: &Args) -> anyhow::Result<End> {
    let mut stop = Stop::listen()?;
    let stories = load(&args.stories)?;
    let (data, fresh) = data_directory(args)?;
    let hotel = Hotel::open(&args.cardex, &data).await?;
    // The end of this process would not end Cardex: whatever happens from here on, it is told to stop.
    let ran = tokio::select! {
        ran = Box::pin(run(args, &stories, &hotel, &data)) => ran,
        () = stop.ordered() => Ok(End::Interrupted),
    };
    let closed = hotel.close().await;
    if let (Some(fresh), Err(_) | Ok(End::Wrong)) = (fresh, &ran) {
        let kept = fresh.keep();
        Screen::of_process().line(format!("  its data and log are kept in {}", kept.display()))?;
    }
    let end = ran?;
    closed?;
    Ok(end)
}

impl Stop {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn ordered(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The directory to work in, and the guard of a fresh one.
fn data_directory(args: &Args) -> anyhow::Result<(PathBuf, Option<TempDir>)> {
    if let Some(data) = &args.data {
        if args.check && data.join("store").exists() {
            bail!(
                "{} was used before: --check needs a fresh directory",
                data.display()
            );
        }
        return Ok((data.clone(), None));
    }
    std::fs::create_dir_all(&args.scratch)
        .with_context(|| format!("cannot create {}", args.scratch.display()))?;
    let fresh = TempDir::with_prefix_in("run-", &args.scratch)?;
    Ok((fresh.path().to_owned(), Some(fresh)))
}

async fn run(args: &Args, stories: &[Story], hotel: &Hotel, data: &Path) -> anyhow::Result<End> {
    let screen = Screen::of_process();
    let mut player = Player::begin(hotel).await?;
    let is_fresh = player.is_fresh();
    if is_fresh {
        let is_right = play(stories, &mut player, &screen).await?;
        if args.check || !is_right {
            return Ok(if is_right { End::Right } else { End::Wrong });
        }
        season(args, data, &mut player, &screen).await?;
    } else {
        screen.line(
            "The stories were played here before; all that was noticed since is still known.",
        )?;
    }
    screen.line(what_next(args, data))?;
    while let Some(heard) = player.next().await {
        screen.board(&heard.board)?;
    }
    bail!("the bus is gone; see {}", data.join("up.log").display())
}

/// Plays all stories; says whether every department was told what it should be, and nothing else was sent.
async fn play(stories: &[Story], player: &mut Player<'_>, screen: &Screen) -> anyhow::Result<bool> {
    let (mut right, mut wrong) = (0, 0);
    for (number, story) in (1..).zip(stories) {
        screen.story(number, story)?;
        let wrong_before = wrong;
        let mut tally = |report: &StepReport| {
            let (rights, wrongs) = report.tally();
            right += rights;
            wrong += wrongs;
            screen.step(report)
        };
        if let Some(report) = player.play_earlier(story).await? {
            tally(&report)?;
        }
        for step in &story.steps {
            tally(&player.play(story, step).await?)?;
        }
        if !story.never_said.is_empty() && wrong == wrong_before {
            let words = story.never_said.join("”, “");
            screen.line("")?;
            screen.verdict(true, &format!("no board has a word of “{words}”"))?;
        }
    }
    let leftovers = player.leftovers().await?;
    screen.line("")?;
    for left in &leftovers {
        screen.verdict(false, left)?;
    }
    wrong += leftovers.len();
    let said = match wrong {
        0 => format!(
            "{right} lines, each at the department it belongs to; nothing else was sent to anyone."
        ),
        _ => format!("{right} lines are right, {wrong} things are not."),
    };
    screen.verdict(wrong == 0, &said)?;
    Ok(wrong == 0)
}

/// Lets a month of a small hotel pass, and shows what departments are told as it does.
async fn season(
    args: &Args,
    data: &Path,
    player: &mut Player<'_>,
    screen: &Screen,
) -> anyhow::Result<()> {
    screen.line("\nNow the last month of a small hotel passes in seconds. What departments are told on the way:\n")?;
    let mut generate = Command::new(&args.cardex)
        .arg("--data")
        .arg(data)
        .args(["generate", "--json", "--property", PROPERTY])
        .args(SEASON)
        .env_remove("CARDEX")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot run {}", args.cardex.display()))?;
    let mut said = String::new();
    let mut stdout = generate.stdout.take().context("its output is piped")?;
    let mut reading = std::pin::pin!(stdout.read_to_string(&mut said));
    loop {
        tokio::select! {
            heard = player.next() => screen.news(&heard.context("the bus is gone")?.board)?,
            read = &mut reading => {
                read?;
                break;
            }
        }
    }
    let status = generate.wait().await?;
    if !status.success() {
        bail!("`cardex generate` ended with {status}");
    }
    let season: Season = serde_json::from_str(&said).context("what `cardex generate` said")?;
    for heard in player.catch_up(season.events).await? {
        screen.news(&heard.board)?;
    }
    screen.line(format!(
        "\n{} things happened in that month.",
        season.events
    ))?;
    Ok(())
}

/// What to try while it stays up.
fn what_next(args: &Args, data: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let short = |path: &Path| {
        path.strip_prefix(&here)
            .unwrap_or(path)
            .display()
            .to_string()
    };
    let cardex = format!("{} --data {}", short(&args.cardex), short(data));
    format!(
        "
Cardex stays up. In another terminal, in this directory:

  # what reception is told, as it happens
  {cardex} prompts watch --property {PROPERTY} --department front_desk
  # Mr Ho, in 1012, tells a waiter which tea he likes
  {cardex} observe --property {PROPERTY} --department dining --room 1012 --stated drink.tea=puer
  # what is known of him, and why
  {cardex} profile show --property {PROPERTY} --room 1012
  {cardex} profile explain --property {PROPERTY} --room 1012 --attribute room.facing
  # he moves, and what the floor was told follows him
  {cardex} stay move --property {PROPERTY} --reservation H-28355 --room 1015

What departments are told is shown here too. Ctrl-C ends it{}
",
        match &args.data {
            Some(_) => "; the data is kept.",
            None => " and removes its data.",
        }
    )
}
