//! Timeouts as guests ask for them.

use std::time::Duration;

/// The timeout of an operation whose caller sets none.
const DEFAULT: Duration = Duration::from_secs(30);

/// Returns the timeout for the milliseconds that a guest asks for; none and 0 mean 30 s.
pub(super) fn timeout(asked: Option<u32>) -> Duration {
    let asked = asked.filter(|asked| *asked > 0);
    asked.map_or(DEFAULT, |asked| Duration::from_millis(asked.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_and_zero_are_the_default() {
        for (asked, milliseconds) in [
            (None, 30_000),
            (Some(0), 30_000),
            (Some(1), 1),
            (Some(u32::MAX), u128::from(u32::MAX)),
        ] {
            assert_eq!(timeout(asked).as_millis(), milliseconds, "{asked:?}");
        }
    }
}
