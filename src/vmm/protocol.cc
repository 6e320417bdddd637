// SPDX-License-Identifier: Apache-2.0
// Order and Event: between the daemon and a monitor.
#include "vmm/protocol.h"

#include <utility>

#include "base/text.h"
#include "vmm/wire.h"

namespace superfluid::vmm {
namespace {

using base::ErrorCode;

enum class OrderKind : std::uint32_t {
  kBoot = 1,
  kStart,
  kStop,
  kPause,
  kUnpause,
  kSave,
  kCount,
  kAsk,
  kPark,
  kUnpark,
};

enum class EventKind : std::uint32_t {
  kWarm = 101,
  kFailed,
  kLive,
  kPacket,
  kPaused,
  kSnapshot,
  kNoSnapshot,
  kEnded,
  kAnswer,
  kNoAnswer,
  kCounters,
  kIdle,
  kParked,
  kNotParked,
};

constexpr std::size_t kFindingsBytesMax = abi::kHandlerTextMax;

// Which descriptors of a port come with the message, in this order.
constexpr std::uint8_t kHasFd = 1 << 0;
constexpr std::uint8_t kHasWake = 1 << 1;
constexpr std::uint8_t kHasDoorbell = 1 << 2;

struct LinkWords {
  std::uint8_t kind;
  std::uint8_t fds;
};

base::Status check_life(const Life& life) {
  if (life.ports.size() > abi::kPortsMax || life.page.port_count != life.ports.size()) {
    return base::fail(
        ErrorCode::kInvalid,
        base::cat("a life has as many links as its page has ports, at most ", abi::kPortsMax));
  }
  return {};
}

void put_life(WireWriter& to, const Life& life) {
  to.word(life.page);
  to.word(life.idle_after_ns);
  to.word(std::uint32_t{life.begins_here ? 1u : 0u});
  for (std::size_t i = 0; i < abi::kPortsMax; ++i) {
    const PortLink link = i < life.ports.size() ? life.ports[i] : PortLink{};
    const unsigned fds = (link.fd >= 0 ? kHasFd : 0u) | (link.wake >= 0 ? kHasWake : 0u) |
                         (link.doorbell >= 0 ? kHasDoorbell : 0u);
    to.word(LinkWords{.kind = static_cast<std::uint8_t>(link.kind),
                      .fds = static_cast<std::uint8_t>(fds)});
    for (const int fd : {link.fd, link.wake, link.doorbell}) {
      if (fd >= 0) {
        to.fd(fd);
      }
    }
  }
}

bool is_possible(PortLink::Kind kind, std::uint8_t fds) {
  switch (kind) {
    case PortLink::Kind::kNone: return fds == 0;
    case PortLink::Kind::kTap:
    case PortLink::Kind::kPacket: return fds == kHasFd;
    case PortLink::Kind::kRing: return (fds & kHasFd) != 0 && fds < 8;
  }
  return false;
}

template <typename Order>
void take_life(WireReader& from, Order& order) {
  from.word(order.page);
  from.word(order.idle_after_ns);
  order.begins_here = from.flag();
  if (order.page.port_count > abi::kPortsMax) {
    from.refuse();
  }
  for (ConnectedPort& port : order.ports) {
    const auto words = from.word<LinkWords>();
    port.kind = static_cast<PortLink::Kind>(words.kind);
    if (!is_possible(port.kind, words.fds)) {
      from.refuse();
      return;
    }
    port.fd = (words.fds & kHasFd) != 0 ? from.fd() : os::UniqueFd();
    port.wake = (words.fds & kHasWake) != 0 ? from.fd() : os::UniqueFd();
    port.doorbell = (words.fds & kHasDoorbell) != 0 ? from.fd() : os::UniqueFd();
  }
}

WireWriter begin(OrderKind kind) { return WireWriter(static_cast<std::uint32_t>(kind)); }
WireWriter begin(EventKind kind) { return WireWriter(static_cast<std::uint32_t>(kind)); }

// Orders are long: each is decoded where it stays.
void take_boot(WireReader& from, BootOrder& boot) {
  boot.then_run = from.flag();
  boot.image = from.fd();
  boot.text_name = from.text(abi::kNameBytes - 1);
  boot.text = from.text(abi::kHandlerTextMax);
  take_life(from, boot);
}

void take_start(WireReader& from, StartOrder& start) {
  take_snapshot(from, start.snapshot);
  start.difference = from.text(kDifferenceBytesMax);
  take_life(from, start);
}

AskOrder take_ask(WireReader& from) {
  AskOrder ask;
  ask.ask = from.word<abi::Ask>();
  if (ask.ask != abi::Ask::kRead && ask.ask != abi::Ask::kWrite) {
    from.refuse();
  }
  ask.handler = from.text(abi::kHandlerNameMax);
  ask.text = from.text(abi::kHandlerTextMax);
  return ask;
}

}  // namespace

base::Result<Message> encode_boot(int image, std::string_view text_name, std::string_view text,
                                  const Life& life, bool then_run) {
  SF_CHECKED(check_life(life));
  if (text_name.size() >= abi::kNameBytes || text.size() > abi::kHandlerTextMax) {
    return base::fail(ErrorCode::kInvalid,
                      base::cat("a graph has at most ", abi::kHandlerTextMax,
                                " bytes, its name at most ", abi::kNameBytes - 1));
  }
  WireWriter to = begin(OrderKind::kBoot);
  to.word(std::uint32_t{then_run ? 1u : 0u});
  to.fd(image);
  to.inline_text(text_name);
  SF_CHECKED(to.text(text));
  put_life(to, life);
  return std::move(to).finish();
}

base::Result<Message> encode_start(const Snapshot& snapshot, std::string_view difference,
                                   const Life& life) {
  SF_CHECKED(check_life(life));
  WireWriter to = begin(OrderKind::kStart);
  put_snapshot(to, snapshot);
  SF_CHECKED(to.text(difference));
  put_life(to, life);
  return std::move(to).finish();
}

base::Result<Message> encode_ask(abi::Ask ask, std::string_view handler, std::string_view text) {
  if (handler.size() > abi::kHandlerNameMax || text.size() > abi::kHandlerTextMax) {
    return base::fail(ErrorCode::kInvalid,
                      base::cat("a handler's name has at most ", abi::kHandlerNameMax,
                                " bytes, its text at most ", abi::kHandlerTextMax));
  }
  WireWriter to = begin(OrderKind::kAsk);
  to.word(ask);
  to.inline_text(handler);
  SF_CHECKED(to.text(text));
  return std::move(to).finish();
}

template <>
Message encode_order<StopOrder>() {
  return begin(OrderKind::kStop).finish();
}
template <>
Message encode_order<PauseOrder>() {
  return begin(OrderKind::kPause).finish();
}
template <>
Message encode_order<UnpauseOrder>() {
  return begin(OrderKind::kUnpause).finish();
}
template <>
Message encode_order<SaveOrder>() {
  return begin(OrderKind::kSave).finish();
}
template <>
Message encode_order<ParkOrder>() {
  return begin(OrderKind::kPark).finish();
}
template <>
Message encode_order<UnparkOrder>() {
  return begin(OrderKind::kUnpark).finish();
}
template <>
Message encode_order<CountOrder>() {
  return begin(OrderKind::kCount).finish();
}

base::Result<Order> decode_order(base::ByteView bytes, std::span<os::UniqueFd> fds) {
  WireReader from(bytes, fds);
  SF_TRY(kind, take_kind(from));
  base::Result<Order> order(StopOrder{});
  switch (static_cast<OrderKind>(kind)) {
    case OrderKind::kBoot: take_boot(from, order->emplace<BootOrder>()); break;
    case OrderKind::kStart: take_start(from, order->emplace<StartOrder>()); break;
    case OrderKind::kStop: break;
    case OrderKind::kPause: *order = PauseOrder{}; break;
    case OrderKind::kUnpause: *order = UnpauseOrder{}; break;
    case OrderKind::kSave: *order = SaveOrder{}; break;
    case OrderKind::kPark: *order = ParkOrder{}; break;
    case OrderKind::kUnpark: *order = UnparkOrder{}; break;
    case OrderKind::kCount: *order = CountOrder{}; break;
    case OrderKind::kAsk: *order = take_ask(from); break;
    default: from.refuse();
  }
  if (!from.finish()) {
    return fail_malformed("an order", kind);
  }
  return order;
}

namespace {

struct ProcessWords {
  std::int32_t known;
  std::int32_t code;
  std::int32_t signal;
};

// The counters of Counters, without the guest's page behind them.
struct CounterWords {
  std::uint64_t exits, sleeps, kicks, run_ns, memory_private, memory_shared, console, dropped;
};

struct Encoder {
  base::Result<Message> operator()(const WarmEvent&) const {
    return begin(EventKind::kWarm).finish();
  }
  base::Result<Message> operator()(const FailedEvent& event) const {
    WireWriter to = begin(EventKind::kFailed);
    put_error(to, event.why);
    return std::move(to).finish();
  }
  base::Result<Message> operator()(const LiveEvent& event) const {
    WireWriter to = begin(EventKind::kLive);
    to.word(event.steps);
    return std::move(to).finish();
  }
  base::Result<Message> operator()(const PacketEvent& event) const {
    WireWriter to = begin(EventKind::kPacket);
    to.word(event.steps);
    return std::move(to).finish();
  }
  base::Result<Message> operator()(const PausedEvent&) const {
    return begin(EventKind::kPaused).finish();
  }
  base::Result<Message> operator()(SnapshotEvent& event) const {
    WireWriter to = begin(event.snapshot ? EventKind::kSnapshot : EventKind::kNoSnapshot);
    if (!event.snapshot) {
      put_error(to, event.snapshot.error());
      return std::move(to).finish();
    }
    put_snapshot(to, *event.snapshot);
    Message message = std::move(to).finish();
    message.owned.push_back(std::move(event.snapshot->memory));
    return message;
  }
  base::Result<Message> operator()(const IdleEvent&) const {
    return begin(EventKind::kIdle).finish();
  }
  base::Result<Message> operator()(ParkedEvent& event) const {
    WireWriter to = begin(event.parked ? EventKind::kParked : EventKind::kNotParked);
    if (!event.parked) {
      put_error(to, event.parked.error());
      return std::move(to).finish();
    }
    to.word(event.parked->wake_at_ns);
    to.owned_fd(std::move(event.parked->image));
    SF_CHECKED(to.text(event.parked->difference));
    return std::move(to).finish();
  }
  base::Result<Message> operator()(const EndedEvent& event) const {
    WireWriter to = begin(EventKind::kEnded);
    to.word(static_cast<std::uint32_t>(event.end.why));
    to.word(event.end.code);
    to.inline_text(std::string_view(event.end.message).substr(0, abi::kMessageBytes * 4));
    SF_CHECKED(to.text(event.end.findings));
    return std::move(to).finish();
  }
  base::Result<Message> operator()(const AnswerEvent& event) const {
    WireWriter to = begin(event.answer ? EventKind::kAnswer : EventKind::kNoAnswer);
    if (event.answer) {
      SF_CHECKED(to.text(*event.answer));
    } else {
      put_error(to, event.answer.error());
    }
    return std::move(to).finish();
  }
  base::Result<Message> operator()(const CountersEvent& event) const {
    const Counters& c = event.counters;
    WireWriter to = begin(EventKind::kCounters);
    to.word(CounterWords{c.exits, c.sleeps, c.kicks, c.run_ns, c.memory_private_bytes,
                         c.memory_shared_bytes, c.console_bytes, c.console_dropped});
    to.word(c.guest);
    return std::move(to).finish();
  }
};

ParkedEvent take_parked(WireReader& from) {
  Parked parked;
  from.word(parked.wake_at_ns);
  parked.image = from.fd();
  parked.difference = from.text(kDifferenceBytesMax);
  return {.parked = std::move(parked)};
}

EndedEvent take_ended(WireReader& from) {
  EndedEvent ended;
  const auto why = from.word<std::uint32_t>();
  if (why > static_cast<std::uint32_t>(End::Why::kRefused)) {
    from.refuse();
  }
  ended.end.why = static_cast<End::Why>(why);
  from.word(ended.end.code);
  ended.end.message = base::escape(from.text(abi::kMessageBytes * 4));
  ended.end.findings = from.text(kFindingsBytesMax);
  return ended;
}

CountersEvent take_counters(WireReader& from) {
  const auto words = from.word<CounterWords>();
  CountersEvent event{.counters = {.exits = words.exits,
                                   .sleeps = words.sleeps,
                                   .kicks = words.kicks,
                                   .run_ns = words.run_ns,
                                   .memory_private_bytes = words.memory_private,
                                   .memory_shared_bytes = words.memory_shared,
                                   .console_bytes = words.console,
                                   .console_dropped = words.dropped}};
  from.word(event.counters.guest);
  return event;
}

}  // namespace

base::Result<Message> encode(Event event) { return std::visit(Encoder{}, event); }

base::Result<Event> decode_event(base::ByteView bytes, std::span<os::UniqueFd> fds) {
  WireReader from(bytes, fds);
  SF_TRY(kind, take_kind(from));
  Event event = WarmEvent{};
  switch (static_cast<EventKind>(kind)) {
    case EventKind::kWarm: break;
    case EventKind::kFailed: event = FailedEvent{.why = take_error(from)}; break;
    case EventKind::kLive: event = LiveEvent{.steps = from.word<Steps>()}; break;
    case EventKind::kPacket: event = PacketEvent{.steps = from.word<Steps>()}; break;
    case EventKind::kPaused: event = PausedEvent{}; break;
    case EventKind::kSnapshot:
      take_snapshot(from, *event.emplace<SnapshotEvent>(SnapshotEvent{Snapshot{}}).snapshot);
      break;
    case EventKind::kNoSnapshot:
      event = SnapshotEvent{.snapshot = std::unexpected(take_error(from))};
      break;
    case EventKind::kIdle: event = IdleEvent{}; break;
    case EventKind::kParked: event = take_parked(from); break;
    case EventKind::kNotParked:
      event = ParkedEvent{.parked = std::unexpected(take_error(from))};
      break;
    case EventKind::kEnded: event = take_ended(from); break;
    case EventKind::kAnswer: event = AnswerEvent{.answer = from.text(abi::kHandlerTextMax)}; break;
    case EventKind::kNoAnswer:
      event = AnswerEvent{.answer = std::unexpected(take_error(from))};
      break;
    case EventKind::kCounters: event = take_counters(from); break;
    default: from.refuse();
  }
  if (!from.finish()) {
    return fail_malformed("an event", kind);
  }
  return event;
}

}  // namespace superfluid::vmm
