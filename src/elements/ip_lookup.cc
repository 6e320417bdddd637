// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_lookup.h"

#include <algorithm>

#include "base/text.h"
#include "elements/ip6_argument.h"
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

// What differs between the two versions.
template <typename Address>
struct Version;

template <>
struct Version<net::Ipv4Address> {
  using Prefix = net::Ipv4Prefix;

  static constexpr std::string_view kRoute = "'ADDR/MASK [GATEWAY] OUTPUT'";
  static constexpr std::string_view kRemoved = "'ADDR/MASK [GATEWAY OUTPUT]'";
  static constexpr std::string_view kAddress = "IP address";
  static constexpr std::size_t kPrefixColumn = 16;
  static constexpr std::size_t kGatewayColumn = 8;

  static std::optional<net::Ipv4Address> read_address(std::string_view text,
                                                      const graph::Element& user) {
    return elements::read_address(text, &user);
  }
  static std::optional<Prefix> read_prefix(std::string_view text, const graph::Element& user) {
    const auto range = read_range_or_address(text, &user);
    const auto length = range ? prefix_length(range->mask) : std::nullopt;
    return length ? Prefix::make(range->address, *length) : std::nullopt;
  }
  static net::Ipv4Address destination(const graph::Annotations& notes) {
    return ipv4_destination(notes);
  }
  static void set_destination(graph::Annotations& notes, const net::Ipv4Address& address) {
    set_ipv4_destination(notes, address);
  }
};

template <>
struct Version<net::Ipv6Address> {
  using Prefix = net::Ipv6Prefix;

  static constexpr std::string_view kRoute = "DADDR/MASK [GW] OUTPUT";
  static constexpr std::string_view kRemoved = "DADDR/MASK [GW OUTPUT]";
  static constexpr std::string_view kAddress = "IPv6 address";
  static constexpr std::size_t kPrefixColumn = 24;
  static constexpr std::size_t kGatewayColumn = 24;

  static std::optional<net::Ipv6Address> read_address(std::string_view text,
                                                      const graph::Element& user) {
    return read_address6(text, &user);
  }
  static std::optional<Prefix> read_prefix(std::string_view text, const graph::Element& user) {
    return read_prefix6(text, &user);
  }
  static net::Ipv6Address destination(const graph::Annotations& notes) { return notes.destination; }
  static void set_destination(graph::Annotations& notes, const net::Ipv6Address& address) {
    notes.destination = address;
  }
};

// A route as it was written; of one to be removed, the hop may be left out.
template <typename Address>
struct RouteText {
  AddressBits<Address> address = 0;
  unsigned length = 0;
  Address gateway;
  std::optional<std::uint32_t> port;
};

template <typename Address>
std::optional<RouteText<Address>> read_route(std::string_view text, bool port_needed,
                                             const graph::Element& user) {
  using Family = Version<Address>;
  const std::vector<std::string> words = graph::split_words(text);
  const auto prefix = words.empty() ? std::nullopt : Family::read_prefix(words[0], user);
  if (!prefix || words.size() > 3) {
    return std::nullopt;
  }
  RouteText<Address> route{bits_of(prefix->address()), prefix->length(), {}, {}};
  std::size_t next = 1;
  if (next < words.size()) {
    const auto gateway = Family::read_address(words[next], user);
    if (gateway || words[next] == "-") {
      route.gateway = gateway.value_or(Address{});
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

template <typename Address>
Address address_of(AddressBits<Address> bits) {
  Address address;
  set_bits(address, bits);
  return address;
}

template <typename Address>
std::string prefix_text(AddressBits<Address> address, unsigned length) {
  return cat(to_text(address_of<Address>(address)).view(), "/", length);
}

template <typename Address>
std::string gateway_text(const Address& gateway) {
  return gateway == Address{} ? "-" : std::string(to_text(gateway).view());
}

template <typename Address>
std::string route_text(const BasicRoute<Address>& route) {
  return cat(prefix_text<Address>(route.address, route.length), " ",
             gateway_text(route.hop.gateway), " ", route.hop.port);
}

}  // namespace

template <typename Address>
void IpLookup<Address>::configure(graph::Arguments& arguments) {
  std::vector<std::string> texts;
  arguments.rest(texts).complete();
  std::size_t repeated = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto route = read_route<Address>(texts[i], true, *this);
    if (!route) {
      arguments.complain(cat("argument ", i + 1, " should be ", Version<Address>::kRoute));
    } else if (*route->port >= this->outputs()) {
      arguments.complain(cat("argument ", i + 1, " bad OUTPUT"));
    } else if (table_.find_route(route->address, route->length) != nullptr) {
      ++repeated;
    } else if (!table_.set({route->address, route->length, {route->gateway, *route->port}})) {
      arguments.complain(cat("argument ", i + 1, " no memory to store route"));
    }
  }
  if (repeated != 0) {
    this->router().errors().write(cat(this->name(), ": warning: ", repeated,
                                      repeated > 1 ? " routes" : " route",
                                      " ignored: there is an earlier one of the same prefix\n"));
  }
}

template <typename Address>
void IpLookup<Address>::choose_all(graph::Batch batch, std::uint32_t* outputs) {
  Bits addresses[graph::kBatchMax];
  const NextHop* hops[graph::kBatchMax];
  for (std::size_t i = 0; i < batch.size(); ++i) {
    addresses[i] = bits_of(Version<Address>::destination(batch[i]->notes));
  }
  table_.find({addresses, batch.size()}, hops);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (hops[i] == nullptr) [[unlikely]] {
      if (++drops_ <= kTold) {
        this->router().errors().write(cat(this->name(), ": no route for ",
                                          to_text(address_of<Address>(addresses[i])).view(), "\n"));
      }
      outputs[i] = this->outputs();
      continue;
    }
    if (hops[i]->gateway != Address{}) {
      Version<Address>::set_destination(batch[i]->notes, hops[i]->gateway);
    }
    outputs[i] = hops[i]->port;
  }
}

template <typename Address>
auto IpLookup<Address>::command_of(std::string_view word) -> std::optional<Command> {
  return word == "add"      ? std::optional(Command::kAdd)
         : word == "set"    ? std::optional(Command::kSet)
         : word == "remove" ? std::optional(Command::kRemove)
                            : std::nullopt;
}

template <typename Address>
auto IpLookup<Address>::run(Command command, std::string_view text) -> base::Result<Change> {
  const bool removes = command == Command::kRemove;
  const auto read = read_route<Address>(text, !removes, *this);
  if (!read) {
    return base::fail(
        base::ErrorCode::kInvalid,
        cat("expected ", removes ? Version<Address>::kRemoved : Version<Address>::kRoute));
  }
  if (read->port && *read->port >= this->outputs()) {
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
                                            : cat(prefix_text<Address>(route.address, route.length),
                                                  " ", gateway_text(route.hop.gateway), " -1");
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

template <typename Address>
void IpLookup<Address>::undo(const Change& change) {
  if (change.before) {
    // There was room for it before.
    table_.set({change.route.address, change.route.length, *change.before});
  } else {
    table_.remove(change.route.address, change.route.length);
  }
}

template <typename Address>
base::Status IpLookup<Address>::run_all(std::string_view lines) {
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

template <typename Address>
base::Result<std::string> IpLookup<Address>::look_up(std::string_view text) const {
  const auto address = Version<Address>::read_address(base::trim(text), *this);
  if (!address) {
    return base::fail(base::ErrorCode::kInvalid, cat("expected ", Version<Address>::kAddress));
  }
  const Bits bits = bits_of(*address);
  const NextHop* hop = nullptr;
  table_.find({&bits, 1}, &hop);
  if (hop == nullptr) {
    return "-1";
  }
  return hop->gateway == Address{} ? cat(hop->port)
                                   : cat(hop->port, " ", to_text(hop->gateway).view());
}

template <typename Address>
std::string IpLookup<Address>::table() const {
  std::string text;
  for (const Route& route : table_.sorted()) {
    const std::string prefix = prefix_text<Address>(route.address, route.length);
    const std::string gateway = gateway_text(route.hop.gateway);
    text += cat(prefix, prefix.size() < Version<Address>::kPrefixColumn ? "\t\t" : "\t", gateway,
                gateway.size() < Version<Address>::kGatewayColumn ? "\t\t" : "\t", route.hop.port,
                "\n");
  }
  return text;
}

template <typename Address>
void IpLookup<Address>::add_handlers(graph::HandlerTable& handlers) {
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

template class IpLookup<net::Ipv4Address>;
template class IpLookup<net::Ipv6Address>;

}  // namespace superfluid::elements
