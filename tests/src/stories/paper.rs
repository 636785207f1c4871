//! The hotel on paper in which scenarios are played: events go in as they are published, and boards come out as they are sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use cardex_checkin::PaperSettings;
use cardex_domain::fact::Fact;
use cardex_domain::identity::DenyList;
use cardex_domain::ids::{DepartmentId, InstallationKey, PropertyId, StayId};
use cardex_domain::time::Moment;
use cardex_domain::vocabulary::Vocabulary;
use cardex_playbook::{Languages, Playbook, Sources};
use cardex_wire::{BoardMessage, CONTENT_TYPE, decode};
use tokio::time::Instant;

use super::play::Heard;
use crate::embedded;

mod play;

pub use play::PaperPlayer;

/// The key under which stays get their ids.
const KEY: [u8; 32] = [0x5c; 32];

/// The hotel.
pub struct PaperHotel(cardex_checkin::PaperHotel);

impl PaperHotel {
    /// A hotel with these files beside those of the playbook that Cardex brings along, or behind what stands in them, and
    /// in which departments read these languages, at this moment.
    ///
    /// # Errors
    /// When that is no playbook, or departments are none.
    pub fn open(
        files: &BTreeMap<String, String>,
        languages: &BTreeMap<String, String>,
        now: Moment,
    ) -> anyhow::Result<Self> {
        let departments = languages.iter().filter(|(name, _)| *name != USUAL);
        let departments = departments
            .map(|(name, tag)| Ok((DepartmentId::new(name)?, Box::from(tag.as_str()))))
            .collect::<anyhow::Result<_>>()?;
        let usual = languages.get(USUAL).map(|tag| Box::from(tag.as_str()));
        let deny = DenyList::parse(DenyList::EMBEDDED_TEXT);
        let by = PaperSettings {
            playbook: Arc::new(playbook(files)?),
            vocabulary: Arc::new(Vocabulary::embedded().clone()),
            deny: Arc::new(deny.map_err(|error| anyhow::anyhow!("{error:?}"))?),
            notes: embedded::notes(),
            languages: Languages {
                usual: usual.unwrap_or(Languages::default().usual),
                departments,
            },
        };
        Ok(Self(cardex_checkin::PaperHotel::open(by, now)))
    }

    /// The id of a stay.
    #[must_use]
    pub fn stay(property: &PropertyId, reservation: &str) -> StayId {
        InstallationKey::new(KEY).stay(property, reservation)
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.0.now()
    }

    /// Lets the time pass until then; everything that departments are told by the clock alone, in order.
    ///
    /// # Errors
    /// When a board is none that could be sent.
    pub fn wait_until(&mut self, until: Moment) -> anyhow::Result<Vec<Heard>> {
        self.0.wait_until(until).into_iter().map(heard).collect()
    }

    /// Something happens now, as it is published; everything that departments are told of it, in order.
    ///
    /// # Errors
    /// When it is no event of the contract, or a board is none that could be sent.
    pub fn happen(&mut self, subject: &str, payload: &[u8]) -> anyhow::Result<Vec<Heard>> {
        let event = decode(subject, Some(CONTENT_TYPE), payload, self.now());
        let event = event.map_err(|reject| anyhow::anyhow!("{reject}"))?;
        let fact = Fact::of(&event, &InstallationKey::new(KEY))?;
        let told = self.0.happen(event.key, &fact);
        told.into_iter().map(heard).collect()
    }
}

/// The board as it arrives.
fn heard(board: BoardMessage) -> anyhow::Result<Heard> {
    let message = board.encode();
    Ok(Heard {
        board: BoardMessage::decode(&message.subject, &message.payload)?.data,
        subject: message.subject,
        payload: message.payload.into(),
        at: Instant::now(),
    })
}

/// Whom a language is for that is nobody's in particular.
const USUAL: &str = "usual";

/// The playbook that Cardex brings along, with these files beside its own or behind what stands in them.
fn playbook(files: &BTreeMap<String, String>) -> anyhow::Result<Playbook> {
    let embedded = Sources::embedded();
    let mut all: BTreeMap<&str, String> = embedded
        .files()
        .map(|(path, text)| (path, text.to_owned()))
        .collect();
    for (path, text) in files {
        let whole = all.entry(path).or_default();
        whole.push('\n');
        whole.push_str(text);
    }
    let sources = Sources::new(all.iter().map(|(path, text)| (*path, &**text)));
    let read = Playbook::parse(&sources, Vocabulary::embedded());
    read.map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("no playbook:\n{}", faults.join("\n"))
    })
}
