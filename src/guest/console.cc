// SPDX-License-Identifier: Apache-2.0
#include "guest/console.h"

#include <algorithm>

namespace superfluid::guest {

void Console::write(std::string_view text) {
  if (text.size() > room()) {
    const std::size_t first = room();
    put(text.substr(0, first));
    text.remove_prefix(first);
    exits_.leave(abi::Exit::kConsole);
  }
  const std::string_view fits = text.substr(0, room());
  put(fits);
  std::uint32_t& dropped = memory_.guest_page().console_dropped;
  store(dropped, dropped + static_cast<std::uint32_t>(text.size() - fits.size()));
}

std::size_t Console::room() const {
  const std::uint32_t written = memory_.guest_page().console_written;
  const std::uint32_t waiting = written - load(memory_.device_page().live.console_taken);
  return abi::kConsoleBytes - std::min<std::size_t>(waiting, abi::kConsoleBytes);
}

void Console::put(std::string_view text) {
  const std::span<char> ring = memory_.console();
  std::uint32_t& written = memory_.guest_page().console_written;
  const std::size_t at = written % ring.size();
  const std::size_t first = std::min(text.size(), ring.size() - at);
  std::ranges::copy(text.substr(0, first), ring.data() + at);
  std::ranges::copy(text.substr(first), ring.data());
  store(written, written + static_cast<std::uint32_t>(text.size()));
}

}  // namespace superfluid::guest
