//! Statements given as `ATTRIBUTE=VALUE`, and what the vocabulary has to say about them.

use cardex_domain::event::{ClaimRef, Polarity, Statement};
use cardex_domain::ids::{AttributeId, DepartmentId, PropertyId};
use cardex_domain::vocabulary::{Attribute, Canonical, Kind, Vocabulary};

use crate::active;
use crate::exit::Usage;
use crate::near::offer;
use crate::session::Session;

/// How the attributes begin by which guests ask to be left in peace.
const PRIVACY: &str = "privacy.";

/// Reads `attribute=value`, or `attribute!=value` for what the guest does not want.
pub(crate) fn parse(text: &str) -> Result<Statement, String> {
    let wrong = || "write ATTRIBUTE=VALUE, or ATTRIBUTE!=VALUE for what is not wanted".to_owned();
    let (attribute, value) = text.split_once('=').ok_or_else(wrong)?;
    let (attribute, polarity) = match attribute.strip_suffix('!') {
        Some(attribute) => (attribute, Polarity::Against),
        None => (attribute, Polarity::For),
    };
    if value.trim().is_empty() {
        return Err(wrong());
    }
    Ok(Statement {
        attribute: AttributeId::new(attribute.trim()).map_err(|error| error.to_string())?,
        value: value.trim().into(),
        polarity,
        purpose: None,
    })
}

/// Reads `attribute=value`.
pub(crate) fn parse_claim(text: &str) -> Result<ClaimRef, String> {
    let statement = parse(text)?;
    if statement.polarity == Polarity::Against {
        return Err("write ATTRIBUTE=VALUE: what speaks for it is put right".to_owned());
    }
    Ok(ClaimRef {
        attribute: statement.attribute,
        value: statement.value,
    })
}

/// What the vocabulary does not understand of a statement, with the nearest that it knows; `None` when it does.
pub(crate) fn misgiving(vocabulary: &Vocabulary, statement: &Statement) -> Option<String> {
    let Statement {
        attribute, value, ..
    } = statement;
    match vocabulary.canonical(attribute, value) {
        Canonical::Known(_) => None,
        Canonical::Open(_) => unlisted_safety(vocabulary, attribute, value),
        Canonical::UnknownAttribute => unknown_attribute(vocabulary, attribute)
            .map(|unknown| format!("{unknown} (kept for curation)")),
        Canonical::UnknownValue => {
            let known = vocabulary
                .attribute(attribute)
                .map(words)
                .unwrap_or_default();
            Some(format!(
                "the vocabulary has no such value of {attribute}{} (kept for curation)",
                offer(value, known)
            ))
        }
    }
}

/// Refuses what was said of the guest's privacy and the vocabulary in force does not understand: it would protect nobody.
///
/// # Errors
/// With what could be said instead.
pub(crate) async fn must_protect(
    session: &Session,
    (property, department): (&PropertyId, &DepartmentId),
    statements: &[Statement],
) -> anyhow::Result<()> {
    let refused = |vocabulary: &Vocabulary| {
        statements
            .iter()
            .find_map(|said| unprotected(vocabulary, said))
    };
    if refused(Vocabulary::embedded()).is_none() {
        return Ok(());
    }
    let bus = session.connect_beside().await?;
    let vocabulary = active::vocabulary(&bus, property, department).await;
    match refused(&vocabulary) {
        Some(why) => Err(Usage(why).into()),
        None => Ok(()),
    }
}

/// Why a statement on the guest's privacy would act on nothing, if it would not.
fn unprotected(vocabulary: &Vocabulary, statement: &Statement) -> Option<String> {
    let named = vocabulary.meant(&statement.attribute);
    match vocabulary.attribute(named) {
        None if !named.as_str().starts_with(PRIVACY) => None,
        Some(attribute) if !attribute.is_of_privacy() => None,
        attribute => {
            let misgiving = misgiving(vocabulary, statement)?;
            let allowed =
                attribute.map(|known| format!("; say one of {}", words(known).join(", ")));
            Some(format!(
                "nothing is published, for it would protect nobody: {misgiving}{}",
                allowed.unwrap_or_default()
            ))
        }
    }
}

/// That the vocabulary has no such attribute, with the nearest that it has; `None` when it has it.
pub(crate) fn unknown_attribute(
    vocabulary: &Vocabulary,
    attribute: &AttributeId,
) -> Option<String> {
    if vocabulary.attribute(attribute).is_some() {
        return None;
    }
    let known = vocabulary.attributes().map(|a| a.id.as_str());
    let near = offer(attribute.as_str(), known);
    Some(format!("the vocabulary has no attribute {attribute}{near}"))
}

/// Of safety every value is told as it stands, so one that is nearly a listed one is worth a word.
fn unlisted_safety(
    vocabulary: &Vocabulary,
    attribute: &AttributeId,
    value: &str,
) -> Option<String> {
    let known = vocabulary.attribute(attribute)?;
    if known.kind != Kind::Safety {
        return None;
    }
    let synonyms = known.values.iter().flat_map(|value| &value.synonyms);
    let near = offer(
        value,
        words(known).into_iter().chain(synonyms.map(|word| &**word)),
    );
    (!near.is_empty()).then(|| {
        format!(
            "{attribute} has no {value} in its list{near}; departments are told it as you wrote it"
        )
    })
}

fn words(attribute: &Attribute) -> Vec<&str> {
    attribute.values.iter().map(|value| &*value.id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_and_against_are_told_apart_by_the_sign() {
        let statement = parse("room.facing = south").unwrap();
        assert_eq!(
            (&*statement.value, statement.polarity),
            ("south", Polarity::For)
        );
        assert_eq!(
            parse("dining.cuisine!=sichuan").unwrap().polarity,
            Polarity::Against
        );
        assert!(parse("room.facing").is_err());
        assert!(parse("room.facing=").is_err());
        assert!(parse("Room=south").is_err());
    }

    #[test]
    fn what_is_unknown_is_answered_with_the_nearest() {
        let said = |text| misgiving(Vocabulary::embedded(), &parse(text).unwrap());
        assert_eq!(said("room.facing=south"), None);
        assert_eq!(said("room.facing=南向"), None);
        let attribute = said("room.fasing=south").unwrap();
        assert!(attribute.contains("nearest: room.facing"), "{attribute}");
        let safety = said("allergy.food=penut").unwrap();
        assert!(safety.contains("nearest: peanut"), "{safety}");
        assert_eq!(said("allergy.food=quinoa"), None);
        let value = said("room.facing=soth").unwrap();
        assert!(value.contains("south"), "{value}");
    }

    #[test]
    fn what_is_said_of_privacy_is_understood_or_refused() {
        let refused = |text: &str| unprotected(Vocabulary::embedded(), &parse(text).unwrap());
        for attribute in ["no_information", "incognito", "no_personal_notes"] {
            for word in ["yes", "Y", "true", "是"] {
                assert_eq!(refused(&format!("privacy.{attribute}={word}")), None);
            }
        }
        assert_eq!(refused("privacy.alias=Mr Ho"), None);
        assert_eq!(refused("room.facing=nowhere"), None);
        let value = refused("privacy.incognito=certainly").unwrap();
        assert!(value.contains("say one of alias, celebrity"), "{value}");
        let attribute = refused("privacy.incogito=yes").unwrap();
        assert!(
            attribute.contains("nearest: privacy.incognito"),
            "{attribute}"
        );
    }
}
