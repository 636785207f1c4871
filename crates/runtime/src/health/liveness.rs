//! Liveness as heartbeats: a loop that hangs stops beating, and the process asks to be restarted.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

type Beats = BTreeMap<Cow<'static, str>, Beat>;

#[derive(Debug)]
struct Beat {
    last: Instant,
    max_age: Duration,
}

/// The heartbeats of a process. Clones are the same. Without any the process counts as alive.
#[derive(Debug, Clone, Default)]
pub struct Liveness {
    beats: Arc<Mutex<Beats>>,
}

/// Beats for one loop. Dropping it does not end it, so a loop that died goes stale; [`retire`](Self::retire) does.
#[derive(Debug)]
pub struct Heartbeat {
    liveness: Liveness,
    name: Cow<'static, str>,
    max_age: Duration,
}

impl Liveness {
    /// Registers a loop that beats at least every `max_age`, fresh from now on.
    #[must_use = "a heartbeat that never beats goes stale"]
    pub fn heartbeat(&self, name: impl Into<Cow<'static, str>>, max_age: Duration) -> Heartbeat {
        let heartbeat = Heartbeat {
            liveness: self.clone(),
            name: name.into(),
            max_age,
        };
        heartbeat.beat();
        heartbeat
    }

    /// Names of the loops that have not beaten within their age.
    #[must_use]
    pub fn stale(&self) -> Vec<Cow<'static, str>> {
        let beats = self.lock();
        let stale = beats
            .iter()
            .filter(|(_, beat)| beat.last.elapsed() > beat.max_age);
        stale.map(|(name, _)| name.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Beats> {
        self.beats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heartbeat {
    /// The loop moves.
    pub fn beat(&self) {
        let beat = Beat {
            last: Instant::now(),
            max_age: self.max_age,
        };
        self.liveness.lock().insert(self.name.clone(), beat);
    }

    /// The loop has ended as it should and is watched no more.
    pub fn retire(self) {
        self.liveness.lock().remove(&self.name);
    }
}
