//! `cardex gateway`: the service for software that speaks HTTP, and the tokens by which that software is known.

use cardex_domain::ids::{AppId, DepartmentId, PropertyId};
use cardex_gateway::{TOKEN_BYTES, Token};
use cardex_wire::subject::Token as Name;
use clap::{Args, Subcommand};
use serde_json::json;

use super::serve::{Serve, Services};
use crate::args::departments;
use crate::screen::{Format, note};
use crate::settings::{Purpose, Settings, SettingsArgs};

const EXAMPLES: &str = "\
Examples:
  cardex gateway token --name spa-screen --property macau --department spa >> vendors.toml
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
    #[command(flatten)]
    format: Format,
}

impl GatewayArgs {
    pub(crate) async fn run(&self, settings: &SettingsArgs) -> anyhow::Result<()> {
        match &self.operation {
            None => self.serve.run(settings, Services::Gateway).await,
            Some(Operation::Token(token)) => token.run(settings),
        }
    }
}

impl TokenArgs {
    fn run(&self, settings: &SettingsArgs) -> anyhow::Result<()> {
        departments::doubt(
            &Settings::load(settings, Purpose::Command)?,
            &self.department,
        );
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

fn name(text: &str) -> Result<Name, String> {
    Name::new(text).map_err(|error| error.to_string())
}
