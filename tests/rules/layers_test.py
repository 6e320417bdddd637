# SPDX-License-Identifier: Apache-2.0
from fixture import HEADER, LAYERS, SPDX, RulesTest

INCLUDE = "#include "
TABLE_REMEDY = ("a room uses lower rooms only, so that there is no cycle; move what both need "
                "down, or pass it in through an interface")


class Table(RulesTest):
    def table(self, line: str, *findings: str) -> None:
        self.refuses({"src/layers.txt": LAYERS + line + "\n"},
                     *[f"src/layers.txt:9: layers: {text}" for text in findings])

    def test_the_clean_project_is_clean(self):
        self.accepts({})

    def test_a_room_without_a_folder_is_fine(self):
        self.table("later hosted : low mid host")

    def test_a_missing_table(self):
        self.assertIn("src/layers.txt:0: layers: the table of rooms is missing; "
                      "remedy: write it: one line per room, lowest first",
                      self.found({"src/layers.txt": None}))

    def test_a_strange_line(self):
        self.table("later hosts : low",
                   "'later hosts : low' is neither a room nor a home; "
                   "remedy: write `room world : rooms` or `home pattern : rooms`")

    def test_a_room_twice(self):
        self.table("low freestanding :", "room 'low' has two lines; remedy: keep one")

    def test_names_that_say_nothing(self):
        for name in ("common", "util", "core", "misc", "apps", "tests", "home"):
            self.table(f"{name} hosted : low", f"no room is named '{name}'; "
                       "remedy: name the room after what it does")

    def test_an_unknown_room(self):
        self.table("later hosted : lwo", "room 'later' may include 'lwo', which is no room; "
                   "remedy: add a line for it above, or leave it out")

    def test_a_room_that_is_not_above(self):
        self.table("a hosted : b\nb hosted : low",
                   f"room 'a' may include 'b', which is not above it; remedy: {TABLE_REMEDY}")

    def test_a_room_that_uses_itself(self):
        self.table("a hosted : a",
                   f"room 'a' may include 'a', which is not above it; remedy: {TABLE_REMEDY}")

    def test_freestanding_over_hosted(self):
        self.table("a freestanding : host",
                   "freestanding room 'a' may include hosted room 'host'; remedy: the guest has no "
                   "such room; pass what is needed through an interface that the freestanding room "
                   "declares")

    def test_a_home_in_no_room(self):
        self.table("home x.h : nowhere", "'x.h' is at home in 'nowhere', which is no room; "
                   "remedy: name a room of the table, or apps, or tests")

    def test_a_folder_that_is_no_room(self):
        self.refuses({"src/other/x.h": HEADER},
                     "src/other:0: layers: folder 'other' is no room of src/layers.txt; "
                     "remedy: give it a line there, or move its files into the room they serve")


class Includes(RulesTest):
    def test_an_upper_room(self):
        self.refuses_code(
            "src/low/x.cc", INCLUDE + '"mid/mid.h"',
            "layers: room 'low' may not include \"mid/mid.h\" (it may include: no other room); "
            "remedy: move the code to a room that may use 'mid', or pass what is needed in; if the "
            "design changed, change src/layers.txt")

    def test_what_a_used_room_may_use_is_not_inherited(self):
        layers = LAYERS + "top hosted : host\n"
        room = {"src/layers.txt": layers, "src/top/README.md": "# top\n",
                "src/top/CMakeLists.txt": "# SPDX-License-Identifier: Apache-2.0\n"}
        self.accepts(room | {"src/top/x.cc": SPDX + INCLUDE + '"host/host.h"\n'})
        self.refuses(
            room | {"src/top/x.cc": SPDX + INCLUDE + '"low/low.h"\n'},
            "src/top/x.cc:2: layers: room 'top' may not include \"low/low.h\" (it may include: "
            "host); remedy: move the code to a room that may use 'low', or pass what is needed in; "
            "if the design changed, change src/layers.txt")

    def test_a_test_is_bound_like_its_room(self):
        self.assertEqual(len(self.found({"src/low/x_test.cc": SPDX + INCLUDE + '"mid/mid.h"\n'})),
                         1)

    def test_apps_and_tests_may_use_every_room(self):
        for path in ("apps/x/main.cc", "tests/x/x.cc", "bench/x.cc", "fuzz/x.cc"):
            self.accepts({path: SPDX + INCLUDE + '"mid/mid.h"\n' + INCLUDE + '"host/host.h"\n'})

    def test_headers_of_apps_and_tests(self):
        tests = {"tests/support/x.h": HEADER}
        self.accepts(tests | {"src/low/x_test.cc": SPDX + INCLUDE + '"support/x.h"\n'})
        self.refuses(tests | {"src/low/x.cc": SPDX + INCLUDE + '"support/x.h"\n'},
                     "src/low/x.cc:2: layers: \"support/x.h\" is of tests/, which nobody includes; "
                     "remedy: move what is needed down into a room")
        bench = {"bench/run/x.h": HEADER}
        self.accepts(bench | {"bench/run/x.cc": SPDX + INCLUDE + '"run/x.h"\n'})
        self.refuses(bench | {"src/low/x.cc": SPDX + INCLUDE + '"run/x.h"\n'},
                     "src/low/x.cc:2: layers: \"run/x.h\" is of tests/, which nobody includes; "
                     "remedy: move what is needed down into a room")
        apps = {"apps/cli/x.h": HEADER}
        self.accepts(apps | {"apps/cli/x.cc": SPDX + INCLUDE + '"cli/x.h"\n'})
        self.refuses(apps | {"src/host/x_test.cc": SPDX + INCLUDE + '"cli/x.h"\n'},
                     "src/host/x_test.cc:2: layers: \"cli/x.h\" is of apps/, which nobody "
                     "includes; remedy: move what is needed down into a room")

    def test_no_such_room(self):
        self.refuses_code("src/low/x.cc", INCLUDE + '"lwo/low.h"',
                          "layers: \"lwo/low.h\" is of no room: 'lwo' is not in src/layers.txt; "
                          "remedy: correct the name, write <> when it is not of this project, or "
                          "add the room")

    def test_no_such_header(self):
        self.refuses_code("src/mid/x.cc", INCLUDE + '"low/lost.h"',
                          "include-form: \"low/lost.h\" does not exist; "
                          "remedy: correct the path; includes are \"room/x.h\", from src/")

    def test_relative_includes(self):
        for target in ("low.h", "./low.h", "../low/low.h"):
            self.refuses_code("src/low/x.cc", f'{INCLUDE}"{target}"',
                              f"include-form: \"{target}\" is relative to this file; remedy: write "
                              "\"low/low.h\", from the top, or <> when it is not of this project")

    def test_our_own_header_in_angle_brackets(self):
        self.refuses_code("src/mid/x.cc", INCLUDE + "<low/low.h>",
                          "include-form: <low/low.h> is of this project; "
                          "remedy: write \"low/low.h\"")

    def test_an_include_in_a_comment_is_none(self):
        self.accepts_code("src/low/x.cc", f'/*\n{INCLUDE}"low.h"\n*/\n// {INCLUDE}"low.h"')


class Homes(RulesTest):
    def home(self, room: str, header: str, home: str, line: int) -> str:
        return (f"home: <{header}> is at home in {home}, not in '{room}'; remedy: use what the "
                f"home room offers, or add '{room}' to line {line} of src/layers.txt with the "
                "reason")

    def test_a_kernel_header(self):
        self.accepts_code("src/host/x.cc", INCLUDE + "<linux/if.h>")
        self.refuses_code("apps/x/main.cc", INCLUDE + "<linux/if.h>",
                          self.home("apps", "linux/if.h", "host", 5))

    def test_apps_where_the_table_names_them(self):
        self.accepts_code("apps/x/main.cc", INCLUDE + "<fmt/core.h>")

    def test_the_longest_pattern_decides(self):
        self.refuses_code("src/host/x.cc", INCLUDE + "<linux/kvm.h>",
                          self.home("host", "linux/kvm.h", "mid", 6))

    def test_tests_stand_at_any_door_and_keep_their_own(self):
        for path in ("tests/x/x.cc", "src/host/x_test.cc", "src/low/x_fuzz.cc",
                     "src/low/x_bench.cc"):
            files = {path: SPDX + INCLUDE + "<gtest/gtest.h>\n" + INCLUDE + "<linux/kvm.h>\n",
                     "fuzz/corpus/x_fuzz/1": b"\0"}
            self.accepts(files)
        self.refuses_code("src/host/x.cc", INCLUDE + "<gtest/gtest.h>",
                          self.home("host", "gtest/gtest.h", "tests", 8))


class Wall(RulesTest):
    def test_headers_that_the_guest_lacks(self):
        for header in ("cstdio", "thread", "mutex", "map", "unordered_map", "chrono", "sstream",
                       "filesystem", "random", "unistd.h", "sys/socket.h", "cstdlib"):
            self.refuses_code(
                "src/low/x.cc", f"{INCLUDE}<{header}>",
                f"wall: <{header}> does not exist behind the wall, where room 'low' must build; "
                "remedy: do without, or move the code to a hosted room or to a file x_hosted.cc; "
                "allowed headers: FREESTANDING_HEADERS in tools/rules_lib/layers.py")

    def test_headers_that_it_has(self):
        self.accepts_code("src/low/x.cc", "#include <vector>\n#include <cstring>")

    def test_who_is_not_behind_the_wall(self):
        for path in ("src/low/x_hosted.cc", "src/low/x_test.cc", "src/host/x.cc", "apps/x/x.cc"):
            self.accepts_code(path, "#include <cstdlib>\n#include <map>")
