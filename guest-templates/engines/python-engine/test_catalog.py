import json
import unittest

from engine import catalog, stubs

METHODS = [(f"skill-{number // 10}", f"method_{number}", f"Does {number}.\nWell") for number in range(300)]


def find(query, offset, limit):
    found = [each for each in METHODS if query in each[1]]
    return found[offset : offset + limit], len(found)


def signatures(names):
    return [(skill, method, "About it.", "{}", None) if method != "method_7" else None for skill, method in names]


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
                text = catalog.search(query, detail, find, signatures)
                self.assertTrue(text.startswith(beginning), text)
                self.assertTrue(text.endswith(end), text)
        self.assertIn("100 more: search for other words", catalog.search("", "names", find, signatures))
        self.assertIn("invoke_policy.can_invoke", catalog.search("a", "names", lambda *_: ([], 0), signatures))
        with self.assertRaisesRegex(catalog.Unknown, "one of names, summary, stubs"):
            catalog.search("", "all", find, signatures)

    def test_answers_are_bounded(self):
        def long(names):
            return [(skill, method, "x" * 3000, "{}", None) for skill, method in names]

        for nothing in (catalog.search("x" * 100_000, "names", find, signatures), catalog.search("x" * 100_000, "names", lambda *_: ([], 0), signatures)):
            self.assertLess(len(nothing), 300)
        text = catalog.search("", "stubs", find, long)
        self.assertTrue(text.startswith("2 of 300 methods"), text[:100])
        self.assertLess(len(text), catalog.MOST + 500)

        def longer(names):
            return [(skill, method, "x" * 300_000, "{}", None) for skill, method in names]

        self.assertLess(len(catalog.search("", "stubs", find, longer)), catalog.MOST + 500)


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
                text = stubs.method("s", "m", "", json.dumps({"properties": {"a": schema}, "required": ["a"]}), None)
                self.assertIn(f"    a: {shown},\n", text)
                compile(text, "stub", "exec")

    def test_a_whole_stub(self):
        parameters = {
            "properties": {
                "depth": {"type": "integer", "description": "How\n deep"},
                "path": {"type": "string"},
                "from": {"type": "string"},
            },
            "required": ["path"],
        }
        returns = {
            "type": "object",
            "properties": {"name": {"type": "string"}, "in": {"type": "object", "properties": {"x": {"type": "integer"}}}},
            "required": ["name"],
        }
        text = stubs.method("a-b", "find_it", 'Finds """it""".\nAll', json.dumps(parameters), json.dumps(returns))
        self.assertEqual(
            text,
            'ABFindItResultIn = TypedDict("ABFindItResultIn", {\'x\': NotRequired[int]})\n'
            "ABFindItResult = TypedDict(\"ABFindItResult\", {'name': str, 'in': NotRequired[ABFindItResultIn]})\n"
            "# tools.a_b.find_it\n"
            "async def find_it(\n    *,\n    path: str,\n    depth: int = ...,  # How deep\n) -> ABFindItResult:\n"
            "    \"\"\"Finds '''it'''.\n    All\n    Pass one dict: these names are no Python names: from\"\"\"",
        )
        compile(text, "stub", "exec")

    def test_schemas_that_lie(self):
        deep = {"type": "string"}
        for _ in range(50):
            deep = {"type": "object", "properties": {"a": deep}}
        for schema in ["", "[]", "{", "[" * 5, '{"properties": 1}', json.dumps({"properties": {"a": deep}}), '{"required": 5}']:
            with self.subTest(schema[:20]):
                compile(stubs.method("s", "m", "\\", schema, schema), "stub", "exec")

    def test_references(self):
        for skill, shown in [("fs", "tools.fs"), ("a-b", "tools.a_b"), ("class", "tools['class']"), ("1a", "tools['1a']")]:
            self.assertEqual(stubs.reference(skill), shown)


if __name__ == "__main__":
    unittest.main()
