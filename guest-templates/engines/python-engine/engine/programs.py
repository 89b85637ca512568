"""Runs one program."""

import builtins
import sys
import types
from typing import NamedTuple

from . import calls, failures, loop, source, values
from .output import Streams

RECURSION = sys.getrecursionlimit()


class Ended(NamedTuple):
    """How a program ended."""

    output: str
    value: str | None
    repr: str | None
    error: str | None


def module(tools):
    """Returns a new module for a program's names."""
    made = types.ModuleType("__main__")
    vars(made).update(__builtins__=builtins, tools=tools, ToolError=calls.ToolError, data=None)
    return made


def run(text, name, place, streams, wants_value=True):
    """Runs a program in a module."""
    value = shown = error = None
    sys.modules["__main__"] = place
    sys.setrecursionlimit(RECURSION)
    streams.begin()
    try:
        try:
            value = _execute(text, name, vars(place), wants_value)
        finally:
            # What the program has called is called, however it ends.
            unseen = calls.QUEUE.finish()
        if value is not None:
            value, shown = values.show(value)
    except SystemExit as exit:
        value = None
        if exit.code not in (None, 0):
            error = failures.describe(exit)
    except values.TooLarge as failure:
        value, error = None, f"ValueError: {failure}"
    except BaseException as failure:
        value, error = None, failures.describe(failure)
        # Its frames hold the program's names.
        failures.traceback_of(failure)
    for call in unseen:
        streams.warn(f"tools.{call.skill}.{call.method} failed, and was not awaited: {failures.bounded(call.text)}")
    return Ended(streams.text(), value, shown, error)


def _execute(text, name, names, wants_value):
    program = source.prepare(text, name, wants_value)
    if program.waits:
        return loop.run(_waiting(program, names))
    exec(program.code, names)
    value = _value(program, names)
    if isinstance(value, calls.Call):
        return value.result()
    if isinstance(value, types.CoroutineType):
        return loop.run(value)
    return value


async def _waiting(program, names):
    await eval(program.code, names)
    value = _value(program, names)
    if isinstance(value, (calls.Call, types.CoroutineType)):
        return await value
    return value


def _value(program, names):
    return names.pop(source.VALUE, None) if program.has_value else None
