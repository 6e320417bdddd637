// SPDX-License-Identifier: Apache-2.0
#include "elements/clipboard.h"

#include <algorithm>
#include <cstring>

#include "elements/values.h"
#include "graph/arguments.h"

namespace superfluid::elements {

using graph::Batch;
using graph::Packet;

const graph::ElementClass Clipboard::kClass{"Clipboard", "2/2", "a/a",
                                            graph::make_element<Clipboard>, "#/#"};

void Clipboard::configure(graph::Arguments& arguments) {
  std::vector<std::string> texts;
  arguments.rest(texts).complete();
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string_view text = texts[i];
    const std::size_t slash = text.find('/');
    std::uint16_t offset = 0;
    std::uint16_t length = 0;
    if (slash == text.npos || slash == 0 || slash + 1 == text.size()) {
      arguments.complain(base::cat("range ", i, ": expected '/' between offset and length"));
    } else if (!graph::parse_argument(text.substr(0, slash), offset).empty() ||
               !graph::parse_argument(text.substr(slash + 1), length).empty()) {
      arguments.complain(base::cat("range ", i, ": invalid offset or length"));
    } else if (bytes += length; bytes > kBytesMax) {
      arguments.complain(base::cat("range ", i, ": more than ", kBytesMax, " bytes in all"));
    } else {
      ranges_.push_back({offset, length});
      length_min_ = std::max(length_min_, std::uint32_t{offset} + length);
    }
  }
  kept_.resize(std::min(bytes, kBytesMax));
}

void Clipboard::keep(const Packet& packet) {
  std::uint8_t* to = kept_.data();
  for (const Range& range : ranges_) {
    if (range.length != 0) {
      std::memcpy(to, packet.data + range.offset, range.length);
      to += range.length;
    }
  }
}

Packet* Clipboard::write(Packet* packet) {
  if ((packet = writable(packet)) == nullptr) {
    ++drops_;
    return nullptr;
  }
  const std::uint8_t* from = kept_.data();
  for (const Range& range : ranges_) {
    if (range.length != 0) {
      std::memcpy(packet->data + range.offset, from, range.length);
      from += range.length;
    }
  }
  return packet;
}

std::size_t Clipboard::act(std::uint32_t port, Packet** packets, std::size_t count) {
  std::size_t left = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Packet* packet = packets[i];
    if (packet->length >= length_min_ && port == 0) {
      keep(*packet);
    } else if (packet->length >= length_min_) {
      packet = write(packet);
    }
    if (packet != nullptr) {
      packets[left++] = packet;
    }
  }
  return left;
}

void Clipboard::push(std::uint32_t port, Batch batch) {
  const std::size_t left = act(port, batch.begin(), batch.size());
  if (left != 0) {
    output(port).push(Batch(batch.begin(), left));
  }
}

std::size_t Clipboard::pull(std::uint32_t port, Packet** into, std::size_t max) {
  return act(port, into, input(port).pull(into, max));
}

void Clipboard::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
