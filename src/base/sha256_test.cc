// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace superfluid::base {
namespace {

std::string hash_of(std::string_view text, std::size_t piece = std::string_view::npos) {
  Sha256 hash;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, piece);
    hash.add(bytes_of(part));
    text.remove_prefix(part.size());
  }
  std::string shown;
  for (const std::uint8_t byte : hash.finish()) {
    shown += cat(Hex{byte, 2});
  }
  return shown;
}

// The examples of FIPS 180-4.
TEST(Sha256, HashesAsTheStandardSays) {
  EXPECT_EQ(hash_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hash_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hash_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hash_of(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, HowTheBytesComeDoesNotMatter) {
  for (std::size_t length = 0; length < 200; ++length) {
    const std::string text(length, static_cast<char>('a' + length % 26));
    for (const std::size_t piece : {1u, 7u, 63u, 64u, 65u}) {
      EXPECT_EQ(hash_of(text, piece), hash_of(text)) << length << " in pieces of " << piece;
    }
  }
}

}  // namespace
}  // namespace superfluid::base
