// SPDX-License-Identifier: Apache-2.0
#include "guest/guest.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/memory.h"
#include "base/text.h"
#include "elements/registry.h"
#include "graph/packet.h"
#include "guest/findings.h"
#include "guest/from_device.h"
#include "guest/registry.h"
#include "guest/to_device.h"

namespace superfluid::guest {
namespace {

using base::cat;

constexpr std::size_t kPacketsShare = 2;  // of the memory, for packets
constexpr std::size_t kPacketsMin = 64;
// What an element that hands packets on takes of the stack; few take more.
constexpr std::size_t kStackPerElement = 512;

// The handler that takes another graph, and the name of its text where something is wrong in it.
constexpr std::string_view kHotConfig = "hotconfig";

// The text stands alone: nobody brings its libraries along.
class NoLibraries final : public graph::LibraryLoader {
 public:
  base::Result<graph::Source> load(std::string_view name, std::string_view) override {
    return base::fail(base::ErrorCode::kUnsupported,
                      cat("library '", base::escape(name), "': an instance has one file alone"))
        .try_this("superfluid graph flatten FILE writes one that needs no libraries");
  }
};

// What is drawn while the graph is built tells nothing of what is drawn when it runs.
enum class Use : std::size_t { kBuild, kRun };

std::uint64_t seed_of(const abi::DevicePage& page, Use use) {
  std::uint64_t seed = 0;
  static_assert(sizeof page.random_seed >= 2 * sizeof seed);
  std::memcpy(&seed, page.random_seed + static_cast<std::size_t>(use) * sizeof seed, sizeof seed);
  return seed;
}

}  // namespace

Guest::Limits Guest::limits_for(std::size_t heap_bytes, std::size_t stack_bytes) {
  return {.packets_max = std::clamp(heap_bytes / kPacketsShare / graph::PacketPool::kSlotBytes,
                                    kPacketsMin, graph::PacketPool::kPacketsMaxDefault),
          .path_max = static_cast<std::uint32_t>(
              std::min<std::size_t>(stack_bytes / kStackPerElement, graph::kPathMax))};
}

Guest::Guest(const Memory& memory, Exits& exits, const Limits& limits)
    : memory_(memory),
      exits_(exits),
      limits_(limits),
      clock_(memory.device_page(), exits),
      console_(memory, exits),
      ports_(memory, exits),
      clerk_(memory, exits) {
  elements::register_elements(registry_);
  register_elements(registry_);
}

void Guest::run() {
  if (boot() && begin()) {
    while (turn()) {
    }
  }
}

bool Guest::panic(std::uint8_t kind, std::string_view message) {
  abi::GuestPage& page = memory_.guest_page();
  const std::string_view told = message.substr(0, abi::kMessageBytes);
  std::ranges::copy(told, page.message);
  store(page.message_bytes, static_cast<std::uint32_t>(told.size()));
  store(page.state, abi::GuestState::kEnded);
  exits_.leave(abi::Exit::kPanic, kind);
  return false;
}

bool Guest::end() {
  store(memory_.guest_page().state, abi::GuestState::kEnded);
  exits_.leave(abi::Exit::kEnd);
  return false;
}

bool Guest::boot() {
  const abi::DevicePage& page = memory_.device_page();
  abi::GuestPage& said = memory_.guest_page();
  said.version = abi::kAbiVersion;
  if (page.magic != abi::kDeviceMagic || page.version != abi::kAbiVersion) {
    return panic(abi::kPanicDefect, cat("the device page is of version ", page.version,
                                        ", and this guest reads ", abi::kAbiVersion));
  }
  if (!build_first({})) {
    return false;
  }
  incarnation_ = page.incarnation;
  store(said.incarnation, incarnation_);
  store(said.state, abi::GuestState::kReady);
  exits_.leave(abi::Exit::kReady);
  return true;
}

Guest::Graph Guest::build(std::optional<std::string> text, graph::Router* replaces,
                          graph::Diagnostics& diagnostics) {
  const abi::DevicePage& page = memory_.device_page();
  const std::string_view source = text ? std::string_view(*text) : memory_.text();
  NoLibraries libraries;
  const graph::FlatGraph graph = graph::elaborate(
      text ? kHotConfig : text_of(page.text_name), source,
      {.classes = registry_, .libraries = &libraries, .parameters = {}}, diagnostics);
  Graph built{
      .router = nullptr, .text = {}, .identity = ports_.identity(), .uses_addresses = false};
  if (diagnostics.errors() == 0) {
    built.router =
        graph::Router::build(graph, registry_,
                             {.clock = clock_,
                              .output = console_,
                              .errors = console_,
                              .random_seed = replaces != nullptr ? replaces->lane(0).rng().next()
                                                                 : seed_of(page, Use::kBuild),
                              .packets_max = limits_.packets_max,
                              .path_max = limits_.path_max,
                              .host = &ports_,
                              .interfaces = &ports_,
                              .replaces = replaces,
                              .config = graph.compact ? std::string() : std::string(source)},
                             diagnostics);
  }
  if (built.router != nullptr) {
    built.uses_addresses = uses_addresses(*built.router);
    built.text = std::move(text);
    built.router->global_handlers().write(
        kHotConfig, [this, self = built.router.get()](std::string_view value) {
          return replace(*self, value);
        });
  }
  return built;
}

// False: there is no graph, and the guest has ended.
bool Guest::build_first(std::optional<std::string> text) {
  graph::Diagnostics diagnostics;
  Graph built = build(std::move(text), nullptr, diagnostics);
  if (built.router == nullptr) {
    return refuse_graph(diagnostics);
  }
  run_from_now(std::move(built));
  console_.write(lines_of(diagnostics));
  return true;
}

void Guest::run_from_now(Graph graph) {
  running_ = std::move(graph);
  abi::GuestPage& said = memory_.guest_page();
  said.flags = running_.uses_addresses ? said.flags | abi::kGuestUsesAddresses
                                       : said.flags & ~abi::kGuestUsesAddresses;
  for (const auto& element : router().elements()) {
    if (&element->element_class() == &FromDevice::kClass) {
      auto& reader = static_cast<FromDevice&>(*element);
      ports_.set_reader(reader.port(), reader);
    }
  }
}

// The two stand side by side for a while, so there must be room for about as much as there is.
base::Status Guest::replace(graph::Router& router, std::string_view text) {
  if (&router != running_.router.get()) {
    return base::fail(base::ErrorCode::kConflict, "the graph does not run");
  }
  const std::uint64_t needed = memory_.guest_page().heap_used;
  if (!base::has_memory_for(needed)) {
    return base::fail(base::ErrorCode::kExhausted,
                      cat("the instance uses ", needed >> 10,
                          " KiB, and has not as much left for another graph beside this one"))
        .try_this("start it with more --memory");
  }
  graph::Diagnostics diagnostics;
  Graph built = build(std::string(text), &router, diagnostics);
  if (built.router == nullptr) {
    const std::string lines = lines_of(diagnostics);
    return base::fail(base::ErrorCode::kInvalid, base::trim(lines));
  }
  if (built.router->elements().empty()) {
    return base::fail(base::ErrorCode::kInvalid, cat(kHotConfig, " has no elements"));
  }
  console_.write(lines_of(diagnostics));
  next_ = std::move(built);
  router.schedule().interrupt();
  return {};
}

// Between two rounds, where no element is at work.
void Guest::swap() {
  Graph next = *std::exchange(next_, std::nullopt);
  next.router->take_over();
  run_from_now(std::move(next));
  idle_since_ = {};
}

// Ports are looked up as soon as any word might be one's name; who means one writes it.
bool Guest::uses_addresses(const graph::Router& router) const {
  if (!ports_.was_asked()) {
    return false;
  }
  for (const auto& element : router.elements()) {
    const graph::ElementClass* const known = &element->element_class();
    if (known == &FromDevice::kClass || known == &ToDevice::kClass) {
      continue;
    }
    for (std::size_t i = 0; i < ports_.count(); ++i) {
      if (router.config(*element).find(ports_.name(i)) != std::string::npos) {
        return true;
      }
    }
  }
  return false;
}

bool Guest::refuse_graph(const graph::Diagnostics& diagnostics) {
  abi::MailboxHalf& answer = memory_.mailbox().answer;
  const std::string findings = findings_of(diagnostics, sizeof answer.text);
  const auto bytes = static_cast<std::uint32_t>(findings.size());
  std::ranges::copy(findings, answer.text);
  answer.header = {.what = 1 + static_cast<std::uint32_t>(base::ErrorCode::kInvalid),
                   .name_bytes = 0,
                   .total = bytes,
                   .at = 0,
                   .bytes = bytes,
                   .reserved = {}};
  return panic(abi::kPanicGraph,
               cat(text_of(memory_.device_page().text_name), " has ", diagnostics.errors(),
                   diagnostics.errors() == 1 ? " error" : " errors"));
}

bool Guest::is_reborn() const { return load(memory_.device_page().incarnation) != incarnation_; }

bool Guest::begin() {
  if (!take_identity()) {
    return false;
  }
  store(memory_.guest_page().state, abi::GuestState::kLive);
  last_leave_ = clock_.now();
  return leave(abi::Exit::kLive);
}

// What was drawn while the graph was built stays as it is (README.md says what that is), unless the
// graph is built anew.
bool Guest::take_identity() {
  incarnation_ = load(memory_.device_page().incarnation);
  store(memory_.guest_page().incarnation, incarnation_);
  if (next_) {
    swap();
  }
  const Ports::Identity now = ports_.identity();
  const Ports::Identity& built_with = running_.identity;
  const bool other =
      !now.same_names(built_with) || (running_.uses_addresses && !now.same_addresses(built_with));
  if (other) {
    running_.router.reset();
    if (!build_first(std::move(running_.text))) {
      return false;
    }
  }
  seed_lane();
  clerk_.start_over();
  ports_.open(console_);
  idle_since_ = {};
  return true;
}

// A graph that sets its seed itself wants the same numbers in every run.
void Guest::seed_lane() {
  const bool is_own = std::ranges::any_of(router().elements(), [](const auto& element) {
    return element->element_class().name == "RandomSeed";
  });
  if (!is_own) {
    router().lane(0).rng() = base::Rng(seed_of(memory_.device_page(), Use::kRun));
  }
}

bool Guest::leave(abi::Exit exit) {
  exits_.leave(exit);
  last_leave_ = clock_.now();
  return !is_reborn() || take_identity();
}

bool Guest::turn() {
  if (is_reborn() && !take_identity()) {
    return false;
  }
  const bool dropped = ports_.poll();
  const bool busy = router().run_round();
  ++memory_.guest_page().rounds;
  if (clerk_.has_mail()) {
    clerk_.serve(router());
    idle_since_ = {};
  }
  if (router().stopped()) {
    return end();
  }
  if (next_) {
    swap();
  }
  ports_.tell_broken(console_);
  const bool received = ports_.frames() != frames_seen_;
  frames_seen_ = ports_.frames();
  if (ports_.is_room_wanted()) {
    const bool lives = leave(abi::Exit::kYield);
    ports_.tell_room();
    return lives;
  }
  if (busy || dropped || received) {
    idle_since_ = {};
    return work_on();
  }
  return rest();
}

bool Guest::work_on() {
  const base::Duration most = ports_.has_served() ? kYieldServed : kYieldAlone;
  if (router().schedule().now() - last_leave_ < most) {
    return true;
  }
  return leave(abi::Exit::kYield);
}

bool Guest::rest() {
  const base::Instant now = router().schedule().now();
  idle_since_ = idle_since_.value_or(now);
  if (ports_.has_peers() && now - *idle_since_ < kPoll) {
    return true;
  }
  const std::optional<base::Instant> next = router().schedule().next_timer();
  if ((next && *next <= now) || !router().fall_asleep(0)) {
    return true;
  }
  bool lives = true;
  if (ports_.may_sleep()) {
    abi::GuestPage& page = memory_.guest_page();
    store(page.sleep_until_ns,
          next ? static_cast<std::uint64_t>(next->since_start().count()) : abi::kNoDeadline);
    ++page.sleeps;
    if (!clerk_.has_mail()) {
      lives = leave(abi::Exit::kSleep);
    }
    ports_.awake();
    idle_since_ = {};
  }
  router().lane(0).awake();
  return lives;
}

}  // namespace superfluid::guest
