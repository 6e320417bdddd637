# SPDX-License-Identifier: Apache-2.0
"""The table of rules, the escapes, the command line.

A line may be excused from the rules marked `escape`, on itself or by a comment on the line above:

    // rules: allow const-cast: the C library takes a char** it never writes to

An escape states its reason, and one that excuses nothing is a finding itself.
"""

import argparse
import dataclasses
import json
import pathlib
import re
from collections.abc import Callable, Iterable, Iterator

from rules_lib import bans, files, layers, lengths, promises
from rules_lib.tree import File, Finding, Tree

JSON_VERSION = 1


@dataclasses.dataclass(frozen=True)
class Rule:
    name: str
    refuses: str
    why: str
    escape: bool = False


@dataclasses.dataclass(frozen=True)
class Check:
    """A pass over the tree, and the rules whose findings it yields."""

    run: Callable[[Tree], Iterable[Finding]]
    rules: tuple[Rule, ...]


_LAYERS = Rule("layers", "an include, a folder or a table line that src/layers.txt does not allow",
               "the folder listing reads as the design")
_BANS = tuple(Rule(ban.name, ban.what, ban.why, escape=True) for ban in bans.BANS)

CHECKS = (
    Check(layers.check_table, (_LAYERS,)),
    Check(layers.check_folders, (_LAYERS,)),
    Check(layers.check_includes, (
        _LAYERS,
        Rule("include-form", "a relative include, a missing header, <> for our own",
             "one way to name a header"),
        Rule("home", "a kernel or third-party header outside of its home room",
             "a library is replaced by changing one room", escape=True),
        Rule("wall", "a header behind the wall that the guest does not have",
             "what touches packets runs unchanged in the guest", escape=True))),
    Check(lengths.check_columns, (
        Rule("line-length", f"a line over {lengths.COLUMNS_MAX} columns", "two files side by side",
             escape=True),)),
    Check(lengths.check_lengths, (
        Rule("function-length", f"a function over {lengths.FUNCTION_LINES_MAX} lines",
             "a function is seen whole"),
        Rule("file-length", f"a file over {lengths.FILE_LINES_MAX} lines",
             "a file is read in one sitting"),
        Rule("ratchet", f"an entry of {lengths.RATCHET} that could be lower or gone",
             "known exceptions only shrink"))),
    Check(bans.check_code, _BANS),
    Check(bans.check_unfinished, (
        Rule(bans.UNFINISHED.name, bans.UNFINISHED.what, bans.UNFINISHED.why, escape=True),)),
    Check(files.check_license, (
        Rule("license", "a source without its SPDX line", "the licence travels with the file"),)),
    Check(files.check_pragma_once, (
        Rule("pragma-once", "a header without #pragma once", "a header may be read twice"),)),
    Check(files.check_own_headers, (
        Rule("own-header", "x.cc that does not begin with x.h",
             "so the header is compiled alone, once"),)),
    Check(files.check_rooms, (
        Rule("room-files", "a room without README.md or CMakeLists.txt",
             "one page says what a room is for"),)),
    Check(files.check_corpora, (
        Rule("corpus", "a fuzzer without a corpus", "the first minute starts at the edge"),)),
    Check(files.check_words, (
        Rule("machine-path", "a path of one machine", "the project runs elsewhere", escape=True),
        Rule("registry", "a package registry's host", "the project runs elsewhere", escape=True))),
    Check(files.check_names, (
        Rule("file-name", "white space in a file's name", "scripts split at it"),)),
    Check(files.check_space, (
        Rule("space", "trailing white space, tabs in C++, a last line without end",
             "a diff shows changes alone"),)),
    Check(files.check_links, (
        Rule("link", "a link in Markdown that leads nowhere", "a page is trusted as a whole"),)),
    Check(promises.check, (
        Rule("promise", "a promise of SPECIFICATION.md without a test that exists",
             "a promise without a test is a wish"),)),
)

ESCAPES = Rule("escape", "an escape without a rule, a reason, or a need",
               "excuses are read as closely as code")
RULES = {rule.name: rule for check in CHECKS for rule in check.rules} | {ESCAPES.name: ESCAPES}

_ESCAPE = re.compile(r"(?P<open>//|#|<!--|/\*)\s*rules: allow\b(?P<rest>.*)")
_ESCAPE_REST = re.compile(r"\s+(?P<rule>[\w-]+)(?::\s*(?P<reason>.*?))?\s*(?:-->|\*/)?\s*")


@dataclasses.dataclass(frozen=True)
class Escape:
    path: str
    line: int
    holds_for: int  # the line that is excused
    rule: str
    reason: str


def _escapes(file: File) -> Iterator[Escape]:
    for number, line in enumerate(file.lines, 1):
        match = _ESCAPE.search(line)
        # In Markdown the other forms are words about escapes.
        if match and (file.kind != "markdown" or match.group("open") == "<!--"):
            rest = _ESCAPE_REST.fullmatch(match.group("rest"))
            alone = not line[:match.start()].strip()
            yield Escape(file.path, number, number + 1 if alone else number,
                         rest.group("rule") if rest else "",
                         (rest.group("reason") or "") if rest else "")


def _judge(escape: Escape, used: set[Escape]) -> Iterator[Finding]:
    def finding(wrong: str, remedy: str) -> Finding:
        return Finding(escape.path, escape.line, ESCAPES.name, wrong, remedy)

    if escape.rule not in RULES:
        yield finding(f"'{escape.rule}' is no rule", "tools/rules --list shows them")
    elif not RULES[escape.rule].escape:
        yield finding(f"rule '{escape.rule}' has no exceptions by line",
                      "do what the rule's finding says")
    elif not escape.reason:
        yield finding("the reason is missing", f"write `rules: allow {escape.rule}: why`")
    elif escape not in used:
        yield finding(f"nothing on line {escape.holds_for} needs it", "delete it")


def find(root: pathlib.Path) -> list[Finding]:
    """Every finding in the tree under `root`, in order of path and line."""
    tree = Tree(root)
    excuses: dict[tuple[str, int, str], Escape] = {}
    escapes = [escape for file in tree.text_files() if not file.path.startswith(bans.OWN)
               for escape in _escapes(file)]
    for escape in escapes:
        if escape.reason and escape.rule in RULES and RULES[escape.rule].escape:
            excuses[escape.path, escape.holds_for, escape.rule] = escape
    findings = []
    used: set[Escape] = set()
    for check in CHECKS:
        for finding in check.run(tree):
            escape = excuses.get((finding.path, finding.line, finding.rule))
            if escape:
                used.add(escape)
            else:
                findings.append(finding)
    for escape in escapes:
        findings += _judge(escape, used)
    return sorted(findings)


def _list() -> None:
    width = max(len(name) for name in RULES)
    for name, rule in sorted(RULES.items()):
        note = " (a line may be excused)" if rule.escape else ""
        print(f"{name:{width}}  {rule.refuses}{note}\n{'':{width}}    because: {rule.why}")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="rules", description="Checks the project's rules of style and layering.",
        epilog="A line is excused by a comment `rules: allow <rule>: <reason>` on it or above it. "
               "Ends with 0 when nothing was found, 1 when something was, 2 on wrong usage.")
    parser.add_argument("--root", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parents[2],
                        help="the tree to check (default: the project this file is part of)")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead")
    parser.add_argument("--list", action="store_true", help="print the table of rules and leave")
    given = parser.parse_args(arguments)
    if given.list:
        _list()
        return 0
    if not given.root.is_dir():
        parser.error(f"--root {given.root}: no such folder")
    findings = find(given.root)
    if given.json:
        print(json.dumps({"version": JSON_VERSION,
                          "findings": [dataclasses.asdict(finding) for finding in findings]},
                         indent=2))
    else:
        for finding in findings:
            print(finding)
    return 1 if findings else 0
