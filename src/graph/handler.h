// SPDX-License-Identifier: Apache-2.0
// Handlers: an element's named values, read and written from outside while it runs
// (`counter.count`, `queue.reset`).
//
// A read takes a text (most ignore it) and gives a text; a write takes a text and may refuse it.
// Every element has class, name, config, ports and handlers. A private handler (one that reads
// files, say) serves the graph itself; who asks from outside is told that there is none.
//
// Threads: called on the router's thread, between rounds.

#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/callback.h"
#include "base/result.h"

namespace superfluid::graph {

// What a value is as a text, in functions that all handlers share.
base::Result<std::string> value_text(std::uint64_t value);
base::Result<std::string> value_text(std::int64_t value);
base::Result<std::string> value_text(std::string_view value);
inline base::Result<std::string> value_text(std::string value) { return value; }
inline base::Result<std::string> value_text(const char* value) {
  return value_text(std::string_view(value));
}
template <std::integral T>
requires(!std::same_as<T, bool>) base::Result<std::string> value_text(T value) {
  if constexpr (std::signed_integral<T>) {
    return value_text(static_cast<std::int64_t>(value));
  } else {
    return value_text(static_cast<std::uint64_t>(value));
  }
}

struct Handler {
  using Read = base::Callback<base::Result<std::string>(std::string_view)>;
  using Write = base::Callback<base::Status(std::string_view)>;

  std::string name;
  Read read;
  Write write;
  bool is_private = false;
};

class HandlerTable {
 public:
  using Read = Handler::Read;
  using Write = Handler::Write;

  [[gnu::always_inline]] void read(base::TextView name, Read read) {
    set_read(name, read.function(), read.words());
  }
  [[gnu::always_inline]] void write(base::TextView name, Write write) {
    set_write(name, write.function(), write.words());
  }
  // A number or text that is only looked at; `value` is called at each read.
  template <typename Get>
  [[gnu::always_inline]] void value(base::TextView name, Get get) {
    read(name, [get](std::string_view) { return value_text(get()); });
  }
  void make_private(base::TextView name) { entry(name).is_private = true; }

  const Handler* find(std::string_view name) const;
  const std::vector<Handler>& all() const { return handlers_; }

 private:
  void set_read(base::TextView name, Read::Function function, Read::Words words);
  void set_write(base::TextView name, Write::Function function, Write::Words words);
  Handler& entry(std::string_view name);

  std::vector<Handler> handlers_;
};

}  // namespace superfluid::graph
