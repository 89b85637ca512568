"""The standard library, packed when the component is built: there is no file system to import it from afterwards."""

import importlib.machinery
import marshal
import os
import sys
import zlib

# Of no use without a screen, another interpreter, or the machine's own libraries.
_LEFT_OUT = {"__pycache__", "ensurepip", "idlelib", "lib2to3", "site-packages", "test", "tests", "tkinter", "turtledemo"}
_LEFT_OUT_FILES = {"antigravity.py", "turtle.py"}


class Finder:
    """Finds the modules of the library, and runs them."""

    def __init__(self, packed, folder):
        self._packed, self._folder = packed, folder

    def find_spec(self, name, path=None, target=None):
        found = self._packed.get(name)
        if found is None:
            return None
        is_package, _ = found
        folder = f"{self._folder}/{name.replace('.', '/')}"
        origin = f"{folder}/__init__.py" if is_package else f"{folder}.py"
        spec = importlib.machinery.ModuleSpec(name, self, origin=origin, is_package=is_package)
        if is_package:
            spec.submodule_search_locations = [folder]
        spec.has_location = True
        return spec

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(self.get_code(module.__spec__.name), vars(module))

    def get_code(self, name):
        return marshal.loads(zlib.decompress(self._packed[name][1]))

    def is_package(self, name):
        return self._packed[name][0]

    def get_source(self, name):
        return None

    def iter_modules(self, prefix="", package=""):
        """Lists the modules of a package, or those at the top, for `pkgutil` and `help`."""
        inside = f"{package}." if package else ""
        for name in sorted(self._packed):
            rest = name[len(inside) :]
            if name.startswith(inside) and "." not in rest:
                yield prefix + rest, self._packed[name][0]

    def in_folder(self, path):
        """Returns what finds the modules of a package by its folder: a hook of `sys.path_hooks`."""
        if not path.startswith(f"{self._folder}/"):
            raise ImportError(path)
        return Folder(self, path[len(self._folder) + 1 :].replace("/", "."))


class Folder:
    """Finds the modules of one package."""

    def __init__(self, finder, package):
        self._finder, self._package = finder, package

    def find_spec(self, name, target=None):
        return self._finder.find_spec(name)

    def iter_modules(self, prefix=""):
        return self._finder.iter_modules(prefix, self._package)


def root():
    """Returns the folder of the library while the component is built."""
    for folder in sys.path:
        if os.path.isfile(f"{folder}/json/__init__.py"):
            return folder
    raise RuntimeError("the standard library is not on sys.path")


def pack(folder):
    """Compiles the modules below a folder: by name, whether each is a package, and its code."""
    packed = {}
    for path, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in _LEFT_OUT and not each.startswith("config-"))
        inside = os.path.relpath(path, folder)
        parts = [] if inside == "." else inside.split(os.sep)
        if parts and "__init__.py" not in files:
            folders.clear()
            continue
        for file in sorted(files):
            if file.endswith(".py") and file not in _LEFT_OUT_FILES:
                name, entry = _module(folder, parts, file[:-3])
                if name:
                    packed[name] = entry
    return packed


def _module(folder, parts, stem):
    path = "/".join([folder, *parts, f"{stem}.py"])
    is_package = stem == "__init__"
    name = ".".join(parts if is_package else [*parts, stem])
    with open(path, "rb") as file:
        text = file.read()
    code = compile(text, path, "exec", dont_inherit=True)
    return name, (is_package, zlib.compress(marshal.dumps(code), 9))


def serve(packed, folder):
    """Imports from the packed library from now on, and from no folder."""
    finder = Finder(packed, folder)
    # After the modules that are built in.
    sys.meta_path.insert(1, finder)
    sys.path_hooks.insert(0, finder.in_folder)
    sys.path.clear()
    sys.path_importer_cache.clear()
