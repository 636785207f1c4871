//! The acceptance stories, played on a running Cardex: events go in as departments' own software would send them, and
//! what every department is told is compared with what the story says.

mod day;
mod hotel;
mod paper;
mod play;
mod screen;
mod script;
mod shown;

pub use day::{HotelDay, Transcript};
pub use hotel::Hotel;
pub use paper::{PaperHotel, PaperPlayer};
pub use play::{Found, Heard, Player, StepReport};
pub use screen::Screen;
pub use script::{Message, Played, Step, Story, Told, load, now};

/// The property at which the stories happen.
pub const PROPERTY: &str = "grand";
