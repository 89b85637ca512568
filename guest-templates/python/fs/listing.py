"""Looking at files and directories."""

from componentize_py_types import Err
from wit_world.imports import filesystem, types
from wit_world.imports.filesystem import FileKind, GlobOptions, ListOptions

import text
from text import Failure

# Levels that `tree` shows when it is not told.
TREE_DEPTH = 3


def lines(path: str, start: int, end: int) -> str:
    """Lines `start` to `end`, both from 1; `end` 0 means the last."""
    if end != 0 and end < start:
        raise Failure(f"end ({end}) is before start ({start})")
    limit = 0 if end == 0 else end - start + 1
    part = filesystem.read_lines(path, start - 1, limit)
    if not part.lines:
        return f"No lines from {start} on: {path} has {part.total}"
    last = start + len(part.lines) - 1
    more = " (truncated)" if part.truncated else ""
    shown = [f"Showing lines {start}-{last} of {part.total} total{more}"]
    shown += [f"{number:5}: {line}" for number, line in enumerate(part.lines, start)]
    return "\n".join(shown)


def list_directory(path: str, detailed: bool) -> str:
    """A directory's entries."""
    entries = _entries(path, detailed)
    if not entries:
        return f"(empty directory: {path})"
    return "\n".join([f"{path}:", *map(_entry, entries)])


def _entries(path: str, detailed: bool) -> list[filesystem.Entry]:
    """All entries of a directory, page by page."""
    options = ListOptions()
    options.set_details(detailed)
    page = filesystem.list(path, None, options)
    entries = page.entries
    while page.next is not None:
        page = filesystem.list(path, page.next, options)
        entries += page.entries
    return entries


def _entry(entry: filesystem.Entry) -> str:
    match entry.kind:
        case FileKind.DIRECTORY:
            shown = f"  {entry.name}/\t[dir]"
        case FileKind.SYMLINK:
            shown = f"  {entry.name}\t[link]"
        case _:
            shown = f"  {entry.name}\t{text.size(entry.size)}"
    if entry.details:
        shown += f"\t{text.time(entry.details.modified)}\t{entry.details.mode_string}"
    return shown


def stat(path: str) -> str:
    """What stands at `path`."""
    try:
        entry = filesystem.stat(path)
    except Err as error:
        if not isinstance(error.value, types.Error_NotFound):
            raise
        return f"path: {path}\nexists: false"
    shown = [
        f"path: {path}",
        "exists: true",
        f"type: {entry.kind.name.lower()}",
        f"size: {entry.size} ({text.size(entry.size)})",
    ]
    if entry.details:
        shown += [
            f"modified: {text.time(entry.details.modified)} UTC",
            f"mode: {entry.details.mode:04o} ({entry.details.mode_string})",
        ]
    return "\n".join(shown)


def find(path: str, pattern: str, only_files: bool, hidden: bool, max_depth: int) -> str:
    """Names beneath `path` that match `pattern`."""
    options = GlobOptions()
    options.set_hidden(hidden)
    options.set_max_depth(max_depth)
    options.set_only_files(only_files)
    found = filesystem.glob([pattern], path, options)
    if not found:
        return f"(no matches for: {pattern})"
    base = path.rstrip("/")
    return "\n".join(f"{base}/{entry.path}{'/' if entry.is_dir else ''}" for entry in found)


def tree(path: str, max_depth: int, hidden: bool) -> str:
    """Everything beneath `path`, indented by level."""
    options = GlobOptions()
    options.set_hidden(hidden)
    options.set_max_depth(max_depth or TREE_DEPTH)
    shown = [f"{path.rstrip('/')}/"]
    for entry in filesystem.glob(["**"], path, options):
        *parents, name = entry.path.split("/")
        shown.append("  " * (len(parents) + 1) + name + ("/" if entry.is_dir else ""))
    return "\n".join(shown if len(shown) > 1 else [*shown, "  (empty)"])
