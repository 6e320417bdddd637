// SPDX-License-Identifier: Apache-2.0
// How a node is spoken to: JSON documents, one a line, over a Unix socket.
//
//   -> {"v":1,"id":7,"method":"vm.run","params":{"spec":{...}}}
//   <- {"v":1,"id":7,"result":{"function":{...}}}
//   <- {"v":1,"id":7,"error":{"code":"conflict","message":"...","causes":[],"remedy":"..."}}
//
// Requests may be sent before earlier ones are answered; answers come in any order and carry the
// request's id. A method that follows something answers several times, all but the last with
// "more":true; such a request ends with its connection. docs/node-protocol.md lists the methods.
//
// Who may connect may do everything: the socket's mode is the permission.
//
// Invariants
//   1. A line is at most kLineBytesMax with its newline; a longer one ends the connection.
//   2. A request that cannot be read is answered with an error as long as its id can, else with
//      id 0; only a line that is too long ends the connection.
//
// Threads: pure, but for default_socket_path(), which reads the environment.

#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace superfluid::api {

inline constexpr std::uint64_t kProtocolVersion = 1;
inline constexpr std::size_t kLineBytesMax = 4 << 20;
inline constexpr std::size_t kMethodMax = 64;
inline constexpr std::uint64_t kIdMax = 1ull << 53;  // exact in every JSON library

struct Request {
  std::uint64_t id = 0;
  std::string method;
  boost::json::object params;
};
// The id is there also where the rest could not be read.
struct DecodedRequest {
  std::uint64_t id = 0;
  base::Result<Request> request;
};
DecodedRequest decode_request(std::string_view line);
std::string encode_request(const Request& request);  // with its newline

struct Reply {
  std::uint64_t id = 0;
  bool more = false;
  base::Result<boost::json::object> result;
};
base::Result<Reply> decode_reply(std::string_view line);
std::string encode_reply(const Reply& reply);  // with its newline

// Takes lines out of what arrives in pieces.
class LineSplitter {
 public:
  // kExhausted once a line is longer than kLineBytesMax.
  base::Status add(std::string_view bytes);
  // The next whole line without its newline; valid until the next call of either.
  std::optional<std::string_view> next();

 private:
  std::string held_;
  std::size_t begin_ = 0;
  std::size_t searched_ = 0;
};

// $SUPERFLUID_SOCKET, else /run/superfluid/node.sock for root, else below $XDG_RUNTIME_DIR.
base::Result<std::string> default_socket_path();

}  // namespace superfluid::api
