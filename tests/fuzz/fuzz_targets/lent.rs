//! Whatever comes from another shard: what it asks for, and what it lends.
#![no_main]

use std::num::NonZeroU16;
use std::sync::OnceLock;

use cardex_domain::fact::Reference;
use cardex_domain::ids::{NodeId, StayId};
use cardex_domain::records::Records;
use cardex_domain::shard::{Share, Shards};
use cardex_store::{Wants, Asked, Lent, OpenOptions, Store};
use libfuzzer_sys::fuzz_target;

/// What an empty store of the first of two shards asks the second for.
fn ask() -> Wants {
    static ASK: OnceLock<Wants> = OnceLock::new();
    let made = || {
        let share = Share::new(Shards::new(NonZeroU16::new(2).unwrap()).unwrap(), 0);
        let dir = std::env::temp_dir().join(format!("cardex-fuzz-{}", std::process::id()));
        let options = OpenOptions { share, ..OpenOptions::default() };
        let store = Store::open(&dir, &options).unwrap().store;
        let reader = store.read();
        for id in 0..8 {
            let stay = Reference::Node(NodeId::Stay(StayId([id; 16])));
            assert!(reader.noted_under(&stay, None).unwrap().is_empty());
        }
        reader.missing().remove(&1).expect("the second has some of eight")
    };
    ASK.get_or_init(made).clone()
}

fuzz_target!(|bytes: &[u8]| {
    let _ = Asked::decode(bytes);
    let (mut lent, mut ask) = (Lent::default(), ask());
    if lent.take(&mut ask, bytes).is_ok() {
        assert!(lent.bytes() <= bytes.len());
    }
});
