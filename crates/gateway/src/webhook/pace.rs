//! How long to wait before the next attempt.

use std::time::Duration;

/// The pause before the second attempt, at most.
const FIRST: Duration = Duration::from_secs(1);
/// The longest pause: a receiver that is back after hours is not left without boards for another hour.
const LONGEST: Duration = Duration::from_secs(300);
/// From this attempt on that failed, a board gives way to a newer one of its stay: half a minute has passed.
pub(super) const GIVES_WAY_AFTER: u32 = 6;

/// The pause after this many failures in a row: twice as long each time, up to a bound, less up to half of it by `chance`
/// (0 to 1), so that receivers are not asked by everybody at once. At least as long as the receiver asks for, within the
/// bound.
pub(super) fn pause(failures: u32, asked: Option<Duration>, chance: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let longest = (FIRST * 2_u32.pow(doublings)).min(LONGEST);
    let pause = longest.mul_f64(1.0 - chance / 2.0);
    pause.max(asked.unwrap_or_default().min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_never_below_half() {
        for (failures, longest) in [(1, 1), (2, 2), (6, 32), (9, 256), (10, 300), (1_000, 300)] {
            let longest = Duration::from_secs(longest);
            assert_eq!(pause(failures, None, 0.0), longest, "{failures}");
            assert_eq!(pause(failures, None, 1.0), longest / 2, "{failures}");
        }
        let until_it_gives_way: Duration = (1..GIVES_WAY_AFTER).map(|n| pause(n, None, 0.0)).sum();
        assert_eq!(until_it_gives_way, Duration::from_secs(31));
    }

    #[test]
    fn who_asks_for_time_gets_it_within_reason() {
        let asked = |seconds| pause(1, Some(Duration::from_secs(seconds)), 0.0);
        assert_eq!(asked(0), FIRST);
        assert_eq!(asked(30), Duration::from_secs(30));
        assert_eq!(asked(86_400), LONGEST);
    }
}
