//! What concerns a guest's safety.

use super::*;

#[test]
fn all_values_of_a_safety_attribute_are_one_item() {
    let vocabulary = vocabulary();
    let guest = booked(&[("allergy.food", "peanut"), ("allergy.food", "milk")]);
    let told = guest.told(&playbook(&[safety()], &vocabulary), &vocabulary, PREPARING);
    assert_eq!(told[0].1, ["Serve Mr Lin no milk, peanut."]);
}

#[test]
fn safety_stays_whatever_became_of_it() {
    let (vocabulary, guest) = (vocabulary(), booked(&[("allergy.food", "peanut")]));
    let playbook = playbook(&[safety()], &vocabulary);
    let items = |closed: &BTreeSet<ItemId>| {
        guest.boards(&playbook, &vocabulary, PREPARING, closed)[0]
            .items
            .clone()
    };
    let first = items(&BTreeSet::new());
    let done = BTreeSet::from([first[0].id.clone()]);
    assert_eq!(items(&done), first);
}
