//! Divides room among texts of different lengths.

/// Returns the size that none of `sizes` may exceed so that together they fit `room`: room left by small ones goes to
/// large ones. If none has to be cut, it is the largest number.
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
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn room_left_by_small_ones_goes_to_large_ones() {
        let rows = [
            (&[][..], 0, usize::MAX),
            (&[5, 5], 10, usize::MAX),
            (&[1, 9, 9], 11, 5),
            (&[9, 1, 9], 19, usize::MAX),
            (&[3, 3], 0, 0),
        ];
        each_row(rows, |(sizes, room, expected)| {
            assert_eq!(share(sizes.iter().copied(), room), expected, "{sizes:?}");
        });
    }
}
