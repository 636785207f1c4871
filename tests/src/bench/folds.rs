//! Profiles folded in this process, on one core, from the rows of a store: over reading and decoding the same rows and
//! folding nothing.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use cardex_domain::fact::Reference;
use cardex_domain::identity::DenyList;
use cardex_domain::ids::{NodeId, PropertyId, Room, StayId};
use cardex_domain::profile::{Occasion, profile_of};
use cardex_domain::records::Records;
use cardex_domain::settings::Settings;
use cardex_domain::vocabulary::Vocabulary;
use cardex_store::{OpenOptions, Reader, Store};
use nix::time::{ClockId, clock_gettime};
use tempfile::TempDir;

use super::crowd::Filling;
use super::figures::{Measure, Section, per_second};
use super::load::{self, Hotel};
use super::{Options, ROUNDS, note, rig};

/// Guests in house, each of whom an earlier stay has left something of.
const GUESTS: usize = 2_000;
/// What is noticed about them now.
const OBSERVATIONS: usize = 4 * GUESTS;
/// How often that guest's profile is folded in a round.
const GREAT_FOLDS: usize = 20;

pub(super) async fn measure(options: &Options) -> anyhow::Result<Section> {
    let options = options.clone();
    tokio::task::spawn_blocking(move || folds(&options)).await?
}

/// A node of every guest, and what is noted under.
pub(super) struct Guest {
    pub(super) stay: StayId,
    references: Vec<Reference>,
}

fn folds(options: &Options) -> anyhow::Result<Section> {
    let directory = TempDir::with_prefix("cardex-bench-")?;
    note("folds: making up the hotel");
    let mut hotel = Hotel::new(options.seed, "grand")?;
    let (ordinary, events) = fill(&directory.path().join("ordinary"), |filling| {
        for guest in 0..GUESTS {
            filling.add([hotel.arrival(guest)?])?;
            filling.add(hotel.memory(guest)?)?;
        }
        for _ in 0..OBSERVATIONS {
            filling.add([hotel.observation(GUESTS)?])?;
        }
        Ok(())
    })?;
    let (great, _) = fill(&directory.path().join("great"), |filling| {
        filling.add([hotel.arrival(0)?])?;
        (0..options.pieces).try_for_each(|_| filling.add([hotel.observation(1)?]))
    })?;
    let property = hotel.property();
    let guests: Vec<Guest> = (0..GUESTS)
        .map(|guest| named(property, guest))
        .collect::<anyhow::Result<_>>()?;

    let mut rates = [const { Vec::new() }; 4];
    for round in 0..ROUNDS {
        note(format!("folds: round {} of {ROUNDS}", round + 1));
        let bound = Duration::from_secs(u64::from(options.seconds));
        let reader = ordinary.read();
        let each = |work: &dyn Fn(&Guest) -> anyhow::Result<()>| -> anyhow::Result<f64> {
            let (began, mut done) = (worked()?, 0);
            while worked()? - began < bound {
                guests.iter().try_for_each(work)?;
                done += guests.len();
            }
            Ok(per_second(done, worked()? - began))
        };
        rates[0].push(each(&|guest| fold(&reader, property, guest))?);
        rates[1].push(each(&|guest| read(&reader, guest))?);
        drop(reader);
        let reader = great.read();
        let each = |work: &dyn Fn(&Guest) -> anyhow::Result<()>| -> anyhow::Result<f64> {
            let began = worked()?;
            (0..GREAT_FOLDS).try_for_each(|_| work(&guests[0]))?;
            Ok((worked()? - began).as_secs_f64() * 1e3 / GREAT_FOLDS as f64)
        };
        rates[2].push(each(&|guest| fold(&reader, property, guest))?);
        rates[3].push(each(&|guest| read(&reader, guest))?);
    }
    let [folded, rows, great, great_rows] = rates;
    let folded = Measure::of("profiles folded, one core", "profiles/s", folded);
    let rows = Measure::of("floor: the same rows read and decoded", "profiles/s", rows);
    let great = Measure::of("profile of so many pieces", "ms", great);
    let great_rows = Measure::of("floor: the same rows read and decoded", "ms", great_rows);
    let mut section = Section::new("folds");
    section.compare("folds ÷ reading the rows", &folded, &rows, None);
    section.compare(
        "so many pieces ÷ reading the rows",
        &great,
        &great_rows,
        None,
    );
    section.measures = vec![folded, rows, great, great_rows];
    section.count("guests", GUESTS as f64);
    section.count("pieces", f64::from(options.pieces));
    section.count("events of a guest", events as f64 / GUESTS as f64);
    Ok(section)
}

/// The time that this thread has had on a core: others on the machine take none of it.
pub(super) fn worked() -> anyhow::Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into())
}

pub(super) fn fill(
    dir: &Path,
    with: impl FnOnce(&mut Filling<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<(Store, u64)> {
    // So that rows are read each time, and none is known from the time before.
    let options = OpenOptions {
        notes_cached: 0,
        ..OpenOptions::default()
    };
    let store = Store::open(dir, &options)?.store;
    let mut filling = Filling::alone(&store);
    with(&mut filling)?;
    let events = filling.finish()?;
    Ok((store, events))
}

pub(super) fn named(property: &PropertyId, guest: usize) -> anyhow::Result<Guest> {
    let key = rig::key();
    let stay = key.stay(property, &Hotel::reservation(guest));
    let profile = Hotel::profile(guest);
    let profile = key.profile(&profile.pms, &profile.id);
    Ok(Guest {
        stay,
        references: vec![
            Reference::Node(NodeId::Stay(stay)),
            Reference::Node(NodeId::Profile(profile)),
            Reference::Room(property.clone(), Room::new(&guest.to_string())?),
        ],
    })
}

fn fold(reader: &Reader<'_>, property: &PropertyId, guest: &Guest) -> anyhow::Result<()> {
    let occasion = Occasion {
        property: property.clone(),
        stay: Some(guest.stay),
        as_of: load::moment(0).day(),
    };
    let deny = DenyList::default();
    let settings = Settings::new(&deny, Vocabulary::embedded());
    let profile = profile_of(reader, &settings, NodeId::Stay(guest.stay), &occasion)?;
    anyhow::ensure!(!profile.attributes.is_empty(), "a profile is empty");
    black_box(profile);
    Ok(())
}

fn read(reader: &Reader<'_>, guest: &Guest) -> anyhow::Result<()> {
    black_box(reader.stay_facts(guest.stay)?);
    for reference in &guest.references {
        black_box(reader.noted_under(reference, None)?);
    }
    Ok(())
}
