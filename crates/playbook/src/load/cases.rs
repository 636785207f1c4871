//! Reads the cases beside the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cardex_domain::board::{Phase, Texts};
use cardex_domain::event::Name;
use cardex_domain::ids::{AttributeId, DepartmentId, PropertyId, Room, RuleId};
use cardex_domain::profile::Verdict;
use cardex_domain::time::Day;
use cardex_domain::vocabulary::{Kind, Vocabulary};

use super::in_order;
use super::reader::{Node, Reader, Section, document};
use super::rules::VERDICTS;
use crate::cases::{Case, Given, Told};
use crate::fault::{Fault, not_a_value};
use crate::hours::Clock;
use crate::sources::Sources;

/// Where a case takes place that does not say it.
const SOMEWHERE: &str = "somewhere";
const NUMBERS_MAX: u32 = 999;
const CASE_KEYS: [&str; 21] = [
    "name",
    "property",
    "day",
    "on",
    "at",
    "nights",
    "adults",
    "children",
    "earlier_stays",
    "room",
    "moved_from",
    "room_type",
    "title",
    "family",
    "language",
    "nationality",
    "reserved",
    "in_house",
    "over",
    "waits",
    "says",
];

/// What a case says is told, by the part of the stay.
const PHASES: [(&str, Phase); 3] = [
    ("reserved", Phase::Reserved),
    ("in_house", Phase::InHouse),
    ("over", Phase::Over),
];

/// The cases of all files.
///
/// # Errors
/// With every fault.
pub(crate) fn cases(sources: &Sources, vocabulary: &Vocabulary) -> Result<Vec<Case>, Vec<Fault>> {
    let mut reader = Reader::new();
    let files = sources.tests();
    let files: Vec<_> = files
        .map(|(_, path, text)| document(&mut reader, path, text))
        .collect();
    let mut read = Vec::new();
    if reader.is_faultless() {
        for file in &files {
            let whole = reader.whole(file);
            reader.known_keys(&whole, &["case"]);
            let mut of_file = Vec::new();
            let nodes = whole.get("case").and_then(|node| reader.array(node));
            for node in nodes.unwrap_or_default() {
                let section = reader.table(node, "[[case]]");
                of_file.extend(section.and_then(|section| case(&mut reader, &section, vocabulary)));
            }
            let named = of_file
                .iter()
                .flat_map(|case: &Case| case.expects().cloned());
            let looks_at: Arc<BTreeSet<RuleId>> = Arc::new(named.collect());
            if looks_at.is_empty() && !of_file.is_empty() {
                let message =
                    "no case of this file names a rule, so that it looks at none: name one";
                reader.fault(whole.at, message);
            }
            read.extend(of_file.into_iter().map(|case| Case {
                looks_at: Arc::clone(&looks_at),
                ..case
            }));
        }
    }
    match reader.is_faultless() {
        true => Ok(read),
        false => Err(in_order(reader.into_faults())),
    }
}

fn case(reader: &mut Reader<'_>, section: &Section<'_>, vocabulary: &Vocabulary) -> Option<Case> {
    let verdicts = VERDICTS.map(Verdict::as_str);
    let keys: Vec<&str> = CASE_KEYS.into_iter().chain(verdicts).collect();
    reader.known_keys(section, &keys);
    let name = reader.required(section, "name")?;
    let name = reader.string(name)?.text.into();
    let waits = match section.get("waits") {
        Some(node) => Some(rules(reader, node)?),
        None => None,
    };
    let given = Given {
        do_not_disturb: waits.is_some(),
        ..given(reader, section, vocabulary)?
    };
    let mut told = BTreeMap::new();
    for (key, phase) in PHASES {
        if let Some(node) = section.get(key) {
            told.insert(phase, boards(reader, node, key)?);
        }
    }
    if told.is_empty() {
        reader.fault(
            section.at,
            "say what is told: add `reserved`, `in_house` or `over`",
        );
    }
    let says = match section.get("says") {
        Some(node) => says(reader, node)?,
        None => BTreeMap::new(),
    };
    let Fault { file, line, .. } = reader.at(section.at, "");
    Some(Case {
        name,
        file,
        line,
        given,
        looks_at: Arc::default(),
        told,
        waits: waits.into_iter().flatten().collect(),
        says,
    })
}

fn given(reader: &mut Reader<'_>, section: &Section<'_>, vocabulary: &Vocabulary) -> Option<Given> {
    let mut text = |key: &str| -> Option<Box<str>> {
        let node = section.get(key)?;
        reader.string(node).map(|written| written.text.into())
    };
    let name = Name {
        title: text("title"),
        family: text("family"),
        ..Name::default()
    };
    let (room_type, language, nationality) =
        (text("room_type"), text("language"), text("nationality"));
    let (property, room, moved_from) = (text("property"), text("room"), text("moved_from"));
    let property = PropertyId::new(property.as_deref().unwrap_or(SOMEWHERE));
    let property = property
        .map_err(|error| reader.fault(section.at, error.to_string()))
        .ok()?;
    let mut a_room = |room: Option<Box<str>>| {
        let room = room.map(|room| Room::new(&room)).transpose();
        room.map_err(|error| reader.fault(section.at, error.to_string()))
            .ok()
    };
    let (room, moved_from) = (a_room(room)?, a_room(moved_from)?);
    let mut number = |key: &str, usual: u32| match section.get(key) {
        Some(node) => reader.number(node, 0, NUMBERS_MAX).unwrap_or(usual),
        None => usual,
    };
    let (nights, earlier_stays) = (number("nights", 2), number("earlier_stays", 0));
    let (adults, children) = (number("adults", 1), number("children", 0));
    let day = match section.get("day") {
        Some(node) => reader.day(node)?,
        None => Day::from_ymd(2026, 5, 4).expect("a Monday in May"),
    };
    let on = match section.get("on") {
        Some(node) => reader.day(node)?,
        None => day,
    };
    let at = match section.get("at") {
        Some(node) => reader.clock(node)?,
        None => Clock::NOON,
    };
    Some(Given {
        property,
        day,
        on,
        at,
        nights,
        adults: u16::try_from(adults).ok()?,
        children: u16::try_from(children).ok()?,
        earlier_stays,
        room,
        moved_from,
        room_type,
        name,
        language,
        nationality,
        do_not_disturb: false,
        known: known(reader, section, vocabulary),
    })
}

fn known(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    vocabulary: &Vocabulary,
) -> Vec<(AttributeId, Kind, Box<str>, Verdict)> {
    let mut known = Vec::new();
    for verdict in VERDICTS {
        let Some(node) = section.get(verdict.as_str()) else {
            continue;
        };
        for word in reader.words(node, verdict.as_str()) {
            let (name, value) = word.text.split_once('=').unwrap_or((word.text, ""));
            let attribute = AttributeId::new(name).ok();
            let Some(attribute) = attribute.and_then(|id| vocabulary.attribute(&id)) else {
                let message = format!("`{name}` is not in the vocabulary; write `attribute=value`");
                reader.fault(word.at, message);
                continue;
            };
            if let Some(message) = not_a_value(vocabulary, attribute, value) {
                reader.fault(word.place(name.len() + 1), message);
                continue;
            }
            known.push((attribute.id.clone(), attribute.kind, value.into(), verdict));
        }
    }
    known
}

fn boards(reader: &mut Reader<'_>, node: Node<'_>, key: &str) -> Option<Told> {
    let section = reader.table(node, &format!("{key} = {{ department = [\"rule\"] }}"))?;
    let mut told = Told::new();
    for (name, (at, node)) in section.keys {
        let department = DepartmentId::new(name);
        let department = department
            .map_err(|error| reader.fault(at, error.to_string()))
            .ok()?;
        told.insert(department, rules(reader, node)?);
    }
    Some(told)
}

fn rules(reader: &mut Reader<'_>, node: Node<'_>) -> Option<Vec<RuleId>> {
    let mut ids = Vec::new();
    for node in reader.array(node)? {
        let rule = reader.string(node)?;
        let id = RuleId::new(rule.text);
        ids.push(
            id.map_err(|error| reader.fault(rule.at, error.to_string()))
                .ok()?,
        );
    }
    Some(ids)
}

fn says(reader: &mut Reader<'_>, node: Node<'_>) -> Option<BTreeMap<RuleId, Texts>> {
    let section = reader.table(node, "[case.says.rule]")?;
    let mut says = BTreeMap::new();
    for (name, (at, node)) in section.keys {
        let rule = RuleId::new(name);
        let rule = rule
            .map_err(|error| reader.fault(at, error.to_string()))
            .ok()?;
        let mut texts = Texts::new();
        for (language, (_, node)) in reader.table(node, "[case.says.rule]")?.keys {
            texts.insert(language.into(), reader.string(node)?.text.into());
        }
        says.insert(rule, texts);
    }
    Some(says)
}
