//! What departments were shown of profiles, as it went out: who asks again for one that still holds is answered with the
//! same bytes.

use std::num::NonZeroUsize;
use std::sync::{Arc, Weak};

use cardex_domain::ids::DepartmentId;
use cardex_domain::profile::Profile;
use cardex_wire::ProfileView;
use cardex_wire::query::Written;
use lru::LruCache;
use parking_lot::Mutex;

/// Views kept.
const VIEWS_MAX: NonZeroUsize = NonZeroUsize::new(2_048).expect("it is not 0");
/// Bytes of all that are kept: of guests of whom a great deal is known, fewer are.
const BYTES_MAX: usize = 8 << 20;
/// Bytes of a view, beyond which it is not kept: one would drive out hundreds of others.
const VIEW_BYTES_MAX: usize = 256 << 10;

/// The views that are kept, each of one profile as it was folded, for one department.
pub(crate) struct Views(Mutex<Kept>);

struct Kept {
    /// By the address of the profile, which no other has while a view of it is here.
    views: LruCache<(usize, DepartmentId), View>,
    bytes: usize,
}

struct View {
    _of: Weak<Profile>,
    written: Written,
}

impl Default for Views {
    fn default() -> Self {
        Self(Mutex::new(Kept {
            views: LruCache::new(VIEWS_MAX),
            bytes: 0,
        }))
    }
}

impl Views {
    /// What the department sees of the profile: as it was written before, or as `view` makes it. That is to be a function
    /// of the two, and of what the profile was folded with.
    pub(crate) fn of(
        &self,
        profile: &Arc<Profile>,
        department: &DepartmentId,
        view: impl FnOnce(&Profile) -> ProfileView,
    ) -> Written {
        let key = (Arc::as_ptr(profile).addr(), department.clone());
        let kept = self.0.lock().views.get(&key).map(|v| v.written.clone());
        kept.unwrap_or_else(|| {
            let written = Written::from(&view(profile));
            if written.bytes() <= VIEW_BYTES_MAX {
                let view = View {
                    _of: Arc::downgrade(profile),
                    written: written.clone(),
                };
                self.0.lock().put(key, view);
            }
            written
        })
    }
}

impl Kept {
    fn put(&mut self, key: (usize, DepartmentId), view: View) {
        self.bytes += view.written.bytes();
        if let Some((_, gone)) = self.views.push(key, view) {
            self.bytes -= gone.written.bytes();
        }
        while self.bytes > BYTES_MAX
            && let Some((_, gone)) = self.views.pop_lru()
        {
            self.bytes -= gone.written.bytes();
        }
    }
}

#[cfg(test)]
mod tests;
