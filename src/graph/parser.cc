// SPDX-License-Identifier: Apache-2.0
// Recursive descent, one token of lookahead. Where the language is ambiguous the rules are Click's:
//   - a '(' after an element's name opens its configuration, elsewhere an element group;
//   - inside a compound or group, a chain that begins or ends with an arrow, or with ports and an
//     arrow, begins at `input` or ends at `output`;
//   - `a, b, c :: Class(x)` alone declares three elements of that class.
#include "graph/parser.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "graph/lexer.h"

namespace superfluid::graph {
namespace {

constexpr std::string_view kStatementEdges = "{}[);";

enum class Within { kFile, kCompound, kGroup };

class Parser {
 public:
  Parser(std::string_view file_name, std::string_view text, Diagnostics& diagnostics)
      : lexer_(file_name, text, diagnostics), diagnostics_(diagnostics) {}

  Statements file() { return statements(Within::kFile); }

 private:
  Statements statements(Within within);
  bool ends_here(const Token& token, Within within);
  Chain chain(bool nested);
  std::optional<Stage> stage(bool nested, bool first);
  bool element_use(ElementUse& use, bool nested, bool first_stage, bool first_use);
  bool implied_here(bool ports, bool first_stage, bool first_use);
  void spread_class(Stage& made);
  bool connector(bool& double_arrow);
  PortList port_list();
  void add_ports(PortList& list, std::uint32_t port, bool dash, Landmark at);
  void class_use(ElementUse& use);
  std::unique_ptr<CompoundClass> compound();
  std::vector<Formal> formals();
  void check_formal(const std::vector<Formal>& before, const Formal& formal, Landmark at);
  ClassDefinition class_definition();
  std::string arguments();

  bool at_arrow() {
    return lexer_.peek().is(TokenKind::kArrow) || lexer_.peek().is(TokenKind::kDoubleArrow);
  }
  template <typename What>  // a TokenKind or a character
  bool accept(What what) {
    if (!lexer_.peek().is(what)) {
      return false;
    }
    lexer_.next();
    return true;
  }
  void expect(char c) {
    if (!accept(c)) {
      diagnostics_.error(lexer_.peek().at, base::cat("expected '", c, "'"));
    }
  }
  void syntax_error(const Token& token) {
    diagnostics_.error(token.at, base::cat("syntax error near '", base::escape(token.text), "'"));
  }

  // True when one more level may be entered; otherwise the rest of the file is given up.
  bool enter(const char* what);

  Lexer lexer_;
  Diagnostics& diagnostics_;
  int depth_ = 0;
  std::size_t ports_listed_ = 0;
  bool too_many_ports_ = false;
  bool gave_up_ = false;
  bool last_chain_ended_at_output_ = true;
};

bool Parser::enter(const char* what) {
  if (depth_ < kNestingMax) {
    ++depth_;
    return true;
  }
  if (!gave_up_) {
    diagnostics_.error(lexer_.peek().at, base::cat("maximum ", what, " nesting depth exceeded"));
    gave_up_ = true;
  }
  return false;
}

// Reads statements up to what ends `within`, which is taken as well (but for '}' and '||', which
// the caller tells apart).
Statements Parser::statements(Within within) {
  Statements list;
  const bool outer_flag = std::exchange(last_chain_ended_at_output_, true);
  while (!gave_up_) {
    const Token token = lexer_.peek();
    if (token.is(TokenKind::kEnd) || token.is('}') || token.is(TokenKind::kDoubleBar) ||
        token.is(')')) {
      if (ends_here(token, within)) {
        break;
      }
    } else if (token.is(';')) {
      lexer_.next();
    } else if (token.is(TokenKind::kElementClass)) {
      list.push_back({class_definition()});
    } else if (token.is(TokenKind::kRequire) || token.is(TokenKind::kProvide)) {
      lexer_.next();
      list.push_back({Requirement{token.at, arguments(), token.is(TokenKind::kProvide)}});
    } else if (token.is(TokenKind::kDefine)) {
      lexer_.next();
      list.push_back({Definition{token.at, arguments()}});
    } else if (token.is(TokenKind::kIdentifier) || token.is('[') || token.is('{') ||
               token.is('(') || at_arrow()) {
      list.push_back({chain(within != Within::kFile)});
    } else {
      syntax_error(lexer_.next());
    }
  }
  last_chain_ended_at_output_ = outer_flag;
  return list;
}

bool Parser::ends_here(const Token& token, Within within) {
  if (token.is(TokenKind::kEnd)) {
    if (within != Within::kFile) {
      diagnostics_.error(token.at, within == Within::kGroup ? "expected ')'" : "expected '}'");
    }
    return true;
  }
  if (token.is(')') && within == Within::kGroup) {
    lexer_.next();
    return true;
  }
  if (!token.is(')') && within == Within::kCompound) {
    return true;
  }
  syntax_error(token);
  if (!token.is(')') && within == Within::kGroup) {
    return true;  // a brace inside a group most likely ends what is around it
  }
  lexer_.next();
  return false;
}

Chain Parser::chain(bool nested) {
  Chain made;
  bool double_arrow = false;
  do {
    std::optional<Stage> next = stage(nested, made.stages.empty());
    if (!next) {
      break;
    }
    next->double_arrow = double_arrow;
    made.stages.push_back(std::move(*next));
  } while (connector(double_arrow));
  const bool one_at_end = !made.stages.empty() && made.stages.back().uses.size() == 1;
  last_chain_ended_at_output_ = one_at_end && made.stages.back().uses[0].name == "output";
  return made;
}

// `a, [1] b :: B, C(x) [2]`. nullopt when there is no element at all.
std::optional<Stage> Parser::stage(bool nested, bool first) {
  Stage made;
  do {
    ElementUse use;
    if (!element_use(use, nested, first, made.uses.empty())) {
      break;
    }
    made.uses.push_back(std::move(use));
  } while (!gave_up_ && accept(','));
  if (made.uses.empty()) {
    return std::nullopt;
  }
  made.end = lexer_.peek().at;
  const auto implicit = [](const ElementUse& use) {
    return use.kind == ElementUse::Kind::kImplicit;
  };
  if (!first && at_arrow() && std::ranges::any_of(made.uses, implicit)) {
    diagnostics_.error(made.end, "implicit ports used in the middle of a chain");
  }
  if (first && !at_arrow()) {
    spread_class(made);
  }
  return made;
}

// `a, b, c :: Class(x)`: what the last says holds for all, when the others say nothing at all.
void Parser::spread_class(Stage& made) {
  const ElementUse& last = made.uses.back();
  for (const ElementUse& use : made.uses) {
    if (use.inputs.written() || use.outputs.written() || (&use != &last && !use.bare())) {
      return;
    }
  }
  made.one_class = made.uses.size() > 1 && last.declared.has_value();
}

// Whether what comes means `input` or `output` without saying so.
bool Parser::implied_here(bool ports, bool first_stage, bool first_use) {
  const bool alone_or_ports = ports || first_use;
  const Token& token = lexer_.peek();
  if (at_arrow()) {
    if (first_stage && !ports && first_use && !last_chain_ended_at_output_) {
      diagnostics_.warning(token.at, base::cat("suggest 'input ", token.text, "' or '[0] ",
                                               token.text, "' to start connection"));
    }
    return first_stage && alone_or_ports;
  }
  if (token.is(',')) {
    return ports;
  }
  return !token.is(TokenKind::kDoubleColon) && !first_stage && alone_or_ports;
}

// False when no element stands here; then nothing is left half read.
bool Parser::element_use(ElementUse& use, bool nested, bool first_stage, bool first_use) {
  use.inputs = port_list();
  const Token token = lexer_.peek();
  use.at = token.at;
  if (token.is(TokenKind::kIdentifier)) {
    use.name = lexer_.next().text;
  } else if (token.is('{')) {
    use.kind = ElementUse::Kind::kCompound;
    use.compound = compound();
  } else if (token.is('(')) {
    use.kind = ElementUse::Kind::kGroup;
    lexer_.next();
    if (enter("element group")) {
      use.group = statements(Within::kGroup);
      --depth_;
    }
  } else if (nested && implied_here(use.inputs.written(), first_stage, first_use)) {
    use.kind = ElementUse::Kind::kImplicit;
    use.name = first_stage ? "input" : "output";
    if (first_stage) {
      std::swap(use.inputs, use.outputs);
    }
    return true;
  } else {
    if (use.inputs.written()) {
      diagnostics_.error(token.at, "stranded port ignored");
    }
    if (first_use && !(nested && first_stage)) {
      syntax_error(token);
      if (!token.is(TokenKind::kEnd)) {
        lexer_.next();
      }
    }
    return false;
  }
  if (accept(TokenKind::kDoubleColon)) {
    class_use(use);
  }
  if (lexer_.peek().is('(')) {
    lexer_.next();
    use.config = lexer_.read_config();
    expect(')');
  }
  use.outputs = port_list();
  return true;
}

void Parser::class_use(ElementUse& use) {
  const Token token = lexer_.peek();
  if (token.is(TokenKind::kIdentifier)) {
    use.declared = ClassUse{std::string(lexer_.next().text), nullptr};
  } else if (token.is('{')) {
    use.declared = ClassUse{{}, compound()};
  } else {
    diagnostics_.error(token.at, "missing element type in declaration");
    use.declared = ClassUse{use.name, nullptr};
  }
}

// True when another stage follows; says by which arrow.
bool Parser::connector(bool& double_arrow) {
  while (!gave_up_) {
    const Token token = lexer_.peek();
    if (token.is(TokenKind::kArrow) || token.is(TokenKind::kDoubleArrow)) {
      double_arrow = token.is(TokenKind::kDoubleArrow);
      lexer_.next();
      return true;
    }
    if (token.is(',') || token.is(TokenKind::kDoubleColon)) {
      syntax_error(lexer_.next());
      continue;
    }
    // What can begin or end a statement is left to the statement loop; all else is an error here.
    const bool left = token.kind != TokenKind::kVariable && token.kind != TokenKind::kEllipsis &&
                      (token.kind != TokenKind::kCharacter || kStatementEdges.contains(token.text));
    if (!left) {
      syntax_error(lexer_.next());
    }
    return false;
  }
  return false;
}

// Optional: `[`, then numbers, ranges and commas, then `]`.
PortList Parser::port_list() {
  PortList list;
  if (!accept('[')) {
    return list;
  }
  bool dash = false;
  while (!gave_up_) {
    Token token = lexer_.peek();
    if (token.is(TokenKind::kIdentifier)) {
      lexer_.next();
      const auto port = base::parse_u64(token.text);
      if (!port) {
        diagnostics_.error(token.at, "syntax error: port number should be integer");
      } else if (*port > kPortMax) {
        diagnostics_.error(token.at,
                           base::cat("port number ", *port, " too large, max ", kPortMax));
      }
      add_ports(list,
                static_cast<std::uint32_t>(port ? std::min<std::uint64_t>(*port, kPortMax) : 0),
                dash, token.at);
    } else if (token.is(']')) {
      lexer_.next();
      list.open_ended = true;
      if (list.ports.empty()) {
        list.ports.push_back(0);
      }
      break;
    } else {
      diagnostics_.error(token.at, "syntax error: expected port number");
      break;
    }
    token = lexer_.peek();
    if (accept(']')) {
      break;
    }
    if (token.is('-') && !dash) {
      lexer_.next();
      dash = true;
    } else if (accept(',')) {
      dash = false;
    } else {
      diagnostics_.error(token.at, "syntax error: expected ','");
      if (!token.is(TokenKind::kIdentifier)) {
        break;
      }
    }
  }
  return list;
}

// One number of a port list; after a dash, all from the one before.
void Parser::add_ports(PortList& list, std::uint32_t port, bool dash, Landmark at) {
  std::uint32_t from = dash && !list.ports.empty() ? list.ports.back() + 1 : port;
  for (; from <= port; ++from) {
    if (ports_listed_ == kPortsListedMax) {
      if (!std::exchange(too_many_ports_, true)) {
        diagnostics_.error(at, base::cat("more than ", kPortsListedMax, " ports listed"));
      }
      return;
    }
    ++ports_listed_;
    list.ports.push_back(from);
  }
}

// `{ $a, KEY $b, __REST__ $c | statements || more | statements || ... }`
std::unique_ptr<CompoundClass> Parser::compound() {
  auto made = std::make_unique<CompoundClass>();
  lexer_.next();  // the '{'
  if (!enter("compound element")) {
    return made;
  }
  do {
    if (lexer_.peek().is(TokenKind::kEllipsis)) {
      const Token token = lexer_.next();
      made->extends = true;
      if (made->bodies.empty() || !lexer_.peek().is('}')) {
        diagnostics_.error(token.at, "'...' should occur last, after one or more compounds");
      }
      continue;  // more of them should not follow, but if they do, they are read as such
    }
    CompoundBody body;
    body.at = lexer_.peek().at;
    body.formals = formals();
    body.statements = statements(Within::kCompound);
    made->bodies.push_back(std::move(body));
  } while (!gave_up_ && accept(TokenKind::kDoubleBar));
  accept('}');
  --depth_;
  return made;
}

// Parameters up to the '|'; none when the body begins at once.
std::vector<Formal> Parser::formals() {
  std::vector<Formal> list;
  while (!gave_up_) {
    Formal formal;
    const Token first = lexer_.peek();
    if (first.is('|')) {
      lexer_.next();
      break;
    }
    if (first.is(TokenKind::kIdentifier) && lexer_.peek(1).is(TokenKind::kVariable)) {
      formal.keyword = lexer_.next().text;
    }
    if (!lexer_.peek().is(TokenKind::kVariable)) {
      if (!list.empty()) {
        diagnostics_.error(lexer_.peek().at, "expected variable");
      }
      break;
    }
    formal.variable = lexer_.next().text;
    check_formal(list, formal, first.at);
    list.push_back(std::move(formal));
    if (accept('|')) {
      break;
    }
    if (!accept(',')) {
      diagnostics_.error(lexer_.peek().at, "expected ',' or '|'");
      break;
    }
  }
  return list;
}

void Parser::check_formal(const std::vector<Formal>& before, const Formal& formal, Landmark at) {
  for (const Formal& other : before) {
    if (other.variable == formal.variable) {
      diagnostics_.error(at, base::cat("parameter '$", formal.variable, "' multiply defined"));
    } else if (!formal.keyword.empty() && other.keyword == formal.keyword) {
      diagnostics_.error(
          at, base::cat("repeated keyword parameter '", formal.keyword, "' in compound element"));
    }
  }
  if (!before.empty() && ((formal.keyword.empty() && !before.back().keyword.empty()) ||
                          before.back().keyword == "__REST__")) {
    diagnostics_.error(at, "compound element parameters out of order",
                       "the correct order is [positional], [keywords], [__REST__]");
  }
}

// `elementclass Name { ... }` or `elementclass Name Other`.
ClassDefinition Parser::class_definition() {
  ClassDefinition made;
  made.at = lexer_.next().at;
  if (lexer_.peek().is(TokenKind::kIdentifier)) {
    made.name = lexer_.next().text;
  } else {
    diagnostics_.error(lexer_.peek().at, "expected element type name");
  }
  const Token token = lexer_.peek();
  if (token.is('{')) {
    made.meaning.compound = compound();
  } else if (token.is(TokenKind::kIdentifier)) {
    made.meaning.name = lexer_.next().text;
  } else {
    syntax_error(token);
    if (!token.is(TokenKind::kEnd) && !token.is('}') && !token.is(')')) {
      lexer_.next();
    }
  }
  return made;
}

// `(text)`, empty when there is none.
std::string Parser::arguments() {
  if (!lexer_.peek().is('(')) {
    diagnostics_.error(lexer_.peek().at, "expected '('");
    return {};
  }
  lexer_.next();
  std::string text = lexer_.read_config();
  expect(')');
  return text;
}

}  // namespace

Statements parse(std::string_view file_name, std::string_view text, Diagnostics& diagnostics) {
  return Parser(file_name, text, diagnostics).file();
}

}  // namespace superfluid::graph
