use cardex_domain::event::Name;
use cardex_domain::identity::Identity;
use cardex_domain::ids::{NodeId, ProfileId, PropertyId};
use cardex_domain::profile::GuestCard;
use cardex_domain::time::Day;
use cardex_domain::vocabulary::Vocabulary;
use cardex_wire::profile::Extent;

use super::*;

fn called(name: &str) -> Arc<Profile> {
    Arc::new(Profile {
        members: vec![NodeId::Profile(ProfileId([1; 16]))],
        identity: Identity::default(),
        guest: GuestCard {
            name: Some(Name {
                full: Some(name.into()),
                ..Name::default()
            }),
            ..GuestCard::default()
        },
        as_of: Day(20_000),
        property: PropertyId::new("harbour").unwrap(),
        stay: None,
        purpose: None,
        wishes: Default::default(),
        attributes: Default::default(),
        uncurated: Vec::new(),
        notes: Vec::new(),
    })
}

fn department(name: &str) -> DepartmentId {
    DepartmentId::new(name).unwrap()
}

fn view(profile: &Profile, department: &DepartmentId) -> ProfileView {
    ProfileView::of(profile, Vocabulary::embedded(), department, &Extent::ANSWER)
}

fn text(written: &Written) -> String {
    serde_json::to_string(written).unwrap()
}

/// What is shown, and whether it was made for that.
fn shown(views: &Views, profile: &Arc<Profile>, department: &DepartmentId) -> (String, bool) {
    let mut made = false;
    let written = views.of(profile, department, |profile| {
        made = true;
        view(profile, department)
    });
    (text(&written), made)
}

#[test]
fn what_was_shown_is_shown_again_to_the_same_department_alone() {
    let (views, guest) = (Views::default(), called("Ada"));
    let [desk, spa] = ["front_desk", "spa"].map(department);
    for (asks, made) in [(&desk, true), (&spa, true), (&desk, false), (&spa, false)] {
        let fresh = text(&Written::from(&view(&guest, asks)));
        assert_eq!(shown(&views, &guest, asks), (fresh, made));
    }
}

#[test]
fn a_profile_that_was_folded_anew_is_never_shown_as_it_was() {
    let (views, desk) = (Views::default(), department("front_desk"));
    for time in 0..1_000 {
        // The one before is gone, so this one would have its place.
        let guest = called(&format!("Ada {time}"));
        let fresh = text(&Written::from(&view(&guest, &desk)));
        assert_eq!(shown(&views, &guest, &desk), (fresh, true));
    }
}

#[test]
fn what_is_kept_is_bounded() {
    let (views, desk) = (Views::default(), department("front_desk"));
    let guests: Vec<_> = (0..80).map(|_| called(&"A".repeat(200 << 10))).collect();
    for guest in &guests {
        shown(&views, guest, &desk);
        let kept = views.0.lock();
        let bytes: usize = kept.views.iter().map(|(_, v)| v.written.bytes()).sum();
        assert_eq!(bytes, kept.bytes);
        assert!(bytes <= BYTES_MAX);
    }
    let last = guests.last().unwrap();
    assert!(!shown(&views, last, &desk).1);
    assert!(shown(&views, &guests[0], &desk).1);
}

#[test]
fn what_would_drive_out_many_is_not_kept() {
    let (views, desk) = (Views::default(), department("front_desk"));
    let [small, huge] = [1, VIEW_BYTES_MAX].map(|bytes| called(&"A".repeat(bytes)));
    for (guest, again) in [(&small, false), (&huge, true)] {
        assert!(shown(&views, guest, &desk).1);
        assert_eq!(shown(&views, guest, &desk).1, again);
    }
}
