import unittest

import text
from text import Failure


class Text(unittest.TestCase):
    def test_json_is_indented(self):
        for given, shown in [
            ("[1,2]", "[\n  1,\n  2\n]"),
            (' {"a" : {"b":[ ],"c":{ }}, "d":null}', '{\n  "a": {\n    "b": [],\n    "c": {}\n  },\n  "d": null\n}'),
            ('"[1,2] \\" {"', '"[1,2] \\" {"'),
            ("[18446744073709551616, 1.10, -1e400]", "[\n  18446744073709551616,\n  1.10,\n  -1e400\n]"),
            ('["\\ud800"]', '[\n  "\\ud800"\n]'),
            ("7", "7"),
            ('["[[["]', '[\n  "[[["\n]'),
        ]:
            self.assertEqual(text.indent(given), shown)
        for given in ["", "x", "NaN", "[1,]", "[" * 100_000, "[" * 129 + "]" * 129]:
            with self.assertRaisesRegex(Failure, "not JSON"):
                text.indent(given)
        self.assertEqual(text.indent("[" * 128 + "]" * 128).count("\n"), 254)

    def test_bodies_say_what_they_are(self):
        self.assertEqual(text.content_type('{"a": 1}'), "application/json")
        self.assertEqual(text.content_type("plain"), "text/plain; charset=utf-8")

    def test_headers(self):
        self.assertEqual(text.headers('{"X-A": "1", "X-B": 2}'), [("X-A", "1"), ("X-B", "2")])
        for given, part in [
            ("nonsense", "headers: not JSON"),
            ("[]", "an object"),
            ('{"a": true}', "a: a text is wanted, not true"),
            ('{"a": {"b": 1}}', "a text is wanted"),
            ('{"a": "\\ud800"}', "half a character"),
        ]:
            with self.assertRaisesRegex(Failure, part):
                text.headers(given)

    def test_answers(self):
        self.assertEqual(text.succeeded(399, b"a\xff"), "a\ufffd")
        with self.assertRaisesRegex(Failure, "^status 404: x{500}$"):
            text.succeeded(404, b"x" * 501)
        self.assertEqual(text.joined([("a", "1"), ("b", "2"), ("a", "3")]), {"a": "1, 3", "b": "2"})
        self.assertEqual(text.compact({"status": 200, "body": "é"}), '{"status":200,"body":"é"}')


if __name__ == "__main__":
    unittest.main()
