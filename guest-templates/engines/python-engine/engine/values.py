"""Values as JSON."""

import collections.abc as abstract
import dataclasses
import datetime
import decimal
import enum
import fractions
import json
import pathlib
import re
import uuid
from json.encoder import c_make_encoder, encode_basestring, encode_basestring_ascii

# Characters of a value. More is for a file, or for the model to ask for in parts.
MOST = 1 << 20
MOST_REPR = 64 << 10
# Arrays and objects within one another.
MOST_LEVELS = 1000

# A bracket, or a string, which may have brackets. A string that is not closed goes to the end: nothing is read twice.
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)


class TooLarge(Exception):
    """A value with more text than is returned."""


def show(value):
    """Returns the JSON of a value, or none and its repr."""
    if isinstance(value, str) and len(value) > MOST:
        raise _too_large(len(value))
    text = _json_or_none(value)
    if text is None:
        return None, _bounded_repr(value)
    if len(text) > MOST:
        raise _too_large(len(text))
    return text, None


def encode(value):
    """Returns the JSON of a value."""
    text = _encode(value, encode_basestring)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            # Half a character, which JSON has as an escape only.
            text = _encode(value, encode_basestring_ascii)
    return text


def decode(text):
    """Returns the value of JSON. Numbers and names that JSON does not have are errors."""
    try:
        value, end = _scan(text, 0)
        if end == len(text):
            return value
    except StopIteration:
        # Space, or no value.
        pass
    text = text.strip(" \t\r\n")
    try:
        value, end = _scan(text, 0)
    except StopIteration as stop:
        raise ValueError(f"no value at character {stop.value}") from None
    if end != len(text):
        raise ValueError(f"something follows the value at character {end}")
    return value


def parse(text):
    """Returns the value of JSON that anybody may have written: of a bounded depth, since the parser's stack has an end."""
    if text.count("[") + text.count("{") > MOST_LEVELS:
        level = 0
        for token in _BRACKET.findall(text):
            level += (token in ("[", "{")) - (token in ("]", "}"))
            if level > MOST_LEVELS:
                raise ValueError(f"more than {MOST_LEVELS} levels")
    return decode(text)


def _json_or_none(value):
    try:
        return encode(value)
    except (TypeError, ValueError, RecursionError):
        return None


def _encode(value, encode_text):
    # What the class `JSONEncoder` does, without what a program can replace in it.
    return "".join(c_make_encoder({}, _plain, encode_text, None, ":", ",", False, False, False)(value, 0))


def _too_large(size):
    return TooLarge(
        f"the value of the last expression has {size} characters, and at most {MOST} are returned: return a part of it, "
        "or write it to a file"
    )


def _bounded_repr(value):
    # The text of a class of the program's own becomes plain text.
    text = str.__str__(repr(value))
    if len(text) > MOST_REPR:
        text = f"{text[:MOST_REPR]}… ({len(text) - MOST_REPR} more characters)"
    return text.encode("utf-8", "backslashreplace").decode()


def _plain(value):
    """Turns what JSON does not have into what it has."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (decimal.Decimal, fractions.Fraction, uuid.UUID, pathlib.PurePath)):
        return str(value)
    if isinstance(value, abstract.Mapping):
        return dict(value)
    if isinstance(value, (abstract.Set, abstract.Sequence, abstract.ValuesView)) and not isinstance(
        value, (bytes, bytearray, memoryview)
    ):
        return list(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


def _constant(word):
    raise ValueError(f"{word} is none of JSON's values")


_scan = json.JSONDecoder(parse_constant=_constant).scan_once
