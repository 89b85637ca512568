"""What happens once, when the component is built. Its memory is then what every instance begins with."""

import builtins
import gc
import linecache
import os
import sys

from componentize_py_types import Err

from . import (
    blocking,
    calls,
    databases,
    descriptors,
    exits,
    failures,
    host,
    isolation,
    library,
    loop,
    methods,
    net,
    pools,
    preload,
    private,
    source,
    zones,
)

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
    failures.ask(host.denial_of)
    library.serve(packed, root)
    preload.modules()
    pools.install()
    blocking.install(host.time_left)
    descriptors.install()
    zones.serve()
    loop.install()
    databases.install()
    net.install(host.open_request)
    builtins.input = _no_input
    _warm_up()
    calls.QUEUE.invoke, calls.QUEUE.batch = host.invoke, host.batch
    exits.install()
    methods.prepare()
    private.remove(__package__)
    # From here on the engine's modules are in no program's way.
    isolation.take()
    gc.collect()
    gc.freeze()


def _no_input(prompt="", /):
    raise EOFError("input() has nobody to ask: pass `input` to the call, and use `data`")


def _warm_up():
    """Runs programs, so that what they use is imported and the interpreter has adapted its code to it."""
    streams = sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__
    modules = {name: sys.modules[name] for name in ("__main__", "app")}
    calls.QUEUE.invoke, calls.QUEUE.batch = lambda call: ("1", False), lambda sent: [("1", False)] * len(sent)
    asked, host.scope = host.scope, lambda: host.CALL
    left, blocking.time_left = blocking.time_left, lambda: None
    for text in preload.PROGRAMS:
        for _ in range(ROUNDS):
            for method in (lambda: methods.run(text, "[1]", None), lambda: methods.execute(text)):
                try:
                    method()
                except Err:
                    pass
    host.scope, blocking.time_left = asked, left
    sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__ = streams
    sys.modules.update(modules)
    source.forget()
    linecache.clearcache()
    loop.spare.fill()
