"""Programs without a session, in an instance that keeps one: the modules are as in a new instance while they run, and the
session's again afterwards.

This restores which modules there are, the names in each, `sys.path` and the other lists and dicts of `sys`, and the environment.
What the library's objects hold (attributes of its classes, loggers, contexts) is shared: it is the same interpreter."""

import os
import sys

_modules = sys.modules
_MISSING = object()
_new = None


class State:
    """The modules at one time. What those of the engine hold is left out: they go on while a program runs."""

    def __init__(self):
        self._modules = {name: module for name, module in _modules.items() if name != "app"}
        shown = {name: module for name, module in self._modules.items() if name.partition(".")[0] != __package__}
        self._names = [(module, dict(vars(module))) for module in shown.values() if hasattr(module, "__dict__")]
        kept = [value for value in vars(sys).values() if type(value) in (list, dict) and value is not _modules]
        self._contents = [(value, value.copy()) for value in kept]

    def keep_environment(self):
        """Keeps the environment, too: an instance is given its own, which the component is built without."""
        self._contents.append((os.environ._data, os.environ._data.copy()))

    def restore(self):
        """Makes the modules what they were."""
        _update(_modules, self._modules)
        for module, names in self._names:
            _update(vars(module), names)
        for value, content in self._contents:
            if type(value) is list:
                value[:] = content
            else:
                _update(value, content)


class Apart:
    """The time of a program that is not the session's."""

    def __enter__(self):
        self._session = State()
        self._session.keep_environment()
        _new.restore()

    def __exit__(self, *_):
        self._session.restore()


def take():
    """Keeps how the modules are in a new instance."""
    global _new
    _new = State()


def open_session():
    """Keeps what a new instance is given, before the first program of a session."""
    _new.keep_environment()


def _update(current, wanted):
    # What is so already is left alone.
    for name in [name for name in current if name not in wanted]:
        del current[name]
    for name, value in wanted.items():
        if current.get(name, _MISSING) is not value:
            current[name] = value
