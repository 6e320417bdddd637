// SPDX-License-Identifier: Apache-2.0
#include "elements/port_info.h"

#include "graph/arguments.h"
#include "graph/router.h"
#include "graph/words.h"

namespace superfluid::elements {

const graph::ElementClass PortInfo::kClass{
    .name = "PortInfo",
    .ports = "0/0",
    .processing = "a/a",
    .make = graph::make_element<PortInfo>,
    .configured_first = true,
};

void PortInfo::configure(graph::Arguments& arguments) {
  std::vector<std::string> rest;
  arguments.rest(rest).complete();
  for (const std::string& argument : rest) {
    const std::vector<std::string> words = graph::split_words(argument);
    if (!words.empty() && !words[0].starts_with('#')) {
      define(words, arguments);
    }
  }
}

void PortInfo::define(const std::vector<std::string>& words, graph::Arguments& arguments) {
  const std::string_view text = words.size() > 1 ? std::string_view(words[1]) : std::string_view();
  const std::size_t slash = text.find('/');
  const std::string_view protocol =
      slash == text.npos ? std::string_view() : text.substr(slash + 1);
  std::uint16_t port = 0;
  if (!graph::parse_argument(text.substr(0, slash), port).empty()) {
    arguments.complain("expected 'NAME PORT/PROTO'");
    return;
  }
  for (std::size_t i = 0; i < words.size() && !words[i].starts_with('#'); ++i) {
    if (i == 1) {
      continue;
    }
    graph::Names::Meanings& known = router().names().define(words[i], *this);
    if (protocol.empty() || protocol == "tcp") {
      known.tcp_port = port;
    }
    if (protocol.empty() || protocol == "udp") {
      known.udp_port = port;
    }
  }
}

}  // namespace superfluid::elements
