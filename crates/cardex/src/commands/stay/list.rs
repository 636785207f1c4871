//! `cardex stay list`: the stays of a property as the events make them.

use cardex_bus::Bus;
use cardex_domain::event::Name;
use cardex_domain::ids::Room;
use cardex_domain::stay::{Status as DomainStatus, address};
use cardex_domain::time::Day;
use cardex_wire::guest::StayView;
use cardex_wire::query::{List as ListOperation, ListRequest, StatusCounts};
use cardex_wire::text::AsText;
use cardex_wire::words::Status;
use clap::{Args, ValueEnum};

use crate::args::parse_room;
use crate::ask::AskArgs;
use crate::clock::parse_day;
use crate::screen::table::Table;
use crate::screen::{Format, Screen, note};
use crate::session::Session;

/// The most stays that are asked for at once.
const PAGE_STAYS: u32 = 1_000;

const EXAMPLES: &str = "\
Examples:
  cardex stay list --property macau --status in-house
  cardex stay list --property macau --from today --to +7
  cardex stay list --property macau --room 1012
  cardex stay list --property macau --counts

Irregular is how many of its events did not fit where they stood: a second check-out, the cancelling of a guest \
in house. The id of a stay is what boards and `cardex outcome` know it by.";

/// List stays, or count them by how far they have come
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct List {
    /// Only those that have come so far
    #[arg(long, value_name = "STATUS")]
    status: Option<StatusArg>,
    /// Only those whose room this is: now, set aside, or the last one
    #[arg(long, value_name = "ROOM", value_parser = parse_room)]
    room: Option<Room>,
    /// Only those that touch this day or a later one
    #[arg(long, value_name = "DAY", value_parser = parse_day, allow_hyphen_values = true)]
    from: Option<Day>,
    /// Only those that touch this day or an earlier one
    #[arg(long, value_name = "DAY", value_parser = parse_day, allow_hyphen_values = true)]
    to: Option<Day>,
    /// Only count them
    #[arg(long)]
    counts: bool,
    /// The most stays to list
    #[arg(long, value_name = "N", default_value_t = 200)]
    limit: u32,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    ask: AskArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum StatusArg {
    /// Booked and expected
    Reserved,
    /// In house
    InHouse,
    /// Left
    CheckedOut,
    /// Called off
    Cancelled,
    /// Did not come
    NoShow,
}

impl From<StatusArg> for Status {
    fn from(status: StatusArg) -> Self {
        match status {
            StatusArg::Reserved => Self::Reserved,
            StatusArg::InHouse => Self::InHouse,
            StatusArg::CheckedOut => Self::CheckedOut,
            StatusArg::Cancelled => Self::Cancelled,
            StatusArg::NoShow => Self::NoShow,
        }
    }
}

impl List {
    pub(crate) async fn run(&self, session: &Session) -> anyhow::Result<()> {
        let bus = self.ask.connect(session).await?;
        let mut request = ListRequest {
            status: self.status.map(Status::from),
            room: self.room.clone().map(AsText),
            from: self.from.map(AsText),
            to: self.to.map(AsText),
            limit: Some(if self.counts {
                1
            } else {
                self.limit.min(PAGE_STAYS)
            }),
            after: None,
            at_least: self.ask.at_least,
            wait_ms: self.ask.wait_ms(),
        };
        let mut reply = self.ask.ask::<ListOperation>(&bus, &request).await?;
        let mut screen = self.format.screen();
        if self.counts {
            screen.lag(reply.sequence, reply.behind);
            return show_counts(&reply.counts, reply.sequence, &mut screen);
        }
        let mut stays = reply.stays;
        let wanted = self.limit as usize;
        while stays.len() < wanted
            && let Some(after) = reply.next.take()
        {
            request.after = Some(after);
            reply = self.ask.ask::<ListOperation>(&bus, &request).await?;
            stays.append(&mut reply.stays);
        }
        stays.truncate(wanted);
        let all = reply.counts.total();
        if all > stays.len() as u64 {
            let shown = stays.len();
            note(format!(
                "{shown} of {all} stays; see more with --limit, fewer with --from, --to and --status"
            ));
        }
        if screen.json() {
            return screen.objects(&stays, reply.sequence);
        }
        screen.lag(reply.sequence, reply.behind);
        if stays.is_empty() {
            note(self.nothing(&bus).await?);
            return Ok(());
        }
        stays.sort_by_key(|stay| (stay.arrival.map(|day| day.0), stay.id.0));
        screen.text(table(&stays).render(screen.style()))
    }
}

impl List {
    /// Why there are none: by what was asked, or because nothing is known of the hotel.
    async fn nothing(&self, bus: &Bus) -> anyhow::Result<String> {
        let all = ListRequest {
            limit: Some(0),
            ..ListRequest::default()
        };
        let known = self.ask.ask::<ListOperation>(bus, &all).await?.counts;
        let property = &self.ask.property;
        Ok(match known.total() {
            0 => format!("no stay is known at {property}; is it called so?"),
            all => format!("no such stays; {all} are known at {property}"),
        })
    }
}

fn show_counts(counts: &StatusCounts, sequence: u64, screen: &mut Screen) -> anyhow::Result<()> {
    if screen.json() {
        return screen.objects(std::slice::from_ref(counts), sequence);
    }
    let mut table = Table::new(&["status", "stays"]);
    for (status, count) in [
        ("reserved", counts.reserved),
        ("in_house", counts.in_house),
        ("checked_out", counts.checked_out),
        ("cancelled", counts.cancelled),
        ("no_show", counts.no_show),
        ("all", counts.total()),
    ] {
        table.row([status.to_owned(), count.to_string()]);
    }
    screen.text(table.render(screen.style()))
}

/// How far it has come, and whether the guest does not want to be disturbed.
fn status(stay: &StayView) -> String {
    let status = DomainStatus::from(stay.status).as_str();
    match stay.do_not_disturb_since {
        Some(_) => format!("{status} (do not disturb)"),
        None => status.to_owned(),
    }
}

/// One stay a row.
pub(crate) fn table(stays: &[StayView]) -> Table {
    let mut table = Table::new(&[
        "stay",
        "reservation",
        "status",
        "arrival",
        "departure",
        "room",
        "guest",
        "irregular",
    ]);
    for stay in stays {
        let day = |day: Option<AsText<Day>>| day.map_or_else(String::new, |day| day.0.to_string());
        let name = stay
            .guest
            .name
            .as_ref()
            .and_then(|name| address(&Name::from(name)));
        table.row([
            stay.id.to_string(),
            stay.reservation.clone(),
            status(stay),
            day(stay.arrival),
            day(stay.departure),
            stay.room
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            match stay.guest.no_information {
                true => format!("{} (tell nobody)", name.unwrap_or_default()),
                false => name.unwrap_or_default(),
            },
            match stay.irregular {
                0 => String::new(),
                irregular => irregular.to_string(),
            },
        ]);
    }
    table
}
