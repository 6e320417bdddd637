// SPDX-License-Identifier: Apache-2.0
// Packets of any bytes through a small tracker. The first byte of each says how long it is, and
// whether a batch ends with it: then time goes by.
#include <algorithm>
#include <array>

#include "base/check.h"
#include "net/conntrack.h"

using superfluid::base::ByteView;
using superfluid::base::check;
using superfluid::base::Cursor;
using superfluid::base::Instant;
using superfluid::base::seconds;
using superfluid::net::Conntrack;
using superfluid::net::facts_of;
using superfluid::net::PacketFacts;
using superfluid::net::passes;
using superfluid::net::Tracked;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint32_t kConnectionsMax = 16;
  Conntrack conntrack({.connections_max = kConnectionsMax});
  Instant now{seconds(1)};
  Cursor cursor(ByteView(data, size));
  std::array<PacketFacts, Conntrack::kBatchMax> batch;
  std::size_t count = 0;
  bool begun = false;
  while (const auto head = cursor.u8()) {
    const std::size_t length = std::min<std::size_t>(*head & 0x7f, cursor.remaining());
    batch[count++] = facts_of(*cursor.take(length));
    const bool whole_batch = (*head & 0x80) != 0 || count == batch.size() || cursor.at_end();
    if (!whole_batch) {
      continue;
    }
    std::array<Tracked, Conntrack::kBatchMax> verdicts;
    const bool policy = (length & 1) != 0;
    conntrack.track({batch.data(), count}, now, verdicts.data(),
                    [&](std::size_t i) { return policy && i < count; });
    for (std::size_t i = 0; i < count; ++i) {
      begun |= verdicts[i] == Tracked::kBegan;
      check(policy || (verdicts[i] != Tracked::kBegan && verdicts[i] != Tracked::kUntracked),
            "nothing begins that the policy refuses");
      check(begun || (verdicts[i] != Tracked::kKnown && verdicts[i] != Tracked::kRelated),
            "nothing is known before something began");
      check(!passes(verdicts[i]) || batch[i].kind != PacketFacts::Kind::kMalformed,
            "what is malformed does not pass");
    }
    check(conntrack.size() <= kConnectionsMax, "the table has a limit");
    count = 0;
    now = now + seconds(static_cast<std::int64_t>(length) * 3);
    conntrack.reap(now, 4);
  }
  return 0;
}
