"""How results read. Nothing here asks the host for anything."""

from datetime import datetime, timedelta

from lines import Lines


class Failure(Exception):
    """A method's error, as the caller reads it."""


def decode(path: str, content: bytes) -> str:
    """A file's bytes as text; a failure for a binary file."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise Failure(f"{path} is a binary file; this method reads text in UTF-8 only")
    return text


def size(count: int) -> str:
    """A size with one decimal: `12B`, `1.5KB`, `2.0MB`."""
    if count < 1024:
        return f"{count}B"
    units = ["KB", "MB", "GB", "TB"]
    amount = count / 1024
    unit = 0
    while amount >= 1024 and unit + 1 < len(units):
        amount /= 1024
        unit += 1
    return f"{amount:.1f}{units[unit]}"


def time(instant: int) -> str:
    """Milliseconds since 1970 as `2026-05-04 09:30`, in UTC."""
    try:
        moment = datetime(1970, 1, 1) + timedelta(milliseconds=instant)
    except OverflowError:
        return str(instant)
    return moment.isoformat(sep=" ", timespec="minutes")


def replace(path: str, before: Lines, old: str, new: str, everywhere: bool) -> Lines:
    """The text with `old` replaced by `new`, once or everywhere; a failure when it is not clear what is meant."""
    if old == new:
        raise Failure("old_string and new_string are the same: there is nothing to change")
    hits = before.text.count(old)
    if hits == 0:
        raise Failure(f"old_string was not found in {path}; it must match exactly, blanks included")
    if hits > 1 and not everywhere:
        raise Failure(
            f"old_string is at {hits} locations in {path}; add lines around it until it is at one, or set replace_all"
        )
    return before.replace(old, new)
