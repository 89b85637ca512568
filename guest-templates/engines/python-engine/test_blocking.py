import queue
import signal
import threading
import types
import unittest
from unittest import mock

from engine import blocking, exits, pools

NEVER = "this waits for something that cannot happen"


class Blocking(unittest.TestCase):
    def setUp(self):
        """Lets `threading` have these locks, as in the component."""
        names = [name for name in ("Lock", "_allocate_lock") if hasattr(threading, name)]
        for name in names:
            patch = mock.patch.object(threading, name, blocking.Lock)
            patch.start()
            self.addCleanup(patch.stop)
        self.slept = []
        patch = mock.patch.object(blocking, "_sleep", self.slept.append)
        patch.start()
        self.addCleanup(patch.stop)

    def test_what_waits_without_end_is_an_error(self):
        held = blocking.Lock()
        held.acquire()
        condition = threading.Condition()
        for what, wait in {
            "a lock": held.acquire,
            "with": held.__enter__,
            "Event": threading.Event().wait,
            "Condition": lambda: condition.__enter__() and condition.wait(),
            "wait_for": lambda: condition.__enter__() and condition.wait_for(lambda: False),
            "Semaphore": threading.Semaphore(0).acquire,
            "BoundedSemaphore": threading.BoundedSemaphore(0).acquire,
            "Barrier": threading.Barrier(2).wait,
            "Queue.get": queue.Queue().get,
            "Queue.put": lambda: [full.put(n) for full in [queue.Queue(1)] for n in range(2)],
            "Queue.join": lambda: [joined.put(1) or joined.join() for joined in [queue.Queue()]],
            "SimpleQueue": queue._PySimpleQueue().get,
            "select": lambda: blocking.choose([], [], []),
            "select of iterables": lambda: blocking.choose(iter(()), (), {}),
            "poll": blocking.Poll().poll,
            "poll, -1": lambda: blocking.Poll().poll(-1),
        }.items():
            with self.subTest(what), self.assertRaisesRegex(RuntimeError, NEVER):
                wait()
        self.assertEqual(self.slept, [])

    def test_what_waits_for_a_time_sleeps(self):
        held = blocking.Lock()
        held.acquire()
        for what, wait, value in [
            ("a lock", lambda: held.acquire(timeout=2), False),
            ("Event", lambda: threading.Event().wait(2), False),
            ("Semaphore", lambda: threading.Semaphore(0).acquire(timeout=2), False),
            ("select", lambda: blocking.choose([], [], [], 2), ([], [], [])),
            ("poll", lambda: blocking.Poll().poll(2000), []),
        ]:
            with self.subTest(what):
                self.slept.clear()
                self.assertEqual(wait(), value)
                self.assertEqual([round(each, 1) for each in self.slept[:1]], [2])
        for wait in (held.acquire, threading.Semaphore(0).acquire):
            self.assertIs(wait(False), False)
        with self.assertRaises(queue.Empty):
            queue._PySimpleQueue().get(timeout=0.001)

    def test_locks(self):
        lock = blocking.Lock()
        self.assertIs(lock.acquire(), True)
        self.assertIs(lock.locked(), True)
        self.assertIn("<locked", repr(lock))
        lock.release()
        with lock:
            self.assertIs(lock.acquire(blocking=False), False)
        for wrong, error in [(lock.release, RuntimeError), (lambda: lock.acquire(False, 1), ValueError), (lambda: lock.acquire(True, -2), ValueError)]:
            with self.assertRaises(error):
                wrong()
        condition = threading.Condition()
        with condition:
            condition.notify_all()
        event = threading.Event()
        event.set()
        self.assertIs(event.wait(), True)
        filled = queue.Queue()
        filled.put(1)
        self.assertEqual(filled.get(), 1)

    def test_sleeping_for_longer_than_the_call_has(self):
        with mock.patch.object(blocking, "time_left", lambda: 1500):
            for seconds in (1.6, 600, float("inf"), 10**400):
                with self.subTest(seconds), self.assertRaisesRegex(RuntimeError, "longer than the 1.5 seconds that this call has left: see runtime.timeout_ms"):
                    blocking.sleep(seconds)
            for seconds in (0, 1, 1.4):
                blocking.sleep(seconds)
        blocking.sleep(600)
        self.assertEqual(self.slept, [0, 1, 1.4, 600])

    def test_what_modules_have_taken_is_replaced(self):
        import _thread

        held = type(_thread.allocate_lock())
        module = types.SimpleNamespace(make=_thread.allocate_lock, own=_thread.allocate_lock(), start=_thread.start_new_thread, x=None, y=1)
        blocking.replace(module, {_thread.allocate_lock: blocking.Lock, _thread.start_new_thread: blocking.no_thread, None: 5}, held)
        self.assertIs(module.make, blocking.Lock)
        self.assertIsInstance(module.own, blocking.Lock)
        self.assertEqual((module.x, module.y), (None, 1))
        with self.assertRaisesRegex(RuntimeError, "can't start new thread: there are no threads here. asyncio"):
            module.start(print, ())

    def test_pools_call_at_once(self):
        started = []
        with pools.ThreadPoolExecutor(2, initializer=started.append, initargs=(1,)) as pool:
            self.assertEqual(list(pool.map(len, ["a", "bb"])), [1, 2])
            self.assertIsInstance(pool.submit(lambda: 1 / 0).exception(), ZeroDivisionError)
            self.assertIs(pool.submit(int).done(), True)
        self.assertEqual(started, [1])
        with self.assertRaisesRegex(RuntimeError, "after shutdown"):
            pool.submit(int)
        for wrong, error in [({"max_workers": 0}, ValueError), ({"initializer": 5}, TypeError)]:
            with self.assertRaises(error):
                pools.ThreadPoolExecutor(**wrong)

    def test_signals_end_the_program(self):
        with self.assertRaises(SystemExit) as ended:
            exits.raise_signal(signal.SIGTERM)
        self.assertEqual(ended.exception.code, 128 + signal.SIGTERM)
        exits.raise_signal(signal.SIGCHLD)
        seen = []
        before = signal.signal(signal.SIGTERM, lambda *_: seen.append(1))
        exits.raise_signal(signal.SIGTERM)
        signal.signal(signal.SIGTERM, before)
        self.assertEqual(seen, [1])


if __name__ == "__main__":
    unittest.main()
