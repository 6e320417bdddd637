// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include "base/text.h"
#include "os/errno.h"
#include "os/files.h"
#include "os/pcap.h"

namespace superfluid::os {
namespace {

constexpr std::size_t kBufferBytes = 64 << 10;
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

// Both headers in this host's byte order, which the magic number tells the reader.
struct FileHeader {
  std::uint32_t magic;
  std::uint16_t version_major = 2;
  std::uint16_t version_minor = 4;
  std::array<std::uint32_t, 2> unused{};
  std::uint32_t snap_length;
  std::uint32_t link_type;
};
static_assert(sizeof(FileHeader) == 24);

struct RecordHeader {
  std::uint32_t seconds;
  std::uint32_t fraction;
  std::uint32_t captured;
  std::uint32_t on_wire;
};
static_assert(sizeof(RecordHeader) == 16);

template <typename Header>
void append(std::vector<std::uint8_t>& buffer, const Header& header) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&header);
  buffer.insert(buffer.end(), bytes, bytes + sizeof header);
}

}  // namespace

base::Result<PcapWriter> PcapWriter::create(const std::string& path, Options options) {
  if (options.snap_length == 0 || options.snap_length > kCapturedBytesMax) {
    return base::fail(base::ErrorCode::kInvalid, base::cat("snap length ", options.snap_length,
                                                           " is not in 1..", kCapturedBytesMax));
  }
  UniqueFd file;
  if (path == "-") {
    file = UniqueFd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!file) {
      return fail_errno("use standard output", errno);
    }
  } else {
    SF_TRY(opened, open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
    file = std::move(opened);
  }
  return PcapWriter(std::move(file), options);
}

PcapWriter::PcapWriter(UniqueFd file, Options options) : file_(std::move(file)), options_(options) {
  buffer_.reserve(kBufferBytes);
  append(buffer_, FileHeader{.magic = options.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4,
                             .snap_length = options.snap_length,
                             .link_type = options.link_type});
}

PcapWriter::~PcapWriter() {
  if (file_) {
    (void)flush();
  }
}

base::Status PcapWriter::write(base::ByteView bytes, base::Duration since_epoch,
                               std::optional<std::uint32_t> length_on_wire) {
  const std::int64_t seconds = since_epoch.count() / kNanosecondsPerSecond;
  if (since_epoch.count() < 0 || seconds > std::numeric_limits<std::uint32_t>::max()) {
    return base::fail(base::ErrorCode::kInvalid, "a pcap file holds times from 1970 to 2106 only");
  }
  if (broken_) {
    return base::pass(*broken_);
  }
  const auto captured =
      static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), options_.snap_length));
  const auto own_length = static_cast<std::uint32_t>(
      std::min<std::size_t>(bytes.size(), std::numeric_limits<std::uint32_t>::max()));
  const auto fraction = static_cast<std::uint32_t>(since_epoch.count() % kNanosecondsPerSecond);
  append(buffer_, RecordHeader{.seconds = static_cast<std::uint32_t>(seconds),
                               .fraction = options_.nanoseconds ? fraction : fraction / 1000,
                               .captured = captured,
                               .on_wire = std::max(captured, length_on_wire.value_or(own_length))});
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.begin() + captured);
  return buffer_.size() < kBufferBytes ? base::Status() : flush();
}

base::Status PcapWriter::flush() {
  if (broken_) {
    return base::pass(*broken_);
  }
  auto written = write_all(file_.get(), buffer_);
  buffer_.clear();
  if (!written) {
    broken_ = base::Error(written.error().code(), "write capture").caused_by(written.error());
    return base::pass(*broken_);
  }
  return {};
}

base::Status PcapWriter::close() {
  auto flushed = flush();
  auto closed = file_.close();
  return flushed ? closed : flushed;
}

}  // namespace superfluid::os
