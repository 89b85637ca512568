import collections
import dataclasses
import datetime
import decimal
import enum
import sys
import unittest
import uuid

from engine import failures, source, values
from engine.output import Output, Streams


@dataclasses.dataclass
class Point:
    x: int


class Kind(enum.Enum):
    A = "a"


class Values(unittest.TestCase):
    def test_json_of_values(self):
        for value, text in [
            (1, "1"),
            ([1, 2.5, None, True, "é"], '[1,2.5,null,true,"é"]'),
            ({"a": {"b": ()}}, '{"a":{"b":[]}}'),
            ({1: 2, None: 3}, '{"1":2,"null":3}'),
            ("\ud800", '"\\ud800"'),
            (["\ud800", "é"], '["\\ud800","\\u00e9"]'),
            (Point(1), '{"x":1}'),
            (Kind.A, '"a"'),
            ({1}, "[1]"),
            (range(3), "[0,1,2]"),
            (collections.deque([1]), "[1]"),
            (collections.Counter("a"), '{"a":1}'),
            ({"a": 1}.keys(), '["a"]'),
            (datetime.date(2024, 5, 6), '"2024-05-06"'),
            (datetime.datetime(2024, 5, 6, 7), '"2024-05-06T07:00:00"'),
            (decimal.Decimal("1.10"), '"1.10"'),
            (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
            ("x" * (values.MOST - 2), '"' + "x" * (values.MOST - 2) + '"'),
        ]:
            with self.subTest(value=repr(value)[:50]):
                self.assertEqual(values.show(value), (text, None))

    def test_what_json_cannot(self):
        circle = []
        circle.append(circle)
        for value, text in [
            (float("nan"), "nan"),
            ([float("inf")], "[inf]"),
            (b"x", "b'x'"),
            ({"a": b"x"}, "{'a': b'x'}"),
            ({(1, 2): 3}, "{(1, 2): 3}"),
            (1j, "1j"),
            (circle, "[[...]]"),
            (int, "<class 'int'>"),
            ([{"\ud800": b""}], "[{'\\ud800': b''}]"),
        ]:
            with self.subTest(text):
                self.assertEqual(values.show(value), (None, text))

        class Text(str):
            def encode(self, *_):
                return self

        class Shown:
            def __repr__(self):
                return Text("shown")

        self.assertIs(type(values.show(Shown())[1]), str)
        _, text = values.show(b"x" * 200_000)
        self.assertTrue(text.endswith(f"… ({200_003 - values.MOST_REPR} more characters)"))

    def test_large_values_are_refused(self):
        for value in ["x" * (values.MOST - 1), ["x" * values.MOST], list(range(values.MOST))]:
            with self.assertRaisesRegex(values.TooLarge, "characters, and at most"):
                values.show(value)

    def test_json_is_read(self):
        for text, value in [("1", 1), (' {"a" : [ ]} \n', {"a": []}), ('"\\ud800"', "\ud800"), ("1e400", float("inf"))]:
            self.assertEqual(values.decode(text), value)
        for text in ["", " ", "x", "{", "[1,]", "1 2", "NaN", "-Infinity", "\u00a01", "'a'"]:
            with self.subTest(text), self.assertRaises(ValueError):
                values.decode(text)


    def test_depth_is_bounded(self):
        for text in ["[" * 900 + "]" * 900, "[" + ",".join(["[]"] * 5000) + "]", '["' + "[" * 5000 + '"]', '["\\"' + "[" * 5000 + '"]']:
            values.parse(text)
        for text in ["[" * 1001 + "]" * 1001, "[" * 1_000_000, '{"a":' * 1001, '"' * 1_000_001 + "[" * 2000]:
            with self.assertRaises(ValueError):
                values.parse(text)


class Printed(unittest.TestCase):
    def test_beginning_and_end_are_kept(self):
        for parts in (["a" * 10, "b" * 100, "c" * 5], ["a" * 10 + "b" * 100 + "c" * 5], list("a" * 10 + "b" * 100 + "c" * 5)):
            output = Output(head=10, tail=5)
            for part in parts:
                output.add(part.encode())
            self.assertEqual(output.text(), f"{'a' * 10}\n[… 100 bytes of output are left out …]\nccccc")

    def test_what_fits_is_whole(self):
        for size in range(16):
            output = Output(head=10, tail=5)
            output.add(b"x" * size)
            self.assertEqual(output.text(), "x" * size)

    def test_no_half_characters(self):
        output = Output(head=3, tail=3)
        output.add("éééééééé".encode())
        self.assertEqual(output.text(), "é\n[… 10 bytes of output are left out …]\né")

    def test_order_of_both_streams(self):
        before = sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__
        streams = Streams()
        try:
            streams.begin()
            print("a", end="")
            print("b", end="", file=sys.stderr)
            print("\ud800 é", end="")
            sys.stdout.buffer.write(b"\xff")
            sys.stdout.close()
            print("c", end="")
            sys.stderr.close()
        finally:
            sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__ = before
        streams.warn("w")
        self.assertEqual(streams.text().replace("\ufffd", ""), "ab\\ud800 écw\n")


class Tracebacks(unittest.TestCase):
    def failing(self, text):
        try:
            source.prepare(text, "<program>", False).run({})
        except BaseException as error:
            return failures.describe(error)
        return self.fail("it does not fail")

    def test_lines_of_the_program_are_shown(self):
        text = self.failing("def f():\n    return 1 / 0\nf()")
        self.assertTrue(text.startswith('Traceback (most recent call last):\n  File "<program>", line 3, in <module>\n    f()\n'))
        self.assertIn('File "<program>", line 2, in f\n    return 1 / 0\n', text)
        self.assertTrue(text.endswith("ZeroDivisionError: division by zero"))
        self.assertNotIn("engine", text)
        self.assertNotIn(__file__, text)

    def test_causes_and_contexts_too(self):
        text = self.failing("try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise ValueError('b') from e")
        self.assertIn("direct cause", text)
        self.assertNotIn(__file__, text)

    def test_errors_that_cannot_be_shown(self):
        for text, shown in [
            ("class E(Exception):\n    def __str__(self): raise SystemExit\nraise E", "E: <exception str() failed>"),
            ("raise Exception('\\ud800')", "Exception: \\ud800"),
            ("1 +", "SyntaxError: invalid syntax"),
            ("raise MemoryError", "memory_limit_mb"),
            ("import nonesuch", "packages of PyPI are not"),
            ("open('a.txt')", "paths are absolute"),
            ("open('/nonesuch/a')", "permissions.fs.dirs"),
        ]:
            with self.subTest(text):
                self.assertIn(shown, self.failing(text))

    def test_a_path_that_is_denied_names_the_line(self):
        asked = []
        self.addCleanup(failures.ask, lambda path: None)
        failures.ask(lambda path: asked.append(path) or "permission denied: LINE")
        self.assertIn("'/nonesuch/a'\nNote: permission denied: LINE", self.failing("open('/nonesuch/a')"))
        self.assertIn("Note: permission denied: LINE", self.failing("import os; os.rename('/nonesuch/b', '/x')"))
        self.failing("open('a.txt')")
        self.failing("open('/usr/nonesuch/a')")
        self.assertEqual(asked, ["/nonesuch/a", "/nonesuch/b"])

    def test_length_is_bounded(self):
        text = self.failing("raise Exception('x' * 100_000)")
        self.assertLess(len(text), failures.MOST + 100)
        self.assertIn("characters are left out", text)


class Sources(unittest.TestCase):
    def test_values_of_last_expressions(self):
        for text, value in [
            ("1 + 1", 2),
            ("1 + 1\n", 2),
            ("x = 2\nx * 2", 4),
            ("x = 2; x * 2", 4),
            ("x = 2", None),
            ("", None),
            ("# nothing", None),
            ("def f(): return 3\nf()", 3),
            ("if True:\n    5", None),
            ("(x := 4)", 4),
            ("print", print),
        ]:
            with self.subTest(text):
                names = {}
                self.assertEqual(source.prepare(text, "<program>", True).run(names), value)
                self.assertNotIn(source.VALUE, names)
                self.assertIsNone(source.prepare("1\n2", "<program>", False).run({}))

    def test_what_waits(self):
        for text, waits in [("await x", True), ("await x\n1", True), ("async def f(): await x", False), ("1", False)]:
            self.assertEqual(source.prepare(text, "<program>", True).waits, waits, text)

    def test_programs_that_are_remembered(self):
        import linecache

        for number in range(source.MOST_KEPT + 10):
            source.prepare(f"{number}", f"<program {number}>", True)
        self.assertEqual(linecache.getline("<program 9>", 1), "")
        self.assertEqual(linecache.getline("<program 10>", 1), "10")
        source.forget()
        self.assertEqual(linecache.getline("<program 70>", 1), "")


if __name__ == "__main__":
    unittest.main()
