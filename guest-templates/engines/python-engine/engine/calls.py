"""Calls of other skills: queued when they are made, and sent together once the program has nothing else to do."""

from asyncio import _get_running_loop
from collections import deque
from collections.abc import Coroutine

from . import values

# What one `batch` takes.
MOST_TOGETHER = 1000
# Bytes of arguments that wait; beyond, they are sent at once.
MOST_WAITING = 8 << 20


class ToolError(Exception):
    """A call of a tool failed; its text is the error's."""

    def __init__(self, text, skill=None, method=None):
        super().__init__(text)
        self.skill, self.method = skill, method


# As tracebacks show it, without a module.
ToolError.__module__ = "builtins"


class Queue:
    """Calls that wait. `send` is the host: it takes requests and returns, for each, a text and whether it is an error."""

    def __init__(self):
        self.send_all = None
        self.waiting = deque()
        self._bytes = 0
        self._failed = []

    def add(self, call):
        self.waiting.append(call)
        self._bytes += len(call.arguments)
        if self._bytes > MOST_WAITING or len(self.waiting) >= MOST_TOGETHER:
            self.send()

    def send(self):
        """Makes the calls that wait now."""
        sent = list(self.waiting)
        self.waiting.clear()
        self._bytes = 0
        if not sent:
            return
        answers = self.send_all([(call.skill, call.method, call.arguments) for call in sent])
        for call, (text, is_error) in zip(sent, answers, strict=True):
            call.settle(text, is_error)
            if is_error:
                self._failed.append(call)

    def finish(self):
        """Makes the calls that nobody has waited for, and returns those of the failed ones whose errors nobody has seen."""
        while self.waiting:
            self.send()
        if not self._failed:
            return ()
        unseen = [call for call in self._failed if not call.is_seen]
        self._failed = []
        return unseen

    def forget(self):
        self.waiting.clear()
        self._bytes = 0
        self._failed = []


QUEUE = Queue()


class Call(Coroutine):
    """A call that is queued or done. It can be awaited, given to asyncio's functions, and asked for its `result()`."""

    __slots__ = ("skill", "method", "arguments", "is_seen", "_text", "_is_error", "_is_done", "_waiters", "_steps")

    def __init__(self, skill, method, arguments):
        self.skill, self.method, self.arguments = skill, method, arguments
        self.is_seen = self._is_done = self._is_error = False
        self._text = None
        self._waiters = self._steps = None
        QUEUE.add(self)

    def settle(self, text, is_error):
        self._text, self._is_error, self._is_done = text, is_error, True
        self.arguments = None
        for waiter in self._waiters or ():
            if not waiter.done():
                waiter.set_result(None)
        self._waiters = None

    @property
    def text(self):
        """The result as JSON, or the error's text."""
        return self._text

    def done(self):
        """Tells whether the call has been made."""
        return self._is_done

    def result(self):
        """Makes the call if it has not been made, and returns its result: for functions that cannot await."""
        if not self._is_done:
            QUEUE.send()
        self.is_seen = True
        if self._is_error:
            raise ToolError(self._text, self.skill, self.method)
        return values.decode(self._text)

    def __await__(self):
        if not self._is_done:
            loop = _get_running_loop()
            is_idle = getattr(loop, "is_idle", None)
            # With nothing else to do, the loop would send the queue next.
            if is_idle is None or is_idle():
                QUEUE.send()
            else:
                waiter = loop.create_future()
                if self._waiters is None:
                    self._waiters = []
                self._waiters.append(waiter)
                yield from waiter
        return self.result()

    # What `create_task` takes is a coroutine.

    def send(self, value):
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.send(value)

    def throw(self, *error):
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.throw(*error)

    def close(self):
        if self._steps is not None:
            self._steps.close()

    def __repr__(self):
        state = "failed" if self._is_error else "done" if self._is_done else "queued"
        return f"<call of {self.skill}.{self.method}, {state}>"
