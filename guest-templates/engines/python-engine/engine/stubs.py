"""Python types from JSON Schema."""

import json
import keyword

from . import names

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


def method(reference, skill, name, description, parameters, returns):
    """Returns the stub of a method: how it is called, what comes back, and what it is for. `reference` is how a program writes
    it."""
    schema = _load(parameters)
    classes = _Classes(_words(skill) + _words(name))
    lines = _arguments(schema, classes)
    result = classes.of(_load(returns), "Result") if returns else "object"
    head = f"# {reference}\nasync def {_function(name)}(" + ("\n" + "\n".join(lines) + "\n" if lines else "")
    about = _text(description)
    body = f'    """{about}"""' if about else "    ..."
    return "\n".join([*classes.written, f"{head}) -> {result}:", body])


def _arguments(schema, classes):
    """Returns the lines of a function's parameters. Arguments whose names are no Python names are keys of one dict."""
    required, fields = _required(schema), _fields(schema)
    others = {key: inner for key, inner in fields.items() if not _is_parameter(key)}
    lines = []
    if others:
        lines += [f"    # {key!r}: {comment}" for key, inner in others.items() if (comment := _comment(inner))]
        shown = classes.of({"type": "object", "properties": others, "required": list(required)}, "Arguments")
        end = "" if required & others.keys() else " = ..."
        lines += [f"    arguments: {shown}{end},  # one dict: these names are no Python names", "    /,"]
    named = sorted((key for key in fields if key not in others), key=lambda key: key not in required)
    if named:
        lines.append("    *,")
    for key in named:
        comment = _comment(fields[key])
        shown = f"{key}: {classes.of(fields[key], _words(key))}" + ("" if key in required else " = ...")
        lines.append(f"    {shown}," + (f"  # {comment}" if comment else ""))
    return lines


def _is_parameter(name):
    return name.isidentifier() and not keyword.iskeyword(name)


def _function(name):
    """Returns a name for a function's definition, where a method may have any."""
    if names.is_attribute(name):
        return name
    plain = "".join(c if c.isalnum() else "_" for c in name).lstrip("_") or "method"
    return f"{plain}_" if keyword.iskeyword(plain) else plain if plain.isidentifier() else f"_{plain}"


def _comment(schema):
    text = schema.get("description") if isinstance(schema, dict) else None
    return _line(text) if text else None


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
    words = "".join(part.capitalize() for part in "".join(c if c.isalnum() else " " for c in name).split())
    return f"_{words}" if words[:1].isdigit() else words


def _literal(value):
    return repr(value) if isinstance(value, (str, int, bool, type(None))) else json.dumps(value)


def _line(text):
    return " ".join(str(text).split())


def _text(text):
    return text.replace("\\", "\\\\").replace('"""', "'''").strip().replace("\n", "\n    ")
