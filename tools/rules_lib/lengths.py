# SPDX-License-Identifier: Apache-2.0
"""Lengths: a function is seen whole, a file is read in one sitting, a line fits the screen.

The ratchet, tools/rules_ratchet.txt, lists what was longer before it was known better:

    src/net/dissect.cc:dissect 84      a function of 84 lines
    src/net/dissect.cc 640             a file of 640 lines

Its numbers only go down: a line that states more than what is there is a finding itself.
"""

import ast
import re
from collections.abc import Iterator

from rules_lib import cpp
from rules_lib.tree import File, Finding, Tree

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
RATCHET = "tools/rules_ratchet.txt"

_KINDS_READ = {"cpp", "python", "script", "cmake"}
_KINDS_OF_COLUMNS = {"cpp", "python"}
_ENTRY = re.compile(r"(\S.*?) +([0-9]+)")


def check_columns(tree: Tree) -> Iterator[Finding]:
    for file in tree.text_files():
        if file.kind not in _KINDS_OF_COLUMNS:
            continue
        for number, line in enumerate(file.lines, 1):
            if len(line) > COLUMNS_MAX:
                yield Finding(file.path, number, "line-length",
                              f"{len(line)} columns, the limit is {COLUMNS_MAX}",
                              "break the line (clang-format does, for code)")


def check_lengths(tree: Tree) -> Iterator[Finding]:
    known, strange = _read_ratchet(tree)
    yield from strange
    met = set()
    for file in tree.text_files():
        if file.kind not in _KINDS_READ:
            continue
        for what, line, lines, limit, remedy in _measure(file):
            if what not in known:
                if lines > limit:
                    yield _too_long(file, what, line, lines, limit, remedy)
                continue
            met.add(what)
            yield from _compare(file, what, line, lines, limit, known[what])
    for what, (line, _) in known.items():
        if what not in met:
            yield Finding(RATCHET, line, "ratchet", f"{what} is gone", "delete the line")


def _measure(file: File) -> Iterator[tuple[str, int, int, int, str]]:
    """(name in the ratchet, line, lines, limit, remedy) of the file and of each of its functions.

    Of functions that share a name the longest stands for all.
    """
    yield (file.path, 0, len(file.text.splitlines()), FILE_LINES_MAX,
           "split it by what its parts do")
    longest: dict[str, cpp.Function] = {}
    for function in _functions(file):
        if function.name not in longest or longest[function.name].lines < function.lines:
            longest[function.name] = function
    for name, function in longest.items():
        yield (f"{file.path}:{name}", function.line, function.lines, FUNCTION_LINES_MAX,
               "give its steps names of their own")


def _functions(file: File) -> list[cpp.Function]:
    if file.is_cpp:
        return cpp.functions(file.code)
    if file.kind != "python":
        return []
    try:
        tree = ast.parse(file.text)
    except SyntaxError:
        return []  # whoever runs it is told; the other rules still hold here
    return [cpp.Function(node.name, node.lineno, node.end_lineno - node.lineno + 1)
            for node in ast.walk(tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def _too_long(file: File, what: str, line: int, lines: int, limit: int, remedy: str) -> Finding:
    name = what.removeprefix(file.path).removeprefix(":")
    if name:
        return Finding(file.path, line, "function-length",
                       f"'{name}' has {lines} lines, the limit is {limit}", remedy)
    return Finding(file.path, line, "file-length", f"{lines} lines, the limit is {limit}", remedy)


def _compare(file: File, what: str, line: int, lines: int, limit: int,
             entry: tuple[int, int]) -> Iterator[Finding]:
    ratchet_line, allowed = entry
    if lines > allowed:
        yield Finding(file.path, line, "ratchet", f"{what} grew from {allowed} lines to {lines}",
                      f"bring it back under {allowed}, or better under {limit}")
    elif lines <= limit:
        yield Finding(RATCHET, ratchet_line, "ratchet",
                      f"{what} has {lines} lines, within the limit of {limit}", "delete the line")
    elif lines < allowed:
        yield Finding(RATCHET, ratchet_line, "ratchet",
                      f"{what} has {lines} lines, fewer than the {allowed} listed",
                      f"lower the number to {lines}")


def _read_ratchet(tree: Tree) -> tuple[dict[str, tuple[int, int]], list[Finding]]:
    file = tree.find(RATCHET)
    known: dict[str, tuple[int, int]] = {}
    strange = []
    for number, line in enumerate(file.lines if file else [], 1):
        line = line.split("#", 1)[0].strip()
        if match := _ENTRY.fullmatch(line):
            known[match.group(1)] = (number, int(match.group(2)))
        elif line:
            strange.append(Finding(RATCHET, number, "ratchet", f"'{line}' is no entry",
                                   "write `path:function lines` or `path lines`"))
    return known, strange
