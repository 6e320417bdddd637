// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_reassembler.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "elements/values.h"
#include "graph/router.h"
#include "net/checksum.h"

namespace superfluid::elements {

using base::cat;
using graph::Packet;

namespace {

constexpr base::Duration kPatience = base::seconds(30);
constexpr std::uint32_t kLinkMax = 64;
constexpr std::uint32_t kHeaderMax = 60;
constexpr std::uint32_t kRoomInFront = graph::kHeadroom + kLinkMax + kHeaderMax;
constexpr std::uint32_t kBufferMin = 1536;  // most packets that are cut are longer than a frame
constexpr std::uint32_t kDatagramMax = 65'535;

// Calls `visit` with each word of blocks that lie in [begin, end), and which bits of it do.
template <typename Blocks, typename Visit>
void for_blocks(Blocks& blocks, std::uint32_t begin, std::uint32_t end, Visit visit) {
  const std::uint32_t last = (end + 7) / 8;
  for (std::uint32_t block = begin / 8; block < last;) {
    const std::uint32_t bit = block % 64;
    const std::uint32_t count = std::min(64 - bit, last - block);
    visit(blocks[block / 64], (~std::uint64_t{0} >> (64 - count)) << bit);
    block += count;
  }
}

}  // namespace

const graph::ElementClass IPReassembler::kClass{"IPReassembler", "1/1-2", "a/ah",
                                                graph::make_element<IPReassembler>};

IPReassembler::~IPReassembler() {
  for (std::uint32_t at = state_.oldest; at != kNone; at = state_.unfinished[at].newer) {
    release(state_.unfinished[at].packet);
  }
}

void IPReassembler::configure(graph::Arguments& arguments) {
  arguments.keyword("HIMEM", memory_max_).complete();
}

base::Status IPReassembler::initialize() {
  state_.secret = rng().next();
  timer_.attach(schedule());
  return {};
}

Packet* IPReassembler::act(Packet* packet) {
  const net::Ipv4Header* const header = ipv4_header(*packet);
  if (header != nullptr && header->fragment_place() == net::FragmentPlace::kWhole) [[likely]] {
    return packet;
  }
  ++fragments_;
  const auto fragment = read(*packet);
  if (!fragment) {
    ++bad_;
    release(packet);
    return nullptr;
  }
  Packet* const whole = add(packet, *fragment);
  release(packet);
  return whole;
}

std::optional<IPReassembler::Fragment> IPReassembler::read(const Packet& packet) {
  const Ipv4Datagram datagram = ipv4_datagram(packet);
  if (datagram.header == nullptr || datagram.payload_length == 0) {
    return std::nullopt;
  }
  const auto begin = static_cast<std::uint32_t>(datagram.header->fragment_offset());
  const std::uint32_t end = begin + datagram.payload_length;
  const bool last = !datagram.header->more_fragments();
  if (end > kDatagramMax - datagram.header->header_length() || (!last && end % 8 != 0)) {
    return std::nullopt;
  }
  return Fragment{begin, end, last, datagram};
}

Packet* IPReassembler::add(Packet* packet, const Fragment& fragment) {
  const std::uint32_t at = find_or_begin(key_of(*fragment.datagram.header), schedule().now());
  Unfinished& unfinished = state_.unfinished[at];
  const News found = news(unfinished, fragment);
  if (!agrees(unfinished, fragment) || found == News::kPart) {
    give_up(at);
    return nullptr;
  }
  if (found == News::kNothing) {
    return nullptr;
  }
  if (!make_room(unfinished, fragment.end)) {
    give_up(at);
    return nullptr;
  }
  copy(unfinished, *packet, fragment);
  if (unfinished.complete()) {
    ++reassembled_;
    const base::Duration timestamp = packet->notes.timestamp;
    Packet* const whole = take_out(at, unfinished.length, false);
    whole->notes.timestamp = timestamp;
    return whole;
  }
  limit_memory(at);
  return nullptr;
}

IPReassembler::Key IPReassembler::key_of(const net::Ipv4Header& header) const {
  const std::uint64_t addresses =
      static_cast<std::uint64_t>(header.source.host()) << 32 | header.destination.host();
  const std::uint64_t rest = static_cast<std::uint64_t>(header.identification.host()) << 8 |
                             static_cast<std::uint64_t>(header.protocol);
  return {header.source, header.destination, header.identification.host(), header.protocol,
          base::mix_bits(base::mix_bits(addresses ^ state_.secret) + rest)};
}

std::uint32_t IPReassembler::find_or_begin(const Key& key, base::Instant now) {
  if (const std::uint32_t* at = state_.index.find(key)) {
    return *at;
  }
  std::uint32_t at = state_.free;
  if (at == kNone) {
    at = static_cast<std::uint32_t>(state_.unfinished.size());
    state_.unfinished.emplace_back();
  } else {
    state_.free = state_.unfinished[at].newer;
  }
  state_.unfinished[at] = Unfinished{.key = key, .begun = now, .older = state_.newest};
  state_.index.try_emplace(key, at);
  (state_.newest == kNone ? state_.oldest : state_.unfinished[state_.newest].newer) = at;
  state_.newest = at;
  state_.memory += sizeof(Unfinished);
  set_timer();
  return at;
}

IPReassembler::News IPReassembler::news(const Unfinished& unfinished, const Fragment& fragment) {
  bool some_known = false;
  bool some_new = false;
  for_blocks(unfinished.blocks, fragment.begin, fragment.end,
             [&](std::uint64_t word, std::uint64_t bits) {
               some_known |= (word & bits) != 0;
               some_new |= (~word & bits) != 0;
             });
  return !some_known ? News::kAll : some_new ? News::kPart : News::kNothing;
}

// Nothing lies behind the end, there is one end, and the whole is no longer than a packet may be.
bool IPReassembler::agrees(const Unfinished& unfinished, const Fragment& fragment) {
  const std::size_t header =
      fragment.begin == 0 ? fragment.datagram.header->header_length() : unfinished.header_length;
  if (header + std::max(unfinished.reached, fragment.end) > kDatagramMax) {
    return false;
  }
  if (unfinished.length != 0) {
    return fragment.last ? fragment.end == unfinished.length : fragment.end <= unfinished.length;
  }
  return !fragment.last || fragment.end >= unfinished.reached;
}

// Makes the buffer as long as `bytes` of payload need.
bool IPReassembler::make_room(Unfinished& unfinished, std::uint32_t bytes) {
  Packet* const old = unfinished.packet;
  const std::uint32_t room = old == nullptr ? 0 : old->length;
  if (bytes <= room) {
    return true;
  }
  const std::uint32_t length = std::clamp(2 * room, std::max(bytes, kBufferMin), kDatagramMax);
  Packet* const larger = pool().make(length, kRoomInFront);
  if (larger == nullptr) {
    return false;
  }
  if (old != nullptr) {
    const std::size_t kept = unfinished.link_length + unfinished.header_length;
    std::memcpy(larger->data - kept, old->data - kept, kept + unfinished.reached);
    larger->notes = old->notes;
    state_.memory -= sizeof(Packet) + old->capacity;
    release(old);
  }
  state_.memory += sizeof(Packet) + larger->capacity;
  unfinished.packet = larger;
  return true;
}

void IPReassembler::copy(Unfinished& unfinished, const Packet& packet, const Fragment& fragment) {
  std::memcpy(unfinished.packet->data + fragment.begin, fragment.datagram.payload,
              fragment.datagram.payload_length);
  for_blocks(unfinished.blocks, fragment.begin, fragment.end,
             [&](std::uint64_t& word, std::uint64_t bits) {
               word |= bits;
               unfinished.block_count += static_cast<std::uint32_t>(std::popcount(bits));
             });
  unfinished.reached = std::max(unfinished.reached, fragment.end);
  if (fragment.last) {
    unfinished.length = fragment.end;
  }
  if (fragment.begin == 0) {
    copy_header(unfinished, packet, fragment);
  }
}

void IPReassembler::copy_header(Unfinished& unfinished, const Packet& packet,
                                const Fragment& fragment) {
  const auto link = static_cast<std::size_t>(packet.network - packet.data);
  unfinished.header_length = static_cast<std::uint32_t>(fragment.datagram.header->header_length());
  unfinished.link_length = link <= kLinkMax ? static_cast<std::uint32_t>(link) : 0;
  const std::size_t kept = unfinished.link_length + unfinished.header_length;
  std::memcpy(unfinished.packet->data - kept, fragment.datagram.payload - kept, kept);
  unfinished.packet->notes = packet.notes;
}

Packet* IPReassembler::take_out(std::uint32_t at, std::uint32_t length, bool more) {
  Unfinished& unfinished = state_.unfinished[at];
  Packet* const packet = std::exchange(unfinished.packet, nullptr);
  (unfinished.older == kNone ? state_.oldest : state_.unfinished[unfinished.older].newer) =
      unfinished.newer;
  (unfinished.newer == kNone ? state_.newest : state_.unfinished[unfinished.newer].older) =
      unfinished.older;
  state_.index.erase(unfinished.key);
  unfinished.newer = std::exchange(state_.free, at);
  state_.memory -= sizeof(Unfinished);
  if (packet == nullptr) {
    return nullptr;
  }
  state_.memory -= sizeof(Packet) + packet->capacity;
  if (unfinished.header_length == 0) {
    release(packet);
    return nullptr;
  }
  packet->transport = packet->data;
  packet->network = packet->transport - unfinished.header_length;
  packet->data = packet->network - unfinished.link_length;
  packet->length = unfinished.link_length + unfinished.header_length + length;
  packet->mac = unfinished.link_length != 0 ? packet->data : nullptr;
  net::Ipv4Header& header = *ipv4_header(*packet);
  constexpr std::uint16_t kDontFragment = 0x4000;
  constexpr std::uint16_t kMoreFragments = 0x2000;
  header.flags_and_offset.set(static_cast<std::uint16_t>(
      (header.flags_and_offset.host() & kDontFragment) | (more ? kMoreFragments : 0)));
  header.total_length.set(static_cast<std::uint16_t>(unfinished.header_length + length));
  header.checksum = {};
  header.checksum = net::internet_checksum({packet->network, unfinished.header_length});
  return packet;
}

// What follows the first gap would be bytes that nobody sent.
void IPReassembler::give_up(std::uint32_t at) {
  ++failed_;
  const Unfinished& unfinished = state_.unfinished[at];
  std::uint32_t blocks = 0;
  for (const std::uint64_t word : unfinished.blocks) {
    blocks += static_cast<std::uint32_t>(std::countr_one(word));
    if (word != ~std::uint64_t{0}) {
      break;
    }
  }
  if (Packet* packet = take_out(at, std::min(8 * blocks, unfinished.reached), true)) {
    reject(packet);
  }
}

// The one that just grew is the last to go.
void IPReassembler::limit_memory(std::uint32_t except) {
  if (state_.memory <= memory_max_) {
    return;
  }
  while (state_.oldest != kNone && state_.memory > memory_max_ / 4 * 3) {
    const std::uint32_t next =
        state_.oldest == except ? state_.unfinished[state_.oldest].newer : state_.oldest;
    give_up(next == kNone ? except : next);
    if (next == kNone) {
      return;
    }
  }
}

void IPReassembler::set_timer() {
  if (state_.oldest != kNone && !timer_.when()) {
    timer_.set(state_.unfinished[state_.oldest].begun + kPatience);
  }
}

void IPReassembler::run_timer(graph::Timer&) {
  const base::Instant now = schedule().now();
  while (state_.oldest != kNone && state_.unfinished[state_.oldest].begun + kPatience <= now) {
    give_up(state_.oldest);
  }
  set_timer();
}

void IPReassembler::take_state(graph::Element& old) {
  auto& before = static_cast<IPReassembler&>(old);
  std::swap(state_, before.state_);
  fragments_ += before.fragments_;
  reassembled_ += before.reassembled_;
  failed_ += before.failed_;
  bad_ += before.bad_;
  set_timer();
}

std::string IPReassembler::dump() const {
  std::string text =
      cat("frags seen total:    ", fragments_, "\ngood reassemblies:   ", reassembled_,
          "\nfailed reassemblies: ", failed_, "\nbad fragments seen:  ", bad_,
          "\ncached chunk data:\n");
  for (std::uint32_t at = state_.oldest; at != kNone; at = state_.unfinished[at].newer) {
    const Unfinished& unfinished = state_.unfinished[at];
    text += cat(" ", to_text(unfinished.key.source).view(), " > ",
                to_text(unfinished.key.destination).view(), " ", unfinished.key.identification,
                ": ", unfinished.block_count, " blocks to ", unfinished.reached, "\n");
  }
  return text;
}

void IPReassembler::add_handlers(graph::HandlerTable& handlers) {
  add_value(handlers, "fragments", fragments_);
  add_value(handlers, "reassembled", reassembled_);
  add_value(handlers, "failed", failed_);
  add_value(handlers, "bad", bad_);
  handlers.value("waiting", [this] { return state_.index.size(); });
  add_value(handlers, "memory", state_.memory);
  handlers.value("dump", [this] { return dump(); });
}

}  // namespace superfluid::elements
