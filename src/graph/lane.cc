// SPDX-License-Identifier: Apache-2.0
#include "graph/lane.h"

#include "graph/crossing.h"

namespace superfluid::graph {

void Lane::run_round(std::size_t tasks_max) {
  look_across();
  schedule_.run_round(tasks_max);
  if (!arriving_.empty() || !leaving_.empty()) {
    pool_.trim();
  }
}

bool Lane::look_across() {
  bool found = false;
  for (Crossing* crossing : arriving_) {
    found |= crossing->arrivals();
  }
  for (Crossing* crossing : leaving_) {
    found |= crossing->room_again();
  }
  return found;
}

// Who gives work first does so, then looks whether the lane sleeps; the lane first says that it
// sleeps, then looks for work. All four steps are in one order (memory_order_seq_cst, here and in
// the ring of a crossing), so one of the two sees what the other did.
bool Lane::fall_asleep() {
  asleep_.store(true);
  if (look_across() || !schedule_.idle()) {
    awake();
    return false;
  }
  return true;
}

}  // namespace superfluid::graph
