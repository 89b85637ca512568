"""`atexit`: functions to call when a program ends or, where a session keeps what they belong to, when the session does."""

import atexit
import logging
import signal
import weakref

from . import failures
from .spare import Spare


class Exits:
    """Functions to call at the end, the last first."""

    def __init__(self):
        self._functions = []

    def register(self, function, /, *args, **kwargs):
        if not callable(function):
            raise TypeError("the first argument must be callable")
        self._functions.append((function, args, kwargs))
        return function

    def unregister(self, function, /):
        self._functions = [each for each in self._functions if each[0] != function]

    def clear(self):
        self._functions = []

    def count(self):
        return len(self._functions)

    def run(self, warn):
        """Calls the functions, and ends what has been logged; `warn` is told of errors."""
        while self._functions:
            function, args, kwargs = self._functions.pop()
            try:
                function(*args, **kwargs)
            except BaseException as error:
                warn(f"Exception ignored in atexit callback {failures.named(function)}:\n{failures.describe(error)}")
        end_logging()


def end_logging():
    """Has handlers of logs write what they keep."""
    # Most programs have no handler of their own, and need nothing for it.
    if len(logging._handlerList) > _usual_handlers:
        logging.shutdown()


_current = Exits()
_usual_handlers = len(logging._handlerList)
_raise_signal = signal.raise_signal
# These do nothing unless a program handles them.
_HARMLESS = {getattr(signal, name, None) for name in ("SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH")}


spare = Spare(Exits)


def raise_signal(number, /):
    """Raises a signal. What would end the process ends the program."""
    if signal.getsignal(number) == signal.SIG_DFL and number not in _HARMLESS:
        raise SystemExit(128 + number)
    _raise_signal(number)


def begin(exits):
    """Has what programs register go there."""
    global _current
    # Each page of memory that an instance writes to is copied for it.
    if _current is not exits:
        _current = exits


def install():
    """Has `atexit` use this. What has been registered so far is forgotten: building the component has no end."""
    global _usual_handlers
    _usual_handlers = len(logging._handlerList)
    atexit._clear()
    signal.raise_signal = raise_signal
    atexit.register = lambda function, /, *args, **kwargs: _current.register(function, *args, **kwargs)
    atexit.unregister = lambda function, /: _current.unregister(function)
    atexit._run_exitfuncs = lambda: _current.run(print)
    atexit._clear = lambda: _current.clear()
    atexit._ncallbacks = lambda: _current.count()
    # Each instance registers this anew, when it is first needed.
    weakref.finalize._registered_with_atexit = False
