"""Files for agents. The methods, their parameters and their documentation are in `wit/world.wit`; this is the table that says
where each is."""

from wit_world import exports
from wit_world.imports import filesystem

import edit
import listing
import search
import text
from report import readable


@readable
class Files(exports.Files):
    def read(self, path: str) -> str:
        return text.decode(path, filesystem.read(path))

    def read_lines(self, path: str, start: int | None, end: int | None) -> str:
        return listing.lines(path, start or 1, end or 0)

    def write(self, path: str, content: str) -> str:
        return edit.write(path, content)

    def append_line(self, path: str, line: str) -> str:
        return edit.append_line(path, line)

    def edit(self, path: str, old_string: str, new_string: str | None, replace_all: bool | None) -> str:
        return edit.edit(path, old_string, new_string or "", bool(replace_all))

    def delete(self, path: str) -> str:
        filesystem.delete(path)
        return f"Deleted: {path}"

    def mkdir(self, path: str) -> str:
        filesystem.mkdir(path)
        return f"Created directory: {path}"

    def list(self, path: str, detailed: bool | None) -> str:
        return listing.list_directory(path, bool(detailed))

    def stat(self, path: str) -> str:
        return listing.stat(path)

    def chmod(self, path: str, mode: int, recursive: bool | None) -> str:
        filesystem.chmod(path, mode, bool(recursive))
        return f"Changed mode of {path} to 0{mode:03o}"

    def move(self, source: str, dest: str) -> str:
        filesystem.rename(source, dest)
        return f"Moved: {source} -> {dest}"

    def copy(self, source: str, dest: str) -> str:
        filesystem.copy(source, dest)
        return f"Copied: {source} -> {dest}"

    def count_lines(self, path: str) -> int:
        # One line is asked for; the host counts the rest.
        return filesystem.read_lines(path, 0, 1).total

    def find(
        self, path: str, pattern: str, only_files: bool | None, hidden: bool | None, max_depth: int | None
    ) -> str:
        return listing.find(path, pattern, only_files is not False, bool(hidden), max_depth or 0)

    def tree(self, path: str, max_depth: int | None, hidden: bool | None) -> str:
        return listing.tree(path, max_depth or 0, bool(hidden))

    def search(
        self,
        pattern: str,
        path: str | None,
        fixed: bool | None,
        case_insensitive: bool | None,
        # `list` is a method here.
        include: "list[str] | None",
        exclude: "list[str] | None",
        max_count: int | None,
    ) -> str:
        return search.lines(
            pattern,
            path,
            fixed=bool(fixed),
            case_insensitive=bool(case_insensitive),
            include=include or [],
            exclude=exclude or [],
            max_count=max_count or 0,
        )

    def search_code(
        self,
        pattern: str,
        path: str | None,
        language: str | None,
        case_insensitive: bool | None,
        max_count: int | None,
    ) -> str:
        return search.lines(
            pattern,
            path,
            type_filter="code" if language is None else language,
            case_insensitive=bool(case_insensitive),
            max_count=max_count or 0,
        )

    def search_files(
        self,
        pattern: str,
        path: str | None,
        fixed: bool | None,
        case_insensitive: bool | None,
        include: "list[str] | None",
    ) -> str:
        return search.files(
            pattern, path, fixed=bool(fixed), case_insensitive=bool(case_insensitive), include=include or []
        )

    def search_in_file(
        self, path: str, pattern: str, fixed: bool | None, case_insensitive: bool | None
    ) -> str:
        return search.lines(
            pattern, path, type_filter="all", fixed=bool(fixed), case_insensitive=bool(case_insensitive)
        )
