# SPDX-License-Identifier: Apache-2.0
"""What every file and every room has, and what no text of the project holds."""

import re
from collections.abc import Iterator

from rules_lib import bans, cpp, layers
from rules_lib.tree import BYTES_UNDER, File, Finding, Tree

LICENSE_LINE = "SPDX-License-Identifier: Apache-2.0"
LICENSED_KINDS = {"cpp", "python", "script", "cmake", "make", "yaml", "proto", "typescript"}
LICENSE_WITHIN_LINES = 3
SPACED_KINDS = LICENSED_KINDS | {"markdown", "json"}

_MACHINE_PATH = re.compile(r"(?<![\w./~})*>-])/(?:work/|root/|home/\w|tmp/\S)[\w./-]*")
_REGISTRY = re.compile(
    r"\b(?:(?:deb|security|snapshot|archive)\.debian\.org|archive\.ubuntu\.com|pypi\.org"
    r"|files\.pythonhosted\.org|registry\.(?:npmjs\.org|yarnpkg\.com)|(?:static\.)?crates\.io"
    r"|proxy\.golang\.org|mirrors?\.[a-z][\w.-]*\.[a-z]+)\b")


def check_license(tree: Tree) -> Iterator[Finding]:
    for file in tree.text_files():
        if file.kind not in LICENSED_KINDS:
            continue
        if not any(LICENSE_LINE in line for line in file.lines[:LICENSE_WITHIN_LINES]):
            mark = "//" if file.kind in ("cpp", "proto", "typescript") else "#"
            yield Finding(file.path, 1, "license", "the licence line is missing",
                          f"open the file with `{mark} {LICENSE_LINE}`")


def check_pragma_once(tree: Tree) -> Iterator[Finding]:
    for file in tree.cpp_files():
        if file.is_header and not re.search(r"^#pragma once$", file.code, re.MULTILINE):
            yield Finding(file.path, 1, "pragma-once", "the header may be read twice",
                          "write #pragma once below the opening comment")


def check_own_headers(tree: Tree) -> Iterator[Finding]:
    """x.cc shows that x.h stands alone, which cmake/Room.cmake relies upon."""
    for file in tree.cpp_files():
        header = file.path.removesuffix(".cc") + ".h"
        if not file.path.startswith(("src/", "apps/")) or header not in tree.paths:
            continue
        name = header.partition("/")[2]
        first = next(cpp.includes(file.text, file.code), None)
        if not file.is_header and (first is None or first.target != name):
            yield Finding(file.path, first.line if first else 1, "own-header",
                          f"{name} is not the first that is included",
                          f'begin with #include "{name}"')


def check_rooms(tree: Tree) -> Iterator[Finding]:
    for room in layers.read(tree).rooms:
        if not any(path.startswith(f"src/{room}/") for path in tree.paths):
            continue  # a room is in the table before its first line is written
        for name, remedy in (
                ("README.md", "one page: purpose, the three types to know, invariants, how to test "
                              "it"),
                ("CMakeLists.txt", f"superfluid_room({room})")):
            if f"src/{room}/{name}" not in tree.paths:
                yield Finding(f"src/{room}/{name}", 0, "room-files",
                              f"room '{room}' has no {name}", f"write it: {remedy}")


def check_corpora(tree: Tree) -> Iterator[Finding]:
    for file in tree.cpp_files():
        if not file.name.endswith("_fuzz.cc"):
            continue
        corpus = BYTES_UNDER[0] + file.name.removesuffix(".cc") + "/"
        if not any(path.startswith(corpus) for path in tree.paths):
            yield Finding(file.path, 1, "corpus", f"the fuzzer has no corpus in {corpus}",
                          "add inputs there: one that is accepted, and one for each refusal")


def check_words(tree: Tree) -> Iterator[Finding]:
    for file in tree.text_files():
        if file.path.startswith(bans.OWN):
            continue
        for number, line in enumerate(file.lines, 1):
            # mkdtemp and mkstemp are told where to make what they make.
            for match in _MACHINE_PATH.finditer(line):
                if not match.group().endswith("XXXXXX"):
                    yield Finding(file.path, number, "machine-path",
                                  f"{match.group()} is a path of one machine",
                                  "write a path from the project's root, or take it from the "
                                  "environment; a test makes its own with mkdtemp")
            if match := _REGISTRY.search(line):
                yield Finding(file.path, number, "registry",
                              f"{match.group()} is a package registry",
                              "name the package; where it is fetched from is the machine's choice")


def check_names(tree: Tree) -> Iterator[Finding]:
    for file in tree.files:
        if re.search(r"\s", file.path):
            yield Finding(file.path, 0, "file-name", "the name holds white space",
                          "write - or _ instead")


def check_space(tree: Tree) -> Iterator[Finding]:
    for file in tree.text_files():
        if file.kind not in SPACED_KINDS:
            continue
        for number, line in enumerate(file.lines, 1):
            if line != line.rstrip():
                yield Finding(file.path, number, "space", "white space at the end of the line",
                              "delete it")
            if file.is_cpp and "\t" in line:
                yield Finding(file.path, number, "space", "a tab in C++",
                              "run clang-format, or write \\t inside of a literal")
        if file.text and not file.text.endswith("\n"):
            yield Finding(file.path, len(file.lines), "space", "the last line is not ended",
                          "end the file with a newline")


_FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_CODE_SPAN = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def check_links(tree: Tree) -> Iterator[Finding]:
    folders = {path[:at] for path in tree.paths for at in range(len(path)) if path[at] == "/"}
    for file in tree.text_files():
        if file.kind != "markdown":
            continue
        text = _prose(file)
        for match in _LINK.finditer(text):
            target, _, anchor = match.group(1).partition("#")
            if _SCHEME.match(match.group(1)):
                continue
            path = _resolve(file.path, target) if target else file.path
            line = file.line_at(match.start())
            if path is None or path not in tree.paths and path not in folders and path != "":
                yield Finding(file.path, line, "link", f"{match.group(1)} leads nowhere",
                              "correct the path: it starts from this file's folder")
            elif anchor and path.endswith(".md") and anchor not in _anchors(tree.find(path)):
                yield Finding(file.path, line, "link", f"{path} has no heading #{anchor}",
                              "correct the anchor: a heading in lower case, spaces as -")


def _prose(file: File) -> str:
    def hide(match: re.Match) -> str:
        return re.sub(r"[^\n]", " ", match.group())

    return _CODE_SPAN.sub(hide, _FENCE.sub(hide, file.text))


def _resolve(path: str, target: str) -> str | None:
    """`target` seen from the folder of `path`, as a path from the root; None when outside of it."""
    parts = [] if target.startswith("/") else path.split("/")[:-1]
    for part in target.strip("/").split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _anchors(file: File) -> set[str]:
    headings = re.findall(r"^#{1,6}\s+(.*?)\s*#*$", _FENCE.sub("", file.text), re.MULTILINE)
    slugs: set[str] = set()
    for heading in headings:
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        again = 1
        unique = slug
        while unique in slugs:
            unique = f"{slug}-{again}"
            again += 1
        slugs.add(unique)
    return slugs
