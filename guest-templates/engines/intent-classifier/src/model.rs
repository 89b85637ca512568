//! A model: read from its file once, then run.

use std::sync::{Arc, OnceLock};

use tract_onnx::prelude::*;

use crate::{check, operators};

/// A linear model with a softmax, and its labels.
pub struct Model {
    /// What its scores are of, in order.
    pub labels: Vec<String>,
    /// Values of its input.
    width: usize,
    plan: Arc<TypedRunnableModel>,
}

impl Model {
    /// Reads a model from an ONNX file's bytes.
    ///
    /// # Errors
    /// Says what is wrong with the file.
    pub fn read(mut file: &[u8]) -> Result<Self, String> {
        let refused = |why: String| format!("the model is refused: {why}");
        if file.len() > check::MOST_BYTES {
            return Err(refused(format!(
                "{} bytes, more than {}",
                file.len(),
                check::MOST_BYTES
            )));
        }
        let failed = |error: TractError| refused(format!("{error:#}"));
        let onnx = operators::onnx();
        let proto = onnx.proto_model_for_read(&mut file).map_err(failed)?;
        let labels = check::model(&proto).map_err(refused)?;
        let planned = || -> TractResult<_> {
            let model = onnx.model_for_proto_model(&proto)?;
            let width = model.input_fact(0)?.shape.as_concrete_finite()?;
            let width = width.map_or(0, |shape| shape.iter().product());
            Ok((width, model.into_optimized()?.into_runnable()?))
        };
        let (width, plan) = planned().map_err(failed)?;
        Ok(Self {
            labels,
            width,
            plan,
        })
    }

    /// Returns the probability of each label.
    ///
    /// # Errors
    /// Fails if there are not as many features as the model has inputs.
    pub fn run(&self, features: Vec<f32>) -> Result<Vec<f32>, String> {
        if features.len() != self.width {
            return Err(format!(
                "{} features for a model of {}",
                features.len(),
                self.width
            ));
        }
        let run = || -> TractResult<Vec<f32>> {
            let input = tract_ndarray::Array2::from_shape_vec((1, self.width), features)?;
            let output = self.plan.run(tvec!(input.into_tensor().into()))?;
            Ok(output[0]
                .to_plain_array_view::<f32>()?
                .iter()
                .copied()
                .collect())
        };
        run().map_err(|error| format!("the model cannot be run: {error:#}"))
    }
}

/// Labels by score, the highest first; those of equal score in the model's order.
pub fn ranked<S: AsRef<str>>(labels: &[S], scores: Vec<f32>) -> Vec<(&str, f32)> {
    let mut ranked: Vec<_> = labels.iter().map(AsRef::as_ref).zip(scores).collect();
    ranked.sort_by(|(_, first), (_, second)| second.total_cmp(first));
    ranked
}

/// The model that agents ask.
///
/// # Errors
/// Fails if the package was built with a broken file.
pub fn present() -> Result<&'static Model, String> {
    static MODEL: OnceLock<Result<Model, String>> = OnceLock::new();
    let read = || Model::read(include_bytes!("../model/intent.onnx"));
    MODEL.get_or_init(read).as_ref().map_err(Clone::clone)
}

/// The model behind the older methods.
///
/// # Errors
/// Fails if the package was built with a broken file.
pub fn older() -> Result<&'static Model, String> {
    static MODEL: OnceLock<Result<Model, String>> = OnceLock::new();
    let read = || Model::read(include_bytes!("../model/older.onnx"));
    MODEL.get_or_init(read).as_ref().map_err(Clone::clone)
}
