//! What a text asks for, how sure that is, and because of which words.

use crate::model::{self, Model};
use crate::{features, words};

/// Distinct words that are left out, one after the other, to see what they decide.
const MOST_TRIED: usize = 48;
/// The label of what has no other.
const UNKNOWN: &str = "unknown";
/// Words that are returned.
const MOST_RETURNED: usize = 8;
/// Probabilities are kept this far from 0 and 1: beyond, single precision has no digits.
const EDGE: f64 = 1e-6;

/// The label of a text.
#[derive(Debug)]
pub struct Prediction {
    /// Labels by probability, the highest first; at least one.
    pub scores: Vec<(String, f64)>,
    /// Words that decided, the strongest first.
    pub words: Vec<(String, f64)>,
    /// There was more text than is looked at.
    pub is_cut: bool,
}

/// Classifies a text, and explains it when asked to.
///
/// # Errors
/// Fails if the model does not run.
pub fn predict(model: &Model, text: &str, explained: bool) -> Result<Prediction, String> {
    let found = words::split(text);
    if let Some(scores) = certain(model, &found) {
        return Ok(Prediction {
            scores,
            words: Vec::new(),
            is_cut: words::is_cut(text),
        });
    }
    let scores = model.run(features::of(&found))?;
    let ranked = model::ranked(&model.labels, scores);
    let words = if explained {
        let (label, probability) = ranked[0];
        deciding(model, &found, label, probability)?
    } else {
        Vec::new()
    };
    Ok(Prediction {
        scores: ranked
            .into_iter()
            .map(|(label, score)| (label.to_owned(), rounded(score.into())))
            .collect(),
        words,
        is_cut: words::is_cut(text),
    })
}

/// Returns the scores of words that are known to ask for nothing that has a label: those without a letter of the languages that
/// the model was trained with. What the model makes of others is chance.
fn certain(model: &Model, found: &[String]) -> Option<Vec<(String, f64)>> {
    let unknown = model.labels.iter().position(|label| label == UNKNOWN)?;
    if words::has_known_letters(found) {
        return None;
    }
    let mut scores: Vec<_> = model
        .labels
        .iter()
        .map(|label| (label.clone(), 0.0))
        .collect();
    scores[unknown].1 = 1.0;
    scores[..=unknown].rotate_right(1);
    Some(scores)
}

/// Leaves each word out everywhere, and measures how far the label's log-odds fall.
fn deciding(
    model: &Model,
    found: &[String],
    label: &str,
    probability: f32,
) -> Result<Vec<(String, f64)>, String> {
    let at = model
        .labels
        .iter()
        .position(|other| other == label)
        .unwrap_or_default();
    let with = log_odds(probability);
    let mut tried: Vec<&String> = Vec::new();
    for word in found {
        let is_new = word.chars().all(words::is_letter) && !tried.contains(&word);
        if is_new && tried.len() < MOST_TRIED {
            tried.push(word);
        }
    }
    let mut weights = Vec::new();
    for word in tried {
        let rest: Vec<String> = found
            .iter()
            .filter(|other| *other != word)
            .cloned()
            .collect();
        let without = log_odds(model.run(features::of(&rest))?[at]);
        weights.push((word.clone(), rounded(with - without)));
    }
    weights.sort_by(|(_, first), (_, second)| second.abs().total_cmp(&first.abs()));
    weights.truncate(MOST_RETURNED);
    Ok(weights)
}

fn log_odds(probability: f32) -> f64 {
    let probability = f64::from(probability).clamp(EDGE, 1.0 - EDGE);
    (probability / (1.0 - probability)).ln()
}

/// Four digits behind the point: more say nothing, and models read each of them.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
