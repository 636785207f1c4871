//! Plays stories: publishes what happens, waits until Cardex has done with it, and compares what every department got.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use cardex_bus::streams::{DEADLETTERS, PROMPTS, stream_ends};
use cardex_bus::{Headers, OrderedReader, Position, Read};
use cardex_domain::ids::DepartmentId;
use cardex_wire::board::{BoardView, ItemView};
use cardex_wire::{BoardMessage, CONTENT_TYPE};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::script::{Message, Played, Step, Story, Told, now};
use super::shown::StayOf;
use super::{Hotel, PROPERTY};

mod compare;

pub(super) use compare::{Wanted, compare};

/// How long Cardex may take until it has done with what was published.
const DONE_BOUND: Duration = Duration::from_secs(60);
/// How often it is looked whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// How many boards are read back at once.
const READ_BATCH: usize = 256;
const READ_LINGER: Duration = Duration::from_secs(5);

/// A board as it arrived.
#[derive(Debug, Clone)]
pub struct Heard {
    /// Where.
    pub subject: String,
    /// Its bytes.
    pub payload: Bytes,
    /// What it says.
    pub board: BoardView,
    /// When it was received.
    pub at: Instant,
}

/// One line of a report.
#[derive(Debug)]
pub enum Found {
    /// A line that was to come, and came.
    Right {
        /// The line, with its reasons.
        item: Box<ItemView>,
        /// Whether it is new or changed with this board.
        is_news: bool,
    },
    /// The board was to be closed, and is.
    Closed,
    /// The profile of this stay's guest was to be shown, and is, without anything else.
    Shown(String),
    /// A line that was to come and did not.
    Missing(String),
    /// Something that nobody was to get.
    Unexpected(String),
}

/// What came of a step.
#[derive(Debug)]
pub struct StepReport {
    /// What happened, in words.
    pub says: String,
    /// What was found, by department.
    pub found: Vec<(String, Found)>,
    /// From publishing to the last board, where there was one.
    pub took: Option<Duration>,
}

impl StepReport {
    /// How many lines are as they were to be, and how many are not.
    #[must_use]
    pub fn tally(&self) -> (usize, usize) {
        let wrong = self.found.iter().filter(|(_, found)| found.is_wrong());
        let wrong = wrong.count();
        (self.found.len() - wrong, wrong)
    }
}

impl Found {
    /// Whether it is not as it was to be.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Unexpected(_))
    }
}

/// Publishes events and hears what every department is told.
pub struct Player<'h> {
    hotel: &'h Hotel,
    boards: mpsc::UnboundedReceiver<Heard>,
    /// Everything heard so far.
    heard: Vec<Heard>,
    /// What was played of the story.
    played: Played,
    /// Everybody's profile after the events that the story calls something, by reservation number.
    kept: BTreeMap<String, Profiles>,
    begun_at: Position,
    done_before: u64,
    published: u64,
}

/// Canonical profiles by reservation number.
type Profiles = BTreeMap<String, Vec<u8>>;

impl<'h> Player<'h> {
    /// Begins to listen to all departments of all properties.
    ///
    /// # Errors
    /// When the bus does not let us.
    pub async fn begin(hotel: &'h Hotel) -> anyhow::Result<Self> {
        let ends = stream_ends(hotel.bus(), PROMPTS).await?;
        let subscription = hotel.bus().subscribe("cardex.*.prompt.>").await;
        let mut subscription = subscription.map_err(|error| anyhow::anyhow!(error))?;
        let (sender, boards) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(passing) = subscription.next().await {
                let at = Instant::now();
                let Ok(message) = BoardMessage::decode(&passing.subject, &passing.payload) else {
                    continue;
                };
                let heard = Heard {
                    subject: passing.subject,
                    payload: passing.payload,
                    board: message.data,
                    at,
                };
                if sender.send(heard).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            hotel,
            boards,
            heard: Vec::new(),
            played: Played::default(),
            kept: BTreeMap::new(),
            begun_at: Position {
                incarnation: ends.incarnation,
                sequence: ends.last,
            },
            done_before: hotel.progress().await?.done,
            published: 0,
        })
    }

    /// Whether no board was ever published before.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.begun_at.sequence == 0
    }

    /// Begins a story: publishes what went before it. Nobody is to be told anything; `None` when nobody is.
    ///
    /// # Errors
    /// When an event is not taken, or Cardex does not get done with it.
    pub async fn play_earlier(&mut self, story: &Story) -> anyhow::Result<Option<StepReport>> {
        (self.played, self.kept) = (Played::default(), BTreeMap::new());
        let heard = self.happen(&story.earlier(now())?).await?;
        Ok((!heard.is_empty()).then(|| StepReport {
            says: "Before anything happens, somebody is told something:".to_owned(),
            found: compare(&[], &heard, story),
            took: None,
        }))
    }

    /// Plays a step of a story and compares.
    ///
    /// # Errors
    /// When the event is not taken, or Cardex does not get done with it.
    pub async fn play(&mut self, story: &Story, step: &Step) -> anyhow::Result<StepReport> {
        anyhow::ensure!(
            story.day.is_none(),
            "“{}” has a clock of its own",
            story.title
        );
        let message = story.message_of(step, now(), &self.played)?;
        let from = Instant::now();
        let heard = self.happen(&[message]).await?;
        let mut found = compare(&self.wanted(step).await?, &heard, story);
        for (reservation, wanted) in &step.shown {
            let stay = self.stay(reservation);
            found.extend(stay.compare(self.hotel.bus(), wanted).await?);
        }
        found.extend(self.look_back(story, step).await?);
        Ok(StepReport {
            says: step.says.clone(),
            found,
            took: heard.iter().map(|heard| heard.at - from).max(),
        })
    }

    /// The boards that a step is to lead to.
    async fn wanted<'s>(&self, step: &'s Step) -> anyhow::Result<Vec<Wanted<'s>>> {
        let mut wanted = Vec::new();
        for (department, told) in &step.told {
            match told {
                Told::Board(_) => wanted.push(Wanted::of(step, department, None)),
                Told::Boards(boards) => {
                    for reservation in boards.keys() {
                        let stay = self.stay(reservation).id(self.hotel.bus()).await?;
                        wanted.push(Wanted::of(step, department, Some((reservation, stay))));
                    }
                }
            }
        }
        Ok(wanted)
    }

    fn stay<'a>(&'a self, reservation: &'a str) -> StayOf<'a> {
        let mut stays = self.played.stays();
        let property = stays.find_map(|(number, at)| (number == reservation).then_some(at));
        StayOf {
            property: property.unwrap_or(PROPERTY),
            reservation,
        }
    }

    /// Keeps everybody's profile where a later step looks back at this one, and compares with an earlier step's where
    /// this one does.
    async fn look_back(
        &mut self,
        story: &Story,
        step: &Step,
    ) -> anyhow::Result<Vec<(String, Found)>> {
        let looked_back_at = |called: &&String| {
            let mut steps = story.steps.iter();
            steps.any(|step| step.as_after.as_ref() == Some(called))
        };
        let kept = step.called.as_ref().filter(looked_back_at);
        if kept.is_none() && step.as_after.is_none() {
            return Ok(Vec::new());
        }
        let mut profiles = Profiles::new();
        for (reservation, property) in self.played.stays() {
            let stay = StayOf {
                property,
                reservation,
            };
            let profile = stay.profile(self.hotel.bus()).await?;
            profiles.insert(reservation.to_owned(), profile);
        }
        if let Some(kept) = kept {
            self.kept.insert(kept.clone(), profiles.clone());
        }
        let Some(called) = &step.as_after else {
            return Ok(Vec::new());
        };
        let before = self.kept.get(called);
        let before = before.with_context(|| format!("no step before is called {called}"))?;
        let found = before.iter().map(|(reservation, then)| {
            let is_same = profiles.get(reservation) == Some(then);
            let found = match is_same {
                true => Found::Shown(reservation.clone()),
                false => Found::Unexpected(format!("the profile of {reservation} is another")),
            };
            (DepartmentId::ENGINE.to_owned(), found)
        });
        Ok(found.collect())
    }

    /// Publishes events, waits until Cardex has done with them, and gives the boards that came of it.
    ///
    /// # Errors
    /// When an event is not taken, or Cardex does not get done with it.
    pub async fn happen(&mut self, messages: &[Message]) -> anyhow::Result<Vec<Heard>> {
        let headers = Headers::new().with("Content-Type", CONTENT_TYPE)?;
        for message in messages {
            let payload = Bytes::from(message.payload.clone());
            self.hotel
                .bus()
                .publish(&message.subject, &message.id, payload, &headers)
                .await?;
            self.published += 1;
            self.played.note(message);
        }
        let before = self.heard.len();
        tokio::time::timeout(DONE_BOUND, self.done())
            .await
            .with_context(|| format!("Cardex is not done with an event after {DONE_BOUND:?}"))??;
        let heard = self.heard[before..].to_vec();
        for heard in &heard {
            self.played.hear(&heard.board);
        }
        Ok(heard)
    }

    /// Waits until all that was published is worked off and all boards of it are received.
    async fn done(&mut self) -> anyhow::Result<()> {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        loop {
            looks.tick().await;
            let progress = self.hotel.progress().await?;
            if progress.refused > 0 {
                bail!("an event of the stories was refused; see `cardex deadletters list`");
            }
            while let Ok(heard) = self.boards.try_recv() {
                self.heard.push(heard);
            }
            if progress.done >= self.done_before + self.published {
                let ends = stream_ends(self.hotel.bus(), PROMPTS).await?;
                if self.begun_at.sequence + self.heard.len() as u64 == ends.last {
                    return Ok(());
                }
            }
        }
    }

    /// Reads the whole stream of boards again and gives what is in it beside what was heard, and what was heard and is
    /// not in it; and says whether there are dead letters.
    ///
    /// # Errors
    /// When the streams can't be read.
    pub async fn leftovers(&self) -> anyhow::Result<Vec<String>> {
        let bus = self.hotel.bus();
        let begun_at = self.begun_at.clone();
        let end = stream_ends(bus, PROMPTS).await?.last;
        let mut reader = OrderedReader::open(bus, PROMPTS, Some(begun_at)).await?;
        let mut kept = Vec::new();
        while reader.position().sequence < end {
            let batch = reader.next_batch(READ_BATCH, READ_LINGER).await?;
            if batch.is_empty() {
                bail!("the stream of boards does not come to its end");
            }
            for read in batch {
                match read {
                    Read::Message(message) => kept.push((message.subject, message.payload)),
                    Read::Gap(gap) => bail!("the stream of boards lacks {gap:?}"),
                }
            }
        }
        let heard = self.heard.iter();
        let heard: Vec<_> = heard
            .map(|h| (h.subject.clone(), h.payload.clone()))
            .collect();
        let mut left: Vec<String> = kept
            .iter()
            .filter(|board| !heard.contains(board))
            .map(|(subject, _)| format!("a board that nobody was to get: {subject}"))
            .collect();
        left.extend(
            heard
                .iter()
                .filter(|board| !kept.contains(board))
                .map(|(subject, _)| format!("a board that was shown and is not kept: {subject}")),
        );
        let dead = stream_ends(bus, DEADLETTERS).await?.messages;
        if dead > 0 {
            left.push(format!("{dead} events could not be used"));
        }
        Ok(left)
    }

    /// The next board that any department gets; none once the connection has ended. Cancel safe.
    pub async fn next(&mut self) -> Option<Heard> {
        let heard = self.boards.recv().await?;
        self.heard.push(heard.clone());
        Some(heard)
    }

    /// Waits until Cardex has done with events that somebody else published, and gives the boards that come yet.
    ///
    /// # Errors
    /// When it does not get done with them.
    pub async fn catch_up(&mut self, events: u64) -> anyhow::Result<Vec<Heard>> {
        self.published += events;
        self.happen(&[]).await
    }
}
