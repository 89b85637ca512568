"""Errors as sentences."""

from functools import wraps

from componentize_py_types import Err
from wit_world.imports import types

from text import Failure


def sentence(error: types.Error) -> str:
    """A capability's error as a sentence."""
    match error:
        case types.Error_Denied(denial):
            return f"denied: {denial.target}: the manifest does not allow it; {denial.suggestion} would"
        case types.Error_NotFound(text):
            return f"not found: {text}"
        case types.Error_AlreadyExists(text):
            return f"exists already: {text}"
        case types.Error_Invalid(text):
            return f"invalid: {text}"
        case types.Error_TooLarge(text):
            return f"too large: {text}"
        case types.Error_LimitExceeded(text):
            return f"limit exceeded: {text}"
        case types.Error_Timeout(text):
            return f"timed out: {text}"
        case types.Error_Closed(text):
            return f"closed: {text}"
        case types.Error_Unavailable(text):
            return f"unavailable: {text}"
        case types.Error_Io(text):
            return text


def readable(methods: type) -> type:
    """Lets each method of a class end with a text for an error, whether a `Failure` or a capability's."""
    for name, method in list(vars(methods).items()):
        if callable(method) and not name.startswith("_"):
            setattr(methods, name, _readable(method))
    return methods


def _readable(method):
    @wraps(method)
    def call(*arguments):
        try:
            return method(*arguments)
        except Failure as failure:
            raise Err(str(failure)) from None
        except Err as error:
            raise Err(sentence(error.value)) from None

    return call
