// SPDX-License-Identifier: Apache-2.0
// Handlers over an element's variables, read as they are printed and written as the argument of the
// same type is read.

#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "graph/arguments.h"
#include "graph/element.h"
#include "graph/handler.h"
#include "graph/schedule.h"
#include "net/address.h"

namespace superfluid::elements {

inline std::string show(bool value) { return value ? "true" : "false"; }
inline std::string show(const std::string& value) { return value; }
// As Click does: 02-00-00-00-00-0F.
std::string show(const net::MacAddress& value);
inline std::string show(const net::Ipv4Address& value) {
  return std::string(to_text(value).view());
}
inline std::string show(base::be16 value) { return base::cat(value.host()); }
inline std::string show(base::Duration value) { return base::to_string(value); }
template <std::integral T>
requires(!std::same_as<T, bool>) std::string show(T value) { return base::cat(+value); }

template <typename T>
[[gnu::always_inline]] inline void add_value(graph::HandlerTable& handlers, base::TextView name,
                                             const T& value) {
  handlers.read(name,
                [&value](std::string_view) -> base::Result<std::string> { return show(value); });
}

// Readable and writable; `after` runs once a new value is in place.
template <typename T, typename After>
[[gnu::always_inline]] inline void add_setting(graph::HandlerTable& handlers, base::TextView name,
                                               T& value, After after) {
  add_value(handlers, name, value);
  handlers.write(name, [&value, after](std::string_view text) -> base::Status {
    SF_CHECKED(graph::parse_handler_value(text, value));
    after();
    return {};
  });
}
template <typename T>
[[gnu::always_inline]] inline void add_setting(graph::HandlerTable& handlers, base::TextView name,
                                               T& value) {
  add_setting(handlers, name, value, [] {});
}
// One that may be given by the names that `user` knows.
template <graph::MayBeNamed T>
[[gnu::always_inline]] inline void add_address_setting(graph::HandlerTable& handlers,
                                                       base::TextView name, T& value,
                                                       const graph::Element& user) {
  add_value(handlers, name, value);
  handlers.write(name, [&value, &user](std::string_view text) {
    return graph::parse_handler_value(text, value, user);
  });
}

// `scheduled`, `home_thread` and `tickets`, as every element with a task has them.
inline void add_task_handlers(graph::HandlerTable& handlers, graph::Task& task) {
  handlers.value("scheduled", [&task] { return show(task.scheduled()); });
  handlers.value("home_thread", [&task] { return show(task.element().lane().index()); });
  handlers.value("tickets", [&task] { return show(task.tickets()); });
  handlers.write("tickets", [&task](std::string_view text) -> base::Status {
    std::uint32_t tickets = 0;
    SF_CHECKED(graph::parse_handler_value(text, tickets));
    task.set_tickets(tickets);
    return {};
  });
}

// A write that takes no value.
template <typename Do>
[[gnu::always_inline]] inline void add_button(graph::HandlerTable& handlers, base::TextView name,
                                              Do action) {
  handlers.write(name, [action](std::string_view) -> base::Status {
    action();
    return {};
  });
}

}  // namespace superfluid::elements
