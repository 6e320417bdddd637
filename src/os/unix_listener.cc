// SPDX-License-Identifier: Apache-2.0
// How a listening socket gets its path. Everything here is one order of steps:
//
//   bind to a temporary name, set the mode, listen     nobody looks there
//   link(temporary, path)                              fails when anything is at `path`
//     then, under a lock on the directory:
//     connect to `path`: answered                      it is alive: kConflict
//     refused                                          it is dead: rename(temporary, path)
//   unlink(temporary)
//
// The lock makes the check and the rename one step for all who take over dead paths; those who link
// need none, since link() never replaces.

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "os/errno.h"
#include "os/files.h"
#include "os/random.h"
#include "os/unix_address.h"
#include "os/unix_socket.h"

namespace superfluid::os {
namespace {

using base::ErrorCode;

std::string temporary_beside(const std::string& path) {
  return base::cat(path, ".", base::Hex{kernel_random() & 0xffffffu, 6});
}
static_assert(kSocketPathMax + 7 < sizeof(sockaddr_un::sun_path), "the temporary name fits too");

// A file that goes away unless it is kept.
class TemporaryName {
 public:
  explicit TemporaryName(std::string path) : path_(std::move(path)) {}
  TemporaryName(const TemporaryName&) = delete;
  TemporaryName& operator=(const TemporaryName&) = delete;
  ~TemporaryName() { ::unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

base::Status check_dead(const std::string& path, SocketKind kind) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) {
    return errno == ENOENT ? base::Status()
                           : base::Status(fail_errno(base::cat("look at ", path), errno));
  }
  if (!S_ISSOCK(found.st_mode)) {
    return base::fail(ErrorCode::kConflict,
                      base::cat(base::escape(path), " exists and is not a socket"));
  }
  const auto alive = UnixSocket::connect(path, kind, Waiting::kNever);
  if (!alive && alive.error().code() == ErrorCode::kUnreachable) {
    return {};
  }
  // Also when it is alive with a full backlog, or speaks the other kind.
  return base::fail(ErrorCode::kConflict,
                    base::cat("another program listens on ", base::escape(path)))
      .try_this("stop it, or choose another path");
}

base::Status publish(const std::string& temporary, const std::string& path, SocketKind kind) {
  if (::link(temporary.c_str(), path.c_str()) == 0) {
    return {};
  }
  if (errno != EEXIST) {
    return fail_errno(base::cat("create ", path), errno);
  }
  SF_TRY(directory, open_file(directory_of(path), O_RDONLY | O_DIRECTORY));
  if (::flock(directory.get(), LOCK_EX) != 0) {
    return fail_errno(base::cat("lock the directory of ", path), errno);
  }
  SF_CHECKED(check_dead(path, kind));
  // rename() does nothing when both names are one file, which they are not: link() failed.
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    return fail_errno(base::cat("replace ", path), errno);
  }
  return {};
}

}  // namespace

base::Result<UnixListener> UnixListener::listen(const std::string& path, Options options) {
  SF_CHECKED(unix_address(path));
  const int type = options.kind == SocketKind::kStream ? SOCK_STREAM : SOCK_SEQPACKET;
  UniqueFd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) {
    return fail_errno("create a Unix socket", errno);
  }
  const TemporaryName temporary(temporary_beside(path));
  const UnixAddress address(temporary.path());
  // The file takes its mode from the socket, less the umask: never wider than asked.
  if (::fchmod(fd.get(), options.mode) != 0 ||
      ::bind(fd.get(), address.get(), address.length()) != 0) {
    return fail_errno(base::cat("bind a socket beside ", path), errno);
  }
  struct stat published {};
  if (::chmod(temporary.path().c_str(), options.mode) != 0 ||
      ::listen(fd.get(), options.backlog) != 0 ||
      ::lstat(temporary.path().c_str(), &published) != 0) {
    return fail_errno(base::cat("listen on ", path), errno);
  }
  SF_CHECKED(publish(temporary.path(), path, options.kind));
  UnixListener listener(std::move(fd), path, options.kind);
  listener.device_ = published.st_dev;
  listener.inode_ = published.st_ino;
  return listener;
}

UnixListener& UnixListener::operator=(UnixListener&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(kind_, other.kind_);
  std::swap(device_, other.device_);
  std::swap(inode_, other.inode_);
  return *this;
}

UnixListener::~UnixListener() {
  struct stat found {};
  if (fd_ && ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ &&
      found.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
}

}  // namespace superfluid::os
