// SPDX-License-Identifier: Apache-2.0
// Rewriter: what the elements that translate addresses and ports have in common (IPRewriter,
// TCPRewriter, UDPRewriter, IPAddrRewriter, IPAddrPairRewriter, ICMPPingRewriter).
//
// What they have in common for their users (inputs, keywords, handlers, drop reasons) is told in
// ip_rewriter.h.
//
// How it works. A batch goes through three passes (net/flow_index.h), so that the memory of 64
// flows is fetched at once. A packet of a known flow costs two cache lines: the index's, and the
// flow's, which has both directions, the time of the last packet, and how checksums change.
//
// Invariants
//   1. Each of a flow's two keys is in its owner's index, once; no two flows have a key in common.
//   2. A flow's outputs exist.
//   3. Rewriters that share a capacity share one pool; each drops its own flows when it goes.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/shared.h"
#include "elements/note_byte.h"
#include "elements/rewrite_pattern.h"
#include "graph/element.h"
#include "graph/handler.h"
#include "graph/router.h"
#include "net/checksum.h"
#include "net/flow_index.h"
#include "net/flow_key.h"
#include "net/flow_pool.h"

namespace superfluid::elements {

class IPMapper;

struct RewriterInput {
  enum class Kind : std::uint8_t { kDrop, kPass, kKeep, kPattern, kMapper };

  Rewriter* owner = nullptr;
  std::uint32_t number = 0;
  Kind kind = Kind::kDrop;
  PatternSpec spec;  // its outputs are those of kPass and kKeep too
  IPMapper* mapper = nullptr;
  std::uint32_t flows = 0;
  std::uint64_t failures = 0;

  graph::Complaint parse(std::string_view text);
  RewriteChoice choose(const net::Ipv4FlowKey& key) const;
  std::string text() const;
};

// One flow, both directions, in one cache line.
struct alignas(64) Translation {
  enum Side : std::uint8_t { kForward, kReply };

  // Of packets as they come in. What goes out forward has the reverse of keys[kReply].
  std::array<net::Ipv4FlowKey, 2> keys;
  base::Instant last_seen;
  RewriterInput* input;
  std::array<std::uint16_t, 2> outputs;
  std::uint16_t address_delta;    // of the forward direction; net::ChecksumDelta
  std::uint16_t transport_delta;  // the same with ports, or what the element has in its place
  net::IpProtocol protocol;       // of the first packet
  std::uint8_t state = 0;         // the element's
  std::uint8_t reply_note = 0;
};
static_assert(sizeof(Translation) == 64);

using TranslationPool = net::FlowPool<Translation>;

class Rewriter : public graph::Element {
 public:
  static constexpr std::uint32_t kCapacityDefault = 1 << 20;
  static constexpr std::uint32_t kNone = net::FlowIndex::kNone;

  Rewriter();
  ~Rewriter() override;

  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void run_timer(graph::Timer& timer) override;
  void take_state(graph::Element& before) override;

  // nullptr when the element is not a rewriter.
  static Rewriter* of(graph::Element* element);

  // Whether packets made like this would have replies that belong to a flow already.
  bool is_taken(net::Ipv4FlowKey rewritten) const;

  // For ICMPRewriter: the flow to which a reply of this form belongs, and what becomes of it.
  struct Found {
    const Translation* flow;
    Translation::Side side;
    net::Ipv4FlowKey rewritten;
  };
  std::optional<Found> find_reply(const net::Ipv4FlowKey& reply) const;

 protected:
  struct Times {
    base::Duration guarantee;
    base::Duration timeout;
  };
  enum Problem : std::uint8_t {
    kNoHeader,
    kOtherProtocol,
    kFragment,
    kTruncated,
    kNotMapped,
    kNoRoom,
    kFine,
  };
  static constexpr std::uint32_t kDropped = 0xffffffff;

  // A flow of this rewriter: its number in the pool, and the side.
  static std::uint32_t reference(std::uint32_t number, Translation::Side side) {
    return number * 2 + side;
  }
  Translation& flow_at(std::uint32_t reference) const { return (*pool_)[reference / 2]; }
  static Translation::Side side_of(std::uint32_t reference) {
    return static_cast<Translation::Side>(reference % 2);
  }

  // The arguments that all have; the rest are the inputs.
  void configure_common(graph::Arguments& arguments);

  std::uint32_t find(const net::Ipv4FlowKey& key, std::uint64_t hash) const {
    return index_.find(
        hash, [&](std::uint32_t each) { return flow_at(each).keys[side_of(each)] == key; });
  }
  // candidate: the first under the hash, or kNone when that is not known.
  std::uint32_t find_flow(const graph::Packet&, const net::Ipv4FlowKey& key, std::uint64_t hash,
                          std::uint32_t candidate) const {
    return candidate != kNone && flow_at(candidate).keys[side_of(candidate)] == key
               ? candidate
               : find(key, hash);
  }
  static bool begins(const net::Ipv4FlowKey&) { return true; }
  // A packet may begin a flow: fetches what will then be asked for.
  void expect_flow(std::uint32_t port, const net::Ipv4FlowKey& key) const;
  // What a packet of no known flow gets: a flow's reference, or kNone and an output.
  std::uint32_t begin_flow(std::uint32_t port, graph::Packet& packet, const net::Ipv4FlowKey& key,
                           std::uint32_t& output);
  // The output for a packet that has no flow for this reason.
  std::uint32_t output_without_flow(std::uint32_t port, Problem problem);

  // Notes for a packet that was translated; destination: its new one.
  void note(graph::Packet& packet, const Translation& flow, Translation::Side side,
            const net::Ipv4Address& destination) const;

  // What elements decide for themselves.
  virtual Times times(const Translation& flow) const = 0;
  // Adds what the pattern left open to a new flow's form. False: this rewriter cannot do it.
  virtual bool complete(net::Ipv4FlowKey& rewritten) const = 0;
  // How a packet of the flow looks once it is rewritten.
  virtual net::Ipv4FlowKey rewritten(const net::Ipv4FlowKey& key, const Translation& flow,
                                     Translation::Side side) const = 0;
  // The reference under which a reply is found, or kNone.
  virtual std::uint32_t find_quoted(net::Ipv4FlowKey reply) const = 0;
  virtual net::ChecksumDelta transport_delta(const net::Ipv4FlowKey& from,
                                             const net::Ipv4FlowKey& to) const = 0;
  // A side of a flow as the table handlers show it: "from => to".
  virtual std::string show(const Translation& flow, Translation::Side side) const;

  // All flows of a protocol (zero: of any), a line for each side.
  std::string table(net::IpProtocol protocol) const;
  base::Result<std::string> lookup(std::string_view text, net::IpProtocol protocol) const;

  base::Duration guarantee_ = base::seconds(5);
  bool note_destination_ = true;
  std::optional<NoteByte> reply_note_;
  net::FlowIndex index_;
  net::FlowHasher hasher_{1};
  base::Shared<TranslationPool> pool_;

 private:
  static constexpr std::uint32_t kReapShares = 64;

  void share_capacity(std::string_view text, graph::Arguments& arguments);
  std::uint32_t add_flow(RewriterInput& input, const net::Ipv4FlowKey& key,
                         const RewriteChoice& choice, net::IpProtocol protocol);
  std::uint32_t place_flow(const Translation& flow);
  bool make_room(const Translation& coming);
  static void drop_flow(TranslationPool& pool, std::uint32_t number);
  void drop_flows_of(const RewriterInput* input);
  void set_capacity(std::uint32_t capacity);
  void await_reaping();
  base::Instant over_at(const Translation& flow) const {
    return flow.last_seen + times(flow).timeout;
  }
  base::Status rewrite_input(std::size_t number, std::string_view text);
  std::string show_end(const Translation& flow, Translation::Side side) const;

  std::vector<RewriterInput> inputs_;
  std::array<std::uint64_t, kFine> drops_{};
  base::Duration reap_interval_ = base::seconds(900);
  graph::Timer reaper_;
};

// Sends batch[i] to the element's output outputs[i], neighbours together, so that the order across
// outputs stays as well. Packets for an output that does not exist are released.
void push_runs(const graph::Element& element, graph::Batch batch, const std::uint32_t* outputs);

// The packet path. Self has
//   Problem read(const Packet&, Ipv4FlowKey&) const           the packet's key
//   void translate(Packet&, Translation&, Side) const         the packet may be written
// and may have its own
//   std::uint32_t find_flow(const Packet&, key, hash, candidate) const
//                                                             its reference, or kNone
//   bool begins(key) const                                    whether it may begin a flow
template <typename Self>
class RewriterOf : public Rewriter {
 public:
  void push(std::uint32_t port, graph::Batch batch) final {
    const auto& self = static_cast<const Self&>(*this);
    net::Ipv4FlowKey keys[graph::kBatchMax];
    std::uint64_t hashes[graph::kBatchMax];
    Problem problems[graph::kBatchMax];
    std::uint32_t candidates[graph::kBatchMax];
    std::uint32_t chosen[graph::kBatchMax];
    for (std::size_t i = 0; i < batch.size(); ++i) {
      problems[i] = self.read(*batch[i], keys[i]);
      if (problems[i] == kFine) [[likely]] {
        hashes[i] = hasher_(keys[i]);
        index_.prefetch(hashes[i]);
      }
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      candidates[i] = problems[i] == kFine ? index_.candidate(hashes[i]) : kNone;
      if (candidates[i] != kNone) [[likely]] {
        __builtin_prefetch(&flow_at(candidates[i]), 1);
      } else if (problems[i] == kFine) {
        expect_flow(port, keys[i]);
      }
    }
    const base::Instant now = schedule().now();
    bool as_it_was = true;  // since the candidates were looked up, no flow came or went
    std::size_t kept = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      graph::Packet* packet = batch[i];
      std::uint32_t output = kDropped;
      std::uint32_t found = kNone;
      if (problems[i] != kFine) [[unlikely]] {
        output = output_without_flow(port, problems[i]);
      } else if (found =
                     self.find_flow(*packet, keys[i], hashes[i], as_it_was ? candidates[i] : kNone);
                 found == kNone) [[unlikely]] {
        if (self.begins(keys[i])) {
          found = begin_flow(port, *packet, keys[i], output);
          as_it_was = false;
        } else {
          output = output_without_flow(port, kNotMapped);
        }
      }
      if (found != kNone) [[likely]] {
        packet = graph::writable(packet);
        if (packet == nullptr) [[unlikely]] {
          continue;
        }
        Translation& flow = flow_at(found);
        self.translate(*packet, flow, side_of(found));
        flow.last_seen = now;
        output = flow.outputs[side_of(found)];
      }
      batch[kept] = packet;
      chosen[kept++] = output;
    }
    if (kept != 0) {
      push_runs(*this, graph::Batch(batch.begin(), kept), chosen);
    }
  }
};

}  // namespace superfluid::elements
