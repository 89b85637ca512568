//! The component's methods.

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-engines:intent-classifier/intent-classifier", generate_all });

use crate::model;
use crate::predict::{self, predict};
use exports::luminarys::skill::prepared::Guest as Prepared;
use exports::luminarys_engines::intent_classifier::intents::{
    Guest as Intents, Prediction, Score, WordWeight,
};

/// Labels returned unless asked otherwise.
const SCORES: u32 = 3;
/// Texts of one call.
const MOST_TEXTS: usize = 256;

struct Skill;

impl Guest for Skill {
    /// Reads and plans the models: part of the package's snapshot, where there is one.
    fn initialize() {
        for model in [model::present(), model::older()] {
            if let Err(error) = model {
                panic!("{error}");
            }
        }
        // The first run makes the plan's buffers.
        run();
    }
}

impl Prepared for Skill {
    fn prepare() {
        run();
    }
}

/// Runs both models, whatever comes of it.
fn run() {
    let _ = answer("open a file", None, true);
    let _ = Skill::route("open a file".to_owned());
}

impl Intents for Skill {
    fn predict(
        text: String,
        top_k: Option<u32>,
        explain: Option<bool>,
    ) -> Result<Prediction, String> {
        answer(&text, top_k, explain.unwrap_or(false))
    }

    fn predict_batch(texts: Vec<String>, top_k: Option<u32>) -> Result<Vec<Prediction>, String> {
        if texts.len() > MOST_TEXTS {
            return Err(format!(
                "{} texts, and a call takes at most {MOST_TEXTS}; send them in several calls",
                texts.len()
            ));
        }
        texts
            .iter()
            .map(|text| answer(text, top_k, false))
            .collect()
    }

    fn classify(text: String) -> Result<String, String> {
        crate::older::classify(model::older()?, &text)
    }

    fn route(text: String) -> Result<String, String> {
        Ok(crate::older::ranked(model::older()?, &text)?[0]
            .0
            .to_owned())
    }

    fn intents() -> Result<String, String> {
        Ok(serde_json::Value::from(model::older()?.labels.as_slice()).to_string())
    }

    fn ping() -> Result<String, String> {
        model::older()?;
        Ok("pong".to_owned())
    }
}

fn answer(text: &str, top_k: Option<u32>, explained: bool) -> Result<Prediction, String> {
    let model = model::present()?;
    let (wanted, most) = (top_k.unwrap_or(SCORES), model.labels.len());
    if !(1..=most as u32).contains(&wanted) {
        return Err(format!(
            "top_k is {wanted}; there are 1 to {most} labels to return"
        ));
    }
    let predict::Prediction {
        scores,
        words,
        is_cut,
    } = predict(model, text, explained)?;
    let (label, confidence) = scores[0].clone();
    let scores = scores.into_iter().take(wanted as usize);
    Ok(Prediction {
        label,
        confidence,
        scores: scores
            .map(|(label, confidence)| Score { label, confidence })
            .collect(),
        words: words
            .into_iter()
            .map(|(word, weight)| WordWeight { word, weight })
            .collect(),
        truncated: is_cut,
    })
}

export!(Skill);
