"""What happens once, when the component is built. Its memory is then what every instance begins with."""

import builtins
import gc
import linecache
import os
import sys

from . import calls, failures, host, library, loop, net, preload, programs, source, zones
from .output import Streams
from .tools import Tools


def take(application):
    """Prepares the interpreter; `application` is the file of the methods."""
    packed = library.pack(library.root())
    zones.pack()
    for module in (sys.modules[__name__], sys.modules["wit_world"], sys.modules["componentize_py_types"]):
        failures.hide(os.path.dirname(module.__file__))
    failures.hide(os.path.dirname(application))
    library.serve(packed)
    preload.modules()
    zones.serve()
    loop.install()
    net.install(host.open_request)
    builtins.input = _no_input
    sys.argv = ["program"]
    _warm_up()
    calls.QUEUE.send_all = host.send_all
    gc.collect()
    gc.freeze()


def _no_input(prompt="", /):
    raise EOFError("input() has nobody to ask: pass `input` to the call, and use `data`")


def _warm_up():
    streams = sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__, sys.modules["__main__"]
    calls.QUEUE.send_all = lambda requests: [("1", False)] * len(requests)
    for text in (preload.WARM_UP, preload.WARM_UP_WAITING, "await tools.a.b(c=1)", "1 +", "1 + 1"):
        made = Streams()
        programs.run(text, "<program>", programs.module(Tools(list)), made)
    sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__, sys.modules["__main__"] = streams
    source.forget()
    linecache.clearcache()
    loop.keep_spare()

