"""Calls of other skills: queued when they are made, and sent together once the program has nothing else to do."""

from asyncio import CancelledError, _get_running_loop, events

from . import values

# What one `batch` takes.
MOST_TOGETHER = 1000
# What a program is told that uses a call as if it were the result.
AWAIT = "await it to use its result"
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
    """Calls that wait. The host makes them: `invoke(call)` returns a text and whether it is an error, and `batch(calls)` those of
    several calls, which run at the same time."""

    def __init__(self):
        self.invoke = self.batch = None
        self.waiting = []
        self.bytes = 0
        self._failed = []

    def send(self):
        """Makes the calls that wait now."""
        sent = self.waiting
        if not sent:
            return
        self.waiting, self.bytes = [], 0
        if len(sent) == 1:
            self._settle(sent[0], *self.invoke(sent[0]))
        else:
            for call, answer in zip(sent, self.batch(sent), strict=True):
                self._settle(call, *answer)

    def _settle(self, call, text, is_error):
        call.settle(text, is_error)
        if is_error:
            self._failed.append(call)

    def remove(self, call):
        if call in self.waiting:
            self.waiting.remove(call)
            self.bytes -= len(call.arguments)

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
        self.waiting, self.bytes = [], 0
        self._failed = []


QUEUE = Queue()


class Call:
    """A call that is queued or done. It can be awaited, given to asyncio's functions as a future, and asked for its `result()`."""

    # What makes it a future for asyncio, which then needs no task for it.
    _asyncio_future_blocking = False

    is_seen = _is_done = _is_error = _is_cancelled = False
    _text = _callbacks = None
    # The result as a one-tuple, once it has been read for whoever asks next.
    _read = None

    def __init__(self, skill, method, arguments):
        self.skill, self.method, self.arguments = skill, method, arguments
        QUEUE.waiting.append(self)
        QUEUE.bytes += len(arguments)
        if QUEUE.bytes > MOST_WAITING or len(QUEUE.waiting) >= MOST_TOGETHER:
            QUEUE.send()

    def settle(self, text, is_error):
        self._text, self._is_error, self._is_done = text, is_error, True
        self.arguments = None
        if self._callbacks:
            self._call_back()

    @property
    def text(self):
        """The result as JSON, or the error's text."""
        return self._text

    def result(self):
        """Makes the call if it has not been made, and returns its result: for functions that cannot await."""
        if not self._is_done:
            # Most programs make one call after the other. What is done for each counts: all of it is out of the processor's
            # caches once another skill has run.
            waiting = QUEUE.waiting
            if self._callbacks is None and len(waiting) == 1 and waiting[0] is self:
                QUEUE.waiting, QUEUE.bytes = [], 0
                self._text, is_error = QUEUE.invoke(self)
                self.arguments, self._is_done, self._is_error, self.is_seen = None, True, is_error, True
                if not is_error:
                    try:
                        return values.decode(self._text)
                    except MemoryError:
                        # Once more below, where it becomes the call's error.
                        pass
            else:
                QUEUE.send()
        self.is_seen = True
        if self._read is None:
            self._read_result()
        if self._is_error:
            raise self._error()
        (value,), self._read = self._read, None
        return value

    def __await__(self):
        if not self._is_done:
            loop = _get_running_loop()
            # With nothing else to do, the loop would send the queue next.
            if loop is not None and loop._ready:
                self._asyncio_future_blocking = True
                yield self
        return self.result()

    def _read_result(self):
        """Reads the result. Where it does not fit into memory the call has failed: a callback of asyncio's must not raise that."""
        if self._is_error or self._read is not None:
            return
        try:
            self._read = (values.decode(self._text),)
        except MemoryError:
            self._text, self._is_error = "the result cannot be read: memory is used up", True

    def __getattr__(self, name):
        raise AttributeError(f"a call has no {name}: {AWAIT}", name=name, obj=self)

    def _unawaited(self, *_):
        raise TypeError(f"a call is not what it returns: {AWAIT}")

    __getitem__ = __iter__ = __contains__ = __len__ = _unawaited

    def __bool__(self):
        return True

    def __repr__(self):
        state = "failed" if self._is_error else "done" if self._is_done else "queued"
        return f"<call of {self.skill}.{self.method}, {state}>"

    def _error(self):
        return CancelledError() if self._is_cancelled else ToolError(self._text, self.skill, self.method)

    def _call_back(self):
        callbacks, self._callbacks = self._callbacks, None
        for loop, callback, context in callbacks:
            if loop is None:
                callback(self)
            else:
                loop.call_soon(callback, self, context=context)

    # A future of asyncio.

    def done(self):
        """Tells whether the call has been made."""
        return self._is_done

    def cancelled(self):
        return self._is_cancelled

    def exception(self):
        self.is_seen = True
        if self._is_done:
            self._read_result()
        return self._error() if self._is_error else None

    def get_loop(self):
        return events.get_event_loop()

    def add_done_callback(self, callback, *, context=None):
        if self._callbacks is None:
            self._callbacks = []
        self._callbacks.append((_get_running_loop(), callback, context))
        if self._is_done:
            self._call_back()

    def remove_done_callback(self, callback):
        kept = [each for each in self._callbacks or () if each[1] != callback]
        removed = len(self._callbacks or ()) - len(kept)
        self._callbacks = kept
        return removed

    def cancel(self, msg=None):
        """Takes the call back, if it has not been made."""
        if self._is_done:
            return False
        QUEUE.remove(self)
        self._is_cancelled = self.is_seen = True
        self.settle("cancelled", True)
        return True


async def awaited(call):
    """Awaits a call, for what takes coroutines only."""
    return await call
