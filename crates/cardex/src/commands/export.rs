//! `cardex export`: what stands in the stream of events, one event a line, to be kept elsewhere or published again.

use std::io::{self, BufWriter, ErrorKind, IsTerminal as _, Write};
use std::time::Duration;

use cardex_bus::streams::{EVENTS, stream_ends};
use cardex_bus::{Incoming, OrderedReader, Read};
use cardex_domain::event::{Body, JudgedNote, NoteJudgement};
use cardex_domain::ids::PropertyId;
use cardex_domain::time::Moment;
use clap::{Args, Subcommand};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::archive::Archived;
use crate::clock::parse_moment;
use crate::commands::import::progress::Progress;
use crate::exit::{Interrupted, OutputClosed, Usage};
use crate::interrupt;
use crate::screen::note;
use crate::session::Session;

/// Messages taken from the stream at once.
const BATCH_MESSAGES: usize = 1_024;
/// How long one look for more may take before it is looked whether somebody interrupts.
const PATIENCE: Duration = Duration::from_secs(2);

const EXAMPLES: &str = "\
Examples:
  cardex export observations > noticed.ndjson
  cardex export observations --property macau --since 2026-01-01 --gzip > noticed.ndjson.gz

`cardex import observations FILE` publishes them again, with the same ids and bytes: where they are already nothing \
changes. Ids of guests and stays in them follow from the installation's key.";

/// Print what stands in the stream of events, one event a line
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Export {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Everything noticed and taken back, as it was published
    #[command(after_help = EXAMPLES)]
    Observations(Observations),
}

#[derive(Debug, Args)]
struct Observations {
    /// Only those of this hotel
    #[arg(long, value_name = "PROPERTY")]
    property: Option<PropertyId>,
    /// Only what was recorded at this moment or later; a day alone is its first moment
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    since: Option<Moment>,
    /// Compress it
    #[arg(long)]
    gzip: bool,
}

impl Export {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        match &self.what {
            What::Observations(observations) => observations.run(session).await,
        }
    }
}

impl Observations {
    async fn run(&self, session: &Session) -> anyhow::Result<()> {
        if self.gzip && io::stdout().is_terminal() {
            return Err(Usage("send what is compressed into a file: > FILE".to_owned()).into());
        }
        let bus = session.connect().await?;
        let end = stream_ends(&bus, EVENTS).await?;
        let stop = interrupt::token()?;
        let mut out = Out::new(self.gzip);
        let mut progress = Progress::of_count(end.last, "events");
        let (mut written, mut unreadable) = (0_u64, 0_u64);
        if end.messages > 0 {
            let mut reader = OrderedReader::open(&bus, EVENTS, None).await?;
            while reader.position().sequence < end.last && !stop.is_cancelled() {
                for read in reader.next_batch(BATCH_MESSAGES, PATIENCE).await? {
                    let Read::Message(message) = read else {
                        continue;
                    };
                    if message.stream_sequence > end.last || !self.wants(&message) {
                        continue;
                    }
                    match Archived::of(&message.subject, &message.payload) {
                        Some((archived, event)) if is_observation(&event.body) => {
                            out.line(&archived)?;
                            written += 1;
                        }
                        _ => unreadable += 1,
                    }
                }
                progress.at(reader.position().sequence, written);
            }
        }
        progress.finish();
        out.finish()?;
        if unreadable > 0 {
            note(format!(
                "{unreadable} dead letters are left out; see `cardex deadletters list`"
            ));
        }
        if stop.is_cancelled() {
            return Err(Interrupted(format!("{written} events are written")).into());
        }
        note(format!("{written} events"));
        Ok(())
    }

    fn wants(&self, message: &Incoming) -> bool {
        let mut tokens = message.subject.split('.');
        let (property, kind) = (tokens.nth(1), tokens.next());
        let here = self.property.as_ref();
        kind == Some("observation")
            && here.is_none_or(|here| property == Some(here.as_str()))
            && self
                .since
                .is_none_or(|since| message.server_time_us >= since.utc_micros)
    }
}

/// Whether something was noticed, taken back, or said of a note by those who made it.
pub(crate) fn is_observation(body: &Body) -> bool {
    matches!(
        body,
        Body::Observed(_)
            | Body::Retracted(_)
            | Body::NoteJudged(NoteJudgement {
                of: JudgedNote::Own { .. },
                ..
            })
    )
}

/// Standard output, compressed where that is asked for.
enum Out {
    Plain(BufWriter<io::Stdout>),
    Packed(Box<GzEncoder<BufWriter<io::Stdout>>>),
}

impl Out {
    fn new(gzip: bool) -> Self {
        let out = BufWriter::new(io::stdout());
        if gzip {
            Self::Packed(Box::new(GzEncoder::new(out, Compression::default())))
        } else {
            Self::Plain(out)
        }
    }

    fn line(&mut self, archived: &Archived) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(archived)?;
        line.push(b'\n');
        read_by_somebody(match self {
            Self::Plain(out) => out.write_all(&line),
            Self::Packed(out) => out.write_all(&line),
        })
    }

    fn finish(self) -> anyhow::Result<()> {
        read_by_somebody(match self {
            Self::Plain(mut out) => out.flush(),
            Self::Packed(out) => out.finish().and_then(|mut out| out.flush()),
        })
    }
}

fn read_by_somebody(result: io::Result<()>) -> anyhow::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(OutputClosed.into()),
        other => Ok(other?),
    }
}
