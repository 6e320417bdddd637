// SPDX-License-Identifier: Apache-2.0
// Server: the node's socket. Takes requests apart and hands them to a Service, writes its answers.
//
// Invariants
//   1. Nobody who connects makes the loop wait: what a peer does not read is kept up to
//      kPendingMax, then the connection is dropped; a peer with kInFlightMax requests unanswered is
//      read from again when some are.
//   2. An answer to a connection that is gone is dropped.
//   3. A descriptor that came belongs to the next request whose method takes one; who sends more
//      than kFilesMax that nobody takes is dropped.
//   4. A line that is too long ends its connection; any other nonsense is answered.
//
// Threads: the loop's.

#pragma once

#include <map>
#include <memory>
#include <string>

#include "agent/service.h"
#include "os/unix_socket.h"

namespace superfluid::agent {

class Server {
 public:
  static constexpr std::size_t kConnectionsMax = 256;
  static constexpr std::size_t kInFlightMax = 1024;
  static constexpr std::size_t kPendingMax = 16 << 20;
  static constexpr std::size_t kFilesMax = 16;

  // Whether a node answers there. One that was killed a moment ago and has still to be taken away,
  // which takes a while where it had interfaces open, is waited for: it hangs up without an answer.
  static bool lives_at(const std::string& path);
  // Takes the path: kConflict when a node listens there already. Before anything that two nodes
  // must not both do; who connects waits until serve().
  static base::Result<os::UnixListener> listen(const std::string& path, mode_t mode = 0600);
  static base::Result<std::unique_ptr<Server>> serve(os::EventLoop& loop, const base::Clock& clock,
                                                     Service& service, os::UnixListener listener);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  std::size_t connections() const { return connections_.size(); }

 private:
  struct Connection;
  using ConnectionPtr = std::shared_ptr<Connection>;

  Server(os::EventLoop& loop, const base::Clock& clock, Service& service,
         os::UnixListener listener);
  base::Status watch_listener();
  void accept();
  void ready(const ConnectionPtr& connection, os::Ready ready);
  bool receive(const ConnectionPtr& connection);
  bool serve_lines(const ConnectionPtr& connection);
  void serve_rest(const ConnectionPtr& connection);
  bool answer(const ConnectionPtr& connection, const api::Reply& reply, os::UniqueFd file = {});
  bool flush(Connection& connection);
  void update_interest(Connection& connection);
  void drop(const ConnectionPtr& connection);

  os::EventLoop& loop_;
  const base::Clock& clock_;
  Service& service_;
  os::UnixListener listener_;
  os::Subscription watch_;
  std::map<int, ConnectionPtr> connections_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace superfluid::agent
