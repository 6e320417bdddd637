// SPDX-License-Identifier: Apache-2.0
// Every element of the library beside every other: the input picks classes, configurations and
// connections, so that most inputs are graphs that run, and its rest is the packets. They are
// shared with another owner, who would see a write to bytes that are not the element's own. Between
// them handlers are called with bytes of the input. Some graphs are then replaced by themselves and
// run once more.
#include <algorithm>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "elements/testing.h"
#include "graph/handler.h"
#include "graph/port_spec.h"

namespace {

using namespace superfluid;
using elements::testing::Sample;
using elements::testing::TestGraph;

constexpr std::size_t kElementsMax = 6;
constexpr std::size_t kPacketsMax = 32;
constexpr std::size_t kTurnsMax = 8;  // in a row

constexpr std::string_view kConfigs[] = {
    "",
    "0",
    "1",
    "2",
    "14",
    "64",
    "1000",
    "1, 2",
    "10.0.0.1",
    "10.0.0.0/8",
    "10.0.0.0/8 0",
    "0.0.0.0/0 0, 10.0.0.0/8 10.0.0.1 0",
    "12/0800, -",
    "ip, -",
    "tcp, udp, -",
    "allow all",
    "02:00:00:00:00:01",
    "0x0800, 02:00:00:00:00:01, 02:00:00:00:00:02",
    "1000Bps",
    "text",
    "10.0.0.1, 02:00:00:00:00:01",
    "0, 1, 2",
    "-1",
    "0.01",
    "4, 10.0.0.1, 10.0.0.2",
};

class Input {
 public:
  explicit Input(base::ByteView bytes) : bytes_(bytes) {}

  std::size_t below(std::size_t limit) {
    if (bytes_.empty() || limit == 0) {
      return 0;
    }
    const std::size_t value = bytes_[0] % limit;
    bytes_ = bytes_.subspan(1);
    return value;
  }
  base::ByteView take(std::size_t count) {
    const base::ByteView taken = bytes_.first(std::min(count, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }
  bool empty() const { return bytes_.empty(); }

 private:
  base::ByteView bytes_;
};

struct Port {
  std::string text;  // "e1 [0]" or "[0] e1"
  graph::Processing processing;
};

struct Wiring {
  std::string text;
  std::size_t sources = 0;  // Injects s0, s1, ...
};

std::vector<std::string_view> class_names() {
  std::vector<std::string_view> names = elements::testing::test_registry().names();
  std::erase_if(names, [](std::string_view name) {
    return name == "Inject" || name == "Capture" || name == "PullCapture";
  });
  return names;
}

std::uint32_t ports_between(Input& input, std::uint32_t least, std::uint32_t most) {
  return std::min(least + static_cast<std::uint32_t>(input.below(3)), most);
}

std::string_view joint(const Port& from, const Port& to, Input& input) {
  using graph::Processing;
  if (from.processing == Processing::kPush && to.processing == Processing::kPull) {
    return " -> Queue -> ";
  }
  if (from.processing == Processing::kPull && to.processing == Processing::kPush) {
    return " -> Unqueue -> ";
  }
  return input.below(4) == 1 ? " -> Queue -> Unqueue -> " : " -> ";
}

Wiring wire(Input& input) {
  static const std::vector<std::string_view> names = class_names();
  Wiring made;
  std::vector<Port> outputs;
  std::vector<Port> inputs;
  const std::size_t count = 1 + input.below(kElementsMax);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view name = names[input.below(names.size())];
    const graph::ElementClass& picked = *elements::testing::test_registry().find(name);
    const graph::PortCounts counts = graph::parse_port_counts(picked.ports);
    made.text +=
        base::cat("e", i, " :: ", name, "(", kConfigs[input.below(std::size(kConfigs))], ");\n");
    const std::uint32_t ins = ports_between(input, counts.inputs_min, counts.inputs_max);
    const std::uint32_t outs = counts.outputs_equal_inputs
                                   ? ins
                                   : ports_between(input, counts.outputs_min, counts.outputs_max);
    for (std::uint32_t port = 0; port < ins; ++port) {
      inputs.push_back(
          {base::cat("[", port, "] e", i), graph::input_processing(picked.processing, port)});
    }
    for (std::uint32_t port = 0; port < outs; ++port) {
      outputs.push_back(
          {base::cat("e", i, " [", port, "]"), graph::output_processing(picked.processing, port)});
    }
  }
  for (const Port& output : outputs) {
    if (inputs.empty() || input.below(4) == 1) {
      made.text += base::cat(output.text, " -> Discard;\n");
      continue;
    }
    const auto to = inputs.begin() + static_cast<std::ptrdiff_t>(input.below(inputs.size()));
    made.text += base::cat(output.text, joint(output, *to, input), to->text, ";\n");
    inputs.erase(to);
  }
  for (const Port& left : inputs) {
    made.text += base::cat("s", made.sources++, " :: Inject -> ", left.text, ";\n");
  }
  return made;
}

// A handler of any element is written to, or read with an argument.
void call(TestGraph& graph, Input& input) {
  const auto elements = graph.router().elements();
  const graph::Element& element = *elements[input.below(elements.size())];
  const auto& handlers = graph.router().handlers(element).all();
  const graph::Handler& handler = handlers[input.below(handlers.size())];
  const std::string_view text = base::text_of(input.take(input.below(32)));
  if (handler.write) {
    static_cast<void>(handler.write(text));
  } else {
    static_cast<void>(handler.read(text));
  }
}

void run(TestGraph& graph, std::size_t sources, Input& input) {
  graph.router().schedule().run_round(kTurnsMax);
  for (std::size_t i = 0; i < kPacketsMax && sources != 0 && !input.empty(); ++i) {
    const std::size_t source = input.below(sources);
    const base::ByteView bytes = input.take(input.below(128));
    Sample sample(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
    if (input.below(2) == 1) {
      sample.mac = 0;
      sample.network = static_cast<std::int32_t>(input.below(20));
      sample.transport = static_cast<std::int32_t>(20 + input.below(20));
    }
    if (sample.transport.value_or(0) > static_cast<std::int32_t>(sample.bytes.size())) {
      sample.transport.reset();
    }
    if (sample.network.value_or(0) > static_cast<std::int32_t>(sample.bytes.size())) {
      sample.network.reset();
    }
    graph.send(base::cat("s", source), {sample, sample});
    graph.router().schedule().run_round(kTurnsMax);
    if (input.below(2) == 1) {
      call(graph, input);
    }
  }
  graph.clock().advance(base::seconds(1));
  graph.router().schedule().run_round(kTurnsMax);
  for (const auto& element : graph.router().elements()) {
    for (const graph::Handler& handler : graph.router().handlers(*element).all()) {
      if (handler.read) {
        static_cast<void>(handler.read(""));
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(base::ByteView{data, size});
  const std::size_t choices = input.below(4);
  const bool shared = (choices & 1) != 0;
  const bool replaced = (choices & 2) != 0;
  const Wiring wiring = wire(input);
  TestGraph graph(wiring.text, {.shared = shared});
  if (graph.built()) {
    run(graph, wiring.sources, input);
  }
  if (graph.built() && replaced) {  // by itself, with all that its elements hold
    base::check(graph.replace(wiring.text), "what was built once can be built again");
    run(graph, wiring.sources, input);
  }
  return 0;
}
