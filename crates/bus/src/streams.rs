//! The streams as code. Start-up creates what is missing and refuses what differs: a limit somebody
//! added by hand would drop acknowledged events in silence.

use std::fmt::Debug;
use std::time::Duration;

use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{
    Config, DiscardPolicy, External, Info, RetentionPolicy, Source, StorageType,
};

use crate::objects;
use crate::startup::may_pass;
use crate::subjects::{MARK, Token};
use crate::{BoxError, Bus};

mod sources;
mod sync;

pub use sources::{Hotel, sourced};
pub use sync::{SyncCheck, check_sync_always};

/// The stream of events: the truth, in order.
pub const EVENTS: &str = "CARDEX_EVENTS";
/// The stream of boards, whose history is kept by age.
pub const PROMPTS: &str = "CARDEX_PROMPTS";
/// The stream of what could not be used.
pub const DEADLETTERS: &str = "CARDEX_DEADLETTERS";
/// The stream of what is said once and holds for good: each subject takes one message.
pub const ONCE: &str = "CARDEX_ONCE";
/// The stream of how far the stream of events was: of each subject the last word.
pub const MARKS: &str = "CARDEX_MARKS";
/// The stream of how far durables have come: of each subject the last word.
pub const PLACES: &str = "CARDEX_PLACES";

/// Within this time the server itself drops a message whose id it has seen.
pub const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);
/// How long boards are kept: longer than anybody books ahead, for a board is published once and has to stand until the
/// guest comes.
pub const PROMPT_HISTORY: Duration = Duration::from_secs(PROMPT_HISTORY_DAYS as u64 * 24 * 60 * 60);
/// How long boards are kept, in days: as far ahead as the wire takes bookings.
pub const PROMPT_HISTORY_DAYS: i32 = 3_660;
/// The largest message with its headers, in bytes. The limit on the event itself is enforced at decode, so
/// that an event that is too large is refused with a reason instead of by the server.
pub const MAX_MESSAGE_BYTES: i32 = 32 * 1024;

/// How the server's configuration calls the number of a stream's copies.
const COPIES: &str = "num_replicas";

/// What a stream is declared to hold and for how long; everything else is the same for all.
struct Declaration {
    name: &'static str,
    description: &'static str,
    subjects: &'static [&'static str],
    max_age: Duration,
    a_subject: Keeps,
}

/// What a stream keeps of each subject.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeps {
    /// Every message.
    All,
    /// The first, and takes no other.
    First,
    /// The last.
    Last,
}

const DECLARATIONS: [Declaration; 6] = [
    Declaration {
        name: EVENTS,
        description: "Cardex: every event, in order, for ever",
        subjects: &[
            "cardex.*.observation.*.*",
            "cardex.*.outcome.*.*",
            "cardex.*.stay.*",
            "cardex.*.guest.*",
            "cardex.*.card.*",
            "cardex.config.*",
        ],
        max_age: Duration::ZERO,
        a_subject: Keeps::All,
    },
    Declaration {
        name: PROMPTS,
        description: "Cardex: each stay's current board for each department",
        subjects: &["cardex.*.prompt.*.*"],
        max_age: PROMPT_HISTORY,
        a_subject: Keeps::All,
    },
    Declaration {
        name: DEADLETTERS,
        description: "Cardex: events that could not be used or were erased",
        subjects: &["cardex.*.deadletter.*", "cardex.erased.*"],
        max_age: Duration::ZERO,
        a_subject: Keeps::All,
    },
    Declaration {
        name: ONCE,
        description: "Cardex: what is said once and holds for good",
        subjects: &["cardex.once.installation_key", "cardex.once.import.*"],
        max_age: Duration::ZERO,
        a_subject: Keeps::First,
    },
    Declaration {
        name: MARKS,
        description: "Cardex: how far the stream of events was",
        subjects: &[MARK],
        max_age: Duration::ZERO,
        a_subject: Keeps::Last,
    },
    Declaration {
        name: PLACES,
        description: "Cardex: how far durables have come",
        subjects: &["cardex.place.*"],
        max_age: Duration::ZERO,
        a_subject: Keeps::Last,
    },
];

impl Declaration {
    fn config(&self, replicas: usize, atomic: bool) -> Config {
        Config {
            name: self.name.to_owned(),
            description: Some(self.description.to_owned()),
            subjects: self
                .subjects
                .iter()
                .map(|&subject| subject.to_owned())
                .collect(),
            retention: RetentionPolicy::Limits,
            storage: StorageType::File,
            discard: DiscardPolicy::New,
            max_age: self.max_age,
            max_bytes: -1,
            max_messages: -1,
            max_messages_per_subject: if self.a_subject == Keeps::All { -1 } else { 1 },
            discard_new_per_subject: self.a_subject == Keeps::First,
            max_consumers: -1,
            max_message_size: MAX_MESSAGE_BYTES,
            num_replicas: replicas,
            duplicate_window: DUPLICATE_WINDOW,
            deny_purge: true,
            // Erasure overwrites single messages, so deleting one stays possible.
            deny_delete: false,
            // Not compared: a stream that an older server made works as well, only slower.
            allow_atomic_publish: atomic,
            ..Config::default()
        }
    }
}

/// The events of a hotel with a server of its own.
fn source(domain: &Token) -> Source {
    Source {
        name: EVENTS.to_owned(),
        external: Some(External {
            api_prefix: format!("$JS.{domain}.API"),
            // As servers give it back.
            delivery_prefix: Some(String::new()),
        }),
        ..Source::default()
    }
}

/// What start-up did about the streams.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamsReport {
    /// Streams that were missing and have been created.
    pub created: Vec<String>,
    /// Streams that were there as declared.
    pub found: Vec<String>,
}

/// A field of an existing stream that is not as declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDifference {
    /// The stream.
    pub stream: String,
    /// The field, as the server's configuration calls it.
    pub field: &'static str,
    /// What the stream has.
    pub have: String,
    /// What is declared.
    pub want: String,
}

/// Why the streams cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StreamsError {
    /// Existing streams differ from their declaration.
    #[error("{}", differences_text(.0))]
    Differs(Vec<FieldDifference>),
    /// The server refused or did not answer.
    #[error(
        "cannot look up or create stream {stream}; check the server and the user's permissions"
    )]
    Server {
        /// The stream.
        stream: String,
        /// Why not.
        #[source]
        source: BoxError,
    },
}

/// Where a stream stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamEnds {
    /// When the stream was created, as text: a recreated stream has another.
    pub incarnation: String,
    /// The sequence of the first message still there; one more than `last` when there is none.
    pub first: u64,
    /// The sequence of the last message ever stored; 0 when there was none.
    pub last: u64,
    /// How many messages are there.
    pub messages: u64,
}

impl StreamEnds {
    /// Whether the stream was created by then, in microseconds since 1970.
    pub(crate) fn was_there(&self, at_us: i64) -> bool {
        let created: Result<i128, _> = self.incarnation.parse();
        created.is_ok_and(|nanos| nanos <= i128::from(at_us) * 1_000)
    }
}

/// Creates the missing streams and the store of settings; refuses existing streams that differ. A server that is just
/// restarted, or elects a leader, is waited for.
///
/// # Errors
/// When an existing stream differs from its declaration, naming every field of every stream, or the server
/// does not do it within [`RETRY_BOUND`](crate::publish::RETRY_BOUND).
pub async fn ensure_streams(bus: &Bus, replicas: usize) -> Result<StreamsReport, StreamsError> {
    ensure_streams_of(bus, replicas, &[]).await
}

/// The same at headquarters, whose events are also those of hotels with a server of their own, each known by its JetStream
/// domain.
///
/// # Errors
/// As [`ensure_streams`].
pub async fn ensure_streams_of(
    bus: &Bus,
    replicas: usize,
    hotels: &[Token],
) -> Result<StreamsReport, StreamsError> {
    let mut report = StreamsReport::default();
    let mut differences = Vec::new();
    let atomic = bus.server_is_at_least(2, 12);
    for declaration in &DECLARATIONS {
        let mut want = declaration.config(replicas, atomic);
        if declaration.name == EVENTS && !hotels.is_empty() {
            want.sources = Some(hotels.iter().map(source).collect());
        }
        let found = bus.patiently(
            "looking up a stream",
            |error: &StreamsError| may_pass(error),
            || find_or_create(bus, &want),
        );
        let (info, created) = found.await?;
        differences.extend(compare(&info.config, &want));
        let list = if created {
            &mut report.created
        } else {
            &mut report.found
        };
        list.push(want.name);
    }
    if !differences.is_empty() {
        return Err(StreamsError::Differs(differences));
    }
    let settings_created = bus.patiently(
        "looking up the store of settings",
        |error: &StreamsError| may_pass(error),
        || async {
            let made = objects::ensure_store(bus, replicas).await;
            made.map_err(|source| server_error(objects::SETTINGS, source))
        },
    );
    let settings_created = settings_created.await?;
    let list = if settings_created {
        &mut report.created
    } else {
        &mut report.found
    };
    list.push(objects::SETTINGS.to_owned());
    Ok(report)
}

/// Where a stream stands.
///
/// # Errors
/// When the server does not say, or there is no such stream.
pub async fn stream_ends(bus: &Bus, stream: &str) -> Result<StreamEnds, StreamsError> {
    let found = bus.patiently(
        "looking up a stream",
        |error: &StreamsError| may_pass(error),
        || async {
            let found = bus.jetstream.get_stream(stream).await;
            found.map_err(|source| server_error(stream, source))
        },
    );
    let found = found.await?;
    let info = found.cached_info();
    Ok(StreamEnds {
        incarnation: incarnation(info),
        first: info.state.first_sequence,
        last: info.state.last_sequence,
        messages: info.state.messages,
    })
}

/// Whether there is such a stream.
///
/// # Errors
/// When the server does not say.
pub async fn stream_exists(bus: &Bus, stream: &str) -> Result<bool, StreamsError> {
    let found = bus.patiently(
        "looking up a stream",
        |error: &StreamsError| may_pass(error),
        || async { find(bus, stream).await.map(|info| info.is_some()) },
    );
    found.await
}

/// The stream that holds a subject of this layout.
pub(crate) fn stream_of(subject: &str) -> &'static str {
    match subject.split('.').nth(2) {
        Some("prompt") => PROMPTS,
        Some("deadletter") => DEADLETTERS,
        _ if subject.starts_with("cardex.erased.") => DEADLETTERS,
        _ if subject.starts_with("cardex.once.") => ONCE,
        _ if subject == MARK => MARKS,
        _ if subject.starts_with("cardex.place.") => PLACES,
        _ => EVENTS,
    }
}

pub(crate) fn incarnation(info: &Info) -> String {
    info.created.unix_timestamp_nanos().to_string()
}

async fn find(bus: &Bus, stream: &str) -> Result<Option<Info>, StreamsError> {
    match bus.jetstream.get_stream(stream).await {
        Ok(found) => Ok(Some(found.cached_info().clone())),
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(reply) if reply.code() == 404 => Ok(None),
            _ => Err(server_error(stream, error)),
        },
    }
}

async fn find_or_create(bus: &Bus, want: &Config) -> Result<(Info, bool), StreamsError> {
    if let Some(info) = find(bus, &want.name).await? {
        return Ok((info, false));
    }
    match bus.jetstream.create_stream(want).await {
        Ok(stream) => Ok((stream.cached_info().clone(), true)),
        // Somebody else was faster: what they created is compared like any other.
        Err(error) if matches!(error.kind(), CreateStreamErrorKind::JetStream(_)) => {
            match bus.jetstream.get_stream(&want.name).await {
                Ok(stream) => Ok((stream.cached_info().clone(), false)),
                Err(_) => Err(server_error(&want.name, error)),
            }
        }
        Err(error) => Err(server_error(&want.name, error)),
    }
}

fn server_error(stream: &str, source: impl Into<BoxError>) -> StreamsError {
    StreamsError::Server {
        stream: stream.to_owned(),
        source: source.into(),
    }
}

/// Every field that decides whether a message is taken, kept, changed or seen.
fn compare(have: &Config, want: &Config) -> Vec<FieldDifference> {
    let mut differences = Vec::new();
    macro_rules! same {
        ($($field:ident as $name:expr),+ $(,)?) => { $(
            if have.$field != want.$field {
                differences.push(FieldDifference {
                    stream: want.name.clone(),
                    field: $name,
                    have: text(&have.$field),
                    want: text(&want.$field),
                });
            }
        )+ };
    }
    same!(
        subjects as "subjects",
        retention as "retention",
        storage as "storage",
        discard as "discard",
        discard_new_per_subject as "discard_new_per_subject",
        max_age as "max_age",
        max_bytes as "max_bytes",
        max_messages as "max_msgs",
        max_messages_per_subject as "max_msgs_per_subject",
        max_message_size as "max_msg_size",
        max_consumers as "max_consumers",
        num_replicas as COPIES,
        duplicate_window as "duplicate_window",
        deny_delete as "deny_delete",
        deny_purge as "deny_purge",
        no_ack as "no_ack",
        sealed as "sealed",
        allow_rollup as "allow_rollup_hdrs",
        allow_direct as "allow_direct",
        mirror_direct as "mirror_direct",
        allow_message_ttl as "allow_msg_ttl",
        allow_message_counter as "allow_msg_counter",
        allow_message_schedules as "allow_msg_schedules",
        persist_mode as "persist_mode",
        republish as "republish",
        mirror as "mirror",
        sources as "sources",
        subject_transform as "subject_transform",
    );
    differences
}

fn text(value: &impl Debug) -> String {
    format!("{value:?}")
}

fn differences_text(differences: &[FieldDifference]) -> String {
    let fields: Vec<String> = differences
        .iter()
        .map(|d| {
            format!(
                "{}: {} is {}, declared {}",
                d.stream, d.field, d.have, d.want
            )
        })
        .collect();
    let copies = differences.iter().any(|d| d.field == COPIES);
    format!(
        "existing streams are not as declared, so events could be lost or seen by others; \
         set these fields back with `nats stream edit`{}: {}",
        if copies {
            ", or server.replicas to the copies that there are"
        } else {
            ""
        },
        fields.join("; ")
    )
}

#[cfg(test)]
mod tests;
