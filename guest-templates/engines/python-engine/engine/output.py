"""What a program prints: the beginning and the end of it, in the order of both streams."""

import io
import sys
from collections import deque

# Bytes that are kept. Between them something is left out, and the text says how much.
HEAD = 48 << 10
TAIL = 16 << 10


class Output:
    """Collects bytes up to a bound."""

    def __init__(self, head=HEAD, tail=TAIL):
        self._head, self._room = [], head
        self._tail, self._tail_size, self._tail_most = deque(), 0, tail
        self._left_out = 0

    def add(self, data):
        # Parts of a view are no copies.
        data = memoryview(data).cast("B")
        if self._room > 0:
            kept = bytes(data[: self._room])
            self._head.append(kept)
            self._room -= len(kept)
            data = data[len(kept) :]
        if not data:
            return
        self._left_out += max(0, len(data) - self._tail_most)
        data = bytes(data[-self._tail_most :])
        self._tail.append(data)
        self._tail_size += len(data)
        while self._tail_size > self._tail_most:
            over = self._tail_size - self._tail_most
            first = self._tail.popleft()
            dropped = min(over, len(first))
            if dropped < len(first):
                self._tail.appendleft(first[dropped:])
            self._tail_size -= dropped
            self._left_out += dropped

    def text(self):
        head, tail = b"".join(self._head), b"".join(self._tail)
        if not self._left_out:
            return (head + tail).decode("utf-8", "replace")
        # Neither begins or ends within a character.
        head, tail = head.decode("utf-8", "ignore"), tail.decode("utf-8", "ignore")
        return f"{head}\n[… {self._left_out} bytes of output are left out …]\n{tail}"


class Sink(io.BufferedIOBase):
    """The bytes of a stream on their way to the output. A program may close it; the output stays."""

    def __init__(self, output, fd, before=None):
        self._output, self._fd, self._before = output, fd, before

    def fileno(self):
        return self._fd

    def writable(self):
        return True

    def write(self, data):
        if self._before is not None:
            self._before()
        self._output.add(data)
        return memoryview(data).nbytes

    def close(self):
        pass


class Streams:
    """Standard output and standard error of one program."""

    def __init__(self):
        self._output = Output()
        self._out = _stream(Sink(self._output, 1))
        # What waits in one stream precedes what is written to the other.
        self._err = _stream(Sink(self._output, 2, self._flush), write_through=True)

    def begin(self):
        if getattr(sys, "stdout", None) is not self._out or getattr(sys, "stderr", None) is not self._err:
            sys.stdout = sys.__stdout__ = self._out
            sys.stderr = sys.__stderr__ = self._err

    def sink(self, fd):
        """Returns a stream of bytes that go to the output, after what waits in the others."""
        return Sink(self._output, fd, self._flush)

    def add(self, data):
        """Adds bytes, and returns how many."""
        return self.sink(1).write(data)

    def warn(self, text):
        """Adds a line of the engine's own."""
        self._flush()
        self._output.add(f"{text}\n".encode("utf-8", "backslashreplace"))

    def text(self):
        self._flush()
        return self._output.text()

    def _flush(self):
        try:
            self._out.flush()
        except ValueError:
            # The program has closed it, which flushes it.
            pass


def _stream(sink, write_through=False):
    # Half a character is no text: it is shown as an escape.
    return io.TextIOWrapper(sink, "utf-8", "backslashreplace", newline="\n", write_through=write_through)
