"""The host's functions, with plain values."""

from componentize_py_types import Err
from wit_world.imports import context, filesystem, http, skills, types


# What one `find` returns.
PAGE = 1000


def sentence(error):
    """A capability's error as a sentence."""
    match error:
        case types.Error_Denied(denial):
            return (
                f"permission denied: {denial.capability} {denial.target}; the manifest line that would allow it: "
                f"{denial.suggestion}"
            )
        case types.Error_NotFound(text):
            return f"not found: {text}"
        case types.Error_AlreadyExists(text):
            return f"already exists: {text}"
        case types.Error_Timeout(text):
            return f"timeout: {text}"
        case types.Error_Closed(text):
            return f"closed: {text}"
        case types.Error_Unavailable(text):
            return f"unavailable: {text}"
        case _:
            return error.value


# Of what a method returns, a program is given the value: no record has to be made for it.
skills.Outcome = lambda value, text: value


def invoke(call):
    """Calls a method: `call` has the fields of a request. Returns a text, and whether it is an error's."""
    try:
        return skills.invoke(call), False
    except Err as error:
        return _failure(error.value), True


def batch(calls):
    """Calls several methods at the same time. Returns what `invoke` does for each."""
    try:
        answers = skills.batch(calls, 0)
    except Err as error:
        return [(sentence(error.value), True)] * len(calls)
    return [(_failure(answer.value), True) if isinstance(answer, Err) else (answer.value, False) for answer in answers]


def _failure(failure):
    return failure.value if isinstance(failure, skills.Failure_Returned) else sentence(failure.value)


def find(query, offset, limit):
    """Finds methods that may be called: skill, method and summary of some, and how many there are."""
    page = skills.find(query, offset, limit)
    return [(each.skill, each.method, each.summary) for each in page.methods], page.total


def signatures(names):
    """Returns skill, method, description and the schemas of parameters and result; none for those that may not be called."""
    found = skills.signatures([skills.MethodName(*name) for name in names])
    return [
        each and (each.skill, each.method, each.description, each.parameters, each.returns) for each in found
    ]


def known_skills():
    """Returns the ids of the skills that may be called."""
    return skills.callable_skills()


def known_methods(skill):
    """Returns the names of a skill's methods that may be called."""
    names, offset = [], 0
    while found := skills.find("", offset, PAGE).methods:
        names += [each.method for each in found if each.skill == skill]
        # They come by skill.
        if found[-1].skill > skill:
            break
        offset += PAGE
    return names


def open_request(method, url, headers, body, timeout):
    """Sends a request. Returns the response's status and headers, and a function that reads a piece of its body."""
    options = http.RequestOptions()
    options.set_follow_redirects(False)
    if timeout is not None:
        options.set_timeout(max(1, int(timeout * 1000)))
    request = http.Request(method, url, [http.Header(name, value.encode("latin-1")) for name, value in headers], [], body)
    try:
        incoming = http.open(request, options)
    except Err as error:
        raise _network(error.value) from None
    head = incoming.head()

    def read(most):
        try:
            return incoming.read(most)
        except Err as error:
            raise _network(error.value) from None

    return head.status, [(each.name, each.value) for each in head.headers], read


def _network(error):
    match error:
        case types.Error_Denied():
            return PermissionError(sentence(error))
        case types.Error_Timeout():
            return TimeoutError(sentence(error))
        case _:
            return OSError(sentence(error))


def denial_of(path):
    """Returns why the manifest denies a path, and the line that would allow it; nothing if it does not. The host records that."""
    try:
        filesystem.stat(path)
    except Err as error:
        return sentence(error.value) if isinstance(error.value, types.Error_Denied) else None
    except ValueError:
        # No text that the host could be given.
        pass
    return None


def retire():
    """Makes this the last call of the instance."""
    context.retire()


def time_left():
    """Returns how many milliseconds the call has; none without a deadline."""
    return context.time_left()


CALL, SESSION, SKILL = (context.Scope[name].value for name in ("CALL", "SESSION", "SKILL"))
# The bindings make an enumeration of its number in each call, which is slow the first time in an instance.
context.Scope = int


def scope():
    """Returns what the instance is kept for: `CALL`, `SESSION` or `SKILL`."""
    return context.instance_scope()
