//! Readiness as named conditions: each service says what it waits for, and people see the reason.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConditionState {
    /// It holds.
    Ready,
    /// It holds, with something that people should look at.
    Warning,
    /// It does not hold.
    NotReady,
}

/// One condition as `/readyz` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConditionReport {
    /// Its name, `service.condition`.
    pub name: Cow<'static, str>,
    /// Whether it holds.
    pub state: ConditionState,
    /// Why it does not hold, or what to look at; none when it simply holds.
    pub reason: Option<Cow<'static, str>>,
}

type Conditions = BTreeMap<Cow<'static, str>, (ConditionState, Option<Cow<'static, str>>)>;

/// The conditions of a process. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    conditions: Arc<Mutex<Conditions>>,
}

/// Sets one condition. Clones set the same one.
#[derive(Debug, Clone)]
pub struct ConditionHandle {
    readiness: Readiness,
    name: Cow<'static, str>,
}

impl Readiness {
    /// Registers a condition, not ready (`starting`) until its owner says otherwise. The name is
    /// `service.condition`, like `aggregator.caught_up`; registering it again starts it anew.
    #[must_use = "the condition stays not ready until its handle says otherwise"]
    pub fn condition(&self, name: impl Into<Cow<'static, str>>) -> ConditionHandle {
        let handle = ConditionHandle {
            readiness: self.clone(),
            name: name.into(),
        };
        handle.not_ready("starting");
        handle
    }

    /// Whether at least one condition is registered and all of them hold; warnings do hold. A process that has
    /// registered nothing has not come far enough to be sent work.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        is_ready(&self.report())
    }

    /// All conditions, by name.
    #[must_use]
    pub fn report(&self) -> Vec<ConditionReport> {
        let report =
            |(name, (state, reason)): (&Cow<'static, str>, &(_, Option<_>))| ConditionReport {
                name: name.clone(),
                state: *state,
                reason: reason.clone(),
            };
        self.lock().iter().map(report).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Conditions> {
        self.conditions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConditionHandle {
    /// The condition holds.
    pub fn ready(&self) {
        self.set(ConditionState::Ready, None);
    }

    /// The condition does not hold, and why (ids only, never guest data).
    pub fn not_ready(&self, reason: impl Into<Cow<'static, str>>) {
        self.set(ConditionState::NotReady, Some(reason.into()));
    }

    /// The condition holds, and people should look at something.
    pub fn warn(&self, reason: impl Into<Cow<'static, str>>) {
        self.set(ConditionState::Warning, Some(reason.into()));
    }

    fn set(&self, state: ConditionState, reason: Option<Cow<'static, str>>) {
        self.readiness
            .lock()
            .insert(self.name.clone(), (state, reason));
    }
}

pub(super) fn is_ready(conditions: &[ConditionReport]) -> bool {
    !conditions.is_empty()
        && conditions
            .iter()
            .all(|condition| condition.state != ConditionState::NotReady)
}
