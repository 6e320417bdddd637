// SPDX-License-Identifier: Apache-2.0
// ControlClient: reads and writes the handlers of a graph that runs in another process and listens
// on a Unix socket (ControlSocket). ControlReply: one answer of the protocol, from bytes that are
// not trusted.
//
//   SF_TRY(client, ControlClient::connect("graph.sock", clock, {}));
//   SF_TRY(count, client.read("c.count", ""));
//
// Invariants
//   1. An answer that breaks the protocol or a limit is kCorrupt, and the connection is of no use
//      any more.
//   2. No call takes longer than kAnswerTime, whatever the other side does (connect(): than the
//      time to wait that it was given).
//   3. What the other side says is escaped before it becomes part of an Error.
//
// Threads: one. Calls wait.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"
#include "os/unix_socket.h"

namespace superfluid::hostgraph {

class ControlReply {
 public:
  static constexpr std::size_t kLineBytesMax = 64 << 10;
  static constexpr std::size_t kLinesMax = 1000;
  static constexpr std::size_t kDataBytesMax = 64 << 20;

  // With DATA behind a code of success, for commands that read.
  explicit ControlReply(bool has_data) : has_data_(has_data) {}

  // How many of the bytes belong to this answer; all of them unless it is whole.
  base::Result<std::size_t> take(base::ByteView bytes);
  bool whole() const { return stage_ == Stage::kWhole; }

  int code() const { return code_; }
  const std::vector<std::string>& lines() const { return lines_; }  // without their code
  const std::string& data() const { return data_; }

 private:
  enum class Stage : std::uint8_t { kLines, kDataLine, kData, kWhole };

  base::Status take_line(std::string_view line);
  base::Status take_data_line(std::string_view line);

  bool has_data_;
  Stage stage_ = Stage::kLines;
  int code_ = 0;
  std::string line_;
  std::vector<std::string> lines_;
  std::size_t data_bytes_ = 0;
  std::string data_;
};

class ControlClient {
 public:
  static constexpr base::Duration kAnswerTime = base::seconds(10);

  // Tries again until somebody listens, but not longer than `wait`.
  static base::Result<ControlClient> connect(const std::string& path, const base::Clock& clock,
                                             base::Duration wait);

  base::Result<std::string> read(std::string_view handler, std::string_view argument);
  base::Status write(std::string_view handler, std::string_view value);

 private:
  ControlClient(os::UnixSocket socket, const base::Clock& clock)
      : socket_(std::move(socket)), clock_(clock) {}

  base::Status greet();
  base::Result<ControlReply> ask(std::string_view command, std::string_view handler,
                                 std::string_view data, bool has_data);
  base::Status receive(base::Instant deadline);

  os::UnixSocket socket_;
  const base::Clock& clock_;
  std::string in_;  // received, and not taken yet
};

}  // namespace superfluid::hostgraph
