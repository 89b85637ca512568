"""`concurrent.futures.ThreadPoolExecutor` without threads."""

import concurrent.futures
import concurrent.futures.thread


class ThreadPoolExecutor(concurrent.futures.Executor):
    """An executor that calls a function when it is submitted."""

    def __init__(self, max_workers=None, thread_name_prefix="", initializer=None, initargs=(), **_):
        if max_workers is not None and max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        self._initializer, self._initargs, self._is_shut_down = initializer, initargs, False

    def submit(self, fn, /, *args, **kwargs):
        """Calls a function, and returns a future that is done."""
        if self._is_shut_down:
            raise RuntimeError("cannot schedule new futures after shutdown")
        if self._initializer is not None:
            initializer, self._initializer = self._initializer, None
            initializer(*self._initargs)
        future = concurrent.futures.Future()
        future.set_running_or_notify_cancel()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future

    def shutdown(self, wait=True, *, cancel_futures=False):
        self._is_shut_down = True


ThreadPoolExecutor.__module__ = "concurrent.futures.thread"


def install():
    """Makes this executor the library's."""
    concurrent.futures.ThreadPoolExecutor = concurrent.futures.thread.ThreadPoolExecutor = ThreadPoolExecutor
