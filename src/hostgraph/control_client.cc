// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/control_client.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/error_lines.h"
#include "base/text.h"

namespace superfluid::hostgraph {

using base::cat;
using base::ErrorCode;

namespace {

constexpr std::string_view kBanner = "Click::ControlSocket/1.";
constexpr std::size_t kBannerBytesMax = 256;
constexpr base::Duration kTryEvery = base::milliseconds(20);
constexpr std::size_t kCodeDigits = 3;

base::Failure broken(std::string_view what) {
  return base::fail(ErrorCode::kCorrupt, cat("the graph's answer ", what));
}

// A Unix socket can be connected to without its listener's help, but nobody can be asked to say
// when a path will appear.
void pause_before_next_try() {
  ::poll(nullptr, 0, static_cast<int>(kTryEvery.count() / 1'000'000));
}

ErrorCode class_of(int code) {
  switch (code) {
    case 500: return ErrorCode::kInvalid;
    case 501: return ErrorCode::kUnsupported;
    case 510:
    case 511: return ErrorCode::kNotFound;
    case 521: return ErrorCode::kExhausted;
    case 530: return ErrorCode::kNotPermitted;
    default: return ErrorCode::kFailed;
  }
}

// "...error:" in the first of several lines says less than what this program says.
base::Error error_of(const ControlReply& reply, std::string_view verb, std::string_view handler) {
  std::span lines(reply.lines());
  if (lines.size() > 1 && lines.front().ends_with(':')) {
    lines = lines.subspan(1);
  }
  std::string text;
  for (const std::string& line : lines) {
    text += cat(line, "\n");
  }
  const ErrorCode code = class_of(reply.code());
  return base::Error(code, cat(verb, " ", base::escape(handler)))
      .caused_by(base::error_of_lines(code, text));
}

}  // namespace

base::Result<std::size_t> ControlReply::take(base::ByteView bytes) {
  const std::string_view text = base::text_of(bytes);
  std::size_t at = 0;
  while (at < text.size() && !whole()) {
    if (stage_ == Stage::kData) {
      const std::string_view more = text.substr(at, data_bytes_ - data_.size());
      data_ += more;
      at += more.size();
      stage_ = data_.size() == data_bytes_ ? Stage::kWhole : stage_;
      continue;
    }
    const std::size_t end = text.find('\n', at);
    line_ += text.substr(at, end - at);
    at = std::min(end, text.size() - 1) + 1;
    if (line_.size() > kLineBytesMax) {
      return broken(cat("has a line of more than ", kLineBytesMax, " bytes"));
    }
    if (end != text.npos) {
      const std::string line = std::exchange(line_, {});
      const std::string_view bare =
          std::string_view(line).substr(0, line.size() - (line.ends_with('\r') ? 1 : 0));
      SF_CHECKED(stage_ == Stage::kLines ? take_line(bare) : take_data_line(bare));
    }
  }
  return at;
}

base::Status ControlReply::take_line(std::string_view line) {
  const auto code = base::parse_u64(line.substr(0, kCodeDigits));
  const char mark = line.size() > kCodeDigits ? line[kCodeDigits] : '\0';
  if (!code || *code < 100 || *code > 999 || (mark != ' ' && mark != '-')) {
    return broken(cat("has the line '", base::escape(line.substr(0, 80)), "'"));
  }
  if (lines_.size() == kLinesMax) {
    return broken(cat("has more than ", kLinesMax, " lines"));
  }
  code_ = static_cast<int>(*code);
  lines_.emplace_back(line.substr(kCodeDigits + 1));
  if (mark == ' ') {
    stage_ = has_data_ && code_ / 100 == 2 ? Stage::kDataLine : Stage::kWhole;
  }
  return {};
}

base::Status ControlReply::take_data_line(std::string_view line) {
  constexpr std::string_view kData = "DATA ";
  const auto bytes =
      line.starts_with(kData) ? base::parse_u64(line.substr(kData.size())) : std::nullopt;
  if (!bytes) {
    return broken(cat("has '", base::escape(line.substr(0, 80)), "' in place of DATA"));
  }
  if (*bytes > kDataBytesMax) {
    return broken(cat("has ", *bytes, " bytes, more than ", kDataBytesMax));
  }
  data_bytes_ = *bytes;
  stage_ = data_bytes_ == 0 ? Stage::kWhole : Stage::kData;
  return {};
}

base::Result<ControlClient> ControlClient::connect(const std::string& path,
                                                   const base::Clock& clock, base::Duration wait) {
  const base::Instant deadline = clock.now() + wait;
  while (true) {
    auto socket = os::UnixSocket::connect(path, os::SocketKind::kStream);
    if (socket) {
      ControlClient client(std::move(*socket), clock);
      SF_CHECKED(client.greet());
      return client;
    }
    const ErrorCode code = socket.error().code();
    const bool absent = code == ErrorCode::kNotFound || code == ErrorCode::kUnreachable;
    if (!absent) {
      return base::pass(std::move(socket).error());
    }
    if (clock.now() >= deadline) {
      return base::fail(ErrorCode::kUnreachable, cat("no graph listens on ", base::escape(path)))
          .caused_by(std::move(socket).error())
          .try_this(cat("superfluid graph run FILE --socket ", base::escape(path)));
    }
    pause_before_next_try();
  }
}

base::Status ControlClient::greet() {
  const base::Instant deadline = clock_.now() + kAnswerTime;
  std::size_t end = in_.find('\n');
  while (end == in_.npos && in_.size() <= kBannerBytesMax) {
    SF_CHECKED(receive(deadline));
    end = in_.find('\n');
  }
  if (!in_.starts_with(kBanner) || end > kBannerBytesMax) {
    return base::fail(ErrorCode::kCorrupt,
                      "who listens there does not speak the ControlSocket protocol");
  }
  in_.erase(0, end + 1);
  return {};
}

base::Status ControlClient::receive(base::Instant deadline) {
  const base::Duration left = deadline - clock_.now();
  if (left <= base::Duration()) {
    return base::fail(ErrorCode::kTimedOut, "the graph does not answer");
  }
  SF_CHECKED(socket_.limit_waiting(left));
  std::array<std::uint8_t, 64 << 10> room;
  SF_TRY(received, socket_.receive(room));
  if (received->size == 0) {
    return base::fail(ErrorCode::kUnreachable, "the graph ended the connection");
  }
  in_ += base::text_of(base::ByteView(room).first(received->size));
  return {};
}

base::Result<ControlReply> ControlClient::ask(std::string_view command, std::string_view handler,
                                              std::string_view data, bool has_data) {
  const auto is_no_word = [](char c) { return c <= ' ' || c == '\x7f'; };
  if (handler.empty() || std::ranges::any_of(handler, is_no_word)) {
    return base::fail(ErrorCode::kInvalid,
                      cat("'", base::escape(handler), "' is no handler's name"))
        .try_this("ELEMENT.HANDLER, or a global handler such as list");
  }
  const base::Instant deadline = clock_.now() + kAnswerTime;
  SF_CHECKED(socket_.limit_waiting(kAnswerTime));
  const std::string said = cat(command, " ", handler, " ", data.size(), "\r\n", data);
  SF_CHECKED(socket_.send(base::bytes_of(said)));
  ControlReply reply(has_data);
  while (true) {
    SF_TRY(taken, reply.take(base::bytes_of(in_)));
    in_.erase(0, taken);
    if (reply.whole()) {
      return reply;
    }
    SF_CHECKED(receive(deadline));
  }
}

base::Result<std::string> ControlClient::read(std::string_view handler, std::string_view argument) {
  SF_TRY(reply, ask("READDATA", handler, argument, true));
  if (reply.code() / 100 != 2) {
    return base::pass(error_of(reply, "read", handler));
  }
  return reply.data();
}

base::Status ControlClient::write(std::string_view handler, std::string_view value) {
  SF_TRY(reply, ask("WRITEDATA", handler, value, false));
  if (reply.code() / 100 != 2) {
    return base::pass(error_of(reply, "write", handler));
  }
  return {};
}

}  // namespace superfluid::hostgraph
