"""Writes vectors.json: features and probabilities of some texts, which the component's tests compare.

train.py calls it. By itself it takes the model as it is:

    venv/bin/python vectors.py
"""

import json

import numpy
import onnx
from onnx import numpy_helper

from features import BUCKETS, features
from sentences import HERE

# Texts whose features and probabilities are compared.
PINNED = [
    "", " ", "a", "Read config.yaml!", "Ещё ёлка: «файл» №5", "запусти тесты", "commit and push", "日本語、テスト",
    "word " * 1000, "x" * 100, "a\u0000b\u202ec", "turn on the lights in the kitchen", "find *.rs in src/", "İstanbul ΣΑΣ",
    "ｇｉｔ　ｐｕｓｈ", "и\u0306 ℹ\ufe0f 𝐛𝐨𝐥𝐝",
]


def write(probabilities):
    """`probabilities` returns a row for each text."""
    vectors = [
        {"text": text, "features": [[bucket, round(value, 7)] for bucket, value in features(text).items()][:40],
         "values": len(features(text)), "probabilities": [round(float(one), 6) for one in row]}
        for text, row in zip(PINNED, probabilities(PINNED))
    ]
    lines = ",\n".join(json.dumps(vector) for vector in vectors)
    (HERE / "vectors.json").write_text(f"[\n{lines}\n]\n")


def of_model(path):
    """The probabilities by a model's file."""
    graph = onnx.load(path).graph
    weights, bias = (numpy_helper.to_array(one) for one in graph.initializer)
    scale = next((one.f for one in graph.node[0].attribute if one.name == "alpha"), 1.0)

    def probabilities(texts):
        rows = numpy.zeros((len(texts), BUCKETS))
        for row, text in zip(rows, texts):
            for bucket, value in features(text).items():
                row[bucket] = value
        logits = (rows @ weights.T.astype(float) + bias) * scale
        raised = numpy.exp(logits - logits.max(axis=1, keepdims=True))
        return raised / raised.sum(axis=1, keepdims=True)

    return probabilities


if __name__ == "__main__":
    write(of_model(HERE.parent / "model" / "intent.onnx"))
