// SPDX-License-Identifier: Apache-2.0
// Service: the node's methods (docs/node-protocol.md), from parsed parameters to the answer.
//
// Knows nothing of sockets: it is given a request and a Respond to call. That makes it testable
// with none, and lets whatever comes to drive a node from inside a process use the same door.
//
// Threads: the loop's.

#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "agent/node.h"
#include "api/protocol.h"

namespace superfluid::agent {

class Service {
 public:
  // Answers a request, perhaps with a sealed memfd beside it. False: nobody listens any more.
  // `more` says that others will follow.
  class Respond {
   public:
    using Send = std::function<bool(base::Result<boost::json::object>, bool more, os::UniqueFd)>;

    template <typename Callable>
    Respond(Callable send) : send_(std::move(send)) {}  // NOLINT(google-explicit-constructor)
    bool operator()(base::Result<boost::json::object> result, bool more,
                    os::UniqueFd file = {}) const {
      return send_(std::move(result), more, std::move(file));
    }

   private:
    Send send_;
  };

  struct Options {
    std::string version;
    std::function<void()> stop;  // what node.stop does, once it is answered
  };

  // All outlive the service.
  Service(os::EventLoop& loop, Node& node, Options options);

  // `arrived` is when the request's last byte was read.
  // `file` is what came with the request, of a method that takes_file().
  void serve(api::Request request, os::UniqueFd file, base::Instant arrived, Respond respond);
  static bool takes_file(std::string_view method);

 private:
  using Params = boost::json::object;
  struct Method;
  struct Follower {
    std::string id;
    std::uint64_t from;
    Respond respond;
    unsigned quiet;  // looks since it was last sent something
  };

  static const Method kMethods[];

  void info(const Params& params, base::Instant arrived, Respond respond);
  void stop_node(const Params& params, base::Instant arrived, Respond respond);
  void metrics(const Params& params, base::Instant arrived, Respond respond);
  void run(const Params& params, base::Instant arrived, Respond respond);
  void list(const Params& params, base::Instant arrived, Respond respond);
  void get(const Params& params, base::Instant arrived, Respond respond);
  void start(const Params& params, base::Instant arrived, Respond respond);
  void stop(const Params& params, base::Instant arrived, Respond respond);
  void kill(const Params& params, base::Instant arrived, Respond respond);
  void remove(const Params& params, base::Instant arrived, Respond respond);
  void pause(const Params& params, base::Instant arrived, Respond respond);
  void unpause(const Params& params, base::Instant arrived, Respond respond);
  void read(const Params& params, base::Instant arrived, Respond respond);
  void write(const Params& params, base::Instant arrived, Respond respond);
  void save(const Params& params, base::Instant arrived, Respond respond);
  void restore(const Params& params, os::UniqueFd file, base::Instant arrived, Respond respond);
  void log(const Params& params, base::Instant arrived, Respond respond);
  void serve_followers();

  os::EventLoop& loop_;
  Node& node_;
  Options options_;
  std::list<Follower> followers_;
  os::Subscription tick_;
};

}  // namespace superfluid::agent
