// SPDX-License-Identifier: Apache-2.0
// Output: where a command's answer goes. Text for people, or one JSON document for programs, never
// both.
//
// The document: {"version":1,"command":"packet decode","result":{...},"error":{...}}. `result` is
// what was found, `error` is why the command did not finish; a command that found something before
// it failed has both. docs/cli.md describes it for people.
//
// Invariants
//   1. every byte reaches the descriptor or the failure is reported by finish(): a full disk is an
//      error, not a shorter answer.
//   2. JSON is one document. It is written at the end, but for the items of a list that has no
//      limit: those are written as they come, so that an answer may outgrow memory. A program
//      that is killed in between leaves a document that does not end.
//
// Threads: one.

#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "superfluid/cli/exit.h"
#include "superfluid/cli/terminal.h"

namespace superfluid::cli {

struct OutputOptions {
  int fd = 1;
  bool json = false;
  Terminal terminal = {};
};

class Output {
 public:
  explicit Output(OutputOptions options) : options_(options) {}

  bool json() const { return options_.json; }
  const Terminal& terminal() const { return options_.terminal; }

  // For people; only where json() is false.
  void text(std::string_view piece);
  // The command that answers, "" where none was understood. Said before the first item.
  void about(std::string_view command) { command_ = command; }

  // What was said so far is written now: whoever reads it answers.
  void flush();

  // For programs; only where json() is true. The last call wins.
  void result(boost::json::object result) { result_ = std::move(result); }
  // Begins the result with a list whose items are written as they come; result() then gives the
  // members behind it.
  void list(std::string_view name);
  void item(const boost::json::object& item);
  // A part of the document is on its way: no other may follow.
  bool begun() const { return in_list_; }

  // For a command whose answer is a kind of "no" and not an error.
  void exit_with(Exit exit) { exit_ = exit; }
  Exit exit() const { return exit_; }

  // Writes what is left: the rest of the text, or of the document with the `error` that ended it.
  // The Error returned is about the writing alone.
  base::Status finish(const base::Error* error);

 private:
  void write_document_end(const base::Error* error);
  std::string document_start() const;
  void flush_when_full();

  OutputOptions options_;
  std::string_view command_;
  std::string pending_;
  bool in_list_ = false;
  bool list_is_empty_ = true;
  std::optional<boost::json::object> result_;
  Exit exit_ = Exit::kDone;
  int failed_ = 0;  // errno of the first write that was refused; nothing is written after it
};

// The error as people read it: "error: ...", "cause: ..." for each cause, "try: ...".
std::string error_lines(const base::Error& error, const Terminal& terminal);

}  // namespace superfluid::cli
