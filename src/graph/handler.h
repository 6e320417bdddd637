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

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/text.h"

namespace superfluid::graph {

struct Handler {
  std::string name;
  std::function<base::Result<std::string>(std::string_view)> read;
  std::function<base::Status(std::string_view)> write;
  bool is_private = false;
};

class HandlerTable {
 public:
  using Read = std::function<base::Result<std::string>(std::string_view)>;
  using Write = std::function<base::Status(std::string_view)>;

  void read(std::string_view name, Read read) { entry(name).read = std::move(read); }
  void write(std::string_view name, Write write) { entry(name).write = std::move(write); }
  // A number or text that is only looked at; `value` is called at each read.
  template <typename Get>
  void value(std::string_view name, Get get);
  void make_private(std::string_view name) { entry(name).is_private = true; }

  const Handler* find(std::string_view name) const {
    for (const Handler& handler : handlers_) {
      if (handler.name == name) {
        return &handler;
      }
    }
    return nullptr;
  }
  const std::vector<Handler>& all() const { return handlers_; }

 private:
  Handler& entry(std::string_view name) {
    for (Handler& handler : handlers_) {
      if (handler.name == name) {
        return handler;
      }
    }
    return handlers_.emplace_back(Handler{std::string(name), {}, {}});
  }

  std::vector<Handler> handlers_;
};

template <typename Get>
void HandlerTable::value(std::string_view name, Get get) {
  read(name, [get](std::string_view) -> base::Result<std::string> { return base::cat(get()); });
}

}  // namespace superfluid::graph
