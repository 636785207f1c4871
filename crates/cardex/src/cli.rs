//! The command line as a whole: global flags, and which command does what.

use std::sync::LazyLock;

use clap::{Parser, Subcommand};

use crate::commands::serve::Services;
use crate::commands::{
    backup, briefing, bus, completions, correct, deadletters, export, gateway, generate, guest,
    identity, import, notes, observe, outcome, playbook, profile, prompts, rebuild, schema, serve,
    stay, store, unassigned, vocabulary,
};
use crate::exit;
use crate::session::Session;
use crate::settings::SettingsArgs;

const EXAMPLES: &str = "\
Examples:
  cardex up                                  everything, in one process
  cardex prompts watch --property macau --department front_desk
  cardex stay check-in --property macau --reservation R1 --room 1012 --title Mr --family Zhuang
  cardex observe --property macau --department dining --room 1012 dining.cuisine=sichuan

Settings are read from defaults, then the file, then the environment (CARDEX_NATS__URLS is nats.urls), then \
flags; a later one goes before an earlier one, and an unknown key is refused.";

/// Guest recognition for hotels: staff notice, Cardex remembers, departments are told in time.
#[derive(Debug, Parser)]
#[command(
    name = "cardex",
    version = VERSION.as_str(),
    max_term_width = 100,
    after_help = "See `cardex help COMMAND` for examples, `cardex --help` for exit codes and settings.",
    after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP)
)]
pub(crate) struct Cli {
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(subcommand)]
    command: Command,
}

/// The version, and the commit that it was built from where `CARDEX_COMMIT` said so then.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let version = env!("CARGO_PKG_VERSION");
    match option_env!("CARDEX_COMMIT") {
        Some(commit) if !commit.is_empty() => format!("{version} ({commit})"),
        _ => version.to_owned(),
    }
});

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything in one process, with a bus of its own when none is given
    Up(serve::Serve),
    /// Run the aggregator alone
    Aggregator(serve::Serve),
    /// Run the check-in listener alone
    Checkin(serve::Serve),
    /// Run the gateway alone, for software that speaks HTTP, or make its tokens
    Gateway(gateway::GatewayArgs),
    /// Publish something that was noticed about a guest, or take it back
    Observe(observe::Observe),
    /// Publish what happens to a stay, or list stays
    Stay(Box<stay::Stay>),
    /// Publish what became of an item of a board
    Outcome(outcome::Outcome),
    /// Watch what departments are told
    Prompts(prompts::Prompts),
    /// Print what a department is to do on a day, for people without a screen
    Briefing(briefing::Briefing),
    /// Look at what is known of a guest, and why
    Profile(profile::Profile),
    /// Put right what is known of a guest beside preferences
    Guest(Box<guest::Guest>),
    /// Put right what is known of a guest's preferences
    Correct(Box<correct::Correct>),
    /// Look at who is one person with whom, and put it right
    Identity(identity::Identity),
    /// Look at observations that wait for somebody to be about
    Unassigned(unassigned::UnassignedArgs),
    /// Look at events that could not be used, and publish them again
    Deadletters(deadletters::DeadLetters),
    /// Publish tables of bookings or observations as events, or events that were exported
    Import(import::Import),
    /// Print what stands in the stream of events, one event a line
    Export(export::Export),
    /// Publish a seeded season of a hotel
    Generate(generate::Generate),
    /// Write the whole store into one file, to be kept elsewhere
    Backup(backup::Backup),
    /// Make the store of a backup
    Restore(backup::Restore),
    /// Build the store anew from the stream
    Rebuild(rebuild::Rebuild),
    /// Check the store, and put it right
    Store(store::StoreArgs),
    /// Set up the bus: users and what they are allowed, streams and consumers
    Bus(bus::BusArgs),
    /// Check a playbook, or print the one that Cardex brings along
    Playbook(playbook::PlaybookArgs),
    /// Look up, check and activate the vocabulary
    Vocabulary(vocabulary::VocabularyArgs),
    /// Read free notes, and say whether they mean what they seem to say
    Notes(notes::NotesArgs),
    /// Print the JSON Schemas of everything on the bus
    Schema(schema::SchemaArgs),
    /// Print the completions of a shell
    Completions(completions::Completions),
}

impl Cli {
    /// Does what was asked.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let settings = &self.settings;
        match &self.command {
            Command::Up(serve) => serve.run(settings, Services::Up).await,
            Command::Aggregator(serve) => serve.run(settings, Services::Aggregator).await,
            Command::Checkin(serve) => serve.run(settings, Services::Checkin).await,
            Command::Gateway(command) => command.run(settings).await,
            Command::Backup(command) => command.run(settings).await,
            Command::Restore(command) => command.run(settings).await,
            Command::Rebuild(command) => command.run(settings).await,
            Command::Store(command) => Box::pin(command.run(settings)).await,
            Command::Schema(command) => command.run(),
            Command::Completions(command) => command.run(),
            command => {
                let session = Session::open(settings)?;
                let work = command.run_on_the_bus(&session);
                Box::pin(session.within_permissions(work)).await
            }
        }
    }
}

impl Command {
    /// Does what is done over the bus; the rest needs no session.
    async fn run_on_the_bus(&self, session: &Session) -> anyhow::Result<()> {
        match self {
            Self::Observe(command) => command.run(session).await,
            Self::Stay(command) => command.run(session).await,
            Self::Outcome(command) => command.run(session).await,
            Self::Prompts(command) => command.run(session).await,
            Self::Briefing(command) => command.run(session).await,
            Self::Profile(command) => command.run(session).await,
            Self::Unassigned(command) => command.run(session).await,
            Self::Guest(command) => command.run(session).await,
            Self::Correct(command) => command.run(session).await,
            Self::Identity(command) => command.run(session).await,
            Self::Deadletters(command) => command.run(session).await,
            Self::Import(command) => command.run(session).await,
            Self::Export(command) => command.run(session).await,
            Self::Playbook(command) => command.run(session).await,
            Self::Vocabulary(command) => command.run(session).await,
            Self::Notes(command) => command.run(session).await,
            Self::Generate(command) => command.run(session).await,
            Self::Bus(command) => command.run(session).await,
            Self::Up(_)
            | Self::Aggregator(_)
            | Self::Checkin(_)
            | Self::Gateway(_)
            | Self::Backup(_)
            | Self::Restore(_)
            | Self::Rebuild(_)
            | Self::Store(_)
            | Self::Schema(_)
            | Self::Completions(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    /// Every command with the words that call it.
    fn commands(command: &clap::Command, called: &str, all: &mut Vec<(String, clap::Command)>) {
        for sub in command.get_subcommands() {
            commands(sub, &format!("{called} {}", sub.get_name()), all);
        }
        all.push((called.to_owned(), command.clone()));
    }

    #[test]
    fn helps_fit_a_screen_and_keep_their_examples_whole() {
        let mut root = Cli::command();
        root.build();
        let mut all = Vec::new();
        commands(&root, "cardex", &mut all);
        for (called, mut command) in all {
            let help = command.render_long_help().to_string();
            // A line of usage is one line, however long.
            for line in help.lines().filter(|line| !line.starts_with("Usage: ")) {
                assert!(line.chars().count() <= 100, "{called} --help: {line}");
            }
            let after = command.get_after_long_help().or(command.get_after_help());
            let after = after.map(ToString::to_string).unwrap_or_default();
            let examples = after.lines().filter(|line| line.starts_with("  "));
            for example in examples {
                let whole = help
                    .lines()
                    .any(|line| line.trim_end() == example.trim_end());
                assert!(whole, "{called} --help breaks: {example}");
            }
        }
    }

    #[test]
    fn what_is_not_the_guest_stands_under_no_heading_of_the_guest() {
        let mut root = Cli::command();
        root.build();
        let mut all = Vec::new();
        commands(&root, "cardex", &mut all);
        for (called, command) in all {
            let own = [
                "json",
                "stated",
                "note",
                "at",
                "as_of",
                "attribute",
                "limit",
                "from",
                "to",
            ];
            let args = command.get_arguments();
            for arg in args.filter(|arg| own.contains(&arg.get_id().as_str())) {
                let of_another = ["The guest (one way)", "Asking"].map(Some);
                let heading = arg.get_help_heading();
                assert!(
                    !of_another.contains(&heading),
                    "{called} --{}",
                    arg.get_id()
                );
            }
        }
    }

    #[test]
    fn observing_and_taking_back_are_told_apart() {
        let command = |line: &str| match Cli::try_parse_from(line.split(' ')) {
            Ok(cli) => match cli.command {
                Command::Observe(observe) => Some(matches!(observe, observe::Observe::Retract(_))),
                _ => None,
            },
            Err(_) => None,
        };
        let record = "cardex observe --property p --department d --room 1 room.facing=south";
        assert_eq!(command(record), Some(false));
        let retract =
            "cardex observe retract --property p --department d 01ARZ3NDEKTSV4RRFFQ69G5FAV";
        assert_eq!(command(retract), Some(true));
        assert_eq!(command("cardex observe --room 1 room.facing=south"), None);
    }
}
