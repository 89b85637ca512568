//! Numbers above zero.

use std::num::{NonZeroU32, NonZeroU64};

use serde::de::{Deserialize, Deserializer, Error as _};

/// An integer type without zero.
pub trait Positive: Sized {
    /// The largest value.
    const MAX: u64;

    /// Returns the number, or `None` if it is out of range.
    fn new(number: u64) -> Option<Self>;
}

impl Positive for NonZeroU32 {
    const MAX: u64 = u32::MAX as u64;

    fn new(number: u64) -> Option<Self> {
        u32::try_from(number).ok().and_then(Self::new)
    }
}

impl Positive for NonZeroU64 {
    const MAX: u64 = u64::MAX;

    fn new(number: u64) -> Option<Self> {
        Self::new(number)
    }
}

/// Deserialises a number above zero; null counts as an absent key.
///
/// # Errors
/// The valid range, for a value outside it.
pub fn positive<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Positive,
{
    struct Above<T>(T);

    impl<'de, T: Positive> Deserialize<'de> for Above<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let read = u64::deserialize(deserializer).ok();
            let number = read.and_then(T::new);
            number
                .map(Self)
                .ok_or_else(|| D::Error::custom(whole(1, T::MAX)))
        }
    }

    let read = Option::<Above<T>>::deserialize(deserializer)?;
    Ok(read.map(|Above(number)| number))
}

/// Returns the message for a value that is not an integer of a range.
pub(super) fn whole(first: u64, last: u64) -> String {
    format!("must be a whole number from {first} to {last}")
}
