"""The features of a text, as src/features.rs makes them; vectors.json pins both."""

import math
import re
import unicodedata

BUCKETS = 1 << 15
CHARACTERS = range(2, 6)
# Weight of a feature of a whole word, beside 1 for one of its characters.
WORD = 1.0
MOST_CHARACTERS = 2000
MOST_WORD = 40


def hashed(text):
    """FNV-1a, mixed as MurmurHash3 ends: FNV's low bits depend on few bytes."""
    value = 0x811C9DC5
    for byte in text.encode("utf-8"):
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    value ^= value >> 16
    value = value * 0x85EBCA6B & 0xFFFFFFFF
    value ^= value >> 13
    value = value * 0xC2B2AE35 & 0xFFFFFFFF
    return value ^ value >> 16


def in_word(character):
    """Letters, digits and marks of any script, without tables of Unicode that differ between versions."""
    code = ord(character)
    return (
        character.isascii() and character.isalnum()
        or code > 0xBF and code not in (0xD7, 0xF7, 0xFEFF, 0xFFFD)
        and not 0x2000 <= code <= 0x2BFF and not 0x3000 <= code <= 0x303F
    )


def plain(text):
    """The plainest form of characters; letters that are shown as pictures (U+FE0F behind them) are left out."""
    return unicodedata.normalize("NFKC", re.sub("(?s).(?=\ufe0f)", "", text))


def words(text):
    """Lower-case words; any other visible character of ASCII is one of its own."""
    found, word = [], ""
    for character in plain(text)[:MOST_CHARACTERS].lower() + " ":
        if in_word(character):
            word += "\u0435" if character == "\u0451" else character
            continue
        if word:
            found.append(word[:MOST_WORD])
        word = ""
        if "!" <= character <= "~":
            found.append(character)
    return found


def names(words):
    """Names and weights of the features."""
    for word in words:
        yield "w" + word, WORD
        padded = f" {word} "
        for length in CHARACTERS:
            for at in range(len(padded) - length + 1):
                yield "c" + padded[at : at + length], 1.0
    for pair in zip(["^"] + words, words + ["$"]):
        yield "p" + " ".join(pair), WORD


def features(text):
    """Buckets and values, of length one."""
    values = {}
    for name, weight in names(words(text)):
        value = hashed(name)
        bucket = value % BUCKETS
        values[bucket] = values.get(bucket, 0.0) + (weight if value >> 31 else -weight)
    length = math.sqrt(sum(value * value for value in values.values()))
    return {bucket: value / length for bucket, value in sorted(values.items()) if value} if length else {}
