import unittest

import text
from diff import unified
from lines import Lines
from text import Failure


class Text(unittest.TestCase):
    def test_sizes(self):
        for count, shown in [(0, "0B"), (1023, "1023B"), (1536, "1.5KB"), (2 << 20, "2.0MB"), (5000 << 40, "5000.0TB")]:
            self.assertEqual(text.size(count), shown)

    def test_times(self):
        for instant, shown in [(0, "1970-01-01 00:00"), (1777887059999, "2026-05-04 09:30"), (1 << 62, str(1 << 62))]:
            self.assertEqual(text.time(instant), shown)

    def test_binary_files(self):
        self.assertEqual(text.decode("/a", "é".encode()), "é")
        for content in [b"a\0b", b"\xff"]:
            with self.assertRaisesRegex(Failure, "/a is a binary file"):
                text.decode("/a", content)

    def test_replacing(self):
        self.assertEqual(text.replace("/a", Lines.of("x y"), "x", "z", False).text, "z y")
        self.assertEqual(text.replace("/a", Lines.of("x x"), "x", "y", True).text, "y y")
        for before, old, new, part in [("x x", "x", "y", "2 locations"), ("x", "y", "z", "not found"), ("x", "x", "x", "same")]:
            with self.assertRaisesRegex(Failure, part):
                text.replace("/a", Lines.of(before), old, new, False)


class Diff(unittest.TestCase):
    def shown(self, before: str, after: str) -> tuple[str, int, int]:
        diff = unified("/dir/f", before, after)
        return diff.text.removeprefix("--- f (original)\n+++ f (modified)\n"), diff.added, diff.removed

    def test_hunks(self):
        ten = "".join(f"{number}\n" for number in range(10))
        for before, after, expected in [
            ("a\n", "a\n", ("(no changes)", 0, 0)),
            ("", "", ("(no changes)", 0, 0)),
            ("", "a\n", ("@@ -1,0 +1,1 @@\n+a", 1, 0)),
            ("a\n", "", ("@@ -1,1 +1,0 @@\n-a", 0, 1)),
            ("a\nb\nc\n", "a\nX\nc\n", ("@@ -1,3 +1,3 @@\n a\n-b\n+X\n c", 1, 1)),
            ("a", "a\n", ("@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a", 1, 1)),
            ("a\u2028b\n", "a\n", ("@@ -1,1 +1,1 @@\n-a\u2028b\n+a", 1, 1)),
            (ten, ten.replace("5", "x"), ("@@ -3,7 +3,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8", 1, 1)),
        ]:
            self.assertEqual(self.shown(before, after), expected)

    def test_changes_far_apart_are_hunks_of_their_own(self):
        before = "".join(f"{number}\n" for number in range(40))
        near = self.shown(before, before.replace("\n11\n", "\nx\n").replace("\n18\n", "\ny\n"))
        far = self.shown(before, before.replace("\n11\n", "\nx\n").replace("\n19\n", "\n").replace("\n30\n", "\nz\n"))
        self.assertEqual((near[0].count("@@ -"), near[1:]), (1, (2, 2)))
        self.assertEqual((far[0].count("@@ -"), far[1:]), (3, (2, 3)))
        self.assertIn("@@ -17,7 +17,6 @@", far[0])

    def test_much_that_differs_is_replaced_as_one(self):
        before = "".join(f"x{number}\nsame\n" for number in range(3000))
        shown, added, removed = self.shown("head\n" + before, "head\n" + before.replace("x", "y"))
        self.assertEqual((shown.count("@@ -"), added, removed), (1, 5999, 5999))


if __name__ == "__main__":
    unittest.main()
