//! Stories as data: what happens, in the contract's own words, and what each department is to be told.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use cardex_domain::ids::content_hash;
use cardex_domain::time::{Day, Moment};
use cardex_wire::CONTENT_TYPE;
use cardex_wire::text::EventId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::PROPERTY;

mod words;

pub use words::Played;
pub(super) use words::moment as at_clock;
use words::{OFFSET_MINUTES, Words};

/// A story, as its file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// What it is called.
    pub title: String,
    /// What went before, in words.
    pub known: String,
    /// The day on which it begins: a scenario, whose clock is its own. Stories without it happen now.
    #[serde(default, deserialize_with = "day")]
    pub day: Option<Day>,
    /// What a scenario's departments read, by BCP 47 tags; `usual` is whoever is not named.
    #[serde(default)]
    pub languages: BTreeMap<String, String>,
    /// What a scenario's playbook has beside the one that Cardex brings along, by file.
    #[serde(default)]
    pub playbook: BTreeMap<String, String>,
    /// Words that must not stand in anything a department gets.
    #[serde(default)]
    pub never_said: Vec<String>,
    /// Whom `@guest` means.
    #[serde(default)]
    guest: Value,
    /// Whom `@guests.NAME` mean.
    #[serde(default)]
    guests: BTreeMap<String, Value>,
    #[serde(default)]
    earlier: Vec<Happening>,
    /// What happens now, in order.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// Something that happens, and what comes of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What happens, in words.
    pub says: String,
    /// When, where the clock is the scenario's own.
    pub when: Option<String>,
    event: Option<String>,
    #[serde(default)]
    data: Value,
    at: Option<String>,
    /// How later steps call the event.
    pub called: Option<String>,
    /// The lines of the board that each department gets; no lines where its board is closed.
    #[serde(default)]
    pub told: BTreeMap<String, Told>,
    /// The same lines in other languages, by BCP 47 tag and department.
    #[serde(default, rename = "in")]
    pub told_in: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// The sections that read the board that each department gets, in order; no sections where all of it does.
    #[serde(default)]
    pub sections: BTreeMap<String, Vec<String>>,
    /// What each department then sees in the profile of a stay's guest, by reservation number and department: line by
    /// line, and nothing else. `everyone` means all departments that are not named.
    #[serde(default)]
    pub shown: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// The event after which everybody's profile was, byte for byte, what it is now.
    pub as_after: Option<String>,
}

/// What a department is told.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Told {
    /// By one board, whosever stay it is.
    Board(Vec<String>),
    /// By a board for each of these stays, by reservation number.
    Boards(BTreeMap<String, Vec<String>>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Happening {
    event: String,
    data: Value,
    /// The property, where it is another than usual.
    at: Option<String>,
    called: Option<String>,
}

/// An event, ready to be published.
#[derive(Debug)]
pub struct Message {
    /// Where.
    pub subject: String,
    /// Its id.
    pub id: String,
    /// The envelope.
    pub payload: Vec<u8>,
    /// The property at which it happens.
    property: String,
    /// How the story calls it.
    called: Option<String>,
    /// The stay to which it happens, by its reservation number.
    reservation: Option<String>,
}

/// Reads every story of a directory, in the order of the files' names.
///
/// # Errors
/// When a file can't be read or is no story, or there is none.
pub fn load(directory: &Path) -> anyhow::Result<Vec<Story>> {
    let entries = std::fs::read_dir(directory)
        .with_context(|| format!("cannot read the stories in {}", directory.display()))?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    });
    paths.sort();
    if paths.is_empty() {
        bail!("there is no story in {}", directory.display());
    }
    paths.iter().map(|path| Story::read(path)).collect()
}

impl Story {
    /// Reads the story of a file.
    ///
    /// # Errors
    /// When the file can't be read or is no story.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is no story", path.display()))
    }

    /// What departments noticed before, and when the guests were there.
    ///
    /// # Errors
    /// When an event of the file is not one of the contract.
    pub fn earlier(&self, now: Moment) -> anyhow::Result<Vec<Message>> {
        let mut played = Played::default();
        let mut messages = Vec::new();
        for happening in &self.earlier {
            let message = self.message(happening, now, &played)?;
            played.note(&message);
            messages.push(message);
        }
        Ok(messages)
    }

    /// What happens in this step, when this was played before.
    ///
    /// # Errors
    /// When it is no event of the contract, or names what was not played.
    pub fn message_of(&self, step: &Step, now: Moment, played: &Played) -> anyhow::Result<Message> {
        let event = step.event.clone();
        let happening = Happening {
            event: event.with_context(|| format!("nothing happens in “{}”", step.says))?,
            data: step.data.clone(),
            at: step.at.clone(),
            called: step.called.clone(),
        };
        self.message(&happening, now, played)
    }

    /// When the step is played by the scenario's own clock; none where it does not say.
    ///
    /// # Errors
    /// When that is no time of day.
    pub fn time_of(&self, step: &Step) -> anyhow::Result<Option<Moment>> {
        let (Some(first), Some(when)) = (self.day, &step.when) else {
            return Ok(None);
        };
        let at = at_clock(first, when);
        at.map(Some)
            .with_context(|| format!("“{when}” is no time; write day+1 18:00"))
    }

    fn message(&self, of: &Happening, now: Moment, played: &Played) -> anyhow::Result<Message> {
        let Happening { event, data, .. } = of;
        let words = Words {
            now,
            today: self.day.unwrap_or_else(|| now.day()),
            guest: &self.guest,
            guests: &self.guests,
            played,
        };
        let data = words
            .fill(data)
            .with_context(|| format!("an event {event} of “{}”", self.title))?;
        let property = of.at.as_deref().unwrap_or(PROPERTY);
        // An observation is taken back where it was published.
        let (place, kind) = match event.strip_suffix(".retracted") {
            Some(place) => (place, "observation.retracted"),
            None if event.starts_with("observation.") => (event.as_str(), "observation.recorded"),
            None if event.starts_with("outcome.") => (event.as_str(), "outcome.recorded"),
            None => (event.as_str(), event.as_str()),
        };
        let subject = format!("cardex.{property}.{place}");
        // The same for the same scenario, and another whenever a story is played.
        let nth = format!("{} {now} {}", self.title, played.published());
        let id = EventId::derived(content_hash(nth.as_bytes())).to_string();
        let envelope = json!({
            "specversion": "1.0",
            "id": id,
            "source": "/cardex/stories",
            "type": format!("cardex.{kind}.v1"),
            "time": now.to_string(),
            "datacontenttype": "application/json",
            "data": data,
        });
        let payload = serde_json::to_vec(&envelope)?;
        cardex_wire::decode(&subject, Some(CONTENT_TYPE), &payload, now)
            .map_err(|reject| anyhow::anyhow!("{reject}"))
            .with_context(|| format!("{event} of “{}” is no event: {data}", self.title))?;
        let reservation = data.get("reservation").and_then(Value::as_str);
        Ok(Message {
            subject,
            id,
            payload,
            property: property.to_owned(),
            called: of.called.clone(),
            reservation: reservation.map(str::to_owned),
        })
    }
}

impl Step {
    /// Whether something happens in it; else time passes.
    #[must_use]
    pub fn is_event(&self) -> bool {
        self.event.is_some()
    }
}

fn day<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Day>, D::Error> {
    let text = String::deserialize(from)?;
    let day = text.parse().map_err(serde::de::Error::custom)?;
    Ok(Some(day))
}

/// The time now, on the hotel's clocks.
#[must_use]
pub fn now() -> Moment {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Moment {
        utc_micros: i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        offset_minutes: OFFSET_MINUTES,
    }
}

#[cfg(test)]
mod tests;
