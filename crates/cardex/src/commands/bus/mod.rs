//! `cardex bus`: the server's configuration with its users, and what has to be there before they come.

use std::collections::BTreeSet;

use cardex_playbook::Playbook;
use std::path::PathBuf;

use anyhow::Context as _;
use cardex_bus::permissions::{
    Capability, Secret, ServerConfiguration, User, authorization, ensure_board_durables,
    include_permissions,
};
use cardex_bus::streams::ensure_streams_of;
use cardex_bus::subjects::Token;
use cardex_domain::ids::{DepartmentId, PropertyId};
use cardex_gateway::Vendors;
use clap::{Args, Subcommand};

use crate::exit::Usage;
use crate::screen::{Screen, note};
use crate::session::Session;

mod files;
mod secrets;

pub(super) use files::write_private;
use files::{Files, Made};
use secrets::Secrets;

/// The department that looks after what is known of guests: it has a user, with rules of its own or without.
const GUEST_RELATIONS: &str = "guest_relations";
/// The user of the gateway.
const GATEWAY: &str = "gateway";

const CONFIG_EXAMPLES: &str = "\
Examples:
  cardex bus config --property macau --out /etc/cardex/bus
  cardex bus config --property macau --department front_desk --department dining
  cardex bus config --property macau --vendors vendors.toml
  cardex bus config --property macau --user 'pos=observe:dining/pos,board:dining' --user 'pms=stay'

A user is NAME=CAPABILITY,… with the capabilities
  observe:DEPARTMENT/APP    publish its observations and outcomes
  board:DEPARTMENT          read its boards
  profile:DEPARTMENT        ask for profiles as that department
  stay                      publish what happens to stays
  guest-ops                 publish corrections
  on-behalf:APP             publish for any department, naming it
  gateway:DEPARTMENT/APP    serve its software over HTTP: read its boards, publish its outcomes
  webhook:DEPARTMENT/NAME   send its boards to that webhook
  service:aggregator, service:checkin, service:operator

Without --user there is one user a department, one for the PMS, and the services; with --vendors one more, called \
gateway, that may serve what the file names. With --out the users go to \
cardex-permissions.conf, with hashes of their passwords, and each password to a file of its own, readable by its owner \
alone; a password file that is there already is kept. nats-server.conf is made once, with the line that includes the \
users, and is yours from then on: it is left as it is unless --force is given. Without --out everything is printed, \
passwords on standard error.";

const PREPARE_EXAMPLES: &str = "\
Examples:
  cardex bus prepare --property macau
  cardex bus prepare --property macau --department front_desk --department dining

Makes the streams, and for each department the durable consumer by which its user reads boards and which it may \
not make itself. What is there already stays; run it as a service's user.";

/// Set up the bus: users and what they are allowed, streams and consumers
#[derive(Debug, Args)]
pub(crate) struct BusArgs {
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// Write the server's configuration with its users
    #[command(after_help = CONFIG_EXAMPLES)]
    Config(Config),
    /// Make the streams and the departments' consumers
    #[command(after_help = PREPARE_EXAMPLES)]
    Prepare(Prepare),
}

#[derive(Debug, Args)]
struct Config {
    /// The hotel
    #[arg(long, value_name = "PROPERTY")]
    property: PropertyId,
    /// A user and what it may do
    #[arg(long, value_name = "NAME=CAPABILITY,…", conflicts_with = "department")]
    user: Vec<String>,
    /// The gateway's file of clients and webhooks, for which it has a user
    #[arg(long, value_name = "FILE")]
    vendors: Option<PathBuf>,
    /// A department that has a user [default: all of the playbook that Cardex brings along, and guest_relations]
    #[arg(long, value_name = "DEPARTMENT")]
    department: Vec<DepartmentId>,
    /// Where the server listens; TLS has to be added before it listens beyond loopback
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4222")]
    listen: String,
    /// Where the server is monitored
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8222")]
    monitoring: String,
    /// Where the server keeps its data
    #[arg(long, value_name = "DIR", default_value = "/var/lib/nats")]
    store_dir: PathBuf,
    /// Write configuration and passwords to this directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write nats-server.conf anew, whatever was added to it
    #[arg(long, requires = "out")]
    force: bool,
}

#[derive(Debug, Args)]
struct Prepare {
    /// The hotel
    #[arg(long, value_name = "PROPERTY")]
    property: PropertyId,
    /// A department that reads boards [default: all of the playbook that Cardex brings along, and guest_relations]
    #[arg(long, value_name = "DEPARTMENT")]
    department: Vec<DepartmentId>,
}

impl BusArgs {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        match &self.operation {
            Operation::Config(config) => config.run(),
            Operation::Prepare(prepare) => prepare.run(session).await,
        }
    }
}

impl Config {
    fn run(&self) -> anyhow::Result<()> {
        let wanted = if self.user.is_empty() {
            usual_users(&self.property, &departments(&self.department))
        } else {
            self.user.clone()
        };
        let mut wanted = wanted
            .iter()
            .map(|text| read(text))
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(file) = &self.vendors {
            let capabilities = Vendors::read(file)?.capabilities(&self.property);
            wanted.push((token(GATEWAY)?, capabilities));
        }
        let mut secrets = Secrets::open(self.out.as_deref())?;
        let mut users = Vec::new();
        for (name, capabilities) in wanted {
            let hash = secrets.hash(&name)?;
            users.push(User {
                name,
                property: token(self.property.as_str())?,
                secret: Secret::Bcrypt(hash),
                capabilities,
            });
        }
        let configuration = ServerConfiguration {
            listen: self.listen.clone(),
            monitoring: self.monitoring.clone(),
            store_dir: self.store_dir.clone(),
        };
        let permissions = authorization(&users).map_err(|error| Usage(error.to_string()))?;
        let mut screen = Screen::new(false);
        let Some(directory) = &self.out else {
            return screen.text(configuration.render() + &permissions);
        };
        let files = Files::of(directory);
        files.write_permissions(&permissions)?;
        let made = files.write_server(&configuration.render(), self.force)?;
        screen.line(format!("nats-server --config {}", files.server.display()))?;
        let (users, property) = (users.len(), &self.property);
        note(format!(
            "{users} users; once the services run: `cardex bus prepare --property {property}` (deploy/README.md says \
             as which user)"
        ));
        match made {
            Made::Afresh => {}
            Made::Kept { includes: true } => note(format!(
                "{} was there and is as it was, whatever --listen, --monitoring and --store-dir say; let the server \
                 read it again, or write it anew with --force",
                files.server.display()
            )),
            Made::Kept { includes: false } => note(format!(
                "warning: {} was there and is as it was, without the users: put this line into it, in place of an \
                 `authorization` of its own:\n  {}",
                files.server.display(),
                include_permissions().trim_end()
            )),
        }
        Ok(())
    }
}

impl Prepare {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let bus = session.connect().await?;
        let server = &session.settings.server;
        ensure_streams_of(&bus, server.replicas(), &server.hotels()?).await?;
        let property = token(self.property.as_str())?;
        let departments = departments(&self.department);
        let boards = departments
            .iter()
            .map(|department| Ok((property.clone(), token(department)?)))
            .collect::<Result<Vec<_>, Usage>>()?;
        ensure_board_durables(&bus, &boards)
            .await
            .context("the departments' consumers cannot be made")?;
        let departments = departments.join(", ");
        Screen::new(false).line(format!(
            "streams are there, and consumers of boards for {departments}"
        ))
    }
}

fn departments(named: &[DepartmentId]) -> Vec<String> {
    if named.is_empty() {
        // Whoever is told something by the playbook that Cardex brings along has to be able to read it.
        let mut usual: BTreeSet<String> = Playbook::embedded()
            .departments()
            .iter()
            .map(ToString::to_string)
            .collect();
        usual.insert(GUEST_RELATIONS.to_owned());
        return usual.into_iter().collect();
    }
    named.iter().map(ToString::to_string).collect()
}

/// One user a department, one for the PMS, and the services.
fn usual_users(property: &PropertyId, departments: &[String]) -> Vec<String> {
    let department = |name: &String| {
        format!("{property}-{name}=observe:{name}/staff,board:{name},profile:{name}")
    };
    let mut users: Vec<String> = departments.iter().map(department).collect();
    users.push(format!("{property}-pms=stay,guest-ops"));
    for service in ["aggregator", "checkin", "operator"] {
        users.push(format!("{service}=service:{service}"));
    }
    users
}

fn read(text: &str) -> Result<(Token, Vec<Capability>), Usage> {
    let wrong = || Usage(format!("{text:?} is no user; write NAME=CAPABILITY,…"));
    let (name, capabilities) = text.split_once('=').ok_or_else(wrong)?;
    let capability = |text: &str| {
        let capability = text.trim().parse::<Capability>();
        capability.map_err(|error| Usage(error.to_string()))
    };
    let capabilities = capabilities
        .split(',')
        .map(capability)
        .collect::<Result<Vec<_>, _>>()?;
    Ok((token(name)?, capabilities))
}

fn token(text: &str) -> Result<Token, Usage> {
    let rule = "is 1 to 64 characters of a-z, 0-9, _ and -";
    Token::new(text).map_err(|_| Usage(format!("a name {rule}: {text:?} is not")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_users_can_all_be_read() {
        let property = PropertyId::new("macau").unwrap();
        let users = usual_users(&property, &departments(&[]));
        assert_eq!(users.len(), departments(&[]).len() + 4);
        for user in users {
            assert!(read(&user).is_ok(), "{user}");
        }
    }

    #[test]
    fn a_user_is_a_name_and_what_it_may_do() {
        let (name, capabilities) = read("pos=observe:dining/pos, board:dining").unwrap();
        assert_eq!((name.as_str(), capabilities.len()), ("pos", 2));
        for wrong in ["pos", "pos=everything", "Pos=stay", "pos="] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
