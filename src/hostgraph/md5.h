// SPDX-License-Identifier: Apache-2.0
// MD5 (RFC 1321), by which summary dumps tell payloads apart. It protects from nobody.

#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace superfluid::hostgraph {

using Md5Digest = std::array<std::uint8_t, 16>;

Md5Digest md5(base::ByteView bytes);

std::string md5_hex(const Md5Digest& digest);
// 22 characters of [a-zA-Z0-9_@], six bits each, the lowest first.
std::string md5_text(const Md5Digest& digest);

}  // namespace superfluid::hostgraph
