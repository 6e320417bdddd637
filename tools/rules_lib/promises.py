# SPDX-License-Identifier: Apache-2.0
"""SPECIFICATION.md: a numbered promise names the tests that keep it, or says that it is pending.

One promise is one list item. It may go on over indented lines. Its syntax, exactly:

    - **S-12** A bare number is refused.
      — *test:* `src/base/units_test.cc` `Units.RefusesBareNumbers`
    - **S-13** A packet crosses two namespaces. — *test:* `tests/netns/forward.test`
    - **S-14** Both worlds agree. — *test:* `src/a/a_test.cc` `A.One`, `src/b/b_test.cc` `B.Two`
    - **S-15** A machine moves to another host. — *pending:* needs two hosts

Rules
    1. Numbers are unique. They are never used again, so gaps are fine.
    2. A path starts at the project's root and exists.
    3. A path that ends in .cc is followed by `Suite.Name`, and the file holds that test
       (TEST, TEST_F, TEST_P or RC_GTEST_PROP). A path that ends in .py may be followed by
       `Class.test_name`. Every other path stands alone.
    4. The dash is —, and nothing follows the tests or the reason.
"""

import re
from collections.abc import Iterator

from rules_lib import cpp
from rules_lib.tree import Finding, Tree

FILE = "SPECIFICATION.md"
SYNTAX = ("- **S-12** sentence — *test:* `path` `Suite.Name`, or "
          "- **S-12** sentence — *pending:* reason")

_ITEM = re.compile(r"^(?:[ \t]*[-*+][ \t]+)?\*\*S-\w+\*\*", re.MULTILINE)
_PROMISE = re.compile(
    r"- \*\*S-(?P<number>[1-9][0-9]*)\*\* \S.*? — "
    r"(?:\*test:\* (?P<tests>`[^`]+`(?: `[^`]+`)?(?:, `[^`]+`(?: `[^`]+`)?)*)"
    r"|\*pending:\* (?P<pending>\S.*))", re.DOTALL)
_TEST = re.compile(r"`([^`]+)`(?: `([^`]+)`)?")


def check(tree: Tree) -> Iterator[Finding]:
    file = tree.find(FILE)
    if file is None or file.text is None:
        return
    numbers: dict[str, int] = {}
    for item in _ITEM.finditer(file.text):
        line = file.line_at(item.start())
        text = " ".join(part.strip() for part in _item_lines(file.lines, line - 1))
        promise = _PROMISE.fullmatch(text)
        if not promise:
            yield Finding(FILE, line, "promise", "this promise is not written as promises are",
                          f"write `{SYNTAX}`")
            continue
        number = promise.group("number")
        if number in numbers:
            yield Finding(FILE, line, "promise",
                          f"S-{number} is promised on line {numbers[number]} already",
                          "give it a number that was never used")
        numbers.setdefault(number, line)
        for path, name in _TEST.findall(promise.group("tests") or ""):
            yield from _check_test(tree, line, number, path, name)


def _item_lines(lines: list[str], first: int) -> Iterator[str]:
    yield lines[first]
    for line in lines[first + 1:]:
        if not line.startswith("  ") or not line.strip() or _ITEM.match(line):
            return
        yield line


def _check_test(tree: Tree, line: int, number: str, path: str, name: str) -> Iterator[Finding]:
    remedy = "name the test that keeps the promise, or say *pending:* and why"
    file = tree.find(path)
    if file is None:
        yield Finding(FILE, line, "promise", f"S-{number} names {path}, which does not exist",
                      remedy)
    elif path.endswith(".cc"):
        tests = {function.name for function in cpp.functions(file.code)}
        if not name:
            yield Finding(FILE, line, "promise", f"S-{number} names {path}, but no test in it",
                          "write `Suite.Name` after the path")
        elif name not in tests:
            yield Finding(FILE, line, "promise",
                          f"S-{number} names {name}, which {path} does not hold", remedy)
    elif name and not (path.endswith(".py") and re.search(
            rf"^\s*def {re.escape(name.split('.')[-1])}\(", file.text or "", re.MULTILINE)):
        yield Finding(FILE, line, "promise",
                      f"S-{number} names {name}, which {path} does not hold", remedy)
