"""Loads the engine's modules with builtins of their own, which programs that replace `builtins.len` do not change."""

import builtins
import importlib.machinery
import sys


class Finder:
    """Finds the modules of one package, and gives them the copy."""

    def __init__(self, package):
        self._prefix = f"{package}."
        self._builtins = dict(vars(builtins))

    def find_spec(self, name, path=None, target=None):
        if not name.startswith(self._prefix):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None:
            spec.loader = Loader(spec.loader, self._builtins)
        return spec


class Loader:
    """Runs a module with the given builtins."""

    def __init__(self, loader, given):
        self._loader, self._builtins = loader, given

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        vars(module)["__builtins__"] = self._builtins
        exec(self._loader.get_code(module.__name__), vars(module))


def install(package):
    sys.meta_path.insert(0, Finder(package))


def remove(package):
    """Takes the package out of the way of modules of that name that programs have."""
    sys.meta_path[:] = [each for each in sys.meta_path if not isinstance(each, Finder)]
    for name in list(sys.modules):
        if name == package or name.startswith(f"{package}."):
            del sys.modules[name]
