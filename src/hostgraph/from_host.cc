// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/from_host.h"

#include "base/text.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"
#include "graph/words.h"

namespace superfluid::hostgraph {

const graph::ElementClass FromHost::kClass{"FromHost", "0/1", "h/h", graph::make_element<FromHost>};
const graph::ElementClass ToHost::kClass{"ToHost", "1/0", "h/h", graph::make_element<ToHost>};

void FromHost::read_arguments(graph::Arguments& arguments) {
  arguments.required("DEVNAME", wanted_link_).positional("DST", address_);
}

bool FromHost::check_read(graph::Packet& packet) {
  packet.mac = packet.data;
  return true;
}

const std::uint8_t* FromHost::check_write(const graph::Packet& packet) {
  return is_frame(packet) ? packet.data : nullptr;
}

void ToHost::configure(graph::Arguments& arguments) {
  std::string link;
  arguments.required("DEVNAME", link).complete();
  for (const auto& element : router().elements()) {
    if (&element->element_class() == &FromHost::kClass) {
      // Its own configure() may come later.
      const auto given = graph::split_arguments(router().config(*element));
      if (!given.empty() && graph::unquote(given[0]) == link) {
        host_ = static_cast<FromHost*>(element.get());
      }
    }
  }
  if (host_ == nullptr && arguments.complaints().empty()) {
    arguments.complain(base::cat("there is no FromHost(", base::escape(link), ")"));
  }
}

void ToHost::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("drops", [this] { return host_->drops(); });
}

}  // namespace superfluid::hostgraph
