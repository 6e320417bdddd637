// SPDX-License-Identifier: Apache-2.0
#include "os/pcap.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "os/files.h"
#include "support/temporary_directory.h"

namespace superfluid::os {
namespace {

using base::ErrorCode;
using superfluid::testing::TemporaryDirectory;
using ::testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

// Builds captures word by word, in either byte order.
class Image {
 public:
  explicit Image(bool big_endian = false) : big_endian_(big_endian) {}

  Image& u8(std::uint8_t value) {
    bytes_.push_back(value);
    return *this;
  }
  Image& u16(std::uint16_t value) { return number(value, 2); }
  Image& u32(std::uint32_t value) { return number(value, 4); }
  Image& u64(std::uint64_t value) { return number(value, 8); }
  Image& raw(const Bytes& bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  Image& pad() {
    bytes_.resize((bytes_.size() + 3) / 4 * 4);
    return *this;
  }
  // A pcapng block around a body built in the same byte order.
  Image& block(std::uint32_t type, Image body) {
    body.pad();
    const auto length = static_cast<std::uint32_t>(body.bytes_.size() + 12);
    return u32(type).u32(length).raw(body.bytes_).u32(length);
  }
  Image& section() {
    return block(0x0a0d0d0a, Image(big_endian_).u32(0x1a2b3c4d).u16(1).u16(0).u64(~0ULL));
  }
  Image& interface(std::uint16_t link, std::uint32_t snap, const Image& options) {
    return block(1, Image(big_endian_).u16(link).u16(0).u32(snap).raw(options.bytes_));
  }
  Image& packet(std::uint32_t on, std::uint64_t ticks, const Bytes& bytes, std::uint32_t wire) {
    return block(6, Image(big_endian_)
                        .u32(on)
                        .u32(static_cast<std::uint32_t>(ticks >> 32))
                        .u32(static_cast<std::uint32_t>(ticks))
                        .u32(static_cast<std::uint32_t>(bytes.size()))
                        .u32(wire)
                        .raw(bytes));
  }

  const Bytes& bytes() const { return bytes_; }

 private:
  Image& number(std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) {
      const unsigned shift = 8 * (big_endian_ ? size - 1 - i : i);
      bytes_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
    return *this;
  }

  bool big_endian_;
  Bytes bytes_;
};

Image classic(bool big_endian, std::uint32_t magic, std::uint32_t link = kLinkEthernet) {
  Image image(big_endian);
  image.u32(magic).u16(2).u16(4).u64(0).u32(65535).u32(link);
  return image;
}

// What a reader says about bytes: every packet, then the error that ended it, if one did.
struct Reading {
  struct Packet {
    Bytes bytes;
    std::uint32_t length_on_wire;
    std::int64_t nanoseconds;
    std::uint32_t link_type;
    friend bool operator==(const Packet&, const Packet&) = default;
  };
  std::vector<Packet> packets;
  std::string error;
};

Reading read(PcapReader& reader) {
  Reading reading;
  while (true) {
    auto next = reader.next();
    if (!next) {
      reading.error = next.error().to_string();
      const auto again = reader.next();
      EXPECT_FALSE(again.has_value());
      EXPECT_EQ(again.has_value() ? "" : again.error().to_string(), reading.error);
      return reading;
    }
    if (!*next) {
      EXPECT_TRUE(reader.next().has_value() && !*reader.next());
      return reading;
    }
    const CapturedPacket& packet = **next;
    reading.packets.push_back({Bytes(packet.bytes.begin(), packet.bytes.end()),
                               packet.length_on_wire, packet.since_epoch.count(),
                               packet.link_type});
  }
}

Reading read(const Image& image) {
  auto reader = PcapReader::from_bytes(image.bytes());
  if (!reader) {
    return {.packets = {}, .error = reader.error().to_string()};
  }
  return read(*reader);
}

TEST(PcapReader, ReadsBothByteOrdersAndBothUnits) {
  for (const bool big_endian : {false, true}) {
    for (const bool nanoseconds : {false, true}) {
      Image image = classic(big_endian, nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, kLinkRaw);
      image.u32(5).u32(7).u32(3).u32(60).raw({1, 2, 3});
      image.u32(0xffffffff).u32(0).u32(0).u32(0);
      const Reading reading = read(image);
      EXPECT_EQ(reading.error, "");
      ASSERT_EQ(reading.packets.size(), 2u);
      EXPECT_EQ(
          reading.packets[0],
          (Reading::Packet{{1, 2, 3}, 60, 5'000'000'000 + (nanoseconds ? 7 : 7000), kLinkRaw}));
      EXPECT_EQ(reading.packets[1].nanoseconds, 4'294'967'295'000'000'000);
    }
  }
}

TEST(PcapReader, IgnoresWhatTheLinkWordSaysBeyondTheLink) {
  EXPECT_EQ(read(classic(false, 0xa1b2c3d4, 0x24000001).u64(0).u64(0)).packets.at(0).link_type,
            kLinkEthernet);
}

TEST(PcapReader, NeverSaysThatAPacketWasShorterThanItsBytes) {
  const Reading reading = read(classic(false, 0xa1b2c3d4).u64(0).u32(2).u32(1).u16(0));
  EXPECT_EQ(reading.packets.at(0).length_on_wire, 2u);
}

TEST(PcapReader, NamesTheOffsetOfADamagedRecord) {
  Image image = classic(false, 0xa1b2c3d4);
  image.u64(0).u32(1).u32(1).u8(9);
  EXPECT_EQ(read(Image(image).u32(0)).error,
            "damaged capture at offset 41: a record header is cut short");
  EXPECT_EQ(read(Image(image).u64(0).u32(5).u32(5).u32(0)).error,
            "damaged capture at offset 41: a packet is cut short");
  EXPECT_THAT(read(Image(image).u64(0).u32(0x7fffffff).u32(5)).error, HasSubstr("longer than"));
}

TEST(PcapReader, RefusesWhatIsNoCapture) {
  EXPECT_THAT(read(Image()).error, HasSubstr("too short"));
  EXPECT_EQ(read(Image().u32(0x12345678)).error, "neither pcap nor pcapng");
  EXPECT_THAT(read(Image().u32(0xa1b2c3d4).u32(0)).error, HasSubstr("header is cut short"));
  EXPECT_EQ(read(Image().u32(0xa1b2c3d4).u16(3).u16(1).u64(0).u64(0)).error, "pcap version 3.1");
}

TEST(PcapReader, ReadsPcapngOfBothByteOrders) {
  for (const bool big_endian : {false, true}) {
    Image image(big_endian);
    image.section().interface(1, 0, Image(big_endian));
    image.interface(101, 0, Image(big_endian).u16(9).u16(1).u8(9).pad().u32(0));
    image.block(0x0bad, Image(big_endian).u32(1));  // unknown: stepped over
    image.packet(0, 1'700'000'000'000'001, {1, 2, 3, 4, 5}, 5);
    image.packet(1, 1'700'000'000'000'000'001, {6}, 1500);
    const Reading reading = read(image);
    EXPECT_EQ(reading.error, "");
    ASSERT_EQ(reading.packets.size(), 2u);
    EXPECT_EQ(reading.packets[0],
              (Reading::Packet{{1, 2, 3, 4, 5}, 5, 1'700'000'000'000'001'000, kLinkEthernet}));
    EXPECT_EQ(reading.packets[1], (Reading::Packet{{6}, 1500, 1'700'000'000'000'000'001, 101}));
  }
}

TEST(PcapReader, KnowsEveryUnitOfTime) {
  struct Case {
    std::uint8_t resolution;
    std::uint64_t ticks;
    std::int64_t offset;
    std::int64_t nanoseconds;
  };
  for (const Case& c : {Case{0, 3, 0, 3'000'000'000}, Case{3, 5, 2, 2'005'000'000},
                        Case{9, 5, -1, -999'999'995}, Case{12, 5999, 0, 5}, Case{28, ~0ULL, 0, 1},
                        Case{127, 5, 0, 0}, Case{0x80, 2, 0, 2'000'000'000},
                        Case{0x81, 3, 0, 1'500'000'000}, Case{0xff, ~0ULL, 0, 0}}) {
    Image image;
    image.section().interface(1, 0,
                              Image()
                                  .u16(9)
                                  .u16(1)
                                  .u8(c.resolution)
                                  .pad()
                                  .u16(14)
                                  .u16(8)
                                  .u64(static_cast<std::uint64_t>(c.offset))
                                  .u32(0));
    image.packet(0, c.ticks, {}, 0);
    const Reading reading = read(image);
    EXPECT_EQ(reading.error, "") << int{c.resolution};
    ASSERT_EQ(reading.packets.size(), 1u);
    EXPECT_EQ(reading.packets[0].nanoseconds, c.nanoseconds) << int{c.resolution};
  }
}

TEST(PcapReader, RefusesTimesThatDoNotFit) {
  Image image;
  image.section().interface(1, 0, Image().u16(9).u16(1).u8(0).pad());
  image.packet(0, ~0ULL, {}, 0);
  EXPECT_EQ(read(image).error, "damaged capture at offset 56: a time stamp is out of range");
}

TEST(PcapReader, ReadsSimpleAndOldPacketBlocks) {
  Image image;
  image.section().interface(1, 4, Image());
  image.block(3, Image().u32(60).raw({1, 2, 3, 4}));
  image.block(2, Image().u16(0).u16(7).u32(0).u32(9).u32(2).u32(2).raw({5, 6}));
  const Reading reading = read(image);
  EXPECT_EQ(reading.error, "");
  ASSERT_EQ(reading.packets.size(), 2u);
  EXPECT_EQ(reading.packets[0], (Reading::Packet{{1, 2, 3, 4}, 60, 0, kLinkEthernet}));
  EXPECT_EQ(reading.packets[1], (Reading::Packet{{5, 6}, 2, 9000, kLinkEthernet}));
}

TEST(PcapReader, ForgetsTheInterfacesOfTheSectionBefore) {
  Image image(false);
  image.section().interface(1, 0, Image());
  Image second(true);  // sections may differ in byte order
  second.section().interface(101, 0, Image(true)).packet(0, 1, {8}, 1);
  EXPECT_EQ(read(Image(image).raw(second.bytes())).packets.at(0).link_type, kLinkRaw);
  image.section().packet(0, 1, {8}, 1);
  EXPECT_THAT(read(image).error, HasSubstr("was not described"));
}

TEST(PcapReader, RefusesDamagedBlocks) {
  Image good;
  good.section().interface(1, 0, Image());
  EXPECT_THAT(read(Image(good).u32(6)).error, HasSubstr("offset 48: a block is cut short"));
  EXPECT_THAT(read(Image(good).u32(6).u32(13).u64(0)).error, HasSubstr("length is wrong"));
  EXPECT_THAT(read(Image(good).u32(6).u32(8).u32(8)).error, HasSubstr("length is wrong"));
  EXPECT_THAT(read(Image(good).u32(6).u32(4096).u32(0)).error, HasSubstr("length is wrong"));
  EXPECT_THAT(read(Image(good).u32(6).u32(12).u32(16)).error, HasSubstr("two lengths differ"));
  EXPECT_THAT(read(Image(good).block(6, Image().u32(0))).error, HasSubstr("too short"));
  EXPECT_THAT(read(Image(good).block(3, Image())).error, HasSubstr("too short"));
  EXPECT_THAT(read(Image(good).block(1, Image())).error, HasSubstr("too short"));
  EXPECT_THAT(read(Image(good).block(3, Image().u32(9).u32(0))).error, HasSubstr("than its block"));
  EXPECT_THAT(read(Image(good).block(3, Image().u32(0xffffffff))).error, HasSubstr("256KiB"));
  EXPECT_THAT(read(Image(good).interface(1, 0, Image().u16(9).u16(99))).error,
              HasSubstr("option is cut short"));
  EXPECT_THAT(read(Image(good).block(6, Image().u64(0).u32(0).u32(5).u32(5))).error,
              HasSubstr("than its block"));
  EXPECT_THAT(read(Image(good).block(0x0a0d0d0a, Image().u64(0).u64(0))).error,
              HasSubstr("no byte order"));
  EXPECT_THAT(read(Image().block(0x0a0d0d0a, Image().u32(0x1a2b3c4d))).error,
              HasSubstr("too short"));
  EXPECT_THAT(read(Image().block(0x0a0d0d0a, Image().u32(0x1a2b3c4d).u16(2).u16(0).u64(0))).error,
              HasSubstr("pcapng version 2.0"));
  EXPECT_THAT(read(Image().section().block(3, Image().u32(0))).error,
              HasSubstr("before any interface"));
}

TEST(PcapReader, LimitsTheInterfacesOfASection) {
  Image image;
  image.section();
  for (std::uint32_t i = 0; i <= kCaptureInterfacesMax; ++i) {
    image.interface(1, 0, Image());
  }
  EXPECT_THAT(read(image).error, HasSubstr("65536 interfaces"));
}

TEST(PcapReader, OpensFilesAndPipesAlike) {
  TemporaryDirectory directory;
  const Image image = classic(false, 0xa1b2c3d4).u64(0).u32(1).u32(1).u8(42);
  const std::string path = directory.path("capture");
  ASSERT_TRUE(write_atomically(path, image.bytes()).has_value());
  auto from_file = PcapReader::open(path);
  ASSERT_TRUE(from_file.has_value());
  PcapReader moved = std::move(*from_file);
  EXPECT_EQ(read(moved).packets.at(0).bytes, Bytes{42});

  const std::string pipe = directory.path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::jthread feeder([&] {
    const auto end = open_file(pipe, O_WRONLY);
    ASSERT_TRUE(end.has_value());
    EXPECT_TRUE(write_all(end->get(), image.bytes()).has_value());
  });
  auto from_pipe = PcapReader::open(pipe);
  ASSERT_TRUE(from_pipe.has_value());
  EXPECT_EQ(read(*from_pipe).packets.at(0).bytes, Bytes{42});
}

TEST(PcapReader, SaysWhichFileItCouldNotRead) {
  TemporaryDirectory directory;
  const auto missing = PcapReader::open(directory.path("absent"));
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
  const std::string empty = directory.path("empty");
  ASSERT_TRUE(write_atomically(empty, {}).has_value());
  const auto refused = PcapReader::open(empty);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kCorrupt);
  EXPECT_THAT(refused.error().message(), HasSubstr("/empty"));
}

RC_GTEST_PROP(PcapWriter, WritesWhatTheReaderReads, ()) {
  TemporaryDirectory directory;
  const std::string path = directory.path("capture");
  const auto packets = *rc::gen::container<std::vector<Bytes>>(rc::gen::arbitrary<Bytes>());
  const bool nanoseconds = *rc::gen::arbitrary<bool>();
  const auto snap = *rc::gen::inRange<std::uint32_t>(1, 64);
  auto writer = PcapWriter::create(
      path, {.link_type = kLinkRaw, .snap_length = snap, .nanoseconds = nanoseconds});
  RC_ASSERT(writer.has_value());
  std::vector<Reading::Packet> expected;
  for (const Bytes& packet : packets) {
    const auto time = *rc::gen::inRange<std::int64_t>(0, 4'294'967'296'000'000'000);
    RC_ASSERT(writer->write(packet, base::nanoseconds(time)).has_value());
    const auto kept = std::min<std::size_t>(packet.size(), snap);
    expected.push_back({Bytes(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(kept)),
                        static_cast<std::uint32_t>(packet.size()),
                        nanoseconds ? time : time / 1000 * 1000, kLinkRaw});
  }
  RC_ASSERT(writer->close().has_value());
  auto reader = PcapReader::open(path);
  RC_ASSERT(reader.has_value());
  const Reading reading = read(*reader);
  RC_ASSERT(reading.error == "");
  RC_ASSERT(reading.packets == expected);
}

TEST(PcapWriter, WritesOutWhatIsBufferedWhenItGoes) {
  TemporaryDirectory directory;
  const std::string path = directory.path("capture");
  {
    auto writer = PcapWriter::create(path, {});
    ASSERT_TRUE(writer.has_value());
    ASSERT_TRUE(writer->write(Bytes{1}, base::seconds(1), 1500).has_value());
  }
  auto reader = PcapReader::open(path);
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ(read(*reader).packets.at(0).length_on_wire, 1500u);
}

TEST(PcapWriter, SaysThatTheDiskIsFullAndStaysBroken) {
  auto writer = PcapWriter::create("/dev/full", {});
  ASSERT_TRUE(writer.has_value());
  EXPECT_TRUE(writer->write(Bytes(10), base::seconds(1)).has_value());
  const auto flushed = writer->flush();
  ASSERT_FALSE(flushed.has_value());
  EXPECT_EQ(flushed.error().code(), ErrorCode::kExhausted);
  EXPECT_FALSE(writer->write(Bytes(10), base::seconds(1)).has_value());
  EXPECT_FALSE(writer->close().has_value());
}

TEST(PcapWriter, RefusesWhatTheFormatCannotHold) {
  EXPECT_EQ(PcapWriter::create("-", {.snap_length = 0}).error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(PcapWriter::create("-", {.snap_length = kCapturedBytesMax + 1}).error().code(),
            ErrorCode::kInvalid);
  auto writer = PcapWriter::create("/dev/null", {});
  ASSERT_TRUE(writer.has_value());
  EXPECT_EQ(writer->write({}, base::nanoseconds(-1)).error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(writer->write({}, base::seconds(4'294'967'296)).error().code(), ErrorCode::kInvalid);
}

}  // namespace
}  // namespace superfluid::os
