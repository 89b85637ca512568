"""Trains the model, prints what it is worth, and writes ../model/intent.onnx and vectors.json.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python train.py

The same sources make the same weights on one machine; another one's linear algebra may differ in the last digits.
"""

import zlib

import numpy
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix

import export
import measures
import vectors
from features import BUCKETS, features
from sentences import HERE, LABELS, LANGUAGES, training, written

SEEDS = [1, 2, 3]
ROUNDS, BATCH, STEP = 12, 128, 0.05
# Features that are left out, others each time: the model has to find the label by those that remain.
DROPPED = 0.65


def matrix(texts):
    starts, columns, values = [0], [], []
    for text in texts:
        found = features(text)
        columns += found.keys()
        values += found.values()
        starts.append(len(columns))
    return csr_matrix((values, columns, starts), shape=(len(texts), BUCKETS))


def numbers(rows):
    return numpy.array([LABELS.index(row[1]) for row in rows])


def weights(rows):
    """Each label of each language counts the same, and long paraphrase groups count little more than short ones."""
    groups, group = numpy.unique([row[3] for row in rows], return_inverse=True)
    one = 1 / numpy.sqrt(numpy.bincount(group, minlength=len(groups)))[group]
    kinds, kind = numpy.unique([row[1] + row[2] for row in rows], return_inverse=True)
    one /= numpy.bincount(kind, weights=one, minlength=len(kinds))[kind]
    return one * len(rows) / one.sum()


def left_out(rows):
    """Parts the rows: all but every eighth paraphrase group, and one sentence of each of those."""
    def is_out(row):
        return zlib.crc32(row[3].encode()) % 8 == 0

    return [row for row in rows if not is_out(row)], [*{row[3]: row for row in rows if is_out(row)}.values()]


def softmax(logits):
    raised = numpy.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def fit(rows):
    """Logistic regression by Adam with features dropped at random; the mean of several runs, which is linear too."""
    inputs, right, weight = matrix([row[0] for row in rows]).astype(numpy.float32), numbers(rows), weights(rows)
    runs = [run(inputs, right, weight.astype(numpy.float32), numpy.random.default_rng(seed)) for seed in SEEDS]
    parameters = numpy.mean(runs, axis=0).astype(numpy.float32)
    return parameters[:, :-1], parameters[:, -1]


def run(inputs, right, weight, chance):
    count, width = inputs.shape
    wanted = numpy.eye(len(LABELS), dtype=numpy.float32)[right]
    value = numpy.zeros((width + 1, len(LABELS)), numpy.float32)
    mean, square, steps = numpy.zeros_like(value), numpy.zeros_like(value), ROUNDS * (count // BATCH)
    for step in range(steps):
        if step % (count // BATCH) == 0:
            order = chance.permutation(count)
        at = step % (count // BATCH) * BATCH
        chosen = order[at : at + BATCH]
        batch = inputs[chosen].copy()
        batch.data *= (chance.random(len(batch.data)) > DROPPED) / numpy.float32(1 - DROPPED)
        error = (softmax(batch @ value[:-1] + value[-1]) - wanted[chosen]) * weight[chosen, None] / BATCH
        change = numpy.vstack([batch.T @ error, error.sum(axis=0)])
        mean += 0.1 * (change - mean)
        square += 0.001 * (change * change - square)
        size = STEP * (1 - step / steps) * numpy.sqrt(1 - 0.999 ** (step + 1)) / (1 - 0.9 ** (step + 1))
        value -= numpy.float32(size) * mean / (numpy.sqrt(square) + 1e-8)
    return value.T


def temperature(logits, right):
    """The divisor of logits with which the probabilities of sentences not trained with are most likely."""
    def loss(divisor):
        chosen = softmax(logits / divisor)[numpy.arange(len(right)), right]
        return -numpy.log(chosen).mean()

    return float(minimize_scalar(loss, bounds=(0.2, 5.0), method="bounded").x)


def main():
    rows = training()
    print(f"training: {len(rows)} sentences of {len({row[3] for row in rows})} paraphrase groups")
    # dev steered what is trained with, and is easier than what nobody has seen: groups left out count as well.
    most, others = left_out(rows)
    coefficients, bias = fit(most)

    def logits(texts):
        return matrix(texts) @ coefficients.T + bias

    unseen = others + [(*row, None) for row in written("dev")]
    divisor = temperature(logits([row[0] for row in unseen]), numbers(unseen))
    print(f"temperature: {divisor:.4f}, from dev and {len(others)} paraphrase groups that were left out")
    right = logits([row[0] for row in others]).argmax(axis=1) == numbers(others)
    print(f"accuracy of those groups, without which this model was trained: {100 * right.mean():.1f} %")

    coefficients, bias = fit(rows)

    def probabilities(texts):
        return softmax(logits(texts) / divisor)

    for folder in ("dev", "heldout"):
        checked = written(folder)
        measures.report(folder, checked, probabilities([row[0] for row in checked]))
    for language in LANGUAGES:
        measures.report_foreign(language, probabilities, written("heldout"))

    export.write(HERE.parent / "model" / "intent.onnx", coefficients, bias, LABELS, 1 / divisor)
    vectors.write(probabilities)


if __name__ == "__main__":
    main()
