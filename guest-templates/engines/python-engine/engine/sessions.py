"""The names that a session's programs share."""

from . import exits, isolation, programs


class Session:
    """A module that stays, and the number of programs that have run in it."""

    def __init__(self):
        self._place, self._count = None, 0
        # What its programs have registered with `atexit`.
        self.exits = exits.Exits()

    def open(self, tools):
        """Returns the module, and a name for the next program."""
        if self._place is None:
            isolation.open_session()
            self._place = programs.module(tools)
        self._count += 1
        return self._place, f"<program {self._count}>"

    def end(self, streams):
        """Calls what is to be called at the end, and returns what that has printed."""
        return programs.end(self._place, streams, self.exits)

    def is_new(self):
        """Tells whether the program is the first."""
        return self._count == 1

    def is_open(self):
        return self._place is not None
