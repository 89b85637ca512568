"""`tools` in programs: `tools.SKILL.METHOD(name=value)` calls a method of another skill."""

from . import values
from .calls import Call


class Tools:
    """The skills that the program may call. One whose id has hyphens is `tools["a-b"]` or `tools.a_b`."""

    def __init__(self, known):
        self.__known, self.__ids = known, None

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        # The next time it is found without this.
        skill = self.__dict__[name] = Skill(self.__id(name))
        return skill

    def __getitem__(self, name):
        return Skill(name)

    def __dir__(self):
        return sorted(self.__all())

    def __repr__(self):
        return f"<tools: {', '.join(dict.fromkeys(self.__all().values())) or 'none may be called'}>"

    def __id(self, name):
        """The id that a name stands for. One that is not known is left to the host, which says why it is denied."""
        return self.__all().get(name, name) if "_" in name else name

    def __all(self):
        if self.__ids is None:
            ids = self.__known()
            self.__ids = {each.replace("-", "_"): each for each in ids} | {each: each for each in ids}
        return self.__ids


class Skill:
    """A skill's methods."""

    def __init__(self, name):
        self._id = name

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        method = self.__dict__[name] = Method(self._id, name)
        return method

    def __getitem__(self, name):
        return Method(self._id, name)

    def __repr__(self):
        return f"<skill {self._id}>"


class Method:
    """A method: called with named arguments, or with one dict of them. Returns what can be awaited."""

    __slots__ = ("_skill", "_name")

    def __init__(self, skill, name):
        self._skill, self._name = skill, name

    def __call__(self, arguments=None, /, **named):
        if arguments is None:
            arguments = named
        elif not isinstance(arguments, dict):
            raise TypeError(
                f"tools.{self._skill}.{self._name} takes named arguments, or one dict of them, not {type(arguments).__name__}"
            )
        elif named:
            arguments = arguments | named
        return Call(self._skill, self._name, values.encode(arguments) if arguments else "{}")

    def __repr__(self):
        return f"<method {self._skill}.{self._name}>"
