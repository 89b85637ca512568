//! The older model's arithmetic: counts of three characters at a time.

use serde_json::json;

use crate::model::{self, Model};

/// Values of the model's input.
const BUCKETS: usize = 5000;

/// The label of a text and all scores, as JSON.
pub fn classify(model: &Model, text: &str) -> Result<String, String> {
    let ranked = ranked(model, text)?;
    let scores: Vec<_> = ranked
        .iter()
        .map(|(label, score)| json!({ "label": label, "score": score }))
        .collect();
    let (label, confidence) = &ranked[0];
    Ok(json!({ "intent": label, "confidence": confidence, "scores": scores }).to_string())
}

/// The labels by score, the highest first.
pub fn ranked<'a>(model: &'a Model, text: &str) -> Result<Vec<(&'a str, f32)>, String> {
    Ok(model::ranked(&model.labels, model.run(features(text))?))
}

/// Counts windows of three characters, or single ones and pairs in a text of one or two, scaled to length one.
pub fn features(text: &str) -> Vec<f32> {
    let mut values = vec![0.0_f32; BUCKETS];
    let mut add = |number: u64| values[(number % BUCKETS as u64) as usize] += 1.0;
    // Windows by the last two characters, since a text may be long.
    let mut last: [Option<u64>; 2] = [None, None];
    let mut count = 0_u64;
    for character in text.to_lowercase().chars() {
        let code = u64::from(u32::from(character));
        if let [Some(first), Some(second)] = last {
            add(first * 7919 + second * 31 + code);
        }
        last = [last[1], Some(code)];
        count += 1;
    }
    match (count, last) {
        (1, [_, Some(only)]) => add(only * 7919),
        (2, [Some(first), Some(second)]) => {
            add(first * 7919);
            add(second * 7919);
            add(first * 7919 + second * 31);
        }
        _ => {}
    }
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        values.iter_mut().for_each(|value| *value /= length);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The buckets with a value, and how many times the least each has.
    fn counted(text: &str) -> Vec<(usize, u32)> {
        let values = features(text);
        let least = values.iter().copied().filter(|value| *value > 0.0);
        let least = least.fold(f32::MAX, f32::min);
        let counts = values.iter().map(|value| (value / least).round() as u32);
        counts.enumerate().filter(|(_, count)| *count > 0).collect()
    }

    #[test]
    fn three_characters_at_a_time_or_fewer() {
        let at = |codes: &[u64]| {
            let factors = [7919, 31, 1];
            let sum: u64 = codes
                .iter()
                .zip(factors)
                .map(|(code, factor)| code * factor)
                .sum();
            (sum % 5000) as usize
        };
        let (a, b, c) = (97, 98, 99);
        let sorted = |mut list: Vec<(usize, u32)>| {
            list.sort_unstable();
            list
        };
        let table = [
            ("", vec![]),
            ("a", vec![(at(&[a]), 1)]),
            (
                "AB",
                sorted(vec![(at(&[a]), 1), (at(&[b]), 1), (at(&[a, b]), 1)]),
            ),
            ("abc", vec![(at(&[a, b, c]), 1)]),
            (
                "aaaab",
                sorted(vec![(at(&[a, a, a]), 2), (at(&[a, a, b]), 1)]),
            ),
            ("жжж", vec![(at(&[1078, 1078, 1078]), 1)]),
        ];
        let wrong: Vec<_> = table
            .iter()
            .map(|(text, expected)| (text, counted(text), expected))
            .filter(|(_, found, expected)| found != *expected)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
