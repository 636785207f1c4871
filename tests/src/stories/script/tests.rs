use super::*;

#[test]
fn every_story_is_of_the_contract() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/stories");
    let stories = load(&directory).unwrap();
    assert_eq!(stories.len(), 4);
    for story in stories {
        story.earlier(now()).unwrap();
        for step in &story.steps {
            story.message_of(step, now(), &Played::default()).unwrap();
        }
    }
}
