//! Dividing room among texts of different lengths.

/// Returns the size that none of `sizes` may exceed so that all together have `room`: what small ones leave goes to the large
/// ones. Without a need to cut any it is the largest number.
pub fn share(sizes: impl Iterator<Item = usize>, mut room: usize) -> usize {
    let mut sizes: Vec<usize> = sizes.collect();
    sizes.sort_unstable();
    for (at, size) in sizes.iter().enumerate() {
        let share = room / (sizes.len() - at);
        if *size > share {
            return share;
        }
        room -= size;
    }
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_ones_leave_theirs_to_the_large_ones() {
        for (sizes, room, expected) in [
            (&[][..], 0, usize::MAX),
            (&[5, 5], 10, usize::MAX),
            (&[1, 9, 9], 11, 5),
            (&[9, 1, 9], 19, usize::MAX),
            (&[3, 3], 0, 0),
        ] {
            assert_eq!(share(sizes.iter().copied(), room), expected, "{sizes:?}");
        }
    }
}
