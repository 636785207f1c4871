//! Stories as data: what happens, in the contract's own words, and what each department is to be told.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use cardex_domain::time::{Day, Moment};
use cardex_wire::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::{Value, json};

use super::PROPERTY;

/// The offset of the hotel's clocks.
const OFFSET_MINUTES: i16 = 480;
const MICROS_PER_MINUTE: i64 = 60_000_000;

/// A story, as its file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// What it is called.
    pub title: String,
    /// What went before, in words.
    pub known: String,
    /// Words that must not stand in anything a department gets.
    #[serde(default)]
    pub never_said: Vec<String>,
    guest: Value,
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
    event: String,
    data: Value,
    /// The lines of the board that each department gets; no lines where its board is closed.
    #[serde(default)]
    pub told: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Happening {
    event: String,
    data: Value,
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
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path)?;
        toml::from_str(&text).with_context(|| format!("{} is no story", path.display()))
    };
    paths.iter().map(read).collect()
}

impl Story {
    /// What departments noticed before, and when the guest was there.
    ///
    /// # Errors
    /// When an event of the file is not one of the contract.
    pub fn earlier(&self, now: Moment) -> anyhow::Result<Vec<Message>> {
        let events = self.earlier.iter();
        events
            .map(|happening| self.message(&happening.event, &happening.data, now))
            .collect()
    }

    /// What happens in this step.
    ///
    /// # Errors
    /// When it is no event of the contract.
    pub fn message_of(&self, step: &Step, now: Moment) -> anyhow::Result<Message> {
        self.message(&step.event, &step.data, now)
    }

    fn message(&self, event: &str, data: &Value, now: Moment) -> anyhow::Result<Message> {
        let data = Times { now }
            .fill(data, &self.guest)
            .with_context(|| format!("an event {event} of “{}”", self.title))?;
        let subject = format!("cardex.{PROPERTY}.{event}");
        let kind = match event.split_once('.') {
            Some(("observation", _)) => "observation.recorded",
            _ => event,
        };
        let id = ulid::Ulid::new().to_string();
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
        Ok(Message {
            subject,
            id,
            payload,
        })
    }
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

/// Puts times and the guest where a story has words for them.
struct Times {
    now: Moment,
}

impl Times {
    fn fill(&self, value: &Value, guest: &Value) -> anyhow::Result<Value> {
        Ok(match value {
            Value::String(text) => match text.strip_prefix('@') {
                None => value.clone(),
                Some("guest") => guest.clone(),
                Some(word) => Value::String(
                    self.time(word)
                        .with_context(|| format!("“@{word}” is no time"))?,
                ),
            },
            Value::Array(values) => values
                .iter()
                .map(|value| self.fill(value, guest))
                .collect::<anyhow::Result<_>>()?,
            Value::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), self.fill(value, guest)?)))
                    .collect::<anyhow::Result<_>>()?,
            ),
            _ => value.clone(),
        })
    }

    /// `now`, `now-20h`, `day-120` or `day-120 15:10`.
    fn time(&self, word: &str) -> Option<String> {
        if let Some(ago) = word.strip_prefix("now") {
            let minutes = match ago {
                "" => 0,
                ago => {
                    60 * ago
                        .strip_prefix('-')?
                        .strip_suffix('h')?
                        .parse::<i64>()
                        .ok()?
                }
            };
            let utc_micros = self.now.utc_micros - minutes * MICROS_PER_MINUTE;
            return Some(
                Moment {
                    utc_micros,
                    ..self.now
                }
                .to_string(),
            );
        }
        let word = word.strip_prefix("day")?;
        let (days, clock) = word
            .split_once(' ')
            .map_or((word, None), |(d, c)| (d, Some(c)));
        let day = self.now.day().plus(days.parse().ok()?);
        let Some(clock) = clock else {
            return Some(day.to_string());
        };
        let (hour, minute) = clock.split_once(':')?;
        Some(moment(day, hour.parse().ok()?, minute.parse().ok()?).to_string())
    }
}

fn moment(day: Day, hour: i64, minute: i64) -> Moment {
    let local = i64::from(day.0) * 24 * 60 + hour * 60 + minute;
    Moment {
        utc_micros: (local - i64::from(OFFSET_MINUTES)) * MICROS_PER_MINUTE,
        offset_minutes: OFFSET_MINUTES,
    }
}

#[cfg(test)]
mod tests;
