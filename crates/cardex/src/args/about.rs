//! The ways in which a person on duty names a guest.

use cardex_domain::event::{ExternalProfile, GuestRef};
use cardex_domain::ids::{NodeId, Room, StayId};
use clap::Args;

use super::identifiers::IdentifierArgs;
use super::{parse_profile, parse_room};
use crate::exit::Usage;

/// About whom: exactly one way of naming the guest.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The guest (one way)")]
pub(crate) struct AboutArgs {
    /// Whoever is in this room
    #[arg(long, value_name = "ROOM", value_parser = parse_room)]
    room: Option<Room>,
    /// Id of a stay, as boards show it
    #[arg(long, value_name = "STAY")]
    stay: Option<StayId>,
    /// Reservation number of the hotel's PMS
    #[arg(long, value_name = "NUMBER")]
    reservation: Option<String>,
    /// Id of a guest, as Cardex gave it out
    #[arg(long, value_name = "GUEST")]
    guest: Option<NodeId>,
    /// Profile of another system
    #[arg(long, value_name = "SYSTEM/ID", value_parser = parse_profile)]
    profile: Option<ExternalProfile>,
    #[command(flatten)]
    identifiers: IdentifierArgs,
}

impl AboutArgs {
    /// The one way that was used.
    pub(crate) fn guest_ref(&self) -> Result<GuestRef, Usage> {
        let mut ways = self.ways();
        match (ways.pop(), ways.is_empty()) {
            (Some(way), true) => Ok(way),
            (None, _) => Err(Usage(
                "say who is meant: --room, --stay, --reservation, --guest, --profile, or identifiers"
                    .to_owned(),
            )),
            (Some(_), false) => Err(Usage(
                "name the guest in one way only; several identifiers of one person are one way"
                    .to_owned(),
            )),
        }
    }

    fn ways(&self) -> Vec<GuestRef> {
        let identifiers = self.identifiers.identifiers(false);
        [
            self.room.clone().map(GuestRef::Room),
            self.stay.map(|stay| GuestRef::Node(NodeId::Stay(stay))),
            self.reservation
                .as_deref()
                .map(|n| GuestRef::Reservation(n.into())),
            self.guest.map(GuestRef::Node),
            self.profile.clone().map(GuestRef::Profile),
            (!identifiers.is_empty()).then_some(GuestRef::Identifiers(identifiers)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
