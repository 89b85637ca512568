"""Errors of programs as text, without the engine's own frames."""

import os
import traceback

# Characters of a traceback; what is beyond is left out in the middle.
MOST = 16 << 10

# What the names of programs begin with.
PROGRAM = "<program"

NOT_GRANTED = "a program sees the directories that permissions.fs.dirs of the manifest grants, and no others."

_own = set()
_denial_of = lambda path: None


def hide(folder):
    """Leaves frames of a folder's files out."""
    _own.add(folder.rstrip("/") + "/")


def ask(denial_of):
    """Has `denial_of(path)` asked why a path that is not there is denied: it returns a sentence, or nothing."""
    global _denial_of
    _denial_of = denial_of


def describe(error):
    """Returns the traceback of an error, as Python prints it."""
    try:
        text = _traceback(error)
    except BaseException:
        # Whatever the program has broken, or memory is used up.
        release(error)
        text = _plain(error)
        if type(error) is MemoryError:
            text += f"\n{_note(error)}"
    return bounded(text)


def named(function):
    """Returns the repr of a function of a program's."""
    try:
        return bounded(repr(function))
    except BaseException:
        return type(function).__name__


def release(error):
    """Releases what the frames of an error hold."""
    try:
        traceback.clear_frames(error.__traceback__)
    except BaseException:
        pass


def bounded(text):
    """Returns text of bounded length, without halves of characters."""
    if len(text) > MOST:
        half = MOST // 2
        text = f"{text[:half]}\n[… {len(text) - 2 * half} characters are left out …]\n{text[-half:]}"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _plain(error):
    name = type(error).__name__
    try:
        return f"{name}: {error}"
    except BaseException:
        return name


def _traceback(error):
    shown = traceback.TracebackException.from_exception(error, compact=True)
    _trim(shown)
    text = "".join(shown.format()).rstrip("\n")
    note = _note(error)
    return f"{text}\n{note}" if note else text


def _trim(shown):
    waiting, seen = [shown], set()
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        if each.stack:
            each.stack[:] = _shown(each.stack)
        waiting += [each.__cause__, each.__context__, *(each.exceptions or [])]


def _shown(stack):
    """Returns the frames of the program, and of what it has called."""
    # Without any frame of the program, the error is of something that the engine has tried.
    begin = next((place for place, frame in enumerate(stack) if frame.filename.startswith(PROGRAM)), len(stack))
    return [frame for frame in stack[begin:] if not _is_own(frame.filename)]


def _is_own(filename):
    return filename.startswith("<frozen importlib") or any(filename.startswith(own) for own in _own)


def _note(error):
    """What a reader of the error cannot know."""
    if isinstance(error, ModuleNotFoundError):
        return "Note: the standard library is here, except for modules that need an operating system; packages of PyPI are not."
    if isinstance(error, MemoryError) and not str(error):
        return "Note: memory is used up; runtime.memory_limit_mb of the manifest says how much there is."
    if isinstance(error, OSError) and isinstance(error.filename, str):
        return _note_on_path(error.filename)
    return None


def _note_on_path(path):
    if not path.startswith("/"):
        return "Note: there is no working directory here; paths are absolute."
    folder = path
    while folder != "/":
        folder = os.path.dirname(folder)
        if os.path.isdir(folder):
            break
    if folder == "/":
        return f"Note: {_denial_of(path) or NOT_GRANTED}"
    return None
