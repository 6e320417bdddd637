# SPDX-License-Identifier: Apache-2.0
from fixture import SPDX, RulesTest

SYNTAX_REMEDY = ("remedy: write `- **S-12** sentence — *test:* `path` `Suite.Name`, or "
                 "- **S-12** sentence — *pending:* reason`")
NAME_REMEDY = "remedy: name the test that keeps the promise, or say *pending:* and why"
TEST = {
    "src/low/x_test.cc": SPDX + "TEST(Low, Holds) {\n}\n// TEST(Low, Gone) {}\n",
    "tests/x.test": "x\n",
    "tests/x.py": "# SPDX-License-Identifier: Apache-2.0\nclass X:\n    def test_y(self):\n"
                  "        pass\n",
}


class Promises(RulesTest):
    def promise(self, text: str, *findings: str) -> None:
        self.refuses(TEST | {"SPECIFICATION.md": f"# Promises\n{text}\n"},
                     *[f"SPECIFICATION.md:{finding}" for finding in findings])

    def test_that_are_kept_or_pending(self):
        self.promise("- **S-1** It holds. — *test:* `src/low/x_test.cc` `Low.Holds`\n"
                     "- **S-2** It holds — always. — *test:* `tests/x.test`\n"
                     "- **S-4** It holds,\n  over two lines.\n"
                     "  — *test:* `tests/x.py` `X.test_y`, `src/low/x_test.cc` `Low.Holds`\n"
                     "- **S-5** It will. — *pending:* needs two hosts\n\nS-1 and **S-2** again.")

    def test_no_specification_no_promise(self):
        self.accepts(TEST)

    def test_a_number_twice(self):
        self.promise("- **S-1** a — *pending:* b\n- **S-1** c — *pending:* d",
                     "3: promise: S-1 is promised on line 2 already; "
                     "remedy: give it a number that was never used")

    def test_another_form(self):
        for text in ("- **S-1** It holds.", "- **S-1** It holds. - *pending:* x",
                     "* **S-1** It holds. — *pending:* x", "- **S-1** It holds. — *pending:*",
                     "- **S-x** It holds. — *pending:* x", "**S-1** It holds. — *pending:* x",
                     "- **S-1** It holds. — *test:* src/low/x_test.cc Low.Holds",
                     "- **S-1** It holds. — *test:* `tests/x.test` and more"):
            self.promise(text, "2: promise: this promise is not written as promises are; "
                         + SYNTAX_REMEDY)

    def test_a_file_that_is_not_there(self):
        self.promise("- **S-1** a — *test:* `src/low/y_test.cc` `Low.Holds`",
                     "2: promise: S-1 names src/low/y_test.cc, which does not exist; "
                     + NAME_REMEDY)

    def test_a_test_that_is_not_there(self):
        for path, name in (("src/low/x_test.cc", "Low.Gone"), ("tests/x.test", "X.y"),
                           ("tests/x.py", "X.test_z")):
            self.promise(f"- **S-1** a — *test:* `{path}` `{name}`",
                         f"2: promise: S-1 names {name}, which {path} does not hold; "
                         + NAME_REMEDY)

    def test_a_program_without_the_name_of_a_test(self):
        self.promise("- **S-1** a — *test:* `src/low/x_test.cc`",
                     "2: promise: S-1 names src/low/x_test.cc, but no test in it; "
                     "remedy: write `Suite.Name` after the path")
