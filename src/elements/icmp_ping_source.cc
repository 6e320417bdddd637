// SPDX-License-Identifier: Apache-2.0
#include "elements/icmp_ping_source.h"

#include <algorithm>

#include "elements/fraction_text.h"
#include "elements/ip_header.h"
#include "elements/values.h"
#include "graph/router.h"
#include "net/icmp.h"

namespace superfluid::elements {

using base::cat;
using graph::Batch;
using graph::Packet;

namespace {

constexpr std::uint8_t kTtl = 200;
constexpr std::int64_t kSequences = 65'535;  // 0 is none of them
constexpr std::size_t kHeaders = sizeof(net::Ipv4Header) + sizeof(net::IcmpHeader);
constexpr std::size_t kDataMax = 65'535 - kHeaders;
constexpr std::int64_t kMillisecond = 1'000'000;

std::string padded(std::uint64_t number) { return cat(1000 + number % 1000).substr(1); }

std::string milliseconds_text(std::uint64_t microseconds) {
  return cat(microseconds / 1000, ".", padded(microseconds));
}

std::uint64_t square_root(std::uint64_t of) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 31; bit != 0; bit >>= 1) {
    if ((root | bit) * (root | bit) <= of) {
      root |= bit;
    }
  }
  return root;
}

}  // namespace

const graph::ElementClass ICMPPingSource::kClass{"ICMPPingSource", "0-1/1", "h/a",
                                                 graph::make_element<ICMPPingSource>, "x/y"};

ICMPPingSource::~ICMPPingSource() {
  if (sent_.empty() || !verbose_) {
    return;
  }
  std::string text = summary();
  if (text.ends_with('\n')) {
    text.pop_back();
  }
  const std::string prefix = cat(name(), " :: ICMPPingSource: ");
  for (std::size_t at = 0; (at = text.find('\n', at)) != text.npos;) {
    text.insert(++at, prefix);
  }
  router().errors().write(cat(prefix, text, "\n"));
}

void ICMPPingSource::configure(graph::Arguments& arguments) {
  std::optional<base::Duration> interval;
  arguments.required("SRC", source_)
      .required("DST", destination_)
      .keyword("INTERVAL", interval)
      .keyword("IDENTIFIER", identifier_)
      .keyword("DATA", data_)
      .keyword("LIMIT", limit_)
      .keyword("ACTIVE", active_)
      .keyword("VERBOSE", verbose_)
      .keyword("STOP", stop_)
      .keyword("MIRROR", mirror_)
      .complete();
  const bool pulled = !output(0).connected();
  if (interval) {
    interval_ = base::milliseconds(interval->count() / kMillisecond);
    if (pulled) {
      arguments.warn("element is pull, INTERVAL parameter will be ignored");
    }
  }
  if (interval_ == base::Duration()) {
    arguments.warn("INTERVAL so small that it is zero");
  }
  if (pulled && mirror_) {
    arguments.complain("MIRROR invalid on pull element");
  }
  if (data_.size() > kDataMax) {
    arguments.complain(cat("DATA is longer than ", kDataMax, " bytes"));
  }
}

base::Status ICMPPingSource::initialize() {
  timer_.attach(schedule());
  if (inputs() == 1) {
    remember_sent();
  }
  if (limit_ != 0) {
    resume(interval_);
  }
  return {};
}

// As many as are in use, since a million bytes are much for a few pings.
void ICMPPingSource::remember_sent() {
  const std::int64_t count = limit_ < 0 ? kSequences : std::min(limit_, kSequences);
  sent_.resize(std::max(sent_.size(), static_cast<std::size_t>(count + 1)));
}

// Only one that pushes has a use for time.
void ICMPPingSource::resume(base::Duration after) {
  if (active_ && output(0).connected() && !timer_.when()) {
    timer_.set_after(after);
  }
}

Packet* ICMPPingSource::make_request(base::ByteView payload) {
  Packet* const packet = pool().make(static_cast<std::uint32_t>(kHeaders + payload.size()));
  if (packet == nullptr) {
    return nullptr;
  }
  const auto sequence = static_cast<std::uint16_t>(count_ % kSequences + 1);
  base::Writer writer(packet->bytes());
  net::write_ipv4(writer,
                  {.identification = sequence,
                   .ttl = kTtl,
                   .protocol = net::IpProtocol::kIcmpv4,
                   .source = source_,
                   .destination = destination_},
                  sizeof(net::IcmpHeader) + payload.size());
  net::write_icmp(
      writer,
      {.type = net::IcmpType::kEchoRequest, .words = {__builtin_bswap16(identifier_), sequence}},
      payload);
  packet->network = packet->data;
  packet->transport = packet->data + sizeof(net::Ipv4Header);
  set_ipv4_destination(packet->notes, destination_);
  packet->notes.timestamp = schedule().clock().since_epoch();
  if (!sent_.empty()) {
    sent_[sequence] = {packet->notes.timestamp, false};
  }
  ++count_;
  return packet;
}

void ICMPPingSource::run_timer(graph::Timer& timer) {
  if (!may_send()) {
    if (stop_) {
      router().stop();
    }
    return;
  }
  timer.set_after(interval_);
  if (Packet* packet = make_request(base::bytes_of(data_))) {
    output(0).push(packet);
  }
}

std::size_t ICMPPingSource::pull(std::uint32_t, Packet** into, std::size_t max) {
  std::size_t made = 0;
  while (active_ && made < max && may_send()) {
    Packet* const packet = make_request(base::bytes_of(data_));
    if (packet == nullptr) {
      break;
    }
    into[made++] = packet;
  }
  if (made == 0 && stop_ && !may_send()) {
    stop_ = false;
    router().stop();
  }
  return made;
}

void ICMPPingSource::push(std::uint32_t, Batch batch) {
  for (Packet* packet : batch) {
    Packet* further = nullptr;
    if (count_reply(*packet) && mirror_) {
      const Ipv4Datagram reply = ipv4_datagram(*packet);
      further = make_request(reply.bytes().subspan(sizeof(net::IcmpHeader)));
    }
    release(packet);
    if (further != nullptr) {
      output(0).push(further);
    }
  }
}

bool ICMPPingSource::count_reply(const Packet& packet) {
  const Ipv4Datagram datagram = ipv4_datagram(packet);
  if (datagram.header == nullptr || datagram.header->protocol != net::IpProtocol::kIcmpv4 ||
      datagram.header->fragment_offset() != 0 ||
      datagram.payload_length < sizeof(net::IcmpHeader)) {
    return false;
  }
  const auto& icmp = *header_at<net::IcmpHeader>(packet, datagram.payload);
  if (icmp.type != net::IcmpType::kEchoReply ||
      icmp.identifier() != __builtin_bswap16(identifier_)) {
    return false;
  }
  if (icmp.sequence() >= sent_.size()) {
    return true;
  }
  Sent& sent = sent_[icmp.sequence()];
  if (sent.at == base::Duration()) {
    return true;
  }
  ++statistics_.replies;
  statistics_.duplicates += sent.answered ? 1 : 0;
  sent.answered = true;
  base::Duration time;
  if (packet.notes.timestamp != base::Duration()) {
    time = std::max(packet.notes.timestamp - sent.at, base::Duration());
    count_time(time);
  }
  if (verbose_) {
    router().errors().write(
        cat(name(), " :: ICMPPingSource: ", datagram.payload_length - sizeof(net::IcmpHeader),
            " bytes from ", to_text(datagram.header->source).view(), ": icmp_seq=", icmp.sequence(),
            " ttl=", datagram.header->ttl,
            " time=", milliseconds_text(static_cast<std::uint64_t>(time.count()) / 1000), " ms\n"));
  }
  return true;
}

// Longer than an hour is an hour, so that no square overflows the sum.
void ICMPPingSource::count_time(base::Duration time) {
  const std::uint64_t us =
      static_cast<std::uint64_t>(std::min(time, base::seconds(3600)).count()) / 1000;
  Statistics& all = statistics_;
  all.least_us = all.timed == 0 ? us : std::min(all.least_us, us);
  all.most_us = std::max(all.most_us, us);
  all.sum_us += us;
  all.square_sum += us * us;
  ++all.timed;
}

std::string ICMPPingSource::summary() const {
  const Statistics& all = statistics_;
  const std::uint64_t received = all.replies - all.duplicates;
  std::string text = cat(count_, " packets transmitted, ", received, " received");
  if (all.duplicates != 0) {
    text += cat(", +", all.duplicates, " duplicates");
  }
  if (const auto sent = static_cast<std::uint64_t>(count_); sent != 0) {
    text += cat(", ", (sent - std::min(sent, received)) * 100 / sent, "% packet loss\n");
  }
  if (all.timed != 0) {
    const std::uint64_t mean = all.sum_us / all.timed;
    const std::uint64_t mean_square = all.square_sum / all.timed;
    const std::uint64_t deviation = square_root(mean_square - std::min(mean_square, mean * mean));
    text += cat("rtt min/avg/max/mdev = ", milliseconds_text(all.least_us), "/",
                milliseconds_text(mean), "/", milliseconds_text(all.most_us), "/",
                milliseconds_text(deviation), "\n");
  }
  return text;
}

void ICMPPingSource::reset() {
  count_ = 0;
  statistics_ = {};
  std::ranges::fill(sent_, Sent());
  if (may_send()) {
    resume(interval_);
  }
}

void ICMPPingSource::add_handlers(graph::HandlerTable& handlers) {
  add_setting(handlers, "active", active_, [this] {
    if (active_) {
      resume(base::Duration());
    } else {
      timer_.cancel();
    }
  });
  add_address_setting(handlers, "src", source_, *this);
  add_address_setting(handlers, "dst", destination_, *this);
  add_setting(handlers, "limit", limit_, [this] {
    if (inputs() == 1) {
      remember_sent();
    }
    if (may_send()) {
      resume(interval_);
    }
  });
  add_setting(handlers, "interval", interval_);
  add_value(handlers, "count", count_);
  add_button(handlers, "reset_counts", [this] { reset(); });
  if (inputs() == 0) {
    return;
  }
  handlers.value("summary", [this] { return summary(); });
  handlers.value("rtt_min", [this] { return decimal_text(statistics_.least_us, 6); });
  handlers.value("rtt_avg", [this] {
    return decimal_text(statistics_.sum_us / std::max<std::uint64_t>(statistics_.timed, 1), 6);
  });
  handlers.value("rtt_max", [this] { return decimal_text(statistics_.most_us, 6); });
}

}  // namespace superfluid::elements
