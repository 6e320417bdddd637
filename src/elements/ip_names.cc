// SPDX-License-Identifier: Apache-2.0
#include "elements/ip_names.h"

#include "graph/arguments.h"

namespace superfluid::elements {
namespace {

struct Name {
  std::string_view name;
  std::uint32_t number;
};

constexpr Name kProtocols[] = {
    {"dccp", 33}, {"gre", 47},           {"icmp", 1},
    {"igmp", 2},  {"ipip", 4},           {"sctp", 132},
    {"tcp", 6},   {"tcpudp", kTcpOrUdp}, {"transp", kTransport},
    {"udp", 17},
};

// TCP's and UDP's are the same.
constexpr Name kPorts[] = {
    {"auth", 113},        {"bootpc", 68},      {"bootps", 67},       {"chargen", 19},
    {"daytime", 13},      {"discard", 9},      {"dns", 53},          {"domain", 53},
    {"echo", 7},          {"finger", 79},      {"ftp", 21},          {"ftp-data", 20},
    {"https", 443},       {"imap3", 220},      {"imaps", 993},       {"irc", 194},
    {"netbios-dgm", 138}, {"netbios-ns", 137}, {"netbios-ssn", 139}, {"nntp", 119},
    {"ntp", 123},         {"pop3", 110},       {"pop3s", 995},       {"pptp", 1723},
    {"rip", 520},         {"route", 520},      {"smtp", 25},         {"snmp", 161},
    {"snmp-trap", 162},   {"ssh", 22},         {"sunrpc", 111},      {"telnet", 23},
    {"tftp", 69},         {"www", 80},
};

constexpr Name kTcpFlags[] = {
    {"ack", 0x10}, {"fin", 0x01}, {"psh", 0x08}, {"rst", 0x04}, {"syn", 0x02}, {"urg", 0x20},
};

constexpr Name kIcmpTypes[] = {
    {"echo", 8},         {"echo-reply", 0},       {"inforeq", 15},          {"inforeq-reply", 16},
    {"maskreq", 17},     {"maskreq-reply", 18},   {"parameterproblem", 12}, {"redirect", 5},
    {"routeradvert", 9}, {"routersolicit", 10},   {"sourcequench", 4},      {"timeexceeded", 11},
    {"timestamp", 13},   {"timestamp-reply", 14}, {"unreachable", 3},
};

constexpr Name kUnreachableCodes[] = {
    {"filterprohibited", 13}, {"host", 1},         {"hostprecedence", 14},
    {"hostprohibited", 10},   {"hostunknown", 7},  {"isolated", 8},
    {"needfrag", 4},          {"net", 0},          {"netprohibited", 9},
    {"netunknown", 6},        {"port", 3},         {"precedencecutoff", 15},
    {"protocol", 2},          {"srcroutefail", 5}, {"toshost", 12},
    {"tosnet", 11},
};
constexpr Name kRedirectCodes[] = {{"host", 1}, {"net", 0}, {"toshost", 3}, {"tosnet", 2}};
constexpr Name kTimeExceededCodes[] = {{"reassembly", 1}, {"transit", 0}};
constexpr Name kParameterProblemCodes[] = {{"erroratptr", 0}, {"length", 2}, {"missingopt", 1}};

std::span<const Name> icmp_codes_of(std::uint32_t type) {
  switch (type) {
    case 3: return kUnreachableCodes;
    case 5: return kRedirectCodes;
    case 11: return kTimeExceededCodes;
    case 12: return kParameterProblemCodes;
    default: return {};
  }
}

std::span<const Name> names_of(NameKind kind) {
  switch (kind) {
    case NameKind::kProtocol: return kProtocols;
    case NameKind::kTcpPort:
    case NameKind::kUdpPort: return kPorts;
    case NameKind::kTcpFlag: return kTcpFlags;
    case NameKind::kIcmpType: return kIcmpTypes;
  }
  return {};
}

std::optional<std::uint32_t> find_in(std::span<const Name> names, std::string_view name) {
  for (const Name& each : names) {
    if (each.name == name) {
      return each.number;
    }
  }
  return std::nullopt;
}

std::string_view name_in(std::span<const Name> names, std::uint32_t number) {
  for (const Name& each : names) {
    if (each.number == number) {
      return each.name;
    }
  }
  return {};
}

}  // namespace

std::optional<std::uint32_t> find_name(std::string_view name, NameKind kind,
                                       const graph::Element* user) {
  if (kind == NameKind::kTcpPort || kind == NameKind::kUdpPort) {
    if (const auto port = graph::named_port(name, user, kind == NameKind::kUdpPort)) {
      return *port;
    }
  }
  return find_in(names_of(kind), name);
}

std::string_view name_of(std::uint32_t number, NameKind kind) {
  return name_in(names_of(kind), number);
}

std::optional<std::uint32_t> find_icmp_code(std::string_view name, std::uint32_t type) {
  return find_in(icmp_codes_of(type), name);
}

std::string_view name_of_icmp_code(std::uint32_t code, std::uint32_t type) {
  return name_in(icmp_codes_of(type), code);
}

std::optional<std::uint32_t> read_number(std::string_view text) {
  std::uint32_t number = 0;
  return graph::parse_argument(text, number).empty() ? std::optional(number) : std::nullopt;
}

std::optional<std::uint32_t> read_number_or_name(std::string_view text, NameKind kind,
                                                 const graph::Element* user) {
  const auto named = find_name(text, kind, user);
  return named ? named : read_number(text);
}

}  // namespace superfluid::elements
