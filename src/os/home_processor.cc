// SPDX-License-Identifier: Apache-2.0
#include "os/home_processor.h"

#include "base/text.h"
#include "os/files.h"
#include "os/kernel_text.h"
#include "os/thread.h"

namespace superfluid::os {

base::Result<std::uint64_t> waited_ns() {
  // Three numbers: time on a processor, time ready without one, turns.
  SF_TRY(text, read_text("/proc/thread-self/schedstat", base::kib(1)));
  const auto words = split_words(text);
  const auto waited = words.size() == 3 ? base::parse_u64(words[1]) : std::nullopt;
  if (!waited) {
    return base::fail(base::ErrorCode::kUnsupported, "this kernel does not count who waits");
  }
  return *waited;
}

HomeProcessor::HomeProcessor(std::uint64_t waited, base::Instant now)
    : waited_(waited), looked_at_(now) {
  settle();
}

HomeProcessor::~HomeProcessor() { let_go(); }

void HomeProcessor::look(std::uint64_t waited, base::Instant now) {
  const std::int64_t passed = (now - looked_at_).count();
  if (passed <= 0) {
    return;
  }
  const bool waits_much =
      (waited - waited_) * 100 > static_cast<std::uint64_t>(passed) * kWaitMaxPercent;
  waited_ = waited;
  looked_at_ = now;
  if (where_ && waits_much) {
    let_go();
  } else if (!where_) {
    settle();
  }
}

void HomeProcessor::settle() {
  const unsigned here = this_processor();
  if (pin(0, here)) {
    where_ = here;
  }
}

void HomeProcessor::let_go() {
  static_cast<void>(pin(0, std::nullopt));
  where_.reset();
}

}  // namespace superfluid::os
