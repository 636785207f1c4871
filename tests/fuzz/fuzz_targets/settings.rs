//! Whatever is activated as a vocabulary or deny list, and whatever is given as an id.
#![no_main]

use cardex_domain::identity::DenyList;
use cardex_domain::ids::{AttributeId, EventKey, ItemId, NodeId, PropertyId, Room};
use cardex_domain::time::Day;
use cardex_domain::vocabulary::Vocabulary;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Vocabulary::parse(text);
    let _ = DenyList::parse(text);
    let _ = AttributeId::new(text);
    let _ = PropertyId::new(text);
    let _ = text.parse::<EventKey>();
    let _ = text.parse::<ItemId>();
    let _ = text.parse::<NodeId>();
    if let Ok(day) = text.parse::<Day>() {
        assert_eq!(day.to_string(), text);
    }
    if let Ok(room) = Room::new(text) {
        assert_eq!(Room::new(room.as_str()), Ok(room));
    }
});
