"""How programs write skills and methods: `tools.SKILL.METHOD`, or a name in brackets where Python has no such attribute."""

import keyword


def is_attribute(name):
    """Tells whether a name can follow a dot, and means what it names."""
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_")


def attributes(ids):
    """Returns the skills' ids by the attributes of `tools` that stand for them. An id is its own attribute; a hyphen is written
    as an underscore, where that stands for one id alone."""
    found = {}
    for each in ids:
        found.setdefault(each.replace("-", "_"), []).append(each)
    chosen = {name: name if name in own else own[0] for name, own in found.items() if name in own or len(own) == 1}
    return {name: each for name, each in chosen.items() if is_attribute(name)}


def skill(id, known):
    """Returns how a program writes a skill; `known` are the attributes of all."""
    name = id.replace("-", "_")
    return f"tools.{name}" if known.get(name) == id else f"tools{_bracket(id)}"


def method(id, name, known):
    """Returns how a program writes a method."""
    written = skill(id, known)
    return f"{written}.{name}" if is_attribute(name) else f"{written}{_bracket(name)}"


def _bracket(name):
    text = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'["{text}"]'
