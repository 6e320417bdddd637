// SPDX-License-Identifier: Apache-2.0
#include "api/protocol.h"

#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <cstdlib>

#include "api/codec.h"
#include "api/reader.h"
#include "base/text.h"

namespace superfluid::api {

using base::cat;
using base::ErrorCode;
namespace json = boost::json;

namespace {

// A number beyond a double is read as infinity, which JSON cannot say again. The parser limits how
// deep a document is.
bool is_finite(const json::value& value) {
  if (const double* number = value.if_double()) {
    return std::isfinite(*number);
  }
  if (const json::array* list = value.if_array()) {
    return std::ranges::all_of(*list, is_finite);
  }
  const json::object* members = value.if_object();
  return members == nullptr || std::ranges::all_of(*members, [](const auto& member) {
           return is_finite(member.value());
         });
}

base::Result<json::value> parse(std::string_view line) {
  json::error_code problem;
  // A document lives as long as its request: it is taken from few large pieces of memory and given
  // back as a whole, which is half the time of reading it.
  json::value value = json::parse(json::string_view(line.data(), line.size()), problem,
                                  json::make_shared_resource<json::monotonic_resource>());
  if (problem) {
    return base::fail(ErrorCode::kInvalid, cat("this is no JSON: ", problem.message()))
        .try_this("one document on one line, such as {\"v\":1,\"id\":1,\"method\":\"vm.list\"}");
  }
  if (!is_finite(value)) {
    return base::fail(ErrorCode::kInvalid, "this has a number that is too large");
  }
  return value;
}

std::string line_of(const json::object& object) {
  std::string line = json::serialize(object);
  line += '\n';
  return line;
}

}  // namespace

DecodedRequest decode_request(std::string_view line) {
  auto value = parse(line);
  if (!value) {
    return {0, base::pass(std::move(value).error())};
  }
  Reader::Problem problem;
  Request request;
  std::uint64_t version = 0;
  Reader reader(*value, "", problem);
  // The id comes first, so that whatever else is wrong can be answered to it.
  reader.need("id");
  reader.number("id", request.id, 1, kIdMax);
  reader.need("v");
  reader.number("v", version, 1, kIdMax);
  reader.need("method");
  reader.text("method", request.method, kMethodMax);
  if (const json::value* params = reader.member("params")) {
    if (params->is_object()) {
      request.params = std::move(value->as_object()["params"].as_object());
    } else {
      reader.refuse("params", "an object is expected");
    }
  }
  reader.done();
  const std::uint64_t id = request.id;
  if (problem) {
    return {id, base::pass(std::move(*problem))};
  }
  if (version != kProtocolVersion) {
    return {id, base::fail(ErrorCode::kUnsupported,
                           cat("version ", version, " of the protocol is not spoken here"))
                    .try_this("use the superfluid that this node was started with")};
  }
  return {id, std::move(request)};
}

std::string encode_request(const Request& request) {
  return line_of({{"v", kProtocolVersion},
                  {"id", request.id},
                  {"method", request.method},
                  {"params", request.params}});
}

base::Result<Reply> decode_reply(std::string_view line) {
  SF_TRY(value, parse(line));
  Reader::Problem problem;
  Reply reply{.result = json::object()};
  std::uint64_t version = 0;
  Reader reader(value, "", problem);
  reader.number("v", version, kProtocolVersion, kProtocolVersion);
  reader.number("id", reply.id, 0, kIdMax);
  reader.flag("more", reply.more);
  const json::value* result = reader.member("result");
  const json::value* error = reader.member("error");
  if ((result == nullptr) == (error == nullptr)) {
    reader.refuse("result", "either a result or an error is expected");
  } else if (result != nullptr && !result->is_object()) {
    reader.refuse("result", "an object is expected");
  }
  reader.done();
  if (problem) {
    return base::fail(ErrorCode::kCorrupt, "the node's answer cannot be read")
        .caused_by(std::move(*problem));
  }
  if (error != nullptr) {
    reply.result = base::pass(decode_error(*error));
  } else {
    reply.result = std::move(value.as_object()["result"].as_object());
  }
  return reply;
}

std::string encode_reply(const Reply& reply) {
  json::object object = {{"v", kProtocolVersion}, {"id", reply.id}};
  if (reply.more) {
    object["more"] = true;
  }
  if (reply.result) {
    object["result"] = *reply.result;
  } else {
    object["error"] = encode(reply.result.error());
  }
  return line_of(object);
}

base::Status LineSplitter::add(std::string_view bytes) {
  held_.erase(0, begin_);
  searched_ -= begin_;
  begin_ = 0;
  held_ += bytes;
  if (held_.size() > kLineBytesMax && held_.find('\n', searched_) >= kLineBytesMax) {
    return base::fail(ErrorCode::kExhausted,
                      cat("a line is longer than ", kLineBytesMax, " bytes"));
  }
  return {};
}

std::optional<std::string_view> LineSplitter::next() {
  const std::size_t end = held_.find('\n', searched_);
  if (end == std::string::npos) {
    searched_ = held_.size();
    return std::nullopt;
  }
  const std::string_view line = std::string_view(held_).substr(begin_, end - begin_);
  begin_ = searched_ = end + 1;
  return line;
}

base::Result<std::string> default_socket_path() {
  if (const char* given = std::getenv("SUPERFLUID_SOCKET"); given != nullptr && *given != 0) {
    return std::string(given);
  }
  if (::geteuid() == 0) {
    return std::string("/run/superfluid/node.sock");
  }
  if (const char* folder = std::getenv("XDG_RUNTIME_DIR"); folder != nullptr && *folder == '/') {
    return cat(folder, "/superfluid/node.sock");
  }
  return base::fail(ErrorCode::kInvalid, "where the node listens is not known")
      .try_this("--socket PATH, or set SUPERFLUID_SOCKET or XDG_RUNTIME_DIR");
}

}  // namespace superfluid::api
