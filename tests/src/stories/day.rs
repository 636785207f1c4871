//! Ordinary days of a hotel, made up but always the same: who comes, goes and moves, what is noticed and what becomes of
//! it. What every department is told of it, in order, is a transcript to be read by people and compared byte for byte.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Context as _;
use cardex_domain::ids::content_hash;
use cardex_domain::time::{Day, Moment};
use cardex_wire::board::{BoardView, ItemView};
use cardex_wire::text::EventId;
use cardex_wire::words::ChangeKind;
use serde_json::{Value, json};

use super::PaperHotel;
use super::play::Heard;
use super::script::at_clock;

/// Where it is.
const PROPERTY: &str = "grand";
/// Guests who are in house as the day begins, and leave, move or stay; then those who come.
const IN_HOUSE: usize = 64;
const ARRIVING: usize = 48;
/// How many of a hundred guests have been here before.
const KNOWN_PERCENT: u64 = 60;
const NAMES: [(&str, &str); 24] = [
    ("Mr", "Chan"),
    ("Ms", "Lindqvist"),
    ("Mr", "Okafor"),
    ("Mrs", "Haddad"),
    ("Mr", "Zhuang"),
    ("Ms", "Sato"),
    ("Dr", "Okonkwo"),
    ("Mr", "Ferreira"),
    ("Mrs", "Osei"),
    ("Mr", "Moreau"),
    ("Ms", "Ivanova"),
    ("Mr", "Nguyen"),
    ("Ms", "Rossi"),
    ("Mr", "Larsen"),
    ("Mr", "Ho"),
    ("Mrs", "Kim"),
    ("Mr", "Baptista"),
    ("Ms", "Park"),
    ("Prof", "Weber"),
    ("Mr", "Singh"),
    ("Ms", "Dubois"),
    ("Mr", "Tanaka"),
    ("Mrs", "Lopez"),
    ("Mr", "Chen"),
];

/// What becomes of lines.
const OUTCOMES: [&str; 6] = [
    "done",
    "done",
    "delighted",
    "declined",
    "not_possible",
    "acknowledged",
];

/// What kind of day it is.
#[derive(Debug, Clone, Copy)]
pub struct HotelDay {
    /// What the transcript is called.
    pub name: &'static str,
    /// The day.
    pub date: &'static str,
    /// Of which all else follows.
    pub seed: u64,
    /// What guests are known to want, by attribute and value.
    pub tastes: &'static [(&'static str, &'static str)],
    /// Children for each stay of four.
    pub children: u64,
}

/// Where something is published, and what it says.
type Event = (String, Value);

/// Something that happens.
struct Happening {
    at: Moment,
    what: What,
}

enum What {
    Event(String, Value),
    /// Something becomes of the first line of the board that the n-th of all boards heard so far is.
    Outcome(u64, &'static str),
}

/// A transcript, and every board of it in order.
pub struct Transcript {
    /// The text.
    pub text: String,
    /// The boards.
    pub boards: Vec<BoardView>,
    /// The stays of the day.
    pub stays: usize,
    /// The items that somebody answered for.
    pub answered: Vec<String>,
}

/// A source of numbers that gives the same everywhere and for ever: SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        let place = self.below(all.len() as u64);
        all[usize::try_from(place).unwrap_or(0)]
    }
}

impl HotelDay {
    /// Lets the day happen.
    ///
    /// # Errors
    /// When something of it is no event, or a board can't be made.
    pub fn play(&self) -> anyhow::Result<Transcript> {
        let day: Day = self.date.parse().context("it is a day")?;
        let begins = at_clock(day, "day+0 00:00").context("it is a time")?;
        let mut hotel = PaperHotel::open(&BTreeMap::new(), &BTreeMap::new(), begins)?;
        let mut chance = Chance(self.seed);
        let made = self.events(day, &mut chance)?;
        let (mut told, mut number) = (Told::default(), 0);
        for (subject, data) in made.before {
            // What stands there as the day begins is known, and not told of.
            let heard = publish(&mut hotel, &subject, &data, &mut number)?;
            told.boards
                .extend(heard.into_iter().map(|heard| heard.board));
        }
        for happening in made.during {
            told.hear("by the clock", hotel.wait_until(happening.at)?);
            let (subject, data) = match happening.what {
                What::Event(subject, data) => (subject, data),
                What::Outcome(nth, outcome) => match told.answer(nth, outcome, happening.at) {
                    Some(answer) => answer,
                    None => continue,
                },
            };
            let heard = publish(&mut hotel, &subject, &data, &mut number)?;
            told.hear(&said(&subject, &data), heard);
        }
        let ends = at_clock(day, "day+1 00:00").context("it is a time")?;
        told.hear("by the clock", hotel.wait_until(ends)?);
        Ok(told.transcript(self))
    }

    /// What went before the day, and what happens on it, in order.
    fn events(&self, day: Day, chance: &mut Chance) -> anyhow::Result<Made> {
        let mut made = Made {
            day,
            before: Vec::new(),
            during: Vec::new(),
        };
        for n in 0..IN_HOUSE + ARRIVING {
            if chance.below(100) < KNOWN_PERCENT {
                made.before.extend(self.visits(n, &guest(n), chance)?);
            }
            let children = u64::from(chance.below(4) < self.children);
            let nights = i64::try_from(1 + chance.below(4))?;
            match n < IN_HOUSE {
                true => made.in_house(n, children, chance)?,
                false => made.arriving(n, children, nights, chance)?,
            }
            if chance.below(3) == 0 {
                let (from, hours) = if n < IN_HOUSE { (6, 1) } else { (22, 2) };
                let noticed = made.at_some_time(from, hours, chance)?;
                let (attribute, value) = chance.of(self.tastes);
                let data = json!({ "about": { "reservation": reservation(n) }, "observed_at": noticed.to_string(), "how": "stated",
                    "statements": [{ "attribute": attribute, "value": value }] });
                made.happens("observation.floor.rounds", noticed, data);
            }
            if chance.below(2) == 0 {
                let what = What::Outcome(chance.below(1 << 32), chance.of(&OUTCOMES));
                let at = made.at_some_time(9, 13, chance)?;
                made.during.push(Happening { at, what });
            }
        }
        made.during.sort_by_key(|happening| happening.at);
        Ok(made)
    }

    /// What was noticed on two earlier visits.
    fn visits(&self, n: usize, guest: &Value, chance: &mut Chance) -> anyhow::Result<Vec<Event>> {
        let day: Day = self.date.parse().context("it is a day")?;
        let at = |word: String| at_clock(day, &word).context("it is a time");
        let known = 1 + chance.below(7);
        let known: Vec<Value> = (0..known)
            .map(|_| {
                let (attribute, value) = chance.of(self.tastes);
                json!({ "attribute": attribute, "value": value })
            })
            .collect();
        let mut events = Vec::new();
        for (visit, days) in [(1, -260), (2, -130)] {
            let (reservation, room) = (format!("E-{n}-{visit}"), room(n));
            let stay = |kind: &str| format!("cardex.{PROPERTY}.stay.{kind}");
            let came = at(format!("day{days:+} 15:00"))?;
            let booking = json!({ "arrival": day.plus(days).to_string(), "departure": day.plus(days + 2).to_string() });
            events.push((
                stay("checked_in"),
                json!({ "occurred_at": came.to_string(), "reservation": reservation, "room": room, "booking": booking, "guest": guest }),
            ));
            events.push((
                format!("cardex.{PROPERTY}.observation.front_desk.reception"),
                json!({ "about": { "reservation": reservation }, "observed_at": came.to_string(), "how": "stated", "statements": known }),
            ));
            let left = at(format!("day{:+} 10:00", days + 2))?;
            events.push((
                stay("checked_out"),
                json!({ "occurred_at": left.to_string(), "reservation": reservation }),
            ));
        }
        Ok(events)
    }
}

/// What went before a day, and what happens on it.
struct Made {
    day: Day,
    before: Vec<Event>,
    during: Vec<Happening>,
}

impl Made {
    /// A guest who is in house as the day begins, and leaves, moves or stays.
    fn in_house(&mut self, n: usize, children: u64, chance: &mut Chance) -> anyhow::Result<()> {
        let since = i64::try_from(1 + chance.below(3))?;
        let leaves = i64::try_from(chance.below(3))?;
        let arrived = self.at(&format!("day{:+} 15:{:02}", -since, n % 60))?;
        let came = json!({ "occurred_at": arrived.to_string(), "reservation": reservation(n), "room": room(n),
            "booking": self.booking(-since, leaves, children)?, "guest": guest(n) });
        self.before.push((subject("stay.checked_in"), came));
        if leaves == 0 {
            let at = self.at_some_time(7, 5, chance)?;
            self.changes("checked_out", n, at, json!({}));
        } else if chance.below(8) == 0 {
            let at = self.at_some_time(10, 8, chance)?;
            self.changes(
                "room_moved",
                n,
                at,
                json!({ "room": format!("{}A", room(n)) }),
            );
        }
        Ok(())
    }

    /// A guest who comes, or cancels.
    fn arriving(
        &mut self,
        n: usize,
        children: u64,
        nights: i64,
        chance: &mut Chance,
    ) -> anyhow::Result<()> {
        let booked = self.at("day-9 10:00")?;
        let data = json!({ "occurred_at": booked.to_string(), "reservation": reservation(n),
            "booking": self.booking(0, nights, children)?, "guest": guest(n) });
        self.before.push((subject("stay.reserved"), data));
        let (kind, data) = match chance.below(20) {
            0 => ("cancelled", json!({})),
            _ => ("checked_in", json!({ "room": room(n) })),
        };
        let at = self.at_some_time(13, 9, chance)?;
        self.changes(kind, n, at, data);
        Ok(())
    }

    fn changes(&mut self, kind: &str, n: usize, at: Moment, mut data: Value) {
        data["occurred_at"] = json!(at.to_string());
        data["reservation"] = json!(reservation(n));
        self.happens(&format!("stay.{kind}"), at, data);
    }

    fn happens(&mut self, what: &str, at: Moment, data: Value) {
        let what = What::Event(subject(what), data);
        self.during.push(Happening { at, what });
    }

    fn booking(&self, arrives: i64, leaves: i64, children: u64) -> anyhow::Result<Value> {
        let day = |days: i64| anyhow::Ok(self.day.plus(i32::try_from(days)?).to_string());
        let (arrival, departure) = (day(arrives)?, day(leaves)?);
        Ok(
            json!({ "arrival": arrival, "departure": departure, "adults": 1 + children, "children": children }),
        )
    }

    /// A minute within so many hours.
    fn at_some_time(&self, from: u64, hours: u64, chance: &mut Chance) -> anyhow::Result<Moment> {
        let minute = chance.below(hours * 60);
        self.at(&format!(
            "day+0 {:02}:{:02}",
            from + minute / 60,
            minute % 60
        ))
    }

    fn at(&self, word: &str) -> anyhow::Result<Moment> {
        at_clock(self.day, word).context("it is a time")
    }
}

fn subject(what: &str) -> String {
    format!("cardex.{PROPERTY}.{what}")
}

fn reservation(n: usize) -> String {
    format!("H-{n}")
}

fn guest(n: usize) -> Value {
    let (title, family) = NAMES[n % NAMES.len()];
    json!({ "profile": { "pms": "pms", "id": format!("{}", 500_000 + n) }, "name": { "title": title, "family": family } })
}

fn room(n: usize) -> String {
    format!("{:02}{:02}", 3 + n / 12, 1 + n % 12)
}

fn publish(
    hotel: &mut PaperHotel,
    subject: &str,
    data: &Value,
    number: &mut u64,
) -> anyhow::Result<Vec<Heard>> {
    *number += 1;
    let kind = match subject.split('.').collect::<Vec<_>>()[2..] {
        ["observation", ..] => "observation.recorded".to_owned(),
        ["outcome", ..] => "outcome.recorded".to_owned(),
        ref rest => rest.join("."),
    };
    let envelope = json!({
        "specversion": "1.0",
        "id": EventId::derived(content_hash(number.to_string().as_bytes())).to_string(),
        "source": "/cardex/day",
        "type": format!("cardex.{kind}.v1"),
        "time": hotel.now().to_string(),
        "datacontenttype": "application/json",
        "data": data,
    });
    let heard = hotel.happen(subject, &serde_json::to_vec(&envelope)?);
    heard.with_context(|| format!("{subject}: {data}"))
}

/// What happened, in a few words.
fn said(subject: &str, data: &Value) -> String {
    let what = subject.split('.').skip(2).collect::<Vec<_>>().join(" ");
    let of = ["reservation", "outcome"].map(|name| data[name].as_str().unwrap_or_default());
    let about = data["about"]["reservation"].as_str().unwrap_or_default();
    let of = [of[0], of[1], about].join(" ");
    let words: Vec<&str> = of.split_whitespace().collect();
    format!("{what} {}", words.join(" "))
}

/// What departments were told, as it comes.
#[derive(Default)]
struct Told {
    by_department: BTreeMap<String, String>,
    boards: Vec<BoardView>,
    answered: Vec<String>,
}

impl Told {
    fn hear(&mut self, why: &str, heard: Vec<Heard>) {
        for heard in heard {
            let board = heard.board;
            let mut earlier = self.boards.iter().rev();
            let before =
                earlier.find(|of| of.stay == board.stay && of.department == board.department);
            let lines = lines(&format!("{} {why}", clock(&heard.payload)), &board, before);
            let department = board.department.0.as_str().to_owned();
            self.by_department
                .entry(department)
                .or_default()
                .push_str(&lines);
            self.boards.push(board);
        }
    }

    /// Somebody answers the first line of a board that was heard and still stands.
    fn answer(&mut self, nth: u64, outcome: &str, at: Moment) -> Option<Event> {
        let count = u64::try_from(self.boards.len())
            .ok()
            .filter(|count| *count > 0)?;
        let board = &self.boards[usize::try_from(nth % count).ok()?];
        let item = board.items.first()?;
        self.answered.push(item.id.to_string());
        let department = &board.department;
        let data = json!({ "stay": board.stay.to_string(), "item": item.id.to_string(), "outcome": outcome, "occurred_at": at.to_string() });
        Some((format!("cardex.{PROPERTY}.outcome.{department}.app"), data))
    }

    fn transcript(self, day: &HotelDay) -> Transcript {
        let mut text = format!(
            "{}: what every department was told on {}, board by board.\n`+` came, `~` reads otherwise, `-` went; what has no mark stood there before.\n",
            day.name, day.date
        );
        for (department, lines) in &self.by_department {
            let _ = write!(text, "\n== {department} ==\n{lines}");
        }
        Transcript {
            text,
            boards: self.boards,
            answered: self.answered,
            stays: IN_HOUSE + ARRIVING,
        }
    }
}

/// What time the board was made, by the hotel's clock.
fn clock(message: &[u8]) -> String {
    let message: Value = serde_json::from_slice(message).unwrap_or_default();
    let time = message["time"].as_str().unwrap_or_default();
    time.get(11..16).unwrap_or_default().to_owned()
}

/// A board as its department reads it.
fn lines(why: &str, board: &BoardView, before: Option<&BoardView>) -> String {
    let room = board
        .room
        .as_ref()
        .map_or("–".to_owned(), ToString::to_string);
    let mut text = format!("{why}: {} in {room}\n", board.guest);
    if board.items.is_empty() {
        text.push_str("    nothing\n");
    }
    let mark = |item: &ItemView| {
        let change = board.changes.iter().find(|change| change.item == item.id);
        match change.map(|change| change.kind) {
            Some(ChangeKind::Issued) => '+',
            Some(ChangeKind::Revised) => '~',
            _ => ' ',
        }
    };
    for item in &board.items {
        let _ = writeln!(text, "  {} {}", mark(item), item.text);
    }
    let stood = before.into_iter().flat_map(|before| &before.items);
    let gone = stood.filter(|item| board.items.iter().all(|of| of.id != item.id));
    for item in gone {
        let _ = writeln!(text, "  - {}", item.text);
    }
    text
}
