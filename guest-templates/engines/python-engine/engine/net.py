"""`http.client`, and with it `urllib.request`, over the host's requests: there are no sockets, and TLS is the host's.

A connection of `http.client` writes a request to its socket and reads the response from it. Here the socket is ours."""

import http.client
import io
import urllib.request

# Headers of the connection, which is the host's.
_OF_THE_CONNECTION = {
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
# The host decompresses.
_OF_THE_BODY = {"content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive"}
_PIECE = 1 << 18

_open = None


def install(open_request):
    """Sends requests with `open_request(method, url, headers, body, timeout)`, which returns a status, headers and a function
    that reads a piece of the body."""
    global _open
    _open = open_request
    http.client.HTTPConnection.connect = _connect
    http.client.HTTPSConnection = HTTPSConnection
    urllib.request.HTTPSHandler = HTTPSHandler


class HTTPSConnection(http.client.HTTPConnection):
    """A connection over TLS."""

    default_port = http.client.HTTPS_PORT

    def __init__(self, host, port=None, *, context=None, **options):
        # Certificates are the host's matter.
        super().__init__(host, port, **options)


class HTTPSHandler(urllib.request.AbstractHTTPHandler):
    """Opens https URLs."""

    def __init__(self, debuglevel=0, context=None, check_hostname=None):
        super().__init__(debuglevel)

    def https_open(self, request):
        return self.do_open(HTTPSConnection, request)

    https_request = urllib.request.AbstractHTTPHandler.do_request_


def _connect(connection):
    if connection._tunnel_host:
        raise OSError("proxies are set by the host")
    scheme = "https" if isinstance(connection, HTTPSConnection) else "http"
    default = connection.default_port
    host = f"[{connection.host}]" if ":" in connection.host else connection.host
    origin = f"{scheme}://{host}" + ("" if connection.port == default else f":{connection.port}")
    timeout = connection.timeout if isinstance(connection.timeout, (int, float)) else None
    connection.sock = Socket(origin, timeout)


class Socket:
    """What `http.client` takes for a socket."""

    def __init__(self, origin, timeout):
        self._origin, self._timeout, self._sent = origin, timeout, bytearray()
        self._response = None

    def sendall(self, data):
        """Takes a part of the request, and sends it once it is whole: errors are those of sending it."""
        self._sent += data
        if is_whole(self._sent):
            method, url, headers, body = parse(bytes(self._sent), self._origin)
            self._sent.clear()
            status, received, read = _open(method, url, headers, body, self._timeout)
            self._response = io.BufferedReader(_Response(head(status, received), read), _PIECE)

    def makefile(self, *_, **__):
        if self._response is None:
            raise OSError("the request is not whole: its body is shorter than its content-length")
        return self._response

    def settimeout(self, timeout):
        self._timeout = timeout

    def setsockopt(self, *_):
        pass

    def shutdown(self, *_):
        pass

    def close(self):
        pass


class _Response(io.RawIOBase):
    """The bytes of a response: its head, then its body as it comes."""

    def __init__(self, head, read):
        self._left, self._read, self._is_ended = head, read, False

    def readable(self):
        return True

    def readinto(self, buffer):
        if not self._left and not self._is_ended:
            self._left = self._read(_PIECE)
            self._is_ended = not self._left
        taken = self._left[: len(buffer)]
        buffer[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)


def is_whole(sent):
    """Tells whether a request, as `http.client` writes it, has come to its end."""
    end = sent.find(b"\r\n\r\n")
    if end < 0:
        return False
    length = 0
    for line in sent[:end].lower().split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name == b"transfer-encoding":
            return sent.endswith(b"0\r\n\r\n")
        if name == b"content-length":
            length = int(value)
    return len(sent) >= end + 4 + length


def parse(sent, origin):
    """Returns method, URL, headers and body of a request as `http.client` writes it."""
    top, _, body = sent.partition(b"\r\n\r\n")
    first, *lines = top.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers, chunked = [], False
    for line in lines:
        name, _, value = line.partition(":")
        chunked |= name.lower() == "transfer-encoding" and "chunked" in value.lower()
        if name.lower() == "accept-encoding" and value.strip() == "identity":
            continue
        if name.lower() not in _OF_THE_CONNECTION:
            headers.append((name, value.strip()))
    url = target if "://" in target else origin + target
    return method, url, headers, _join(body) if chunked else body


def _join(body):
    """Returns the bytes of a body that is written in chunks."""
    whole, place = bytearray(), 0
    while True:
        end = body.index(b"\r\n", place)
        size = int(body[place:end].split(b";")[0], 16)
        if size == 0:
            return bytes(whole)
        whole += body[end + 2 : end + 2 + size]
        place = end + 4 + size


def head(status, headers):
    """Returns the head of a response, as `http.client` reads it."""
    reason = http.client.responses.get(status, "")
    lines = [f"HTTP/1.1 {status} {reason}".encode()]
    lines += [name.encode("latin-1") + b": " + value for name, value in headers if name.lower() not in _OF_THE_BODY]
    return b"\r\n".join([*lines, b"connection: close", b"", b""])
