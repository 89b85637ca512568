"""The names that a session's programs share."""

from . import programs


class Session:
    """A module that stays, and the number of programs that have run in it."""

    def __init__(self):
        self._place, self._count = None, 0

    def open(self, tools):
        """Returns the module, and a name for the next program."""
        if self._place is None:
            self._place = programs.module(tools)
        self._count += 1
        return self._place, f"<program {self._count}>"

    def is_new(self):
        """Tells whether the program is the first."""
        return self._count == 1

    def is_open(self):
        return self._place is not None
