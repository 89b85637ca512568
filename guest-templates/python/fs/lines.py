"""Texts whose line ends stay as they are in the file. Nothing here asks the host for anything."""

from dataclasses import dataclass


@dataclass
class Lines:
    """A file's text with LF for every line end, and what each line end is in the file."""

    text: str
    ends: list[str]

    @classmethod
    def of(cls, file: str) -> "Lines":
        """Reads a file's text. Where it has no LF, a CR ends a line; elsewhere a lone CR is a character like others."""
        separator = "\n" if "\n" in file else "\r"
        *parts, last = file.split(separator)
        ends = ["\r\n" if part.endswith("\r") else separator for part in parts]
        return cls("\n".join([*(part.removesuffix("\r") for part in parts), last]), ends)

    def argument(self, argument: str) -> str:
        """Gives an argument the line ends of `text`."""
        if not self.ends:
            return argument
        argument = argument.replace("\r\n", "\n")
        return argument.replace("\r", "\n") if self.ends[0] == "\r" else argument

    def replace(self, old: str, new: str) -> "Lines":
        """Replaces `old` by `new` everywhere. Lines that both begin or end with keep their ends; other lines of `new` take
        those of the lines they replace, or of the line at that place."""
        old_lines, new_lines = old.split("\n"), new.split("\n")
        removed, added = len(old_lines) - 1, len(new_lines) - 1
        shared = min(removed, added)
        head = _common(old_lines, new_lines, shared)
        tail = _common(old_lines[::-1], new_lines[::-1], shared - head)

        parts = self.text.split(old)
        ends = []
        at = 0
        for position, part in enumerate(parts):
            if position > 0:
                first, last = at + head, at + removed - tail
                ends += self.ends[at:first]
                ends += [self._end(first, last, line) for line in range(added - head - tail)]
                ends += self.ends[last : at + removed]
                at += removed
            following = at + part.count("\n")
            ends += self.ends[at:following]
            at = following
        return Lines(new.join(parts), ends)

    def _end(self, first: int, last: int, line: int) -> str:
        """The line end of a new line where the ends from `first` to `last` are replaced."""
        if first < last:
            return self.ends[min(first + line, last - 1)]
        return self.ends[min(first, len(self.ends) - 1)] if self.ends else "\n"

    def file(self) -> str:
        """Gives the text back as the file has it."""
        first, *others = self.text.split("\n")
        return first + "".join(end + line for end, line in zip(self.ends, others, strict=True))


def _common(one: list[str], other: list[str], most: int) -> int:
    """How many lines both begin with, up to `most`."""
    count = 0
    while count < most and one[count] == other[count]:
        count += 1
    return count


def last_end(tail: bytes) -> str:
    """The line end of a file, as its last bytes tell: that of the last line that has one; LF where none has."""
    at = tail.rfind(b"\n")
    if at > 0 and tail[at - 1 : at] == b"\r":
        return "\r\n"
    return "\r" if at < 0 and b"\r" in tail else "\n"
