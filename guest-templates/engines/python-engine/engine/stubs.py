"""Python types from JSON Schema."""

import json
import keyword

_SIMPLE = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
    "object": "dict",
    "array": "list",
}

# Levels of objects that are written out.
MOST_LEVELS = 4


def method(skill, name, description, parameters, returns):
    """Returns the stub of a method: how it is called, what comes back, and what it is for."""
    schema = _load(parameters)
    classes = _Classes(_words(skill) + _words(name))
    required = _required(schema)
    given, odd = [], []
    for key, inner in _fields(schema).items():
        if not key.isidentifier() or keyword.iskeyword(key):
            odd.append(key)
            continue
        shown = classes.of(inner, _words(key))
        comment = inner.get("description") if isinstance(inner, dict) else None
        given.append((key in required, f"{key}: {shown}" + ("" if key in required else " = ..."), comment))
    given.sort(key=lambda each: not each[0])
    result = classes.of(_load(returns), "Result") if returns else "object"
    head = f"# {reference(skill)}.{name}\nasync def {name}("
    if given:
        lines = [f"    {text}," + (f"  # {_line(comment)}" if comment else "") for _, text, comment in given]
        head += "\n    *,\n" + "\n".join(lines) + "\n"
    body = [f"{head}) -> {result}:"]
    about = _text(description)
    if odd:
        about += f"\n    Pass one dict: these names are no Python names: {', '.join(odd)}"
    body.append(f'    """{about}"""' if about else "    ...")
    return "\n".join([*classes.written, *body])


def reference(skill):
    """Returns how a program writes a skill."""
    name = skill.replace("-", "_")
    return f"tools.{name}" if name.isidentifier() and not keyword.iskeyword(name) else f"tools[{skill!r}]"


class _Classes:
    """The classes of nested objects."""

    def __init__(self, prefix):
        self._prefix, self.written, self._names = prefix, [], set()

    def of(self, schema, name, level=0):
        if not isinstance(schema, dict):
            return "object"
        if isinstance(values := schema.get("enum"), list) and values:
            return f"Literal[{', '.join(map(_literal, values))}]"
        if "const" in schema:
            return f"Literal[{_literal(schema['const'])}]"
        for key in ("anyOf", "oneOf"):
            if isinstance(options := schema.get(key), list) and options:
                shown = (self.of(option, f"{name}{number}", level) for number, option in enumerate(options, 1))
                return " | ".join(dict.fromkeys(shown))
        kind = schema.get("type")
        if isinstance(kind, list):
            return " | ".join(dict.fromkeys(self.of(schema | {"type": each}, name, level) for each in kind)) or "object"
        if kind == "array":
            items = schema.get("items")
            return f"list[{self.of(items, f'{name}Item', level)}]" if items else "list"
        if kind == "object":
            return self._object(schema, name, level)
        return _SIMPLE.get(kind, "object")

    def _object(self, schema, name, level):
        fields = _fields(schema)
        if not fields or level >= MOST_LEVELS:
            values = schema.get("additionalProperties")
            return f"dict[str, {self.of(values, f'{name}Value', level + 1)}]" if isinstance(values, dict) else "dict"
        chosen = f"{self._prefix}{name}"
        while chosen in self._names:
            chosen += "_"
        self._names.add(chosen)
        required = _required(schema)
        shown = []
        for key, inner in fields.items():
            inner_type = self.of(inner, f"{name}{_words(key)}", level + 1)
            shown.append(f"{key!r}: {inner_type if key in required else f'NotRequired[{inner_type}]'}")
        self.written.append(f'{chosen} = TypedDict("{chosen}", {{{", ".join(shown)}}})')
        return chosen


def _load(text):
    try:
        schema = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return {}
    return schema if isinstance(schema, dict) else {}


def _fields(schema):
    fields = schema.get("properties")
    return fields if isinstance(fields, dict) else {}


def _required(schema):
    names = schema.get("required")
    return {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()


def _words(name):
    return "".join(part.capitalize() for part in "".join(c if c.isalnum() else " " for c in name).split())


def _literal(value):
    return repr(value) if isinstance(value, (str, int, bool, type(None))) else json.dumps(value)


def _line(text):
    return " ".join(str(text).split())


def _text(text):
    return text.replace("\\", "\\\\").replace('"""', "'''").strip().replace("\n", "\n    ")
