// SPDX-License-Identifier: Apache-2.0
#include "elements/paint_switch.h"

#include "elements/tee.h"

namespace superfluid::elements {

using graph::Batch;

const graph::ElementClass PaintSwitch::kClass{"PaintSwitch", "1/-", "h/h",
                                              graph::make_element<PaintSwitch>};

void PaintSwitch::configure(graph::Arguments& arguments) {
  arguments.positional("ANNO", note_).complete();
}

// Neighbours of one color leave together, so that order is kept at every output also when a packet
// goes to all.
void PaintSwitch::push(std::uint32_t, Batch batch) {
  for (std::size_t first = 0; first < batch.size();) {
    const std::uint8_t color = note_.of(*batch[first]);
    std::size_t end = first + 1;
    while (end < batch.size() && note_.of(*batch[end]) == color) {
      ++end;
    }
    const Batch run(batch.begin() + first, end - first);
    if (color < outputs()) {
      output(color).push(run);
    } else if (color == kAll && outputs() != 0) {
      push_to_all(*this, run);
    } else {
      run.release();
    }
    first = end;
  }
}

}  // namespace superfluid::elements
