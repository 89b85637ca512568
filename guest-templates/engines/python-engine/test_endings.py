import atexit
import json
import os
import sys
import tempfile
import unittest
from unittest import mock

from case import Programs
from engine import descriptors, exits, isolation, programs
from engine.output import Streams


class Descriptors(Programs):
    def setUp(self):
        super().setUp()
        names = [name for name in ("write", "writev", "close") if hasattr(os, name)]
        patches = {f"os.{name}": getattr(descriptors, name) for name in names}
        patches |= {"builtins.open": descriptors.open, "io.open": descriptors.open}
        patches["faulthandler.dump_traceback"] = descriptors.dump_traceback
        for name, function in patches.items():
            patch = mock.patch(name, function)
            patch.start()
            self.addCleanup(patch.stop)
        self.addCleanup(descriptors.begin, None)

    def test_whatever_is_written_is_output_in_order(self):
        for text, output in {
            "print(1); os.write(1, b'2\\n'); print(3)": "1\n2\n3\n",
            "print(1); os.write(2, b'2\\n'); print(3, file=sys.stderr)": "1\n2\n3\n",
            "print(1); os.writev(1, [b'2', bytearray(b'\\n')]); print(3)": "1\n2\n3\n",
            "print(1, file=sys.__stdout__); print(2, file=sys.__stderr__); print(3)": "1\n2\n3\n",
            "print(1); os.write(sys.stdout.fileno(), b'2\\n'); os.write(sys.stderr.fileno(), b'3\\n')": "1\n2\n3\n",
            "print(1); f = open(1, 'w'); f.write('2\\n'); print(3)": "1\n2\n3\n",
            "print(1)\nwith open(2, 'wb', closefd=False) as f: f.write(b'2\\n')\nprint(3)": "1\n2\n3\n",
            "print(1)\nwith os.fdopen(1, 'w') as f: print('\\ud800', file=f)\nprint(3)": "1\n\\ud800\n3\n",
            "os.close(1); os.close(2); os.close(0); print(1); os.write(1, b'2\\n')": "1\n2\n",
            "import array; os.write(1, array.array('H', [0x3131, 0x0a32])) == 4 and print(3)": "112\n3\n",
            "sys.stdout.buffer.write(memoryview(b'12\\n')); print(sys.stdout.buffer.write(b'3'))": "12\n31\n",
            "import faulthandler\ndef f(): faulthandler.dump_traceback()\nprint(1)\nf()": (
                "1\nCurrent thread 0x0000000000000001 [MainThread] (most recent call first):\n"
                '  File "<program>", line 3 in f\n  File "<program>", line 5 in <module>\n'
            ),
            "print(open(0).read() == '' == open(0, 'r').readline(), open(0, 'rb').read())": "True b''\n",
        }.items():
            with self.subTest(text):
                ended = self.run_program(f"import os, sys\n{text}\nNone")
                self.assertEqual((ended.error, ended.output), (None, output))
        self.assertIn("TypeError", self.run_program("import os; os.write(1, 'text')").error)

    def test_files_that_are_left_open_are_written(self):
        with tempfile.TemporaryDirectory() as folder:
            for text in (
                "f = open(path, 'w'); f.write('all')",
                "def f(): pass\nf.file = open(path, 'w'); f.file.write('all')",
                "f = open(path, 'wb'); f.write(b'all'); 1/0",
                "import pathlib\nf = pathlib.Path(path).open('w'); f.write('all')",
                "f = open(path, 'w+'); f.write('all')",
                "f = open(path, 'w'); f.write('all'); f.close()",
            ):
                with self.subTest(text):
                    place = programs.module(self.tools)
                    place.path = f"{folder}/x.txt"
                    self.run_program(text, place, exits.Exits())
                    with open(place.path) as file:
                        self.assertEqual(file.read(), "all")
                    os.remove(place.path)


    def test_many_files_are_not_remembered_once_they_are_closed(self):
        with tempfile.TemporaryDirectory() as folder:
            place = programs.module(self.tools)
            place.folder = folder
            self.run_program(
                "kept = open(f'{folder}/kept.txt', 'w'); kept.write('all')\n"
                "for n in range(600): open(f'{folder}/x.txt', 'w').close()\n"
                "del n",
                place,
            )
            self.assertLess(len(descriptors._written), descriptors._MOST_REMEMBERED)
            with open(f"{folder}/kept.txt") as file:
                self.assertEqual(file.read(), "all")


class Exits(Programs):
    def setUp(self):
        super().setUp()
        self.before = {name: getattr(atexit, name) for name in ("register", "unregister")}
        atexit.register = lambda function, /, *args, **kwargs: exits._current.register(function, *args, **kwargs)
        atexit.unregister = lambda function, /: exits._current.unregister(function)

    def tearDown(self):
        for name, function in self.before.items():
            setattr(atexit, name, function)
        super().tearDown()

    def test_functions_are_called_at_the_end(self):
        for text, output in {
            "atexit.register(print, 1); atexit.register(print, 2, end='!\\n'); print(0)": "0\n2!\n1\n",
            "@atexit.register\ndef f(): print(1)": "1\n",
            "atexit.register(print, 1); atexit.register(print, 2); atexit.unregister(print)": "",
            "atexit.register(lambda: atexit.register(print, 1))": "1\n",
            "atexit.register(print, 1); raise SystemExit": "1\n",
            "atexit.register(print, 1); 1/0": "1\n",
            "import asyncio\nawait asyncio.sleep(0)\natexit.register(print, 1)": "1\n",
            "atexit.register(lambda: print(tools.c.m().result()['method']))": "m\n",
            "atexit.register(print, 1)\nclass R:\n    def __repr__(self): 1/0\n    def __call__(self): raise SystemExit\natexit.register(R())": "Exception ignored in atexit callback R:\nTraceback (most recent call last):\n  File \"<program>\", line 5, in __call__\nSystemExit\n1\n",
        }.items():
            with self.subTest(text):
                self.assertEqual(self.run_program(f"import atexit\n{text}\nNone").output, output)
        told = self.run_program("import atexit\n@atexit.register\ndef f(): 1/0\nNone")
        self.assertIsNone(told.error)
        self.assertRegex(told.output, r"^Exception ignored in atexit callback <function f at .*>:\nTraceback.*\n  File \"<program>\", line 3, in f\n")
        self.assertIn("TypeError: the first argument must be callable", self.run_program("import atexit; atexit.register(5)").error)

    def test_a_session_ends_later(self):
        kept, place = exits.Exits(), programs.module(self.tools)
        self.assertEqual(self.run_program("import atexit\natexit.register(print, 'session')\nNone", place, kept).output, "")
        self.assertEqual(self.run_program("import atexit\natexit.register(print, 'program')\nNone").output, "program\n")
        self.assertEqual(self.run_program("atexit.register(tools.c.fail)\nNone", place, kept).output, "")
        printed = programs.end(place, Streams(), kept)
        sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__, sys.modules["__main__"] = self.kept
        self.assertEqual(printed, "session\ntools.c.fail failed, and was not awaited: c fails\n")


class Isolation(Programs):
    def test_a_program_apart_sees_nothing_of_a_session(self):
        isolation.take()
        # The modules of the engine are in `sys.modules` while this is taken, and it is of no use if it restores itself.
        self.assertIsNotNone(isolation._new)
        os.environ["GIVEN"] = "1"
        isolation.open_session()
        place = programs.module(self.tools)
        self.run_program(
            "import builtins, json, os, sys, types, colorsys\nx = builtins.left = 1\njson.dumps = json.left = 'session'\n"
            "sys.modules['left'] = types.ModuleType('left')\nsys.path.append('/left')\nsys.meta_path.append(1)\nos.environ['LEFT'] = '1'\nos.environ['GIVEN'] = '2'\n"
            "del json.loads\nsys.left = 1",
            place,
        )
        try:
            with isolation.Apart():
                for text, value in {
                    "x": None,
                    "left": None,
                    "import left": None,
                    "import json; [hasattr(json, 'left'), json.dumps([1]), json.loads('5')]": [False, "[1]", 5],
                    "import sys; ['/left' in sys.path, 1 in sys.meta_path, hasattr(sys, 'left')]": [False, False, False],
                    "import os; [os.environ.get('LEFT'), os.environ['GIVEN']]": [None, "1"],
                    "import json, builtins, sys; json.dumps = builtins.other = 5; sys.path.append('/other'); del json.load; import this": None,
                }.items():
                    with self.subTest(text):
                        ended = self.run_program(text)
                        self.assertEqual(ended.value and json.loads(ended.value), value)
            ended = self.run_program(
                "import sys\n[x, left, json.dumps, hasattr(json, 'loads'), callable(json.load), 'left' in sys.modules, sys.path[-1], 'this' in sys.modules,"
                " hasattr(builtins, 'other'), os.environ['LEFT']]",
                place,
            )
            self.assertEqual(ended.value, '[1,1,"session",false,true,true,"/left",false,false,"1"]')
        finally:
            isolation._new.restore()
            del os.environ["GIVEN"]


if __name__ == "__main__":
    unittest.main()
