"""Runs one program."""

import asyncio
import builtins
import sys
import types
from typing import NamedTuple

from . import calls, descriptors, exits, failures, loop, source, values
from .output import Streams

RECURSION = sys.getrecursionlimit()

# Failed calls that a program is told of if it has not asked for them.
MOST_TOLD = 10


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


def begin(place, streams):
    """Gives a program its module and its streams."""
    # What is so already is left alone: each page of memory that an instance writes to is copied for it.
    if sys.modules.get("__main__") is not place:
        sys.modules["__main__"] = place
    if sys.getrecursionlimit() != RECURSION:
        sys.setrecursionlimit(RECURSION)
    if not sys.argv:
        # As scripts have it, whatever they make of it.
        sys.argv.append("program")
    streams.begin()
    descriptors.begin(streams)


def run(text, name, place, streams, wants_value=True, kept=None):
    """Runs a program in a module. What it registers for its end is called then, or `kept` if it is given."""
    value = shown = error = None
    unseen = ()
    begin(place, streams)
    at_end = exits.spare.take() if kept is None else kept
    exits.begin(at_end)
    try:
        try:
            value = _execute(text, name, vars(place), wants_value)
        finally:
            _stop_tracing()
            if kept is None:
                at_end.run(streams.warn)
            descriptors.flush(streams.warn)
            loop.finish()
            # What the program has called is called, however it ends.
            unseen = calls.QUEUE.finish()
        if value is not None:
            value, shown = values.show(value)
    except SystemExit as exit:
        value = None
        if exit.code not in (None, 0):
            error = failures.describe(exit)
    except values.TooLarge as failure:
        value, error = None, str(failure)
    except BaseException as failure:
        value, error = None, failures.describe(failure)
        # Its frames hold the program's names.
        failures.release(failure)
        calls.QUEUE.forget()
    _tell(unseen, streams)
    return Ended(streams.text(), value, shown, error)


def end(place, streams, at_end):
    """Calls what programs in a module have registered for their end, and returns what that printed."""
    begin(place, streams)
    exits.begin(at_end)
    at_end.run(streams.warn)
    descriptors.flush(streams.warn)
    _tell(calls.QUEUE.finish(), streams)
    return streams.text()


def _tell(unseen, streams):
    """Tells of calls that have failed, and that nobody has awaited."""
    for call in unseen[:MOST_TOLD]:
        streams.warn(f"tools.{call.skill}.{call.method} failed, and was not awaited: {failures.bounded(call.text)}")
    if len(unseen) > MOST_TOLD:
        streams.warn(f"{len(unseen) - MOST_TOLD} more calls failed, and were not awaited")


def _stop_tracing():
    if sys.gettrace() is not None:
        sys.settrace(None)
    if sys.getprofile() is not None:
        sys.setprofile(None)


def _execute(text, name, names, wants_value):
    program = source.prepare(text, name, wants_value)
    value = program.run(names)
    if program.waits:
        value = loop.run(_waiting(program, value, names))
    return _settled(value) if wants_value else None


async def _waiting(program, coroutine, names):
    return program.value(await coroutine, names)


def _settled(value):
    """Waits for a value that is to be awaited, as for one that is asked for."""
    if isinstance(value, calls.Call):
        return value.result()
    if isinstance(value, types.CoroutineType):
        return loop.run(value)
    if isinstance(value, asyncio.Future):
        return value.get_loop().run_until_complete(value)
    return value
