// SPDX-License-Identifier: Apache-2.0
#include "elements/token_bucket_policer.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "base/units.h"
#include "elements/ip_argument.h"
#include "elements/ip_header.h"
#include "elements/values.h"
#include "graph/handler.h"
#include "graph/router.h"

namespace superfluid::elements {

using base::cat;
using graph::Batch;
using graph::Packet;
using net::FlowKey;

namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::string_view kReasonNames[] = {"exceeded", "no key", "table full"};
constexpr base::Duration kLinger = base::seconds(10);  // of a customer with a full bucket
constexpr base::Duration kReapEvery = base::seconds(1);
constexpr std::uint32_t kReapsPerRound = 16;
constexpr std::size_t kListedMax = 10'000;
constexpr std::uint64_t kBurstsPerSecond = 10;
constexpr std::uint64_t kBurstBytesMin = 3000;
constexpr base::Duration kBurstTimeMax = base::seconds(1'000'000);
constexpr std::string_view kBadRate = "expected a rate above 0, such as 100pps or 10Mbps";
constexpr std::string_view kBadBurst = "expected packets, or bytes such as 64KiB, above 0";

}  // namespace

const graph::ElementClass TokenBucketPolicer::kClass{"TokenBucketPolicer", "1/1-2", "h/h",
                                                     graph::make_element<TokenBucketPolicer>};

bool TokenBucketPolicer::read_rate(std::string_view text, Rate& rate) {
  base::BitRate bits;
  if (const auto packets = base::parse_packet_rate(text)) {
    rate.packets = true;
    rate.per_second = packets->count();
  } else if (graph::parse_argument(text, bits).empty()) {
    rate.packets = false;
    rate.per_second = bits.count() / 8;
  } else {
    return false;
  }
  return rate.per_second != 0;
}

bool TokenBucketPolicer::read_burst(std::string_view text, Rate& rate) {
  const auto bytes = base::parse_byte_count(text);
  if (bytes && !rate.packets) {
    rate.burst = bytes->count();
  } else if (const auto number = base::parse_u64(text)) {
    rate.burst = *number;
  } else {
    return false;
  }
  return rate.burst != 0;
}

// REQUIRES: per_second and burst are not zero.
void TokenBucketPolicer::Rate::settle() {
  constexpr Wide kSecond = Wide{1'000'000'000} << 32;
  unit_cost = static_cast<std::uint64_t>(kSecond / per_second);
  const Wide time = Wide{burst} * unit_cost >> 32;
  const auto most = static_cast<std::uint64_t>(kBurstTimeMax.count());
  burst_time = base::Duration(static_cast<std::int64_t>(time < most ? time : most));
}

bool TokenBucketPolicer::read_key(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view name = text.substr(0, slash);
  if (slash != text.npos) {
    const auto length = base::parse_u64(text.substr(slash + 1));
    if (!length || *length > 32 || (name != "src" && name != "dst")) {
      return false;
    }
    mask_ = prefix_mask(static_cast<unsigned>(*length));
  }
  constexpr std::pair<std::string_view, Key> kKeys[] = {{"all", Key::kAll},
                                                        {"src", Key::kSource},
                                                        {"dst", Key::kDestination},
                                                        {"flow", Key::kFlow},
                                                        {"paint", Key::kPaint},
                                                        {"vlan", Key::kVlan},
                                                        {"aggregate", Key::kAggregate}};
  for (const auto& [known, key] : kKeys) {
    if (known == name) {
      key_ = key;
      return true;
    }
  }
  return false;
}

void TokenBucketPolicer::configure(graph::Arguments& arguments) {
  std::string rate;
  std::string burst;
  std::string key = "all";
  arguments.required("RATE", rate)
      .positional("BURST", burst)
      .keyword("KEY", key)
      .keyword("LIMIT", limit_)
      .complete();
  if (!arguments.complaints().empty()) {
    return;
  }
  if (!read_rate(rate, rate_)) {
    arguments.complain(cat("RATE: ", kBadRate));
    return;
  }
  rate_.burst = std::max(rate_.per_second / kBurstsPerSecond,
                         rate_.packets ? std::uint64_t{1} : kBurstBytesMin);
  if (!burst.empty() && !read_burst(burst, rate_)) {
    arguments.complain(cat("BURST: ", kBadBurst));
    return;
  }
  if (!read_key(key)) {
    arguments.complain("KEY: expected all, src, dst, flow, paint, vlan or aggregate");
  }
  if (limit_ == 0 || limit_ > net::FlowPool<int>::kLimitMax) {
    arguments.complain("LIMIT: expected a number from 1 to 1073741824");
    return;
  }
  rate_.settle();
  table_ = std::make_unique<Table>(Table::Options{.flows_max = limit_, .seed = rng().next()});
}

base::Status TokenBucketPolicer::initialize() {
  timer_.attach(schedule());
  return {};
}

bool TokenBucketPolicer::key_of(const Packet& packet, FlowKey& key) const {
  const auto note = [&](std::uint32_t value) { std::memcpy(key.source.data(), &value, 4); };
  switch (key_) {
    case Key::kAll: return true;
    case Key::kPaint: note(packet.notes.paint); return true;
    case Key::kVlan: note(packet.notes.vlan_tci & 0xfff); return true;
    case Key::kAggregate: note(packet.notes.aggregate); return true;
    default: break;
  }
  const net::Ipv4Header* const header = ipv4_header(packet);
  if (header == nullptr || header->version() != 4) {
    return false;
  }
  if (key_ == Key::kFlow) {
    const auto ip = net::parse_ipv4(packet.from(packet.network));
    const auto flow = ip ? net::flow_key_of(*ip) : std::unexpected(ip.error());
    key = flow.value_or(FlowKey{});
    return flow.has_value();
  }
  const net::Ipv4Address& address = key_ == Key::kSource ? header->source : header->destination;
  for (std::size_t i = 0; i < sizeof address; ++i) {
    key.source[i] = address.bytes[i] & mask_.bytes[i];
  }
  return true;
}

// Takes the packet out of the bucket when there is enough in it.
bool TokenBucketPolicer::conforms(Table::Flow& flow, std::uint32_t length,
                                  base::Instant now) const {
  Bucket& bucket = flow.value;
  if (bucket.full <= now) {
    bucket.full = now;
    bucket.fraction = 0;
  }
  const Wide cost = Wide{rate_.packets ? 1 : length} * rate_.unit_cost + bucket.fraction;
  const Wide ahead = (cost >> 32) + static_cast<std::uint64_t>((bucket.full - now).count());
  if (ahead > static_cast<std::uint64_t>(rate_.burst_time.count())) {
    bucket.exceeded += bucket.exceeded == 0xffffffff ? 0 : 1;
    flow.expires = bucket.full + kLinger;
    return false;
  }
  bucket.full = now + base::Duration(static_cast<std::int64_t>(ahead));
  bucket.fraction = static_cast<std::uint32_t>(cost);
  flow.expires = bucket.full + kLinger;
  return true;
}

void TokenBucketPolicer::push(std::uint32_t /*port*/, Batch batch) {
  const base::Instant now = schedule().now();
  std::array<FlowKey, graph::kBatchMax> keys;
  std::array<bool, graph::kBatchMax> keyed;
  std::array<Table::Flow*, graph::kBatchMax> flows;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    keyed[i] = key_of(*batch[i], keys[i]);
  }
  table_->find_all({keys.data(), batch.size()}, now, flows.data());
  Packet* refused[graph::kBatchMax];
  std::size_t exceeding = 0;
  std::size_t kept = 0;
  // A new customer may take another's place: then what was found may be gone.
  bool found = true;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Table::Flow* flow = found && keyed[i] ? flows[i] : nullptr;
    if (flow == nullptr && keyed[i]) {
      flow = table_->insert(keys[i], now, now + kLinger);
      found = false;
    }
    if (flow == nullptr) [[unlikely]] {
      ++drops_[keyed[i] ? kTableFull : kNoKey];
      release(batch[i]);
    } else if (conforms(*flow, batch[i]->length, now)) {
      batch[kept++] = batch[i];
    } else {
      refused[exceeding++] = batch[i];
    }
  }
  passed_ += kept;
  drops_[kExceeded] += exceeding;
  if (!timer_.when() && table_->size() != 0) {
    timer_.set_after(kReapEvery);
  }
  if (kept != 0) {
    output(0).push(Batch(batch.begin(), kept));
  }
  if (exceeding != 0 && outputs() > 1) {
    output(1).push(Batch(refused, exceeding));
  } else if (exceeding != 0) {
    Batch(refused, exceeding).release();
  }
}

void TokenBucketPolicer::run_timer(graph::Timer& timer) {
  table_->reap(schedule().now(), table_->size() / kReapsPerRound + 1);
  if (table_->size() != 0) {
    timer.set_after(kReapEvery);
  }
}

void TokenBucketPolicer::take_state(graph::Element& old) {
  auto& before = static_cast<TokenBucketPolicer&>(old);
  passed_ = before.passed_;
  drops_ = before.drops_;
  if (before.key_ != key_ || before.mask_ != mask_) {
    return;  // its customers are not ours
  }
  const base::Instant now = schedule().now();
  before.table_->for_each([&](const Table::Flow& theirs) {
    if (theirs.expires > now) {
      if (Table::Flow* ours = table_->insert(theirs.key, now, theirs.expires)) {
        ours->value = theirs.value;
      }
    }
  });
  if (table_->size() != 0) {
    timer_.set_after(kReapEvery);
  }
}

std::string TokenBucketPolicer::customer(const FlowKey& key) const {
  net::Ipv4Address from;
  net::Ipv4Address to;
  std::copy_n(key.source.begin(), sizeof from, from.bytes.begin());
  std::copy_n(key.destination.begin(), sizeof to, to.bytes.begin());
  std::uint32_t number = 0;
  std::memcpy(&number, key.source.data(), sizeof number);
  switch (key_) {
    case Key::kAll: return "all";
    case Key::kSource:
    case Key::kDestination: return std::string(to_text(from).view());
    case Key::kFlow:
      return cat(static_cast<unsigned>(key.protocol), " ", to_text(from).view(), ":",
                 key.source_port.host(), " ", to_text(to).view(), ":", key.destination_port.host());
    default: return cat(number);
  }
}

std::string TokenBucketPolicer::customers() {
  std::string text;
  std::size_t listed = 0;
  table_->for_each([&](const Table::Flow& flow) {
    if (flow.value.exceeded != 0 && ++listed <= kListedMax) {
      text += cat(customer(flow.key), "\t", flow.value.exceeded, "\n");
    }
  });
  return text;
}

std::string TokenBucketPolicer::rate_text() const {
  return rate_.packets ? to_string(base::PacketRate(rate_.per_second))
                       : to_string(base::BitRate(rate_.per_second * 8));
}

void TokenBucketPolicer::add_handlers(graph::HandlerTable& handlers) {
  handlers.value("rate", [this] { return rate_text(); });
  handlers.write("rate", [this](std::string_view text) -> base::Status {
    Rate with = rate_;
    if (!read_rate(base::trim(text), with) || with.packets != rate_.packets) {
      return base::fail(base::ErrorCode::kInvalid, kBadRate);
    }
    rate_ = with;
    rate_.settle();
    return {};
  });
  add_value(handlers, "burst", rate_.burst);
  handlers.write("burst", [this](std::string_view text) -> base::Status {
    Rate with = rate_;
    if (!read_burst(base::trim(text), with)) {
      return base::fail(base::ErrorCode::kInvalid, kBadBurst);
    }
    rate_ = with;
    rate_.settle();
    return {};
  });
  handlers.value("count", [this] { return table_->size(); });
  handlers.value("customers", [this] { return customers(); });
  add_value(handlers, "passed", passed_);
  handlers.value("drops",
                 [this] { return drops_[kExceeded] + drops_[kNoKey] + drops_[kTableFull]; });
  handlers.value("drop_details", [this] {
    std::string text;
    for (std::size_t i = 0; i < drops_.size(); ++i) {
      text += cat(drops_[i], "\t", kReasonNames[i], "\n");
    }
    return text;
  });
  handlers.value("evicted", [this] { return table_->counts().evicted; });
}

}  // namespace superfluid::elements
