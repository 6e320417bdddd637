// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_condition.h"

#include "base/text.h"

namespace superfluid::elements {

using base::cat;
using Kind = Expression::Kind;

namespace {

constexpr std::uint32_t kTcp = 6;
constexpr std::uint32_t kUdp = 17;
constexpr std::uint32_t kDccp = 33;

// As Click writes them in messages.
std::string protocol_text(std::uint32_t protocol) {
  const std::string_view name = name_of(protocol, NameKind::kProtocol);
  return name.empty() ? cat("ip proto ", protocol) : std::string(name);
}

Expression byte_equals(HeaderBase base, std::uint32_t offset, std::uint32_t value) {
  return Expression::compare(
      {.base = base, .width = 1, .offset = offset, .mask = 0xff, .value = value});
}

Expression protocol_is(std::uint32_t protocol) {
  constexpr std::uint32_t kOffset = 9;
  if (protocol == kTcpOrUdp) {
    return Expression::combine(Kind::kAny, {byte_equals(HeaderBase::kNetwork, kOffset, kTcp),
                                            byte_equals(HeaderBase::kNetwork, kOffset, kUdp)});
  }
  return protocol > 255 ? Expression::constant(true)
                        : byte_equals(HeaderBase::kNetwork, kOffset, protocol);
}

// Offset and more-fragments flag are tested by `bits` of the 16 that hold them.
Expression fragment_bits_clear(std::uint32_t bits) {
  return Expression::compare(
      {.base = HeaderBase::kNetwork, .width = 2, .offset = 6, .mask = bits, .value = 0});
}

constexpr std::uint32_t kOffsetBits = 0x1fff;
constexpr std::uint32_t kFragmentBits = 0x3fff;

std::string_view side_text(Side side) {
  switch (side) {
    case Side::kNone: return "";
    case Side::kSource: return "src ";
    case Side::kDestination: return "dst ";
    case Side::kBoth: return "src and dst ";
    case Side::kEither: return "src or dst ";
  }
  return "";
}

}  // namespace

void IpCondition::set_subject(IpSubject to, Remarks& remarks) {
  if (subject != IpSubject::kNone) {
    remarks.errors.push_back("type specified twice");
  }
  subject = to;
}

void IpCondition::set_field(const BitField& to, Remarks& remarks) {
  set_subject(IpSubject::kField, remarks);
  field = to;
}

void IpCondition::set_side(Side to, Remarks& remarks) {
  if (side != Side::kNone) {
    remarks.errors.push_back("'src' or 'dst' specified twice");
  }
  side = to;
}

void IpCondition::set_protocol(std::uint32_t to, Remarks& remarks) {
  if (protocol && *protocol != to) {
    remarks.errors.push_back("transport protocol specified twice");
  }
  protocol = to;
}

std::string IpCondition::subject_text() const {
  const auto name = [&]() -> std::string {
    switch (subject) {
      case IpSubject::kNone:
      case IpSubject::kNumber: return "<none>";
      case IpSubject::kHost: return "ip host";
      case IpSubject::kNet: return "ip net";
      case IpSubject::kProtocol: return "proto";
      case IpSubject::kPort: return "port";
      case IpSubject::kTcpFlags: return "tcp opt";
      case IpSubject::kEtherHost: return "ether host";
      case IpSubject::kFragment: return "ip frag";
      case IpSubject::kUnfragmented: return "ip unfrag";
      case IpSubject::kEcnCapable: return "ip ect";
      case IpSubject::kCongested: return "ip ce";
      case IpSubject::kField: break;
    }
    if (!field.name.empty()) {
      return std::string(field.name);
    }
    return cat(field.in_transport ? protocol_text(field.protocol) : "ip", "[...]");
  };
  return cat(side_text(side), name());
}

std::string IpCondition::relation_text() const {
  switch (relation) {
    case Relation::kEqual: return "=";
    case Relation::kUnequal: return "!=";
    case Relation::kAbove: return below ? ">=" : ">";
    case Relation::kAtMost: return below ? "<" : "<=";
  }
  return "";
}

bool IpCondition::refuse(std::string_view why, Remarks& remarks) const {
  remarks.errors.push_back(cat("'", subject_text(), "': ", why));
  return false;
}

bool IpCondition::infer_subject(const IpCondition& before, Remarks& remarks) {
  if (data == IpSubject::kNumber) {
    const bool numeric = before.subject == IpSubject::kField ||
                         before.subject == IpSubject::kProtocol ||
                         before.subject == IpSubject::kPort;
    if (!numeric) {
      remarks.errors.push_back("specify header field or 'port'");
      return false;
    }
    data = before.subject;
    field = before.field;
  }
  if (data == IpSubject::kNone) {
    if (!protocol) {
      remarks.errors.push_back("partial directive");
      return false;
    }
    subject = IpSubject::kProtocol;
    return true;
  }
  subject = data;
  const bool sided = subject != IpSubject::kProtocol && subject != IpSubject::kField;
  if (sided && side == Side::kNone) {
    side = before.side;
  }
  if (subject == IpSubject::kPort && !protocol) {
    protocol = before.protocol;
  }
  if (subject == IpSubject::kField && field.in_transport && !protocol) {
    protocol = field.protocol;
  }
  return true;
}

// Narrows the relation's value and mask to what they mean, for a number of so many bits.
bool IpCondition::use_mask(std::uint32_t full, Remarks& remarks) {
  bits_ = mask.kind == IpSubject::kNone ? full : mask.bits;
  if ((bits_ & ~full) != 0) {
    return refuse(cat("mask out of range, bound 0x", base::Hex{full}), remarks);
  }
  if (relation == Relation::kEqual || relation == Relation::kUnequal) {
    if (value > full) {
      return refuse(cat("out of range, bound ", full), remarks);
    }
    value &= bits_;
    return true;
  }
  // `< value` is "at most value - 1", which for 0 there is not.
  const bool upward = relation == Relation::kAbove;
  const bool always_below = below ? value > bits_ : value >= bits_;
  const bool never_below = below && value == 0;
  if (always_below || never_below) {
    const bool holds = upward == never_below;
    remarks.warnings.push_back(cat("relation '", relation_text(), " ", value, "' is always ",
                                   holds ? "true" : "false", " (range 0-", bits_, ")"));
    relation = holds ? Relation::kEqual : Relation::kUnequal;
    bits_ = value = 0;
    return true;
  }
  value -= below ? 1 : 0;
  return true;
}

bool IpCondition::complete_host(Remarks& remarks) {
  if (header != 'i' || data != subject) {
    return refuse("address missing", remarks);
  }
  if (relation != Relation::kEqual && relation != Relation::kUnequal) {
    return refuse("operator not supported", remarks);
  }
  bits_ = subject == IpSubject::kNet ? net_mask : 0xffffffff;
  subject = IpSubject::kHost;
  if (mask.kind == IpSubject::kEtherHost) {
    return refuse("bad mask", remarks);
  }
  if (mask.kind != IpSubject::kNone) {
    bits_ = mask.bits;
  }
  value &= bits_;
  return true;
}

bool IpCondition::complete_ether(Remarks& remarks) {
  if (header != 'e' || data != IpSubject::kEtherHost) {
    return refuse("address missing", remarks);
  }
  if (relation != Relation::kEqual && relation != Relation::kUnequal) {
    return refuse("operator not supported", remarks);
  }
  if (mask.kind == IpSubject::kNone) {
    mask.ether.bytes.fill(0xff);
  } else if (mask.kind != IpSubject::kEtherHost) {
    return refuse("bad mask", remarks);
  }
  return true;
}

bool IpCondition::complete_protocol(Remarks& remarks) {
  if (data == IpSubject::kNumber || data == IpSubject::kProtocol) {
    if (protocol && *protocol != value) {
      return refuse("specified twice", remarks);
    }
  } else if (data != IpSubject::kNone || !protocol) {
    return refuse("value missing", remarks);
  } else {
    value = *protocol;
  }
  protocol = std::nullopt;
  if (value == kTcpOrUdp || value == kTransport) {
    if ((relation != Relation::kEqual && relation != Relation::kUnequal) ||
        mask.kind != IpSubject::kNone) {
      remarks.errors.push_back(cat("'", protocol_text(value), "': operator or mask not supported"));
      return false;
    }
    bits_ = 0xff;
  } else if (mask.kind == IpSubject::kEtherHost || mask.kind == IpSubject::kHost) {
    return refuse("bad mask", remarks);
  } else if (!use_mask(0xff, remarks)) {
    return false;
  }
  if (relation == Relation::kEqual && bits_ == 0xff) {
    protocol = value;
  }
  return true;
}

bool IpCondition::complete_port(Remarks& remarks) {
  if (data != IpSubject::kNumber && data != IpSubject::kPort) {
    return refuse("value missing", remarks);
  }
  if (!protocol) {
    protocol = kTcpOrUdp;
  }
  if (*protocol != kTcp && *protocol != kUdp && *protocol != kTcpOrUdp && *protocol != kDccp) {
    remarks.errors.push_back(cat("'port': bad protocol ", *protocol));
    return false;
  }
  if (mask.kind != IpSubject::kNone && mask.kind != IpSubject::kNumber) {
    return refuse("bad mask", remarks);
  }
  return use_mask(0xffff, remarks);
}

bool IpCondition::complete_flags(Remarks& remarks) {
  if (data != IpSubject::kNumber && data != IpSubject::kTcpFlags) {
    return refuse("value missing", remarks);
  }
  if (!protocol) {
    protocol = kTcp;
  }
  if (*protocol != kTcp) {
    remarks.errors.push_back(cat("'tcp opt': bad protocol ", *protocol));
    return false;
  }
  if (relation != Relation::kEqual || mask.kind != IpSubject::kNone) {
    return refuse("operator or mask not supported", remarks);
  }
  if (value > 255) {
    remarks.errors.push_back(cat("'tcp opt': value ", value, " out of range"));
    return false;
  }
  return true;
}

bool IpCondition::complete_ecn(Remarks& remarks) {
  const bool congested = subject == IpSubject::kCongested;
  if (congested && (data != IpSubject::kNone || mask.kind != IpSubject::kNone)) {
    return refuse("value not supported", remarks);
  }
  if (data != IpSubject::kNone && data != IpSubject::kNumber) {
    return refuse("value missing", remarks);
  }
  if (mask.kind != IpSubject::kNone && mask.kind != IpSubject::kNumber) {
    return refuse("bad mask", remarks);
  }
  if (congested) {
    value = 3;
    relation = Relation::kEqual;
  } else if (data == IpSubject::kNone) {
    value = 0;
    relation = Relation::kUnequal;
  }
  field = {.bit_offset = 14, .bit_length = 2, .name = congested ? "ip ce" : "ip ect"};
  subject = IpSubject::kField;
  return use_mask(3, remarks);
}

bool IpCondition::complete_field(Remarks& remarks) {
  if (data != IpSubject::kNumber && data != IpSubject::kField) {
    return refuse("value missing", remarks);
  }
  if (mask.kind != IpSubject::kNone && mask.kind != IpSubject::kNumber) {
    return refuse("bad mask", remarks);
  }
  const std::uint32_t full =
      field.bit_length == 32 ? 0xffffffff : (std::uint32_t{1} << field.bit_length) - 1;
  return use_mask(full, remarks);
}

bool IpCondition::complete_subject(Remarks& remarks) {
  switch (subject) {
    case IpSubject::kHost:
    case IpSubject::kNet: return complete_host(remarks);
    case IpSubject::kEtherHost: return complete_ether(remarks);
    case IpSubject::kProtocol: return complete_protocol(remarks);
    case IpSubject::kPort: return complete_port(remarks);
    case IpSubject::kTcpFlags: return complete_flags(remarks);
    case IpSubject::kEcnCapable:
    case IpSubject::kCongested: return complete_ecn(remarks);
    case IpSubject::kField: return complete_field(remarks);
    case IpSubject::kFragment:
    case IpSubject::kUnfragmented:
      return (data == IpSubject::kNone && mask.kind == IpSubject::kNone) ||
             refuse("value not supported", remarks);
    case IpSubject::kNone:
    case IpSubject::kNumber: break;
  }
  return false;
}

bool IpCondition::complete(const IpCondition& before, Remarks& remarks) {
  const bool side_was_said = side != Side::kNone;
  if (wrong || (subject == IpSubject::kNone && !infer_subject(before, remarks))) {
    return false;
  }
  if (header == '\0') {
    header = data == IpSubject::kEtherHost ? 'e' : 'i';
  }
  if (header == 'e' && subject == IpSubject::kHost) {
    subject = IpSubject::kEtherHost;
  }
  if (header == 'e' && subject != IpSubject::kEtherHost && subject != IpSubject::kNet) {
    return refuse("ip only", remarks);
  }
  if (!complete_subject(remarks)) {
    return false;
  }
  const bool sided = subject == IpSubject::kHost || subject == IpSubject::kPort ||
                     subject == IpSubject::kEtherHost;
  if (sided && side == Side::kNone) {
    side = Side::kEither;
  } else if (!sided && side_was_said) {
    remarks.warnings.push_back(cat("'", subject_text(), "': 'src' or 'dst' ignored"));
  }
  return true;
}

Expression IpCondition::compare(HeaderBase base, std::uint32_t offset, std::uint8_t width,
                                unsigned shift, std::uint32_t bits, std::uint32_t wanted) const {
  return Expression::compare({.base = base,
                              .relation = relation,
                              .width = width,
                              .offset = offset,
                              .mask = bits << shift,
                              .value = wanted << shift});
}

// Of {source, destination}: those that are asked for. An opposite relation asks for the opposite.
Expression IpCondition::sides(std::vector<Expression> of) const {
  if (side == Side::kSource || side == Side::kDestination) {
    return std::move(of[side == Side::kSource ? 0 : 1]);
  }
  const bool opposed = relation == Relation::kUnequal || relation == Relation::kAtMost;
  const bool both = (side == Side::kBoth) != opposed;
  return Expression::combine(both ? Kind::kAll : Kind::kAny, std::move(of));
}

Expression IpCondition::expression() const {
  std::vector<Expression> all;
  if (subject == IpSubject::kProtocol) {
    if (value == kTcpOrUdp || value == kTransport) {
      Expression several = protocol_is(value);
      return relation == Relation::kEqual ? several : Expression::negation(std::move(several));
    }
    return compare(HeaderBase::kNetwork, 9, 1, 0, bits_, value);
  }
  if (protocol) {
    all.push_back(protocol_is(*protocol));
  }
  const bool in_transport = subject == IpSubject::kPort || subject == IpSubject::kTcpFlags ||
                            (subject == IpSubject::kField && field.in_transport);
  if (in_transport) {
    all.push_back(fragment_bits_clear(kOffsetBits));
  }
  switch (subject) {
    case IpSubject::kHost:
      all.push_back(sides({compare(HeaderBase::kNetwork, 12, 4, 0, bits_, value),
                           compare(HeaderBase::kNetwork, 16, 4, 0, bits_, value)}));
      break;
    case IpSubject::kPort:
      all.push_back(sides({compare(HeaderBase::kTransport, 0, 2, 0, bits_, value),
                           compare(HeaderBase::kTransport, 2, 2, 0, bits_, value)}));
      break;
    case IpSubject::kTcpFlags:
      all.push_back(Expression::compare({.base = HeaderBase::kTransport,
                                         .width = 1,
                                         .offset = 13,
                                         .mask = value,
                                         .value = value}));
      break;
    case IpSubject::kFragment:
      all.push_back(Expression::negation(fragment_bits_clear(kFragmentBits)));
      break;
    case IpSubject::kUnfragmented: all.push_back(fragment_bits_clear(kFragmentBits)); break;
    case IpSubject::kField: {
      const std::uint32_t first = field.bit_offset / 8;
      const std::uint32_t end = field.bit_offset + field.bit_length;
      const std::uint32_t width = (end + 7) / 8 - first;
      all.push_back(compare(field.in_transport ? HeaderBase::kTransport : HeaderBase::kNetwork,
                            first, static_cast<std::uint8_t>(width), (8 - end % 8) % 8, bits_,
                            value));
      break;
    }
    case IpSubject::kEtherHost: all.push_back(ether_expression()); break;
    default: break;
  }
  return Expression::combine(Kind::kAll, std::move(all));
}

// The destination's six bytes come first. An address is compared in two pieces; differing from it
// is differing in one of them.
Expression IpCondition::ether_expression() const {
  const auto piece = [&](std::uint32_t base, std::size_t from, std::size_t count) {
    std::uint32_t bits = 0;
    std::uint32_t wanted = 0;
    for (std::size_t i = from; i < from + count; ++i) {
      bits = bits << 8 | mask.ether.bytes[i];
      wanted = wanted << 8 | (ether.bytes[i] & mask.ether.bytes[i]);
    }
    return compare(HeaderBase::kLink, base + static_cast<std::uint32_t>(from),
                   static_cast<std::uint8_t>(count), 0, bits, wanted);
  };
  const auto whole = [&](std::uint32_t base) {
    return Expression::combine(relation == Relation::kEqual ? Kind::kAll : Kind::kAny,
                               {piece(base, 0, 4), piece(base, 4, 2)});
  };
  return sides({whole(6), whole(0)});
}

}  // namespace superfluid::elements
