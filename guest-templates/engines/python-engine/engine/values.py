"""Values as JSON."""

import collections.abc as abstract
import dataclasses
import datetime
import decimal
import enum
import fractions
import json
import pathlib
import uuid

# Characters of a value. More is for a file, or for the model to ask for in parts.
MOST = 1 << 20
MOST_REPR = 64 << 10


class TooLarge(Exception):
    """A value with more text than is returned."""


def show(value):
    """Returns the JSON of a value, or none and its repr."""
    try:
        text = encode(value)
    except (TypeError, ValueError, RecursionError):
        return None, _bounded_repr(value)
    if len(text) > MOST:
        raise TooLarge(
            f"the value of the last expression has {len(text)} characters as JSON, and at most {MOST} are returned: "
            "return a part of it, or write it to a file"
        )
    return text, None


def encode(value):
    """Returns the JSON of a value."""
    text = _encode(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        # Half a character, which JSON has as an escape only.
        text = _encode_ascii(value)
    return text


def decode(text):
    """Returns the value of JSON. Numbers and names that JSON does not have are errors."""
    return _decoder.decode(text)


def _bounded_repr(value):
    text = repr(value)
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


_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
).encode
_encode_ascii = json.JSONEncoder(allow_nan=False, separators=(",", ":"), default=_plain).encode
_decoder = json.JSONDecoder(parse_constant=_constant)
