"""Changing files, and showing what changed."""

from componentize_py_types import Err
from wit_world.imports import filesystem, types

import text
from diff import unified
from lines import Lines, last_end
from text import Failure

# Bytes at a file's end that are read for its line end.
TAIL = 64 * 1024


def write(path: str, content: str) -> str:
    """Makes the file's content `content`."""
    before = None
    try:
        before = text.decode(path, filesystem.read(path))
    except Failure:
        pass
    except Err as error:
        match error.value:
            case types.Error_NotFound():
                filesystem.write(path, content.encode())
                return _created(path, content)
            case types.Error_TooLarge():
                # Too long to compare, yet it may be replaced.
                pass
            case _:
                raise
    written = content.encode()
    filesystem.write(path, written)
    if before is None:
        return f"Wrote {path} ({text.size(len(written))}, in place of a long or binary file)"
    return _changed("Wrote", path, before, content)


def append_line(path: str, line: str) -> str:
    """Adds `line` to the file's end."""
    try:
        size = filesystem.stat(path).size
    except Err as error:
        if not isinstance(error.value, types.Error_NotFound):
            raise
        size = 0
    start = max(size - TAIL, 0)
    tail = filesystem.read_range(path, start, size - start) if size > 0 else b""
    end = last_end(tail)
    addition = line + end
    if tail and not tail.endswith(end.encode()):
        # The last line had no end: without one, the two would become one.
        addition = end + addition
    filesystem.append(path, addition.encode())
    return f"Appended to {path}: {line}"


def edit(path: str, old: str, new: str, everywhere: bool) -> str:
    """Replaces `old` by `new`, once or everywhere."""
    try:
        content = filesystem.read(path)
    except Err as error:
        if not isinstance(error.value, types.Error_NotFound):
            raise
        if old:
            raise Failure(f"not found: {path}; give an empty old_string to make a new file") from None
        filesystem.write(path, new.encode())
        return _created(path, new)
    if not old:
        raise Failure(f"{path} exists already; old_string must be the text to replace")
    before = Lines.of(text.decode(path, content))
    after = text.replace(path, before, before.argument(old), before.argument(new), everywhere)
    filesystem.write(path, after.file().encode())
    return _changed("Edited", path, before.text, after.text)


def _created(path: str, content: str) -> str:
    return f"Created new file: {path}\n\n{unified(path, '', content).text}"


def _changed(verb: str, path: str, before: str, after: str) -> str:
    diff = unified(path, before, after)
    return f"{verb} {path} (+{diff.added}/-{diff.removed} lines)\n\n{diff.text}"
