"""Searching text."""

from wit_world.imports import filesystem
from wit_world.imports.filesystem import FileMatch, GrepDetail, GrepOptions


def lines(pattern: str, path: str | None, **options) -> str:
    """Matching lines, by file."""
    found = _grep(pattern, path, options)
    if not found:
        return _none(pattern)
    total = sum(len(file.matches) for file in found)
    shown = [f"{total} matches across {len(found)} files"]
    for file in found:
        shown.append(f"\n{file.path} ({len(file.matches)} matches)")
        shown += [f"  {hit.line_number:5}: {hit.line or ''}" for hit in file.matches]
    return "\n".join(shown)


def files(pattern: str, path: str | None, **options) -> str:
    """Matching files."""
    found = _grep(pattern, path, {**options, "detail": GrepDetail.PATHS})
    return "\n".join(file.path for file in found) or _none(pattern)


def _grep(pattern: str, path: str | None, options: dict) -> list[FileMatch]:
    given = GrepOptions()
    for name, value in options.items():
        getattr(given, f"set_{name}")(value)
    # An empty path means all granted directories, as leaving it out does.
    return filesystem.grep(pattern, path or None, given)


def _none(pattern: str) -> str:
    return f"(no matches for: {pattern})"
