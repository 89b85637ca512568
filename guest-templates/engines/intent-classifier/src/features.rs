//! The features of a text: its words, pairs of words and parts of words, hashed. `training/features.py` makes the same
//! ones; `training/vectors.json` pins both.

/// Values of the model's input.
pub const BUCKETS: usize = 1 << 15;
/// Characters of parts of words.
const PARTS: std::ops::RangeInclusive<usize> = 2..=5;
/// Weight of a word or a pair, beside 1 for a part.
const WORD: f64 = 1.0;

/// The features of words, of length one.
pub fn of(words: &[String]) -> Vec<f32> {
    let mut values = vec![0.0; BUCKETS];
    let mut add = |name: &str, weight: f64| {
        let value = hash(name);
        let sign = if value >> 31 == 1 { weight } else { -weight };
        values[value as usize % BUCKETS] += sign;
    };
    for word in words {
        add(&format!("w{word}"), WORD);
        let padded: Vec<char> = format!(" {word} ").chars().collect();
        for length in PARTS {
            for part in padded.windows(length) {
                let part: String = part.iter().collect();
                add(&format!("c{part}"), 1.0);
            }
        }
    }
    let ends = ["^".to_owned(), "$".to_owned()];
    // Without words, the one pair of both ends.
    let first = std::iter::once(&ends[0]).chain(words);
    let second = words.iter().chain(std::iter::once(&ends[1]));
    for (first, second) in first.zip(second) {
        add(&format!("p{first} {second}"), WORD);
    }
    let length = values.iter().map(|value| value * value).sum::<f64>().sqrt();
    let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
    values.iter().map(|value| (value * scale) as f32).collect()
}

/// FNV-1a, mixed as MurmurHash3 ends: FNV's low bits depend on few bytes.
fn hash(text: &str) -> u32 {
    let mut value = text.bytes().fold(0x811C_9DC5_u32, |value, byte| {
        (value ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    value ^= value >> 16;
    value = value.wrapping_mul(0x85EB_CA6B);
    value ^= value >> 13;
    value = value.wrapping_mul(0xC2B2_AE35);
    value ^ value >> 16
}
