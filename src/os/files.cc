// SPDX-License-Identifier: Apache-2.0
#include "os/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "os/errno.h"

namespace superfluid::os {
namespace {

constexpr std::size_t kReadStep = 64 << 10;

std::string directory_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) {
    return ".";
  }
  return slash == 0 ? "/" : path.substr(0, slash);
}

// The new content, on disk, under a temporary name.
base::Status fill_temporary(UniqueFd& file, base::ByteView bytes, mode_t mode) {
  SF_CHECKED(write_all(file.get(), bytes));
  if (::fchmod(file.get(), mode) != 0) {
    return fail_errno("set the mode", errno);
  }
  if (::fsync(file.get()) != 0) {
    return fail_errno("fsync", errno);
  }
  return file.close();
}

base::Status sync_directory(const std::string& path) {
  SF_TRY(directory, open_file(path, O_RDONLY | O_DIRECTORY));
  if (::fsync(directory.get()) != 0) {
    return fail_errno(base::cat("fsync ", path), errno);
  }
  return {};
}

}  // namespace

base::Result<UniqueFd> open_file(const std::string& path, int flags, mode_t mode) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    return fail_errno(base::cat("open ", path), errno);
  }
  return UniqueFd(fd);
}

base::Result<std::vector<std::uint8_t>> read_whole(int fd, base::ByteCount limit) {
  std::vector<std::uint8_t> bytes;
  std::size_t filled = 0;
  while (true) {
    if (filled > limit.count()) {
      return base::fail(base::ErrorCode::kExhausted,
                        base::cat("read more than ", base::to_string(limit)));
    }
    if (bytes.size() - filled < kReadStep) {
      bytes.resize(std::max(bytes.size() * 2, filled + kReadStep));
    }
    const ssize_t got = ::read(fd, bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno != EINTR) {
      return fail_errno("read", errno);
    }
    if (got == 0) {
      bytes.resize(filled);
      return bytes;
    }
    filled += got > 0 ? static_cast<std::size_t>(got) : 0;
  }
}

base::Result<std::string> read_text(const std::string& path, base::ByteCount limit) {
  SF_TRY(file, open_file(path, O_RDONLY));
  auto bytes = read_whole(file.get(), limit);
  if (!bytes) {
    return base::pass(base::Error(bytes.error().code(), base::cat("read ", base::escape(path)))
                          .caused_by(std::move(bytes).error()));
  }
  return std::string(base::text_of(*bytes));
}

base::Status write_all(int fd, base::ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno != EINTR) {
      return fail_errno("write", errno);
    }
    bytes = bytes.subspan(put > 0 ? static_cast<std::size_t>(put) : 0);
  }
  return {};
}

base::Status write_atomically(const std::string& path, base::ByteView bytes, mode_t mode) {
  std::string temporary = path + ".XXXXXX";
  UniqueFd file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) {
    return fail_errno(base::cat("create a temporary file beside ", path), errno);
  }
  base::Status done = fill_temporary(file, bytes, mode);
  if (done && ::rename(temporary.c_str(), path.c_str()) != 0) {
    done = fail_errno("rename the temporary file", errno);
  }
  if (!done) {
    ::unlink(temporary.c_str());
    return base::pass(base::Error(done.error().code(), base::cat("replace ", base::escape(path)))
                          .caused_by(std::move(done).error()));
  }
  return sync_directory(directory_of(path));
}

base::Status make_directories(const std::string& path, mode_t mode) {
  for (std::size_t end = 1; end <= path.size(); ++end) {
    if (end != path.size() && path[end] != '/') {
      continue;
    }
    const std::string ancestor = path.substr(0, end);
    struct stat found {};
    if (::mkdir(ancestor.c_str(), mode) == 0) {
      continue;
    }
    const int why = errno;
    if (::stat(ancestor.c_str(), &found) != 0) {
      return fail_errno(base::cat("make directory ", ancestor), why);
    }
    if (!S_ISDIR(found.st_mode)) {
      return base::fail(base::ErrorCode::kConflict,
                        base::cat(base::escape(ancestor), " exists and is not a directory"));
    }
  }
  return {};
}

}  // namespace superfluid::os
