// SPDX-License-Identifier: Apache-2.0
// IpCondition: one test of the pattern language (elements/ip_expression.h) while it is put
// together: what its words said, what follows from them, and which bytes are compared in the end.
//
// A part of the parser in a file of its own.

#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "elements/ip_argument.h"
#include "elements/ip_expression.h"
#include "elements/ip_names.h"

namespace superfluid::elements {

// What a test is about, or what kind of thing its data is.
enum class IpSubject : std::uint8_t {
  kNone,
  kHost,
  kNet,
  kProtocol,
  kPort,
  kTcpFlags,
  kEtherHost,
  kFragment,
  kUnfragmented,
  kEcnCapable,
  kCongested,
  kField,
  kNumber,  // of data only
};

enum class Side : std::uint8_t { kNone, kSource, kDestination, kBoth, kEither };

// Some bits of the IP or the transport header, within four bytes.
struct BitField {
  std::uint32_t bit_offset = 0;
  std::uint32_t bit_length = 0;
  bool in_transport = false;
  std::uint32_t protocol = kTransport;  // of a transport's field
  std::string_view name = {};

  friend bool operator==(const BitField&, const BitField&) = default;
};

struct EtherPattern {
  std::array<std::uint8_t, 6> bytes{};
};

class IpCondition {
 public:
  struct Mask {
    IpSubject kind = IpSubject::kNone;  // kNone: not given
    std::uint32_t bits = 0;
    EtherPattern ether;
  };

  // From qualifiers. Each may be said once.
  void set_subject(IpSubject subject, Remarks& remarks);
  void set_field(const BitField& field, Remarks& remarks);
  void set_side(Side side, Remarks& remarks);
  void set_protocol(std::uint32_t protocol, Remarks& remarks);

  // Fills in what was left out, with the test before this one for context, and checks that it makes
  // sense. The words "ip" and "ether" say which header is meant.
  bool complete(const IpCondition& before, Remarks& remarks);
  // REQUIRES: complete() was true.
  Expression expression() const;

  IpSubject subject = IpSubject::kNone;
  BitField field;
  Side side = Side::kNone;
  std::optional<std::uint32_t> protocol;
  char header = '\0';  // 'i', 'e', or not said
  Relation relation = Relation::kEqual;
  bool below = false;  // `relation` is kAbove or kAtMost of value - 1: `<` and `>=` were said
  IpSubject data = IpSubject::kNone;
  std::uint32_t value = 0;
  std::uint32_t net_mask = 0;
  EtherPattern ether;
  Mask mask;
  bool wrong = false;  // an error was reported on the way

 private:
  bool infer_subject(const IpCondition& before, Remarks& remarks);
  bool complete_subject(Remarks& remarks);
  bool complete_host(Remarks& remarks);
  bool complete_ether(Remarks& remarks);
  bool complete_protocol(Remarks& remarks);
  bool complete_port(Remarks& remarks);
  bool complete_flags(Remarks& remarks);
  bool complete_ecn(Remarks& remarks);
  bool complete_field(Remarks& remarks);
  bool use_mask(std::uint32_t full, Remarks& remarks);
  bool refuse(std::string_view why, Remarks& remarks) const;
  std::string subject_text() const;
  std::string relation_text() const;
  Expression compare(HeaderBase base, std::uint32_t offset, std::uint8_t width, unsigned shift,
                     std::uint32_t bits, std::uint32_t wanted) const;
  Expression sides(std::vector<Expression> of) const;
  Expression ether_expression() const;

  std::uint32_t bits_ = 0;  // the mask in force
};

}  // namespace superfluid::elements
