// SPDX-License-Identifier: Apache-2.0
// ControlSession: one conversation in the ControlSocket protocol 1.3, without its socket: bytes of
// a client in, bytes for it out.
//
//   session.receive(bytes);
//   while (session.step(router)) { ... }      one command at a time
//   write(session.output()); session.sent(n);
//
// Commands are lines that end with CR, LF or CRLF:
//   READ H [ARG...]   READDATA H N   READUNTIL H [END]     answered with DATA and the value
//   WRITE H [ARG...]  WRITEDATA H N  WRITEUNTIL H [END]
//   CHECKREAD H   CHECKWRITE H   LLRPC ELEMENT#HEX [N]   HELP   QUIT
// H is ELEMENT.HANDLER, NUMBER.HANDLER (elements count from 1) or the name of a global handler. N
// bytes follow the line; with ...UNTIL lines follow it, up to one that equals END.
//
// Answers are lines CODE-TEXT, the last of them CODE TEXT:
//   200 done  220 done, with warnings  500 syntax  501 no such command  510 no such element
//   511 no such handler  520 the handler refused  521 too much data  522 LLRPC refused
//   530 not permitted  590 the handler could not be read
//
// Invariants
//   1. A line has at most kLineBytesMax bytes, its data at most kDataBytesMax. A longer line, and
//      more lines of data, end the conversation (500, 521); more data by number is skipped.
//   2. While kOutputBytesMax bytes wait to be sent, no command is taken; while kInputBytesMax wait
//      to be taken, wants_input() is false.
//   3. Every byte of input is looked at once, however it arrives.
//   4. An LLRPC is never made: its data would be a structure of another program's memory.
//
// Threads: the router's.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "graph/router.h"

namespace superfluid::hostgraph {

class ControlSession {
 public:
  static constexpr std::size_t kLineBytesMax = 1 << 20;
  static constexpr std::size_t kDataBytesMax = 8 << 20;
  static constexpr std::size_t kInputBytesMax = 64 << 10;
  static constexpr std::size_t kOutputBytesMax = 64 << 10;

  struct Rules {
    bool read_only = false;
    const graph::Element* proxy = nullptr;  // whose handlers are named ELEMENT.HANDLER
  };

  // Begins with the banner.
  ControlSession();

  void receive(base::ByteView bytes);
  // The client will say no more.
  void end_input() { input_ended_ = true; }
  bool wants_input() const;

  // Takes and answers one command; false when there is none to take.
  bool step(graph::Router& router, const Rules& rules);

  std::string_view output() const { return std::string_view(out_).substr(sent_); }
  void sent(std::size_t count);

  // Nothing will come out any more once output() is empty.
  bool over() const { return over_; }

 private:
  enum class Mode : std::uint8_t { kLine, kData, kLines, kSkip };
  // What is done with the data once it is there.
  enum class Deed : std::uint8_t { kRead, kWrite, kLlrpc };

  std::optional<std::string> take_line();
  bool take_command(graph::Router& router, const Rules& rules);
  bool take_data(graph::Router& router, const Rules& rules);
  bool take_data_line(graph::Router& router, const Rules& rules);
  void consume(std::size_t count);
  void end(int code, std::string_view text);

  void obey(graph::Router& router, const Rules& rules, std::string_view line);
  void await_data(std::string_view handler, std::string_view count, std::string_view command);
  void act(graph::Router& router, const Rules& rules, std::string_view data);
  void read(graph::Router& router, const Rules& rules, std::string_view data);
  void write(graph::Router& router, const Rules& rules, std::string_view data);
  void check(graph::Router& router, const Rules& rules, std::string_view name, bool writing);
  void refuse_llrpc(graph::Router& router, const Rules& rules, std::size_t bytes);
  const graph::Handler* find(graph::Router& router, const Rules& rules, std::string_view full_name);

  void answer(int code, std::string_view text, bool more = false);
  void answer_error(int code, std::string_view text, const base::Error& error);

  std::string in_;
  std::size_t taken_ = 0;    // of in_
  std::size_t scanned_ = 0;  // of what was not taken; no line ends in it
  std::string out_;
  std::size_t sent_ = 0;  // of out_
  Mode mode_ = Mode::kLine;
  Deed deed_ = Deed::kRead;
  std::string handler_;         // of the command whose data is awaited
  std::string terminator_;      // kLines
  std::string lines_;           // kLines, so far
  std::size_t data_bytes_ = 0;  // kData: that are wanted; kSkip: that are left
  bool after_cr_ = false;       // a LF that comes next belongs to the line before
  bool input_ended_ = false;
  bool needs_more_ = false;  // the last step found no whole command
  bool over_ = false;
};

}  // namespace superfluid::hostgraph
