// SPDX-License-Identifier: Apache-2.0
#include "elements/check_ip_header.h"

#include "elements/ip_header.h"
#include "graph/words.h"
#include "net/checksum.h"

namespace superfluid::elements {

using graph::Packet;

namespace {

enum Reason : std::size_t {
  kTiny,
  kBadVersion,
  kBadHeaderLength,
  kBadLength,
  kBadChecksum,
  kBadSource,
};
constexpr std::string_view kReasons[] = {"tiny packet",   "bad IP version",  "bad IP header length",
                                         "bad IP length", "bad IP checksum", "bad source address"};

bool checksum_holds(const std::uint8_t* header, std::size_t length) {
  constexpr std::size_t kPlain = sizeof(net::Ipv4Header);
  return length == kPlain
             ? net::internet_checksum_holds(std::span<const std::uint8_t, kPlain>(header, kPlain))
             : net::internet_checksum_holds(base::ByteView(header, length));
}

std::unique_ptr<graph::Element> make_unsummed() { return std::make_unique<CheckIPHeader>(false); }

}  // namespace

const graph::ElementClass CheckIPHeader::kClass{"CheckIPHeader", "1/1-2", "a/ah",
                                                graph::make_element<CheckIPHeader>};
const graph::ElementClass CheckIPHeader::kClass2{"CheckIPHeader2", "1/1-2", "a/ah", make_unsummed};

CheckIPHeader::CheckIPHeader(bool checksum) : checksum_(checksum), check_("IP", kReasons) {}

void CheckIPHeader::configure(graph::Arguments& arguments) {
  RangeList interfaces;
  AddressList bad_sources;
  std::vector<std::string> rest;
  check_.read_arguments(arguments)
      .keyword("INTERFACES", interfaces)
      .keyword("BADSRC", bad_sources)
      .keyword("GOODDST", good_destinations_)
      .keyword("OFFSET", offset_)
      .keyword("CHECKSUM", checksum_)
      .rest(rest)
      .complete();
  bool everywhere = !interfaces.ranges.empty();
  if (rest.size() == 1 && graph::parse_argument(rest[0], offset_).empty()) {
    rest.clear();
  } else if (!rest.empty()) {
    AddressList old_form;
    if (graph::Complaint wrong = parse_argument(graph::unquote(rest[0]), old_form, this);
        !wrong.empty()) {
      arguments.complain(base::cat("BADSRC: ", wrong));
    }
    if (rest.size() > 1) {
      if (graph::Complaint wrong = graph::parse_argument(rest[1], offset_); !wrong.empty()) {
        arguments.complain(base::cat("OFFSET: ", wrong));
      }
    }
    if (rest.size() > 2) {
      arguments.complain("too many arguments");
    }
    bad_sources.addresses.insert(bad_sources.addresses.end(), old_form.addresses.begin(),
                                 old_form.addresses.end());
    everywhere = true;
  }
  for (const AddressRange& range : interfaces.ranges) {
    bad_sources.addresses.push_back(
        net::Ipv4Address::from_host(range.address.host() | ~range.mask.host()));
    good_destinations_.addresses.push_back(range.address);
  }
  if (everywhere) {
    bad_sources.addresses.push_back(net::Ipv4Address::from_host(0));
    bad_sources.addresses.push_back(net::Ipv4Address::from_host(0xffffffff));
  }
  bad_sources_ = std::move(bad_sources);
}

Packet* CheckIPHeader::refuse(Packet* packet, std::size_t reason) {
  check_.count(*this, reason);
  reject(packet);
  return nullptr;
}

Packet* CheckIPHeader::act(Packet* packet) {
  if (packet->length < offset_ || packet->length - offset_ < sizeof(net::Ipv4Header)) [[unlikely]] {
    return refuse(packet, kTiny);
  }
  std::uint8_t* const network = packet->data + offset_;
  const std::uint32_t at_hand = packet->length - offset_;
  const auto* header = header_at<net::Ipv4Header>(*packet, network);
  if (header->version() != 4) [[unlikely]] {
    return refuse(packet, kBadVersion);
  }
  const std::size_t header_length = header->header_length();
  if (header_length < sizeof(net::Ipv4Header)) [[unlikely]] {
    return refuse(packet, kBadHeaderLength);
  }
  const std::uint32_t total_length = header->total_length.host();
  if (total_length > at_hand || total_length < header_length) [[unlikely]] {
    return refuse(packet, kBadLength);
  }
  if (checksum_ && !checksum_holds(network, header_length)) [[unlikely]] {
    return refuse(packet, kBadChecksum);
  }
  if (!bad_sources_.addresses.empty() && bad_sources_.contains(header->source) &&
      !good_destinations_.contains(header->destination)) [[unlikely]] {
    return refuse(packet, kBadSource);
  }
  packet->network = network;
  packet->transport = network + header_length;
  packet->take(at_hand - total_length);
  set_ipv4_destination(packet->notes, header->destination);
  return packet;
}

}  // namespace superfluid::elements
