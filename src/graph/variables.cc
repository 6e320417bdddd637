// SPDX-License-Identifier: Apache-2.0
#include "graph/variables.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "graph/words.h"

namespace superfluid::graph {
namespace {

bool is_name_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::size_t skip_name(std::string_view text, std::size_t at) {
  while (at < text.size() && is_name_char(text[at])) {
    ++at;
  }
  return at;
}

// A reference to a variable inside a text: `$name` or `${...}`.
struct Reference {
  std::string_view inside;
  std::size_t end;
  bool in_braces;
};

std::optional<Reference> reference_at(std::string_view text, std::size_t dollar) {
  if (dollar + 1 >= text.size()) {
    return std::nullopt;
  }
  if (text[dollar + 1] == '{') {
    const std::size_t close = text.find('}', dollar + 2);
    if (close == text.npos) {
      return std::nullopt;
    }
    return Reference{text.substr(dollar + 2, close - dollar - 2), close + 1, true};
  }
  // $?, $# and $$ are a script's; a graph's variables never have these names, but a script's may.
  const char next = text[dollar + 1];
  const std::size_t end =
      next == '?' || next == '#' || next == '$' ? dollar + 2 : skip_name(text, dollar + 1);
  if (end == dollar + 1) {
    return std::nullopt;
  }
  return Reference{text.substr(dollar + 1, end - dollar - 1), end, false};
}

// What is put inside "double quotes" must not end them.
std::string as_inside_of_quotes(const std::string& value) {
  const std::string quoted = quote(value);
  return quoted.substr(1, quoted.size() - 2);
}

// The index-th word of a list, empty beyond its end.
std::string word_of(const std::string& list, std::uint64_t index) {
  const std::vector<std::string> words = split_words(list);
  return index < words.size() ? words[index] : std::string();
}

}  // namespace

const Variables* Variables::enclosing(int depth) const {
  const Variables* scope = this;
  while (scope != nullptr && scope->depth_ >= depth) {
    scope = scope->parent_;
  }
  return scope;
}

bool Variables::define(std::string_view name, std::string value, bool override_old) {
  for (auto& [known, old] : entries_) {
    if (known == name) {
      if (override_old) {
        old = std::move(value);
      }
      return false;
    }
  }
  entries_.emplace_back(name, std::move(value));
  return true;
}

bool Variables::defined_here(std::string_view name) const {
  for (const auto& [known, value] : entries_) {
    if (known == name) {
      return true;
    }
  }
  return false;
}

const std::string* Variables::find(std::string_view name) const {
  for (const Variables* scope = this; scope != nullptr; scope = scope->parent_) {
    for (const auto& [known, value] : scope->entries_) {
      if (known == name) {
        return &value;
      }
    }
  }
  return nullptr;
}

Variables::Expansion Variables::expand(std::string_view text, std::size_t& budget) const {
  std::string expanded = expand_at(text, 0, budget);
  if (budget == 0) {
    return {std::string(text), true};
  }
  return {std::move(expanded), false};
}

bool Variables::evaluate(std::string_view inside, bool in_braces, int depth, std::size_t& budget,
                         std::string& value) const {
  std::string_view name = inside;
  std::optional<std::uint64_t> index;
  std::optional<std::string_view> otherwise;
  if (in_braces) {
    std::size_t at = skip_space_and_comments(inside, 0);
    const std::size_t name_begin = at;
    at = skip_name(inside, at);
    name = inside.substr(name_begin, at - name_begin);
    at = skip_space_and_comments(inside, at);
    if (at < inside.size() && inside[at] == '[') {
      const std::size_t close = std::min(inside.find(']', at), inside.size());
      index = base::parse_u64(base::trim(inside.substr(at + 1, close - at - 1)));
      at = skip_space_and_comments(inside, std::min(close + 1, inside.size()));
    }
    if (at < inside.size() && inside[at] == '-') {
      otherwise = inside.substr(at + 1);
    }
  }
  if (const std::string* found = find(name)) {
    value = expand_at(*found, depth + 1, budget);
    if (index) {
      value = word_of(value, *index);
    }
    return true;
  }
  if (otherwise) {
    value = expand_at(*otherwise, depth + 1, budget);
  }
  return otherwise.has_value();
}

std::string Variables::expand_at(std::string_view text, int depth, std::size_t& budget) const {
  budget -= std::min(budget, text.size() + 1);  // reading costs as well as writing
  std::string out;
  char inside = '\0';      // the quote that is open
  std::size_t copied = 0;  // text before this is in out
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '\\' && inside == '"') {
      at += 2;
    } else if (c == '\'' || c == '"') {
      inside = inside == '\0' ? c : (inside == c ? '\0' : inside);
      ++at;
    } else if (inside == '\0' && comment_begins(text, at)) {
      at = skip_comment(text, at);
    } else if (c == '$' && inside != '\'' && depth <= kDepthMax) {
      const auto reference = reference_at(text, at);
      if (!reference) {
        ++at;
        continue;
      }
      std::string name(reference->inside);
      if (reference->in_braces && name.contains('$')) {
        name = expand_at(name, depth + 1, budget);
      }
      std::string value;
      if (evaluate(name, reference->in_braces, depth, budget, value)) {
        out += text.substr(copied, at - copied);
        out += inside == '"' ? as_inside_of_quotes(value) : value;
        copied = reference->end;
      }
      at = reference->end;
    } else {
      ++at;
    }
    if (budget == 0) {
      return {};
    }
  }
  out += text.substr(copied);
  budget -= std::min(budget, out.size());
  return out;
}

}  // namespace superfluid::graph
