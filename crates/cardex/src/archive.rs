//! Events as they stand in exports: each with the subject it was published on and its bytes as they were, so that
//! publishing them again is publishing the same.

use cardex_bus::Outgoing;
use cardex_domain::event::Event;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::clock;
use crate::publish::event_headers;

/// One event, in the order of names that canonical JSON has.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Archived {
    /// The envelope, where it fits on a line as it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<Box<RawValue>>,
    /// Where it was published.
    pub(crate) subject: String,
    /// The envelope as a text, where not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl Archived {
    /// The message with the event that it is; `None` when no reader would take it.
    pub(crate) fn of(subject: &str, payload: &[u8]) -> Option<(Self, Event)> {
        let event = cardex_wire::decode(subject, None, payload, clock::now()).ok()?;
        let text = std::str::from_utf8(payload).ok()?.to_owned();
        let raw = RawValue::from_string(text.clone()).ok();
        // What has breaks in it, or blanks around it, would come back as other bytes.
        let raw = raw.filter(|raw| raw.get() == text && !text.contains(['\n', '\r']));
        let archived = Self {
            text: raw.is_none().then_some(text),
            event: raw,
            subject: subject.to_owned(),
        };
        Some((archived, event))
    }

    /// The message to publish: the same subject, id and bytes.
    ///
    /// # Errors
    /// Why no reader would take it.
    pub(crate) fn outgoing(self) -> Result<(Outgoing, Event), String> {
        let payload = match (&self.event, self.text) {
            (Some(raw), None) => raw.get().to_owned(),
            (None, Some(text)) => text,
            _ => return Err("has no event, or two".to_owned()),
        };
        let event = cardex_wire::decode(&self.subject, None, payload.as_bytes(), clock::now());
        let event = event.map_err(|reject| reject.to_string())?;
        let outgoing = Outgoing {
            id: event.id.to_string(),
            payload: payload.into(),
            headers: event_headers(),
            subject: self.subject,
        };
        Ok((outgoing, event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBJECT: &str = "cardex.macau.stay.checked_out";

    fn payload(blank: &str) -> String {
        let time = "2026-11-20T10:00:00+08:00";
        format!(
            r#"{{"specversion":"1.0",{blank}"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","source":"/t","type":"cardex.stay.checked_out.v1","time":"{time}","data":{{"reservation":"R1","occurred_at":"{time}"}}}}"#
        )
    }

    #[test]
    fn bytes_come_back_as_they_were() {
        for payload in [payload(""), payload(" "), payload("\n"), payload("") + "\n"] {
            let (archived, event) = Archived::of(SUBJECT, payload.as_bytes()).unwrap();
            let line = serde_json::to_string(&archived).unwrap();
            assert!(!line.contains('\n'));
            let read: Archived = serde_json::from_str(&line).unwrap();
            let (outgoing, same) = read.outgoing().unwrap();
            assert_eq!(outgoing.payload, payload.as_bytes());
            assert_eq!(same.key, event.key);
            assert_eq!(outgoing.id, &*event.id);
        }
    }

    #[test]
    fn what_no_reader_would_take_is_not_published() {
        assert!(Archived::of(SUBJECT, b"{}").is_none());
        let other = r#"{"subject":"cardex.macau.stay.checked_out","event":{}}"#;
        let read: Archived = serde_json::from_str(other).unwrap();
        assert!(read.outgoing().is_err());
        let none: Archived = serde_json::from_str(r#"{"subject":"cardex"}"#).unwrap();
        assert!(none.outgoing().is_err());
    }
}
