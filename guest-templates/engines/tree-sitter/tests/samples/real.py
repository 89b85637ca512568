"""What is sent and shown. Nothing here asks the host for anything."""

import json
import re

# A string, a bracket or another sign, or a number or word. A string that is not closed goes to the end: nothing is read twice.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}:,]|[^\s\[\]{}:,"]+')

# Arrays and objects within one another: the parser's stack is not endless.
MOST_LEVELS = 128


class Failure(Exception):
    """A method's error, as the caller reads it."""


def parse(text: str):
    """The value of JSON; a failure for anything else."""
    level = 0
    for token in TOKEN.findall(text):
        level += (token in ("[", "{")) - (token in ("]", "}"))
        if level > MOST_LEVELS:
            raise Failure(f"not JSON of at most {MOST_LEVELS} levels")

    def constant(word: str):
        raise ValueError(f"{word} is none of its values")

    try:
        return json.loads(text, parse_constant=constant)
    except ValueError as error:
        raise Failure(f"not JSON: {error}") from None


def content_type(body: str) -> str:
    """What a body is said to be."""
    try:
        parse(body)
    except Failure:
        return "text/plain; charset=utf-8"
    return "application/json"


def indent(text: str) -> str:
    """JSON, indented. Its numbers and strings stay as they are written."""
    parse(text)
    shown: list[str] = []
    line = "\n"
    before = ""
    for token in TOKEN.findall(text):
        if token in ("]", "}"):
            line = line[:-2]
            if before not in ("[", "{"):
                shown.append(line)
        elif before in ("[", "{"):
            shown.append(line)
        shown.append(token)
        if token in ("[", "{"):
            line += "  "
        elif token == ",":
            shown.append(line)
        elif token == ":":
            shown.append(" ")
        before = token
    return "".join(shown)


def headers(text: str) -> list[tuple[str, str]]:
    """Names and values from a JSON object."""
    try:
        given = parse(text)
    except Failure as failure:
        raise Failure(f"headers: {failure}") from None
    if not isinstance(given, dict):
        raise Failure("headers: an object of names and values is wanted")
    return [(name, _value(name, value)) for name, value in given.items()]


def _value(name: str, value) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise Failure(f"headers: {name}: a text is wanted, not {json.dumps(value)}")
    try:
        f"{name}{value}".encode()
    except UnicodeEncodeError:
        raise Failure("headers: half a character is no text") from None
    return str(value)


def succeeded(status: int, body: bytes) -> str:
    """The body of an answer that is none of failure."""
    text = body.decode(errors="replace")
    if status >= 400:
        raise Failure(f"status {status}: {text[:500]}")
    return text


def joined(headers: list[tuple[str, str]]) -> dict[str, str]:
    """Headers by name. One that came twice is one with a comma, as for a list."""
    result: dict[str, str] = {}
    for name, value in headers:
        result[name] = f"{result[name]}, {value}" if name in result else value
    return result


def compact(value) -> str:
    """A value as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
