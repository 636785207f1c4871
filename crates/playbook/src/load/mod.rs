//! Reads the files of a playbook. Every fault is collected with its place, because whoever edits the files wants to know all
//! of them at once.

use std::collections::{BTreeMap, BTreeSet};

use cardex_domain::ids::{AttributeId, DepartmentId, PropertyId, RuleId};
use cardex_domain::vocabulary::Vocabulary;

use crate::Arrangements;
use crate::fault::{Fault, meant};
use crate::hours::Hours;
use crate::route::Routes;
use crate::rule::Rule;
use crate::sources::{self, Sources};
use crate::words::{self, Speakers, WordFile, Words};

mod cases;
mod covered;
mod escalation;
mod hours;
mod labels;
mod layers;
mod meaning;
mod reader;
mod routes;
mod rules;
mod waiting;

pub(crate) use cases::cases;
use escalation::Line;
use layers::Drafts;
use reader::{Reader, document};

/// Everything that a playbook's files say.
pub(crate) struct Loaded {
    /// Every rule, once for each way in which it is changed somewhere.
    pub(crate) rules: Vec<Rule>,
    /// Which of them hold in the chain.
    pub(crate) chain: Held,
    /// Which hold at a property that has a file.
    pub(crate) properties: BTreeMap<PropertyId, Held>,
    /// In the order of their languages.
    pub(crate) words: Vec<Words>,
    /// What is no fault and might be better.
    pub(crate) advice: Vec<Fault>,
}

/// Which rule holds under each id.
pub(crate) type Holding = BTreeMap<RuleId, usize>;

/// What holds somewhere.
pub(crate) struct Held {
    pub(crate) rules: Holding,
    pub(crate) arrangements: Arrangements,
}

/// Reads the files of a playbook.
///
/// # Errors
/// With every fault, in the order of the files and in each of them. Where rules are not TOML, those faults alone.
pub(crate) fn load(sources: &Sources, vocabulary: &Vocabulary) -> Result<Loaded, Vec<Fault>> {
    let Some(text) = sources.file(sources::RULES) else {
        let message = "the playbook has no rules: add this file";
        return Err(vec![Fault::at((sources::RULES, ""), 0, None, message)]);
    };
    let mut loader = Loader {
        reader: Reader::new(),
        vocabulary,
        places: BTreeMap::new(),
        chain: BTreeSet::new(),
        drafts: 0,
        named: Vec::new(),
    };
    let reader = &mut loader.reader;
    let chain = document(reader, sources::RULES, text);
    let mut lower = |(name, path, text)| (name, document(reader, path, text));
    let brands: Vec<_> = sources.brands().map(&mut lower).collect();
    let properties: Vec<_> = sources.properties().map(&mut lower).collect();
    if !loader.reader.is_faultless() {
        return Err(in_order(loader.reader.into_faults()));
    }
    let chain = loader.reader.whole(&chain);
    let chain = Layer {
        drafts: loader.chain(&chain),
        line: loader.line(&chain, &Line::new()),
        hours: loader.hours(&chain, &Hours::default()),
        waiting: loader.waiting(&chain, &BTreeSet::new()),
        routes: loader.routes(&chain, &Routes::default()),
    };
    let mut by_brand: BTreeMap<&str, Layer<'_>> = BTreeMap::new();
    for (name, file) in &brands {
        let file = loader.reader.whole(file);
        by_brand.insert(*name, loader.layer(&file, &chain, false));
    }
    let mut by_property = BTreeMap::new();
    for (name, file) in &properties {
        let file = loader.reader.whole(file);
        let brand = loader.brand(&file);
        let above = brand.as_ref().and_then(|brand| by_brand.get(brand.text));
        if let Some(brand) = brand.filter(|_| above.is_none()) {
            loader.no_brand(&brand, by_brand.keys().copied());
        }
        let above = above.unwrap_or(&chain);
        let layer = loader.layer(&file, above, true);
        match PropertyId::new(name) {
            Ok(property) => drop(by_property.insert(property, layer)),
            Err(error) => loader.reader.fault(file.at, error.to_string()),
        }
    }
    loader.finish(
        sources,
        (chain, by_brand.into_values().collect(), by_property),
    )
}

fn in_order(mut faults: Vec<Fault>) -> Vec<Fault> {
    faults.sort();
    faults.dedup();
    faults
}

/// Parts of a rule with their places.
type Placed<T> = Vec<(usize, T)>;

/// What is written for somewhere.
struct Layer<'a> {
    drafts: Drafts<'a>,
    /// Who follows whom.
    line: Line,
    hours: Hours,
    /// Whose lines wait while the guest does not want to be disturbed.
    waiting: BTreeSet<DepartmentId>,
    routes: Routes,
}

/// What is written: of the chain, of each brand, and of each property.
type Written<'a> = (Layer<'a>, Vec<Layer<'a>>, BTreeMap<PropertyId, Layer<'a>>);

struct Loader<'t, 'v> {
    reader: Reader<'t>,
    vocabulary: &'v Vocabulary,
    /// Where each rule has its id.
    places: BTreeMap<RuleId, usize>,
    /// The rules of the chain.
    chain: BTreeSet<RuleId>,
    /// How many drafts there are.
    drafts: usize,
    /// The departments that are named beside the rules, and where.
    named: Placed<DepartmentId>,
}

impl Loader<'_, '_> {
    /// What holds where the file says what differs from `above`.
    fn layer<'a>(
        &mut self,
        file: &reader::Section<'a>,
        above: &Layer<'a>,
        is_property: bool,
    ) -> Layer<'a> {
        Layer {
            drafts: self.lower(file, &above.drafts, is_property),
            line: self.line(file, &above.line),
            hours: self.hours(file, &above.hours),
            waiting: self.waiting(file, &above.waiting),
            routes: self.routes(file, &above.routes),
        }
    }

    fn no_brand<'k>(&mut self, brand: &reader::Quoted<'_>, known: impl Iterator<Item = &'k str>) {
        let instead = match meant(brand.text, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "add it".to_owned(),
        };
        let message = format!("there is no brands/{}.toml: {instead}", brand.text);
        self.reader.fault(brand.at, message);
    }

    /// Reads the rules, each once however often it is inherited, and the words.
    fn finish(
        mut self,
        sources: &Sources,
        (chain, brands, properties): Written<'_>,
    ) -> Result<Loaded, Vec<Fault>> {
        let (mut rules, mut read) = (Vec::new(), BTreeMap::new());
        let mut holding = |layer: &Layer<'_>| -> Held {
            let each = layer.drafts.iter().filter_map(|(id, draft)| {
                let number = *read.entry(draft.number).or_insert_with(|| {
                    let rule = self.rule(id, &draft.section)?;
                    rules.push(rule);
                    Some(rules.len() - 1)
                });
                Some((id.clone(), number?))
            });
            let held = Held {
                rules: each.collect(),
                arrangements: Arrangements {
                    escalation: (&layer.line).into(),
                    hours: layer.hours.clone(),
                    waits: layer.waiting.clone(),
                    routes: layer.routes.clone(),
                },
            };
            self.escalate(&held, &layer.line, &mut rules);
            held
        };
        let chain = holding(&chain);
        // A brand without a property is checked all the same.
        brands.iter().for_each(|layer| drop(holding(layer)));
        let properties: BTreeMap<_, _> = properties
            .iter()
            .map(|(property, layer)| (property.clone(), holding(layer)))
            .collect();
        self.named_are_served(&rules);
        let (words, mut faults) = self.words(sources, &mut rules);
        let books = [&chain].into_iter().chain(properties.values());
        let mut advice: Vec<Fault> = books
            .flat_map(|held| self.covered(&held.rules, &rules))
            .collect();
        advice.extend(self.followed_by_nobody(&rules));
        faults.extend(self.reader.into_faults());
        match faults.is_empty() {
            true => Ok(Loaded {
                rules,
                chain,
                properties,
                words,
                advice: in_order(advice),
            }),
            false => Err(in_order(faults)),
        }
    }

    /// The words of every language; notes in the rules whose values they show.
    fn words(&mut self, sources: &Sources, rules: &mut [Rule]) -> (Vec<Words>, Vec<Fault>) {
        let (mut read, mut faults, mut shows) = (Vec::new(), Vec::new(), BTreeSet::new());
        let mut speechless: BTreeMap<RuleId, Vec<&str>> = BTreeMap::new();
        let ids = self.places.keys().cloned().collect();
        for (language, path, text) in sources.words() {
            let labels = sources.labels().find(|(of, ..)| *of == language);
            let (labels, wrong) = labels.map_or_else(Default::default, |(_, path, text)| {
                labels::labels(path, text)
            });
            faults.extend(wrong);
            let file = WordFile {
                language,
                path,
                text,
            };
            let speakers = Speakers {
                rules,
                ids: &ids,
                vocabulary: self.vocabulary,
            };
            let found = words::read(file, speakers, labels);
            for rule in found.speechless {
                speechless.entry(rule).or_default().push(path);
            }
            faults.extend(found.faults);
            shows.extend(found.shows);
            read.extend(found.words);
        }
        for (rule, files) in speechless {
            let files = files.join(", ");
            let message = format!("it says nothing in {files}: add `{rule} = …` there");
            self.reader.rule = Some(rule.as_str().into());
            self.reader.fault(self.places[&rule], message);
        }
        self.reader.rule = None;
        if sources.words().next().is_none() {
            let message = "there are no words: add a file for a language, such as words/en.ftl";
            self.reader.fault(0, message);
        }
        for rule in rules {
            let bound = rule.about.iter().map(|about| &about.attribute);
            let shown =
                |attribute: &&AttributeId| shows.contains(&(rule.id.clone(), (*attribute).clone()));
            rule.shows = bound.filter(shown).cloned().collect();
        }
        (read, faults)
    }
}

#[cfg(test)]
mod tests;
