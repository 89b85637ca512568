//! Random numbers, seeded when the first is asked for: a realm may be older than the instance it is in.

/// xoshiro256++.
#[derive(Default)]
pub(super) struct Random(Option<[u64; 4]>);

impl Random {
    fn next(&mut self) -> u64 {
        let state = self.0.get_or_insert_with(|| {
            let mut seed = [0; 32];
            fill(&mut seed);
            let word = |index: usize| {
                let bytes = seed[index * 8..][..8].try_into().unwrap_or_default();
                u64::from_le_bytes(bytes)
            };
            // All zero would stay zero.
            [word(0) | 1, word(1), word(2), word(3)]
        });
        let result = state[0]
            .wrapping_add(state[3])
            .rotate_left(23)
            .wrapping_add(state[0]);
        let shifted = state[1] << 17;
        state[2] ^= state[0];
        state[3] ^= state[1];
        state[1] ^= state[2];
        state[0] ^= state[3];
        state[2] ^= shifted;
        state[3] = state[3].rotate_left(45);
        result
    }

    /// A number of 53 random bits, from 0 to 1, which is not reached.
    pub fn float(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Fills with bytes of the host's secure source.
pub(super) fn fill(bytes: &mut [u8]) {
    // There is no host without one; zeros would be a lie.
    getrandom::fill(bytes).expect("the host has random numbers");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_differ_and_stay_below_one() {
        let (mut one, mut other) = (Random::default(), Random::default());
        assert_ne!(one.next(), other.next());
        assert!((0..10_000).all(|_| (0.0..1.0).contains(&one.float())));
    }
}
