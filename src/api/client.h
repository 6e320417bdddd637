// SPDX-License-Identifier: Apache-2.0
// Client: asks a node and waits for the answer, for programs that do one thing after the other.
//
//   SF_TRY(client, Client::connect(path, {}));
//   SF_TRY(function, client.run(spec));
//
// An error of the node comes back as it was made there, with causes and remedy. kUnreachable means
// that no node listens; kTimedOut, that it is not known whether the request was done.
//
// Threads: one.

#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/model.h"
#include "api/protocol.h"
#include "base/result.h"
#include "os/unique_fd.h"
#include "os/unix_socket.h"

namespace superfluid::api {

struct LogPart {
  std::string text;
  std::uint64_t begins_at = 0;  // more than was asked for: what lay between is gone
  std::uint64_t ends_at = 0;
};

struct NodeInfo {
  std::string version;
  std::int64_t pid = 0;
  std::uint64_t functions = 0;
  std::uint64_t images = 0;
  std::uint64_t shells_idle = 0;
  std::string microvm;  // empty: it is there; else why it is not
  std::string process;
};

class Client {
 public:
  struct Options {
    base::Duration wait_max = base::seconds(60);  // for each answer
  };
  static base::Result<Client> connect(const std::string& path, Options options);

  base::Result<NodeInfo> info();
  base::Status stop_node();
  base::Result<std::string> metrics();

  base::Result<Function> run(const FunctionSpec& spec);
  base::Result<std::vector<Function>> list();
  // `which` is a name or an id.
  base::Result<Function> get(std::string_view which);
  // "start", "stop", "kill", "pause", "unpause" or "rm".
  base::Result<Function> act(std::string_view verb, std::string_view which);
  // The function as a file's bytes, in a sealed memfd.
  base::Result<os::UniqueFd> save(std::string_view which);
  // Such bytes, in a sealed memfd; as a copy when it is given a name.
  base::Result<Function> restore(int saved, std::string_view name);
  base::Result<std::string> read(std::string_view which, std::string_view handler,
                                 std::string_view argument);
  base::Status write(std::string_view which, std::string_view handler, std::string_view value);
  base::Result<LogPart> log(std::string_view which, std::uint64_t from);
  // Calls until the function is gone, the node is, or `more` says false.
  base::Status follow_log(std::string_view which, std::uint64_t from,
                          const std::function<bool(const LogPart&)>& more);

  // With a descriptor beside the request, where there is one.
  base::Result<boost::json::object> call(std::string_view method, boost::json::object params,
                                         int file = -1);

 private:
  explicit Client(os::UnixSocket socket) : socket_(std::move(socket)) {}
  base::Status send(std::string_view method, boost::json::object params, int file);
  base::Result<Reply> receive();
  base::Result<Function> call_for_function(std::string_view method, boost::json::object params,
                                           int file = -1);

  os::UnixSocket socket_;
  LineSplitter lines_;
  os::UniqueFd file_;  // that came last
  std::uint64_t last_id_ = 0;
};

}  // namespace superfluid::api
