# SPDX-License-Identifier: Apache-2.0
"""src/layers.txt, executed: rooms, includes, homes of headers, the freestanding wall.

The form of the table is described in src/layers.txt itself.
"""

import dataclasses
import fnmatch
import re
from collections.abc import Iterator

from rules_lib import cpp
from rules_lib.tree import File, Finding, Tree

TABLE = "src/layers.txt"
REFUSED_NAMES = {"common", "util", "core", "misc"}
# Not rooms, but places that a `home` line may name: apps/, and everything that only tests link.
PSEUDO_ROOMS = {"apps", "tests"}
HEADER_FOLDERS = {"apps": "apps", "tests": "tests", "bench": "tests"}
TEST_FOLDERS = ("tests/", "bench/", "fuzz/")

_ROOM = re.compile(r"([a-z]+) +(freestanding|hosted) *:([a-z ]*)")
_HOME = re.compile(r"home +(\S+) *:([a-z ]*)")

# All that a freestanding room may include in angle brackets: headers whose code is wholly theirs,
# or needs no more than the guest supplies (cmake/freestanding-symbols.txt). What is absent needs
# libstdc++'s own objects (map, list, unordered_map, iostream), libc (cstdlib, cmath) or the OS.
FREESTANDING_HEADERS = frozenset("""
    algorithm array atomic bit bitset cerrno charconv climits compare concepts cstdarg cstddef
    cstdint cstring deque expected functional initializer_list iterator limits memory new numbers
    numeric optional ranges ratio source_location span stdarg.h stdbool.h stddef.h stdint.h string
    string_view tuple type_traits utility variant vector version immintrin.h nmmintrin.h
    """.split())


@dataclasses.dataclass
class Room:
    line: int
    world: str
    uses: list[str]


@dataclasses.dataclass
class Home:
    line: int
    pattern: str
    rooms: list[str]


class Layers:
    def __init__(self, text: str):
        self.rooms: dict[str, Room] = {}
        self.homes: list[Home] = []
        self.strange: list[tuple[int, str]] = []
        self.twice: list[tuple[int, str]] = []
        for number, line in enumerate(text.split("\n"), 1):
            line = line.split("#", 1)[0].strip()
            if match := _ROOM.fullmatch(line):
                if match.group(1) in self.rooms:
                    self.twice.append((number, match.group(1)))
                self.rooms[match.group(1)] = Room(number, match.group(2), match.group(3).split())
            elif match := _HOME.fullmatch(line):
                self.homes.append(Home(number, match.group(1), match.group(2).split()))
            elif line:
                self.strange.append((number, line))

    def home_of(self, header: str) -> Home | None:
        """The longest pattern that matches: `linux/kvm.h` may live elsewhere than `linux/*`."""
        matching = [home for home in self.homes if fnmatch.fnmatchcase(header, home.pattern)]
        return max(matching, key=lambda home: len(home.pattern), default=None)


def read(tree: Tree) -> Layers:
    file = tree.find(TABLE)
    return Layers(file.text if file and file.text else "")


def room_of(file: File) -> str | None:
    """The room, or `apps` or `tests`, that a file belongs to; None for any other place."""
    if file.path.startswith("src/"):
        parts = file.path.split("/")
        return parts[1] if len(parts) > 2 else None
    if file.path.startswith("apps/"):
        return "apps"
    return "tests" if file.path.startswith(TEST_FOLDERS) else None


def _only_linked_by_tests(file: File) -> bool:
    return file.name.endswith(("_test.cc", "_fuzz.cc", "_bench.cc"))


def check_table(tree: Tree) -> Iterator[Finding]:
    if not tree.find(TABLE):
        yield Finding(TABLE, 0, "layers", "the table of rooms is missing",
                      "write it: one line per room, lowest first")
        return
    layers = read(tree)
    above: set[str] = set()
    for line, text in layers.strange:
        yield Finding(TABLE, line, "layers", f"'{text}' is neither a room nor a home",
                      "write `room world : rooms` or `home pattern : rooms`")
    for line, name in layers.twice:
        yield Finding(TABLE, line, "layers", f"room '{name}' has two lines", "keep one")
    for name, room in layers.rooms.items():
        if name in REFUSED_NAMES | PSEUDO_ROOMS | {"home"}:
            yield Finding(TABLE, room.line, "layers", f"no room is named '{name}'",
                          "name the room after what it does")
        for used in room.uses:
            if used not in layers.rooms:
                yield Finding(TABLE, room.line, "layers",
                              f"room '{name}' may include '{used}', which is no room",
                              "add a line for it above, or leave it out")
            elif used not in above:
                yield Finding(TABLE, room.line, "layers",
                              f"room '{name}' may include '{used}', which is not above it",
                              "a room uses lower rooms only, so that there is no cycle; move what "
                              "both need down, or pass it in through an interface")
            elif room.world == "freestanding" and layers.rooms[used].world == "hosted":
                yield Finding(TABLE, room.line, "layers",
                              f"freestanding room '{name}' may include hosted room '{used}'",
                              "the guest has no such room; pass what is needed through an "
                              "interface that the freestanding room declares")
        above.add(name)
    for home in layers.homes:
        for name in home.rooms:
            if name not in layers.rooms and name not in PSEUDO_ROOMS:
                yield Finding(TABLE, home.line, "layers",
                              f"'{home.pattern}' is at home in '{name}', which is no room",
                              "name a room of the table, or apps, or tests")


def check_folders(tree: Tree) -> Iterator[Finding]:
    rooms = read(tree).rooms
    folders = {path.split("/")[1] for path in tree.paths
               if path.startswith("src/") and path.count("/") > 1}
    for folder in sorted(folders - rooms.keys()):
        yield Finding(f"src/{folder}", 0, "layers", f"folder '{folder}' is no room of {TABLE}",
                      "give it a line there, or move its files into the room they serve")


def check_includes(tree: Tree) -> Iterator[Finding]:
    layers = read(tree)
    for file in tree.cpp_files():
        room = room_of(file)
        for include in cpp.includes(file.text, file.code):
            if include.quoted:
                yield from _check_quoted(tree, layers, file, room, include)
            else:
                yield from _check_angled(tree, layers, file, room, include)


def _check_quoted(tree: Tree, layers: Layers, file: File, room: str | None,
                  include: cpp.Include) -> Iterator[Finding]:
    target = include.target
    first = target.split("/", 1)[0]
    if "/" not in target or first in (".", ".."):
        folder = file.path.split("/")[1] if file.path.count("/") > 1 else "room"
        yield Finding(file.path, include.line, "include-form",
                      f"\"{target}\" is relative to this file",
                      f"write \"{folder}/{target.rsplit('/', 1)[-1]}\", from the top, or <> when "
                      "it is not of this project")
        return
    if f"src/{target}" in tree.paths and first in layers.rooms:
        allowed = [room, *layers.rooms[room].uses] if room in layers.rooms else layers.rooms
        if first not in allowed:
            may = " ".join(layers.rooms[room].uses) or "no other room"
            yield Finding(file.path, include.line, "layers",
                          f"room '{room}' may not include \"{target}\" (it may include: {may})",
                          f"move the code to a room that may use '{first}', or pass what is needed "
                          f"in; if the design changed, change {TABLE}")
        return
    # apps/, tests/ and bench/ have headers of their own, which only they (and tests in rooms)
    # include.
    beside = [place for top, place in HEADER_FOLDERS.items() if f"{top}/{target}" in tree.paths]
    if beside and (room in beside or _only_linked_by_tests(file) and "tests" in beside):
        return
    if beside:
        yield Finding(file.path, include.line, "layers",
                      f"\"{target}\" is of {beside[0]}/, which nobody includes",
                      "move what is needed down into a room")
    elif first not in layers.rooms:
        yield Finding(file.path, include.line, "layers",
                      f"\"{target}\" is of no room: '{first}' is not in {TABLE}",
                      "correct the name, write <> when it is not of this project, or add the room")
    else:
        yield Finding(file.path, include.line, "include-form", f"\"{target}\" does not exist",
                      "correct the path; includes are \"room/x.h\", from src/")


def _check_angled(tree: Tree, layers: Layers, file: File, room: str | None,
                  include: cpp.Include) -> Iterator[Finding]:
    header = include.target
    if f"src/{header}" in tree.paths:
        yield Finding(file.path, include.line, "include-form", f"<{header}> is of this project",
                      f"write \"{header}\"")
        return
    is_test = room == "tests" or _only_linked_by_tests(file)
    home = layers.home_of(header)
    # A test may stand at any door; what is homed with tests alone stays there.
    if home and not is_test and room not in home.rooms:
        rooms = " ".join(home.rooms) or "no room"
        yield Finding(file.path, include.line, "home",
                      f"<{header}> is at home in {rooms}, not in '{room}'",
                      f"use what the home room offers, or add '{room}' to line {home.line} of "
                      f"{TABLE} with the reason")
    if (room in layers.rooms and layers.rooms[room].world == "freestanding" and not is_test
            and not file.name.endswith("_hosted.cc") and header not in FREESTANDING_HEADERS):
        yield Finding(file.path, include.line, "wall",
                      f"<{header}> does not exist behind the wall, where room '{room}' must build",
                      "do without, or move the code to a hosted room or to a file x_hosted.cc; "
                      "allowed headers: FREESTANDING_HEADERS in tools/rules_lib/layers.py")

