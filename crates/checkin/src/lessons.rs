//! What outcomes taught, kept in step with what the aggregator says.

use std::sync::Arc;

use cardex_domain::lessons::Lessons;
use cardex_wire::query::LessonsReply;
use parking_lot::RwLock;

/// The lessons that were fetched last.
#[derive(Default)]
pub(crate) struct LessonBook(RwLock<Held>);

#[derive(Clone, Default)]
struct Held {
    /// The sequence of the event that taught something last.
    taught: u64,
    lessons: Arc<Lessons>,
}

impl LessonBook {
    /// What had been taught at least up to that sequence; `fetch` asks for what was taught behind another.
    pub(crate) async fn at<E>(
        &self,
        taught: u64,
        fetch: impl AsyncFnOnce(u64) -> Result<LessonsReply, E>,
    ) -> Result<Arc<Lessons>, E> {
        let held = self.held();
        if held.taught >= taught {
            return Ok(held.lessons);
        }
        // Nothing is held meanwhile: those who need the same would wait for each other, and for one answer after another.
        let reply = fetch(held.taught).await?;
        Ok(self.learn(reply))
    }

    fn held(&self) -> Held {
        self.0.read().clone()
    }

    /// Takes in what was taught, unless more is known by now.
    fn learn(&self, reply: LessonsReply) -> Arc<Lessons> {
        let mut held = self.0.write();
        if reply.taught > held.taught {
            let lessons = Arc::make_mut(&mut held.lessons);
            for lesson in reply.lessons {
                let tally = lesson.tally();
                lessons.learn(lesson.department.0, lesson.rule.0, tally);
            }
            held.taught = reply.taught;
        }
        Arc::clone(&held.lessons)
    }
}
