"""From a program's text to code."""

import ast
import inspect
import linecache
from collections import deque

# No name that a program can write.
VALUE = "<value>"

# Programs whose lines tracebacks show.
MOST_KEPT = 64

_COROUTINE = inspect.CO_COROUTINE
_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_TREE = ast.PyCF_ONLY_AST | _AWAIT
_kept = deque()


class Program:
    """A compiled program."""

    def __init__(self, code, is_kept=False):
        self._code, self._is_kept = code, is_kept
        # Whether running it makes a coroutine, which gives the value.
        self.waits = bool(code.co_flags & _COROUTINE)

    def run(self, names):
        """Runs it, and returns its value or, if it waits, a coroutine."""
        value = eval(self._code, names)
        return value if self.waits else self.value(value, names)

    def value(self, value, names):
        """Returns the value of the last expression; `value` is what running the code has given."""
        return names.pop(VALUE, None) if self._is_kept else value


def prepare(text, name, wants_value):
    """Compiles a program; the value of its last expression, if wanted, is kept under `VALUE`."""
    # As in a file of Python.
    text = text.removeprefix("\ufeff")
    _remember(name, text)
    if not wants_value:
        return Program(compile(text, name, "exec", _AWAIT, dont_inherit=True))
    if "\n" not in text and not text.startswith((" ", "\t")):
        # One line is often one expression, which needs no tree.
        try:
            return Program(compile(text, name, "eval", _AWAIT, dont_inherit=True))
        except (SyntaxError, ValueError):
            pass
    tree = compile(text, name, "exec", _TREE, dont_inherit=True)
    is_kept = bool(tree.body) and isinstance(tree.body[-1], ast.Expr)
    if is_kept:
        last = tree.body[-1]
        target = ast.copy_location(ast.Name(VALUE, ast.Store()), last)
        tree.body[-1] = ast.copy_location(ast.Assign([target], last.value), last)
    code = compile(tree, name, "exec", _AWAIT, dont_inherit=True)
    return Program(code, is_kept)


def _remember(name, text):
    """Shows the program's lines in tracebacks."""
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    _kept.append(name)
    if len(_kept) > MOST_KEPT:
        linecache.cache.pop(_kept.popleft(), None)


def forget():
    """Forgets the programs so far."""
    while _kept:
        linecache.cache.pop(_kept.popleft(), None)
