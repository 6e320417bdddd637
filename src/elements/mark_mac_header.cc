// SPDX-License-Identifier: Apache-2.0
#include "elements/mark_mac_header.h"

#include "graph/arguments.h"

namespace superfluid::elements {

const graph::ElementClass MarkMACHeader::kClass{"MarkMACHeader", "1/1", "a/a",
                                                graph::make_element<MarkMACHeader>};

void MarkMACHeader::configure(graph::Arguments& arguments) {
  std::uint32_t length = 0;
  arguments.positional("OFFSET", offset_).positional("LENGTH", length).complete();
}

}  // namespace superfluid::elements
