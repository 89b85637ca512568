"""What changed between two texts. Nothing here asks the host for anything."""

from dataclasses import dataclass
from difflib import SequenceMatcher

# Unchanged lines shown around a change.
CONTEXT = 3

# Beyond this many lines that may differ, they are shown as replaced without a search for common ones: it would take long.
MOST = 4000


@dataclass
class Change:
    """Lines `old_start` to `old_end` have become lines `new_start` to `new_end`; counted from 0, ends exclusive."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


@dataclass
class Unified:
    text: str
    added: int
    removed: int


def unified(path: str, before: str, after: str) -> Unified:
    """The difference as a unified diff. Both counts stand in every hunk header, and an empty side begins at 1."""
    old, new = _lines(before), _lines(after)
    changes = _changes(old, new)
    name = path.rsplit("/", 1)[-1]
    text = [f"--- {name} (original)\n", f"+++ {name} (modified)\n"]
    for group in _groups(changes):
        text += _hunk(group, old, new)
    return Unified(
        text="".join(text).rstrip("\n") if changes else "(no changes)",
        added=sum(change.new_end - change.new_start for change in changes),
        removed=sum(change.old_end - change.old_start for change in changes),
    )


def _lines(text: str) -> list[str]:
    """Lines with their ends. Not `splitlines`, which takes more than a line feed for an end."""
    parts = text.split("\n")
    last = parts.pop()
    return [part + "\n" for part in parts] + ([last] if last else [])


def _changes(old: list[str], new: list[str]) -> list[Change]:
    most = min(len(old), len(new))
    head = 0
    while head < most and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < most - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    old_middle, new_middle = old[head : len(old) - tail], new[head : len(new) - tail]
    if not old_middle and not new_middle:
        return []
    if len(old_middle) + len(new_middle) > MOST:
        return [Change(head, len(old) - tail, head, len(new) - tail)]
    steps = SequenceMatcher(None, old_middle, new_middle, autojunk=False).get_opcodes()
    return [Change(*(head + index for index in places)) for kind, *places in steps if kind != "equal"]


def _groups(changes: list[Change]) -> list[list[Change]]:
    """Changes whose surroundings touch share a hunk."""
    groups: list[list[Change]] = []
    for change in changes:
        if groups and change.old_start - groups[-1][-1].old_end <= 2 * CONTEXT:
            groups[-1].append(change)
        else:
            groups.append([change])
    return groups


def _hunk(group: list[Change], old: list[str], new: list[str]) -> list[str]:
    first, last = group[0], group[-1]
    before = min(CONTEXT, first.old_start)
    after = min(CONTEXT, len(old) - last.old_end)
    start, end = first.old_start - before, last.old_end + after
    new_start, new_end = first.new_start - before, last.new_end + after
    text = [f"@@ -{start + 1},{end - start} +{new_start + 1},{new_end - new_start} @@\n"]
    for change in group:
        text += [_line(" ", line) for line in old[start : change.old_start]]
        text += [_line("-", line) for line in old[change.old_start : change.old_end]]
        text += [_line("+", line) for line in new[change.new_start : change.new_end]]
        start = change.old_end
    return text + [_line(" ", line) for line in old[start:end]]


def _line(sign: str, line: str) -> str:
    return sign + line if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"
