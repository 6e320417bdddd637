// SPDX-License-Identifier: Apache-2.0
#include "api/protocol.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "support/error_of.h"

namespace superfluid::api {
namespace {

using base::ErrorCode;
using superfluid::testing::error_of;

TEST(Protocol, RequestsAndRepliesSurviveTheWay) {
  const std::string line = encode_request({.id = 7, .method = "vm.run", .params = {{"a", 1}}});
  EXPECT_EQ(line, "{\"v\":1,\"id\":7,\"method\":\"vm.run\",\"params\":{\"a\":1}}\n");
  const DecodedRequest decoded = decode_request(line);
  ASSERT_TRUE(decoded.request);
  EXPECT_EQ(decoded.id, 7u);
  EXPECT_EQ(decoded.request->method, "vm.run");
  EXPECT_EQ(decoded.request->params.at("a").as_int64(), 1);

  const auto reply =
      decode_reply(encode_reply({.id = 7, .more = true, .result = boost::json::object{{"b", 2}}}));
  ASSERT_TRUE(reply && reply->result);
  EXPECT_TRUE(reply->more);
  const auto failed = decode_reply(
      encode_reply({.id = 8, .result = base::fail(ErrorCode::kNotFound, "no such thing")}));
  ASSERT_TRUE(failed);
  EXPECT_EQ(error_of(failed->result), ErrorCode::kNotFound);
}

TEST(Protocol, WhatIsWrongIsAnsweredToItsId) {
  const auto decoded = [](std::string_view line) { return decode_request(line); };
  EXPECT_EQ(error_of(decoded("{").request), ErrorCode::kInvalid);
  EXPECT_EQ(error_of(decoded("[1]").request), ErrorCode::kInvalid);
  const DecodedRequest version = decoded(R"({"v":2,"id":9,"method":"x"})");
  EXPECT_EQ(version.id, 9u);
  EXPECT_EQ(error_of(version.request), ErrorCode::kUnsupported);
  const DecodedRequest params = decoded(R"({"v":1,"id":9,"method":"x","params":[]})");
  EXPECT_EQ(params.id, 9u);
  EXPECT_EQ(params.request.error().message(), "params: an object is expected");
  EXPECT_FALSE(decoded(R"({"v":1,"id":0,"method":"x"})").request);
  EXPECT_FALSE(decoded(std::string(100'000, '[')).request);
}

TEST(Protocol, ANumberBeyondADoubleIsRefused) {
  for (const char* params : {R"({"a":2E97153})", R"({"a":[1,{"b":-1e999}]})"}) {
    const DecodedRequest decoded = decode_request(
        base::cat("{\"v\":1,\"id\":1,\"method\":\"vm.run\",\"params\":", params, "}"));
    ASSERT_FALSE(decoded.request) << params;
    EXPECT_EQ(decoded.request.error().code(), base::ErrorCode::kInvalid);
  }
  EXPECT_TRUE(decode_request(R"({"v":1,"id":1,"method":"vm.run","params":{"a":1e300}})").request);
}

TEST(Protocol, LinesComeWholeHoweverTheyArrive) {
  LineSplitter lines;
  EXPECT_FALSE(lines.next());
  ASSERT_TRUE(lines.add("ab"));
  EXPECT_FALSE(lines.next());
  ASSERT_TRUE(lines.add("c\n\nde\nf"));
  EXPECT_EQ(lines.next(), "abc");
  EXPECT_EQ(lines.next(), "");
  EXPECT_EQ(lines.next(), "de");
  EXPECT_FALSE(lines.next());
  ASSERT_TRUE(lines.add("g\n"));
  EXPECT_EQ(lines.next(), "fg");
}

TEST(Protocol, ALineHasALimit) {
  LineSplitter lines;
  ASSERT_TRUE(lines.add(std::string(kLineBytesMax - 1, 'a')));
  ASSERT_TRUE(lines.add("\n"));
  EXPECT_EQ(lines.next()->size(), kLineBytesMax - 1);
  ASSERT_TRUE(lines.add(std::string(kLineBytesMax, 'a')));
  EXPECT_EQ(error_of(lines.add("a")), ErrorCode::kExhausted);
}

}  // namespace
}  // namespace superfluid::api
