//! Reads one rule, a function for each of its keys.

use std::collections::BTreeSet;

use cardex_domain::ids::{AttributeId, DepartmentId, RuleId, is_token};
use cardex_domain::profile::Verdict;
use cardex_domain::vocabulary::Attribute;

use super::reader::{Quoted, Section};
use super::{Loader, Placed};
use crate::calendar::{Calendar, Season, Weekday};
use crate::condition::Condition;
use crate::fault::{meant, not_a_value};
use crate::rule::{About, Rule, Trigger};

const RULE_KEYS: [&str; 20] = [
    "id",
    "departments",
    "trigger",
    "about",
    "verdict",
    "when",
    "from",
    "until",
    "season",
    "weekdays",
    "benefit",
    "cost",
    "urgency",
    "category",
    "tier",
    "freshness_hours",
    "acknowledge_within",
    "hours_before",
    "days_after",
    "every_days",
];
pub(super) const VERDICTS: [Verdict; 7] = [
    Verdict::Prefers,
    Verdict::Ask,
    Verdict::Hint,
    Verdict::Avoids,
    Verdict::AvoidHint,
    Verdict::Safety,
    Verdict::Need,
];
const MAX_HOURS: u32 = 720;
/// The urgency of a rule that does not say it: as urgent as can be.
const URGENT_PERCENT: u32 = 100;

/// An entry of `about` whose attribute the vocabulary knows.
pub(super) struct Topic<'v> {
    pub(super) at: usize,
    pub(super) attribute: &'v Attribute,
    pub(super) value: Option<Box<str>>,
}

/// What of a rule must fit together.
pub(super) struct Parts<'p, 'v> {
    pub(super) departments: &'p Placed<DepartmentId>,
    pub(super) triggers: &'p BTreeSet<Trigger>,
    /// The attributes that say on which day of the year it speaks.
    pub(super) days: &'p [AttributeId],
    pub(super) topics: &'p [Topic<'v>],
    pub(super) verdicts: &'p Placed<Verdict>,
    pub(super) tier: Option<u32>,
    pub(super) worth: Option<(u32, u32)>,
}

/// A condition with its place and that of each attribute it asks about.
pub(super) struct Asked {
    pub(super) at: usize,
    pub(super) condition: Condition,
    pub(super) attributes: Placed<AttributeId>,
}

impl<'v> Loader<'_, 'v> {
    /// The rule `id`, as its draft says it.
    pub(super) fn rule(&mut self, id: &RuleId, section: &Section<'_>) -> Option<Rule> {
        self.reader.rule = Some(id.as_str().into());
        self.reader.known_keys(section, &RULE_KEYS);
        let departments = self.departments(section);
        let triggers = self.triggers(section);
        let times = self.times(section, &triggers);
        self.triggers_add_something(section, &triggers);
        let topics = self.topics(section, &triggers);
        let verdicts = self.verdicts(section);
        let benefit = self.number(section, "benefit", 1, 10);
        let cost = self.number(section, "cost", 0, 10);
        let urgency_percent = match section.keys.contains_key("urgency") {
            true => self.number(section, "urgency", 1, URGENT_PERCENT),
            false => Some(URGENT_PERCENT),
        };
        let freshness_hours = self.number(section, "freshness_hours", 1, MAX_HOURS);
        let acknowledge_seconds = self.acknowledge_within(section);
        let category = self.category(section);
        let tier = self.number(section, "tier", 0, 1);
        let calendar = self.calendar(section);
        let when = self.when(section);
        let days: Vec<AttributeId> = triggers.iter().filter_map(|of| of.day_of_year()).collect();
        let parts = Parts {
            departments: &departments,
            triggers: &triggers,
            days: &days,
            topics: &topics,
            verdicts: &verdicts,
            tier,
            worth: benefit.zip(cost),
        };
        self.check(section, &parts, when.as_ref());
        self.reader.rule = None;
        let asked = when.iter().flat_map(|asked| &asked.attributes);
        let bound = topics.iter().map(|topic| &topic.attribute.id);
        let rests_on = bound.chain(asked.map(|(_, id)| id)).chain(&days);
        let rests_on = rests_on.cloned().collect();
        Some(Rule {
            id: id.clone(),
            departments: departments
                .into_iter()
                .map(|(_, department)| department)
                .collect(),
            triggers,
            about: topics.into_iter().map(About::from).collect(),
            verdicts: verdicts.into_iter().map(|(_, verdict)| verdict).collect(),
            when: when.map(|asked| asked.condition),
            calendar,
            times,
            benefit: benefit?,
            cost: cost?,
            urgency_percent: urgency_percent?,
            category: category?,
            tier: u8::try_from(tier?).ok()?,
            freshness_hours: freshness_hours?,
            acknowledge_seconds,
            beyond: BTreeSet::new(),
            passed_on_from: BTreeSet::new(),
            rests_on,
            shows: BTreeSet::new(),
        })
    }

    fn departments(&mut self, section: &Section<'_>) -> Placed<DepartmentId> {
        let mut departments = Placed::new();
        for word in self.reader.required_words(section, "departments") {
            match DepartmentId::new(word.text) {
                Ok(department) => departments.push((word.at, department)),
                Err(error) => self.reader.fault(word.at, error.to_string()),
            }
        }
        departments
    }

    fn triggers(&mut self, section: &Section<'_>) -> BTreeSet<Trigger> {
        let words = self.reader.required_words(section, "trigger");
        words
            .iter()
            .filter_map(|word| self.reader.one_of(word, &Trigger::ALL))
            .collect()
    }

    fn verdicts(&mut self, section: &Section<'_>) -> Placed<Verdict> {
        if !section.keys.contains_key("verdict") {
            return vec![(section.at, Verdict::Prefers)];
        }
        let known = VERDICTS.map(|verdict| (verdict.as_str(), verdict));
        let words = self.reader.required_words(section, "verdict");
        words
            .iter()
            .filter_map(|word| Some((word.at, self.reader.one_of(word, &known)?)))
            .collect()
    }

    /// What the rule is about. One that speaks by the clock alone may be about nothing.
    fn topics(&mut self, section: &Section<'_>, triggers: &BTreeSet<Trigger>) -> Vec<Topic<'v>> {
        let is_timed = !triggers.is_empty() && triggers.iter().all(|trigger| trigger.is_timed());
        if is_timed && !section.keys.contains_key("about") {
            if let Some((at, _)) = section.keys.get("verdict") {
                let message = "a rule without `about` has no `verdict`: remove it";
                self.reader.fault(*at, message);
            }
            return Vec::new();
        }
        let words = self.reader.required_words(section, "about");
        let mut topics: Vec<Topic<'v>> = Vec::new();
        for word in &words {
            let Some(topic) = self.topic(word) else {
                continue;
            };
            if topics
                .iter()
                .any(|known| known.attribute.id == topic.attribute.id)
            {
                let message = format!(
                    "`{}` is in `about` already: give the other its own rule",
                    topic.attribute.id
                );
                self.reader.fault(topic.at, message);
            } else {
                topics.push(topic);
            }
        }
        topics
    }

    fn topic(&mut self, word: &Quoted<'_>) -> Option<Topic<'v>> {
        let (name, value) = match word.text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word.text, None),
        };
        let vocabulary = self.vocabulary;
        let known = AttributeId::new(name)
            .ok()
            .and_then(|id| vocabulary.attribute(&id));
        let Some(attribute) = known else {
            let instead = match meant(name, vocabulary.attributes().map(|a| a.id.as_str())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write one of its attributes".to_owned(),
            };
            let message = format!("`{name}` is not in the vocabulary: {instead}");
            self.reader.fault(word.at, message);
            return None;
        };
        if let Some(message) = value.and_then(|value| not_a_value(vocabulary, attribute, value)) {
            self.reader.fault(word.place(name.len() + 1), message);
        }
        Some(Topic {
            at: word.at,
            attribute,
            value: value.map(Box::from),
        })
    }

    fn number(&mut self, section: &Section<'_>, key: &str, least: u32, most: u32) -> Option<u32> {
        let node = self.reader.required(section, key)?;
        self.reader.number(node, least, most)
    }

    fn category(&mut self, section: &Section<'_>) -> Option<Box<str>> {
        let node = self.reader.required(section, "category")?;
        let word = self.reader.string(node)?;
        if is_token(word.text) {
            return Some(word.text.into());
        }
        self.reader.fault(
            word.at,
            "a category must be 1 to 64 characters of a-z, 0-9, _ and -",
        );
        None
    }

    fn when(&mut self, section: &Section<'_>) -> Option<Asked> {
        let node = section.get("when")?;
        let source = self.reader.string(node)?;
        match Condition::compile(source.text, self.vocabulary) {
            Ok((condition, attributes)) => {
                let attributes = attributes.into_iter();
                let placed = attributes.map(|(at, id)| (source.place(at), id));
                Some(Asked {
                    at: source.at,
                    condition,
                    attributes: placed.collect(),
                })
            }
            Err(wrong) => {
                self.reader.faults_in(&source, wrong);
                None
            }
        }
    }

    fn calendar(&mut self, section: &Section<'_>) -> Calendar {
        let calendar = Calendar {
            from: section.get("from").and_then(|node| self.reader.day(node)),
            until: section.get("until").and_then(|node| self.reader.day(node)),
            season: self.season(section),
            weekdays: self.weekdays(section),
        };
        if !calendar.occurs() {
            let until = section.get("until").map_or(section.at, |node| node.at());
            let message = "there is no such day from `from` until `until`: the rule never speaks";
            self.reader.fault(until, message);
        }
        calendar
    }

    fn season(&mut self, section: &Section<'_>) -> Option<Season> {
        let node = section.get("season")?;
        let written = self.reader.string(node)?;
        let season = Season::read(written.text);
        if season.is_none() {
            let message = "expected months and days that there are, as in `12-15..02-20`";
            self.reader.fault(written.at, message);
        }
        season
    }

    fn weekdays(&mut self, section: &Section<'_>) -> BTreeSet<Weekday> {
        let Some(node) = section.get("weekdays") else {
            return BTreeSet::new();
        };
        let words = self.reader.words(node, "weekdays");
        let days = words.iter();
        days.filter_map(|word| self.reader.one_of(word, &Weekday::ALL))
            .collect()
    }
}

impl From<Topic<'_>> for About {
    fn from(topic: Topic<'_>) -> Self {
        Self {
            attribute: topic.attribute.id.clone(),
            value: topic.value,
        }
    }
}
