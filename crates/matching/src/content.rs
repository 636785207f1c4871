//! Numbers that follow from content alone, the same on every machine and in every version: what is drawn is drawn by
//! them, so that no order and no chance has a say.

/// FNV-1a over the bytes (Fowler, Noll, Vo), then the finaliser of SplitMix64, so that every bit depends on every byte.
pub(crate) fn hash(bytes: impl IntoIterator<Item = u8>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bytes {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    mixed(hash)
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood, 2014).
fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
