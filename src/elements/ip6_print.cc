// SPDX-License-Identifier: Apache-2.0
#include "elements/ip6_print.h"

#include <algorithm>

#include "elements/ip6_header.h"
#include "graph/arguments.h"
#include "graph/router.h"

namespace superfluid::elements {

using base::cat;
using graph::Packet;

namespace {

constexpr std::size_t kBytesPerLine = 24;
constexpr std::size_t kBytesPerGroup = 4;

std::string hex_lines(base::ByteView bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::string_view before = i == 0                    ? "  "
                                    : i % kBytesPerLine == 0  ? "\n  "
                                    : i % kBytesPerGroup == 0 ? " "
                                                              : "";
    text += cat(before, base::Hex{bytes[i], 2});
  }
  return text.empty() ? text : text + "\n";
}

}  // namespace

const graph::ElementClass IP6Print::kClass{
    .name = "IP6Print",
    .ports = "1/1",
    .processing = "a/a",
    .make = graph::make_element<IP6Print>,
    .order_visible = true,
};

void IP6Print::configure(graph::Arguments& arguments) {
  arguments.positional("LABEL", label_)
      .keyword("CONTENTS", contents_)
      .keyword("NBYTES", bytes_max_)
      .complete();
}

Packet* IP6Print::act(Packet* packet) {
  std::string text = label_.empty() ? "" : label_ + ": ";
  if (const net::Ipv6Header* header = ipv6_header(*packet)) {
    text += cat(to_text(header->source).view(), " -> ", to_text(header->destination).view(),
                " plen ", header->payload_length.host(), ", next ",
                static_cast<unsigned>(header->next_header), ", hlim ", +header->hop_limit, "\n");
  } else {
    text += cat("no IPv6 header, length ", packet->length, "\n");
  }
  if (contents_) {
    text += hex_lines(packet->bytes().first(std::min(packet->length, bytes_max_)));
  }
  router().errors().write(text);
  return packet;
}

}  // namespace superfluid::elements
