import json
import unittest

from engine import calls, catalog, names, stubs
from engine.tools import Tools

METHODS = [(f"skill-{number // 10}", f"method_{number}", f"Does {number}.\nWell") for number in range(300)]


def find(query, offset, limit):
    found = [each for each in METHODS if query in each[1]]
    return found[offset : offset + limit], len(found)


def signatures(names):
    return [(skill, method, "About it.", "{}", None) if method != "method_7" else None for skill, method in names]


def known():
    return [f"skill-{number}" for number in range(30)]


class Search(unittest.TestCase):
    def test_answers(self):
        for query, detail, beginning, end in [
            ("method_29", None, "11 of 11 methods match 'method_29':\ntools.skill_2.method_29\n", "shows parameters and results."),
            ("method_299", "summary", "1 of 1 methods match 'method_299':\ntools.skill_29.method_299: Does 299. Well\n", "results."),
            ("method_299", "stubs", "1 of 1 methods match 'method_299':\n\n# tools.skill_29.method_299\nasync def method_299()", '"""'),
            (None, "names", "200 of 300 methods, the best first:\ntools.skill_0.method_0\n", "results."),
            ("none such", "names", "0 of 300 methods match 'none such'.", "lists them."),
        ]:
            with self.subTest(query):
                text = catalog.search(query, detail, find, signatures, known)
                self.assertTrue(text.startswith(beginning), text)
                self.assertTrue(text.endswith(end), text)
        self.assertIn("100 more: search for other words", catalog.search("", "names", find, signatures, known))
        self.assertIn("invoke_policy.can_invoke", catalog.search("a", "names", lambda *_: ([], 0), signatures, known))
        with self.assertRaisesRegex(catalog.Unknown, "one of names, summary, stubs"):
            catalog.search("", "all", find, signatures, known)

    def test_answers_are_bounded(self):
        def long(names):
            return [(skill, method, "x" * 3000, "{}", None) for skill, method in names]

        for nothing in (catalog.search("x" * 100_000, "names", find, signatures, known), catalog.search("x" * 100_000, "names", lambda *_: ([], 0), signatures, known)):
            self.assertLess(len(nothing), 300)
        text = catalog.search("", "stubs", find, long, known)
        self.assertTrue(text.startswith("2 of 300 methods"), text[:100])
        self.assertLess(len(text), catalog.MOST + 500)

        def longer(names):
            return [(skill, method, "x" * 300_000, "{}", None) for skill, method in names]

        self.assertLess(len(catalog.search("", "stubs", find, longer, known)), catalog.MOST + 500)


class Stubs(unittest.TestCase):
    def test_types(self):
        for schema, shown in [
            ({"type": "string"}, "str"),
            ({"type": "array", "items": {"type": "integer"}}, "list[int]"),
            ({"type": "array"}, "list"),
            ({"enum": ["a", "b"]}, "Literal['a', 'b']"),
            ({"const": 1}, "Literal[1]"),
            ({"type": ["string", "null"]}, "str | None"),
            ({"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "number"}]}, "float | str"),
            ({"type": "object"}, "dict"),
            ({"type": "object", "additionalProperties": {"type": "boolean"}}, "dict[str, bool]"),
            ({}, "object"),
            (True, "object"),
            ({"type": "nonesuch"}, "object"),
            ({"enum": []}, "object"),
        ]:
            with self.subTest(shown):
                text = stubs.method("tools.s.m", "s", "m", "", json.dumps({"properties": {"a": schema}, "required": ["a"]}), None)
                self.assertIn(f"    a: {shown},\n", text)
                compile(text, "stub", "exec")

    def test_a_whole_stub(self):
        parameters = {
            "properties": {
                "depth": {"type": "integer", "description": "How\n deep"},
                "path": {"type": "string"},
                "from": {"type": "string", "description": "Where"},
            },
            "required": ["path"],
        }
        returns = {
            "type": "object",
            "properties": {"name": {"type": "string"}, "in": {"type": "object", "properties": {"x": {"type": "integer"}}}},
            "required": ["name"],
        }
        text = stubs.method("tools.a_b.find_it", "a-b", "find_it", 'Finds """it""".\nAll', json.dumps(parameters), json.dumps(returns))
        self.assertEqual(
            text,
            "ABFindItArguments = TypedDict(\"ABFindItArguments\", {'from': NotRequired[str]})\n"
            'ABFindItResultIn = TypedDict("ABFindItResultIn", {\'x\': NotRequired[int]})\n'
            "ABFindItResult = TypedDict(\"ABFindItResult\", {'name': str, 'in': NotRequired[ABFindItResultIn]})\n"
            "# tools.a_b.find_it\n"
            "async def find_it(\n    # 'from': Where\n"
            "    arguments: ABFindItArguments = ...,  # one dict: these names are no Python names\n    /,\n    *,\n    path: str,\n    depth: int = ...,  # How deep\n) -> ABFindItResult:\n"
            "    \"\"\"Finds '''it'''.\n    All\"\"\"",
        )
        compile(text, "stub", "exec")

    def test_schemas_that_lie(self):
        deep = {"type": "string"}
        for _ in range(50):
            deep = {"type": "object", "properties": {"a": deep}}
        for schema in ["", "[]", "{", "[" * 5, '{"properties": 1}', json.dumps({"properties": {"a": deep}}), '{"required": 5}']:
            with self.subTest(schema[:20]):
                compile(stubs.method("tools.s.m", "s", "m", "\\", schema, schema), "stub", "exec")

    def test_stubs_of_any_name_are_python(self):
        for name in ["m", "read-file", "from", "class", "1a", "_x", "__init__", "-", "match", "None"]:
            for required in ([], [name]):
                with self.subTest(name, required=required):
                    schema = json.dumps({"properties": {name: {"type": "object", "properties": {name: {}}}, "x": {}}, "required": required})
                    text = stubs.method("r", name, name, "", schema, schema)
                    compile(text, "stub", "exec")
                    self.assertIn("x: object = ...,", text)


class Names(unittest.TestCase):
    # Ids, and how each is written.
    WRITTEN = [
        {"fs": "tools.fs"},
        {"a-b": "tools.a_b"},
        {"a_b": "tools.a_b", "a-b": 'tools["a-b"]'},
        {"a-b_c": 'tools["a-b_c"]', "a_b-c": 'tools["a_b-c"]', "a-b": "tools.a_b"},
        {"a_b_c": "tools.a_b_c", "a-b_c": 'tools["a-b_c"]', "a_b-c": 'tools["a_b-c"]'},
        {"class": 'tools["class"]', "import": 'tools["import"]', "match": "tools.match"},
        {"1a": 'tools["1a"]', "a.b": 'tools["a.b"]', "-": 'tools["-"]', "__dict__": 'tools["__dict__"]', "_": 'tools["_"]'},
    ]
    METHODS = ["read", "read-file", "from", "class", "import", "_id", "__class__", "1a", "call", "result"]

    def test_what_is_shown_works(self):
        for written in self.WRITTEN:
            tools = Tools(lambda: list(written), lambda id: [])
            attributes = names.attributes(written)
            for id, shown in written.items():
                self.assertEqual(names.skill(id, attributes), shown)
                for method in self.METHODS:
                    with self.subTest(id, method=method):
                        text = names.method(id, method, attributes)
                        call = eval(f"{text}()", {"tools": tools})
                        self.assertEqual((call.skill, call.method), (id, method))
        calls.QUEUE.forget()

    def test_a_search_shows_it(self):
        def find(query, offset, limit):
            return [("a-b", "from", "One."), ("a_b", "read", "Two.")], 2

        def signatures(names):
            return [(*name, "", "{}", None) for name in names]

        for detail, shown in [
            ("names", '\ntools["a-b"]["from"]\ntools.a_b.read\n'),
            ("summary", '\ntools["a-b"]["from"]: One.\ntools.a_b.read: Two.\n'),
            ("stubs", '# tools["a-b"]["from"]\nasync def from_() -> object:\n    ...\n\n# tools.a_b.read\nasync def read()'),
        ]:
            with self.subTest(detail):
                self.assertIn(shown, catalog.search("", detail, find, signatures, lambda: ["a-b", "a_b"]))

    def test_attributes_that_mean_several(self):
        tools = Tools(lambda: ["a-b_c", "a_b-c", "x-y"], lambda id: [])
        with self.assertRaisesRegex(AttributeError, r'tools.a_b_c can be several skills: write tools\["a-b_c"\] or tools\["a_b-c"\]'):
            tools.a_b_c
        self.assertEqual(dir(tools), ["a-b_c", "a_b-c", "x-y", "x_y"])
        self.assertEqual(repr(tools), "<tools: a-b_c, a_b-c, x-y>")


if __name__ == "__main__":
    unittest.main()
