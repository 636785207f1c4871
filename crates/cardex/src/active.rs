//! A setting as it is in force: what was activated last, or what Cardex brings along.

use std::borrow::Cow;
use std::sync::LazyLock;
use std::time::Duration;

use anyhow::Context as _;
use cardex_bus::{Bus, streams};
use cardex_checkin::activation_of;
use cardex_domain::event::{ConfigActivation, Setting};
use cardex_domain::identity::DenyList;
use cardex_domain::ids::{DepartmentId, PropertyId};
use cardex_domain::vocabulary::Vocabulary;
use cardex_matching::Weights;
use cardex_playbook::Sources;
use cardex_wire::query::{InForce, VocabularyReply, VocabularyRequest};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::ask::ask;
use crate::running::NoBus;
use crate::screen::note;
use crate::session::Session;

/// How long a running system may take to say which vocabulary is in force.
const PATIENCE: Duration = Duration::from_secs(2);

/// The playbook that Cardex brings along, as it would be kept.
static PLAYBOOK: LazyLock<String> = LazyLock::new(|| Sources::embedded().bundle());

/// The vocabulary by which a running system understands what a department publishes; the one that Cardex brings along
/// where nobody says.
pub(crate) async fn vocabulary(
    bus: &Bus,
    property: &PropertyId,
    department: &DepartmentId,
) -> Cow<'static, Vocabulary> {
    let request = of_another();
    let asking = ask::<InForce>(bus, property, department, PATIENCE, &request);
    vocabulary_of(tokio::select! {
        reply = asking => reply.ok(),
        _ = bus.refused() => None,
    })
}

/// Asks for the vocabulary in force where it is another than the one that Cardex brings along.
pub(crate) fn of_another() -> VocabularyRequest {
    VocabularyRequest {
        has: Some(Vocabulary::embedded().hash().to_owned()),
        ..VocabularyRequest::default()
    }
}

/// The vocabulary that is answered to [`of_another`].
pub(crate) fn vocabulary_of(reply: Option<VocabularyReply>) -> Cow<'static, Vocabulary> {
    let another = reply.and_then(|reply| Vocabulary::parse(&reply.text?).ok());
    another.map_or(Cow::Borrowed(Vocabulary::embedded()), Cow::Owned)
}

/// The text of a setting to be shown: the one in force, unless the one that Cardex brings along is asked for, or nothing
/// runs here.
pub(crate) async fn to_show(
    session: &Session,
    setting: Setting,
    embedded: bool,
) -> anyhow::Result<String> {
    if embedded {
        return Ok(embedded_text(setting).to_owned());
    }
    match session.connect().await {
        Ok(bus) => active_text(&bus, setting).await,
        Err(error) if error.is::<NoBus>() => {
            note(
                "nothing runs here, and no bus is named: this is the one that Cardex brings along",
            );
            Ok(embedded_text(setting).to_owned())
        }
        Err(error) => Err(error),
    }
}

fn embedded_text(setting: Setting) -> &'static str {
    match setting {
        Setting::Vocabulary => Vocabulary::EMBEDDED_TEXT,
        Setting::DenyList => DenyList::EMBEDDED_TEXT,
        Setting::IdentityWeights => Weights::EMBEDDED_TEXT,
        Setting::Playbook => &PLAYBOOK,
    }
}

/// The text of the setting that was activated last.
pub(crate) async fn active_text(bus: &Bus, setting: Setting) -> anyhow::Result<String> {
    let embedded = embedded_text(setting);
    let activation = last_activation(bus, setting).await?;
    let other = |activation: &ConfigActivation| {
        HEXLOWER.encode(&Sha256::digest(embedded)) != *activation.hash
    };
    let Some(activation) = activation.filter(other) else {
        return Ok(embedded.to_owned());
    };
    let name = setting.as_str();
    let body = bus.get_settings(&activation.hash).await?;
    let body =
        body.with_context(|| format!("the text of the active {name} is not in the object store"))?;
    String::from_utf8(body.to_vec()).with_context(|| format!("the active {name} is not text"))
}

/// What was activated last.
pub(crate) async fn last_activation(
    bus: &Bus,
    setting: Setting,
) -> anyhow::Result<Option<ConfigActivation>> {
    let subject = format!("cardex.config.{}", setting.as_str());
    let Some(stored) = bus.last_for_subject(streams::EVENTS, &subject).await? else {
        return Ok(None);
    };
    let Some((_, activation)) = activation_of(&stored)? else {
        anyhow::bail!("the last message on {subject} activates nothing; activate a file first");
    };
    Ok(Some(activation))
}
