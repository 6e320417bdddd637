// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/from_dump.h"

#include <algorithm>

#include "base/text.h"
#include "elements/ip_header.h"
#include "graph/handler.h"
#include "graph/router.h"

namespace superfluid::hostgraph {

using graph::Packet;

const graph::ElementClass FromDump::kClass{"FromDump", "0/1", "a/a", graph::make_element<FromDump>};

namespace {

constexpr std::size_t kEthernetHeader = 14;

bool is_raw_ip(std::uint32_t link_type) {
  return link_type == os::kLinkRaw || link_type == os::kLinkRawBsd ||
         link_type == os::kLinkRawOpenBsd || link_type == os::kLinkIpv4;
}

// Where the IPv4 header of a captured packet is; nullopt when it has none.
std::optional<std::size_t> ip_offset(const os::CapturedPacket& captured) {
  std::size_t at = 0;
  if (captured.link_type == os::kLinkEthernet) {
    at = kEthernetHeader;
    if (captured.bytes.size() < at || captured.bytes[12] != 0x08 || captured.bytes[13] != 0x00) {
      return std::nullopt;
    }
  } else if (!is_raw_ip(captured.link_type)) {
    return std::nullopt;
  }
  const bool is_ip =
      captured.bytes.size() >= at + sizeof(net::Ipv4Header) && captured.bytes[at] >> 4 == 4;
  return is_ip ? std::optional(at) : std::nullopt;
}

}  // namespace

void FromDump::configure(graph::Arguments& arguments) {
  bool mmap = true;
  arguments.required("FILENAME", path_);
  read_arguments(arguments)
      .keyword("SAMPLE", sample_)
      .keyword("END_CALL", end_call_)
      .keyword("FORCE_IP", force_ip_)
      .keyword("START", start_)
      .keyword("END", end_)
      .keyword("START_AFTER", start_after_)
      .keyword("END_AFTER", end_after_)
      .keyword("INTERVAL", interval_)
      .keyword("MMAP", mmap)
      .complete();
  if (given(start_) && given(start_after_)) {
    arguments.complain("START and START_AFTER conflict");
  }
  if (int{given(end_)} + int{given(end_after_)} + int{given(interval_)} > 1) {
    arguments.complain("END, END_AFTER and INTERVAL conflict");
  }
  if (end_call_ && stops()) {
    arguments.complain("END_CALL and STOP conflict");
  }
}

FromDump* FromDump::predecessor() const {
  auto* before = static_cast<FromDump*>(router().replaced(*this));
  return before != nullptr && before->path_ == path_ ? before : nullptr;
}

base::Status FromDump::initialize() {
  if (predecessor() == nullptr) {
    SF_TRY(reader, os::PcapReader::open(path_));
    reader_ = std::move(reader);
  }
  if (end_call_) {
    SF_CHECKED(at_end_.bind(*this, end_call_->text));
  }
  start();
  return {};
}

void FromDump::ended() {
  if (end_call_) {
    at_end_.call(router());
  }
}

// nullptr when the capture's packet is left out.
Packet* FromDump::packet_of(const os::CapturedPacket& captured) {
  const std::optional<std::size_t> ip = ip_offset(captured);
  const bool too_long = captured.bytes.size() > graph::kPacketBytesMax;
  if (too_long || (force_ip_ && !ip)) {
    ++drops_;
    return nullptr;
  }
  const std::size_t skipped = force_ip_ ? *ip : 0;
  Packet* const packet = pool().make(captured.bytes.subspan(skipped));
  if (packet == nullptr) {
    ++drops_;
    return nullptr;
  }
  last_was_ip_ = force_ip_ || captured.link_type != os::kLinkEthernet;
  packet->notes.timestamp = captured.since_epoch;
  packet->notes.extra_length = static_cast<std::uint32_t>(
      captured.length_on_wire -
      std::min<std::size_t>(captured.length_on_wire, captured.bytes.size()));
  if (!last_was_ip_) {
    packet->mac = packet->data;
  } else if (ip) {
    packet->network = packet->data;
    const auto& header = *reinterpret_cast<const net::Ipv4Header*>(packet->data);
    packet->transport =
        packet->data + std::min<std::size_t>(header.header_length(), packet->length);
    elements::set_ipv4_destination(packet->notes, header.destination);
  }
  return packet;
}

// Makes what counts from the first packet's time absolute.
void FromDump::begin_at(base::Duration first) {
  first_ = first;
  if (given(start_after_)) {
    start_ = first + start_after_;
  }
  if (given(end_after_)) {
    end_ = first + end_after_;
  } else if (given(interval_)) {
    end_ = std::max(first, start_) + interval_;
  }
}

Packet* FromDump::read_packet() {
  for (;;) {
    auto captured = reader_->next();
    if (!captured) {
      router().errors().write(base::cat(path_, ": ", captured.error().to_string(), "\n"));
      return nullptr;
    }
    if (!*captured) {
      return nullptr;
    }
    const base::Duration time = (*captured)->since_epoch;
    if (!first_) {
      begin_at(time);
    }
    if (given(end_) && time >= end_) {
      return nullptr;
    }
    const bool wanted = time >= start_ && sample_.happens(rng());
    Packet* const packet = wanted ? packet_of(**captured) : nullptr;
    if (packet != nullptr) {
      return packet;
    }
  }
}

void FromDump::take_state(graph::Element&) {
  FromDump* const before = predecessor();
  if (before == nullptr) {
    return;
  }
  reader_ = std::move(before->reader_);
  continue_from(*before);
  drops_ = before->drops_;
  if (before->first_) {
    begin_at(*before->first_);
  }
  last_was_ip_ = before->last_was_ip_;
}

void FromDump::add_handlers(graph::HandlerTable& handlers) {
  Replay::add_handlers(handlers);
  handlers.value("drops", [this] { return drops_; });
  handlers.value("sampling_prob", [this] { return sample_.text(); });
  handlers.value("filename", [this] { return std::string_view(path_); });
  handlers.value("encap", [this] { return last_was_ip_ ? "IP" : "ETHER"; });
}

}  // namespace superfluid::hostgraph
