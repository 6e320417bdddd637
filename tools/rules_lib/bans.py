# SPDX-License-Identifier: Apache-2.0
"""What code must not say, and what it says instead: one table.

Patterns meet C++ with comments and the insides of literals blanked, so that words about a thing are
not the thing. A row states where it holds; `but_in` names the places that may (folders end in '/',
names may hold wildcards).
"""

import dataclasses
import fnmatch
import re
from collections.abc import Callable, Iterator

from rules_lib.tree import File, Finding, Tree


def call_of(*names: str) -> str:
    """A pattern for calls of free functions: not members, not declarations."""
    return (r"(?:^|[;{}(),=!&|?:+<](?<!::)|\b(?:co_)?return\b|\belse\b|\bdo\b|\bstd::"
            r"|(?<![\w>])::)\s*"
            rf"\b(?:{'|'.join(names)})\s*\(")


@dataclasses.dataclass(frozen=True)
class Ban:
    name: str
    pattern: str
    what: str
    remedy: str
    why: str
    where: Callable[[File], bool] = lambda file: True
    but_in: tuple[str, ...] = ()


def _is_header(file: File) -> bool:
    return file.is_header


def _is_test(file: File) -> bool:
    return file.is_test


_BENCHES = ("bench/", "*_bench.cc")

BANS = (
    Ban("using-namespace", r"\busing\s+namespace\b", "`using namespace` in a header",
        "name what you use", "it reaches into every file that includes the header",
        where=_is_header),
    Ban("include-guard", r"^[ \t]*#[ \t]*ifndef[ \t]+\w+_H_*$", "an include guard",
        "write #pragma once", "one line that cannot be copied wrongly", where=_is_header),
    Ban("heavy-header", r"^[ \t]*#[ \t]*include[ \t]*<(?:iostream|regex)>",
        "<iostream> or <regex>",
        "build text with base::cat or fmt; parse with a cursor over the text",
        "static constructors in every program; a regex runs out of stack on long input"),
    Ban("endl", r"\bstd::endl\b", "std::endl", "write '\\n'", "it flushes"),
    Ban("rand", call_of("s?rand", "[dlm]rand48", "random") + r"|\bstd::random_device\b",
        "hidden randomness", "take a base::Rng&; the seed comes from the program's main()",
        "a failure that cannot be repeated cannot be repaired",
        but_in=("src/os/", "apps/", "tests/support/")),
    Ban("sleep", call_of("u?sleep", "nanosleep", "clock_nanosleep")
        + r"|\bsleep_(?:for|until)\s*\(", "a sleeping test",
        "advance a base::ManualClock, or wait for the event itself",
        "a sleep is too short on a busy machine and too long on every other", where=_is_test),
    Ban("clock", r"\bstd::chrono::\w+_clock::now\b|" + call_of("clock_gettime", "gettimeofday"),
        "the time, taken instead of given", "take a base::Clock&; os/clock.h has the system's",
        "virtual time in tests, one place to look for time",
        but_in=("src/os/", "tests/") + _BENCHES),
    Ban("printf", call_of("[fv]?printf", "vfprintf", "puts", "fputs", "putchar"),
        "printing from a library",
        "return an Error; a program (apps/) or os's log decides what is shown",
        "libraries do not know who reads",
        but_in=("apps/", "src/os/", "src/base/check_hosted.cc", "tests/") + _BENCHES),
    Ban("new-delete", r"(?<!operator )\bnew\s+[A-Za-z_:]|(?<!operator )\bdelete\s*(?:\[\s*\]\s*)?"
        r"[A-Za-z_:(*]", "a raw new or delete",
        "std::make_unique, a value, or a container; placement new is std::construct_at",
        "a raw pointer never owns"),
    Ban("malloc", call_of("malloc", "calloc", "realloc", "free", "strdup"), "malloc or free",
        "a container, or a unique_ptr with the library's own deleter", "a raw pointer never owns"),
    Ban("raw-close", call_of("close") + r"\s*[^)\s]", "a raw close()",
        "hold the descriptor in an os::UniqueFd", "a descriptor closed twice closes a stranger's",
        but_in=("src/os/", "tests/support/")),
    Ban("system", call_of("system", "popen"), "a shell", "os has processes started from an argv",
        "quoting is how input becomes a command"),
    Ban("c-string", call_of("str(?:n?cpy|n?cat|tok)", "v?sprintf", "gets", "alloca"),
        "a C string function without a limit", "std::string, base::FixedString or base::cat",
        "it writes where the terminator says"),
    Ban("loose-number", r"\bstd::sto(?:i|l|ll|ul|ull|f|d|ld)\b|"
        + call_of("ato(?:i|l|ll|f)", "sscanf"), "a loose number parser",
        "base::parse_u64, base::parse_i64, or a quantity of base/units.h",
        "they take ' 12abc' for 12, or throw"),
    Ban("swallow", r"\bcatch\s*\(\s*\.\.\.\s*\)", "catch (...)",
        "catch the library's own type at the room's door and return an Error",
        "what is not known cannot be handled"),
    Ban("throw", r"\bthrow\b", "throw", "return base::fail(...)", "errors are values"),
    Ban("const-cast", r"\bconst_cast\s*<", "const_cast",
        "take what you change as non-const; only volatile added is a static_cast",
        "the promise was made to a caller"),
    Ban("assert", r"(?<![\w.])assert\s*\(|#[ \t]*include[ \t]*<(?:cassert|assert\.h)>", "assert()",
        "check(condition, \"what holds\")", "check() holds in every build"),
)

# Words that promise a later change, in any text of the project.
UNFINISHED = Ban("unfinished", r"\b(?:TODO|FIXME|XXX|HACK)\b", "an unfinished place",
                 "finish it, or write down as a limit what it does not do",
                 "nobody comes back for it")

# The rules' own sources and tests must name what they refuse.
OWN = ("tools/rules_lib/", "tests/rules/")


def _excused(ban: Ban, file: File) -> bool:
    return any(file.path.startswith(place) if place.endswith("/")
               else fnmatch.fnmatchcase(file.path, place) for place in ban.but_in)


def check_code(tree: Tree) -> Iterator[Finding]:
    patterns = [(ban, re.compile(ban.pattern, re.MULTILINE)) for ban in BANS]
    for file in tree.cpp_files():
        for ban, pattern in patterns:
            if not ban.where(file) or _excused(ban, file):
                continue
            for match in pattern.finditer(file.code):
                # A call's pattern may begin on the line before; its name is where it ends.
                yield Finding(file.path, file.line_at(match.end() - 1), ban.name, ban.what,
                              ban.remedy)


def check_unfinished(tree: Tree) -> Iterator[Finding]:
    pattern = re.compile(UNFINISHED.pattern)
    for file in tree.text_files():
        if file.path.startswith(OWN):
            continue
        for number, line in enumerate(file.lines, 1):
            if match := pattern.search(line):
                yield Finding(file.path, number, UNFINISHED.name,
                              f"{UNFINISHED.what}: {match.group()}", UNFINISHED.remedy)
