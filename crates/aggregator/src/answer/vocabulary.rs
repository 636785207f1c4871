//! The vocabulary by whose words everything is answered, for those who publish: by it what they say is understood.

use cardex_wire::query::{InForce, QueryError, VocabularyReply, VocabularyRequest};

use super::{Answer, Desk};

impl Answer for InForce {
    type Says = VocabularyReply;

    fn answer(desk: &Desk<'_>, asked: VocabularyRequest) -> Result<VocabularyReply, QueryError> {
        let vocabulary = &desk.active.vocabulary;
        let known = asked.has.is_some_and(|has| has == vocabulary.hash());
        Ok(VocabularyReply {
            sequence: desk.sequence,
            behind: desk.behind,
            vocabulary: desk.vocabulary_hash(),
            text: (!known).then(|| vocabulary.text().to_owned()),
        })
    }
}
