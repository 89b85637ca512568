"""Makes sentences of the templates in data/, and reads those of dev/ and heldout/.

A file LABEL.LANGUAGE.txt, of data/ or data/broad/, has templates, one a line, below headings `== group`. `[a|b|]` is one of
several texts, `{name}` one of the slot's in slots.LANGUAGE.txt. What one template makes is a paraphrase group: it is never split
between training and checking.
"""

import random
import re
from pathlib import Path

HERE = Path(__file__).parent
LABELS = ["files", "web", "code", "git", "system", "general", "unknown"]
LANGUAGES = ["en", "ru"]
ALTERNATIVES = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
SLOT = re.compile(r"\{([a-z]+)\}")
WORD = re.compile(r"\w+")
# Templates that were written sentence by sentence, and those that add breadth of words.
FOLDERS = ["data", "data/broad"]

# What people put around a request, whatever it is about.
AROUND = {
    "en": ["please {}", "{} please", "can you {}", "could you {}", "could you please {}", "I want you to {}", "I need to {}",
           "hey, {}", "now {}", "I'd like you to {}", "{} now", "{}, thanks", "ok {}", "would you {}", "help me {}", "{} for me", "let's {}",
           "would it be possible to {}", "I was wondering if you could {}", "go ahead and {}", "quickly {}", "{} asap", "{} if you can",
           "yo, {}", "my boss wants me to {}", "{} pls", "{} right away", "so, {}", "and {}", "I have to {}", "{} again", "i wanna {}"],
    "ru": ["пожалуйста, {}", "{}, пожалуйста", "{} пожалуйста", "а теперь {}", "нужно: {}", "прошу, {}", "слушай, {}", "{} сейчас",
           "давай {}", "будь добр, {}", "{}, спасибо", "ну {}", "{} мне", "быстро {}", "можешь: {}", "сначала {}",
           "не мог бы ты {}", "хочу, чтобы ты {}", "можно {}", "{} плиз", "{}, если не сложно", "надо {}", "срочно {}", "так, {}", "{} ещё раз",
           "а {}", "попробуй: {}", "я хочу {}", "помоги мне: {}", "{} побыстрее", "вот что: {}", "мне нужно {}"],
}


def slots(language):
    pairs = (line.split(" = ", 1) for folder in FOLDERS for line in lines(HERE / folder / f"slots.{language}.txt"))
    return {name: [text.strip() for text in texts.split("|")] for name, texts in pairs}


def lines(path):
    return [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]


def expand(template, known, chance):
    """One of the sentences of a template."""
    while found := ALTERNATIVES.search(template):
        template = template[: found.start()] + chance.choice(found[1].split("|")) + template[found.end() :]
    template = SLOT.sub(lambda found: chance.choice(known[found[1]]), template)
    return re.sub(r"\s+", " ", template).strip().replace(" ,", ",")


def typed(sentence, chance):
    """The sentence as somebody in a hurry types it."""
    match chance.randrange(12):
        case 0:
            return sentence[:1].upper() + sentence[1:]
        case 1:
            return sentence + chance.choice(".?!")
        case 2:
            return sentence.replace(",", "").replace("?", "")
        case 3 if len(sentence) > 8:
            at = chance.randrange(1, len(sentence) - 2)
            return sentence[:at] + sentence[at + 1] + sentence[at] + sentence[at + 2 :]
        case 4 if len(sentence) > 8:
            at = chance.randrange(1, len(sentence) - 1)
            return sentence[:at] + sentence[at + 1 :]
    return sentence


def training(seed=16, most=40):
    """Rows (sentence, label, language, group): of each template at most `most`."""
    rows = []
    for language in LANGUAGES:
        known = slots(language)
        for label in LABELS:
            found = (line for folder in FOLDERS for line in lines(HERE / folder / f"{label}.{language}.txt"))
            for number, template in enumerate(found):
                if template.startswith("=="):
                    continue
                chance = random.Random(f"{seed} {label} {language} {template}")
                made = dict.fromkeys(expand(template, known, chance) for _ in range(most))
                # One without alternatives is as people write it: with and without what stands around.
                for sentence in [*made] * (4 if len(made) == 1 else 1):
                    if chance.random() < 0.3:
                        sentence = chance.choice(AROUND[language]).format(sentence)
                    rows.append((typed(sentence, chance), label, language, f"{label}.{language}.{number}"))
        rows += [(sentence, "unknown", language, group) for sentence, group in made_up(language, seed)]
    return without_near(rows)


SYLLABLES = {
    "en": ("bl br ch cl cr d dr f fl g gl gr h j k kr l m n p pl pr qu r s sk sl sn sp st t th tr v w wh x y z".split(),
           "a e i o u oo ee ai ou".split(), ["", "b", "ck", "d", "g", "ll", "m", "n", "nk", "p", "rt", "sh", "st", "t", "x", "zz"]),
    "ru": ("б бр в вл г гл гр д др ж з к кл кр л м н п пл пр р с ск сн ст т тр ф х хр ц ч ш шк щ".split(),
           "а е и о у ы ю я".split(), ["", "б", "к", "д", "г", "л", "м", "н", "нк", "п", "рт", "ш", "ст", "т", "х", "зз"]),
}
# With words in it that a language has everywhere: they alone say nothing about what is asked.
FRAMES = {
    "en": ["the {} {} a {}", "my {} is {}", "{} the {}", "I {} some {} with {}", "{} and {} {}", "is it a {} {}", "{} {} of {}"],
    "ru": ["{} и {}", "мой {} уже {}", "это {} или {}", "я {} в {}", "{} на {} {}", "а {} не {}", "у {} есть {}"],
}

# Letters that neither language has: Greek, Armenian, Hebrew, Arabic, Hindi, Thai, Georgian, Japanese, Chinese, Korean.
SCRIPTS = [(0x3B1, 0x3CA), (0x561, 0x587), (0x5D0, 0x5EB), (0x620, 0x64B), (0x905, 0x93A), (0xE01, 0xE2F), (0x10D0, 0x10F1),
           (0x3041, 0x3097), (0x4E00, 0x9FA6), (0xAC00, 0xD7A4)]


def made_up(language, seed, count=400):
    """Sentences of words that no language has, some in a frame of words that it has."""
    chance = random.Random(f"{seed} made up {language}")

    def word():
        first, middle, last = SYLLABLES[language]
        parts = ("".join(chance.choice(part) for part in (first, middle, last)) for _ in range(chance.randint(1, 3)))
        return "".join(parts)

    for number in range(count):
        frame = chance.choice(FRAMES[language]) if number % 2 else " ".join(["{}"] * chance.randint(1, 6))
        yield re.sub("{}", lambda _: word(), frame), f"made up.{language}.{number % 8}"
    for number in range(count // 4):
        letters = range(*chance.choice(SCRIPTS))
        text = " ".join("".join(chr(chance.choice(letters)) for _ in range(chance.randint(1, 6))) for _ in range(chance.randint(1, 5)))
        yield text, f"other script.{language}.{number % 8}"
    for text in ["", " ", "?", "."]:
        yield text, f"empty.{language}"


def written(folder):
    """Rows (sentence, label, language) of `dev` or `heldout`: sentences written one by one."""
    return [
        (sentence, label, language)
        for language in LANGUAGES
        for label in LABELS
        for sentence in lines(HERE / folder / f"{label}.{language}.txt")
    ]


def words(sentence):
    return frozenset(WORD.findall(sentence.lower()))


def without_near(rows, most=0.75):
    """Drops what says the same as a sentence to check with: as many of the words of both are shared."""
    checks = {words(sentence) for folder in ("dev", "heldout") for sentence, _, _ in written(folder)}
    by_word = {}
    for check in checks:
        for word in check:
            by_word.setdefault(word, set()).add(check)

    def is_near(sentence):
        mine = words(sentence)
        near = set().union(*(by_word.get(word, ()) for word in mine))
        return any(len(mine & other) >= most * len(mine | other) for other in near)

    return [row for row in rows if not is_near(row[0])]
