//! Editing the text of a vocabulary file: what curation adds is put in, and everything else stays as it was written,
//! comments too.

use cardex_domain::ids::AttributeId;
use cardex_domain::vocabulary::normalised;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value};

/// Why a file can't be edited that way.
#[derive(Debug, thiserror::Error)]
pub(super) enum EditError {
    #[error("the text is not TOML")]
    NotToml(#[from] toml_edit::TomlError),
    #[error(
        "the vocabulary has no attribute {0}; adopt it first with `cardex vocabulary adopt-attribute`"
    )]
    NoAttribute(AttributeId),
    #[error("{attribute} has no value {value}; `cardex vocabulary show {attribute}` lists them")]
    NoValue {
        attribute: AttributeId,
        value: String,
    },
    #[error(
        "the values of {0} share one base of 1000000: say with --base-ppm how much of it the new one has"
    )]
    NoBase(AttributeId),
    #[error("no value of {0} has so much of the base to give; say less with --base-ppm")]
    TooMuch(AttributeId),
    #[error("`{0}` does not have the form this program edits: edit the file by hand")]
    Form(&'static str),
}

/// A value to be taken into an attribute.
#[derive(Debug, Clone)]
pub(super) struct NewValue {
    pub(super) id: String,
    pub(super) en: String,
    pub(super) zh: String,
    pub(super) synonyms: Vec<String>,
    pub(super) base_ppm: Option<u32>,
}

/// An attribute to be taken in.
#[derive(Debug, Clone)]
pub(super) struct NewAttribute {
    pub(super) id: AttributeId,
    pub(super) group: String,
    pub(super) kind: String,
    pub(super) half_life_days: u32,
    pub(super) base_ppm: u32,
    pub(super) sensitivity: String,
    pub(super) label: (String, String),
    pub(super) handling: Option<(String, String)>,
    pub(super) open: bool,
    pub(super) values: Vec<NewValue>,
}

/// A file that is being edited.
pub(super) struct Edit(DocumentMut);

impl Edit {
    pub(super) fn of(text: &str) -> Result<Self, EditError> {
        Ok(Self(text.parse()?))
    }

    /// The text as it is now.
    pub(super) fn text(&self) -> String {
        self.0.to_string()
    }

    /// Takes a value into an attribute. The value of a `single` gets its base from the one that has most.
    pub(super) fn adopt_value(
        &mut self,
        attribute: &AttributeId,
        value: &NewValue,
    ) -> Result<(), EditError> {
        let table = self.attribute(attribute)?;
        let kind = table.get("kind").and_then(Item::as_str);
        if kind == Some("single") {
            let base = value.base_ppm.ok_or(EditError::NoBase(attribute.clone()))?;
            take_base(table, base).ok_or(EditError::TooMuch(attribute.clone()))?;
        }
        match table
            .entry("value")
            .or_insert(Item::Value(Array::new().into()))
        {
            Item::Value(Value::Array(values)) => push(values, value.inline()),
            Item::ArrayOfTables(values) => values.push(value.inline().into_table()),
            _ => return Err(EditError::Form("value")),
        }
        self.heed(attribute, Some(&value.id))
    }

    /// Takes in an attribute, behind the last one.
    pub(super) fn adopt_attribute(&mut self, new: &NewAttribute) -> Result<(), EditError> {
        let mut table = Table::new();
        table.insert("id", text(new.id.as_str()));
        table.insert("group", text(&new.group));
        table.insert("kind", text(&new.kind));
        table.insert("half_life_days", number(new.half_life_days));
        table.insert("base_ppm", number(new.base_ppm));
        table.insert("sensitivity", text(&new.sensitivity));
        if new.open {
            table.insert("open", toml_edit::value(true));
        }
        table.insert("label", label(&new.label.0, &new.label.1));
        if let Some((en, zh)) = &new.handling {
            table.insert("handling", label(en, zh));
        }
        if !new.values.is_empty() {
            let mut values = Array::new();
            for value in &new.values {
                push(&mut values, value.inline());
            }
            table.insert("value", Item::Value(values.into()));
        }
        table.decor_mut().set_prefix("\n");
        self.tables("attribute")?.push(table);
        self.heed(&new.id, None)
    }

    /// Makes a word mean a value of the attribute.
    pub(super) fn map_word(
        &mut self,
        attribute: &AttributeId,
        value: &str,
        word: &str,
    ) -> Result<(), EditError> {
        let table = self.attribute(attribute)?;
        let known = each_value(table).find(|v| v.get("id").and_then(Item::as_str) == Some(value));
        let known = known.ok_or_else(|| EditError::NoValue {
            attribute: attribute.clone(),
            value: value.to_owned(),
        })?;
        names(known, "synonyms", word)?;
        self.heed(attribute, Some(word))
    }

    /// Makes an id another name of the attribute.
    pub(super) fn map_attribute(
        &mut self,
        from: &AttributeId,
        to: &AttributeId,
    ) -> Result<(), EditError> {
        names(self.attribute(to)?, "aliases", from.as_str())?;
        self.heed(from, None)
    }

    /// Lists the attribute, or the value, no more.
    pub(super) fn ignore(
        &mut self,
        attribute: &AttributeId,
        value: Option<&str>,
    ) -> Result<(), EditError> {
        let mut table = Table::new();
        table.insert("attribute", text(attribute.as_str()));
        if let Some(value) = value {
            table.insert("value", text(value));
        }
        table.decor_mut().set_prefix("\n");
        self.tables("ignored")?.push(table);
        Ok(())
    }

    /// Ignores no more what has a meaning now.
    fn heed(&mut self, attribute: &AttributeId, value: Option<&str>) -> Result<(), EditError> {
        if self.0.get("ignored").is_none() {
            return Ok(());
        }
        let ignored = self.tables("ignored")?;
        let word = value.map(normalised);
        ignored.retain(|table| {
            let said = |key| table.get(key).and_then(Item::as_str);
            said("attribute") != Some(attribute.as_str()) || said("value").map(normalised) != word
        });
        if ignored.is_empty() {
            self.0.remove("ignored");
        }
        Ok(())
    }

    fn tables(&mut self, name: &'static str) -> Result<&mut ArrayOfTables, EditError> {
        let item = self.0.entry(name);
        let item = item.or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        item.as_array_of_tables_mut().ok_or(EditError::Form(name))
    }

    fn attribute(&mut self, id: &AttributeId) -> Result<&mut Table, EditError> {
        let mut tables = self.tables("attribute")?.iter_mut();
        let found = tables.find(|t| t.get("id").and_then(Item::as_str) == Some(id.as_str()));
        found.ok_or_else(|| EditError::NoAttribute(id.clone()))
    }
}

impl NewValue {
    fn inline(&self) -> InlineTable {
        let mut table = InlineTable::new();
        table.insert("id", self.id.as_str().into());
        if let Some(base) = self.base_ppm {
            table.insert("base_ppm", i64::from(base).into());
        }
        table.insert("label", inline_label(&self.en, &self.zh).into());
        if !self.synonyms.is_empty() {
            let synonyms: Array = self.synonyms.iter().map(String::as_str).collect();
            table.insert("synonyms", synonyms.into());
        }
        table
    }
}

/// Takes as much of the base from the value that has most, which keeps some.
fn take_base(table: &mut Table, base: u32) -> Option<()> {
    let base_of = |v: &dyn TableLike| v.get("base_ppm").and_then(Item::as_integer);
    let richest = each_value(table).max_by_key(|v| base_of(*v))?;
    let left = base_of(richest)?
        .checked_sub(base.into())
        .filter(|left| *left > 0)?;
    richest.insert("base_ppm", toml_edit::value(left));
    Some(())
}

/// The values of an attribute, in either form of writing them.
fn each_value(table: &mut Table) -> Box<dyn Iterator<Item = &mut dyn TableLike> + '_> {
    match table.get_mut("value") {
        Some(Item::ArrayOfTables(values)) => {
            Box::new(values.iter_mut().map(|t| t as &mut dyn TableLike))
        }
        Some(Item::Value(Value::Array(values))) => Box::new(
            values
                .iter_mut()
                .filter_map(Value::as_inline_table_mut)
                .map(|t| t as &mut dyn TableLike),
        ),
        _ => Box::new(std::iter::empty()),
    }
}

/// Adds a word to a list of words, which is made when there is none.
fn names(table: &mut dyn TableLike, list: &'static str, word: &str) -> Result<(), EditError> {
    let item = table.entry(list);
    let item = item.or_insert(Item::Value(Array::new().into()));
    item.as_array_mut().ok_or(EditError::Form(list))?.push(word);
    Ok(())
}

/// Puts a value at the end of a list that has one a line.
fn push(values: &mut Array, value: InlineTable) {
    let mut value = Value::from(value);
    value.decor_mut().set_prefix("\n  ");
    values.push_formatted(value);
    values.set_trailing_comma(true);
    values.set_trailing("\n");
}

fn text(text: &str) -> Item {
    toml_edit::value(text)
}

fn number(number: u32) -> Item {
    toml_edit::value(i64::from(number))
}

fn label(en: &str, zh: &str) -> Item {
    toml_edit::value(inline_label(en, zh))
}

fn inline_label(en: &str, zh: &str) -> InlineTable {
    [("en", en), ("zh", zh)].into_iter().collect()
}

#[cfg(test)]
mod tests;
