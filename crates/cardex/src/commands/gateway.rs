//! `cardex gateway`: the service for software that speaks HTTP, and the tokens by which that software is known.

use std::path::PathBuf;

use anyhow::Context as _;
use cardex_domain::ids::{AppId, DepartmentId, PropertyId};
use cardex_gateway::{FRESH_SECRET_BYTES, TOKEN_BYTES, Token, secret_of};
use cardex_wire::subject::Token as Name;
use clap::{Args, Subcommand};
use serde_json::json;

use super::bus::write_private;
use super::serve::{Serve, Services};
use crate::args::departments;
use crate::screen::{Format, note};
use crate::settings::{Purpose, Settings, SettingsArgs};

const EXAMPLES: &str = "\
Examples:
  cardex gateway token --name spa-screen --property macau --department spa >> vendors.toml
  cardex gateway secret --out pager.secret
  cardex gateway --set gateway.vendors_file=vendors.toml --nats nats://127.0.0.1:4222
  cardex gateway --config cardex.toml --check-config

`cardex up` runs it, too, once gateway.vendors_file is set. The file is read at the start: after a change, start the \
gateway again; streams go on where they were.";

const TOKEN_EXAMPLES: &str = "\
Examples:
  cardex gateway token --name spa-screen --property macau --department spa >> vendors.toml
  cardex gateway token --name desk --property macau --department front_desk --app desksoft --json

The token is printed once, on standard error, for whoever writes the department's software; the entry for the file of \
vendors holds its hash alone.";

const SECRET_EXAMPLES: &str = "\
Examples:
  cardex gateway secret --out /etc/cardex/pager.secret

The file is readable by its owner alone; the webhook's entry names it as secret_file, and its receiver checks \
signatures by the same text. To change it, put the new one below the old one, a line each, start the gateway again, and \
take the old one out once the receiver knows the new one: meanwhile both sign.";

/// Run the gateway alone, for software that speaks HTTP, or make its tokens
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub(crate) struct GatewayArgs {
    #[command(flatten)]
    serve: Serve,
    #[command(subcommand)]
    operation: Option<Operation>,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// Make a token for a department's software, and its entry in the file of vendors
    #[command(after_help = TOKEN_EXAMPLES)]
    Token(TokenArgs),
    /// Make a secret that a webhook's boards are signed with
    #[command(after_help = SECRET_EXAMPLES)]
    Secret(SecretArgs),
}

#[derive(Debug, Args)]
struct TokenArgs {
    /// What the client is called in logs and metrics
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: Name,
    /// The hotel
    #[arg(long, value_name = "PROPERTY")]
    property: PropertyId,
    /// The department that reads and speaks
    #[arg(long, value_name = "DEPARTMENT")]
    department: DepartmentId,
    /// The app it speaks through [default: the client's name]
    #[arg(long, value_name = "APP")]
    app: Option<AppId>,
    /// Take a department that nobody else names, although it looks like one that somebody does
    #[arg(long)]
    anyway: bool,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
struct SecretArgs {
    /// The file to make
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    format: Format,
}

impl GatewayArgs {
    pub(crate) async fn run(&self, settings: &SettingsArgs) -> anyhow::Result<()> {
        match &self.operation {
            None => self.serve.run(settings, Services::Gateway).await,
            Some(Operation::Token(token)) => token.run(settings),
            Some(Operation::Secret(secret)) => secret.run(),
        }
    }
}

impl TokenArgs {
    fn run(&self, settings: &SettingsArgs) -> anyhow::Result<()> {
        if !self.anyway {
            let settings = Settings::load(settings, Purpose::Command)?;
            departments::must_be_meant(&settings, &self.department)?;
        }
        let token = Token::of(rand::random::<[u8; TOKEN_BYTES]>());
        let entry = self.entry(&token);
        let mut screen = self.format.screen();
        if screen.json() {
            return screen.object(&json!({ "token": token.expose(), "entry": entry }));
        }
        screen.text(entry)?;
        note(format!("token, shown once: {}", token.expose()));
        Ok(())
    }

    /// The entry of the file of vendors. No id has anything in it that would have to be quoted otherwise.
    fn entry(&self, token: &Token) -> String {
        let Self {
            name,
            property,
            department,
            ..
        } = self;
        let app = self.app.as_ref().map_or(name.as_str(), AppId::as_str);
        format!(
            "[[client]]\nname = \"{name}\"\nproperty = \"{property}\"\ndepartment = \"{department}\"\napp = \"{app}\"\n\
             token_sha256 = \"{}\"\n\n",
            token.hash()
        )
    }
}

impl SecretArgs {
    fn run(&self) -> anyhow::Result<()> {
        let secret = secret_of(rand::random::<[u8; FRESH_SECRET_BYTES]>());
        let file = self.out.display().to_string();
        write_private(&self.out, &format!("{secret}\n"))
            .with_context(|| format!("cannot make {file}; a file that is there is kept"))?;
        let mut screen = self.format.screen();
        if screen.json() {
            return screen.object(&json!({ "secret_file": file }));
        }
        screen.line(format!("secret_file = {file:?}"))
    }
}

fn name(text: &str) -> Result<Name, String> {
    Name::new(text).map_err(|error| error.to_string())
}
