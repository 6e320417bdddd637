// SPDX-License-Identifier: Apache-2.0
#include "vmm/dossier.h"

#include <gtest/gtest.h>

#include <cstring>

#include "os/memfd.h"
#include "support/error_of.h"

namespace superfluid::vmm {
namespace {

using testing::error_of;

class DossierTest : public ::testing::Test {
 protected:
  DossierTest()
      : memory_(create_dossier().value()),
        writer_(DossierWriter::map(memory_.get()).value()),
        reader_(DossierReader::map(memory_.get()).value()) {}

  void write(std::string_view text) { writer_.log(base::bytes_of(text)); }

  os::UniqueFd memory_;
  DossierWriter writer_;
  DossierReader reader_;
};

TEST_F(DossierTest, ALogIsReadFromWhereItWasReadLast) {
  EXPECT_EQ(reader_.log(0).text, "");
  write("one\n");
  const auto first = reader_.log(0);
  EXPECT_EQ(first.text, "one\n");
  write("two\n");
  const auto second = reader_.log(first.ends_at);
  EXPECT_EQ(second.text, "two\n");
  EXPECT_EQ(second.begins_at, 4U);
  EXPECT_EQ(second.ends_at, 8U);
  EXPECT_EQ(reader_.log(100).text, "");
}

TEST_F(DossierTest, OfALongLogTheEndIsKept) {
  std::string all;
  for (int i = 0; i < 3000; ++i) {
    const std::string line = "line " + std::to_string(i) + " of a talkative guest\n";
    write(line);
    all += line;
  }
  const auto log = reader_.log(0);
  EXPECT_EQ(log.text, all.substr(all.size() - kLogBytes));
  EXPECT_EQ(log.begins_at, all.size() - kLogBytes);
  write(std::string(kLogBytes * 2 + 5, 'x') + "end");
  EXPECT_EQ(reader_.log(0).text, std::string(kLogBytes - 3, 'x') + "end");
}

TEST_F(DossierTest, StateAndStepsAreTold) {
  EXPECT_EQ(reader_.state(), MonitorState::kCold);
  writer_.set_state(MonitorState::kPaused);
  writer_.set_steps({.received_ns = 1, .live_ns = 7});
  EXPECT_EQ(reader_.state(), MonitorState::kPaused);
  EXPECT_EQ(reader_.steps().live_ns, 7U);
}

TEST_F(DossierTest, AHostileWriterHarmsNobody) {
  auto scribble = os::Mapping::of_fd(memory_.get(), 0, kDossierBytes,
                                     {.access = os::Mapping::Access::kReadWrite});
  ASSERT_TRUE(scribble);
  for (const int byte : {0xff, 0x7f, 0x80, 0x01}) {
    std::memset(scribble->data(), byte, scribble->size());
    for (const std::uint64_t from : {std::uint64_t{0}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
      const auto log = reader_.log(from);
      EXPECT_LE(log.text.size(), kLogBytes);
      EXPECT_EQ(log.ends_at - log.begins_at, log.text.size());
    }
    EXPECT_EQ(reader_.state(), MonitorState::kCold);
  }
}

TEST_F(DossierTest, OtherMemoryIsRefused) {
  const auto loose = os::create_memfd("loose", base::bytes(kDossierBytes));
  EXPECT_EQ(error_of(DossierReader::map(loose->get())), base::ErrorCode::kInvalid);
  const auto small = os::create_memfd("small", base::bytes(4096));
  ASSERT_TRUE(os::seal(*small, os::Seals::kSize));
  EXPECT_EQ(error_of(DossierReader::map(small->get())), base::ErrorCode::kInvalid);
}

}  // namespace
}  // namespace superfluid::vmm
