//! Who may publish to which subject: what everybody is held to.

pub(super) const EVENT_SUBJECTS: [&str; 16] = [
    "cardex.hz1.observation.floor.screen",
    "cardex.hz1.outcome.floor.screen",
    "cardex.hz1.outcome.dining.screen",
    "cardex.hz1.observation.dining.pos",
    "cardex.hz1.observation.dining.app",
    "cardex.hz1.observation.floor.app",
    "cardex.hz1.observation.floor.gateway",
    "cardex.hz1.outcome.dining.pos",
    "cardex.hz1.outcome.floor.app",
    "cardex.hz1.stay.checked_in",
    "cardex.hz1.guest.corrected",
    "cardex.hz1.guest.linked",
    "cardex.hz1.card.issued",
    "cardex.hz2.observation.dining.pos",
    "cardex.hz2.stay.checked_in",
    "cardex.config.vocabulary",
];

/// Subjects nobody may publish to, whoever they are, but the few named beside them.
pub(super) const NOBODYS: [(&str, &[&str]); 49] = [
    // Boards are read by consumers of one's own: a gateway's are of its departments alone.
    (
        "$JS.API.CONSUMER.CREATE.CARDEX_PROMPTS.x.cardex.hz1.prompt.floor.*",
        &["aggregator", "checkin", "hall", "operator"],
    ),
    (
        "$JS.API.CONSUMER.CREATE.CARDEX_PROMPTS.x.cardex.hz1.prompt.dining.*",
        &["aggregator", "checkin", "operator"],
    ),
    (
        "$JS.API.CONSUMER.CREATE.CARDEX_PROMPTS.x.cardex.hz2.prompt.floor.*",
        &["aggregator", "checkin", "operator"],
    ),
    (
        "$JS.API.CONSUMER.CREATE.CARDEX_PROMPTS.x",
        &["aggregator", "checkin", "operator"],
    ),
    (
        "$JS.API.CONSUMER.MSG.NEXT.CARDEX_PROMPTS.x",
        &["aggregator", "checkin", "hall", "operator"],
    ),
    (
        "$JS.ACK.CARDEX_PROMPTS.WEBHOOK-pager-AT-hz1-FOR-floor.1.1.1.1.0",
        &["hall"],
    ),
    (
        "$JS.ACK._.hash.CARDEX_PROMPTS.WEBHOOK-pager-AT-hz1-FOR-floor.1.1.1.1.0.x",
        &["hall"],
    ),
    (
        "$JS.ACK.CARDEX_PROMPTS.WEBHOOK-other-AT-hz1-FOR-floor.1.1.1.1.0",
        &[],
    ),
    ("$JS.API.CONSUMER.DELETE.CARDEX_PROMPTS.x", &[]),
    // What Cardex says by itself of who is one person, and nothing else of that kind.
    ("cardex.all.guest.linked", &["checkin", "operator"]),
    ("cardex.all.guest.unlinked", &["operator"]),
    ("cardex.all.guest.never_linked", &["operator"]),
    ("cardex.hz1.prompt.dining.s1", &["checkin"]),
    ("cardex.hz1.prompt.floor.s1", &["checkin"]),
    (
        "cardex.hz1.deadletter.1",
        &["aggregator", "checkin", "operator"],
    ),
    (
        "$JS.API.STREAM.MSG.GET.CARDEX_EVENTS",
        &["aggregator", "checkin", "operator"],
    ),
    (
        "$JS.API.STREAM.MSG.GET.CARDEX_PROMPTS",
        &["aggregator", "checkin", "operator"],
    ),
    ("$JS.API.DIRECT.GET.CARDEX_EVENTS", &[]),
    (
        "$JS.API.DIRECT.GET.CARDEX_PROMPTS.cardex.hz1.prompt.floor.s1",
        &[],
    ),
    ("$JS.API.STREAM.MSG.DELETE.CARDEX_EVENTS", &["aggregator"]),
    ("$JS.API.STREAM.DELETE.CARDEX_EVENTS", &[]),
    ("$JS.API.STREAM.UPDATE.CARDEX_EVENTS", &[]),
    ("$JS.API.STREAM.PURGE.CARDEX_EVENTS", &[]),
    ("$JS.API.STREAM.CREATE.MINE", &[]),
    ("$JS.API.STREAM.SNAPSHOT.CARDEX_EVENTS", &[]),
    (
        "$JS.API.CONSUMER.CREATE.CARDEX_EVENTS.mine",
        &["aggregator", "checkin", "operator"],
    ),
    (
        "$JS.API.CONSUMER.CREATE.CARDEX_PROMPTS",
        &["aggregator", "checkin", "operator"],
    ),
    (
        "$JS.API.CONSUMER.DURABLE.CREATE.CARDEX_PROMPTS.mine",
        &["checkin"],
    ),
    ("$JS.API.CONSUMER.DELETE.CARDEX_EVENTS.checkin", &[]),
    (
        "$JS.API.CONSUMER.MSG.NEXT.CARDEX_EVENTS.checkin",
        &["aggregator", "checkin", "operator"],
    ),
    ("$JS.ACK.CARDEX_EVENTS.checkin.1.1.1.1.0", &["checkin"]),
    (
        "$JS.ACK._.hash.CARDEX_EVENTS.checkin.1.1.1.1.0.x",
        &["checkin"],
    ),
    ("$SYS.REQ.SERVER.PING", &[]),
    ("_INBOX.somebody.1", &[]),
    (
        "$O.CARDEX_SETTINGS.C.x",
        &["aggregator", "checkin", "operator"],
    ),
    ("cardex.once.installation_key", &["aggregator"]),
    ("cardex.once.import.0123", &["operator"]),
    (
        "$JS.API.STREAM.MSG.GET.CARDEX_ONCE",
        &["aggregator", "operator"],
    ),
    ("$JS.API.STREAM.MSG.DELETE.CARDEX_ONCE", &[]),
    ("$JS.API.STREAM.UPDATE.CARDEX_ONCE", &[]),
    ("cardex.mark.events", &["aggregator"]),
    ("$JS.API.STREAM.MSG.GET.CARDEX_MARKS", &["aggregator"]),
    ("$JS.API.STREAM.MSG.DELETE.CARDEX_MARKS", &[]),
    ("cardex.place.checkin", &["checkin"]),
    ("$JS.API.STREAM.MSG.GET.CARDEX_PLACES", &["checkin"]),
    ("$JS.API.STREAM.MSG.DELETE.CARDEX_PLACES", &[]),
    ("$SRV.PING", &["operator"]),
    ("$JS.API.STREAM.NAMES", &["operator"]),
    ("$JS.EVENT.ADVISORY.API", &[]),
];

/// Who may publish to a subject, by what the users were declared to do.
pub(super) fn publishers(subject: &str) -> Vec<&'static str> {
    if let Some((_, users)) = NOBODYS.iter().find(|(nobodys, _)| *nobodys == subject) {
        return users.to_vec();
    }
    match subject {
        "cardex.hz1.observation.dining.pos" | "cardex.hz1.outcome.dining.pos" => {
            vec!["dining", "operator"]
        }
        "cardex.hz1.observation.floor.app" | "cardex.hz1.outcome.floor.app" => {
            vec!["floor", "operator"]
        }
        "cardex.hz1.outcome.floor.screen" => vec!["hall", "operator"],
        "cardex.hz1.observation.floor.gateway" => vec!["gateway", "operator"],
        "cardex.hz1.stay.checked_in" => vec!["pms", "operator"],
        "cardex.hz1.guest.corrected" | "cardex.hz1.guest.linked" => vec!["relations", "operator"],
        // A guest is imported with what was shown of the guest.
        "cardex.hz1.card.issued" => vec!["checkin", "operator"],
        _ => vec!["operator"],
    }
}
