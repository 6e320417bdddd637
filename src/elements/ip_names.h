// SPDX-License-Identifier: Apache-2.0
// The names that Click knows for protocols, ports, TCP flags and ICMP types, used by filters and
// encapsulations.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace superfluid::graph {
class Element;
}  // namespace superfluid::graph

namespace superfluid::elements {

enum class NameKind : std::uint8_t { kProtocol, kTcpPort, kUdpPort, kTcpFlag, kIcmpType };
inline constexpr std::size_t kNameKinds = 5;

// Protocols beyond 255 are not on the wire: they stand for several.
inline constexpr std::uint32_t kTcpOrUdp = 256;   // "tcpudp"
inline constexpr std::uint32_t kTransport = 257;  // "transp": whatever it is

std::optional<std::uint32_t> find_name(std::string_view name, NameKind kind,
                                       const graph::Element* user = nullptr);
// What a number is called, empty when it has no name.
std::string_view name_of(std::uint32_t number, NameKind kind);

// The names of an ICMP type's codes.
std::optional<std::uint32_t> find_icmp_code(std::string_view name, std::uint32_t type);
std::string_view name_of_icmp_code(std::uint32_t code, std::uint32_t type);

// Decimal, 0x hexadecimal or 0 octal, below 2^32; or a name of the kind.
std::optional<std::uint32_t> read_number(std::string_view text);
// Ports also by the names that a PortInfo gave them, as `user` knows these.
std::optional<std::uint32_t> read_number_or_name(std::string_view text, NameKind kind,
                                                 const graph::Element* user = nullptr);

}  // namespace superfluid::elements
