import sqlite3
import unittest

from engine import databases


class Databases(unittest.TestCase):
    def test_random_numbers_are_pythons(self):
        kept = sqlite3.connect, sqlite3.Connection
        databases.install()
        try:

            class Own(sqlite3.Connection):
                pass

            for connection in (
                sqlite3.connect(":memory:"),
                sqlite3.connect(database=":memory:"),
                sqlite3.connect(":memory:", 5, factory=Own),
                sqlite3.connect(":memory:", 5, 0, "", True, sqlite3.Connection),
                sqlite3.Connection(":memory:"),
            ):
                self.assertIsInstance(connection, sqlite3.Connection)
                numbers = {connection.execute("select random()").fetchone()[0] for _ in range(9)}
                self.assertEqual(len(numbers), 9)
                self.assertTrue(all(-(2**63) <= number < 2**63 for number in numbers))
                for given, size in [("3", 3), ("0", 1), ("-5", 1), ("null", 1), ("'x'", 1)]:
                    (blob,) = connection.execute(f"select randomblob({given})").fetchone()
                    self.assertEqual(len(blob), size)
                rows = connection.execute("with n(x) as (values (1),(2),(3)) select x from n order by random()").fetchall()
                self.assertEqual(sorted(rows), [(1,), (2,), (3,)])
                connection.close()
        finally:
            for module in (sqlite3, sqlite3.dbapi2):
                module.connect, module.Connection = kept


if __name__ == "__main__":
    unittest.main()
