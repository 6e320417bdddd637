# SPDX-License-Identifier: Apache-2.0
"""A scanner of C++ that is just careful enough for the rules.

blank()      hides comments and the insides of literals, so that patterns meet code alone
includes()   the #include lines
functions()  every function body with its name and its lines

The scanner knows raw strings, digit separators, continued lines, conditional compilation (both
branches of an #if are read from the same state), constructors' member initialisers, initialiser
lists, requires-expressions, and lambdas. A lambda inside a function is part of that function.
"""

import dataclasses
import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
      (?P<comment> //(?:\\\n|[^\n])* | /\*.*?(?:\*/|\Z) )
    | (?P<raw> \b(?:u8|[uUL])?R"(?P<mark>[^()\\\s]{0,16})\(.*?(?:\)(?P=mark)"|\Z) )
    | (?P<string> "(?:\\.|[^"\\\n])*" )
    | (?P<character> '(?:\\.|[^'\\\n])+' )
    | (?P<other> \.?[0-9](?:[eEpP][+-]|'?[0-9A-Za-z_.])* | [A-Za-z_]\w* )
    """,
    re.DOTALL | re.VERBOSE)
_NOT_NEWLINE = re.compile(r"[^\n]")


def blank(text: str) -> str:
    def hide(match: re.Match) -> str:
        token = match.group()
        if match.lastgroup == "other":
            return token
        if match.group("comment"):
            return _NOT_NEWLINE.sub(" ", token)
        # The quotes stay, so that `extern "C"` and `f("")` keep their shape.
        first = token.index("'" if match.group("character") else '"')
        inside = _NOT_NEWLINE.sub(" ", token[first + 1:-1])
        return token[:first] + token[first] + inside + token[-1]

    return _TOKEN.sub(hide, text)


@dataclasses.dataclass(frozen=True)
class Include:
    line: int
    target: str
    quoted: bool


_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]*)"|<([^>\n]*)>)', re.MULTILINE)


def includes(text: str, code: str) -> Iterator[Include]:
    """`code` is blank(text): an #include inside a comment is none."""
    for match in _INCLUDE.finditer(text):
        if code[match.start():match.end()].lstrip().startswith("#"):
            quoted = match.group(1) is not None
            yield Include(text.count("\n", 0, match.start()) + 1,
                          match.group(1) if quoted else match.group(2), quoted)


@dataclasses.dataclass(frozen=True)
class Function:
    name: str
    line: int
    lines: int


_DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(\w*)(?:\\\n|[^\n])*", re.MULTILINE)
_ACCESS = re.compile(r"\b(?:public|private|protected)\s*$")
_TESTS = re.compile(r"\b(?:TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP)\s*\(\s*(\w+)\s*,\s*(\w+)")
_REQUIRES_EXPRESSION = re.compile(r"\brequires\s*(?:\([^()]*\))?\s*$")
_TYPE = re.compile(r"^\s*(?:typedef\s+|friend\s+|export\s+)*(?:class|struct|union)\b")
# A brace after this begins a lambda's body.
_LAMBDA = re.compile(r"\]\s*(?:<[^{}]*>\s*)?(?:\([^{}]*\)[^{}(),;]*)?$")
_OPERATOR = re.compile(r"\boperator(\(\s*\)|\s*[^\s\w(]+|\s+[\w:]+)\s*(?=\()")
_CONTROL = {"if", "for", "while", "switch", "catch", "alignas", "decltype", "requires", "noexcept",
            "__attribute__"}
_SINGLE_COLON = re.compile(r"(?<!:):(?!:)")
_MARK = re.compile(r"[#{};:]")


def _drop_balanced(text: str, start: int, opening: str, closing: str) -> int:
    """The offset after the bracket that closes the one at `start`."""
    depth = 0
    for at in range(start, len(text)):
        if text[at] == opening:
            depth += 1
        elif text[at] == closing:
            depth -= 1
            if depth == 0:
                return at + 1
    return len(text)


def _strip(head: str) -> str:
    """A declaration's head without attributes, alignas(...), template<...> and operator symbols."""
    head = re.sub(r"\[\[.*?\]\]", " ", head, flags=re.DOTALL)
    while match := re.search(r"\btemplate\s*(?=<)", head):
        head = head[:match.start()] + " " + head[_drop_balanced(head, match.end(), "<", ">"):]
    while match := re.search(r"\balignas\s*(?=\()", head):
        head = head[:match.start()] + " " + head[_drop_balanced(head, match.end(), "(", ")"):]
    return re.sub(r"\boperator\s*(?:\(\s*\)|\[\s*\]|[^\w\s(]+)", "operator_", head)


def _mask_brackets(head: str) -> str:
    """The head with all that stands inside of its brackets blanked."""
    shown = []
    depth = 0
    for char in head:
        depth -= char in ")]}"
        shown.append(char if depth <= 0 else " ")
        depth += char in "([{"
    return "".join(shown)


def _what_opens(head: str) -> str:
    """What a `{` after `head`, outside of every function, opens.

    'scope' (a namespace, a class), 'function', 'lambda', or 'part': a piece of the declaration
    still going on (an initialiser, a requires-expression, an enum's body).
    """
    if head.count("(") > head.count(")"):
        return "lambda" if _LAMBDA.search(head) else "part"
    if _REQUIRES_EXPRESSION.search(head):
        return "part"
    plain = _strip(head)
    outside = _mask_brackets(plain)
    if re.search(r"\bnamespace\b", outside) or re.fullmatch(r'\s*extern\s*"\s*"\s*', plain):
        return "scope"
    if re.search(r"\benum\b", outside):
        return "part"
    # `struct X : Base<void(int)>` is a type, `struct X f(int)` a function.
    if _TYPE.match(plain) and "(" not in _SINGLE_COLON.split(plain, maxsplit=1)[0]:
        return "scope"
    if re.search(r"(?<![<>=!])=(?!=)", outside):
        return "lambda" if _LAMBDA.search(plain) else "part"
    if "(" not in plain:
        return "part"
    # After a constructor's `) :`, a brace that follows a name initialises that member.
    begins_members = _SINGLE_COLON.search(outside)
    return "part" if begins_members and re.search(r"[\w>]\s*$", plain) else "function"


def _name_of(head: str) -> str:
    if test := _TESTS.search(head):
        return f"{test.group(1)}.{test.group(2)}"
    if operator := _OPERATOR.search(head):
        return f"operator{operator.group(1)}"
    plain = _strip(head)
    for match in re.finditer(r"((?:~|\b)[\w:~]+)\s*\(", _mask_brackets(plain)):
        if match.group(1) not in _CONTROL:
            return match.group(1)
    initialised = re.search(r"(\w+)\s*=", plain)
    return initialised.group(1) if initialised else "(lambda)"


class _Scanner:
    """Walks over blanked code; `stack` holds what each open brace opened."""

    def __init__(self, code: str):
        self.code = code
        self.stack: list[tuple[str, str, int]] = []  # (what, its head, where it begins)
        self.head_begin = 0  # of the declaration being read, outside of functions
        self.conditionals: list[list[tuple[str, str, int]]] = []
        self.found: list[Function] = []

    def run(self) -> list[Function]:
        at = 0
        while mark := _MARK.search(self.code, at):
            at = mark.end()
            if mark.group() == "#":
                at = self._on_hash(mark.start())
            elif mark.group() == "{":
                self._on_open(mark.start())
            elif mark.group() == "}":
                self._on_close(mark.start())
            elif self._ends_declaration(mark.group(), mark.start()):
                self.head_begin = at
        return self.found

    def _on_hash(self, at: int) -> int:
        directive = _DIRECTIVE.match(self.code, self.code.rfind("\n", 0, at) + 1)
        if not directive:
            return at + 1
        name, begin, end = directive.group(1), directive.start(), directive.end()
        if not self._in_function() and not self._head(begin).strip():
            self.head_begin = end
        if name in ("if", "ifdef", "ifndef"):
            self.conditionals.append(list(self.stack))
        elif name in ("else", "elif") and self.conditionals:
            self.stack = list(self.conditionals[-1])
            self.head_begin = end
        elif name == "endif" and self.conditionals:
            self.conditionals.pop()
        return end

    def _in_function(self) -> bool:
        return any(what in ("function", "lambda") for what, _, _ in self.stack)

    def _in_part(self) -> bool:
        return bool(self.stack) and self.stack[-1][0] == "part"

    def _head(self, end: int) -> str:
        return _DIRECTIVE.sub("", self.code[self.head_begin:end])

    def _ends_declaration(self, char: str, at: int) -> bool:
        if self._in_function() or self._in_part():
            return False
        head = self._head(at)
        if char == ";":
            return head.count("(") <= head.count(")")
        return _ACCESS.search(head) is not None  # `public:`, not `a::b` nor a base clause

    def _on_open(self, at: int) -> None:
        if self._in_function():
            self.stack.append(("block", "", at))
        elif self._in_part():
            inside = self.code[self.stack[-1][2]:at]
            self.stack.append(("lambda" if _LAMBDA.search(inside) else "part", inside, at))
        else:
            head = self._head(at)
            what = _what_opens(head)
            self.stack.append((what, head, self.head_begin if what == "function" else at))
            if what == "scope":
                self.head_begin = at + 1

    def _on_close(self, at: int) -> None:
        if not self.stack:
            return
        what, head, begin = self.stack.pop()
        if what in ("function", "lambda"):
            begin += len(self.code[begin:at]) - len(self.code[begin:at].lstrip())
            first = self.code.count("\n", 0, begin) + 1
            last = self.code.count("\n", 0, at) + 1
            self.found.append(Function(_name_of(head), first, last - first + 1))
        if what in ("function", "scope"):
            self.head_begin = at + 1


def functions(code: str) -> list[Function]:
    """Every function of blanked code, from its first word to its closing brace."""
    return _Scanner(code).run()
