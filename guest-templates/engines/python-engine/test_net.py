import unittest
import urllib.error
import urllib.request

from engine import net


class Net(unittest.TestCase):
    """The tests replace `http.client`'s connections, for the whole process."""

    @classmethod
    def setUpClass(cls):
        net.install(lambda *request: cls.answer(*request))

    def setUp(self):
        type(self).sent = []
        type(self).answers = []

    @classmethod
    def answer(cls, *request):
        cls.sent.append(request)
        status, headers, body = cls.answers.pop(0)
        pieces = [body[place : place + 3] for place in range(0, len(body), 3)]
        return status, headers, lambda most: pieces.pop(0) if pieces else b""

    def test_requests(self):
        self.answers.append((200, [("content-type", b"text/plain; charset=utf-8"), ("content-encoding", b"gzip")], b"hello"))
        with urllib.request.urlopen("https://example.com/a?b=c", timeout=5) as answer:
            self.assertEqual(answer.read(), b"hello")
            self.assertEqual(answer.headers.get_content_charset(), "utf-8")
            self.assertIsNone(answer.headers["content-encoding"])
        method, url, headers, body, timeout = self.sent[0]
        self.assertEqual((method, url, body, timeout), ("GET", "https://example.com/a?b=c", b"", 5))
        self.assertEqual([name for name, _ in headers], ["User-Agent"])

    def test_bodies(self):
        def pieces():
            yield b"one "
            yield b"two"

        for data, headers, sent in [(b"x=1", {}, b"x=1"), (pieces(), {}, b"one two"), (b"", {}, b"")]:
            self.answers.append((201, [], b""))
            request = urllib.request.Request("http://example.com:8080/", data, headers, method="POST")
            urllib.request.urlopen(request).close()
            self.assertEqual(self.sent[-1][:2], ("POST", "http://example.com:8080/"))
            self.assertEqual(self.sent[-1][3], sent)

    def test_redirects_are_requests_of_their_own(self):
        self.answers += [(302, [("location", b"https://other.example/x")], b""), (200, [], b"there")]
        self.assertEqual(urllib.request.urlopen("http://example.com/").read(), b"there")
        self.assertEqual([each[1] for each in self.sent], ["http://example.com/", "https://other.example/x"])

    def test_errors(self):
        self.answers.append((404, [], b"no"))
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen("http://example.com/")
        self.assertEqual((caught.exception.code, caught.exception.read()), (404, b"no"))
        caught.exception.close()

        def denied(*_):
            raise PermissionError("permission denied: http")

        net.install(denied)
        try:
            with self.assertRaisesRegex(urllib.error.URLError, "permission denied: http"):
                urllib.request.urlopen("http://example.com/")
        finally:
            net.install(lambda *request: type(self).answer(*request))

    def test_whole_requests(self):
        for sent, whole in [
            (b"GET / HTTP/1.1\r\n\r\n", True),
            (b"GET / HTTP/1.1\r\nA: b\r\n", False),
            (b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", False),
            (b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", True),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", False),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", True),
        ]:
            self.assertEqual(net.is_whole(sent), whole, sent)


if __name__ == "__main__":
    unittest.main()
