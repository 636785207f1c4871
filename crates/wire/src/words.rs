//! Words of the domain that stand in replies and boards, with the same names in either direction.

use cardex_domain::{board, note, profile, resolve, stay, vocabulary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(
        $(#[$doc:meta])*
        $name:ident = $domain:ty { $($(#[$word_doc:meta])* $word:ident,)* }
    )*) => {
        $(
            $(#[$doc])*
            #[derive(
                Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
            )]
            #[serde(rename_all = "snake_case")]
            pub enum $name {
                $($(#[$word_doc])* $word,)*
            }

            impl From<$name> for $domain {
                fn from(word: $name) -> Self {
                    match word { $($name::$word => Self::$word,)* }
                }
            }

            impl From<$domain> for $name {
                fn from(word: $domain) -> Self {
                    match word { $(<$domain>::$word => Self::$word,)* }
                }
            }
        )*
    };
}

words! {
    /// How evidence about an attribute adds up.
    Kind = vocabulary::Kind {
        /// Any number of values can hold at once.
        Multi,
        /// One of the listed values holds.
        Single,
        /// One value holds, and which there are is not known beforehand.
        SingleOpen,
        /// Acts on one observation within that stay.
        Need,
        /// Concerns the guest's safety.
        Safety,
    }

    /// What people say of a statement that was read from a note.
    Standing = note::Standing {
        /// Nothing yet: it counts as inferred.
        Waiting,
        /// It is what was meant.
        Confirmed,
        /// It is not what was meant, and does not count.
        Rejected,
    }

    /// How much of an attribute is shown.
    View = vocabulary::View {
        /// Nothing.
        Hidden,
        /// What to do, not why.
        Handling,
        /// The value itself.
        Value,
    }

    /// What evidence means to staff.
    Verdict = profile::Verdict {
        /// The guest wants it.
        Prefers,
        /// It is one of several contenders: ask.
        Ask,
        /// It may be so.
        Hint,
        /// The guest does not want it.
        Avoids,
        /// The guest may not want it.
        AvoidHint,
        /// It concerns the guest's safety: always shown.
        Safety,
        /// It was needed during this stay.
        Need,
    }

    /// How far a stay has come.
    Status = stay::Status {
        /// Booked and expected.
        Reserved,
        /// The guest is in house.
        InHouse,
        /// The guest has left.
        CheckedOut,
        /// It was called off.
        Cancelled,
        /// The guest did not come.
        NoShow,
    }

    /// Why an observation has nobody yet.
    UnassignedReason = resolve::Unassigned {
        /// Nothing is known of the guest or stay it named.
        Unknown,
        /// Nobody was in the room.
        NoOccupant,
        /// Several stays had the room, or several persons have the identifiers.
        Several,
    }

    /// Whether a board still asks for something.
    BoardState = board::BoardState {
        /// The stay is coming or in house.
        Open,
        /// The stay is over, cancelled or never came, or no rule is for the department any more.
        Closed,
    }

    /// The part of a stay that a board is for.
    Phase = board::Phase {
        /// The guest is expected: prepare.
        Reserved,
        /// The guest is in house.
        InHouse,
        /// The stay has ended, one way or another.
        Over,
    }

    /// What happened to an item between two revisions.
    ChangeKind = board::ChangeKind {
        /// It is new on the board.
        Issued,
        /// Its words or reasons are others now, somebody has seen it or nobody has in time, or it waits now or no longer.
        Revised,
        /// It no longer holds and nobody acted on it.
        Withdrawn,
        /// The stay ended while it stood, and nobody acted on it.
        Expired,
        /// Somebody acted on it.
        Closed,
    }
}

/// Whether there is nothing to count: such members are left out.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field by reference"
)]
pub(crate) fn is_zero(number: &u32) -> bool {
    *number == 0
}
