// SPDX-License-Identifier: Apache-2.0
#include "graph/testing.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/text.h"
#include "graph/elaborate.h"
#include "graph/notifier.h"

namespace superfluid::graph::testing {
namespace {

std::optional<std::int32_t> offset_of(const std::uint8_t* header, const Packet& packet) {
  return header == nullptr ? std::nullopt
                           : std::optional(static_cast<std::int32_t>(header - packet.data));
}

std::uint8_t* header_at(std::optional<std::int32_t> offset, const Packet& packet) {
  if (!offset) {
    return nullptr;
  }
  std::uint8_t* const header = packet.data + *offset;
  base::check(header >= packet.head && header <= packet.end, "a sample's headers fit its headroom");
  return header;
}

class Inject final : public Element {
 public:
  static const ElementClass kClass;

  ~Inject() override {
    if (!waiting_.empty()) {
      take(waiting_.size());
    }
  }

  base::Status initialize() override {
    nonempty_.sleep();
    return {};
  }
  Notifier* empty_notifier(std::uint32_t) override { return &nonempty_; }
  void take_state(Element& old) override {
    waiting_ = std::exchange(static_cast<Inject&>(old).waiting_, {});
    if (!waiting_.empty()) {
      nonempty_.wake();
    }
  }

  void send(const std::vector<Sample>& samples, const TestGraphOptions& options) {
    for (const Sample& sample : samples) {
      waiting_.push_back(make(sample, options.headroom));
    }
    if (!output(0).connected()) {
      nonempty_.wake();
      return;
    }
    while (!waiting_.empty()) {
      Packet* packets[kBatchMax];
      const std::size_t count = pull(0, packets, router().batch_max());
      if (options.shared) {
        push_witnessed(Batch(packets, count));
      } else {
        output(0).push(Batch(packets, count));
      }
    }
  }

  std::size_t pull(std::uint32_t, Packet** into, std::size_t max) override {
    const std::size_t count = std::min(max, waiting_.size());
    std::copy_n(waiting_.begin(), count, into);
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    if (count == 0) {
      nonempty_.sleep();
    }
    return count;
  }

 private:
  Packet* make(const Sample& sample, std::uint32_t headroom) {
    Packet* packet = router().pool().make(sample.bytes, headroom);
    base::check(packet != nullptr, "the pool has packets for the test");
    packet->notes = sample.notes;
    packet->mac = header_at(sample.mac, *packet);
    packet->network = header_at(sample.network, *packet);
    packet->transport = header_at(sample.transport, *packet);
    return packet;
  }

  void push_witnessed(Batch batch) const {
    std::vector<PacketPtr> witnesses;
    std::vector<std::vector<std::uint8_t>> before;
    for (Packet* packet : batch) {
      witnesses.emplace_back(router().pool().share(*packet));
      base::check(witnesses.back() != nullptr, "the pool has packets for the test");
      before.emplace_back(packet->data, packet->data + packet->length);
    }
    output(0).push(batch);
    for (std::size_t i = 0; i < witnesses.size(); ++i) {
      base::check(std::ranges::equal(witnesses[i]->bytes(), before[i]),
                  "an element writes only to bytes that it does not share");
    }
  }

  void take(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      release(waiting_[i]);
    }
    waiting_.clear();
  }

  std::vector<Packet*> waiting_;
  Notifier nonempty_;
};

class Capture final : public Element {
 public:
  static const ElementClass kClass;
  static const ElementClass kPullClass;

  void push(std::uint32_t port, Batch batch) override {
    base::check(batch.size() != 0 && batch.size() <= router().batch_max(),
                "a batch is not empty and not longer than the router's");
    for (const Packet* packet : batch) {
      keep(*packet, port);
    }
    batch.release();
  }

  void take_state(Element& old) override {
    samples = std::move(static_cast<Capture&>(old).samples);
  }

  std::size_t ask(std::uint32_t port, std::size_t max) {
    base::check(port < inputs() && input(port).connected(), "the captured input is pull");
    std::size_t found = 0;
    while (found < max) {
      Packet* packets[kBatchMax];
      const std::size_t most = std::min(max - found, router().batch_max());
      const std::size_t count = input(port).pull(packets, most);
      base::check(count <= most, "a pull gives no more packets than were asked for");
      if (count == 0) {
        break;
      }
      found += count;
      push(port, Batch(packets, count));
    }
    return found;
  }

  std::vector<Sample> samples;

 private:
  void keep(const Packet& packet, std::uint32_t port) {
    Sample sample;
    sample.bytes.assign(packet.data, packet.data + packet.length);
    sample.notes = packet.notes;
    sample.mac = offset_of(packet.mac, packet);
    sample.network = offset_of(packet.network, packet);
    sample.transport = offset_of(packet.transport, packet);
    sample.port = port;
    samples.push_back(std::move(sample));
  }
};

const ElementClass Inject::kClass{"Inject", "0/1", "a/a", make_element<Inject>};
const ElementClass Capture::kClass{"Capture", "1-/0", "h/h", make_element<Capture>};
const ElementClass Capture::kPullClass{"PullCapture", "1-/0", "l/l", make_element<Capture>};

Capture& capture_of(Element& element) {
  const ElementClass* made = &element.element_class();
  base::check(made == &Capture::kClass || made == &Capture::kPullClass, "a Capture has this name");
  return static_cast<Capture&>(element);
}

}  // namespace

void add_test_classes(Registry& registry) {
  registry.add(Inject::kClass);
  registry.add(Capture::kClass);
  registry.add(Capture::kPullClass);
}

TestGraph::TestGraph(std::string_view config, const Registry& registry,
                     const TestGraphOptions& options)
    : registry_(registry), options_(options), clock_(options.epoch) {
  router_ = make(config, nullptr);
}

std::unique_ptr<Router> TestGraph::make(std::string_view config, Router* replaces) {
  Diagnostics diagnostics;
  const FlatGraph flat = elaborate("t", config, {registry_, nullptr, {}}, diagnostics);
  std::unique_ptr<Router> made;
  if (diagnostics.errors() == 0) {
    made = Router::build(flat, registry_,
                         {.clock = clock_,
                          .output = output_,
                          .errors = errors_,
                          .batch_max = options_.batch_max,
                          .packets_max = options_.packets_max,
                          .lanes = options_.lanes,
                          .replaces = replaces,
                          .config = std::string(config)},
                         diagnostics);
  }
  problems_.clear();
  for (const Diagnostic& found : diagnostics.all()) {
    problems_ += base::cat(diagnostics.where(found.at), ": ", found.message, "\n");
  }
  return made;
}

bool TestGraph::replace(std::string_view config) {
  std::unique_ptr<Router> next = make(config, &router());
  if (next == nullptr) {
    return false;
  }
  next->take_over();
  router_ = std::move(next);
  return true;
}

TestGraph::~TestGraph() = default;

Router& TestGraph::router() {
  base::check(router_ != nullptr, "the graph was built; see problems()");
  return *router_;
}

Element& TestGraph::element(std::string_view name) {
  Element* found = router().find(name);
  base::check(found != nullptr, "the graph has an element of that name");
  return *found;
}

std::size_t TestGraph::run(std::size_t rounds_max) {
  std::size_t rounds = 0;
  while (rounds < rounds_max) {
    ++rounds;
    if (!run_round()) {
      break;
    }
  }
  return rounds;
}

// False when no lane has anything to do.
bool TestGraph::run_round() {
  bool busy = false;
  for (std::size_t lane = 0; lane < router().lanes(); ++lane) {
    busy |= router().run_round(lane);
  }
  for (std::size_t lane = 0; lane < router().lanes() && !router().stopped(); ++lane) {
    busy |= !router().fall_asleep(lane);
    router().lane(lane).awake();
  }
  return busy;
}

std::optional<base::Instant> TestGraph::next_timer() {
  std::optional<base::Instant> first;
  for (std::size_t lane = 0; lane < router().lanes(); ++lane) {
    const auto timer = router().lane(lane).schedule().next_timer();
    first = first && timer ? std::min(*first, *timer) : (timer ? timer : first);
  }
  return first;
}

std::size_t TestGraph::held() {
  std::size_t held = 0;
  for (std::size_t lane = 0; lane < router().lanes(); ++lane) {
    held += router().lane(lane).pool().in_use();
  }
  return held;
}

void TestGraph::advance(base::Duration by, std::size_t rounds_max) {
  const base::Instant end = clock_.now() + by;
  run(rounds_max);
  int turns = 0;
  for (auto next = next_timer(); next && *next <= end && !router().stopped(); next = next_timer()) {
    base::check(++turns < 1'000'000, "timers come to an end within the time of a test");
    if (*next > clock_.now()) {
      clock_.advance(*next - clock_.now());
    }
    run(rounds_max);
  }
  clock_.advance(end - clock_.now());
  run(rounds_max);
}

void TestGraph::send(std::string_view inject, const std::vector<Sample>& samples) {
  Element& found = element(inject);
  base::check(&found.element_class() == &Inject::kClass, "an Inject has this name");
  static_cast<Inject&>(found).send(samples, options_);
}

std::size_t TestGraph::pull(std::string_view capture, std::size_t max, std::uint32_t port) {
  return capture_of(element(capture)).ask(port, max);
}

const std::vector<Sample>& TestGraph::captured(std::string_view capture) {
  return capture_of(element(capture)).samples;
}

std::string TestGraph::texts(std::string_view capture) {
  std::string all;
  bool first = true;
  for (const Sample& sample : captured(capture)) {
    all += first ? "" : "|";
    all += sample.text();
    first = false;
  }
  return all;
}

void TestGraph::forget(std::string_view capture) { capture_of(element(capture)).samples.clear(); }

std::string TestGraph::read(std::string_view handler, std::string_view parameter) {
  auto answer = router().read(handler, parameter);
  return answer ? std::move(*answer) : base::cat("error: ", answer.error().message());
}

std::string TestGraph::write(std::string_view handler, std::string_view value) {
  const base::Status status = router().write(handler, value);
  return status ? std::string() : base::cat("error: ", status.error().message());
}

}  // namespace superfluid::graph::testing
