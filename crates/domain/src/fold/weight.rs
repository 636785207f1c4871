//! Decay by age.

/// One in Q32.
pub const ONE: u64 = 1 << 32;

/// `2^(−2^−i)` for i = 1…32 in Q32: the factors from which every power between 1 and ½ is multiplied together.
const ROOTS_Q32: [u64; 32] = [
    3_037_000_500,
    3_611_622_603,
    3_938_502_376,
    4_112_874_773,
    4_202_935_003,
    4_248_701_965,
    4_271_771_996,
    4_283_353_945,
    4_289_156_690,
    4_292_061_010,
    4_293_513_907,
    4_294_240_540,
    4_294_603_903,
    4_294_785_595,
    4_294_876_445,
    4_294_921_870,
    4_294_944_583,
    4_294_955_939,
    4_294_961_618,
    4_294_964_457,
    4_294_965_876,
    4_294_966_586,
    4_294_966_941,
    4_294_967_119,
    4_294_967_207,
    4_294_967_252,
    4_294_967_274,
    4_294_967_285,
    4_294_967_290,
    4_294_967_293,
    4_294_967_295,
    4_294_967_295,
];

/// Half-lives after which nothing is left.
const GONE_AFTER_HALF_LIVES: u64 = 40;

/// `2^(−age/half_life)` in Q32. One when there is no decay (`half_life_days` is 0) or no age.
#[must_use]
pub fn exp2_neg(age_days: i64, half_life_days: u32) -> u64 {
    let Ok(age) = u64::try_from(age_days) else {
        return ONE;
    };
    if age == 0 || half_life_days == 0 {
        return ONE;
    }
    let halvings = (u128::from(age) << 32) / u128::from(half_life_days);
    let whole = u64::try_from(halvings >> 32).unwrap_or(u64::MAX);
    if whole >= GONE_AFTER_HALF_LIVES {
        return 0;
    }
    let fraction = (halvings & u128::from(u32::MAX)) as u64;
    let mut result = ONE;
    for (i, root) in ROOTS_Q32.iter().enumerate() {
        if fraction >> (31 - i) & 1 == 1 {
            result = ((u128::from(result) * u128::from(*root) + (1 << 31)) >> 32) as u64;
        }
    }
    result >> whole
}
