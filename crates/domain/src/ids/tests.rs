//! Ids read back as they were written, and only as they were written.

use super::{
    DepartmentId, EventKey, InstallationKey, ItemId, NodeId, PropertyId, Room, RuleId, StayId,
};

#[test]
fn tokens_are_what_a_subject_can_carry() {
    for (text, good) in [
        ("harbour", true),
        ("h-2_x", true),
        ("", false),
        ("Harbour", false),
        ("a.b", false),
        ("a b", false),
        ("café", false),
        ("stay", false),
        ("profile", false),
        (">", false),
    ] {
        assert_eq!(PropertyId::new(text).is_ok(), good, "{text}");
    }
    assert!(DepartmentId::new(&"d".repeat(64)).is_ok());
    assert!(DepartmentId::new(&"d".repeat(65)).is_err());
    assert!(
        DepartmentId::new("stay").is_ok(),
        "reserved for properties alone"
    );
}

#[test]
fn derived_ids_are_stable_and_depend_on_the_key() {
    let property = PropertyId::new("harbour").expect("a property");
    let stay = InstallationKey::new([7; 32]).stay(&property, "R-1");
    assert_eq!(
        stay.to_string(),
        "sr5ckp0226cr7xnxm8001aam5nr",
        "ids are for ever"
    );
    assert_eq!(stay.to_string().parse::<StayId>(), Ok(stay));
    assert_eq!(stay.to_string().parse::<NodeId>(), Ok(NodeId::Stay(stay)));
    assert_ne!(InstallationKey::new([8; 32]).stay(&property, "R-1"), stay);
    assert!("s123".parse::<StayId>().is_err());
    assert!(
        format!("g{}", &stay.to_string()[1..])
            .parse::<StayId>()
            .is_err()
    );
}

#[test]
fn parts_cannot_flow_into_each_other() {
    assert_ne!(EventKey::of("a.b", "c"), EventKey::of("a.bc", ""));
    let (department, rule) = (
        DepartmentId::new("floor").expect("ok"),
        RuleId::new("papers").expect("ok"),
    );
    let stay = StayId([1; 16]);
    let item = ItemId::of(stay, &department, &rule, &[("a", "bc")]);
    assert_ne!(item, ItemId::of(stay, &department, &rule, &[("ab", "c")]));
    assert_eq!(item.department(), "floor");
    assert_eq!(item.as_str().parse::<ItemId>(), Ok(item.clone()));
    assert!("floor".parse::<ItemId>().is_err());
}

#[test]
fn a_room_is_one_room_however_it_is_typed() {
    assert_eq!(Room::new(" ph-a "), Room::new("PH-A"));
    assert!(
        Room::new("12 34").is_err()
            && Room::new("").is_err()
            && Room::new("12345678901234567").is_err()
    );
}
