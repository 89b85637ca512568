//! Timeouts that guests request.

use std::time::Duration;

/// The default timeout of an operation.
const DEFAULT: Duration = Duration::from_secs(30);

/// The maximum timeout: no call waits that long, and adding it to the current time does not overflow.
const MAX: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// Returns the timeout for the milliseconds that a guest requests; 0 means 30 s.
pub(super) fn timeout(asked: u64) -> Duration {
    match asked {
        0 => DEFAULT,
        asked => Duration::from_millis(asked).min(MAX),
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn zero_is_the_default() {
        let rows = [
            (0, 30_000),
            (1, 1),
            (u64::from(u32::MAX), u128::from(u32::MAX)),
            (u64::MAX, MAX.as_millis()),
        ];
        each_row(rows, |(asked, milliseconds)| {
            assert_eq!(timeout(asked).as_millis(), milliseconds, "{asked}");
        });
    }
}
