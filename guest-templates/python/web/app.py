"""Requests to web servers, as methods."""

from functools import wraps

import wit_world
from componentize_py_types import Err
from wit_world.imports import http, types

import text
from text import Failure


def _send(
    method: str, url: str, headers: list[tuple[str, str]], body: str, timeout_ms: int | None
) -> http.Response:
    options = http.RequestOptions()
    if timeout_ms is not None:
        options.set_timeout(timeout_ms)
    request = http.Request(
        method=method,
        url=url,
        headers=[http.Header(name, value.encode()) for name, value in headers],
        cookies=[],
        body=body.encode(),
    )
    return http.send(request, options)


def _sentence(error: types.Error) -> str:
    match error:
        case types.Error_Denied(denial):
            return f"denied: {denial.target}; to allow it, the manifest needs {denial.suggestion}"
        case _:
            return error.value


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
            raise Err(_sentence(error.value)) from None

    return call


@readable
class WitWorld(wit_world.WitWorld):
    def get(self, url: str, timeout_ms: int | None) -> str:
        answer = _send("GET", url, [], "", timeout_ms)
        return text.succeeded(answer.status, answer.body)

    def get_json(self, url: str, timeout_ms: int | None) -> str:
        answer = _send("GET", url, [("accept", "application/json")], "", timeout_ms)
        return text.indent(text.succeeded(answer.status, answer.body))

    def post(self, url: str, body: str, timeout_ms: int | None) -> str:
        answer = _send("POST", url, [("content-type", text.content_type(body))], body, timeout_ms)
        return text.succeeded(answer.status, answer.body)

    def request(
        self, method: str, url: str, body: str | None, headers: str | None, timeout_ms: int | None
    ) -> str:
        given = text.headers(headers) if headers and headers.strip() else []
        answer = _send(method, url, given, body or "", timeout_ms)
        return text.compact({"status": answer.status, "body": answer.body.decode(errors="replace")})

    def head(self, url: str, timeout_ms: int | None) -> str:
        answer = _send("HEAD", url, [], "", timeout_ms)
        headers = text.joined([(header.name, header.value.decode(errors="replace")) for header in answer.headers])
        return text.compact({"status": answer.status, "headers": headers})
