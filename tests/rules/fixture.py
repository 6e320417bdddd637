# SPDX-License-Identifier: Apache-2.0
"""A small project in a temporary folder, clean under every rule, to which a test adds one thing."""

import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from rules_lib.main import find  # noqa: E402

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
HEADER = SPDX + "#pragma once\n"

LAYERS = """\
# SPDX-License-Identifier: Apache-2.0
low   freestanding :
mid   freestanding : low
host  hosted       : low
home  linux/*      : host
home  linux/kvm.h  : mid
home  fmt/*        : host apps
home  gtest/*      : tests
"""

CLEAN = {
    "src/layers.txt": LAYERS,
    "src/low/README.md": "# low\n",
    "src/low/CMakeLists.txt": "# SPDX-License-Identifier: Apache-2.0\nsuperfluid_room(low)\n",
    "src/low/low.h": HEADER,
    "src/mid/README.md": "# mid\n",
    "src/mid/CMakeLists.txt": "# SPDX-License-Identifier: Apache-2.0\nsuperfluid_room(mid)\n",
    "src/mid/mid.h": HEADER + '#include "low/low.h"\n',
    "src/host/README.md": "# host\n",
    "src/host/CMakeLists.txt": "# SPDX-License-Identifier: Apache-2.0\nsuperfluid_room(host)\n",
    "src/host/host.h": HEADER + '#include <linux/if.h>\n#include "low/low.h"\n',
}


class RulesTest(unittest.TestCase):
    maxDiff = None

    def found(self, files: dict[str, str | bytes | None]) -> list[str]:
        """The findings in the clean project with `files` added, replaced, or (None) taken away."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for path, content in (CLEAN | files).items():
                if content is None:
                    continue
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(content if isinstance(content, bytes)
                                          else content.encode())
            return [str(finding) for finding in find(root)]

    def accepts(self, files: dict[str, str | bytes]) -> None:
        self.assertEqual(self.found(files), [])

    def refuses(self, files: dict[str, str | bytes], *findings: str) -> None:
        self.assertEqual(self.found(files), list(findings))

    def refuses_code(self, path: str, code: str, *findings: str) -> None:
        """`code` stands on line 3 of the file; each finding is what follows `path:3: `."""
        opening = HEADER if path.endswith(".h") else SPDX + "\n"
        self.refuses({path: opening + code + "\n"}, *[f"{path}:3: {text}" for text in findings])

    def accepts_code(self, path: str, code: str) -> None:
        self.refuses_code(path, code)
