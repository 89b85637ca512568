"""What happens once, when the component is built. Its memory is then what every instance begins with."""

import builtins
import gc
import linecache
import os
import sys

from componentize_py_types import Err

from . import calls, databases, failures, host, library, loop, methods, net, preload, source, zones

# The interpreter adapts code that has run a few times.
ROUNDS = 12


def take(application):
    """Prepares the interpreter; `application` is the file of the methods."""
    root = library.root()
    packed = library.pack(root)
    zones.pack()
    for module in (sys.modules[__name__], sys.modules["wit_world"], sys.modules["componentize_py_types"]):
        failures.hide(os.path.dirname(module.__file__))
    failures.hide(os.path.dirname(application))
    library.serve(packed, root)
    preload.modules()
    zones.serve()
    loop.install()
    databases.install()
    net.install(host.open_request)
    builtins.input = _no_input
    _warm_up()
    calls.QUEUE.send_all = host.send_all
    methods.prepare()
    gc.collect()
    gc.freeze()


def _no_input(prompt="", /):
    raise EOFError("input() has nobody to ask: pass `input` to the call, and use `data`")


def _warm_up():
    """Runs programs, so that what they use is imported and the interpreter has adapted its code to it."""
    streams = sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__
    modules = {name: sys.modules[name] for name in ("__main__", "app")}
    calls.QUEUE.send_all = lambda requests: [("1", False)] * len(requests)
    asked, host.is_kept_for_all = host.is_kept_for_all, lambda: False
    for text in preload.PROGRAMS:
        for _ in range(ROUNDS):
            for method in (lambda: methods.run(text, "[1]", None), lambda: methods.execute(text)):
                try:
                    method()
                except Err:
                    pass
    host.is_kept_for_all = asked
    sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__ = streams
    sys.modules.update(modules)
    source.forget()
    linecache.clearcache()
    loop.spare.fill()
