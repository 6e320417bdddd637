// SPDX-License-Identifier: Apache-2.0
#include "elements/schedule_info.h"

#include <algorithm>

#include "base/text.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"
#include "graph/words.h"

namespace superfluid::elements {

using graph::Task;

namespace {

constexpr std::uint64_t kParameterMax = Task::kTicketsMax / Task::kTicketsDefault;

// A number of 1/kTicketsDefault; nullopt for zero, too.
std::optional<std::uint64_t> read_parameter(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = text.substr(std::min(point + 1, text.size())).substr(0, 9);
  if (whole.size() + fraction.size() == 0) {
    return std::nullopt;
  }
  const auto units = whole.empty() ? std::optional<std::uint64_t>(0) : base::parse_u64(whole);
  const auto parts = fraction.empty() ? std::optional<std::uint64_t>(0) : base::parse_u64(fraction);
  if (!units || !parts || *units > kParameterMax) {
    return std::nullopt;
  }
  std::uint64_t scale = 1;
  for (std::size_t i = 0; i < fraction.size(); ++i) {
    scale *= 10;
  }
  const std::uint64_t tickets =
      *units * Task::kTicketsDefault + (*parts * Task::kTicketsDefault + scale / 2) / scale;
  return tickets == 0 ? std::nullopt : std::optional(tickets);
}

bool is_in(std::string_view element, std::string_view compound) {
  return element.starts_with(compound) &&
         (element.size() == compound.size() || element[compound.size()] == '/');
}

}  // namespace

const graph::ElementClass ScheduleInfo::kClass{"ScheduleInfo", "0/0", "a/a",
                                               graph::make_element<ScheduleInfo>};

void ScheduleInfo::configure(graph::Arguments& arguments) {
  std::vector<std::string> texts;
  arguments.rest(texts).complete();
  const std::string_view self = name();
  const std::size_t slash = self.rfind('/');
  const std::string_view compound = slash == self.npos ? "" : self.substr(0, slash + 1);
  for (const std::string& text : texts) {
    const std::vector<std::string> words = graph::split_words(text);
    const auto tickets = words.size() == 2 ? read_parameter(words[1]) : std::nullopt;
    if (tickets) {
      shares_.push_back({base::cat(compound, words[0]), *tickets});
    } else if (!words.empty()) {
      arguments.complain("expected 'ELEMENTNAME PARAM'");
    }
  }
}

// What tasks have is asked of their handlers, so that this element needs to know none of theirs.
base::Status ScheduleInfo::initialize() {
  for (const auto& element : router().elements()) {
    const graph::Handler* const tickets = router().handlers(*element).find("tickets");
    for (const Share& share : shares_) {
      if (tickets == nullptr || !tickets->write || !is_in(element->name(), share.name)) {
        continue;
      }
      SF_TRY(before, tickets->read(""));
      const std::uint64_t scaled =
          base::parse_u64(before).value_or(0) * share.tickets / Task::kTicketsDefault;
      SF_CHECKED(
          tickets->write(base::cat(std::clamp<std::uint64_t>(scaled, 1, Task::kTicketsMax))));
    }
  }
  return {};
}

}  // namespace superfluid::elements
