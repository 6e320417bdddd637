# SPDX-License-Identifier: Apache-2.0
from fixture import HEADER, SPDX, RulesTest
from rules_lib.bans import BANS

HOST = "src/host/x.cc"

# For each row of the table: where, code that is refused there, and its neighbours that are not.
CASES = {
    "using-namespace": (
        "src/host/x.h", ["using namespace std;", "void f() { using  namespace a::b; }"],
        [("src/host/x.h", "using std::string;"), (HOST, "using namespace std;")]),
    "include-guard": (
        "src/host/x.h", ["#ifndef HOST_X_H", "# ifndef HOST_X_H_"],
        [("src/host/x.h", "#ifndef NDEBUG"), (HOST, "#ifndef HOST_X_H_")]),
    "heavy-header": (
        HOST, ["#include <iostream>", "#include <regex>"],
        [(HOST, "#include <ostream>"), (HOST, "// #include <regex>")]),
    "endl": (HOST, ["out << std::endl;"], [(HOST, "out << '\\n';"), (HOST, "int endl = 1;")]),
    "rand": (
        HOST, ["int x = rand();", "srand(1);", "f(std::rand());", "std::random_device seed;"],
        [(HOST, "int x = rng.rand();"), (HOST, "int operand(int);"), ("apps/x.cc", "srand(1);")]),
    "sleep": (
        "src/host/x_test.cc",
        ["sleep(1);", "usleep(1);", "std::this_thread::sleep_for(1ms);", "if (x) sleep(1);"],
        [("src/host/x_test.cc", "guest.sleep();"), (HOST, "sleep(1);")]),
    "clock": (
        HOST, ["auto t = std::chrono::steady_clock::now();", "clock_gettime(a, &b);"],
        [(HOST, "auto t = clock.now();"), ("src/host/x_bench.cc", "clock_gettime(a, &b);")]),
    "printf": (
        HOST, ["printf(\"x\");", "std::fprintf(stderr, x);", "else puts(x);"],
        [(HOST, "snprintf(a, b, c);"), (HOST, "log.printf(x);"), ("apps/x.cc", "printf(\"x\");")]),
    "new-delete": (
        HOST, ["auto* x = new Thing;", "return new int[3];", "delete x;",
               "delete[] x;", "delete (x);"],
        [(HOST, "Thing(const Thing&) = delete;"), (HOST, "void* operator new(std::size_t);"),
         (HOST, "void operator delete(void*) noexcept;"), (HOST, "new (place) T(1);"),
         (HOST, "bool is_new = true;")]),
    "malloc": (
        HOST, ["auto* x = malloc(3);", "std::free(x);", "if (x) free(x);", "::free(x);"],
        [(HOST, "pool.free(x);"), (HOST, "pool->free(x);"), (HOST, "void Pool::free(int) {}"),
         (HOST, "void free(int);")]),
    "raw-close": (
        HOST, ["close(fd);", "if (fd >= 0) close(fd);", "::close(fd);"],
        [(HOST, "file.close();"), (HOST, "~X() { close(); }"), (HOST, "void close(int fd);"),
         (HOST, "socket->close(error);")]),
    "system": (HOST, ["system(x);", "auto* f = popen(a, b);"],
               [(HOST, "file_system(x);"), (HOST, "std::system_error e(x);")]),
    "c-string": (HOST, ["strcpy(a, b);", "std::strncat(a, b, 3);", "sprintf(a, b);"],
                 [(HOST, "snprintf(a, 3, b);"), (HOST, "std::strlen(a);")]),
    "loose-number": (HOST, ["int x = std::stoi(y);", "f(atoi(y));"],
                     [(HOST, "base::parse_u64(y);"), (HOST, "std::stop_token t;")]),
    "swallow": (HOST, ["try { f(); } catch (...) {}", "try { f(); } catch( ... ) {}"],
                [(HOST, "try { f(); } catch (const E& e) {}")]),
    "throw": (HOST, ["throw E();", "throw;"], [(HOST, "void __throw_bad_alloc();")]),
    "const-cast": (HOST, ["f(const_cast<char*>(x));"], [(HOST, "f(static_cast<char*>(x));")]),
    "assert": (HOST, ["assert(x);", "#include <cassert>", "#include <assert.h>"],
               [(HOST, "static_assert(x);"), (HOST, "check(x, \"x\");")]),
}


class Bans(RulesTest):
    def test_every_row_has_its_cases(self):
        self.assertEqual(set(CASES), {ban.name for ban in BANS})

    def test_what_is_refused_and_what_is_not(self):
        for ban in BANS:
            path, refused, accepted = CASES[ban.name]
            for code in refused:
                with self.subTest(ban=ban.name, refused=code):
                    self.refuses_code(path, code,
                                      f"{ban.name}: {ban.what}; remedy: {ban.remedy}")
            for where, code in accepted:
                with self.subTest(ban=ban.name, accepted=code):
                    self.accepts_code(where, code)

    def test_words_about_a_thing_are_not_the_thing(self):
        self.accepts_code(HOST, "// new Thing, throw, malloc(3)\nf(\"delete x; assert(y)\");")

    def test_a_call_on_its_own_line_is_found_on_that_line(self):
        self.refuses({HOST: SPDX + "void f() {\n  g();\n  free(x);\n}\n"},
                     f"{HOST}:4: malloc: malloc or free; remedy: a container, or a unique_ptr with "
                     "the library's own deleter")

    def test_unfinished_places(self):
        for word in ("TO" "DO", "FIX" "ME", "X" "XX", "HA" "CK"):
            self.refuses({"docs/x.md": f"later: {word}\n"},
                         f"docs/x.md:1: unfinished: an unfinished place: {word}; remedy: finish "
                         "it, or write down as a limit what it does not do")
        self.accepts({"docs/x.md": "a todo list, name.XXXXXX\n"})


class Escapes(RulesTest):
    CAST = "f(const_cast<char*>(x));"

    def escape(self, code: str, *findings: str) -> None:
        self.refuses_code("src/host/x.cc", code, *findings)

    def test_on_the_line_and_above_it(self):
        self.escape(f"{self.CAST}  // rules: allow const-cast: the library never writes")
        self.escape(f"// rules: allow const-cast: the library never writes\n{self.CAST}")

    def test_in_other_kinds_of_file(self):
        self.accepts({"x.cmake": "# SPDX-License-Identifier: Apache-2.0\n"
                                 "set(x /root/y)  # rules: allow machine-path: a container's\n",
                      "x.md": "see /root/y <!-- rules: allow machine-path: a container's -->\n"})

    def test_it_excuses_one_line_and_one_rule(self):
        finding = ("const-cast: const_cast; remedy: take what you change as non-const; only "
                   "volatile added is a static_cast")
        self.refuses({"src/host/x.cc": SPDX + "// rules: allow const-cast: once\n"
                      + (self.CAST + "\n") * 2}, f"src/host/x.cc:4: {finding}")
        self.escape(f"{self.CAST}  // rules: allow throw: wrong rule", finding,
                    "escape: nothing on line 3 needs it; remedy: delete it")

    def test_it_gives_a_reason(self):
        finding = ("const-cast: const_cast; remedy: take what you change as non-const; only "
                   "volatile added is a static_cast")
        for escape in ("allow const-cast", "allow const-cast:", "allow const-cast:  "):
            self.escape(f"{self.CAST}  // rules: {escape}".rstrip(), finding,
                        "escape: the reason is missing; "
                        "remedy: write `rules: allow const-cast: why`")

    def test_it_names_a_rule(self):
        self.escape("f();  // rules: allow const-cats: why",
                    "escape: 'const-cats' is no rule; remedy: tools/rules --list shows them")
        self.escape("f();  // rules: allow everything", "escape: 'everything' is no rule; "
                    "remedy: tools/rules --list shows them")

    def test_some_rules_have_no_exceptions(self):
        self.escape("f();  // rules: allow layers: please",
                    "escape: rule 'layers' has no exceptions by line; "
                    "remedy: do what the rule's finding says")

    def test_it_is_needed(self):
        self.escape("f();  // rules: allow const-cast: once there was one",
                    "escape: nothing on line 3 needs it; remedy: delete it")

    def test_a_header_away_from_home_may_be_excused(self):
        self.refuses({"src/host/x.h": HEADER + "#include <linux/kvm.h>  "
                      "// rules: allow home: one constant of the ABI\n"})
