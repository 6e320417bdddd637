# SPDX-License-Identifier: Apache-2.0
"""tools/rules as it is called: exit codes, output, which files it sees."""

import json
import pathlib
import subprocess
import tempfile
import unittest

from fixture import CLEAN, ROOT
from rules_lib.main import RULES

UNENDED = {"docs/x.md": "x"}
FINDING = "the last line is not ended"
REMEDY = "end the file with a newline"


class Program(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write(CLEAN)

    def write(self, files: dict[str, str]) -> None:
        for path, content in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(content)

    def rules(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([ROOT / "tools" / "rules", *arguments], capture_output=True,
                              text=True, check=False)

    def test_nothing_found(self):
        ran = self.rules("--root", str(self.root))
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, "", ""))

    def test_something_found(self):
        self.write(UNENDED)
        ran = self.rules("--root", str(self.root))
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr),
                         (1, f"docs/x.md:1: space: {FINDING}; remedy: {REMEDY}\n", ""))

    def test_json(self):
        self.write(UNENDED)
        ran = self.rules("--root", str(self.root), "--json")
        self.assertEqual(ran.returncode, 1)
        self.assertEqual(json.loads(ran.stdout), {"version": 1, "findings": [
            {"path": "docs/x.md", "line": 1, "rule": "space", "wrong": FINDING,
             "remedy": REMEDY}]})

    def test_the_table_of_rules(self):
        ran = self.rules("--list")
        self.assertEqual(ran.returncode, 0)
        names = [line.split()[0] for line in ran.stdout.splitlines() if not line.startswith(" ")]
        self.assertEqual(names, sorted(RULES))

    def test_wrong_usage(self):
        for arguments in (("--rot", "x"), ("--root", str(self.root / "lost"))):
            self.assertEqual(self.rules(*arguments).returncode, 2)

    def test_a_work_tree_is_what_git_would_add(self):
        self.write({".gitignore": "/mine/\n", "mine/x.md": "x", "build/x.md": "x"} | UNENDED)
        subprocess.run(["git", "-C", self.root, "init", "--quiet"], check=True)
        ran = self.rules("--root", str(self.root))
        self.assertEqual([line.split(":")[0] for line in ran.stdout.splitlines()],
                         ["build/x.md", "docs/x.md"])

    def test_without_git_build_folders_stay_out(self):
        self.write({"build/x.md": "x", "src/low/__pycache__/x.md": "x"} | UNENDED)
        ran = self.rules("--root", str(self.root))
        self.assertEqual([line.split(":")[0] for line in ran.stdout.splitlines()], ["docs/x.md"])
