"""`tools` in programs: `tools.SKILL.METHOD(name=value)` calls a method of another skill."""

from . import names, values
from .calls import Call


class Tools:
    """The skills that the program may call: `tools["a-b"]`, or `tools.a_b` where no other id is written so."""

    def __init__(self, known, methods):
        self.__known, self.__methods, self.__ids, self.__attributes = known, methods, None, None

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        # The next time it is found without this.
        skill = self.__dict__[name] = Skill(self.__id(name), self.__methods)
        return skill

    def __getitem__(self, name):
        return Skill(_name(name, "a skill"), self.__methods)

    def __contains__(self, name):
        self.__look_up()
        return name in self.__ids or name in self.__attributes

    def __iter__(self):
        self.__look_up()
        return iter(self.__ids)

    def __len__(self):
        self.__look_up()
        return len(self.__ids)

    def __dir__(self):
        self.__look_up()
        return sorted({*self.__ids, *self.__attributes})

    def __repr__(self):
        self.__look_up()
        return f"<tools: {', '.join(self.__ids) or 'none may be called'}>"

    def __id(self, name):
        """The id that a name stands for. One that is not known is left to the host, which says why it is denied."""
        if "_" not in name:
            return name
        self.__look_up()
        found = self.__attributes.get(name)
        if found is None and (meant := [each for each in self.__ids if each.replace("-", "_") == name]):
            written = " or ".join(names.skill(each, self.__attributes) for each in meant)
            raise AttributeError(f"tools.{name} can be several skills: write {written}")
        return found or name

    def __look_up(self):
        if self.__ids is None:
            self.__ids = self.__known()
            self.__attributes = names.attributes(self.__ids)


class Skill:
    """A skill's methods. Those that are not listed can be called all the same: the host says why that fails."""

    def __init__(self, name, methods):
        self.__id, self.__methods = name, methods

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        method = self.__dict__[name] = _method(self.__id, name)
        return method

    def __getitem__(self, name):
        return _method(self.__id, _name(name, "a method"))

    def __contains__(self, name):
        return name in self.__methods(self.__id)

    def __iter__(self):
        return iter(self.__methods(self.__id))

    def __len__(self):
        return len(self.__methods(self.__id))

    def __dir__(self):
        return sorted(self.__methods(self.__id))

    def __repr__(self):
        return f"<skill {self.__id}>"


def _name(name, what):
    if not isinstance(name, str):
        raise TypeError(f"{what} is named by a str, not by {type(name).__name__}")
    return name


def _method(skill, name):
    """Returns a method: a function of named arguments, or of one dict of them, that returns what can be awaited."""

    # A function is called faster than an object that can be called.
    def method(arguments=None, /, **named):
        if arguments is None:
            arguments = named
        elif not isinstance(arguments, dict):
            raise TypeError(f"{method.__qualname__} takes named arguments, or one dict of them, not {type(arguments).__name__}")
        elif named:
            arguments = arguments | named
        return Call(skill, name, values.encode(arguments) if arguments else "{}")

    method.__name__, method.__qualname__ = name, f"tools.{skill}.{name}"
    return method
