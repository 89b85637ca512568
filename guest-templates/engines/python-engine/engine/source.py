"""From a program's text to code."""

import ast
import inspect
import linecache
from collections import deque

# No name that a program can write.
VALUE = "<value>"

# Programs whose lines tracebacks show.
MOST_KEPT = 64

_FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_kept = deque()


class Program:
    """A compiled program."""

    def __init__(self, code, has_value):
        self.code, self.has_value = code, has_value
        self.waits = bool(code.co_flags & inspect.CO_COROUTINE)


def prepare(text, name, wants_value):
    """Compiles a program; the value of its last expression, if wanted, is kept under `VALUE`."""
    _remember(name, text)
    tree = compile(text, name, "exec", _FLAGS, dont_inherit=True)
    has_value = wants_value and bool(tree.body) and isinstance(tree.body[-1], ast.Expr)
    if has_value:
        last = tree.body[-1]
        target = ast.copy_location(ast.Name(VALUE, ast.Store()), last)
        tree.body[-1] = ast.copy_location(ast.Assign([target], last.value), last)
    code = compile(tree, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    return Program(code, has_value)


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
