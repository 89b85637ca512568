"""`tools` in programs: `tools.SKILL.METHOD(name=value)` calls a method of another skill."""

from . import names, values
from .calls import Call


class Tools:
    """The skills that the program may call: `tools["a-b"]`, or `tools.a_b` where no other id is written so."""

    def __init__(self, known):
        self.__known, self.__ids, self.__attributes = known, None, None

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        # The next time it is found without this.
        skill = self.__dict__[name] = Skill(self.__id(name))
        return skill

    def __getitem__(self, name):
        return Skill(name)

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
    """A skill's methods."""

    def __init__(self, name):
        self.__id = name

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        method = self.__dict__[name] = _method(self.__id, name)
        return method

    def __getitem__(self, name):
        return _method(self.__id, name)

    def __repr__(self):
        return f"<skill {self.__id}>"


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
