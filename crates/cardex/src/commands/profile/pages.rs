//! Answers of several pages, put together: all of them of one moment, or asked for anew.

use cardex_wire::query::{Cursor, ErrorCode, ExplainReply, GetReply, QueryError};

use crate::screen::note;

/// How often it is begun anew because something was recorded of the guest in between.
const ANEW_MAX: usize = 5;

/// An answer that may have further pages.
pub(super) trait Paged: Sized {
    /// Where it goes on.
    fn next(&self) -> Option<Cursor>;

    /// Adds the page that follows.
    fn join(&mut self, next: Self);
}

impl Paged for GetReply {
    fn next(&self) -> Option<Cursor> {
        self.next
    }

    fn join(&mut self, next: Self) {
        Self::join(self, next);
    }
}

impl Paged for ExplainReply {
    fn next(&self) -> Option<Cursor> {
        self.next
    }

    fn join(&mut self, next: Self) {
        Self::join(self, next);
    }
}

/// Asks for page after page until there is none.
pub(super) async fn all<R: Paged>(
    mut ask: impl AsyncFnMut(Option<Cursor>) -> anyhow::Result<R>,
) -> anyhow::Result<R> {
    let mut anew = 0;
    'anew: loop {
        let mut whole = ask(None).await?;
        while let Some(next) = whole.next() {
            match ask(Some(next)).await {
                Ok(page) => whole.join(page),
                Err(error) if has_changed(&error) && anew < ANEW_MAX => {
                    anew += 1;
                    note("something was recorded of the guest meanwhile; beginning anew");
                    continue 'anew;
                }
                Err(error) => return Err(error),
            }
        }
        return Ok(whole);
    }
}

fn has_changed(error: &anyhow::Error) -> bool {
    let query = error.downcast_ref::<QueryError>();
    query.is_some_and(|error| error.code == ErrorCode::Changed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn page(notes: &[&str], next: Option<u32>) -> GetReply {
        let note = |text: &&str| {
            json!({
                "observed_at": "2026-11-20T10:00:00+08:00", "event": "e00000000000000000000000000",
                "department": "dining", "property": "macau", "text": text
            })
        };
        let next = next.map(|from| Cursor {
            question: 1,
            state: 1,
            from,
        });
        serde_json::from_value(json!({
            "sequence": 1, "vocabulary": "", "next": next,
            "profile": {
                "guest": { "members": [] }, "as_of": "2026-11-20", "attributes": [],
                "notes": notes.iter().map(note).collect::<Vec<_>>()
            }
        }))
        .unwrap()
    }

    fn changed() -> anyhow::Error {
        let error = QueryError::new(ErrorCode::Changed, "ask anew");
        anyhow::Error::from(error).context("the way out")
    }

    async fn of(answers: &mut Vec<anyhow::Result<GetReply>>) -> anyhow::Result<Vec<String>> {
        answers.reverse();
        let whole = all(async |_| answers.pop().unwrap()).await?;
        Ok(whole.profile.notes.into_iter().map(|n| n.text).collect())
    }

    #[tokio::test]
    async fn pages_of_one_moment_are_put_together_and_no_others() {
        let mut answers = vec![
            Ok(page(&["old"], Some(1))),
            Err(changed()),
            Ok(page(&["a"], Some(1))),
            Ok(page(&["b"], None)),
        ];
        assert_eq!(of(&mut answers).await.unwrap(), ["a", "b"]);
    }

    #[tokio::test]
    async fn who_is_noticed_all_the_time_is_not_waited_for_for_ever() {
        let each = || [Ok(page(&["a"], Some(1))), Err(changed())];
        let mut answers: Vec<_> = (0..=ANEW_MAX).flat_map(|_| each()).collect();
        let error = of(&mut answers).await.unwrap_err();
        assert!(has_changed(&error) && answers.is_empty());
    }
}
