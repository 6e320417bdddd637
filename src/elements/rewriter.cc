// SPDX-License-Identifier: Apache-2.0
#include "elements/rewriter.h"

#include <algorithm>

#include "elements/icmp_ping_rewriter.h"
#include "elements/ip_addr_rewriter.h"
#include "elements/ip_header.h"
#include "elements/ip_mapper.h"
#include "elements/ip_rewriter.h"
#include "graph/arguments.h"
#include "graph/words.h"

namespace superfluid::elements {

using base::cat;
using graph::Complaint;
using net::Ipv4FlowKey;
using Kind = RewriterInput::Kind;
using Side = Translation::Side;
using What = RewriteChoice::What;

void push_runs(const graph::Element& element, graph::Batch batch, const std::uint32_t* outputs) {
  for (std::size_t first = 0, next = 0; first < batch.size(); first = next) {
    while (next < batch.size() && outputs[next] == outputs[first]) {
      ++next;
    }
    const graph::Batch run(batch.begin() + first, next - first);
    if (outputs[first] < element.outputs()) {
      element.output(outputs[first]).push(run);
    } else {
      run.release();
    }
  }
}

Complaint RewriterInput::parse(std::string_view text) {
  std::vector<std::string> words = graph::split_words(text);
  if (words.empty()) {
    return "empty argument";
  }
  const std::string word = std::move(words.front());
  words.erase(words.begin());
  Complaint wrong;
  if (word == "pass" || word == "passthrough" || word == "nochange") {
    kind = Kind::kPass;
    if (words.size() > 1 ||
        (!words.empty() && !graph::parse_argument(words[0], spec.forward_output).empty())) {
      return "syntax error, expected 'nochange [OUTPUT]'";
    }
  } else if (word == "keep") {
    kind = Kind::kKeep;
    wrong = parse_output_ports(words, spec.forward_output, spec.reply_output);
  } else if (word == "drop" || word == "discard") {
    kind = Kind::kDrop;
    return words.empty() ? Complaint() : cat("syntax error, expected '", word, "'");
  } else if (word == "pattern" || word == "xpattern") {
    kind = Kind::kPattern;
    wrong = spec.parse(words, *owner);
  } else if (graph::Element* const element = owner->router().find_partner(word, *owner)) {
    kind = Kind::kMapper;
    mapper = IPMapper::of(element);
    return !words.empty()      ? "syntax error, expected element name"
           : mapper == nullptr ? "element is not an IPMapper"
                               : Complaint();
  } else {
    return "unknown specification";
  }
  const std::uint32_t outputs = owner->outputs();
  if (wrong.empty() && (spec.forward_output >= outputs || spec.reply_output >= outputs)) {
    return "output port out of range";
  }
  return wrong;
}

RewriteChoice RewriterInput::choose(const Ipv4FlowKey& key) const {
  switch (kind) {
    case Kind::kDrop: return {};
    case Kind::kPass: return {What::kPass, spec.forward_output, 0, key};
    case Kind::kKeep: return {What::kMap, spec.forward_output, spec.reply_output, key};
    case Kind::kPattern: return spec.choose(key, *owner);
    case Kind::kMapper: return mapper->choose(key, *owner);
  }
  __builtin_unreachable();
}

std::string RewriterInput::text() const {
  const std::string began = flows == 0 ? std::string() : cat(" [", flows, "]");
  switch (kind) {
    case Kind::kDrop: return "<drop>" + began;
    case Kind::kPass: return "<nochange>" + began;
    case Kind::kKeep: return "<keep>" + began;
    case Kind::kPattern: return spec.pattern->text() + began;
    case Kind::kMapper: return "<mapper>" + began;
  }
  __builtin_unreachable();
}

Rewriter::Rewriter()
    : pool_(base::Shared<TranslationPool>::make(kCapacityDefault)), reaper_(*this) {}

// The index goes with it: flows need only leave the pool, which others may share.
Rewriter::~Rewriter() {
  pool_->for_each([this](std::uint32_t number) {
    if ((*pool_)[number].input->owner == this) {
      pool_->give_back(number);
    }
  });
}

Rewriter* Rewriter::of(graph::Element* element) {
  static constexpr const graph::ElementClass* kRewriters[] = {
      &IPRewriter::kClass,     &TCPRewriter::kClass,        &UDPRewriter::kClass,
      &IPAddrRewriter::kClass, &IPAddrPairRewriter::kClass, &ICMPPingRewriter::kClass};
  const bool is_rewriter =
      element != nullptr &&
      std::ranges::find(kRewriters, &element->element_class()) != std::end(kRewriters);
  return is_rewriter ? static_cast<Rewriter*>(element) : nullptr;
}

void Rewriter::share_capacity(std::string_view text, graph::Arguments& arguments) {
  std::uint32_t capacity = 0;
  if (graph::parse_argument(text, capacity).empty()) {
    pool_->set_limit(std::min(capacity, TranslationPool::kLimitMax));
  } else if (const Rewriter* const other = of(router().find_partner(text, *this))) {
    pool_ = other->pool_;
  } else {
    arguments.complain("bad MAPPING_CAPACITY");
  }
}

void Rewriter::configure_common(graph::Arguments& arguments) {
  std::optional<graph::AnyText> capacity;
  std::vector<std::string> specs;
  arguments.keyword("CAPACITY", capacity)
      .keyword("MAPPING_CAPACITY", capacity)
      .keyword("GUARANTEE", guarantee_)
      .keyword("REAP_INTERVAL", reap_interval_)
      .keyword("REAP_TIME", reap_interval_)
      .keyword("REPLY_ANNO", reply_note_)
      .rest(specs)
      .complete();
  if (capacity) {
    share_capacity(capacity->text, arguments);
  }
  if (outputs() > 0xffff) {
    arguments.complain("too many outputs");
  }
  if (specs.size() != inputs()) {
    arguments.complain(cat("need ", inputs(), " arguments, one per input port"));
    return;
  }
  inputs_.resize(specs.size());
  for (std::uint32_t i = 0; i < inputs_.size(); ++i) {
    inputs_[i].owner = this;
    inputs_[i].number = i;
    if (Complaint wrong = inputs_[i].parse(specs[i]); !wrong.empty()) {
      arguments.complain(cat("input spec ", i, ": ", wrong));
    }
  }
}

base::Status Rewriter::initialize() {
  for (const RewriterInput& input : inputs_) {
    Complaint wrong =
        input.mapper == nullptr ? Complaint() : input.mapper->check_outputs(outputs());
    if (!wrong.empty()) {
      return base::fail(base::ErrorCode::kInvalid, cat("input spec ", input.number, ": ", wrong));
    }
  }
  hasher_ = net::FlowHasher(rng().next());
  reaper_.attach(schedule());
  return {};
}

// Only while there are flows, so that an idle graph sleeps.
void Rewriter::await_reaping() {
  if (reap_interval_ != base::Duration() && pool_->size() != 0 && !reaper_.when()) {
    reaper_.set_after(std::max(reap_interval_ / kReapShares, base::milliseconds(1)));
  }
}

void Rewriter::run_timer(graph::Timer&) {
  const base::Instant now = schedule().now();
  pool_->sweep(pool_->size() / kReapShares + 1, [&](std::uint32_t number) {
    const Translation& flow = (*pool_)[number];
    const Rewriter& owner = *flow.input->owner;
    if (owner.over_at(flow) <= now && flow.last_seen + owner.times(flow).guarantee <= now) {
      drop_flow(*pool_, number);
    }
  });
  await_reaping();
}

std::uint32_t Rewriter::output_without_flow(std::uint32_t port, Problem problem) {
  const RewriterInput& input = inputs_[port];
  if (input.kind == Kind::kPass) {
    return input.spec.forward_output;
  }
  ++drops_[problem];
  return kDropped;
}

bool Rewriter::is_taken(Ipv4FlowKey rewritten) const {
  if (!complete(rewritten)) {
    return false;  // said once, by add_flow()
  }
  const Ipv4FlowKey reply = rewritten.reversed();
  return find(reply, hasher_(reply)) != kNone;
}

void Rewriter::expect_flow(std::uint32_t port, const Ipv4FlowKey& key) const {
  const RewriterInput& input = inputs_[port];
  if (input.kind == Kind::kPattern) {
    index_.prefetch(hasher_(input.spec.pattern->first_choice(key).reversed()));
  }
}

std::uint32_t Rewriter::begin_flow(std::uint32_t port, graph::Packet& packet,
                                   const Ipv4FlowKey& key, std::uint32_t& output) {
  RewriterInput& input = inputs_[port];
  const RewriteChoice choice = input.choose(key);
  std::uint32_t found = kNone;
  switch (choice.what) {
    case What::kDrop: ++drops_[kNotMapped]; return kNone;
    case What::kPass: output = choice.forward_output; return kNone;
    case What::kFail: break;
    case What::kMap: found = add_flow(input, key, choice, ipv4_header(packet)->protocol); break;
  }
  if (found == kNone) {
    ++input.failures;
    ++drops_[kNoRoom];
  } else if (reply_note_) {
    flow_at(found).reply_note = reply_note_->of(packet);
  }
  return found;
}

std::uint32_t Rewriter::add_flow(RewriterInput& input, const Ipv4FlowKey& key,
                                 const RewriteChoice& choice, net::IpProtocol protocol) {
  Ipv4FlowKey made = choice.rewritten;
  if (!complete(made)) {
    return kNone;
  }
  net::ChecksumDelta addresses;
  addresses.replace(key.source, made.source);
  addresses.replace(key.destination, made.destination);
  const Translation flow{.keys = {key, made.reversed()},
                         .last_seen = schedule().now(),
                         .input = &input,
                         .outputs = {static_cast<std::uint16_t>(choice.forward_output),
                                     static_cast<std::uint16_t>(choice.reply_output)},
                         .address_delta = addresses.bits(),
                         .transport_delta = transport_delta(key, made).bits(),
                         .protocol = protocol};
  const Ipv4FlowKey& reply = flow.keys[Translation::kReply];
  if (const std::uint32_t before = find(reply, hasher_(reply)); before != kNone) {
    drop_flow(*pool_, before / 2);  // a pattern without choice: the newest flow has the replies
  }
  return pool_->has_room() || make_room(flow) ? place_flow(flow) : kNone;
}

// REQUIRES: there is room for it, and neither key is in the index.
std::uint32_t Rewriter::place_flow(const Translation& flow) {
  const std::uint32_t number = pool_->take(flow);
  const Ipv4FlowKey& forward = flow.keys[Translation::kForward];
  const Ipv4FlowKey& reply = flow.keys[Translation::kReply];
  const std::uint32_t reference_forward = reference(number, Translation::kForward);
  // A flow that is its own reply is found as the reply.
  if (forward != reply && !index_.insert(hasher_(forward), reference_forward)) {
    pool_->give_back(number);
    return kNone;
  }
  if (!index_.insert(hasher_(reply), reference(number, Translation::kReply))) {
    index_.erase(hasher_(forward), reference_forward);
    pool_->give_back(number);
    return kNone;
  }
  ++flow.input->flows;
  await_reaping();
  return reference_forward;
}

bool Rewriter::make_room(const Translation& coming) {
  constexpr std::uint32_t kLook = 64;
  constexpr int kLooks = 4;
  const base::Instant now = schedule().now();
  const auto rank = [&](std::uint32_t number) -> std::optional<base::Instant> {
    const Translation& flow = (*pool_)[number];
    const Rewriter& owner = *flow.input->owner;
    return flow.last_seen + owner.times(flow).guarantee > now ? std::nullopt
                                                              : std::optional(owner.over_at(flow));
  };
  std::uint32_t weakest = TranslationPool::kNone;
  for (int look = 0; look < kLooks && weakest == TranslationPool::kNone; ++look) {
    weakest = pool_->weakest(kLook, rank);
  }
  if (weakest == TranslationPool::kNone) {
    return false;
  }
  // Without a guarantee, the newcomer is judged like those who are there.
  if (times(coming).guarantee == base::Duration() && over_at(coming) < *rank(weakest)) {
    return false;
  }
  drop_flow(*pool_, weakest);
  return true;
}

void Rewriter::drop_flow(TranslationPool& pool, std::uint32_t number) {
  const Translation& flow = pool[number];
  Rewriter& owner = *flow.input->owner;
  for (const Side side : {Translation::kForward, Translation::kReply}) {
    owner.index_.erase(owner.hasher_(flow.keys[side]), reference(number, side));
  }
  --flow.input->flows;
  pool.give_back(number);
}

// Of one input, or of all.
void Rewriter::drop_flows_of(const RewriterInput* input) {
  pool_->for_each([&](std::uint32_t number) {
    const RewriterInput* const began = (*pool_)[number].input;
    if (input == nullptr ? began->owner == this : began == input) {
      drop_flow(*pool_, number);
    }
  });
}

void Rewriter::note(graph::Packet& packet, const Translation& flow, Side side,
                    const net::Ipv4Address& destination) const {
  if (note_destination_) {
    set_ipv4_destination(packet.notes, destination);
  }
  if (side == Translation::kReply && reply_note_) {
    reply_note_->of(packet) = flow.reply_note;
  }
}

std::optional<Rewriter::Found> Rewriter::find_reply(const Ipv4FlowKey& reply) const {
  const std::uint32_t found = find_quoted(reply);
  if (found == kNone) {
    return std::nullopt;
  }
  const Translation& flow = flow_at(found);
  return Found{&flow, side_of(found), rewritten(reply, flow, side_of(found))};
}

// Flows keep their form and their outputs, as far as those still exist.
void Rewriter::take_state(graph::Element& before) {
  Rewriter& old = static_cast<Rewriter&>(before);
  old.pool_->for_each([&](std::uint32_t number) {
    Translation flow = (*old.pool_)[number];
    const bool fits =
        flow.input->owner == &old && flow.input->number < inputs_.size() &&
        std::ranges::all_of(flow.outputs, [&](auto each) { return each < outputs(); });
    if (!fits || !pool_->has_room()) {
      return;
    }
    flow.input = &inputs_[flow.input->number];
    place_flow(flow);
  });
}

}  // namespace superfluid::elements
