//! Guests of a season: who they are, and what staff may come to notice about them.

use cardex_domain::event::{
    ExternalProfile, GuestDetails, Identifier, IdentifierKind, Name, Polarity, Statement,
};
use cardex_domain::vocabulary::{Attribute, Vocabulary};

use super::chance::Chance;

/// Title, family name, given name, language, country.
const PEOPLE: [(&str, &str, &str, &str, &str); 20] = [
    ("先生", "庄", "伟明", "zh-Hans", "SGP"),
    ("女士", "林", "慧敏", "zh-Hans", "CHN"),
    ("先生", "陈", "志强", "zh-Hant", "HKG"),
    ("女士", "黄", "嘉欣", "zh-Hant", "MAC"),
    ("先生", "王", "建国", "zh-Hans", "CHN"),
    ("女士", "李", "秀英", "zh-Hans", "CHN"),
    ("先生", "张", "磊", "zh-Hans", "CHN"),
    ("女士", "刘", "洋", "zh-Hans", "CHN"),
    ("Mr", "Carvalho", "Rui", "pt", "PRT"),
    ("Ms", "Sousa", "Marta", "pt", "BRA"),
    ("Mr", "Hughes", "Owen", "en", "GBR"),
    ("Mrs", "Bennett", "Laura", "en", "AUS"),
    ("Mr", "Tanaka", "Kenji", "ja", "JPN"),
    ("Ms", "Sato", "Yuki", "ja", "JPN"),
    ("Mr", "Kim", "Minjun", "ko", "KOR"),
    ("Ms", "Park", "Jiwoo", "ko", "KOR"),
    ("Mr", "Rahman", "Aziz", "ms", "MYS"),
    ("Mrs", "Nguyen", "Linh", "vi", "VNM"),
    ("Herr", "Brandt", "Jonas", "de", "DEU"),
    ("Mme", "Lefèvre", "Claire", "fr", "FRA"),
];

/// In so many of a thousand cases a guest is this.
const HAS_EMAIL_PERMILLE: i64 = 700;
const HAS_PHONE_PERMILLE: i64 = 400;
const WALKS_IN_PERMILLE: i64 = 100;
const DISLIKES_PERMILLE: i64 = 150;

/// A guest.
#[derive(Debug, Clone)]
pub(super) struct Guest {
    pub(super) details: GuestDetails,
    pub(super) habits: Vec<Habit>,
    /// Comes without a booking, and no system knows a profile.
    pub(super) walks_in: bool,
    /// Days between stays, about.
    pub(super) returns_after: i64,
}

/// Something that is so about a guest, and who would notice it.
#[derive(Debug, Clone)]
pub(super) struct Habit {
    pub(super) statement: Statement,
    pub(super) department: &'static str,
}

impl Guest {
    /// The `number`th guest of a season.
    pub(super) fn draw(number: u64, season: &str, chance: &mut Chance) -> Self {
        let (title, family, given, language, country) = *chance.one_of(&PEOPLE);
        let walks_in = chance.happens(WALKS_IN_PERMILLE);
        let mut identifiers = Vec::new();
        if chance.happens(HAS_EMAIL_PERMILLE) {
            identifiers.push((
                IdentifierKind::Email,
                format!("guest{number}@{season}.example"),
            ));
        }
        if chance.happens(HAS_PHONE_PERMILLE) {
            identifiers.push((IdentifierKind::Phone, format!("+0055{number:08}")));
        }
        let identifier = |(kind, value): (IdentifierKind, String)| Identifier {
            kind,
            value: value.into(),
            verified: true,
        };
        let profile = ExternalProfile {
            pms: "season".into(),
            id: format!("{season}-{number}").into(),
        };
        let name = Name {
            title: Some(title.into()),
            family: Some(family.into()),
            given: Some(given.into()),
            full: None,
        };
        let wanted = chance.between(2, 6);
        Self {
            details: GuestDetails {
                profile: (!walks_in).then_some(profile),
                name: Some(name),
                language: Some(language.into()),
                nationality: Some(country.into()),
                identifiers: identifiers.into_iter().map(identifier).collect(),
                ..GuestDetails::default()
            },
            habits: habits(wanted, chance),
            walks_in,
            returns_after: chance.between(7, 120),
        }
    }
}

fn habits(wanted: i64, chance: &mut Chance) -> Vec<Habit> {
    let attributes: Vec<&Attribute> = Vocabulary::embedded()
        .attributes()
        .filter(|attribute| !attribute.values.is_empty())
        .collect();
    let mut habits: Vec<Habit> = Vec::new();
    for _ in 0..wanted {
        let attribute = *chance.one_of(&attributes);
        let value = &chance.one_of(&attribute.values).id;
        let known = habits
            .iter()
            .any(|habit| habit.statement.attribute == attribute.id);
        // Nobody notices that a guest does not mind.
        if known || &**value == "any" {
            continue;
        }
        let dislikes = chance.happens(DISLIKES_PERMILLE);
        habits.push(Habit {
            statement: Statement {
                attribute: attribute.id.clone(),
                value: (&**value).into(),
                polarity: if dislikes {
                    Polarity::Against
                } else {
                    Polarity::For
                },
                purpose: None,
            },
            department: noticed_by(&attribute.group),
        });
    }
    habits
}

/// The department whose staff come to see such things.
fn noticed_by(group: &str) -> &'static str {
    match group {
        "dining" | "drink" | "allergy" => "dining",
        "room" | "arrival" | "occupation" | "family" | "communication" => "front_desk",
        "interest" | "transport" => "concierge",
        _ => "floor",
    }
}
