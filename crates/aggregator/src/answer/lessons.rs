//! What outcomes taught, for those who rank.

use cardex_wire::query::{LessonView, Lessons, LessonsReply, LessonsRequest, QueryError};

use super::{Answer, Desk, FOR_SERVICES};

impl Answer for Lessons {
    type Says = LessonsReply;

    fn answer(desk: &Desk<'_>, asked: LessonsRequest) -> Result<LessonsReply, QueryError> {
        desk.must_be_engine(FOR_SERVICES)?;
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
