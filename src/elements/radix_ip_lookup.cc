// SPDX-License-Identifier: Apache-2.0
#include "elements/radix_ip_lookup.h"

#include <algorithm>

#include "base/text.h"
#include "elements/ip_argument.h"
#include "elements/ip_header.h"
#include "elements/ip_names.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"
#include "graph/words.h"

namespace superfluid::elements {

using base::cat;

namespace {

constexpr std::uint64_t kTold = 5;  // packets without a route

// A route as it was written; of one to be removed, the hop may be left out.
struct RouteText {
  std::uint32_t address = 0;
  unsigned length = 0;
  net::Ipv4Address gateway;
  std::optional<std::uint32_t> port;
};

std::optional<RouteText> read_route(std::string_view text, bool port_needed) {
  const std::vector<std::string> words = graph::split_words(text);
  const auto range = words.empty() ? std::nullopt : read_range_or_address(words[0]);
  const auto length = range ? prefix_length(range->mask) : std::nullopt;
  if (!length || words.size() > 3) {
    return std::nullopt;
  }
  RouteText route{range->address.host() & range->mask.host(), *length, {}, {}};
  std::size_t next = 1;
  if (next < words.size()) {
    const auto gateway = read_address(words[next]);
    if (gateway || words[next] == "-") {
      route.gateway = gateway.value_or(net::Ipv4Address{});
      ++next;
    }
  }
  if (next < words.size()) {
    route.port = read_number(words[next++]);
    if (!route.port) {
      return std::nullopt;
    }
  }
  const bool whole = next == words.size() && (route.port || !port_needed);
  return whole ? std::optional(route) : std::nullopt;
}

std::string prefix_text(std::uint32_t address, unsigned length) {
  return cat(to_text(net::Ipv4Address::from_host(address)).view(), "/", length);
}

std::string gateway_text(const net::Ipv4Address& gateway) {
  return gateway == net::Ipv4Address{} ? "-" : std::string(to_text(gateway).view());
}

std::string route_text(const Route& route) {
  return cat(prefix_text(route.address, route.length), " ", gateway_text(route.hop.gateway), " ",
             route.hop.port);
}

}  // namespace

const graph::ElementClass RadixIPLookup::kClass{"RadixIPLookup", "1/-", "h/h",
                                                graph::make_element<RadixIPLookup>};

void RadixIPLookup::configure(graph::Arguments& arguments) {
  std::vector<std::string> texts;
  arguments.rest(texts).complete();
  std::size_t repeated = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto route = read_route(texts[i], true);
    if (!route) {
      arguments.complain(cat("argument ", i + 1, " should be 'ADDR/MASK [GATEWAY] OUTPUT'"));
    } else if (*route->port >= outputs()) {
      arguments.complain(cat("argument ", i + 1, " bad OUTPUT"));
    } else if (table_.find_route(route->address, route->length) != nullptr) {
      ++repeated;
    } else if (!table_.set({route->address, route->length, {route->gateway, *route->port}})) {
      arguments.complain(cat("argument ", i + 1, " no memory to store route"));
    }
  }
  if (repeated != 0) {
    router().errors().write(cat(name(), ": warning: ", repeated,
                                repeated > 1 ? " routes" : " route",
                                " ignored: there is an earlier one of the same prefix\n"));
  }
}

void RadixIPLookup::choose_all(graph::Batch batch, std::uint32_t* outputs) {
  std::uint32_t addresses[graph::kBatchMax];
  const NextHop* hops[graph::kBatchMax];
  for (std::size_t i = 0; i < batch.size(); ++i) {
    addresses[i] = ipv4_destination(batch[i]->notes).host();
  }
  table_.find({addresses, batch.size()}, hops);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (hops[i] == nullptr) [[unlikely]] {
      if (++drops_ <= kTold) {
        router().errors().write(cat(name(), ": no route for ",
                                    to_text(net::Ipv4Address::from_host(addresses[i])).view(),
                                    "\n"));
      }
      outputs[i] = this->outputs();
      continue;
    }
    if (hops[i]->gateway != net::Ipv4Address{}) {
      set_ipv4_destination(batch[i]->notes, hops[i]->gateway);
    }
    outputs[i] = hops[i]->port;
  }
}

std::optional<RadixIPLookup::Command> RadixIPLookup::command_of(std::string_view word) {
  return word == "add"      ? std::optional(Command::kAdd)
         : word == "set"    ? std::optional(Command::kSet)
         : word == "remove" ? std::optional(Command::kRemove)
                            : std::nullopt;
}

base::Result<RadixIPLookup::Change> RadixIPLookup::run(Command command, std::string_view text) {
  const bool removes = command == Command::kRemove;
  const auto read = read_route(text, !removes);
  if (!read) {
    return base::fail(base::ErrorCode::kInvalid, removes ? "expected 'ADDR/MASK [GATEWAY OUTPUT]'"
                                                         : "expected 'ADDR/MASK [GATEWAY] OUTPUT'");
  }
  if (read->port && *read->port >= outputs()) {
    return base::fail(base::ErrorCode::kInvalid, "bad OUTPUT");
  }
  Change change{{read->address, read->length, {read->gateway, read->port.value_or(0)}}, {}};
  if (const NextHop* old = table_.find_route(read->address, read->length)) {
    change.before = *old;
  }
  const Route& route = change.route;
  if (removes) {
    if (!change.before || (read->port && *change.before != route.hop)) {
      const std::string wanted = read->port ? route_text(route)
                                            : cat(prefix_text(route.address, route.length), " ",
                                                  gateway_text(route.hop.gateway), " -1");
      return base::fail(base::ErrorCode::kNotFound, cat("route '", wanted, "' not found"));
    }
    table_.remove(route.address, route.length);
    return change;
  }
  if (command == Command::kAdd && change.before) {
    const Route existing{route.address, route.length, *change.before};
    return base::fail(base::ErrorCode::kConflict,
                      cat("conflict with existing route '", route_text(existing), "'"));
  }
  if (!table_.set(route)) {
    return base::fail(base::ErrorCode::kExhausted,
                      cat("no memory to store route '", route_text(route), "'"));
  }
  return change;
}

void RadixIPLookup::undo(const Change& change) {
  if (change.before) {
    // There was room for it before.
    table_.set({change.route.address, change.route.length, *change.before});
  } else {
    table_.remove(change.route.address, change.route.length);
  }
}

base::Status RadixIPLookup::run_all(std::string_view lines) {
  std::vector<Change> done;
  const auto run_line = [&](std::string line) -> base::Status {
    const std::string word = graph::shift_word(line);
    if (word.empty()) {
      return {};
    }
    const auto command = command_of(word);
    if (!command) {
      return base::fail(base::ErrorCode::kInvalid, cat("bad command '", base::escape(word), "'"));
    }
    SF_TRY(change, run(*command, line));
    done.push_back(change);
    return {};
  };
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    if (base::Status status = run_line(std::string(line)); !status) {
      for (; !done.empty(); done.pop_back()) {
        undo(done.back());
      }
      return status;
    }
  }
  return {};
}

base::Result<std::string> RadixIPLookup::look_up(std::string_view text) const {
  const auto address = read_address(base::trim(text));
  if (!address) {
    return base::fail(base::ErrorCode::kInvalid, "expected IP address");
  }
  const std::uint32_t host = address->host();
  const NextHop* hop = nullptr;
  table_.find({&host, 1}, &hop);
  if (hop == nullptr) {
    return "-1";
  }
  return hop->gateway == net::Ipv4Address{} ? cat(hop->port)
                                            : cat(hop->port, " ", to_text(hop->gateway).view());
}

std::string RadixIPLookup::table() const {
  std::string text;
  for (const Route& route : table_.sorted()) {
    const std::string prefix = prefix_text(route.address, route.length);
    const std::string gateway = gateway_text(route.hop.gateway);
    text += cat(prefix, prefix.size() < 16 ? "\t\t" : "\t", gateway,
                gateway.size() < 8 ? "\t\t" : "\t", route.hop.port, "\n");
  }
  return text;
}

void RadixIPLookup::add_handlers(graph::HandlerTable& handlers) {
  const auto command = [&](std::string_view name, Command which) {
    handlers.write(name, [this, which](std::string_view text) -> base::Status {
      auto done = run(which, text);
      return done ? base::Status() : base::pass(std::move(done).error());
    });
  };
  command("add", Command::kAdd);
  command("set", Command::kSet);
  command("remove", Command::kRemove);
  handlers.write("ctrl", [this](std::string_view lines) { return run_all(lines); });
  handlers.value("table", [this] { return table(); });
  handlers.read("lookup", [this](std::string_view text) { return look_up(text); });
  handlers.value("drops", [this] { return drops_; });
}

}  // namespace superfluid::elements
