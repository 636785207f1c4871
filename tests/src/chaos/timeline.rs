//! What happened when, in a round: shown with the seed where the round fails.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The lines of one round; clones write into the same.
#[derive(Debug, Clone)]
pub struct Timeline {
    begun: Instant,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Timeline {
    /// One that begins now.
    #[must_use]
    pub fn begin() -> Self {
        Self {
            begun: Instant::now(),
            lines: Arc::default(),
        }
    }

    /// Notes that this happened.
    pub fn says(&self, what: impl std::fmt::Display) {
        let line = format!("{:>9.3} s  {what}", self.lasted().as_secs_f64());
        self.lines
            .lock()
            .expect("nobody panics while it is held")
            .push(line);
    }

    /// How long the round has lasted.
    #[must_use]
    pub fn lasted(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Everything so far, a line each.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.lines
            .lock()
            .expect("nobody panics while it is held")
            .clone()
    }
}
