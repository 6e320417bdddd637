// SPDX-License-Identifier: Apache-2.0
#include "elements/set_ip_ecn.h"

#include "elements/ip_header.h"
#include "elements/values.h"
#include "net/checksum.h"

namespace superfluid::elements {

using graph::Packet;

namespace {

constexpr std::string_view kProblem = "bad ECN argument";

Packet* with_ecn(Packet* packet, Ecn ecn) {
  packet = writable(packet);
  if (packet == nullptr) [[unlikely]] {
    return nullptr;
  }
  net::Ipv4Header& header = *ipv4_header(*packet);
  const auto octet = static_cast<std::uint8_t>(header.dscp() << 2 | static_cast<unsigned>(ecn));
  net::ChecksumDelta delta;
  delta.replace(base::be16(header.dscp_and_ecn), base::be16(octet));
  header.dscp_and_ecn = octet;
  header.checksum = delta.apply(header.checksum);
  return packet;
}

}  // namespace

graph::Complaint parse_argument(std::string_view text, Ecn& ecn) {
  struct Word {
    std::string_view word;
    Ecn ecn;
  };
  static constexpr Word kWords[] = {
      {"0", Ecn::kNone},       {"no", Ecn::kNone},       {"-", Ecn::kNone},
      {"1", Ecn::kEct1},       {"ect1", Ecn::kEct1},     {"ECT(1)", Ecn::kEct1},
      {"2", Ecn::kEct0},       {"ect2", Ecn::kEct0},     {"ECT(0)", Ecn::kEct0},
      {"3", Ecn::kCongestion}, {"ce", Ecn::kCongestion}, {"CE", Ecn::kCongestion},
  };
  for (const Word& each : kWords) {
    if (each.word == text) {
      ecn = each.ecn;
      return {};
    }
  }
  return std::string(kProblem);
}

const graph::ElementClass SetIPECN::kClass{"SetIPECN", "1/1", "a/a", graph::make_element<SetIPECN>};
const graph::ElementClass MarkIPCE::kClass{"MarkIPCE", "1/1", "a/a", graph::make_element<MarkIPCE>};

void SetIPECN::configure(graph::Arguments& arguments) {
  arguments.required("ECN", ecn_).complete();
}

Packet* SetIPECN::act(Packet* packet) {
  if (ipv4_header(*packet) == nullptr) [[unlikely]] {
    ++drops_;
    release(packet);
    return nullptr;
  }
  return with_ecn(packet, ecn_);
}

void SetIPECN::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("ecn", [this] { return static_cast<unsigned>(ecn_); });
  handlers.write("ecn",
                 [this](std::string_view text) { return graph::parse_handler_value(text, ecn_); });
  add_value(handlers, "drops", drops_);
}

void MarkIPCE::configure(graph::Arguments& arguments) {
  arguments.positional("FORCE", force_).complete();
}

Packet* MarkIPCE::act(Packet* packet) {
  const net::Ipv4Header* const header = ipv4_header(*packet);
  if (header == nullptr || (!force_ && header->ecn() == static_cast<unsigned>(Ecn::kNone))) {
    ++drops_;
    release(packet);
    return nullptr;
  }
  return with_ecn(packet, Ecn::kCongestion);
}

void MarkIPCE::add_handlers(graph::HandlerTable& handlers) { add_value(handlers, "drops", drops_); }

}  // namespace superfluid::elements
