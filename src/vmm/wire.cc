// SPDX-License-Identifier: Apache-2.0
#include "vmm/wire.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/error_lines.h"
#include "base/text.h"
#include "os/errno.h"
#include "os/files.h"
#include "os/memfd.h"

namespace superfluid::vmm {
namespace {

using base::ErrorCode;

constexpr std::size_t kErrorTextMax = 2048;

enum class Place : std::uint32_t { kInline = 0, kDescriptor = 1 };

struct SizeWords {
  std::uint64_t ram;
  std::uint32_t ports;
  std::uint32_t slots;
};

std::string_view cut(std::string_view text, std::size_t bytes_max) {
  return text.substr(0, bytes_max);
}

}  // namespace

base::Status send(os::UnixSocket& socket, const Message& message) {
  SF_TRY(sent, socket.send(message.bytes, message.fds));
  if (sent == 0) {
    return base::fail(ErrorCode::kExhausted, "the channel is full")
        .try_this("repeat it when the other side has read");
  }
  return {};
}

void WireWriter::bytes(base::ByteView bytes) {
  message_.bytes.insert(message_.bytes.end(), bytes.begin(), bytes.end());
}

void WireWriter::inline_text(std::string_view text) {
  word(static_cast<std::uint32_t>(text.size()));
  word(Place::kInline);
  bytes(base::bytes_of(text));
}

base::Status WireWriter::text(std::string_view text) {
  if (text.size() <= kInlineBytesMax) {
    inline_text(text);
    return {};
  }
  SF_TRY(memory, os::create_memfd("text", base::bytes(0)));
  SF_CHECKED(os::write_all(memory.get(), base::bytes_of(text)));
  word(static_cast<std::uint32_t>(text.size()));
  word(Place::kDescriptor);
  owned_fd(std::move(memory));
  return {};
}

void WireWriter::owned_fd(os::UniqueFd fd) {
  message_.fds.push_back(fd.get());
  message_.owned.push_back(std::move(fd));
}

bool WireReader::claim(std::size_t bytes) {
  if (!ok_ || bytes > bytes_.size() - at_) {
    ok_ = false;
    return false;
  }
  at_ += bytes;
  return true;
}

bool WireReader::flag() {
  const auto value = word<std::uint32_t>();
  ok_ = ok_ && value <= 1;
  return value == 1;
}

std::string WireReader::text(std::size_t bytes_max) {
  const auto size = word<std::uint32_t>();
  const auto place = word<Place>();
  if (!ok_ || size > bytes_max || (place != Place::kInline && place != Place::kDescriptor)) {
    ok_ = false;
    return {};
  }
  if (place == Place::kInline) {
    return claim(size) ? std::string(base::text_of(bytes_.subspan(at_ - size, size)))
                       : std::string();
  }
  const os::UniqueFd memory = fd();
  auto read = ok_ ? read_file(memory.get(), size) : std::string();
  if (!read || read->size() != size) {
    ok_ = false;
    return {};
  }
  return *std::move(read);
}

os::UniqueFd WireReader::fd() {
  if (!ok_ || next_fd_ == fds_.size()) {
    ok_ = false;
    return {};
  }
  return std::move(fds_[next_fd_++]);
}

void put_size(WireWriter& to, const ShellSize& size) {
  to.word(SizeWords{.ram = size.ram.count(), .ports = size.ports, .slots = size.slots});
}

ShellSize take_size(WireReader& from) {
  const auto words = from.word<SizeWords>();
  if (words.ram < abi::kRamBytesMin || words.ram > abi::kRamBytesMax ||
      words.ram % abi::kPageBytes != 0 || words.ports > abi::kPortsMax ||
      !abi::is_ring_size(words.slots)) {
    from.refuse();
    return {};
  }
  return {.ram = base::bytes(words.ram), .ports = words.ports, .slots = words.slots};
}

void put_snapshot(WireWriter& to, const Snapshot& snapshot) {
  put_size(to, snapshot.size);
  to.word(snapshot.clock_ns);
  to.word(snapshot.cpu.registers);
  to.word(snapshot.cpu.fpu);
  to.fd(snapshot.memory.get());
}

void take_snapshot(WireReader& from, Snapshot& snapshot) {
  snapshot.size = take_size(from);
  from.word(snapshot.clock_ns);
  from.word(snapshot.cpu.registers);
  from.word(snapshot.cpu.fpu);
  snapshot.memory = from.fd();
}

void put_error(WireWriter& to, const base::Error& error) {
  to.word(static_cast<std::uint32_t>(error.code()));
  to.inline_text(cut(base::lines_of(error), kErrorTextMax));
  to.inline_text(cut(error.best_remedy(), kErrorTextMax));  // in case the lines are cut
}

base::Error take_error(WireReader& from) {
  const auto code = from.word<std::uint32_t>();
  std::string message = from.text(kErrorTextMax);
  std::string remedy = from.text(kErrorTextMax);
  if (code > static_cast<std::uint32_t>(ErrorCode::kCorrupt) || message.empty()) {
    from.refuse();
    return {ErrorCode::kCorrupt, "an error that cannot be read"};
  }
  base::Error error = base::error_of_lines(static_cast<ErrorCode>(code), message);
  return remedy.empty() || !error.best_remedy().empty()
             ? error
             : std::move(error).try_this(base::escape(remedy));
}

base::Result<std::uint32_t> take_kind(WireReader& from) {
  const auto head = from.word<Head>();
  if (!from.ok()) {
    return base::fail(ErrorCode::kCorrupt, "a message is shorter than its head");
  }
  if (head.version != kProtocolVersion) {
    return base::fail(ErrorCode::kUnsupported,
                      base::cat("a message of version ", head.version, ", this program speaks ",
                                kProtocolVersion))
        .try_this("end superfluid-vmm and the daemon, and start both from one release");
  }
  return head.kind;
}

base::Failure fail_malformed(std::string_view what, std::uint32_t kind) {
  return base::fail(ErrorCode::kCorrupt, base::cat(what, " of kind ", kind, " cannot be read"));
}

base::Result<std::string> read_file(int fd, std::size_t bytes) {
  std::string text(bytes, '\0');
  std::size_t filled = 0;
  while (filled < bytes) {
    const ssize_t got =
        ::pread(fd, text.data() + filled, bytes - filled, static_cast<off_t>(filled));
    if (got < 0 && errno != EINTR) {
      return os::fail_errno("read a file that was sent", errno);
    }
    if (got == 0) {
      break;
    }
    filled += got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  text.resize(filled);
  return text;
}

}  // namespace superfluid::vmm
