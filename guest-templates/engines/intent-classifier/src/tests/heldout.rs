//! What the model is worth on sentences that nobody trained with: fails below the targets.

use std::fmt::Write as _;
use std::path::Path;

use crate::{model, predict::predict};

const LABELS: [&str; 7] = [
    "files", "web", "code", "git", "system", "general", "unknown",
];
const LANGUAGES: [(&str, f64); 2] = [("en", 0.95), ("ru", 0.93)];
const LEAST_AUROC: f64 = 0.95;

/// What came of one sentence.
struct Answer {
    right: usize,
    found: usize,
    confidence: f64,
    unknown: f64,
}

fn answers(language: &str, misses: &mut String) -> Vec<Answer> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("training/heldout");
    let model = model::present().unwrap();
    let mut answers = Vec::new();
    for (right, label) in LABELS.iter().enumerate() {
        let text = std::fs::read_to_string(folder.join(format!("{label}.{language}.txt"))).unwrap();
        for sentence in text.lines() {
            let scores = predict(model, sentence, false).unwrap().scores;
            let (best, confidence) = scores[0].clone();
            let of = |label: &str| scores.iter().find(|(other, _)| other == label).unwrap().1;
            if best != *label {
                let _ = writeln!(
                    misses,
                    "  {label} taken for {best} ({confidence:.2}): {sentence}"
                );
            }
            answers.push(Answer {
                right,
                found: LABELS.iter().position(|label| *label == best).unwrap(),
                confidence,
                unknown: of("unknown"),
            });
        }
    }
    answers
}

fn accuracy(answers: &[Answer]) -> f64 {
    let right = answers.iter().filter(|one| one.found == one.right).count();
    right as f64 / answers.len() as f64
}

/// How probable it is that a sentence in no domain gets a higher probability of that than one in a domain.
fn auroc(answers: &[Answer]) -> f64 {
    let unknown = LABELS.len() - 1;
    let (outside, inside): (Vec<_>, Vec<_>) = answers.iter().partition(|one| one.right == unknown);
    let won: f64 = outside
        .iter()
        .flat_map(|one| inside.iter().map(|other| one.unknown - other.unknown))
        .map(|ahead| {
            if ahead > 0.0 {
                1.0
            } else if ahead == 0.0 {
                0.5
            } else {
                0.0
            }
        })
        .sum();
    won / (outside.len() * inside.len()) as f64
}

/// The mean distance of confidence and accuracy, over ten ranges of confidence.
fn calibration_error(answers: &[Answer]) -> f64 {
    let range = |bin: usize| {
        let bin_of = |one: &&Answer| ((one.confidence * 10.0) as usize).min(9) == bin;
        let inside: Vec<_> = answers.iter().filter(bin_of).collect();
        let confidence: f64 = inside.iter().map(|one| one.confidence).sum();
        let right = inside.iter().filter(|one| one.found == one.right).count();
        (confidence - right as f64).abs()
    };
    (0..10).map(range).sum::<f64>() / answers.len() as f64
}

fn confusion(answers: &[Answer]) -> String {
    let mut text = format!("{:>20}", "right \\ found");
    for label in LABELS {
        let _ = write!(text, "{label:>9}");
    }
    for (right, label) in LABELS.iter().enumerate() {
        let _ = write!(text, "\n{label:>20}");
        for found in 0..LABELS.len() {
            let count = answers
                .iter()
                .filter(|one| one.right == right && one.found == found);
            let _ = write!(text, "{:>9}", count.count());
        }
    }
    text
}

#[test]
fn sentences_of_others_are_classified() {
    let mut failed = Vec::new();
    let mut misses = String::new();
    let mut all = Vec::new();
    for (language, least) in LANGUAGES {
        let answers = answers(language, &mut misses);
        let (accuracy, auroc) = (accuracy(&answers), auroc(&answers));
        println!(
            "{language}: {} sentences, accuracy {:.1} % (at least {:.0}), AUROC of unknown {auroc:.4} (at least {LEAST_AUROC})",
            answers.len(),
            100.0 * accuracy,
            100.0 * least
        );
        println!("{}", confusion(&answers));
        if accuracy < least || auroc < LEAST_AUROC {
            failed.push(language);
        }
        all.extend(answers);
    }
    println!(
        "calibration error of both: {:.1} %",
        100.0 * calibration_error(&all)
    );
    println!("misses:\n{misses}");
    assert!(failed.is_empty(), "below the targets: {failed:?}");
}
