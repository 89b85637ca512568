import json
import unittest

from case import Programs

PAIR = "a, b = tools.c.m(), tools.c.n()\n"
BOTH = [["c.m", "c.n"]]

# How programs give calls to asyncio, the value, and the calls that went together.
WAYS = {
    "await": ("(await tools.c.m())['method']", "m", [["c.m"]]),
    "gather": ("[c['method'] for c in await asyncio.gather(tools.c.m(), tools.c.n())]", ["m", "n"], BOTH),
    "gather, one of them twice": (PAIR + "[c['method'] for c in await asyncio.gather(a, b, a)]", ["m", "n", "m"], BOTH),
    "gather of a gather": ("len(await asyncio.gather(asyncio.gather(tools.c.m(), tools.c.n())))", 1, BOTH),
    "gather in a coroutine": ("async def f(): return await asyncio.gather(tools.c.m(), tools.c.n())\nlen(await f())", 2, BOTH),
    "wait": (PAIR + "done, left = await asyncio.wait([a, b])\n[len(done), len(left), a in done]", [2, 0, True], BOTH),
    "wait for futures": (
        "done, _ = await asyncio.wait([asyncio.ensure_future(tools.c.m()), asyncio.ensure_future(tools.c.n())])\n"
        "sorted(c.result()['method'] for c in done)",
        ["m", "n"],
        BOTH,
    ),
    "wait for tasks": ("done, _ = await asyncio.wait([asyncio.create_task(tools.c.m())])\nlen(done)", 1, [["c.m"]]),
    "wait for the first": (PAIR + "done, _ = await asyncio.wait([a, b], return_when=asyncio.FIRST_COMPLETED)\nlen(done)", 2, BOTH),
    "wait with a timeout": ("done, left = await asyncio.wait([tools.c.m()], timeout=5)\n[len(done), len(left)]", [1, 0], [["c.m"]]),
    "wait for a failure": (
        "done, _ = await asyncio.wait([tools.c.m(), tools.c.fail()], return_when=asyncio.FIRST_EXCEPTION)\n"
        "sorted(str(c.exception()) for c in done)",
        ["None", "c fails"],
        [["c.m", "c.fail"]],
    ),
    "wait_for": ("(await asyncio.wait_for(tools.c.m(), 5))['method']", "m", [["c.m"]]),
    "wait_for without a timeout": ("(await asyncio.wait_for(tools.c.m(), None))['method']", "m", [["c.m"]]),
    "wait_for of a future": ("(await asyncio.wait_for(asyncio.ensure_future(tools.c.m()), 5))['method']", "m", [["c.m"]]),
    "as_completed": (
        "found = []\nfor c in asyncio.as_completed([tools.c.m(), tools.c.n()]): found.append((await c)['method'])\nsorted(found)",
        ["m", "n"],
        BOTH,
    ),
    "TaskGroup": (
        "async with asyncio.TaskGroup() as g: a, b = g.create_task(tools.c.m()), g.create_task(tools.c.n())\n"
        "[a.result()['method'], b.result()['method']]",
        ["m", "n"],
        BOTH,
    ),
    "timeout": ("async with asyncio.timeout(5): c = await tools.c.m()\nc['method']", "m", [["c.m"]]),
    "shield": ("(await asyncio.shield(tools.c.m()))['method']", "m", [["c.m"]]),
    "shield of a failure": ("try: await asyncio.shield(tools.c.fail())\nexcept ToolError as e: text = str(e)\ntext", "c fails", [["c.fail"]]),
    "create_task": ("(await asyncio.create_task(tools.c.m(), name='x'))['method']", "m", [["c.m"]]),
    "create_task of the loop": ("(await asyncio.get_running_loop().create_task(tools.c.m()))['method']", "m", [["c.m"]]),
    "ensure_future": ("(await asyncio.ensure_future(tools.c.m()))['method']", "m", [["c.m"]]),
    "a callback": (
        "seen = []\nc = tools.c.m()\nc.add_done_callback(lambda c: seen.append(c.result()['method']))\nawait c\nawait asyncio.sleep(0)\nseen",
        ["m"],
        [["c.m"]],
    ),
    "a queue": (
        "q = asyncio.Queue()\n"
        "async def put():\n    for n in range(2): await q.put(await tools.c.m())\n    await q.put(None)\n"
        "async def get():\n    found = []\n    while (c := await q.get()) is not None: found.append(c['method'])\n    return found\n"
        "(await asyncio.gather(put(), get()))[1]",
        ["m", "m"],
        [["c.m"], ["c.m"]],
    ),
    "a generator": (
        "async def each():\n    for n in range(2): yield await tools.c.m()\n[c['method'] async for c in each()]",
        ["m", "m"],
        [["c.m"], ["c.m"]],
    ),
    "a semaphore": (
        "s = asyncio.Semaphore(1)\nasync def f():\n    async with s: return await tools.c.m()\nlen(await asyncio.gather(f(), f()))",
        2,
        [["c.m"], ["c.m"]],
    ),
    "to_thread": ("await asyncio.to_thread(lambda: tools.c.m().result()['method'])", "m", [["c.m"]]),
    "the last expression": ("await asyncio.sleep(0)\ntools.c.m()", None, [["c.m"]]),
    "cancel": ("c = tools.c.m()\n[c.cancel(), c.cancelled(), c.cancel()]\nawait asyncio.sleep(0)\n[c.done(), c.cancelled()]", [True, True], []),
    "isfuture": ("c = tools.c.m()\n[asyncio.isfuture(c), asyncio.iscoroutine(c)]", [True, False], [["c.m"]]),
}

# Without an `await` of its own, so that there is no loop that runs.
OUTSIDE = {
    "a function that is run": ("async def main(): return (await tools.c.m())['method']\nasyncio.run(main())", "m", [["c.m"]]),
    "a loop of its own": ("loop = asyncio.new_event_loop()\nloop.run_until_complete(tools.c.m())['method']", "m", [["c.m"]]),
    "a coroutine in a loop": (
        "loop = asyncio.new_event_loop()\nasync def main(): return await asyncio.wait_for(tools.c.m(), 5)\nloop.run_until_complete(main())['method']",
        "m",
        [["c.m"]],
    ),
    "a gather that is the last expression": ("asyncio.gather(tools.c.m(), tools.c.n())", None, BOTH),
    "the current loop": ("asyncio.get_event_loop().run_until_complete(asyncio.gather(tools.c.m(), tools.c.n()))[1]['method']", "n", BOTH),
    "the current loop and a task": (
        "loop = asyncio.get_event_loop()\nt = loop.create_task(tools.c.m())\nloop.run_until_complete(asyncio.wait([t]))\nt.result()['method']",
        "m",
        [["c.m"]],
    ),
    "a result": ("tools.c.m().result()['method']", "m", [["c.m"]]),
}


class Asyncio(Programs):
    def test_every_way_to_wait(self):
        for how, (text, value, together) in (WAYS | OUTSIDE).items():
            with self.subTest(how):
                self.host.together.clear()
                ended = self.run_program(f"import asyncio\n{text}")
                self.assertIsNone(ended.error)
                if value is not None:
                    self.assertEqual(json.loads(ended.value), value)
                self.assertEqual(ended.output, "")
                self.assertEqual(self.host.together, together)

    def test_what_needs_another_thread(self):
        loop = "import asyncio\nloop = asyncio.get_running_loop()\nawait asyncio.sleep(0)\n"
        for text, error in [
            ("asyncio.run_coroutine_threadsafe(tools.c.m(), loop)", "TypeError: A coroutine object is required"),
            ("asyncio.run(asyncio.sleep(0))", "RuntimeError: asyncio.run() cannot be called from a running event loop"),
            ("await asyncio.Event().wait()", "RuntimeError: this waits for something that cannot happen"),
            ("await asyncio.Queue().get()", "RuntimeError: this waits for something that cannot happen"),
            ("await asyncio.wait_for(asyncio.Future(), 0.01)", "TimeoutError"),
        ]:
            with self.subTest(text):
                self.assertIn(error, self.run_program(loop + text).error)

    def test_an_error_of_a_task_is_told_once(self):
        text = "import asyncio\nasync def f(): raise ToolError('what ' + 'it says')\nt = asyncio.create_task(f())\nawait asyncio.sleep(0)"
        self.assertEqual(self.run_program(text).output.count("what it says"), 1)


if __name__ == "__main__":
    unittest.main()
