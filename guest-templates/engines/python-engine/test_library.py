import sys
import tempfile
import unittest
from pathlib import Path

from engine import library


class Library(unittest.TestCase):
    def test_packed_modules_are_imported(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {
                "packed_a/__init__.py": "value = 1",
                "packed_a/b.py": "from . import value\nvalue += 1",
                "packed_a/test/__init__.py": "",
                "packed_a/data/none.py": "",
                "packed_c.py": "import packed_a.b\nvalue = packed_a.b.value + 1",
                "tkinter/__init__.py": "",
                "config-3/x.py": "",
                "turtle.py": "",
                "notes.txt": "",
            }.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            packed = library.pack(folder)
        self.assertEqual(sorted(packed), ["packed_a", "packed_a.b", "packed_c"])
        finder = library.Finder(packed, "/library")
        sys.meta_path.insert(0, finder)
        try:
            import packed_c

            self.assertEqual(packed_c.value, 3)
            self.assertEqual(packed_c.__file__, "/library/packed_c.py")
            self.assertEqual(sys.modules["packed_a"].__path__, ["/library/packed_a"])
        finally:
            sys.meta_path.remove(finder)
        self.assertEqual(list(finder.iter_modules("x.")), [("x.packed_a", True), ("x.packed_c", False)])
        self.assertEqual(list(finder.in_folder("/library/packed_a").iter_modules()), [("b", False)])
        with self.assertRaises(ImportError):
            finder.in_folder("/elsewhere")
        self.assertIsNone(finder.find_spec("packed_d"))


if __name__ == "__main__":
    unittest.main()
