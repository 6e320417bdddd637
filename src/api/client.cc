// SPDX-License-Identifier: Apache-2.0
#include "api/client.h"

#include <array>
#include <boost/json/array.hpp>
#include <span>

#include "api/codec.h"
#include "api/reader.h"
#include "base/text.h"

namespace superfluid::api {

using base::cat;
using base::ErrorCode;
namespace json = boost::json;

namespace {

json::string text(std::string_view text) { return json::string(text.data(), text.size()); }

constexpr std::size_t kTextMax = kLineBytesMax;
// Most answers take less.
constexpr base::Duration kLookFor = base::microseconds(300);

base::Failure damaged(Reader::Problem problem) {
  return base::fail(ErrorCode::kCorrupt, "the node's answer cannot be read")
      .caused_by(std::move(*problem));
}

base::Result<LogPart> log_part_of(const json::object& result) {
  Reader::Problem problem;
  LogPart part;
  const json::value value(result);
  Reader reader(value, "result", problem);
  reader.text("text", part.text, kTextMax);
  reader.number("begins_at", part.begins_at, 0, ~0ull);
  reader.number("ends_at", part.ends_at, 0, ~0ull);
  reader.done();
  if (problem) {
    return damaged(std::move(problem));
  }
  return part;
}

// A result of one text.
base::Result<std::string> text_of_result(const json::object& result, std::string_view key) {
  const json::value* value = result.if_contains(key);
  if (value == nullptr || !value->is_string()) {
    return base::fail(ErrorCode::kCorrupt, cat("the node's answer has no ", key));
  }
  return std::string(value->get_string());
}

}  // namespace

base::Result<Client> Client::connect(const std::string& path, Options options) {
  auto socket = os::UnixSocket::connect(path, os::SocketKind::kStream);
  if (!socket) {
    const ErrorCode code = socket.error().code();
    const bool nobody = code == ErrorCode::kUnreachable || code == ErrorCode::kNotFound;
    return base::fail(nobody ? ErrorCode::kUnreachable : code,
                      nobody ? cat("no node listens at ", base::escape(path))
                             : cat("the node at ", base::escape(path), " cannot be asked"))
        .caused_by(std::move(socket).error())
        .try_this(nobody ? "superfluid up" : "run this as the user that started the node");
  }
  SF_CHECKED(socket->limit_waiting(options.wait_max));
  return Client(std::move(*socket));
}

base::Status Client::send(std::string_view method, json::object params, int file) {
  const std::string line = encode_request(
      {.id = ++last_id_, .method = std::string(method), .params = std::move(params)});
  if (line.size() > kLineBytesMax) {
    return base::fail(ErrorCode::kExhausted, "the request is too long")
        .try_this(cat("less than ", kLineBytesMax, " bytes of text"));
  }
  file_.reset();
  SF_TRY(sent, socket_.send(base::bytes_of(line), std::span(&file, file >= 0 ? 1 : 0)));
  if (sent != line.size()) {
    return base::fail(ErrorCode::kUnreachable, "the node takes no more of the request");
  }
  return {};
}

base::Result<Reply> Client::receive() {
  std::array<std::uint8_t, 16384> room;
  while (true) {
    while (const auto line = lines_.next()) {
      SF_TRY(reply, decode_reply(*line));
      if (reply.id == last_id_ || reply.id == 0) {
        return reply;
      }
    }
    auto received = socket_.receive(room);
    if (!received) {
      return base::pass(std::move(received).error());
    }
    if (!*received || (*received)->size == 0) {
      return base::fail(ErrorCode::kUnreachable, "the node ended before it answered")
          .try_this("superfluid up");
    }
    for (os::UniqueFd& fd : (*received)->fds) {
      file_ = std::move(fd);
    }
    SF_CHECKED(lines_.add(base::text_of(base::ByteView(room).first((*received)->size))));
  }
}

base::Result<json::object> Client::call(std::string_view method, json::object params, int file) {
  SF_CHECKED(send(method, std::move(params), file));
  socket_.look(kLookFor);
  SF_TRY(reply, receive());
  return std::move(reply.result);
}

base::Result<Function> Client::call_for_function(std::string_view method, json::object params,
                                                 int file) {
  SF_TRY(result, call(method, std::move(params), file));
  const json::value* function = result.if_contains("function");
  if (function == nullptr) {
    return base::fail(ErrorCode::kCorrupt, "the node's answer has no function");
  }
  return decode_function(*function, "function");
}

base::Result<os::UniqueFd> Client::save(std::string_view which) {
  SF_TRY(result, call("vm.save", {{"function", text(which)}}));
  if (!file_) {
    return base::fail(ErrorCode::kCorrupt, "the node's answer has no file");
  }
  return std::move(file_);
}

base::Result<Function> Client::restore(int saved, std::string_view name) {
  return call_for_function("vm.restore", {{"name", text(name)}}, saved);
}

base::Result<NodeInfo> Client::info() {
  SF_TRY(result, call("node.info", {}));
  Reader::Problem problem;
  NodeInfo info;
  const json::value value(std::move(result));
  Reader reader(value, "result", problem);
  reader.text("version", info.version, 64);
  std::uint64_t pid = 0;
  reader.number("pid", pid, 0, 1ull << 32);
  info.pid = static_cast<std::int64_t>(pid);
  reader.number("functions", info.functions, 0, ~0ull);
  reader.number("images", info.images, 0, ~0ull);
  reader.number("shells_idle", info.shells_idle, 0, ~0ull);
  reader.text("microvm", info.microvm, 4096);
  reader.text("process", info.process, 4096);
  reader.done();
  if (problem) {
    return damaged(std::move(problem));
  }
  return info;
}

base::Status Client::stop_node() {
  SF_TRY(ignored, call("node.stop", {}));
  // The node closes the connection as the last thing that it does.
  while (receive()) {
  }
  return {};
}

base::Result<std::string> Client::metrics() {
  SF_TRY(result, call("node.metrics", {}));
  return text_of_result(result, "text");
}

base::Result<Function> Client::run(const FunctionSpec& spec) {
  return call_for_function("vm.run", {{"spec", encode(spec)}});
}

base::Result<std::vector<Function>> Client::list() {
  std::vector<Function> functions;
  json::object params;
  for (bool more = true; more;) {
    SF_TRY(result, call("vm.list", params));
    const json::value* list = result.if_contains("functions");
    if (list == nullptr || !list->is_array()) {
      return base::fail(ErrorCode::kCorrupt, "the node's answer has no functions");
    }
    for (const json::value& value : list->get_array()) {
      SF_TRY(function, decode_function(value, "functions"));
      functions.push_back(std::move(function));
    }
    const json::value* next = result.if_contains("next");
    more = next != nullptr && next->is_string() && !list->get_array().empty();
    params = more ? json::object{{"after", *next}} : json::object();
  }
  return functions;
}

base::Result<Function> Client::get(std::string_view which) {
  return call_for_function("vm.get", {{"function", text(which)}});
}

base::Result<Function> Client::act(std::string_view verb, std::string_view which) {
  return call_for_function(cat("vm.", verb), {{"function", text(which)}});
}

base::Result<std::string> Client::read(std::string_view which, std::string_view handler,
                                       std::string_view argument) {
  SF_TRY(result, call("vm.read", {{"function", text(which)},
                                  {"handler", text(handler)},
                                  {"argument", text(argument)}}));
  return text_of_result(result, "value");
}

base::Status Client::write(std::string_view which, std::string_view handler,
                           std::string_view value) {
  SF_TRY(result,
         call("vm.write",
              {{"function", text(which)}, {"handler", text(handler)}, {"value", text(value)}}));
  return {};
}

base::Result<LogPart> Client::log(std::string_view which, std::uint64_t from) {
  SF_TRY(result, call("vm.log", {{"function", text(which)}, {"from", from}}));
  return log_part_of(result);
}

base::Status Client::follow_log(std::string_view which, std::uint64_t from,
                                const std::function<bool(const LogPart&)>& more) {
  SF_CHECKED(send("vm.log", {{"function", text(which)}, {"from", from}, {"follow", true}}, -1));
  while (true) {
    auto reply = receive();
    if (!reply && reply.error().code() == ErrorCode::kTimedOut) {
      continue;  // nothing was printed for a while
    }
    if (!reply) {
      return base::pass(std::move(reply).error());
    }
    if (!reply->result) {
      return base::pass(std::move(reply->result).error());
    }
    SF_TRY(part, log_part_of(*reply->result));
    if (!more(part) || !reply->more) {
      return {};
    }
  }
}

}  // namespace superfluid::api
