// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/md5.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "base/text.h"

namespace superfluid::hostgraph {
namespace {

using Words = std::array<std::uint32_t, 4>;

constexpr std::size_t kBlock = 64;

// The whole parts of 2^32 |sin(i + 1)|, as the RFC defines them.
const std::array<std::uint32_t, 64>& sines() {
  static const std::array<std::uint32_t, 64> table = [] {
    std::array<std::uint32_t, 64> made{};
    for (std::size_t i = 0; i < made.size(); ++i) {
      made[i] = static_cast<std::uint32_t>(4294967296.0 *
                                           std::fabs(std::sin(static_cast<double>(i + 1))));
    }
    return made;
  }();
  return table;
}

std::uint32_t word_at(const std::uint8_t* bytes) {
  return bytes[0] | static_cast<std::uint32_t>(bytes[1]) << 8 |
         static_cast<std::uint32_t>(bytes[2]) << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
}

void add_block(const std::uint8_t* block, Words& state) {
  constexpr int kShifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  auto [a, b, c, d] = state;
  for (std::size_t i = 0; i < 64; ++i) {
    const std::size_t round = i / 16;
    std::uint32_t mixed = 0;
    std::size_t word = i;
    switch (round) {
      case 0: mixed = (b & c) | (~b & d); break;
      case 1:
        mixed = (d & b) | (~d & c);
        word = 5 * i + 1;
        break;
      case 2:
        mixed = b ^ c ^ d;
        word = 3 * i + 5;
        break;
      default:
        mixed = c ^ (b | ~d);
        word = 7 * i;
        break;
    }
    mixed += a + sines()[i] + word_at(block + 4 * (word % 16));
    a = d;
    d = c;
    c = b;
    b += std::rotl(mixed, kShifts[round][i % 4]);
  }
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
}

}  // namespace

Md5Digest md5(base::ByteView bytes) {
  Words state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  std::vector<std::uint8_t> padded(bytes.begin(), bytes.end());
  padded.push_back(0x80);
  padded.resize((padded.size() + 8 + kBlock - 1) / kBlock * kBlock);
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  for (std::size_t i = 0; i < 8; ++i) {
    padded[padded.size() - 8 + i] = static_cast<std::uint8_t>(bits >> (8 * i));
  }
  for (std::size_t at = 0; at < padded.size(); at += kBlock) {
    add_block(padded.data() + at, state);
  }
  Md5Digest digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (8 * (i % 4)));
  }
  return digest;
}

std::string md5_hex(const Md5Digest& digest) {
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += base::cat(base::Hex{byte, 2});
  }
  return text;
}

std::string md5_text(const Md5Digest& digest) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@";
  std::string text;
  for (std::size_t at = 0; at < digest.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, digest.size() - at);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < count; ++i) {
      bits |= static_cast<std::uint32_t>(digest[at + i]) << (8 * i);
    }
    for (std::size_t i = 0; i <= count; ++i) {
      text += kLetters[bits >> (6 * i) & 63];
    }
  }
  return text;
}

}  // namespace superfluid::hostgraph
