//! Everything is killed between issue and time, again and again: what nobody acknowledged is told to the next in line once,
//! at its time by the server's clock or as soon as somebody is there again, and what somebody did is told to nobody.

use std::collections::BTreeMap;

use cardex_bus::streams::{EVENTS, PROMPTS};
use cardex_domain::event::{Body, CardChange, OutcomeKind, Setting};
use cardex_domain::ids::{ItemId, StayId};
use cardex_domain::time::Moment;
use cardex_tests::chaos::hotel::{Hotel, Victim};
use cardex_wire::board::{BoardView, ItemView};
use cardex_wire::words::ChangeKind;
use cardex_wire::{BoardMessage, decode};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use super::{named, seed};
use crate::escalation::{due_us, waiting};
use crate::events::{checked_in, now, outcome, reservation, seen, stay};
use crate::harness::{Desk, stay_id, until};
use crate::settings::put;

/// Names how many rounds there are; without it, there are few.
const ROUNDS_VARIABLE: &str = "CHAOS_ROUNDS";
const FEW_ROUNDS: u64 = 3;
const STAYS_A_ROUND: usize = 3;
/// The listeners that run at once.
const LISTENERS: usize = 2;
/// What each guest is known to like, who is told by which rule, and how soon that is to be acknowledged.
const LINES: [(&str, &str, &str, &str, &str); 4] = [
    ("amenity.flower", "lily", "floor", "flowers", "4s"),
    (
        "amenity.bath_scent",
        "sandalwood",
        "floor",
        "bath-gel",
        "6s",
    ),
    ("amenity.fruit", "mango", "floor", "fruit", "7s"),
    ("dining.condiment", "vinegar", "dining", "condiment", "5s"),
];
const NEXT: &str = "duty_manager";
/// An acknowledgement is published no later before its item's time, so that the server takes it before.
const IN_TIME_US: i64 = 1_000_000;

/// A line that is to be acknowledged.
struct Line {
    number: String,
    department: &'static str,
    rule: &'static str,
    item: ItemView,
    /// Somebody acknowledged it in time.
    acknowledged: bool,
    /// When everything was there again after the kill.
    back_us: i64,
}

/// A line by its stay, the department that is to acknowledge it, and its rule.
type Of = (StayId, String, String);

/// What the streams say of one line.
#[derive(Default)]
struct Followed {
    /// When the server took each message that says that its time has passed.
    told_us: Vec<i64>,
    /// When the server took each board by which it came to the next in line.
    came_us: Vec<i64>,
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_everything_between_issue_and_time_neither_loses_nor_hastens_nor_repeats() {
    let rounds = named(ROUNDS_VARIABLE).unwrap_or(FEW_ROUNDS);
    let mut rng = StdRng::seed_from_u64(seed());
    let mut hotel = Hotel::start(LISTENERS).await;
    let within = LINES.map(|(_, _, _, rule, within)| (rule, within));
    let playbook = put(&hotel.desk, Setting::Playbook, &waiting(&within)).await;
    hotel.desk.publish(&playbook).await;
    let mut lines = Vec::new();
    for round in 0..rounds {
        let mut issued = issue(&hotel.desk, round).await;
        kill_between(&mut hotel, &mut issued, &mut rng).await;
        all_told(&mut hotel, &issued).await;
        lines.extend(issued);
    }
    let end = hotel.desk.bus.server_time_us().await.unwrap();
    assert!(lines.iter().all(|line| due_us(&line.item) < end));
    let followed = followed(&hotel.desk).await;
    for line in &lines {
        check(line, &followed);
    }
    let acknowledged = lines.iter().filter(|line| line.acknowledged).count();
    println!(
        "{} lines, {acknowledged} of them acknowledged in time",
        lines.len()
    );
    late(&lines, &followed);
    assert!(hotel.desk.dead_letters().await.is_empty());
    hotel.end().await;
}

/// Checks guests in and gives every line about them.
async fn issue(desk: &Desk, round: u64) -> Vec<Line> {
    let mut lines = Vec::new();
    for n in 0..STAYS_A_ROUND {
        let number = format!("R-{round}-{n}");
        let room = format!("{round}{n:02}");
        desk.publish(&stay(&number, checked_in(&room, "Chan")))
            .await;
        let noted = seen("floor", reservation(&number));
        let noted = LINES.iter().fold(noted, |noted, (attribute, value, ..)| {
            noted.likes(attribute, value)
        });
        desk.publish(&noted.event()).await;
        for (_, _, department, rule, _) in LINES {
            let item = until("the line is on its board", async || {
                let board = desk.board(department, &number).await?;
                let mut items = board.items.into_iter();
                items.find(|item| item.rule.0.as_str() == rule)
            })
            .await;
            lines.push(Line {
                number: number.clone(),
                department,
                rule,
                item,
                acknowledged: false,
                back_us: 0,
            });
        }
    }
    lines
}

/// Kills everything at some moment before the last time has passed, and starts it before or after that. Some lines are
/// acknowledged just before that, some as soon as the server is there again, as far as that is in time.
async fn kill_between(hotel: &mut Hotel, lines: &mut [Line], rng: &mut StdRng) {
    let issued = now().utc_micros;
    let first = lines.iter().map(|line| due_us(&line.item)).min().unwrap();
    let last = lines.iter().map(|line| due_us(&line.item)).max().unwrap();
    lines.shuffle(rng);
    let (at_last, later) = lines.split_at_mut(rng.random_range(0..lines.len() / 3));
    let killed = rng.random_range(issued..first.max(issued + 1));
    local_time_is(killed).await;
    // Before anybody who listens may have heard of it.
    for line in at_last {
        acknowledge(&hotel.desk, line).await;
    }
    let mut order = Victim::ALL;
    order.shuffle(rng);
    hotel.kill_all(order).await;
    let back = match rng.random_range(0..3) {
        0 => killed,
        1 => rng.random_range(first..=last),
        _ => last + 1,
    };
    local_time_is(back).await;
    hotel.start_all().await;
    let back_us = now().utc_micros;
    until("the server answers", async || {
        hotel.desk.bus.server_time_us().await.ok()
    })
    .await;
    let in_time = rng.random_range(0..=later.len() / 3);
    for line in later.iter_mut().take(in_time) {
        acknowledge(&hotel.desk, line).await;
    }
    for line in lines {
        line.back_us = back_us;
    }
}

/// The department acknowledges the line, if there is time enough to do so.
async fn acknowledge(desk: &Desk, line: &mut Line) {
    if now().utc_micros + IN_TIME_US > due_us(&line.item) {
        return;
    }
    let stay = stay_id(&line.number);
    let seen = outcome(
        line.department,
        stay,
        &line.item.id.0,
        OutcomeKind::Acknowledged,
    );
    let ack = desk.publish(&seen).await;
    let taken = desk.bus.stored(EVENTS, ack.stream_sequence).await.unwrap();
    line.acknowledged = taken.unwrap().server_time_us < due_us(&line.item);
}

/// Waits until this machine's clock, which is the server's, says that it is so late.
async fn local_time_is(us: i64) {
    until("it is so late", async || {
        (now().utc_micros >= us).then_some(())
    })
    .await;
}

/// Waits until the next in line is told of all that nobody acknowledged, and everything is worked off.
async fn all_told(hotel: &mut Hotel, lines: &[Line]) {
    for line in lines.iter().filter(|line| !line.acknowledged) {
        until("the next in line is told", async || {
            hotel.all_run();
            let board = hotel.desk.board(NEXT, &line.number).await?;
            board
                .items
                .iter()
                .find(|item| comes_of(item, line.rule))
                .map(drop)
        })
        .await;
    }
    local_time_is(lines.iter().map(|line| due_us(&line.item)).max().unwrap()).await;
    hotel.desk.settled(0).await;
}

fn comes_of(item: &ItemView, rule: &str) -> bool {
    item.escalated_from.is_some() && item.rule.0.as_str() == rule
}

impl Line {
    fn of(&self) -> Of {
        let stay = stay_id(&self.number);
        (stay, self.department.to_owned(), self.rule.to_owned())
    }
}

/// Everything that was told of any line.
async fn followed(desk: &Desk) -> BTreeMap<Of, Followed> {
    let mut followed: BTreeMap<Of, Followed> = BTreeMap::new();
    for message in desk.everything(EVENTS).await {
        let received = Moment {
            utc_micros: message.server_time_us,
            offset_minutes: 0,
        };
        let event = decode(&message.subject, None, &message.payload, received).unwrap();
        let Body::Card(card) = event.body else {
            continue;
        };
        if card.change != CardChange::Escalated {
            continue;
        }
        for item in card.items {
            let department = card.department.as_str().to_owned();
            let of = (card.stay, department, item.rule.as_str().to_owned());
            let told = &mut followed.entry(of).or_default().told_us;
            told.push(message.server_time_us);
        }
    }
    for message in desk.everything(PROMPTS).await {
        let board = BoardMessage::decode(&message.subject, &message.payload);
        let board = board.unwrap().data;
        if board.department.0.as_str() != NEXT {
            continue;
        }
        for id in issued(&board) {
            let item = board.items.iter().find(|item| item.id.0 == *id).unwrap();
            let from = item.escalated_from.as_ref().unwrap().0.as_str().to_owned();
            let of = (board.stay.0, from, item.rule.0.as_str().to_owned());
            let came = &mut followed.entry(of).or_default().came_us;
            came.push(message.server_time_us);
        }
    }
    followed
}

/// What came with this board.
fn issued(board: &BoardView) -> impl Iterator<Item = &ItemId> {
    let changes = board.changes.iter();
    let issued = changes.filter(|change| change.kind == ChangeKind::Issued);
    issued.map(|change| &change.item.0)
}

/// Once and not before its time where nobody acknowledged it, and never where somebody did.
fn check(line: &Line, followed: &BTreeMap<Of, Followed>) {
    let (number, rule, due) = (&line.number, line.rule, due_us(&line.item));
    let of = followed.get(&line.of());
    let (told, came) = of.map_or((&[][..], &[][..]), |of| (&of.told_us, &of.came_us));
    let expected = usize::from(!line.acknowledged);
    assert_eq!(
        (told.len(), came.len()),
        (expected, expected),
        "{number} {rule}, due at {due}, acknowledged: {}: {told:?}, {came:?}",
        line.acknowledged
    );
    let early = told.iter().chain(came).any(|at| *at < due);
    assert!(!early, "{number} {rule}, due at {due}: {told:?}, {came:?}");
}

/// Prints how long after its time each line was told of and came to the next; after the start where that was later.
fn late(lines: &[Line], followed: &BTreeMap<Of, Followed>) {
    let (after, before): (Vec<&Line>, Vec<&Line>) = lines
        .iter()
        .partition(|line| due_us(&line.item) >= line.back_us);
    for (what, lines) in [
        ("due after everything was there again", after),
        ("due before, counted from the start", before),
    ] {
        let told: Vec<(i64, &Followed)> = lines
            .into_iter()
            .filter_map(|line| {
                let from = due_us(&line.item).max(line.back_us);
                Some((from, followed.get(&line.of())?))
            })
            .collect();
        let figures = |at: fn(&Followed) -> i64| {
            let late = told.iter().map(|(from, of)| (at(of) - from) / 1_000);
            let mut late_ms: Vec<i64> = late.collect();
            late_ms.sort_unstable();
            let p50 = late_ms.get(late_ms.len() / 2).copied().unwrap_or(0);
            format!(
                "p50 {p50} ms, max {} ms",
                late_ms.last().copied().unwrap_or(0)
            )
        };
        println!("{what}: {} lines", told.len());
        println!("- told late by {}", figures(|of| of.told_us[0]));
        println!("- with the next late by {}", figures(|of| of.came_us[0]));
    }
}
