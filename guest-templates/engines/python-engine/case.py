"""What the tests of programs share."""

import asyncio
import json
import sys
import unittest

from engine import calls, loop, programs
from engine.output import Streams
from engine.tools import Tools


class Host:
    """Answers calls, and remembers which came together."""

    def __init__(self):
        self.together = []

    def invoke(self, call):
        return self.batch([call])[0]

    def batch(self, sent):
        self.together.append([f"{call.skill}.{call.method}" for call in sent])
        return [self.answer(call.skill, call.method, call.arguments) for call in sent]

    def answer(self, skill, method, arguments):
        if method == "fail":
            return f"{skill} fails", True
        return json.dumps({"skill": skill, "method": method, "given": json.loads(arguments)}), False


class Programs(unittest.TestCase):
    """Runs programs, whose calls a host of the test answers."""

    @classmethod
    def setUpClass(cls):
        usual = asyncio.events._event_loop_policy, getattr(asyncio, "EventLoop", None), asyncio.SelectorEventLoop
        loop.install()

        def restore():
            asyncio.events._event_loop_policy, asyncio.EventLoop, asyncio.SelectorEventLoop = usual

        cls.addClassCleanup(restore)

    def setUp(self):
        self.host = Host()
        calls.QUEUE.forget()
        calls.QUEUE.invoke, calls.QUEUE.batch = self.host.invoke, self.host.batch
        self.kept = sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__, sys.modules["__main__"]
        self.tools = Tools(lambda: ["a-b", "c", "d_e", "d-e"], lambda id: ["m", "import"] if id == "c" else [])

    def tearDown(self):
        sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__, sys.modules["__main__"] = self.kept

    def run_program(self, text, place=None, kept=None):
        place = place or programs.module(self.tools)
        ended = programs.run(text, "<program>", place, Streams(), kept=kept)
        sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__, sys.modules["__main__"] = self.kept
        return ended
