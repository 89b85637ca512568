//! The two operators that a model may have, and no others: with all of ONNX's, the component would be larger by a quarter.

use std::path::Path;
use std::sync::Arc;

use tract_onnx::Onnx;
use tract_onnx::data_resolver::ModelDataResolver;
use tract_onnx::model::{OnnxOpRegister, ParsingContext};
use tract_onnx::pb::NodeProto;
use tract_onnx::tract_core::ops::change_axes::AxisOp;
use tract_onnx::tract_core::ops::einsum::EinSum;
use tract_onnx::tract_hir::internal::*;
use tract_onnx::tract_hir::ops;

/// The reader of ONNX files.
pub fn onnx() -> Onnx {
    let mut operators = OnnxOpRegister::default();
    operators.insert("Gemm", gemm);
    operators.insert("Softmax", softmax);
    Onnx {
        op_register: operators,
        use_output_shapes: true,
        ignore_output_types: false,
        provider: Arc::new(Inside),
        ignore_value_info: true,
    }
}

/// Weights are inside the file.
struct Inside;

impl ModelDataResolver for Inside {
    fn read_bytes_from_path(
        &self,
        _: &mut Vec<u8>,
        path: &Path,
        _: usize,
        _: Option<usize>,
    ) -> TractResult<()> {
        bail!("weights outside the model are not read: {}", path.display())
    }
}

type Built = TractResult<(Box<dyn InferenceOp>, Vec<String>)>;

fn gemm(_: &ParsingContext, node: &NodeProto) -> Built {
    let factor = |name: &str| {
        let found = node
            .attribute
            .iter()
            .find(|attribute| attribute.name == name);
        found.map_or(1.0, |attribute| attribute.f)
    };
    let gemm = Gemm {
        alpha: factor("alpha"),
        beta: factor("beta"),
    };
    Ok((expand(gemm), vec![]))
}

fn softmax(_: &ParsingContext, _: &NodeProto) -> Built {
    Ok((expand(ops::nn::Softmax::new(1)), vec![]))
}

/// `alpha * input * transposed weights + beta * bias`.
#[derive(Clone, Debug)]
struct Gemm {
    alpha: f32,
    beta: f32,
}

impl Expansion for Gemm {
    fn name(&self) -> StaticName {
        "Gemm".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 3)?;
        check_output_arity(outputs, 1)?;
        for (input, rank) in inputs.iter().zip([2, 2, 1]) {
            solver.equals(&input.datum_type, &outputs[0].datum_type)?;
            solver.equals(&input.rank, rank)?;
        }
        solver.equals(&outputs[0].rank, 2)?;
        solver.equals(&inputs[0].shape[0], &outputs[0].shape[0])?;
        solver.equals(&inputs[0].shape[1], &inputs[1].shape[1])?;
        solver.equals(&inputs[1].shape[0], &outputs[0].shape[1])?;
        solver.equals(&inputs[2].shape[0], &outputs[0].shape[1])
    }

    fn wire(
        &self,
        name: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let axes = AxesMapping::for_numpy_matmul(2, false, true, false)?;
        let product = EinSum::new(axes, f32::datum_type());
        let product = model.wire_node(format!("{name}.product"), product, &inputs[..2])?[0];
        let bias = model.wire_node(format!("{name}.bias"), AxisOp::Add(0), &inputs[2..])?[0];
        let product = scaled(model, format!("{name}.alpha"), product, self.alpha)?;
        let bias = scaled(model, format!("{name}.beta"), bias, self.beta)?;
        model.wire_node(name, ops::math::add(), &[product, bias])
    }
}

fn scaled(
    model: &mut TypedModel,
    name: String,
    value: OutletId,
    factor: f32,
) -> TractResult<OutletId> {
    let factor = model.add_const(format!("{name}.factor"), tensor2(&[[factor]]))?;
    Ok(model.wire_node(name, ops::math::mul(), &[value, factor])?[0])
}
