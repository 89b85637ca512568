"""`atexit`: functions to call when a program ends or, where a session keeps what they belong to, when the session does."""

import atexit
import logging
import signal
import weakref

from . import failures


class Exits:
    """Functions to call at the end, the last first."""

    def __init__(self, ends_library=False):
        self._functions = [(logging.shutdown, (), {})] if ends_library else []

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
        """Calls the functions; `warn` is told of their errors."""
        while self._functions:
            function, args, kwargs = self._functions.pop()
            try:
                function(*args, **kwargs)
            except BaseException as error:
                warn(f"Exception ignored in atexit callback {failures.named(function)}:\n{failures.describe(error)}")


_current = Exits()
_raise_signal = signal.raise_signal
# These do nothing unless a program handles them.
_HARMLESS = {getattr(signal, name, None) for name in ("SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH")}


def raise_signal(number, /):
    """Raises a signal. What would end the process ends the program."""
    if signal.getsignal(number) == signal.SIG_DFL and number not in _HARMLESS:
        raise SystemExit(128 + number)
    _raise_signal(number)


def begin(exits):
    """Has what programs register go there."""
    global _current
    _current = exits


def install():
    """Has `atexit` use this. What has been registered so far is forgotten: building the component has no end."""
    atexit._clear()
    signal.raise_signal = raise_signal
    atexit.register = lambda function, /, *args, **kwargs: _current.register(function, *args, **kwargs)
    atexit.unregister = lambda function, /: _current.unregister(function)
    atexit._run_exitfuncs = lambda: _current.run(print)
    atexit._clear = lambda: _current.clear()
    atexit._ncallbacks = lambda: _current.count()
    # Each instance registers this anew, when it is first needed.
    weakref.finalize._registered_with_atexit = False
