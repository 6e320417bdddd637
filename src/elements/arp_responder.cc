// SPDX-License-Identifier: Apache-2.0
#include "elements/arp_responder.h"

#include <algorithm>
#include <optional>

#include "elements/arp_frame.h"
#include "elements/values.h"
#include "graph/router.h"
#include "graph/words.h"

namespace superfluid::elements {

using base::cat;
using graph::Packet;

namespace {

bool contains(const AddressRange& range, const net::Ipv4Address& address) {
  return (address.host() & range.mask.host()) == range.address.host();
}

AddressRange without_host_bits(const AddressRange& range) {
  return {net::Ipv4Address::from_host(range.address.host() & range.mask.host()), range.mask};
}

std::string show(const AddressRange& range) {
  const auto length = prefix_length(range.mask);
  return cat(to_text(range.address).view(), "/",
             length ? cat(*length) : std::string(to_text(range.mask).view()));
}

}  // namespace

const graph::ElementClass ARPResponder::kClass{"ARPResponder", "1/1-2", "a/ah",
                                               graph::make_element<ARPResponder>};

// A word that could be both is an address; when no other word is an Ethernet address, it is that
// too.
graph::Complaint ARPResponder::read(std::string_view text, Entries& entries) const {
  const std::vector<std::string> words = graph::split_words(text);
  std::vector<AddressRange> ranges;
  std::optional<net::MacAddress> mac;
  for (const std::string& word : words) {
    net::MacAddress given;
    if (const auto range = read_range_or_address(word, this)) {
      ranges.push_back(without_host_bits(*range));
    } else if (!graph::parse_argument(word, given, this).empty()) {
      return "expected IP/MASK ETH";
    } else if (mac) {
      return "more than one ETH";
    } else {
      mac = given;
    }
  }
  for (std::size_t i = 0; i < words.size() && !mac; ++i) {
    net::MacAddress given;
    if (graph::parse_argument(words[i], given, this).empty()) {
      mac = given;
    }
  }
  if (ranges.empty()) {
    return "missing IP/MASK";
  }
  if (!mac) {
    return "missing ETH";
  }
  for (const AddressRange& range : ranges) {
    entries.push_back({range, *mac});
  }
  return {};
}

// In front of the first range that it lies in.
bool ARPResponder::insert(Entries& entries, const Entry& entry) {
  const auto same = std::ranges::find(entries, entry.range, &Entry::range);
  if (same != entries.end()) {
    same->mac = entry.mac;
    return false;
  }
  const auto wider = std::ranges::find_if(entries, [&](const Entry& each) {
    return contains(each.range, entry.range.address) &&
           (entry.range.mask.host() & each.range.mask.host()) == each.range.mask.host();
  });
  entries.insert(wider, entry);
  return true;
}

void ARPResponder::configure(graph::Arguments& arguments) {
  std::vector<std::string> rest;
  arguments.rest(rest).complete();
  Entries given;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (graph::Complaint wrong = read(rest[i], given); !wrong.empty()) {
      arguments.complain(cat("argument ", i, ": ", wrong));
    }
  }
  Entries entries;
  for (const Entry& entry : given) {
    if (!insert(entries, entry)) {
      arguments.warn(cat("multiple entries for ", show(entry.range)));
    }
  }
  entries_ = std::move(entries);
}

const net::MacAddress* ARPResponder::find(const net::Ipv4Address& address) const {
  for (const Entry& entry : entries_) {
    if (contains(entry.range, address)) {
      return &entry.mac;
    }
  }
  return nullptr;
}

Packet* ARPResponder::act(Packet* packet) {
  const net::ArpHeader* const request = arp_of_frame(*packet);
  const net::MacAddress* const mac =
      request == nullptr || request->operation() != net::ArpOperation::kRequest
          ? nullptr
          : find(request->target_ip);
  if (mac == nullptr) {
    ++drops_;
    reject(packet);
    return nullptr;
  }
  Packet* const reply = make_arp_frame(pool(), request->sender_mac,
                                       {.operation = net::ArpOperation::kReply,
                                        .sender_mac = *mac,
                                        .sender_ip = request->target_ip,
                                        .target_mac = request->sender_mac,
                                        .target_ip = request->sender_ip});
  if (reply != nullptr) {
    reply->notes.vlan_tci = packet->notes.vlan_tci;
  }
  release(packet);
  return reply;
}

base::Status ARPResponder::add(std::string_view text) {
  Entries given;
  if (graph::Complaint wrong = read(text, given); !wrong.empty()) {
    return base::fail(base::ErrorCode::kInvalid, wrong);
  }
  for (const Entry& entry : given) {
    insert(entries_, entry);
  }
  return {};
}

base::Status ARPResponder::remove(std::string_view text) {
  const auto range = read_range_or_address(base::trim(text), this);
  if (!range) {
    return base::fail(base::ErrorCode::kInvalid, "expected IP/MASK");
  }
  const auto found = std::ranges::find(entries_, without_host_bits(*range), &Entry::range);
  if (found == entries_.end()) {
    return base::fail(base::ErrorCode::kNotFound,
                      cat(show(without_host_bits(*range)), " not found"));
  }
  entries_.erase(found);
  return {};
}

void ARPResponder::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("table", [this] {
    std::string text;
    for (const Entry& entry : entries_) {
      text += cat(show(entry.range), " ", elements::show(entry.mac), "\n");
    }
    return text;
  });
  handlers.read("lookup", [this](std::string_view text) -> base::Result<std::string> {
    const auto address = read_address(base::trim(text), this);
    if (!address) {
      return base::fail(base::ErrorCode::kInvalid, "expected IP address");
    }
    const net::MacAddress* const mac = find(*address);
    return mac == nullptr ? std::string() : elements::show(*mac);
  });
  handlers.write("add", [this](std::string_view text) { return add(text); });
  handlers.write("remove", [this](std::string_view text) { return remove(text); });
  add_value(handlers, "drops", drops_);
}

}  // namespace superfluid::elements
