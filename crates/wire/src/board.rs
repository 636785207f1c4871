//! Boards as departments read them. What a department may not see as a value is not on its board at all: such a reason
//! keeps its evidence and verdict, and loses attribute and value.

use std::collections::BTreeMap;

use cardex_domain::board as domain;
use cardex_domain::evidence::EvidenceId;
use cardex_domain::ids::{
    AttributeId, DepartmentId, EventKey, ItemId, PropertyId, Room, RuleId, SectionId, StayId,
};
use cardex_domain::lessons::Tally;
use cardex_domain::time::{Day, Moment};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{DATA_CONTENT_TYPE, Message, SPEC_VERSION};
use crate::limits::BOARD_MAX_BYTES;
use crate::reject::{Reject, RejectCode};
use crate::scan;
use crate::subject::PromptSubject;
use crate::text::{AsText, EventId};
use crate::words::{BoardState, ChangeKind, Phase, Verdict};

/// The `type` of a board's envelope.
pub const BOARD_TYPE: &str = "cardex.prompt.board.v1";

/// The attribute under which a reason stands that was read from a board without its claim.
pub const HIDDEN_ATTRIBUTE: &str = "hidden";

/// A board in its envelope: the complete current board of one department for one stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BoardMessage {
    /// CloudEvents version.
    pub specversion: String,
    /// The id: follows from subject and revision.
    pub id: AsText<EventId>,
    /// The program that publishes.
    pub source: String,
    /// Always `cardex.prompt.board.v1`.
    pub r#type: String,
    /// When it was made.
    pub time: AsText<Moment>,
    /// What the data is encoded in.
    pub datacontenttype: String,
    /// The board.
    pub data: BoardView,
}

/// A board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BoardView {
    /// The stay.
    pub stay: AsText<StayId>,
    /// Its property.
    pub property: AsText<PropertyId>,
    /// Whose board it is.
    pub department: AsText<DepartmentId>,
    /// Sequence of the event that led to this revision.
    pub revision: u64,
    /// Sequence, in the stream of boards, of the board before on this subject; 0 when it is the first.
    pub previous: u64,
    /// Whether there is anything left to do.
    pub state: BoardState,
    /// The part of the stay it was made for.
    pub phase: Phase,
    /// How the guest is to be called, in the department's language.
    pub guest: String,
    /// The same in every language, by BCP 47 tag.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub guests: BTreeMap<String, String>,
    /// The guest's room, or the one set aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<AsText<Room>>,
    /// The sections of the department that read it, in order; all of it when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<AsText<SectionId>>,
    /// First day of the stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival: Option<AsText<Day>>,
    /// Day of departure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departure: Option<AsText<Day>>,
    /// What to do: safety first, then best first.
    pub items: Vec<ItemView>,
    /// What changed since the revision before.
    pub changes: Vec<ChangeView>,
    /// Whether the change is worth a person's attention now.
    pub alert: bool,
    /// The day the profile was folded for.
    pub as_of: AsText<Day>,
    /// The sequence that the profile had reached.
    pub profile_sequence: u64,
    /// Hash of the playbook.
    pub playbook: String,
    /// Hash of the vocabulary.
    pub vocabulary: String,
}

/// One thing to do, with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ItemView {
    /// The id to answer with.
    pub id: AsText<ItemId>,
    /// The rule that made it.
    pub rule: AsText<RuleId>,
    /// The rule's category.
    pub category: String,
    /// 0 is safety, which is never cut.
    pub tier: u8,
    /// Score × 10⁶: the order within a tier, larger first.
    pub score: i64,
    /// What the score was worked out from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranking: Option<RankingView>,
    /// What to do, in the department's language.
    pub text: String,
    /// The same in every language, by BCP 47 tag.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, String>,
    /// Whether it rests on what was wished for this stay alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub this_stay: bool,
    /// Why it is there now, where that is more than a part of the stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occasion: Option<OccasionView>,
    /// What it rests on.
    pub reasons: Vec<ReasonView>,
    /// The revision with which it came onto the board, or waited last.
    pub since_revision: u64,
    /// When it came onto the board, or waited last, by the server's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<AsText<Moment>>,
    /// How old a trigger may be, in hours, for this item to alert.
    pub freshness_hours: u32,
    /// Within how many seconds of `since` to answer `acknowledged`, where that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledge_seconds: Option<u32>,
    /// When it was acknowledged first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<AsText<Moment>>,
    /// Whether its time passed, and nobody has acknowledged it yet: it is with the next in line, where there is one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub escalated: bool,
    /// The department that did not acknowledge it, where this one is the next in line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalated_from: Option<AsText<DepartmentId>>,
    /// While it waits because the guest does not want to be disturbed: since when. Nobody has to acknowledge it meanwhile,
    /// and with the end of it `since` is anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked_since: Option<AsText<Moment>>,
}

/// Why an item is there now, by the hotel's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OccasionView {
    /// The word that playbooks have for it: `pre_arrival`, `room_move`, `breakfast`, `lunch`, `dinner`, `turndown`,
    /// `departure`, `after_stay`, `birthday`, `anniversary` or `long_stay`.
    pub name: String,
    /// Until when it is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<AsText<Moment>>,
}

/// What the score of an item was worked out from: (p·G − (1 − p)·L) · urgency · novelty · ½^declines with p the
/// probability times the acceptance, which is mean plus one standard deviation of Beta(1 + taken up, 1 + turned down),
/// at most 1, and novelty 1, or 1 − 2^(−days ÷ 30) where it was shown before and nothing was learnt since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RankingView {
    /// How likely what it claims is, in parts per million.
    pub probability_ppm: u32,
    /// How often its rule was taken up in the department, in quarters.
    pub taken_up_quarters: u64,
    /// How often it was not, in quarters.
    pub turned_down_quarters: u64,
    /// G: what it is worth when right.
    pub benefit: u32,
    /// L: what it costs when wrong.
    pub cost: u32,
    /// How much it matters that it is done now, in parts per hundred.
    pub urgency_percent: u32,
    /// How many days ago it was last shown in another stay, when nothing was learnt about it since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_days_ago: Option<u32>,
    /// In how many other stays this guest did not want it.
    pub declines: u32,
}

/// One claim that an item rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReasonView {
    /// The attribute and value; absent when the department sees what to do, not why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<ReasonClaim>,
    /// What the evidence adds up to.
    pub verdict: Verdict,
    /// How sure the profile is, in parts per million.
    pub confidence_ppm: u32,
    /// The evidence.
    pub evidence: Vec<AsText<EvidenceId>>,
    /// When it was last learnt.
    pub learnt_at: AsText<Moment>,
    /// Where it was last learnt.
    pub learnt_property: AsText<PropertyId>,
    /// By which department it was last learnt.
    pub learnt_by: AsText<DepartmentId>,
}

/// An attribute and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReasonClaim {
    /// The attribute.
    pub attribute: AsText<AttributeId>,
    /// The vocabulary's word for the value.
    pub value: String,
}

/// A difference between two revisions of a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeView {
    /// The item.
    pub item: AsText<ItemId>,
    /// What happened to it.
    pub kind: ChangeKind,
    /// Its rule.
    pub rule: AsText<RuleId>,
}

impl BoardMessage {
    /// The message that shows `board`, which follows the one at sequence `previous` of the stream of boards.
    #[must_use]
    pub fn of(board: &domain::Board, previous: u64, source: &str, time: Moment) -> Self {
        let subject = subject_of(board).to_string();
        let id = EventId::derived(EventKey::of(&subject, &board.revision.to_string()).0);
        Self {
            specversion: SPEC_VERSION.to_owned(),
            id: AsText(id),
            source: source.to_owned(),
            r#type: BOARD_TYPE.to_owned(),
            time: AsText(time),
            datacontenttype: DATA_CONTENT_TYPE.to_owned(),
            data: BoardView::of(board, previous),
        }
    }

    /// The message to publish.
    #[must_use]
    pub fn encode(&self) -> Message {
        let subject = self.data.subject().to_string();
        let payload = serde_json::to_vec(self)
            .expect("texts and integers under fixed names can always be written");
        Message {
            msg_id: format!("{subject}:{}", self.id),
            subject,
            payload,
        }
    }

    /// Reads a message of the stream of boards.
    ///
    /// # Errors
    /// When it is not a board, or stands on another subject than its own.
    pub fn decode(subject: &str, payload: &[u8]) -> Result<Self, Reject> {
        if payload.len() > BOARD_MAX_BYTES {
            let rule = format!("at most {BOARD_MAX_BYTES} bytes");
            return Err(Reject::whole(RejectCode::TooLarge, &rule));
        }
        let text = std::str::from_utf8(payload)
            .map_err(|_| Reject::whole(RejectCode::InvalidUtf8, "the bytes are not UTF-8"))?;
        scan::check(text)?;
        let message: Self =
            serde_json::from_str(text).map_err(|error| Reject::of_json(&error, text, ""))?;
        if message.specversion != SPEC_VERSION {
            return Err(Reject::at(
                RejectCode::SpecVersion,
                "specversion",
                "must be 1.0",
            ));
        }
        if message.r#type != BOARD_TYPE {
            return Err(Reject::at(RejectCode::UnknownType, "type", "not a board"));
        }
        if message.data.subject().to_string() != subject {
            let rule = "property, department and stay are others than the subject's";
            return Err(Reject::at(RejectCode::SubjectMismatch, "data", rule));
        }
        Ok(message)
    }
}

fn subject_of(board: &domain::Board) -> PromptSubject {
    PromptSubject {
        property: board.property.clone(),
        department: board.department.clone(),
        stay: board.stay,
    }
}

impl BoardView {
    /// `board` as its department may see it, with the sequence of the one before.
    #[must_use]
    pub fn of(board: &domain::Board, previous: u64) -> Self {
        Self {
            stay: AsText(board.stay),
            property: AsText(board.property.clone()),
            department: AsText(board.department.clone()),
            revision: board.revision,
            previous,
            state: board.state.into(),
            phase: board.phase.into(),
            guest: board.guest.to_string(),
            guests: texts_of(&board.guests),
            room: board.room.clone().map(AsText),
            sections: board.sections.iter().cloned().map(AsText).collect(),
            arrival: board.arrival.map(AsText),
            departure: board.departure.map(AsText),
            items: board.items.iter().map(ItemView::from).collect(),
            changes: board.changes.iter().map(ChangeView::from).collect(),
            alert: board.alert,
            as_of: AsText(board.as_of),
            profile_sequence: board.profile_sequence,
            playbook: board.playbook_hash.to_string(),
            vocabulary: board.vocabulary_hash.to_string(),
        }
    }

    /// Whether the section reads it: because it is led there, or to all of the department.
    #[must_use]
    pub fn is_for(&self, section: &SectionId) -> bool {
        self.sections.is_empty() || self.sections.iter().any(|of| of.0 == *section)
    }

    /// Where the board is published.
    #[must_use]
    pub fn subject(&self) -> PromptSubject {
        PromptSubject {
            property: self.property.0.clone(),
            department: self.department.0.clone(),
            stay: self.stay.0,
        }
    }

    /// The board as the domain keeps it, as far as its department sees it: a hidden claim is
    /// ([`HIDDEN_ATTRIBUTE`], ""), and a change names the claims of items that are still there.
    #[must_use]
    pub fn to_board(&self) -> domain::Board {
        let items: Vec<domain::Item> = self.items.iter().map(domain::Item::from).collect();
        let change = |change: &ChangeView| domain::Change {
            item: change.item.0.clone(),
            kind: change.kind.into(),
            rule: change.rule.0.clone(),
            claims: items
                .iter()
                .find(|item| item.id == change.item.0)
                .map(domain::Item::claims)
                .unwrap_or_default(),
        };
        domain::Board {
            stay: self.stay.0,
            property: self.property.0.clone(),
            department: self.department.0.clone(),
            revision: self.revision,
            state: self.state.into(),
            phase: self.phase.into(),
            guest: self.guest.as_str().into(),
            guests: to_texts(&self.guests),
            room: self.room.as_ref().map(|room| room.0.clone()),
            sections: self.sections.iter().map(|id| id.0.clone()).collect(),
            arrival: self.arrival.map(|day| day.0),
            departure: self.departure.map(|day| day.0),
            changes: self.changes.iter().map(change).collect(),
            items,
            alert: self.alert,
            as_of: self.as_of.0,
            profile_sequence: self.profile_sequence,
            playbook_hash: self.playbook.as_str().into(),
            vocabulary_hash: self.vocabulary.as_str().into(),
        }
    }
}

fn texts_of(texts: &domain::Texts) -> BTreeMap<String, String> {
    let texts = texts.iter();
    texts
        .map(|(tag, text)| (tag.to_string(), text.to_string()))
        .collect()
}

fn to_texts(texts: &BTreeMap<String, String>) -> domain::Texts {
    let texts = texts.iter();
    texts
        .map(|(tag, text)| (tag.as_str().into(), text.as_str().into()))
        .collect()
}

impl From<&domain::Item> for ItemView {
    fn from(item: &domain::Item) -> Self {
        Self {
            id: AsText(item.id.clone()),
            rule: AsText(item.rule.clone()),
            category: item.category.to_string(),
            tier: item.tier,
            score: item.score,
            ranking: item.ranking.map(RankingView::from),
            text: item.text.to_string(),
            texts: texts_of(&item.texts),
            this_stay: item.is_for_this_stay,
            occasion: item.occasion.as_ref().map(|occasion| OccasionView {
                name: occasion.name.to_string(),
                until: occasion.until.map(AsText),
            }),
            reasons: item.reasons.iter().map(ReasonView::from).collect(),
            since_revision: item.since_revision,
            since: item.since.map(AsText),
            freshness_hours: item.freshness_hours,
            acknowledge_seconds: item.acknowledge_seconds,
            acknowledged_at: item.acknowledged_at.map(AsText),
            escalated: item.escalated,
            escalated_from: item.escalated_from.clone().map(AsText),
            parked_since: item.parked_since.map(AsText),
        }
    }
}

impl From<&ItemView> for domain::Item {
    fn from(view: &ItemView) -> Self {
        Self {
            id: view.id.0.clone(),
            rule: view.rule.0.clone(),
            category: view.category.as_str().into(),
            tier: view.tier,
            score: view.score,
            ranking: view.ranking.map(domain::Ranking::from),
            text: view.text.as_str().into(),
            texts: to_texts(&view.texts),
            is_for_this_stay: view.this_stay,
            occasion: view.occasion.as_ref().map(|occasion| domain::Occasion {
                name: (*occasion.name).into(),
                until: occasion.until.map(|until| until.0),
            }),
            reasons: view.reasons.iter().map(domain::Reason::from).collect(),
            since_revision: view.since_revision,
            since: view.since.map(|moment| moment.0),
            freshness_hours: view.freshness_hours,
            acknowledge_seconds: view.acknowledge_seconds,
            acknowledged_at: view.acknowledged_at.map(|moment| moment.0),
            escalated: view.escalated,
            escalated_from: view
                .escalated_from
                .as_ref()
                .map(|department| department.0.clone()),
            parked_since: view.parked_since.map(|moment| moment.0),
        }
    }
}

impl From<domain::Ranking> for RankingView {
    fn from(ranking: domain::Ranking) -> Self {
        Self {
            probability_ppm: ranking.probability_ppm,
            taken_up_quarters: ranking.tally.taken_up,
            turned_down_quarters: ranking.tally.turned_down,
            benefit: ranking.benefit,
            cost: ranking.cost,
            urgency_percent: ranking.urgency_percent,
            shown_days_ago: ranking.shown_days_ago,
            declines: ranking.declines,
        }
    }
}

impl From<RankingView> for domain::Ranking {
    fn from(view: RankingView) -> Self {
        Self {
            probability_ppm: view.probability_ppm,
            tally: Tally {
                taken_up: view.taken_up_quarters,
                turned_down: view.turned_down_quarters,
            },
            benefit: view.benefit,
            cost: view.cost,
            urgency_percent: view.urgency_percent,
            shown_days_ago: view.shown_days_ago,
            declines: view.declines,
        }
    }
}

impl From<&domain::Reason> for ReasonView {
    fn from(reason: &domain::Reason) -> Self {
        let (attribute, value) = &reason.claim;
        let claim = || ReasonClaim {
            attribute: AsText(attribute.clone()),
            value: value.to_string(),
        };
        Self {
            claim: reason.visible.then(claim),
            verdict: reason.verdict.into(),
            confidence_ppm: reason.confidence_ppm,
            evidence: reason.evidence.iter().copied().map(AsText).collect(),
            learnt_at: AsText(reason.learnt_at),
            learnt_property: AsText(reason.learnt_property.clone()),
            learnt_by: AsText(reason.learnt_by.clone()),
        }
    }
}

impl From<&ReasonView> for domain::Reason {
    fn from(view: &ReasonView) -> Self {
        let hidden = || AttributeId::new(HIDDEN_ATTRIBUTE).expect("the word is an attribute's");
        Self {
            claim: view.claim.as_ref().map_or_else(
                || (hidden(), "".into()),
                |claim| (claim.attribute.0.clone(), claim.value.as_str().into()),
            ),
            visible: view.claim.is_some(),
            verdict: view.verdict.into(),
            confidence_ppm: view.confidence_ppm,
            evidence: view.evidence.iter().map(|id| id.0).collect(),
            learnt_at: view.learnt_at.0,
            learnt_property: view.learnt_property.0.clone(),
            learnt_by: view.learnt_by.0.clone(),
        }
    }
}

impl From<&domain::Change> for ChangeView {
    fn from(change: &domain::Change) -> Self {
        Self {
            item: AsText(change.item.clone()),
            kind: change.kind.into(),
            rule: AsText(change.rule.clone()),
        }
    }
}

#[cfg(test)]
mod tests;
