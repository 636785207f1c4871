//! Reads the merged tree into the caller's type. Written here because the stock deserializer loses the origin of
//! an unknown key and repeats values, which may be secrets put in the wrong place, in its errors.

use std::fmt;

use config::{Map, Value, ValueKind};
use serde::de::value::StringDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Expected, IntoDeserializer, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use super::{SettingsError, env_variable};

const ENV_ORIGIN: &str = "environment variable ";
const FLAG_ORIGIN: &str = "flag ";

pub(super) fn env_origin(variable: &str) -> String {
    format!("{ENV_ORIGIN}{variable}")
}

pub(super) fn flag_origin(key: &str) -> String {
    format!("{FLAG_ORIGIN}{key}=…")
}

/// Deserializes the root table.
pub(super) fn read<T: DeserializeOwned>(root: Map<String, Value>) -> Result<T, SettingsError> {
    T::deserialize(Node {
        key: String::new(),
        value: Value::new(None, root),
    })
    .map_err(SettingsError::from)
}

/// The origin of a value; merged tables have none of their own and take that of their first child.
fn origin_of(value: &Value) -> Option<String> {
    value
        .origin()
        .map(str::to_owned)
        .or_else(|| match &value.kind {
            ValueKind::Table(table) => {
                let mut children: Vec<_> = table.iter().collect();
                children.sort_by_key(|(key, _)| key.as_str());
                children.into_iter().find_map(|(_, child)| origin_of(child))
            }
            _ => None,
        })
}

fn join(parent: &str, key: &str) -> String {
    if parent.is_empty() {
        key.to_owned()
    } else {
        format!("{parent}.{key}")
    }
}

/// A value and its full key.
struct Node {
    key: String,
    value: Value,
}

impl Node {
    /// The value where it came from a layer in which everything is text.
    fn text(&self) -> Option<&str> {
        let origin = self.value.origin()?;
        match &self.value.kind {
            ValueKind::String(text)
                if origin.starts_with(ENV_ORIGIN) || origin.starts_with(FLAG_ORIGIN) =>
            {
                Some(text)
            }
            _ => None,
        }
    }

    /// Deserializes this value; a fault inside is at least at this place.
    fn seeded<'de, S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        let key = self.key.clone();
        let origin = origin_of(&self.value);
        seed.deserialize(self)
            .map_err(|fault| fault.at(&key, origin))
    }

    /// The elements of a comma-separated text.
    fn elements(&self) -> Option<Vec<Value>> {
        let origin = self.value.origin().map(str::to_owned);
        let elements = self.text()?.split(',').map(str::trim);
        let elements = elements.filter(|element| !element.is_empty());
        Some(
            elements
                .map(|element| Value::new(origin.as_ref(), element))
                .collect(),
        )
    }
}

macro_rules! from_text {
    ($($method:ident as $kind:ty => $visit:ident,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            match self.text().and_then(|text| text.trim().parse::<$kind>().ok()) {
                Some(value) => visitor.$visit(value),
                None => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Node {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value.kind {
            ValueKind::Nil => visitor.visit_unit(),
            ValueKind::Boolean(value) => visitor.visit_bool(value),
            ValueKind::I64(value) => visitor.visit_i64(value),
            ValueKind::I128(value) => visitor.visit_i128(value),
            ValueKind::U64(value) => visitor.visit_u64(value),
            ValueKind::U128(value) => visitor.visit_u128(value),
            ValueKind::Float(value) => visitor.visit_f64(value),
            ValueKind::String(value) => visitor.visit_string(value),
            ValueKind::Table(table) => visitor.visit_map(Table::new(self.key, table)),
            ValueKind::Array(array) => visitor.visit_seq(List::new(&self.key, array)),
        }
    }

    from_text! {
        deserialize_bool as bool => visit_bool,
        deserialize_i8 as i64 => visit_i64,
        deserialize_i16 as i64 => visit_i64,
        deserialize_i32 as i64 => visit_i64,
        deserialize_i64 as i64 => visit_i64,
        deserialize_u8 as u64 => visit_u64,
        deserialize_u16 as u64 => visit_u64,
        deserialize_u32 as u64 => visit_u64,
        deserialize_u64 as u64 => visit_u64,
        deserialize_f32 as f64 => visit_f64,
        deserialize_f64 as f64 => visit_f64,
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.value.kind {
            ValueKind::Nil => visitor.visit_none(),
            _ if self.text() == Some("") => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.elements() {
            Some(elements) => visitor.visit_seq(List::new(&self.key, elements)),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let key = self.key.clone();
        let origin = origin_of(&self.value);
        if let ValueKind::Table(table) = &self.value.kind {
            let unknown = table
                .iter()
                .filter(|(name, _)| !fields.contains(&name.as_str()));
            if let Some((name, value)) = unknown.min_by_key(|(name, _)| name.as_str()) {
                return Err(Fault::unknown(fields).at(&join(&key, name), origin_of(value)));
            }
        }
        self.deserialize_any(visitor)
            .map_err(|fault| fault.at(&key, origin))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.value.kind {
            ValueKind::String(variant) => {
                let variant: StringDeserializer<Fault> = variant.into_deserializer();
                visitor.visit_enum(variant)
            }
            ValueKind::Table(table) if table.len() == 1 => {
                visitor.visit_enum(Alternative(Table::new(self.key, table)))
            }
            _ => Err(de::Error::custom(
                "expected the name of one alternative, or a table with just that one key",
            )),
        }
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple_struct map identifier ignored_any
    }
}

/// A table's entries in the order of their keys, so that the same faulty settings always give the same error.
struct Table {
    key: String,
    entries: std::vec::IntoIter<(String, Value)>,
    value: Option<Node>,
}

impl Table {
    fn new(key: String, table: Map<String, Value>) -> Self {
        let mut entries: Vec<_> = table.into_iter().collect();
        entries.sort_by(|(left, _), (right, _)| left.cmp(right));
        Self {
            key,
            entries: entries.into_iter(),
            value: None,
        }
    }
}

impl<'de> de::MapAccess<'de> for Table {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((name, value)) = self.entries.next() else {
            return Ok(None);
        };
        let node = Node {
            key: join(&self.key, &name),
            value,
        };
        let name: StringDeserializer<Fault> = name.into_deserializer();
        let key = seed
            .deserialize(name)
            .map_err(|fault| fault.at(&node.key, origin_of(&node.value)))?;
        self.value = Some(node);
        Ok(Some(key))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let node = self
            .value
            .take()
            .ok_or_else(|| <Fault as de::Error>::custom("value asked for before its key"))?;
        node.seeded(seed)
    }
}

/// A list's elements.
struct List(std::vec::IntoIter<Node>);

impl List {
    fn new(key: &str, elements: Vec<Value>) -> Self {
        let node = |(i, value)| Node {
            key: format!("{key}[{i}]"),
            value,
        };
        let nodes: Vec<_> = elements.into_iter().enumerate().map(node).collect();
        Self(nodes.into_iter())
    }
}

impl<'de> de::SeqAccess<'de> for List {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        self.0.next().map(|node| node.seeded(seed)).transpose()
    }
}

/// An alternative with content: a table with its name as the one key.
struct Alternative(Table);

impl<'de> de::EnumAccess<'de> for Alternative {
    type Error = Fault;
    type Variant = Node;

    fn variant_seed<S: DeserializeSeed<'de>>(mut self, seed: S) -> Result<(S::Value, Node), Fault> {
        let name = de::MapAccess::next_key_seed(&mut self.0, seed)?;
        name.zip(self.0.value)
            .ok_or_else(|| de::Error::custom("expected the name of an alternative"))
    }
}

impl<'de> de::VariantAccess<'de> for Node {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Err(de::Error::custom(
            "expected just the name, this alternative has no content",
        ))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        self.seeded(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        de::Deserializer::deserialize_tuple(self, len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        de::Deserializer::deserialize_struct(self, "", fields, visitor)
    }
}

/// What is wrong with a value, and where, as far as is known while it travels outward.
#[derive(Debug)]
pub(super) struct Fault {
    place: Option<(String, Option<String>)>,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Unknown { known: String },
    Missing { field: &'static str },
    Invalid { reason: String },
}

impl Fault {
    fn unknown(known: &[&str]) -> Self {
        Self::new(Problem::Unknown {
            known: known.join(", "),
        })
    }

    fn new(problem: Problem) -> Self {
        Self {
            place: None,
            problem,
        }
    }

    /// Fixes the place, unless a deeper one is known.
    fn at(mut self, key: &str, origin: Option<String>) -> Self {
        let key = match self.problem {
            Problem::Missing { field } => join(key, field),
            _ => key.to_owned(),
        };
        self.place.get_or_insert((key, origin));
        self
    }
}

impl From<Fault> for SettingsError {
    fn from(fault: Fault) -> Self {
        let (key, origin) = fault.place.unwrap_or_default();
        let origin = origin.unwrap_or_else(|| "the settings as a whole".to_owned());
        match fault.problem {
            Problem::Unknown { known } => Self::Unknown { key, origin, known },
            Problem::Missing { .. } => Self::Missing {
                variable: env_variable(&key),
                key,
            },
            Problem::Invalid { reason } => Self::Invalid {
                key,
                origin,
                reason,
            },
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            Problem::Unknown { .. } => f.write_str("unknown setting"),
            Problem::Missing { field } => write!(f, "`{field}` is missing"),
            Problem::Invalid { reason } => f.write_str(reason),
        }
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Problem::Invalid {
            reason: message.to_string(),
        })
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_value(found, expected)
    }

    /// Names numbers and truth values, and never repeats text.
    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match found {
            Unexpected::Str(_) => {
                Self::custom(format_args!("expected {expected}, found other text"))
            }
            found => Self::custom(format_args!("expected {expected}, found {found}")),
        }
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format_args!("expected one of: {}", expected.join(", ")))
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown(expected)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Problem::Missing { field })
    }
}
