//! The text of a setting as it is in force: what was activated last, or what Cardex brings along.

use anyhow::Context as _;
use cardex_bus::{Bus, streams};
use cardex_domain::event::{Body, Setting};
use cardex_domain::identity::DenyList;
use cardex_domain::time::Moment;
use cardex_domain::vocabulary::Vocabulary;
use cardex_matching::Weights;
use cardex_wire::decode;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

/// The text of the setting that was activated last.
pub(crate) async fn active_text(bus: &Bus, setting: Setting) -> anyhow::Result<String> {
    let embedded = match setting {
        Setting::Vocabulary => Vocabulary::EMBEDDED_TEXT,
        Setting::DenyList => DenyList::EMBEDDED_TEXT,
        Setting::IdentityWeights => Weights::EMBEDDED_TEXT,
    };
    let name = setting.as_str();
    let subject = format!("cardex.config.{name}");
    let Some(stored) = bus.last_for_subject(streams::EVENTS, &subject).await? else {
        return Ok(embedded.to_owned());
    };
    let received = Moment {
        utc_micros: stored.server_time_us,
        offset_minutes: 0,
    };
    let kind = stored.headers.get("Content-Type");
    let event = decode(&stored.subject, kind, &stored.payload, received)?;
    let Body::ConfigActivated(activation) = event.body else {
        anyhow::bail!("the last message on {subject} activates nothing; activate a file first");
    };
    if HEXLOWER.encode(&Sha256::digest(embedded)) == *activation.hash {
        return Ok(embedded.to_owned());
    }
    let body = bus.get_settings(&activation.hash).await?;
    let body =
        body.with_context(|| format!("the text of the active {name} is not in the object store"))?;
    String::from_utf8(body.to_vec()).with_context(|| format!("the active {name} is not text"))
}
