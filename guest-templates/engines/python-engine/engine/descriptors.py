"""Descriptors 0, 1 and 2: nothing to read, and the output. What is written to them by number is captured, too."""

import builtins
import faulthandler
import io
import os
import sys
import weakref

from . import failures

_INPUT, _OUTPUTS = 0, (1, 2)

_open, _write, _close = io.open, os.write, os.close
_streams = None
_written = []
# Files that are remembered at most before those that are gone are forgotten.
_MOST_REMEMBERED = 256


def begin(streams):
    """Has what is written to the descriptors go to a program's streams."""
    global _streams
    if _streams is not streams:
        _streams = streams


def write(fd, data, /):
    """Writes bytes, as `os.write` does."""
    if fd in _OUTPUTS and _streams is not None:
        return _streams.add(data)
    return _write(fd, data)


def writev(fd, buffers, /):
    """Writes several pieces, as `os.writev` does."""
    return write(fd, b"".join(buffers))


def close(fd):
    """Closes a descriptor; the first three stay open."""
    if fd not in (_INPUT, *_OUTPUTS):
        _close(fd)


def open(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
    """Opens a file, as Python's `open` does."""
    if type(file) is int and file in (_INPUT, *_OUTPUTS) and _streams is not None:
        return _standard(file, mode, encoding, errors, newline)
    opened = _open(file, mode, buffering, encoding, errors, newline, closefd, opener)
    if "r" not in mode or "+" in mode:
        if len(_written) >= _MOST_REMEMBERED:
            _written[:] = [weakref.ref(file) for file in _left_open()]
        _written.append(weakref.ref(opened))
    return opened


def flush(warn):
    """Writes what open files have in their buffers, as Python does at its end; `warn` is told of errors."""
    if not _written:
        return
    left = _left_open()
    _written[:] = [weakref.ref(file) for file in left]
    for file in left:
        try:
            file.flush()
        except Exception as error:
            warn(f"Exception ignored while flushing {failures.named(file)}: {error}")


def _left_open():
    return [file for each in _written if (file := each()) is not None and not file.closed]


def dump_traceback(file=None, all_threads=True):
    """Prints where the program is, as `faulthandler.dump_traceback` does."""
    lines = [f"Current thread 0x{1:016x} [MainThread] (most recent call first):"]
    frame = sys._getframe(1)
    while frame is not None:
        lines.append(f'  File "{frame.f_code.co_filename}", line {frame.f_lineno} in {frame.f_code.co_name}')
        if frame.f_code.co_filename.startswith("<program") and frame.f_code.co_name == "<module>":
            break
        frame = frame.f_back
    text = "\n".join(lines) + "\n"
    if isinstance(file, int):
        write(file, text.encode("utf-8", "backslashreplace"))
    else:
        (sys.stderr if file is None else file).write(text)


def no_statistics():
    """Refuses what the C library would print past the output."""
    raise NotImplementedError("sys._debugmallocstats prints where no program can see it")


def _standard(fd, mode, encoding, errors, newline):
    stream = io.BytesIO() if fd == _INPUT else _streams.sink(fd)
    if "b" in mode:
        return stream
    return io.TextIOWrapper(stream, encoding or "utf-8", errors or "backslashreplace", newline, write_through=True)


def install():
    """Has the library use these."""
    os.write, os.close = write, close
    if hasattr(os, "writev"):
        os.writev = writev
    native = sys.modules["posix"]
    for name in ("write", "writev", "close"):
        if hasattr(native, name):
            setattr(native, name, getattr(os, name))
    for module in (builtins, io, sys.modules["_io"]):
        module.open = open
    faulthandler.dump_traceback = dump_traceback
    sys._debugmallocstats = no_statistics
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(io.BytesIO(), "utf-8")


for each in (open, write, writev, close, dump_traceback):
    each.__module__ = "io" if each is open else "posix"
