//! What outcomes taught, for those who rank.

use cardex_wire::query::{
    ErrorCode, LessonView, Lessons, LessonsReply, LessonsRequest, QueryError,
};

use super::guests::is_engine;
use super::{Answer, Desk};

impl Answer for Lessons {
    fn answer(desk: &Desk<'_>, asked: LessonsRequest) -> Result<LessonsReply, QueryError> {
        if !is_engine(&desk.subject.department) {
            let detail = "only Cardex's own services may ask this";
            return Err(QueryError::new(ErrorCode::Forbidden, detail));
        }
        let since = asked.since.unwrap_or_default();
        let lessons = desk.reader.lessons().iter();
        let changed = lessons.filter(|(_, lesson)| lesson.sequence > since);
        Ok(LessonsReply {
            sequence: desk.sequence,
            taught: desk.taught(),
            lessons: changed
                .map(|((department, rule), lesson)| LessonView::of(department, rule, lesson.tally))
                .collect(),
        })
    }
}

impl Desk<'_> {
    /// The sequence of the event that taught something last; 0 when none did.
    pub(super) fn taught(&self) -> u64 {
        let lessons = self.reader.lessons().values();
        lessons.map(|lesson| lesson.sequence).max().unwrap_or(0)
    }
}
