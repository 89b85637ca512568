"""What programs may call, found by words."""

from . import names, stubs

# How many methods an answer has at most.
DETAILS = {"names": 200, "summary": 60, "stubs": 12}
# Characters of a query that an answer repeats.
QUERY = 100
# Characters of an answer.
MOST = 8 << 10


class Unknown(Exception):
    """An unknown value of `detail`."""


def search(query, detail, find, signatures, known):
    """Returns the methods that match. `find(query, offset, limit)` returns (skill, method, summary) of some, and how many there
    are; `signatures(names)` returns (skill, method, description, parameters, returns), or none, for each, and `known()` the
    ids of all skills."""
    detail = detail or "names"
    limit = DETAILS.get(detail)
    if limit is None:
        raise Unknown(f"detail is {detail!r}: one of {', '.join(DETAILS)}")
    query = (query or "").strip()
    shown_query = query[:QUERY]
    found, total = find(query, 0, limit)
    if not found:
        return _nothing(shown_query, find)
    entries = _entries(found, detail, signatures, names.attributes(known()))
    between = "\n\n" if detail == "stubs" else "\n"
    shown, size = [], 0
    for entry in entries:
        size += len(entry) + len(between)
        if shown and size > MOST:
            break
        shown.append(entry if len(entry) <= MOST else f"{entry[:MOST]}… cut off")
    what = f"methods match {shown_query!r}" if query else "methods"
    text = f"{len(shown)} of {total} {what}{':' if len(shown) == total else ', the best first:'}{between}{between.join(shown)}"
    if len(shown) < total:
        text += f"\n\n{total - len(shown)} more: search for other words to see them."
    if detail != "stubs":
        text += "\n\ndetail: stubs shows parameters and results."
    return text


def _entries(found, detail, signatures, known):
    if detail == "names":
        return [names.method(skill, method, known) for skill, method, _ in found]
    if detail == "summary":
        return [f"{names.method(skill, method, known)}: {' '.join(summary.split())}" for skill, method, summary in found]
    types = signatures([(skill, method) for skill, method, _ in found])
    return [stubs.method(names.method(*each[:2], known), *each) for each in types if each is not None]


def _nothing(query, find):
    _, total = find("", 0, 1)
    if not total:
        return (
            "No method of another skill can be called: invoke_policy.can_invoke of this skill's manifest and "
            "can_be_invoked_by of the other's both have to allow it."
        )
    return f"0 of {total} methods match {query!r}. A search without a query lists them."
