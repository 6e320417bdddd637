# SPDX-License-Identifier: Apache-2.0
import unittest

from fixture import SPDX, RulesTest
from rules_lib import cpp

HEADING = "# SPDX-License-Identifier: Apache-2.0\n"


def body(lines: int) -> str:
    """A function f of so many lines."""
    return "void f() {\n" + "  g();\n" * (lines - 2) + "}\n"


class Scanner(unittest.TestCase):
    def functions(self, code: str) -> list[tuple[str, int, int]]:
        return [(found.name, found.line, found.lines)
                for found in cpp.functions(cpp.blank(code))]

    def test_blank_keeps_positions_and_code(self):
        code = 'a("x{//y"); // z\nb(1\'000, \'"\', \'\\\'\'); /* {\n } */ c(R"q(" { )q", u8"}");\n'
        blanked = cpp.blank(code)
        self.assertEqual(len(blanked), len(code))
        self.assertEqual(
            blanked,
            'a("     ");     \nb(1\'000, \' \', \'  \');     \n      c(R"        ", u8" ");\n')

    def test_a_comment_goes_on_after_a_backslash(self):
        self.assertEqual(cpp.blank("// a \\\n{ b\nc"), "      \n   \nc")

    def test_functions_and_what_is_none(self):
        self.assertEqual(self.functions("""\
namespace a::b {
struct Row { int x = 0; };
enum class Kind : int { kOne, kTwo };
constexpr Row kRows[] = {{1}, {2}};
int value{3};
extern "C" {
int plain(int x) { return x; }
}
class [[nodiscard]] Thing final : public Base<int> {
 public:
  explicit Thing(int x) : a_{x}, b_(x), c_{} {
    run();
  }
  Thing& operator=(const Thing&) = default;
  bool operator()(int x) const noexcept { return x > 1; }
  operator bool() const { return true; }
  template <typename T = int>
  requires(sizeof(T) > 1) T as(T other = {}) const {
    return other;
  }
 private:
  std::array<int, 3> a_{};
};
auto tail() -> std::array<int, 3> { return {}; }
}
TEST(Suite, Name) {
  EXPECT_EQ(1, 1);
}
"""), [("plain", 7, 1), ("Thing", 11, 3), ("operator()", 15, 1), ("operator bool", 16, 1),
            ("as", 17, 4), ("tail", 24, 1), ("Suite.Name", 26, 3)])

    def test_a_type_with_a_base_and_a_function_that_returns_a_type(self):
        self.assertEqual(self.functions("""\
struct Call : std::function<void(int)> {
  void f() {}
};
struct Call g(int x) { return {x}; }
"""), [("f", 2, 1), ("g", 4, 1)])

    def test_a_lambda_belongs_to_its_function_and_counts_alone_outside(self):
        self.assertEqual(self.functions("""\
void f() {
  call([](int x) {
    return x;
  });
}
const auto g = [](int x) {
  return x;
};
void h(F take = [](int x) { return x; }) {
  take();
}
"""), [("f", 1, 5), ("g", 6, 3), ("h", 9, 1), ("h", 9, 3)])

    def test_both_branches_of_a_condition(self):
        self.assertEqual(self.functions("""\
#if A
void f() {
#else
void f(int) {
#endif
  run();
}
#define LOOKS_LIKE(x) void x() { \\
  }
void g() {}
"""), [("f", 4, 4), ("g", 10, 1)])

    def test_a_concept_and_a_requires_expression(self):
        self.assertEqual(self.functions("""\
template <typename T>
concept Shown = requires(T t) {
  { t.text() } -> std::same_as<int>;
};
template <typename T>
requires requires(T t) { t.run(); }
void f(T t) {
  t.run();
}
"""), [("f", 5, 5)])


class Lengths(RulesTest):
    def test_a_function(self):
        self.accepts({"src/host/x.cc": SPDX + body(70)})
        self.refuses({"src/host/x.cc": SPDX + body(71)},
                     "src/host/x.cc:2: function-length: 'f' has 71 lines, the limit is 70; "
                     "remedy: give its steps names of their own")

    def test_a_function_in_python(self):
        def python(lines: int) -> dict[str, str]:
            return {"tools/x.py": HEADING + "def f():\n" + "    g()\n" * (lines - 1)}

        self.accepts(python(70))
        self.refuses(python(71),
                     "tools/x.py:2: function-length: 'f' has 71 lines, the limit is 70; "
                     "remedy: give its steps names of their own")

    def test_python_that_does_not_parse_is_measured_as_a_file(self):
        self.accepts({"tools/x.py": HEADING + "def f(:\n"})

    def test_a_file(self):
        self.accepts({"src/host/x.cc": SPDX + "int x;\n" * 599})
        self.refuses({"src/host/x.cc": SPDX + "int x;\n" * 600},
                     "src/host/x.cc:0: file-length: 601 lines, the limit is 600; "
                     "remedy: split it by what its parts do")

    def test_a_line(self):
        self.accepts_code("src/host/x.cc", "x" * 99 + ";")
        self.refuses_code("src/host/x.cc", "x" * 100 + ";",
                          "line-length: 101 columns, the limit is 100; "
                          "remedy: break the line (clang-format does, for code)")


class Ratchet(RulesTest):
    def ratchet(self, entry: str, lines: int, *findings: str) -> None:
        self.refuses({"src/host/x.cc": SPDX + body(lines),
                      "tools/rules_ratchet.txt": HEADING + entry + "\n"}, *findings)

    def test_a_known_exception(self):
        self.ratchet("src/host/x.cc:f 80", 80)

    def test_it_does_not_grow(self):
        self.ratchet("src/host/x.cc:f 80", 81,
                     "src/host/x.cc:2: ratchet: src/host/x.cc:f grew from 80 lines to 81; "
                     "remedy: bring it back under 80, or better under 70")

    def test_it_is_lowered_with_the_function(self):
        self.ratchet("src/host/x.cc:f 80", 75,
                     "tools/rules_ratchet.txt:2: ratchet: src/host/x.cc:f has 75 lines, fewer than "
                     "the 80 listed; remedy: lower the number to 75")

    def test_it_leaves_when_the_limit_is_kept(self):
        self.ratchet("src/host/x.cc:f 80", 70,
                     "tools/rules_ratchet.txt:2: ratchet: src/host/x.cc:f has 70 lines, within the "
                     "limit of 70; remedy: delete the line")

    def test_it_leaves_with_the_function(self):
        self.ratchet("src/host/x.cc:g 80", 5,
                     "tools/rules_ratchet.txt:2: ratchet: src/host/x.cc:g is gone; "
                     "remedy: delete the line")

    def test_a_file_may_be_listed(self):
        self.refuses({"src/host/x.cc": SPDX + "int x;\n" * 650,
                      "tools/rules_ratchet.txt": HEADING + "src/host/x.cc 651\n"})

    def test_a_strange_entry(self):
        self.ratchet("src/host/x.cc:f", 5,
                     "tools/rules_ratchet.txt:2: ratchet: 'src/host/x.cc:f' is no entry; "
                     "remedy: write `path:function lines` or `path lines`")
