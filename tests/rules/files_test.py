# SPDX-License-Identifier: Apache-2.0
from fixture import HEADER, SPDX, RulesTest

HEADING = "# SPDX-License-Identifier: Apache-2.0\n"


class Files(RulesTest):
    def test_the_license_line(self):
        for path, mark, text in (
                ("src/host/x.cc", "//", "int x;\n"), ("x.cmake", "#", "set(x 1)\n"),
                ("tools/x", "#", "#!/bin/sh\ntrue\n"), ("tools/y", "#", "#!/usr/bin/python3\n"),
                ("Makefile", "#", "all:\n"), (".github/workflows/x.yml", "#", "on: push\n"),
                ("apps/x/CMakeLists.txt", "#", "\n"), ("x.proto", "//", "\n")):
            self.refuses({path: text},
                         f"{path}:1: license: the licence line is missing; remedy: open the file "
                         f"with `{mark} SPDX-License-Identifier: Apache-2.0`")
        self.accepts({"tools/x": "#!/bin/sh\n" + HEADING + "true\n", "README.md": "# x\n"})

    def test_pragma_once(self):
        self.refuses({"src/host/x.h": SPDX + "// #pragma once\n"},
                     "src/host/x.h:1: pragma-once: the header may be read twice; "
                     "remedy: write #pragma once below the opening comment")

    def test_a_source_begins_with_its_header(self):
        header = {"src/host/x.h": HEADER}
        for text, line in (('#include <vector>\n\n#include "host/x.h"\n', 2), ("int x;\n", 1)):
            self.refuses(header | {"src/host/x.cc": SPDX + text},
                         f"src/host/x.cc:{line}: own-header: host/x.h is not the first that is "
                         'included; remedy: begin with #include "host/x.h"')
        self.accepts(header | {"src/host/x.cc": SPDX + '#include "host/x.h"\n',
                               "src/host/y.cc": SPDX + "#include <vector>\n"})

    def test_what_a_room_has(self):
        self.refuses({"src/low/README.md": None},
                     "src/low/README.md:0: room-files: room 'low' has no README.md; remedy: write "
                     "it: one page: purpose, the three types to know, invariants, how to test it")
        self.refuses({"src/low/CMakeLists.txt": None},
                     "src/low/CMakeLists.txt:0: room-files: room 'low' has no CMakeLists.txt; "
                     "remedy: write it: superfluid_room(low)")

    def test_a_fuzzer_has_a_corpus(self):
        fuzzer = {"src/low/x_fuzz.cc": SPDX}
        self.refuses(fuzzer,
                     "src/low/x_fuzz.cc:1: corpus: the fuzzer has no corpus in fuzz/corpus/x_fuzz/;"
                     " remedy: add inputs there: one that is accepted, and one for each refusal")
        self.accepts(fuzzer | {"fuzz/corpus/x_fuzz/1": b"x"})

    def test_names_of_files(self):
        self.refuses({"docs/a b.md": "x\n"},
                     "docs/a b.md:0: file-name: the name holds white space; "
                     "remedy: write - or _ instead")

    def test_inputs_of_fuzzers_and_bytes_are_left_alone(self):
        self.accepts({"fuzz/corpus/x_fuzz/1": "/root/x TO" "DO \t ", "tests/x.pcap": b"\0 \n \n"})


class Words(RulesTest):
    def test_paths_of_one_machine(self):
        for path in ("/root/x", "/home/me/x", "/work/x", "/tmp/x"):
            self.refuses({"docs/x.md": f"see {path}\n"},
                         f"docs/x.md:1: machine-path: {path} is a path of one machine; remedy: "
                         "write a path from the project's root, or take it from the environment; a "
                         "test makes its own with mkdtemp")
        self.accepts({"docs/x.md": "docs/work/x, ~/work/x, ${x}/work/x, /tmp is a folder, "
                                   "https://x.example/root/y\n"})
        self.accepts_code("tests/x.cc", 'char path[] = "/tmp/name.XXXXXX";')

    def test_registries(self):
        for host in ("pypi.org", "deb.debian.org", "registry.npmjs.org", "proxy.golang.org",
                     "mirror.x.example"):
            self.refuses({"docs/x.md": f"from https://{host}/x\n"},
                         f"docs/x.md:1: registry: {host} is a package registry; remedy: name the "
                         "package; where it is fetched from is the machine's choice")
        self.accepts({"docs/x.md": "a mirror, debian.org\n"})


class Space(RulesTest):
    def test_at_the_end_of_a_line(self):
        for path in ("docs/x.md", "x.json"):
            self.refuses({path: "x \n"}, f"{path}:1: space: white space at the end of the line; "
                         "remedy: delete it")
        self.accepts({"tests/cli/x.golden": "x \n"})

    def test_tabs(self):
        self.refuses_code("src/host/x.cc", "\tint x;", "space: a tab in C++; remedy: run "
                          "clang-format, or write \\t inside of a literal")
        self.accepts({"Makefile": HEADING + "all:\n\ttrue\n"})

    def test_at_the_end_of_the_file(self):
        self.refuses({"docs/x.md": "x"}, "docs/x.md:1: space: the last line is not ended; "
                     "remedy: end the file with a newline")


class Links(RulesTest):
    def link(self, target: str, *findings: str) -> None:
        self.refuses({"docs/x.md": f"# The `x` page\n\n[x]({target})\n",
                      "docs/y.md": "# One\n# One\n```\n# no heading\n```\n", "README.md": "# x\n"},
                     *[f"docs/x.md:3: link: {text}" for text in findings])

    def test_that_lead_somewhere(self):
        for target in ("y.md", "./y.md", "../README.md", "../src/low", "../src/low/", "#the-x-page",
                       "y.md#one", "y.md#one-1", "https://x.example/", "mailto:x@x.example",
                       "/README.md"):
            self.link(target)

    def test_that_lead_nowhere(self):
        for target in ("z.md", "../docs/z.md", "../../x.md", "README.md"):
            self.link(target, f"{target} leads nowhere; "
                      "remedy: correct the path: it starts from this file's folder")

    def test_to_a_heading_that_is_not_there(self):
        for target in ("y.md#two", "y.md#no-heading", "y.md#one-2"):
            anchor = target.split("#")[1]
            self.link(target, f"docs/y.md has no heading #{anchor}; "
                      "remedy: correct the anchor: a heading in lower case, spaces as -")

    def test_code_is_no_link(self):
        self.accepts({"docs/x.md": "`[x](z.md)`\n\n```\n[x](z.md)\n```\n"})
