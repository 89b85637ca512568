"""What waits for another thread or for a descriptor. There are no threads: what would wait without end is an error, since here
it would end the instance, and with it the session."""

import select
import selectors
import sys
import time
import _thread

NEVER = "this waits for something that cannot happen"

_sleep = time.sleep
_select = select.select


def time_left():
    """Returns how many milliseconds the call has; none without a deadline."""
    return None


class Lock:
    """A lock. One that is held can be waited for until a timeout only."""

    __slots__ = ("_is_held", "__weakref__")

    def __init__(self):
        self._is_held = False

    def acquire(self, blocking=True, timeout=-1):
        """Takes the lock, and returns whether it could be taken."""
        if timeout != -1:
            if not blocking:
                raise ValueError("can't specify a timeout for a non-blocking call")
            if timeout < 0:
                raise ValueError("timeout value must be a non-negative number")
        if not self._is_held:
            self._is_held = True
            return True
        if not blocking:
            return False
        if timeout == -1:
            raise RuntimeError(f"{NEVER}: a lock is held, and there is no other thread that could release it")
        sleep(timeout)
        return False

    def release(self):
        """Releases the lock."""
        if not self._is_held:
            raise RuntimeError("release unlocked lock")
        self._is_held = False

    def locked(self):
        """Tells whether the lock is held."""
        return self._is_held

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *_):
        self.release()

    def _at_fork_reinit(self):
        self._is_held = False

    def __repr__(self):
        return f"<{'locked' if self._is_held else 'unlocked'} _thread.lock object at {id(self):#x}>"

    acquire_lock, release_lock, locked_lock = acquire, release, locked


class Poll:
    """A poll of descriptors, of which there has to be one at least."""

    def __init__(self):
        self._poll, self._known = _poll(), set()

    def register(self, fd, *events):
        self._poll.register(fd, *events)
        self._known.add(_number(fd))

    def modify(self, fd, events):
        self._poll.modify(fd, events)

    def unregister(self, fd):
        self._poll.unregister(fd)
        self._known.discard(_number(fd))

    def poll(self, timeout=None, /):
        """Waits for milliseconds, or until a descriptor is ready."""
        if self._known:
            return self._poll.poll(timeout)
        _wait_for_nothing(None if timeout is None or timeout < 0 else timeout / 1000)
        return []


_poll = getattr(select, "poll", None)


def sleep(seconds, /):
    """Sleeps. What takes longer than the call may take is an error, before the host ends the instance."""
    if isinstance(seconds, (int, float)) and seconds > 0:
        left = time_left()
        if left is not None and seconds * 1000 > left:
            raise RuntimeError(
                f"this waits for longer than the {left / 1000:g} seconds that this call has left: see runtime.timeout_ms of the "
                "manifest"
            )
    _sleep(seconds)


def choose(read, write, exceptional, timeout=None, /):
    """Waits for descriptors, as `select.select` does."""
    # Any iterable can be given.
    given = [list(each) for each in (read, write, exceptional)]
    if any(given):
        return _select(*given, timeout)
    _wait_for_nothing(timeout)
    return [], [], []


def no_thread(*_, **__):
    """Refuses to start a thread."""
    raise RuntimeError(
        "can't start new thread: there are no threads here. asyncio runs functions concurrently; asyncio.to_thread and "
        "ThreadPoolExecutor call them at once"
    )


def install(asked):
    """Has the library use these, wherever it has taken the others. `asked()` returns the milliseconds that the call has."""
    global time_left
    time_left = asked
    import queue

    held = type(_thread.allocate_lock())
    others = {
        held: Lock,
        _thread.allocate_lock: Lock,
        _thread.start_new_thread: no_thread,
        getattr(_thread, "start_joinable_thread", None): no_thread,
        time.sleep: sleep,
        select.select: choose,
        _poll: Poll,
        # This one waits in C.
        queue.SimpleQueue: queue._PySimpleQueue,
    }
    for module in list(sys.modules.values()):
        replace(module, others, held)
    selectors.SelectSelector._select = lambda self, *given: choose(*given)
    if _poll:
        selectors.PollSelector._selector_cls = Poll


def replace(module, others, held):
    """Replaces what a module has of `others`, and its locks."""
    if module is sys.modules[__name__]:
        return
    for name, value in list(getattr(module, "__dict__", {}).items()):
        if type(value) is held:
            setattr(module, name, Lock())
        elif isinstance(value, (type, type(len), type(install))) and value in others:
            setattr(module, name, others[value])


def _wait_for_nothing(timeout):
    if timeout is None:
        raise RuntimeError(f"{NEVER}: there is no descriptor to wait for, and no timeout")
    sleep(timeout)


def _number(fd):
    return fd if isinstance(fd, int) else fd.fileno()
