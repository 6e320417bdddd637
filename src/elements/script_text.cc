// SPDX-License-Identifier: Apache-2.0
#include "elements/script_text.h"

#include "base/text.h"
#include "graph/words.h"

namespace superfluid::elements {
namespace {

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

struct Reference {
  std::string_view inside;  // a name, or a call
  std::size_t end;          // behind all of it
  bool call = false;
};

// Where the ')' of the "$(" before `at` is; npos when it is not there.
std::size_t closing(std::string_view text, std::size_t at) {
  int level = 1;
  char quote = '\0';
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\' && quote != '\'') {
      ++at;
    } else if (c == '"' || c == '\'') {
      quote = quote == '\0' ? c : (quote == c ? '\0' : quote);
    } else if (quote == '\0' && c == '(') {
      ++level;
    } else if (quote == '\0' && c == ')' && --level == 0) {
      return at;
    }
  }
  return text.npos;
}

// What the '$' at `at` begins.
std::optional<Reference> reference_at(std::string_view text, std::size_t at) {
  const char next = at + 1 < text.size() ? text[at + 1] : '\0';
  if (next == '{') {
    const std::size_t end = text.find('}', at);
    return end == text.npos ? std::nullopt
                            : std::optional(Reference{text.substr(at + 2, end - at - 2), end + 1});
  }
  if (next == '(') {
    const std::size_t end = closing(text, at + 2);
    return end == text.npos
               ? std::nullopt
               : std::optional(Reference{text.substr(at + 2, end - at - 2), end + 1, true});
  }
  if (next == '?' || next == '#' || next == '$') {
    return Reference{text.substr(at + 1, 1), at + 2};
  }
  std::size_t end = at + 1;
  while (end < text.size() && is_name(text[end])) {
    ++end;
  }
  return end == at + 1 ? std::nullopt
                       : std::optional(Reference{text.substr(at + 1, end - at - 1), end});
}

class Substituter {
 public:
  Substituter(Substitutions& with, std::size_t budget) : with_(with), budget_(budget) {}

  std::string run(std::string_view text, BareValues bare, int depth) {
    std::string out;
    char quote = '\0';
    std::size_t copied = 0;
    for (std::size_t at = 0; at < text.size();) {
      const char c = text[at];
      if (c == '\\' && quote == '"') {
        at += 2;
      } else if (c == '"' || c == '\'') {
        quote = quote == '\0' ? c : (quote == c ? '\0' : quote);
        ++at;
      } else if (quote == '\0' && graph::comment_begins(text, at)) {
        at = graph::skip_comment(text, at);
      } else if (const auto reference = c == '$' && quote != '\'' && depth <= kScriptNestingMax
                                            ? reference_at(text, at)
                                            : std::nullopt) {
        out += text.substr(copied, at - copied);
        out += value_of(*reference, text.substr(at, reference->end - at), quote, bare, depth);
        at = copied = reference->end;
      } else {
        ++at;
      }
    }
    return out += text.substr(copied);
  }

 private:
  std::string value_of(const Reference& reference, std::string_view whole, char quote,
                       BareValues bare, int depth) {
    const bool nested = reference.inside.contains('$') && reference.inside != "$";
    const std::string inside = nested ? run(reference.inside, BareValues::kAsTheyAre, depth + 1)
                                      : std::string(reference.inside);
    std::optional<std::string> value =
        reference.call ? with_.handler(inside) : with_.variable(inside);
    if (!value || value->size() > budget_) {
      return nested ? base::cat(whole.substr(0, 2), inside, whole.substr(whole.size() - 1))
                    : std::string(whole);
    }
    budget_ -= value->size();
    if (quote == '\0' && bare == BareValues::kAsTheyAre) {
      return *std::move(value);
    }
    const std::string quoted = graph::quote(*value);
    return quote == '"' ? quoted.substr(1, quoted.size() - 2) : quoted;
  }

  Substitutions& with_;
  std::size_t budget_;  // bytes of values that may still be put in
};

}  // namespace

std::string substitute(std::string_view text, Substitutions& with, BareValues bare) {
  return Substituter(with, kScriptBytesMax).run(text, bare, 0);
}

}  // namespace superfluid::elements
