"""asyncio without an operating system's events: what there is to wait for is the clock, and calls of tools."""

import asyncio
import weakref
from asyncio import base_events, events

from . import blocking, calls
from .spare import Spare


class Loop(base_events.BaseEventLoop):
    """An event loop that sleeps."""

    def __init__(self):
        super().__init__()
        self._selector = self
        self._made = weakref.WeakSet()

    def create_task(self, coro, **options):
        if isinstance(coro, calls.Call):
            coro = calls.awaited(coro)
        task = super().create_task(coro, **options)
        self._made.add(task)
        return task

    def run_until_complete(self, future):
        return super().run_until_complete(calls.awaited(future) if isinstance(future, calls.Call) else future)

    def report_failed(self):
        """Prints the errors of tasks that nothing has asked for, as Python does when it forgets a task."""
        for task in list(self._made):
            if task.done() and not task.cancelled() and task._log_traceback:
                # The task is left out: it would be shown with the error's text, once more.
                message = f"Task exception was never retrieved: {task.get_name()}"
                self.call_exception_handler({"message": message, "exception": task.exception()})

    def select(self, timeout):
        """Waits until something can go on."""
        if timeout is not None and timeout <= 0:
            return ()
        if calls.QUEUE.waiting:
            calls.QUEUE.send()
        elif timeout is None:
            self._wake(f"{blocking.NEVER}: no timer runs, and no tool is called")
        else:
            try:
                blocking.sleep(timeout)
            except RuntimeError as error:
                self._wake(str(error))
        return ()

    def _wake(self, text):
        """Ends what is waited for in vain, so that the traceback shows where."""
        for task in asyncio.all_tasks(self):
            waiter = task._fut_waiter
            if waiter is not None and not isinstance(waiter, asyncio.Task) and not waiter.done():
                waiter.set_exception(RuntimeError(text))
        if not self._ready:
            raise RuntimeError(text)

    def _process_events(self, event_list):
        pass

    def _write_to_self(self):
        pass

    def run_in_executor(self, executor, func, *args):
        """Calls the function at once, if no executor is named: there are no threads."""
        if executor is not None:
            return super().run_in_executor(executor, func, *args)
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future


def install():
    """Makes that loop the default."""

    # Public until 3.13.
    base = getattr(events, "_BaseDefaultEventLoopPolicy", None) or events.BaseDefaultEventLoopPolicy

    class Policy(base):
        _loop_factory = Loop

        def get_event_loop(self):
            """Returns the current loop; outside of one that runs, the program's."""
            if _current is None or _current.is_closed():
                self.set_event_loop(self.new_event_loop())
            return _current

        def set_event_loop(self, loop):
            global _current
            _current = loop

    events._event_loop_policy = Policy()
    asyncio.EventLoop = asyncio.SelectorEventLoop = Loop


def run(coroutine):
    """Runs a coroutine to its end, as `asyncio.run` does."""
    loop = spare.take()
    try:
        return loop.run_until_complete(coroutine)
    finally:
        events._set_running_loop(None)
        _end(loop)


def finish():
    """Ends the loop that a program has made without running it to its end."""
    global _current
    if _current is None:
        return
    loop, _current = _current, None
    if not loop.is_closed() and not loop.is_running():
        _end(loop)


def _end(loop):
    left = [task for task in asyncio.all_tasks(loop) if not task.done()]
    if left:
        for task in left:
            task.cancel()
        # Unlike gather, this asks for no errors.
        loop.run_until_complete(asyncio.wait(left))
    if loop._asyncgens:
        loop.run_until_complete(loop.shutdown_asyncgens())
    loop.report_failed()
    loop.close()


# The loop that a program has set, or that it has been given.
_current = None
spare = Spare(Loop)
