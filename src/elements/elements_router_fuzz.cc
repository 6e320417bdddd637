// SPDX-License-Identifier: Apache-2.0
// Any text is refused or becomes a graph that runs; whatever is written to its handlers, every
// packet comes back to the pool.
//
// Input: a configuration; after a line "---", lines of "element.handler value" that are written
// between rounds.
#include <algorithm>

#include "base/text.h"
#include "elements/testing.h"
#include "graph/handler.h"

namespace {

using namespace superfluid;

constexpr std::size_t kPacketsMax = 256;
constexpr std::size_t kTextBytesMax = 1500;  // many large queues take much memory
constexpr std::size_t kElementsMax = 64;
constexpr std::size_t kTurnsMax = 8;  // in a row
constexpr std::size_t kWritesMax = 16;

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

void read_all(elements::testing::TestGraph& graph) {
  for (const auto& element : graph.router().elements()) {
    for (const graph::Handler& handler : graph.router().handlers(*element).all()) {
      if (handler.read) {
        static_cast<void>(handler.read(""));
      }
    }
  }
}

void run(elements::testing::TestGraph& graph, std::string_view writes) {
  graph.router().schedule().run_round(kTurnsMax);
  for (std::size_t i = 0; i < kWritesMax && !writes.empty(); ++i) {
    std::string_view line = take_line(writes);
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string_view handler = line.substr(0, space);
    line.remove_prefix(std::min(space + 1, line.size()));
    static_cast<void>(graph.write(handler, line));
    graph.router().schedule().run_round(kTurnsMax);
  }
  graph.clock().advance(base::milliseconds(10));
  graph.router().schedule().run_round(kTurnsMax);
  read_all(graph);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = base::text_of({data, std::min(size, kTextBytesMax)});
  constexpr std::string_view kBetween = "\n---\n";
  const std::size_t end = std::min(text.find(kBetween), text.size());
  elements::testing::TestGraph graph(text.substr(0, end), {.packets_max = kPacketsMax});
  if (graph.built() && graph.router().elements().size() <= kElementsMax) {
    run(graph, text.substr(std::min(end + kBetween.size(), text.size())));
  }
  return 0;
}
