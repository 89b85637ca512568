//! What an ONNX file must be before Tract sees it: one linear layer and a softmax, with all weights inside the file. Files
//! that claim anything else are refused here, since a loader trusts sizes, names and paths that a file gives.

use tract_onnx::pb::tensor_proto::{DataLocation, DataType};
use tract_onnx::pb::type_proto::Value;
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto,
};

/// Bytes of a file.
pub const MOST_BYTES: usize = 1 << 20;
const INPUT: &str = "features";
const OUTPUT: &str = "probabilities";
/// The version of ONNX's operators: their meaning depends on it.
const OPERATORS: i64 = 13;

type Checked<T = ()> = Result<T, String>;

fn require(holds: bool, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(what()) }
}

/// Checks a file's content, and returns its labels.
///
/// # Errors
/// Says what of the file is not as it must be.
pub fn model(model: &ModelProto) -> Checked<Vec<String>> {
    let versions: Vec<_> = model
        .opset_import
        .iter()
        .map(|set| (set.domain.as_str(), set.version))
        .collect();
    require(
        matches!(versions[..], [("" | "ai.onnx", OPERATORS)]),
        || format!("operator sets {versions:?} instead of version {OPERATORS}"),
    )?;
    let extra = model.training_info.len() + model.functions.len();
    require(extra == 0, || "functions or training".to_owned())?;
    let graph = model.graph.as_ref().ok_or("no graph")?;
    let labels = labels(model)?;
    self::graph(graph, labels.len())?;
    Ok(labels)
}

/// The labels `intent_0`, `intent_1` and so on.
fn labels(model: &ModelProto) -> Checked<Vec<String>> {
    let named = |key: &str| model.metadata_props.iter().find(|entry| entry.key == key);
    let labels: Vec<String> = (0..)
        .map_while(|number| named(&format!("intent_{number}")))
        .map(|entry| entry.value.clone())
        .collect();
    let mut distinct = labels.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let fine = labels.len() > 1 && distinct.len() == labels.len();
    require(fine && !distinct[0].is_empty(), || {
        format!("labels {labels:?}")
    })?;
    Ok(labels)
}

fn graph(graph: &GraphProto, labels: usize) -> Checked {
    let extra = graph.sparse_initializer.len()
        + graph.quantization_annotation.len()
        + graph.value_info.len();
    require(extra == 0, || {
        "sparse, quantized or annotated values".to_owned()
    })?;
    let [linear, softmax] = &graph.node[..] else {
        return Err(format!("{} nodes instead of two", graph.node.len()));
    };
    let [weights, bias] = &graph.initializer[..] else {
        return Err(format!(
            "{} tensors instead of two",
            graph.initializer.len()
        ));
    };
    let width = weights.dims.get(1).copied().unwrap_or_default();
    tensor(weights, &[labels as i64, width])?;
    tensor(bias, &[labels as i64])?;
    value(&graph.input, INPUT, &[1, width])?;
    value(&graph.output, OUTPUT, &[1, labels as i64])?;
    node(
        linear,
        "Gemm",
        &[INPUT, &weights.name, &bias.name],
        &["alpha", "beta", "transB"],
    )?;
    node(softmax, "Softmax", &[&linear.output[0]], &["axis"])?;
    let names = [INPUT, &weights.name, &bias.name, &linear.output[0], OUTPUT];
    let mut distinct = names.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    require(
        distinct.len() == names.len() && softmax.output[0] == OUTPUT,
        || format!("names {names:?}"),
    )?;
    let number = |node: &NodeProto, name: &str| {
        node.attribute
            .iter()
            .find(|one| one.name == name)
            .map(|one| one.i)
    };
    require(number(linear, "transB") == Some(1), || {
        "Gemm with another transB than 1".to_owned()
    })?;
    require(number(softmax, "axis") == Some(1), || {
        "Softmax over another axis than 1".to_owned()
    })
}

/// A tensor of finite numbers of 32 bits, as many as its shape says.
fn tensor(tensor: &TensorProto, shape: &[i64]) -> Checked {
    let name = &tensor.name;
    let outside = tensor.data_location.unwrap_or_default() != DataLocation::Default as i32;
    require(!outside && tensor.external_data.is_empty(), || {
        format!("tensor {name} lies outside the file")
    })?;
    require(tensor.dims == shape, || {
        format!("tensor {name} has shape {:?}", tensor.dims)
    })?;
    require(tensor.data_type == DataType::Float as i32, || {
        format!("tensor {name} has another type than float")
    })?;
    let bytes = shape.iter().try_fold(4_i64, |bytes, side| {
        (*side > 0).then_some(bytes)?.checked_mul(*side)
    });
    require(bytes == Some(tensor.raw_data.len() as i64), || {
        format!(
            "tensor {name} has {} bytes for shape {shape:?}",
            tensor.raw_data.len()
        )
    })?;
    let typed = tensor.float_data.len()
        + tensor.double_data.len()
        + tensor.int32_data.len()
        + tensor.int64_data.len();
    require(typed == 0 && tensor.segment.is_none(), || {
        format!("tensor {name} has its data twice")
    })?;
    let (numbers, _) = tensor.raw_data.as_chunks::<4>();
    require(
        numbers
            .iter()
            .all(|number| f32::from_le_bytes(*number).is_finite()),
        || format!("tensor {name} has numbers that are not finite"),
    )
}

/// The one input or output of the graph.
fn value(values: &[ValueInfoProto], name: &str, shape: &[i64]) -> Checked {
    use tract_onnx::pb::tensor_shape_proto::dimension::Value as Side;
    let [value] = values else {
        return Err(format!("{} values instead of {name}", values.len()));
    };
    require(value.name == name, || {
        format!("value {} instead of {name}", value.name)
    })?;
    let Some(Value::TensorType(kind)) = value.r#type.as_ref().and_then(|kind| kind.value.as_ref())
    else {
        return Err(format!("{name} without a type"));
    };
    let sides = kind.shape.iter().flat_map(|shape| &shape.dim);
    let sides: Vec<_> = sides.map(|side| side.value.as_ref()).collect();
    let same = sides.len() == shape.len()
        && sides
            .iter()
            .zip(shape)
            .all(|(side, wanted)| matches!(side, Some(Side::DimValue(side)) if side == wanted));
    require(same && kind.elem_type == DataType::Float as i32, || {
        format!("{name} is not of floats in shape {shape:?}")
    })
}

fn node(node: &NodeProto, operator: &str, inputs: &[&str], attributes: &[&str]) -> Checked {
    require(
        node.op_type == operator && matches!(&*node.domain, "" | "ai.onnx"),
        || format!("operator {} instead of {operator}", node.op_type),
    )?;
    require(node.input == inputs && node.output.len() == 1, || {
        format!("{operator} of {:?} instead of {inputs:?}", node.input)
    })?;
    let plain = |one: &AttributeProto| {
        let nested = one.g.is_some() || one.t.is_some() || one.sparse_tensor.is_some();
        attributes.contains(&&*one.name)
            && one.f.is_finite()
            && !nested
            && one.ref_attr_name.is_empty()
    };
    require(node.attribute.iter().all(plain), || {
        format!("{operator} with other attributes than {attributes:?}")
    })
}
