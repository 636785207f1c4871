//! Plays a story on paper, by a clock of its own where it has one, and compares what every department is told.

use std::collections::BTreeMap;

use anyhow::Context as _;
use cardex_domain::ids::PropertyId;
use cardex_domain::time::{Day, Moment};

use super::PaperHotel;
use crate::stories::PROPERTY;
use crate::stories::play::{Heard, StepReport, Wanted, compare};
use crate::stories::script::{Played, Step, Story, Told, at_clock};

/// When a story that does not say begins: in the morning of an ordinary day.
const ANY_DAY: (i32, u32, u32) = (2026, 6, 10);
const MORNING: &str = "day+0 10:00";
/// A scenario begins with its first day.
const MIDNIGHT: &str = "day+0 00:00";

/// A story while it is played.
pub struct PaperPlayer<'s> {
    story: &'s Story,
    hotel: PaperHotel,
    played: Played,
}

impl<'s> PaperPlayer<'s> {
    /// Plays what went before the story. Nobody is to be told anything.
    ///
    /// # Errors
    /// When something of it is no event, or its playbook none.
    pub fn begin(story: &'s Story) -> anyhow::Result<(Self, Option<StepReport>)> {
        let (year, month, day) = ANY_DAY;
        let any = Day::from_ymd(year, month, day).context("it is a day")?;
        let begins = match story.day {
            Some(day) => at_clock(day, MIDNIGHT),
            None => at_clock(any, MORNING),
        };
        let begins = begins.context("it is a time")?;
        let hotel = PaperHotel::open(&story.playbook, &story.languages, begins)?;
        let mut player = Self {
            story,
            hotel,
            played: Played::default(),
        };
        let mut heard = Vec::new();
        for message in story.earlier(begins)? {
            heard.extend(player.hotel.happen(&message.subject, &message.payload)?);
            player.played.note(&message);
        }
        let report = (!heard.is_empty()).then(|| StepReport {
            says: "Before anything happens, somebody is told something:".to_owned(),
            found: compare(&[], &heard, story),
            took: None,
        });
        Ok((player, report))
    }

    /// Plays a step: lets the time pass until then, and lets happen what happens. The clock may tell somebody something only
    /// in a step in which nothing else happens.
    ///
    /// # Errors
    /// When what happens is no event, or the time has passed already.
    pub fn play(&mut self, step: &Step) -> anyhow::Result<(StepReport, Vec<Heard>)> {
        let at = self.story.time_of(step)?.unwrap_or(self.hotel.now());
        let now = self.hotel.now();
        anyhow::ensure!(
            at.utc_micros >= now.utc_micros,
            "{}: it is {now}",
            step.says
        );
        let mut heard = last_of_each(self.hotel.wait_until(at)?);
        let mut found = Vec::new();
        if step.is_event() {
            found = compare(&[], &heard, self.story);
            heard = self.happen(step, at)?;
        }
        heard
            .iter()
            .for_each(|heard| self.played.hear(&heard.board));
        found.extend(compare(&self.wanted(step)?, &heard, self.story));
        let report = StepReport {
            says: step.says.clone(),
            found,
            took: None,
        };
        Ok((report, heard))
    }

    fn happen(&mut self, step: &Step, at: Moment) -> anyhow::Result<Vec<Heard>> {
        let message = self.story.message_of(step, at, &self.played)?;
        let heard = self.hotel.happen(&message.subject, &message.payload)?;
        self.played.note(&message);
        Ok(heard)
    }

    /// The boards that a step is to lead to.
    fn wanted<'w>(&self, step: &'w Step) -> anyhow::Result<Vec<Wanted<'w>>> {
        let mut wanted = Vec::new();
        for (department, told) in &step.told {
            match told {
                Told::Board(_) => wanted.push(Wanted::of(step, department, None)),
                Told::Boards(boards) => {
                    for reservation in boards.keys() {
                        let mut stays = self.played.stays();
                        let at = stays.find_map(|(of, at)| (of == reservation).then_some(at));
                        let property = PropertyId::new(at.unwrap_or(PROPERTY))?;
                        let stay = PaperHotel::stay(&property, reservation);
                        wanted.push(Wanted::of(step, department, Some((reservation, stay))));
                    }
                }
            }
        }
        Ok(wanted)
    }
}

/// The boards that stand after all of these, in the order in which they came.
fn last_of_each(heard: Vec<Heard>) -> Vec<Heard> {
    let last: BTreeMap<String, usize> = heard
        .iter()
        .enumerate()
        .map(|(place, heard)| (heard.subject.clone(), place))
        .collect();
    let placed = heard.into_iter().enumerate();
    let last = placed.filter(|(place, heard)| last[&heard.subject] == *place);
    last.map(|(_, heard)| heard).collect()
}
