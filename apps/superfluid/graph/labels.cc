// SPDX-License-Identifier: Apache-2.0
#include "superfluid/graph/labels.h"

#include "base/text.h"

namespace superfluid::graphs {

using base::cat;

namespace {

constexpr std::size_t kConfigMax = 40;

// On one line, with single spaces.
std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

// Cut between letters.
std::string shortened(const std::string& text) {
  if (text.size() <= kConfigMax) {
    return text;
  }
  std::size_t end = kConfigMax - 1;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  return cat(text.substr(0, end), "…");
}

bool is_named_by_us(const graph::FlatElement& element) {
  const std::size_t slash = element.name.rfind('/');
  const std::string_view last = std::string_view(element.name).substr(slash + 1);
  return last.starts_with(cat(element.class_name, '@'));
}

std::string text_with(const graph::FlatElement& element, std::string_view config) {
  std::string text = element.name;
  if (!is_named_by_us(element)) {
    text += cat(" :: ", element.class_name);
  }
  return config.empty() ? text : cat(text, '(', config, ')');
}

}  // namespace

Label label_of(const graph::FlatElement& element) {
  const std::string config = shortened(on_one_line(element.config));
  const std::size_t slash = element.name.rfind('/');
  std::string name = element.name;
  if (is_named_by_us(element)) {
    name = slash == name.npos ? "" : name.substr(0, slash + 1);
  }
  return {.name = std::move(name),
          .what = config.empty() ? element.class_name : cat(element.class_name, '(', config, ')')};
}

std::string short_text(const graph::FlatElement& element) {
  return text_with(element, shortened(on_one_line(element.config)));
}

std::string full_text(const graph::FlatElement& element) {
  return text_with(element, on_one_line(element.config));
}

}  // namespace superfluid::graphs
