"""Writes a linear model as ONNX, in the one form that src/check.rs lets in."""

import onnx
from onnx import TensorProto, helper, numpy_helper


def write(path, weights, bias, labels, scale=1.0):
    """`scale` multiplies the logits."""
    path.parent.mkdir(exist_ok=True)
    count, width = weights.shape
    factors = {} if scale == 1 else {"alpha": scale, "beta": scale}
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["features", "W", "b"], ["logits"], transB=1, **factors),
            helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
        ],
        "intent_classifier",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, width])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, count])],
        [numpy_helper.from_array(weights, "W"), numpy_helper.from_array(bias, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7, producer_name="luminarys")
    helper.set_model_props(model, {f"intent_{number}": label for number, label in enumerate(labels)})
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))
    print(f"{path.name}: {path.stat().st_size} bytes")
