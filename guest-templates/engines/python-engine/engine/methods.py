"""The methods."""

import sys

from componentize_py_types import Err

from . import catalog, exits, failures, host, isolation, output, programs, source, values
from .sessions import Session
from .spare import Spare
from .tools import Tools

NO_SESSION = (
    "session: true needs an instance that is kept between calls: "
    "set \"runtime: { isolation: session }\" in this skill's manifest"
)

NEW_SESSION = "Note: no variable is kept from before; a session ends when it is idle for long, and when a program crashes or is cancelled."

_tools = Tools(host.known_skills, host.known_methods)
_session = Session()
_streams = Spare(output.Streams)
_places = Spare(lambda: programs.module(_tools))


def prepare():
    """Makes what the first program needs."""
    programs.begin(_places.fill(), _streams.fill())
    exits.begin(exits.spare.fill())


def touch():
    """Runs a program that does nothing, ahead of the first of an instance: memory that it writes to is then the instance's own."""
    sys.modules.pop("app", None)
    _run("0", "<program>", _places.take(), True)
    source.forget()
    prepare()


def run(code, given, in_session):
    """Runs a program, and returns its value, or the repr of that, and what it printed."""
    scope = _begin(in_session)
    try:
        data = None if given is None else values.parse(given)
    except (ValueError, RecursionError) as error:
        raise Err(f"input is not JSON: {error}") from None
    if in_session:
        if scope != host.SESSION:
            raise Err(NO_SESSION)
        place, name = _session.open(_tools)
    else:
        place, name = _places.take(), "<program>"
    place.data = data
    ended = _run(code, name, place, True, _session.exits if in_session else None)
    if ended.error is None:
        return ended.value, ended.repr, ended.output or None
    if in_session and _session.is_new() and "NameError" in ended.error:
        ended = ended._replace(error=f"{ended.error}\n{NEW_SESSION}")
    raise Err(f"{ended.error}\n\noutput before the error:\n{ended.output}" if ended.output else ended.error)


def execute(code):
    """Runs a program, and returns what it printed."""
    _begin(False)
    ended = _run(code, "<program>", _places.take(), False)
    printed = ended.output.rstrip("\n")
    if ended.error is None:
        return printed
    return f"{printed}\n\n[Error]\n{ended.error}" if printed else ended.error


def search(query, detail):
    """Returns what programs may call."""
    try:
        return catalog.search(query, detail, host.find, host.signatures, host.known_skills)
    except catalog.Unknown as error:
        raise Err(str(error)) from None
    except Err as error:
        raise Err(host.sentence(error.value)) from None


def end_session():
    """Forgets the session's names, and the instance with them."""
    host.retire()
    if not _session.is_open():
        return "no session was open"
    printed = _session.end(_streams.take())
    return f"the session has ended, and printed:\n{printed}" if printed else "the session has ended"


def _begin(in_session):
    # `app` is only needed until the class is found; a program may have a module of that name.
    sys.modules.pop("app", None)
    scope = host.scope()
    if scope == host.SKILL or scope == host.SESSION and not in_session and not _session.is_open():
        # What a program without a session leaves in the interpreter is not for the next one.
        host.retire()
    return scope


def _run(code, name, place, wants_value, kept=None):
    # The instance that keeps a session runs other programs, too.
    is_apart = kept is None and _session.is_open()
    try:
        if is_apart:
            with isolation.Apart():
                return programs.run(code, name, place, _streams.take(), wants_value)
        return programs.run(code, name, place, _streams.take(), wants_value, kept)
    except BaseException as error:
        # The program has broken what the engine runs on. Nothing of this instance is used again.
        host.retire()
        raise Err(f"the program broke the interpreter it ran in: {failures.describe(error)}") from None
