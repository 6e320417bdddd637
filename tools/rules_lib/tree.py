# SPDX-License-Identifier: Apache-2.0
"""The files of the project, read once.

In a git work tree these are the files that git tracks or would add, so that build folders stay
out; elsewhere (an unpacked archive, a test's fixture) all files outside of the usual build folders.
"""

import dataclasses
import functools
import os
import pathlib
import shutil
import subprocess
from collections.abc import Iterator

from rules_lib import cpp

CPP_SUFFIXES = (".h", ".cc", ".c")
SUFFIX_KINDS = {
    ".h": "cpp", ".cc": "cpp", ".c": "cpp",
    ".py": "python", ".sh": "script", ".cmake": "cmake", ".mk": "make",
    ".yml": "yaml", ".yaml": "yaml", ".proto": "proto", ".ts": "typescript",
    ".md": "markdown", ".json": "json",
}
NAME_KINDS = {"CMakeLists.txt": "cmake", "Makefile": "make"}
BUILD_FOLDERS = {".git", "build", "out", "node_modules", "__pycache__"}

# Inputs of fuzzers are bytes, whatever they look like.
BYTES_UNDER = ("fuzz/corpus/", "fuzz/crashes/")


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    rule: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.wrong}; remedy: {self.remedy}"


class File:
    """One file: its path from the root with '/', its text (None for bytes), its kind."""

    def __init__(self, root: pathlib.Path, path: str):
        self.path = path
        self.name = path.rsplit("/", 1)[-1]
        self.text = None if path.startswith(BYTES_UNDER) else _read_text(root / path)
        self.kind = "bytes" if self.text is None else _kind_of(self.name, self.text)

    @functools.cached_property
    def lines(self) -> list[str]:
        return (self.text or "").split("\n")

    @functools.cached_property
    def code(self) -> str:
        """C++ with comments and the insides of literals blanked; positions stay."""
        return cpp.blank(self.text or "")

    @property
    def is_cpp(self) -> bool:
        return self.kind == "cpp"

    @property
    def is_header(self) -> bool:
        return self.path.endswith(".h")

    @property
    def is_test(self) -> bool:
        return self.path.startswith("tests/") or self.name.endswith("_test.cc")

    def line_at(self, offset: int) -> int:
        return (self.text or "").count("\n", 0, offset) + 1


class Tree:
    def __init__(self, root: pathlib.Path):
        self.files = [File(root, path) for path in sorted(_paths(root))]
        self.paths = {file.path for file in self.files}

    def cpp_files(self) -> Iterator[File]:
        return (file for file in self.files if file.is_cpp)

    def text_files(self) -> Iterator[File]:
        return (file for file in self.files if file.text is not None)

    def find(self, path: str) -> File | None:
        return next((file for file in self.files if file.path == path), None)


def _paths(root: pathlib.Path) -> list[str]:
    if (root / ".git").exists():
        git = shutil.which("git") or "false"
        listed = subprocess.run(
            [git, "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True, check=False)
        if listed.returncode == 0:
            names = {os.fsdecode(name) for name in listed.stdout.split(b"\0") if name}
            return [name for name in names if (root / name).is_file()]
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in BUILD_FOLDERS]
        found += [(pathlib.Path(folder) / name).relative_to(root).as_posix() for name in names]
    return found


def _read_text(path: pathlib.Path) -> str | None:
    data = path.read_bytes()
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _kind_of(name: str, text: str) -> str:
    if name in NAME_KINDS:
        return NAME_KINDS[name]
    suffix = pathlib.PurePosixPath(name).suffix
    if suffix in SUFFIX_KINDS:
        return SUFFIX_KINDS[suffix]
    if text.startswith("#!"):
        return "python" if "python" in text.split("\n", 1)[0] else "script"
    return "text"
