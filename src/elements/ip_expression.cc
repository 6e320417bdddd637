// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_expression.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "elements/ip_condition.h"
#include "graph/router.h"
#include "net/address.h"

namespace superfluid::elements {

using base::cat;
using Kind = Expression::Kind;

namespace {

struct SubjectWord {
  std::string_view word;
  IpSubject subject;
};
constexpr SubjectWord kSubjects[] = {
    {"ce", IpSubject::kCongested},
    {"ect", IpSubject::kEcnCapable},
    {"frag", IpSubject::kFragment},
    {"host", IpSubject::kHost},
    {"net", IpSubject::kNet},
    {"opt", IpSubject::kTcpFlags},
    {"port", IpSubject::kPort},
    {"proto", IpSubject::kProtocol},
    {"unfrag", IpSubject::kUnfragmented},
};

struct FieldWord {
  std::string_view word;
  BitField field;
};
constexpr BitField kIcmpType{0, 8, true, 1, "icmp type"};
constexpr FieldWord kFields[] = {
    {"dscp", {8, 6, false, kTransport, "ip dscp"}},
    {"hl", {4, 4, false, kTransport, "ip hl"}},
    {"id", {32, 16, false, kTransport, "ip id"}},
    {"len", {16, 16, false, kTransport, "ip len"}},
    {"tos", {8, 8, false, kTransport, "ip tos"}},
    {"ttl", {64, 8, false, kTransport, "ip ttl"}},
    {"type", kIcmpType},
    {"vers", {0, 4, false, kTransport, "ip vers"}},
    {"win", {112, 16, true, 6, "tcp win"}},
};

template <typename Table>
auto find_word(const Table& table, std::string_view word) {
  const auto found = std::ranges::find_if(table, [&](const auto& row) { return row.word == word; });
  return found == std::end(table) ? nullptr : &*found;
}

// What a word means as data.
struct Meaning {
  IpSubject kind = IpSubject::kNone;  // kNone: nothing, or (when `ambiguous`) several things
  std::uint32_t value = 0;
  bool ambiguous = false;
};

IpSubject subject_of(NameKind kind) {
  constexpr IpSubject kSubjectOf[] = {IpSubject::kProtocol, IpSubject::kPort, IpSubject::kPort,
                                      IpSubject::kTcpFlags, IpSubject::kField};
  return kSubjectOf[static_cast<std::size_t>(kind)];
}

// How a user may say which of its meanings a word has.
std::string_view prefix_of(NameKind kind) {
  constexpr std::string_view kPrefixes[] = {"proto ", "tcp port ", "udp port ", "tcp opt ",
                                            "icmp type "};
  return kPrefixes[static_cast<std::size_t>(kind)];
}

bool protocol_allows(NameKind kind, std::optional<std::uint32_t> protocol) {
  switch (kind) {
    case NameKind::kProtocol: return true;
    case NameKind::kTcpPort:
    case NameKind::kTcpFlag: return !protocol || *protocol == 6 || *protocol == kTcpOrUdp;
    case NameKind::kUdpPort: return !protocol || *protocol == 17 || *protocol == kTcpOrUdp;
    case NameKind::kIcmpType: return !protocol || *protocol == 1;
  }
  return false;
}

bool subject_allows(NameKind kind, const IpCondition& test) {
  return test.subject == IpSubject::kNone ||
         (test.subject == subject_of(kind) &&
          (kind != NameKind::kIcmpType || test.field == kIcmpType));
}

// With `remarks`, complains about words that have no one meaning here.
Meaning look_up(std::string_view word, const IpCondition& test, Remarks* remarks,
                const graph::Element* user) {
  std::vector<NameKind> known;
  std::vector<std::pair<NameKind, std::uint32_t>> fitting;
  for (std::size_t i = 0; i < kNameKinds; ++i) {
    const auto kind = static_cast<NameKind>(i);
    const auto number = find_name(word, kind, user);
    if (!number) {
      continue;
    }
    known.push_back(kind);
    if (!subject_allows(kind, test) || !protocol_allows(kind, test.protocol)) {
      continue;
    }
    const bool same_port = kind == NameKind::kUdpPort && !fitting.empty() &&
                           fitting.back().first == NameKind::kTcpPort &&
                           fitting.back().second == *number;
    if (!same_port) {
      fitting.emplace_back(kind, *number);
    }
  }
  if (fitting.size() == 1) {
    return {subject_of(fitting[0].first), fitting[0].second};
  }
  if (known.empty()) {
    return {};
  }
  if (remarks != nullptr) {
    std::string choices;
    for (const NameKind kind : known) {
      choices += cat(choices.empty() ? "" : ", ", "'", prefix_of(kind), word, "'");
    }
    remarks->errors.push_back(
        cat("'", word, "' is ", fitting.empty() ? "meaningless" : "ambiguous", "; try ", choices));
  }
  return {.ambiguous = true};
}

class Parser {
 public:
  Parser(const std::vector<std::string>& words, Remarks& remarks, const graph::Element* user)
      : words_(words), remarks_(remarks), user_(user) {}

  Expression whole() {
    Expression expression = choice();
    if (at_ < words_.size()) {
      error(cat("garbage after expression at '", base::escape(words_[at_]), "'"));
    }
    return expression;
  }

 private:
  std::string_view word(std::size_t ahead = 0) const {
    return at_ + ahead < words_.size() ? std::string_view(words_[at_ + ahead]) : "";
  }
  bool take(std::string_view a, std::string_view b = {}) {
    const bool taken = !word().empty() && (word() == a || word() == b);
    at_ += taken ? 1 : 0;
    return taken;
  }
  void error(std::string message) {
    if (!too_deep_) {
      remarks_.errors.push_back(std::move(message));
    }
  }

  Expression choice();
  Expression any();
  Expression all();
  Expression factor();
  Expression test();
  bool ends_term() const;
  bool qualifier(IpCondition& test, bool& negated);
  void side(IpCondition& test);
  void place(IpCondition& test);
  void mask(IpCondition& test);
  void relation(IpCondition& test);
  bool data(IpCondition& test);
  bool address_data(IpCondition& test);

  const std::vector<std::string>& words_;
  Remarks& remarks_;
  const graph::Element* user_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  bool too_deep_ = false;
  IpCondition before_;
};

Expression Parser::choice() {
  if (++depth_ > kDepthMax) {
    error("expression is nested too deeply");
    too_deep_ = true;  // and nothing more: all that follows would be nonsense
    at_ = words_.size();
    --depth_;
    return {};
  }
  Expression made = any();
  if (take("?")) {
    Expression then = choice();
    if (!take(":")) {
      error("missing ':' in ternary expression");
    }
    made = Expression::combine(Kind::kChoose, {std::move(made), std::move(then), choice()});
  }
  --depth_;
  return made;
}

Expression Parser::any() {
  std::vector<Expression> parts;
  do {
    parts.push_back(all());
  } while (take("or", "||"));
  return parts.size() == 1 ? std::move(parts[0])
                           : Expression::combine(Kind::kAny, std::move(parts));
}

Expression Parser::all() {
  std::vector<Expression> parts;
  for (bool wanted = true;; wanted = take("and", "&&")) {
    const std::size_t start = at_;
    Expression part = factor();
    if (at_ == start) {
      if (wanted) {
        error("missing expression");
      }
      break;
    }
    parts.push_back(std::move(part));
  }
  return parts.size() == 1 ? std::move(parts[0])
                           : Expression::combine(Kind::kAll, std::move(parts));
}

Expression Parser::factor() {
  if (depth_ >= kDepthMax) {
    return choice();  // which says so
  }
  if (word() == "not" || word() == "!") {
    const std::string operation(word());
    const std::size_t start = ++at_;
    ++depth_;
    Expression part = factor();
    --depth_;
    if (at_ == start) {
      error(cat("missing expression after '", operation, "'"));
    }
    return Expression::negation(std::move(part));
  }
  if (take("(")) {
    Expression part = choice();
    if (!take(")")) {
      error("missing ')'");
    }
    return part;
  }
  return test();
}

bool Parser::ends_term() const {
  constexpr std::string_view kEnds[] = {"", ")", "||", "or", "?", ":"};
  return std::ranges::find(kEnds, word()) != std::end(kEnds);
}

void Parser::side(IpCondition& test) {
  const bool destination_follows = word(2) == "dst" || word(2) == "dest";
  if (destination_follows && (word(1) == "and" || word(1) == "&&")) {
    test.set_side(Side::kBoth, remarks_);
    at_ += 3;
  } else if (destination_follows && (word(1) == "or" || word(1) == "||")) {
    test.set_side(Side::kEither, remarks_);
    at_ += 3;
  } else {
    test.set_side(Side::kSource, remarks_);
    ++at_;
  }
}

// Takes one qualifier; false when the next word is none.
bool Parser::qualifier(IpCondition& test, bool& negated) {
  const std::string_view next = word();
  if (const SubjectWord* subject = find_word(kSubjects, next)) {
    test.set_subject(subject->subject, remarks_);
  } else if (const FieldWord* field = find_word(kFields, next)) {
    test.set_field(field->field, remarks_);
    if (field->field.in_transport) {
      test.set_protocol(field->field.protocol, remarks_);
    }
  } else if (next == "src") {
    side(test);
    return true;
  } else if (next == "dst" || next == "dest") {
    test.set_side(Side::kDestination, remarks_);
  } else if ((next == "ip" || next == "ether") && test.header == '\0') {
    test.header = next[0];
  } else if (next == "not" || next == "!") {
    negated = !negated;
  } else {
    const Meaning meaning = look_up(next, IpCondition(), nullptr, user_);
    if (meaning.kind != IpSubject::kProtocol) {
      return false;
    }
    test.set_protocol(meaning.value, remarks_);
  }
  ++at_;
  return true;
}

// `[pos]`, `[pos:length]` or `[first,last]`, in bytes.
void Parser::place(IpCondition& test) {
  test.wrong = true;
  std::string inside;
  std::size_t end = at_ + 1;
  for (; end < words_.size() && words_[end] != "]"; ++end) {
    inside += words_[end];
  }
  if (end == words_.size()) {
    error("missing ']'");
    ++at_;
    return;
  }
  at_ = end + 1;
  const std::size_t cut = inside.find_first_of(":,");
  const auto first = read_number(std::string_view(inside).substr(0, cut));
  auto second = cut == inside.npos ? std::optional<std::uint32_t>(1)
                                   : read_number(std::string_view(inside).substr(cut + 1));
  if (!first || !second || *first > 0xffff) {
    error("syntax error after '[', expected '[POS]' or '[POS:LEN]'");
    return;
  }
  if (cut != inside.npos && inside[cut] == ',') {
    second = *second - *first + 1;
  }
  const std::uint32_t length = *second;
  if (length < 1 || length > 4) {
    error("LEN in '[POS:LEN]' out of range, should be between 1 and 4");
  } else if (*first / 4 != (*first + length - 1) / 4) {
    error(cat("field [", *first, ":", length, "] does not fit in a single word"));
  } else {
    test.set_field({.bit_offset = 8 * *first,
                    .bit_length = 8 * length,
                    .in_transport = test.protocol.has_value(),
                    .protocol = test.protocol.value_or(kTransport)},
                   remarks_);
    test.wrong = false;
  }
}

void Parser::mask(IpCondition& test) {
  IpCondition::Mask given;
  const std::string_view text = word(1);
  if (const auto number = read_number(text)) {
    given = {IpSubject::kNumber, *number, {}};
  } else if (const auto address = read_address(text, user_); address && test.header != 'e') {
    given = {IpSubject::kHost, address->host(), {}};
  } else if (const auto mac = net::parse_mac(text); mac && test.header != 'i') {
    given = {IpSubject::kEtherHost, 1, {mac->bytes}};
  } else {
    return;
  }
  at_ += 2;
  if (given.bits == 0) {
    error("zero mask ignored");
  } else {
    test.mask = given;
  }
}

void Parser::relation(IpCondition& test) {
  struct Operator {
    std::string_view word;
    Relation relation;
    bool below;
  };
  constexpr Operator kOperators[] = {
      {"=", Relation::kEqual, false},    {"==", Relation::kEqual, false},
      {"!=", Relation::kUnequal, false}, {">", Relation::kAbove, false},
      {"<", Relation::kAtMost, true},    {">=", Relation::kAbove, true},
      {"<=", Relation::kAtMost, false},
  };
  if (const Operator* found = find_word(kOperators, word())) {
    test.relation = found->relation;
    test.below = found->below;
    ++at_;
  }
}

// Addresses, ranges, and Ethernet addresses.
bool Parser::address_data(IpCondition& test) {
  const std::string_view text = word();
  if (test.header != 'e') {
    if (const auto address = read_address(text, user_)) {
      test.data = IpSubject::kHost;
      test.value = address->host();
      if (const auto bits = read_address(word(2), user_); word(1) == "mask" && bits) {
        test.data = IpSubject::kNet;
        test.net_mask = bits->host();
        at_ += 2;
      }
      return true;
    }
    if (const auto range = read_range(text, user_)) {
      test.data = IpSubject::kNet;
      test.value = range->address.host();
      test.net_mask = range->mask.host();
      return true;
    }
  }
  net::MacAddress mac;
  if (test.header == 'i' || !graph::parse_argument(text, mac, user_).empty()) {
    return false;
  }
  test.data = IpSubject::kEtherHost;
  test.ether.bytes = mac.bytes;
  return true;
}

// Takes the test's data; false when the next word is none.
bool Parser::data(IpCondition& test) {
  const Meaning meaning = look_up(word(), test, &remarks_, user_);
  if (meaning.ambiguous) {
    test.wrong = true;
  } else if (meaning.kind != IpSubject::kNone) {
    test.data = meaning.kind;
    test.value = meaning.value;
    if (meaning.kind == IpSubject::kField) {
      test.field = kIcmpType;
    }
  } else if (const auto number = read_number(word())) {
    test.data = IpSubject::kNumber;
    test.value = *number;
  } else if (!address_data(test)) {
    return false;
  }
  ++at_;
  return true;
}

Expression Parser::test() {
  if (ends_term()) {
    return {};
  }
  if (word() == "true" || word() == "false") {
    return Expression::constant(words_[at_++] == "true");
  }
  const std::size_t start = at_;
  IpCondition test;
  bool negated = false;
  while (qualifier(test, negated)) {
  }
  if (at_ != start) {
    before_ = IpCondition();
  }
  if (before_.data == IpSubject::kEtherHost) {
    test.header = 'e';
  }
  if (word() == "[" && at_ != start && test.subject == IpSubject::kNone) {
    place(test);
  }
  if (word() == "&") {
    mask(test);
  }
  relation(test);
  const bool related = test.relation != Relation::kEqual;
  if (!word().empty() && !data(test) && related) {
    error(cat("dangling operator near '", base::escape(word()), "'"));
  }
  if (at_ == start) {
    error(cat("empty term near '", base::escape(word()), "'"));
    return {};
  }
  if (!test.complete(before_, remarks_)) {
    return {};
  }
  before_ = test;
  return negated ? Expression::negation(test.expression()) : test.expression();
}

bool is_word_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("-./@_:").find(c) != std::string_view::npos;
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

void report(const Remarks& remarks, std::size_t index, const graph::Element& element,
            graph::Arguments& arguments) {
  for (const std::string& error : remarks.errors) {
    arguments.complain(cat("pattern ", index, ": ", error));
  }
  for (const std::string& warning : remarks.warnings) {
    element.router().errors().write(
        cat(element.name(), ": warning: pattern ", index, ": ", warning, "\n"));
  }
}

std::vector<std::string> split_expression(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    if (is_space(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_word_character(text[end])) {
      ++end;
    }
    if (end == at) {
      const char c = text[at];
      const char next = at + 1 < text.size() ? text[at + 1] : '\0';
      const bool doubled = (c == '&' || c == '|') && next == c;
      const bool with_equals = (c == '<' || c == '>' || c == '!' || c == '=') && next == '=';
      end += doubled || with_equals ? 2 : 1;
    }
    words.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

std::optional<Expression> parse_ip_expression(const std::vector<std::string>& words,
                                              Remarks& remarks, const graph::Element* user) {
  const bool everything =
      words.empty() ||
      (words.size() == 1 && (words[0] == "-" || words[0] == "any" || words[0] == "all"));
  if (everything) {
    return Expression::constant(true);
  }
  const std::size_t errors = remarks.errors.size();
  Expression expression = Parser(words, remarks, user).whole();
  return remarks.errors.size() == errors ? std::optional(std::move(expression)) : std::nullopt;
}

}  // namespace superfluid::elements
