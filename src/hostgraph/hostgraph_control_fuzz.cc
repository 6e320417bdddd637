// SPDX-License-Identifier: Apache-2.0
// Any bytes are answered, the same however they arrive, in answers that are whole by the protocol;
// and any bytes are read as an answer, within bounds.
#include <cstdlib>

#include "base/bytes.h"
#include "base/text.h"
#include "graph/handler.h"
#include "hostgraph/control_client.h"
#include "hostgraph/control_session.h"
#include "hostgraph/testing.h"

namespace {

using namespace superfluid;
using hostgraph::ControlReply;
using hostgraph::ControlSession;

// Its handlers answer the same at every time.
class Parrot final : public graph::Element {
 public:
  static const graph::ElementClass kClass;

  void add_handlers(graph::HandlerTable& handlers) override {
    handlers.read(
        "h", [](std::string_view text) -> base::Result<std::string> { return std::string(text); });
    handlers.write("h", [](std::string_view text) -> base::Status {
      return base::fail(base::ErrorCode::kFailed, base::cat("no ", text))
          .caused_by(base::Error(base::ErrorCode::kFailed, "reason"));
    });
    handlers.write("w", [](std::string_view) { return base::Status(); });
    handlers.value("p", [] { return "private"; });
    handlers.make_private("p");
  }
};
const graph::ElementClass Parrot::kClass{"Parrot", "0/0", "a/a", graph::make_element<Parrot>};

void demand(bool holds) {
  if (!holds) {
    std::abort();
  }
}

std::string answers(graph::Router& router, base::ByteView said, std::size_t piece, bool read_only) {
  ControlSession session;
  std::string heard;
  const auto turn = [&] {
    do {
      heard += session.output();
      session.sent(session.output().size());
    } while (session.step(router, {.read_only = read_only}));
    heard += session.output();
    session.sent(session.output().size());
  };
  for (std::size_t at = 0; at < said.size() && !session.over(); at += piece) {
    demand(session.wants_input());
    session.receive(said.subspan(at, std::min(piece, said.size() - at)));
    turn();
  }
  session.end_input();
  turn();
  demand(session.over() && !session.wants_input());
  return heard;
}

// Lines of three digits, and DATA behind the successes of reads.
void check_answers(std::string_view heard) {
  heard.remove_prefix(heard.find('\n') + 1);  // the banner
  while (!heard.empty()) {
    ControlReply reply(heard.starts_with("200 Read") &&
                       heard.find("\r\nDATA ") == heard.find('\r'));
    const auto taken = reply.take(base::bytes_of(heard));
    demand(taken.has_value() && reply.whole() && *taken != 0);
    heard.remove_prefix(*taken);
  }
}

void read_as_answer(base::ByteView bytes, bool has_data) {
  ControlReply reply(has_data);
  while (!bytes.empty() && !reply.whole()) {
    const auto taken = reply.take(bytes.first(std::min<std::size_t>(bytes.size(), 7)));
    if (!taken) {
      return;
    }
    demand(*taken != 0);
    bytes = bytes.subspan(*taken);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static hostgraph::testing::HostedGraph graph(
      "p :: Parrot; q :: Parrot", {.simulated_time = true},
      [](graph::Registry& registry) { registry.add(Parrot::kClass); });
  if (size == 0) {
    return 0;
  }
  const base::ByteView said(data + 1, size - 1);
  const bool read_only = (data[0] & 1) != 0;
  const std::size_t piece = data[0] / 2 % 16 + 1;
  const std::string whole = answers(*graph.router, said, SIZE_MAX / 2, read_only);
  demand(answers(*graph.router, said, piece, read_only) == whole);
  check_answers(whole);
  read_as_answer(said, !read_only);
  return 0;
}
