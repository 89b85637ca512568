"""What a model is worth: accuracy, confusion, calibration, and how it tells what is in no domain."""

import importlib.resources
import json
import random
import re

import numpy
from sklearn.metrics import roc_auc_score

from sentences import LABELS, LANGUAGES

UNKNOWN = LABELS.index("unknown")
# What Home Assistant is asked that is in a domain here: time, weather, talk, numbers.
IN_DOMAIN = re.compile("Weather|Time|Date|Nevermind|Respond|Joke|Greet|Calculat|Temperature")


def expected_calibration_error(probabilities, right, bins=10):
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == right
    bin_ = numpy.minimum((confidence * bins).astype(int), bins - 1)
    return sum(
        (bin_ == one).mean() * abs(confidence[bin_ == one].mean() - correct[bin_ == one].mean())
        for one in range(bins) if (bin_ == one).any()
    )


def report(name, rows, probabilities):
    right = numpy.array([LABELS.index(row[1]) for row in rows])
    found = probabilities.argmax(axis=1)
    language = numpy.array([row[2] for row in rows])
    print(f"\n{name}: {len(rows)} sentences")
    for one in LANGUAGES:
        print(f"  accuracy {one}: {100 * (found == right)[language == one].mean():.1f} %")
    print(f"  calibration error: {100 * expected_calibration_error(probabilities, right):.1f} %")
    print(f"  AUROC of unknown: {roc_auc_score(right == UNKNOWN, probabilities[:, UNKNOWN]):.4f}")
    print("  confusion, rows are right" + "".join(f"{label:>9}" for label in LABELS))
    for number, label in enumerate(LABELS):
        counts = numpy.bincount(found[right == number], minlength=len(LABELS))
        print(f"  {label:>25}" + "".join(f"{count:>9}" for count in counts))


def report_foreign(language, probabilities, heldout, most=1000):
    """Sentences of the package home-assistant-intents, none of which was trained with, against the held-out ones in a domain."""
    foreign = list(home_assistant(language, most))
    inside = [row[0] for row in heldout if row[1] != "unknown" and row[2] == language]
    scores = numpy.concatenate([probabilities(foreign)[:, UNKNOWN], probabilities(inside)[:, UNKNOWN]])
    is_foreign = numpy.arange(len(scores)) < len(foreign)
    print(f"home-assistant-intents {language}: {len(foreign)} sentences, AUROC of unknown {roc_auc_score(is_foreign, scores):.4f}, "
          f"called unknown {100 * (probabilities(foreign).argmax(axis=1) == UNKNOWN).mean():.1f} %")


def home_assistant(language, most):
    source = importlib.resources.files("home_assistant_intents") / "data" / f"{language}.json"
    data = json.loads(source.read_text("utf-8"))
    chance = random.Random(16)
    names = {"en": {"name": ["lamp", "ceiling fan", "tv"], "area": ["kitchen", "bedroom", "garage"]},
             "ru": {"name": ["лампа", "вентилятор", "телевизор"], "area": ["кухня", "спальня", "гараж"]}}[language]

    def value(name):
        known = data["lists"].get(name, {})
        if "values" in known:
            one = chance.choice(known["values"])
            return one if isinstance(one, str) else one["in"]
        return str(chance.randint(1, 60)) if "range" in known else chance.choice(names.get(name, names["name"]))

    def expand(text, depth=0):
        if depth > 40:
            return ""
        rules = data["expansion_rules"]
        text = re.sub(r"<([^<>]+)>", lambda found: f"({rules.get(found[1], '')})", text)
        text = re.sub(r"\{([^{}:]+)(?::[^{}]*)?\}", lambda found: value(found[1]), text)
        inner = re.compile(r"[\[(]([^\[\]()]*)[\])]")
        text, count = inner.subn(lambda found: chosen(found[0]), text)
        return expand(text, depth + 1) if count or "<" in text or "{" in text else text

    def chosen(group):
        texts = re.split(r"[|;]", group[1:-1])
        return chance.choice(texts + [""] if group[0] == "[" else texts)

    templates = [
        (name, template)
        for name, intent in data["intents"].items() if not IN_DOMAIN.search(name)
        for block in intent["data"] for template in block["sentences"]
    ]
    found = {}
    for _ in range(most * 20):
        sentence = " ".join(expand(chance.choice(templates)[1]).split())
        if len(sentence) > 3:
            found[sentence] = None
        if len(found) == most:
            break
    return found
