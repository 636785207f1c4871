//! The delivery gateway: a department's boards and outcomes for software that speaks HTTP and not NATS. It reads boards
//! from the bus as they are, hands them out byte for byte to whoever has the department's token, and publishes outcomes
//! as that department.
//!
//! **Invariant:** nothing is kept here. What a vendor has seen is in the vendor's own `Last-Event-ID`, and what a webhook
//! has taken in a durable of the bus, so a kill at any moment loses nothing. Department and app of whoever speaks come
//! from the token, never from what is said.

mod connections;
mod http;
mod meters;
mod service;
mod settings;
mod token;
mod vendors;
mod webhook;

pub use http::ROUTES;
pub use service::{Gateway, GatewayError};
pub use settings::{GatewaySettings, SettingsError};
pub use token::{TOKEN_BYTES, Token, TokenHash};
pub use vendors::{Client, Vendors, VendorsError};
pub use webhook::{FRESH_SECRET_BYTES, NoSecret, Webhook, WebhookError, secret_of};
