"""What programs may call, found by words."""

from . import stubs

DETAILS = {"names": 200, "summary": 50, "stubs": 10}
# Characters of an answer.
MOST = 24_000


class Unknown(Exception):
    """A detail that there is not."""


def search(query, detail, find, signatures):
    """Returns methods that match. `find(query, offset, limit)` returns (skill, method, summary) and how many there are;
    `signatures(names)` returns (skill, method, description, parameters, returns) or none for each."""
    detail = detail or "names"
    limit = DETAILS.get(detail)
    if limit is None:
        raise Unknown(f"detail is {detail!r}: one of {', '.join(DETAILS)}")
    query = (query or "").strip()
    found, total = find(query, 0, limit)
    if not total:
        return _nothing(query, find)
    entries = _entries(found, detail, signatures)
    shown, size = [], 0
    for entry in entries:
        if shown and size + len(entry) > MOST:
            break
        shown.append(entry[:MOST])
        size += len(entry)
    text = ("\n\n" if detail == "stubs" else "\n").join(shown)
    if len(shown) < total:
        text += f"\n\n{len(shown)} of {total} methods are shown, the best first. Search for other words to see others."
    return text


def _entries(found, detail, signatures):
    if detail == "names":
        return [f"{stubs.reference(skill)}.{method}" for skill, method, _ in found]
    if detail == "summary":
        return [f"{stubs.reference(skill)}.{method}: {summary}" for skill, method, summary in found]
    known = signatures([(skill, method) for skill, method, _ in found])
    return [stubs.method(*each) for each in known if each is not None]


def _nothing(query, find):
    _, all_there_are = find("", 0, 1)
    if not all_there_are:
        return (
            "No method of another skill can be called: invoke_policy.can_invoke of this skill's manifest and "
            "can_be_invoked_by of the other's both have to allow it."
        )
    return f"No method matches {query!r}. There are {all_there_are}; a search without a query lists them."
