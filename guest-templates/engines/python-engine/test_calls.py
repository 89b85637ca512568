import asyncio
import json
import sys
import unittest

from case import Programs
from engine import loop, programs, values


class Calls(Programs):
    def test_calls_that_go_together(self):
        for text, together in [
            ("await tools.c.m(x=1)", [["c.m"]]),
            ("await tools.c.m()\nawait tools.c.n()", [["c.m"], ["c.n"]]),
            ("import asyncio\nawait asyncio.gather(tools.c.m(), tools.c.n())", [["c.m", "c.n"]]),
            ("x, y = tools.c.m(), tools.c.n()\nawait x", [["c.m", "c.n"]]),
            ("tools.c.m()\ntools.c.n()\n1", [["c.m", "c.n"]]),
            ("tools.c.m().result()\ntools.c.n()\n1", [["c.m"], ["c.n"]]),
            ("tools.c.m()\n1/0", [["c.m"]]),
            ("tools.c.m()\nraise SystemExit", [["c.m"]]),
            (
                "import asyncio\nasync def f(n):\n    await tools.c.m()\n    return await tools.c.n()\n"
                "await asyncio.gather(f(1), f(2))",
                [["c.m", "c.m"], ["c.n", "c.n"]],
            ),
            (
                "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    await tools.c.n()\n"
                "await asyncio.gather(f(), tools.c.m())",
                [["c.m", "c.n"]],
            ),
            ("import asyncio\nasync def f(): await tools.c.m()\nt = asyncio.create_task(f())\nawait t", [["c.m"]]),
            ("import asyncio\nawait asyncio.create_task(tools.c.m())", [["c.m"]]),
            ("import asyncio\nawait asyncio.wait_for(tools.c.m(), 5)", [["c.m"]]),
            ("import asyncio\nasync with asyncio.timeout(5): await tools.c.m()", [["c.m"]]),
            ("import asyncio\nt = tools.c.m()\nt.cancel()\nawait tools.c.n()", [["c.n"]]),
            ("import asyncio\nasync for c in asyncio.as_completed([tools.c.m(), tools.c.n()]): await c", [["c.m", "c.n"]]),
            ("import asyncio\nasync with asyncio.TaskGroup() as g:\n    for _ in range(3): g.create_task(tools.c.m())", [["c.m"] * 3]),
            ("for _ in range(1001): tools.c.m()", [["c.m"] * 1000, ["c.m"]]),
            ("for _ in range(3): tools.c.m(x='y' * 5_000_000)", [["c.m"] * 2, ["c.m"]]),
        ]:
            with self.subTest(text):
                self.host.together.clear()
                self.run_program(text)
                self.assertEqual(self.host.together, together)

    def test_results(self):
        for text, value in [
            ("await tools.c.m(x=1)", {"skill": "c", "method": "m", "given": {"x": 1}}),
            ("tools.c.m({'from': 1}, x=2)", {"skill": "c", "method": "m", "given": {"from": 1, "x": 2}}),
            ("tools['a-b'].m()['skill'] if False else (await tools.a_b.m())['skill']", "a-b"),
            ("(await tools['d-e'].m())['skill'], (await tools.d_e.m())['skill']", ["d-e", "d_e"]),
            ("(await tools.x_y.m())['skill']", "x_y"),
            ("import asyncio\n[c['method'] for c in await asyncio.gather(tools.c.m(), tools.c.n())]", ["m", "n"]),
            (
                "import asyncio\na, b = await asyncio.gather(tools.c.fail(), tools.c.n(), return_exceptions=True)\n[str(a), b['method']]",
                ["c fails", "n"],
            ),
            ("import asyncio\nasync def f(): return await tools.c.m()\n[c['method'] for c in await asyncio.gather(f(), f(), tools.c.n())]", ["m", "m", "n"]),
            ("import asyncio\nc = tools.c.m()\nd = asyncio.gather(c, c)\n(await d)[1]['method']", "m"),
            ("c = tools.c.m()\n(await c) == (await c) == c.result()", True),
            ("async def f(): return 5\nf()", 5),
            ("dir(tools)", ["a-b", "a_b", "c", "d-e", "d_e"]),
            ("list(tools)", ["a-b", "c", "d_e", "d-e"]),
            ("[each in tools for each in ('c', 'a_b', 'a-b', 'nosuch', 5, None)]", [True, True, True, False, False, False]),
            ("len(tools), bool(tools), sorted(tools)[0]", [4, True, "a-b"]),
            ("list(tools.c), dir(tools.c), len(tools['c'])", [["m", "import"], ["import", "m"], 2]),
            ("[each in tools.c for each in ('m', 'import', 'n', 5)]", [True, True, False, False]),
            ("[*map(list, (tools.d_e, tools.nosuch))]", [[], []]),
            ("(await tools.c.n())['method']", "n"),
        ]:
            with self.subTest(text):
                ended = self.run_program(text)
                self.assertIsNone(ended.error)
                self.assertEqual(json.loads(ended.value), value)

    def test_failures(self):
        for text, error in [
            ("await tools.c.fail()", "ToolError: c fails"),
            ("tools.c.fail().result()", "ToolError: c fails"),
            ("import asyncio\nawait asyncio.gather(tools.c.m(), tools.c.fail())", "ToolError: c fails"),
            ("tools.c.m(1)", "TypeError: tools.c.m takes named arguments, or one dict of them, not int"),
            ("await tools.c.m(x=1j)", "TypeError: complex is no JSON"),
            ("await tools.c.m(x=float('nan'))", "ValueError"),
            ("tools.__wrapped__", "AttributeError: __wrapped__"),
            ("tools[0]", "TypeError: a skill is named by a str, not by int"),
            ("tools.c[None]", "TypeError: a method is named by a str, not by NoneType"),
            ("tools.c.m().split()", "AttributeError: a call has no split: await it to use its result"),
            ("tools.c.m()['x']", "TypeError: a call is not what it returns: await it to use its result"),
            ("for each in tools.c.m(): pass", "TypeError: a call is not what it returns: await it to use its result"),
            ("len(tools.c.m())", "TypeError: a call is not what it returns: await it to use its result"),
            ("'a' in tools.c.m()", "TypeError: a call is not what it returns: await it to use its result"),
            ("t = tools.c.m()\nt.cancel()\nawait t", "CancelledError"),
            ("import asyncio\nawait asyncio.Future()", "RuntimeError: this waits for something that cannot happen"),
            ("import asyncio\nawait asyncio.gather(asyncio.Event().wait())", "RuntimeError: this waits for something"),
        ]:
            with self.subTest(text):
                self.assertIn(error, self.run_program(text).error)
        ended = self.run_program("try:\n    await tools.c.fail()\nexcept ToolError as e:\n    print(e, e.skill, e.method)")
        self.assertEqual(ended.output, "c fails c fail\n")

    def test_failures_that_nobody_sees_are_told(self):
        self.assertEqual(
            self.run_program("tools.c.fail()\ntools.c.m()\nNone").output,
            "tools.c.fail failed, and was not awaited: c fails\n",
        )
        self.assertEqual(self.run_program("tools.c.m()\nNone").output, "")
        many = self.run_program("for _ in range(500): tools.c.fail()").output.splitlines()
        self.assertEqual((len(many), many[-1]), (11, "490 more calls failed, and were not awaited"))

    def test_a_result_without_memory_is_a_failure(self):
        decode = values.decode

        def full(text):
            if '"x":5' in text.replace(" ", ""):
                raise MemoryError
            return decode(text)

        values.decode = full
        try:
            for text, shown in [
                ("await tools.c.m(x=5)", "ToolError: the result cannot be read: memory is used up"),
                ("tools.c.m(x=5).result()", "ToolError: the result cannot be read: memory is used up"),
                ("import asyncio\nawait asyncio.gather(tools.c.m(x=5), tools.c.m(x=6))", "ToolError: the result cannot be read"),
                ("import asyncio\nawait asyncio.gather(*[tools.c.m(x=5)] * 3)", "ToolError: the result cannot be read"),
                ("import asyncio\nawait asyncio.create_task(tools.c.m(x=5))", "ToolError: the result cannot be read"),
            ]:
                with self.subTest(text):
                    ended = self.run_program(text)
                    self.assertIn(shown, ended.error)
                    self.assertEqual(ended.output, "")
            text = "import asyncio\na, b = await asyncio.gather(tools.c.m(x=5), tools.c.m(x=6), return_exceptions=True)\nstr(a), b['given']"
            self.assertEqual(json.loads(self.run_program(text).value), ["the result cannot be read: memory is used up", {"x": 6}])
        finally:
            values.decode = decode

    def test_errors_of_tasks_that_nobody_sees_are_told(self):
        bad = "import asyncio\nasync def f(): raise ValueError('lost')\nmake = asyncio.get_running_loop().create_task\n"
        for text, is_told in [
            ("t = make(f())\nawait asyncio.sleep(0)", True),
            ("make(f())\nawait asyncio.sleep(0)", True),
            ("async def g():\n    try: await asyncio.sleep(60)\n    finally: 1/0\nt = make(g())\nawait asyncio.sleep(0)", True),
            ("async def g():\n    t = make(f())\n    await asyncio.sleep(0)\nawait g()", True),
            ("t = make(f())\nawait asyncio.wait([t])\nstr(t.exception())", False),
            ("await asyncio.gather(f(), return_exceptions=True)", False),
            ("t = make(asyncio.sleep(60))\nawait asyncio.sleep(0)", False),
            ("t = make(asyncio.sleep(60))\nawait asyncio.sleep(0)\nt.cancel()", False),
        ]:
            with self.subTest(text):
                ended = self.run_program(bad + text)
                self.assertIsNone(ended.error)
                self.assertEqual("Task exception was never retrieved" in ended.output, is_told, ended.output)
                self.assertEqual(ended.output.count("never retrieved"), is_told)
        self.assertNotIn("never retrieved", self.run_program(bad + "await make(f())").error)

    def test_nothing_is_left_for_the_next_program(self):
        self.run_program("import asyncio\nasync def f():\n    await asyncio.sleep(60)\n    tools.c.m()\nasyncio.create_task(f())\nawait asyncio.sleep(0)")
        self.host.together.clear()
        self.run_program("1")
        self.assertEqual(self.host.together, [])

    def test_names_stay_in_a_module(self):
        place = programs.module(self.tools)
        self.run_program("x = 1\ndef f(): return x", place)
        self.run_program("1/0", place)
        self.assertEqual(self.run_program("x += 1\nf()", place).value, "2")
        self.assertIn("NameError", self.run_program("x").error)

    def test_exits(self):
        for text, error in [
            ("raise SystemExit", None),
            ("raise SystemExit(0)", None),
            ("raise SystemExit(3)", "SystemExit: 3"),
            ("raise SystemExit('bye')", "SystemExit: bye"),
            ("raise KeyboardInterrupt", "KeyboardInterrupt"),
            ("import asyncio\nawait asyncio.sleep(0)\nraise SystemExit(4)", "SystemExit: 4"),
        ]:
            with self.subTest(text):
                ended = self.run_program(text)
                self.assertEqual(ended.error and ended.error.splitlines()[-1], error)

    def test_tracing_ends_with_the_program(self):
        self.assertIsNone(self.run_program("import sys\nsys.settrace(lambda *_: None)\nsys.setprofile(lambda *_: None)").error)
        self.assertIsNone(sys.gettrace())
        self.assertIsNone(sys.getprofile())

    def test_work_without_threads(self):
        async def work():
            return await asyncio.get_running_loop().run_in_executor(None, lambda: 5)

        self.assertEqual(loop.run(work()), 5)


if __name__ == "__main__":
    unittest.main()
