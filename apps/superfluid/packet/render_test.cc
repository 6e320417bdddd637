// SPDX-License-Identifier: Apache-2.0
#include "superfluid/packet/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace superfluid::packet {
namespace {

using ::testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

SourcePacket packet_of(const Bytes& bytes, net::LinkType link) {
  return {.bytes = bytes,
          .length_on_wire = static_cast<std::uint32_t>(bytes.size()),
          .link = link,
          .since_epoch = std::nullopt};
}

std::string text_at(base::Duration since_epoch) {
  const Bytes bytes(1);
  SourcePacket packet = packet_of(bytes, net::LinkType::kRawIp);
  packet.since_epoch = since_epoch;
  return text_of({1, packet, net::dissect(bytes, packet.link), 0}, {});
}

TEST(Render, StampsAreUtcToTheNanosecond) {
  EXPECT_THAT(text_at(base::seconds(0)), HasSubstr("1970-01-01T00:00:00.000000000Z"));
  EXPECT_THAT(text_at(base::nanoseconds(-1)), HasSubstr("1969-12-31T23:59:59.999999999Z"));
  EXPECT_THAT(text_at(base::seconds(951782399) + base::nanoseconds(42)),
              HasSubstr("2000-02-28T23:59:59.000000042Z"));
  EXPECT_THAT(text_at(base::Duration(INT64_MAX)), HasSubstr("2262-04-11T23:47:16.854775807Z"));
  EXPECT_THAT(text_at(base::Duration(INT64_MIN)), HasSubstr("1677-09-21T00:12:43.145224192Z"));
}

TEST(Render, APayloadIsShownUpToItsLimit) {
  const Bytes bytes(40, 'q');  // no version of IP
  const SourcePacket packet = packet_of(bytes, net::LinkType::kRawIp);
  const net::Dissection dissection = net::dissect(bytes, packet.link);
  EXPECT_THAT(text_of({1, packet, dissection, 17}, {}), HasSubstr("and 23 bytes more"));
  EXPECT_THAT(text_of({1, packet, dissection, 40}, {}), Not(HasSubstr("more")));
  EXPECT_THAT(boost::json::serialize(json_of({1, packet, dissection, 2})),
              HasSubstr(R"("bytes":"7171")"));
}

RC_GTEST_PROP(Render, AnyPacketCanBeShown, (Bytes bytes, bool is_ip, bool looks_like_ip)) {
  if (looks_like_ip && !bytes.empty()) {
    bytes[0] = is_ip ? 0x45 : bytes[0];
  }
  const SourcePacket packet =
      packet_of(bytes, is_ip ? net::LinkType::kRawIp : net::LinkType::kEthernet);
  const net::Dissection dissection = net::dissect(bytes, packet.link);
  const Shown shown{7, packet, dissection, *rc::gen::inRange<std::size_t>(0, 300)};

  const std::string text = text_of(shown, {.columns = 80, .colour = false});
  for (const char c : text) {
    RC_ASSERT((c >= ' ' && c <= '~') || c == '\n');
  }
  const boost::json::value json = json_of(shown);
  RC_ASSERT(boost::json::parse(boost::json::serialize(json)) == json);
  RC_ASSERT(json.as_object().contains("problem") == dissection.problem.has_value());
}

}  // namespace
}  // namespace superfluid::packet
