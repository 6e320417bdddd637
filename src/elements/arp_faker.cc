// SPDX-License-Identifier: Apache-2.0
#include "elements/arp_faker.h"

#include "elements/arp_frame.h"
#include "elements/values.h"
#include "graph/router.h"

namespace superfluid::elements {

namespace {

constexpr base::Duration kFirstAfter = base::seconds(1);
constexpr base::Duration kInterval = base::seconds(10);

}  // namespace

const graph::ElementClass ARPFaker::kClass{"ARPFaker", "0/1", "h/h", graph::make_element<ARPFaker>};

void ARPFaker::configure(graph::Arguments& arguments) {
  arguments.required("DSTIP", reply_.target_ip)
      .required("DSTETH", reply_.target_mac)
      .required("SRCIP", reply_.sender_ip)
      .required("SRCETH", reply_.sender_mac)
      .complete();
}

base::Status ARPFaker::initialize() {
  timer_.attach(schedule());
  timer_.set_after(kFirstAfter);
  return {};
}

void ARPFaker::run_timer(graph::Timer& timer) {
  timer.set_after(kInterval);
  if (graph::Packet* packet = make_arp_frame(pool(), reply_.target_mac, reply_)) {
    ++count_;
    output(0).push(packet);
  }
}

void ARPFaker::add_handlers(graph::HandlerTable& handlers) { add_value(handlers, "count", count_); }

}  // namespace superfluid::elements
