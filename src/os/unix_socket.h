// SPDX-License-Identifier: Apache-2.0
// Unix sockets: how the programs of one host talk, and how they hand each other memory, doorbells
// and namespaces as descriptors.
//
// Invariants
//   1. A path that can be connected to has a listener behind it or is dead, never something in
//      between: the socket is bound under a temporary name, listens, has its mode, and only then
//      appears under `path`.
//   2. listen() takes over the path of a dead listener and refuses (kConflict) that of a live one
//      and of anything that is no socket. Two that start at once do not both win.
//   3. Descriptors that arrive are close-on-exec and owned from the first moment. A message with
//      more of them than kFdsPerMessageMax is an error, and all that came are closed.
//   4. A peer that is gone is an Error (kUnreachable) or an end of conversation, never SIGPIPE.
//   5. In kSeqpacket one send() is one receive(); a message longer than the room given is an error
//      and is lost.
//
// The directory of the path belongs to us: whoever may write there can replace the socket anyway.
// A program killed while it starts to listen can leave its temporary name behind.
//
// Threads: one thread per socket and direction.

#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/fixed_vector.h"
#include "base/result.h"
#include "base/units.h"
#include "os/unique_fd.h"

namespace superfluid::os {

inline constexpr std::size_t kFdsPerMessageMax = 32;
inline constexpr std::size_t kSocketPathMax = 100;

enum class SocketKind : unsigned char { kStream, kSeqpacket };
// What a socket does when nothing has arrived, or the peer does not read.
enum class Waiting : unsigned char { kBlocks, kNever };

struct PeerCredentials {
  pid_t pid;
  uid_t user;
  gid_t group;
};

struct Received {
  std::size_t size = 0;  // 0: the peer said its last word
  base::FixedVector<UniqueFd, kFdsPerMessageMax> fds;
};

class UnixSocket {
 public:
  static base::Result<UnixSocket> connect(const std::string& path, SocketKind kind,
                                          Waiting waiting = Waiting::kBlocks);
  static base::Result<std::pair<UnixSocket, UnixSocket>> pair(SocketKind kind,
                                                              Waiting waiting = Waiting::kBlocks);

  // A connected socket of this kind that came from another process.
  static base::Result<UnixSocket> adopt(UniqueFd fd, SocketKind kind,
                                        Waiting waiting = Waiting::kBlocks);

  int fd() const { return fd_.get(); }
  UniqueFd take_fd() && { return std::move(fd_); }
  // Of the process that connected (or made the pair), as the kernel saw it then.
  base::Result<PeerCredentials> peer() const;
  // From now on a blocking call that waits longer fails with kTimedOut.
  base::Status limit_waiting(base::Duration limit);

  // How many bytes went: all of them, fewer on a kStream with Waiting::kNever, 0 when none would go
  // now. The descriptors go with the first byte; ours stay open. Empty messages do not exist
  // (kInvalid): they would read as the end.
  base::Result<std::size_t> send(base::ByteView bytes, std::span<const int> fds = {});
  // nullopt: nothing there now (Waiting::kNever only).
  base::Result<std::optional<Received>> receive(base::ByteSpan room);
  // Looks for so long whether there is something to receive, and lets others run between two looks:
  // for an answer that comes before this thread would have slept and been woken again.
  void look(base::Duration how_long) const;

 private:
  friend class UnixListener;
  UnixSocket(UniqueFd fd, SocketKind kind, Waiting waiting)
      : fd_(std::move(fd)), kind_(kind), waiting_(waiting) {}
  base::Result<std::size_t> send_once(base::ByteView bytes, std::span<const int> fds);

  UniqueFd fd_;
  SocketKind kind_;
  Waiting waiting_;
};

class UnixListener {
 public:
  struct Options {
    SocketKind kind = SocketKind::kStream;
    mode_t mode = 0600;
    int backlog = 64;
  };
  static base::Result<UnixListener> listen(const std::string& path, Options options);

  UnixListener(UnixListener&&) noexcept = default;
  UnixListener& operator=(UnixListener&& other) noexcept;
  // Removes the path, unless somebody else's socket is there by now.
  ~UnixListener();

  int fd() const { return fd_.get(); }
  // nullopt: nobody is waiting. Never blocks; wait for fd() in an EventLoop.
  base::Result<std::optional<UnixSocket>> accept(Waiting waiting = Waiting::kNever);

 private:
  UnixListener(UniqueFd fd, std::string path, SocketKind kind)
      : fd_(std::move(fd)), path_(std::move(path)), kind_(kind) {}

  UniqueFd fd_;
  std::string path_;
  SocketKind kind_;
  dev_t device_ = 0;  // which file we published, so that only that one is removed
  ino_t inode_ = 0;
};

}  // namespace superfluid::os
