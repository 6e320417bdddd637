// SPDX-License-Identifier: Apache-2.0
// Script: a small language by which a graph controls itself: calls handlers, waits, decides.
//
//   Script(INSTRUCTION, ... [, TYPE type])
//
// Instructions
//   set VAR TEXT, init VAR TEXT, export VAR TEXT
//                   a variable: each time; once, when the graph is initialised; the same and
//                   readable as a handler. setq, initq, exportq unquote the text.
//   print [>FILE | >>FILE] TEXT | HANDLER
//                   to standard output or a file, with a line's end; printn without. What begins
//                   with a letter, '_' or '@' is a read handler. printq, printnq unquote a
//                   handler's argument.
//   read HANDLER    prints its name and value as an error would be printed; readq
//   write HANDLER TEXT
//                   $? is its outcome: 0, or less than 0; writeq
//   save HANDLER FILE, append HANDLER FILE
//   pause [N]       (wait_step, wait_stop, wait without argument) until the script was stepped N
//                   times
//   wait TIME       (wait_for, wait_time) until then, or until it is stepped
//   label NAME, goto NAME [CONDITION], loop
//                   to `begin` or `loop`: the first instruction; to end, exit, stop, error: as they
//   return [VALUE]  ends; the value of `run`, or the output of a packet; returnq
//   end, exit       ends. A packet goes to output 0 after `end`, and is dropped after `exit`.
//   stop            ends and asks the graph to stop
//   error [TEXT]    ends with an error; errorq
//
// Text       $name, ${name}, $(HANDLER ARGUMENT...) are replaced; a handler without an element's
//            name is the script's own. $1, $2 ... $#, $args: what `run` was given; $?; $$; $0.
// Arguments  TYPE  ACTIVE: runs from the start; the default without ports
//                  PASSIVE: runs when `run` is called
//                  PACKET: runs for each packet, with $input; the default with ports
//                  DRIVER: also decides what a wish to stop means: it is a step of the script, and
//                  the graph stops at the script's end
//                  SIGNAL NAME...: runs when the process gets one of these signals (INT, USR1, ...,
//                  or a number); having ended with `end`, it runs at the next one too
// Ports      any number, on PACKET scripts alone
// Drops      packets whose script did not choose an output that there is
// Handlers   step [N] (w), goto LABEL (w), run (rw), get VAR (r), set VAR VALUE (w), shift VAR (r)
//            functions (r, of their argument): add sub mul div idiv mod rem min max neg abs eq ne
//            gt ge lt le not and nand or nor if in first length unquote sprintf random now readable
//            writable cat catq htons htonl ntohs ntohl kill
// Example    Script(wait 1s, print $(add 1 $(c.count)), stop);
//
// Files and signals are the host's (graph/host.h): where there are none, as in a microVM, what asks
// for them is an error of the script, and $$ is 0.
//
// A script that jumps 1000 times without waiting is ended.
//
// DriverManager: a Script whose TYPE is DRIVER.
//
//   DriverManager(pause, write k.flush, wait 0.1s, stop);

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "elements/script_text.h"
#include "graph/element.h"
#include "graph/router.h"

namespace superfluid::elements {

class Script : public graph::Element, public graph::StopManager, private Substitutions {
 public:
  static const graph::ElementClass kClass;
  static constexpr int kJumpsMax = 1000;

  ~Script() override;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  void push(std::uint32_t port, graph::Batch batch) override;
  std::size_t pull(std::uint32_t port, graph::Packet** into, std::size_t max) override;
  void run_timer(graph::Timer&) override;
  bool absorb_stop() override;

 protected:
  enum class Type : std::uint8_t { kByPorts, kActive, kPassive, kPacket, kDriver, kSignal };
  Type type_ = Type::kByPorts;

 private:
  // What an instruction does; several words may mean the same.
  enum class Op : std::uint8_t {
    kBegin,  // in front of a script that does not begin by waiting
    kSet,
    kInit,
    kPrint,
    kRead,
    kWrite,
    kSave,
    kPause,
    kWait,
    kLabel,
    kGoto,
    kReturn,
    kEnd,
    kExit,
    kStop,
    kError,
  };
  struct Word {
    std::string_view name;
    Op op;
    bool unquotes = false;
    bool exports = false;
    bool appends = false;  // of kSave
    bool no_newline = false;
  };
  static const Word kWords[];
  static const Word* find_word(std::string_view name);

  struct Instruction {
    Op op;
    const Word* word = nullptr;
    std::string text;
    std::size_t variable = 0;     // kSet, kInit, kReturn
    std::size_t target = 0;       // kGoto: an instruction,
    std::optional<Op> ends_with;  //        or how it ends
    std::int64_t count = 0;       // kPause: steps to wait for,
    std::int64_t counted = 0;     //         and those that came; kBegin: as well
  };
  struct Variable {
    std::string name;
    std::string value;
  };
  // Why the script is run: it decides what a `stop` and a wait's end mean.
  enum class Cause : std::uint8_t { kStep, kJump, kTimer, kStopWish };
  // How a run ended.
  enum class Outcome : std::uint8_t { kBlocked, kEnded };

  void configure_type(const std::string& text, graph::Arguments& arguments);
  base::Status wait_for_signals();
  void run_signal();
  void compile(std::string text, graph::Arguments& arguments);
  bool compile_variable(const Word& word, std::string text);
  void resolve_labels(graph::Arguments& arguments);
  void add(Op op, const Word* word = nullptr, std::string text = {});
  std::optional<std::size_t> find_label(std::string_view label) const;
  std::size_t variable_index(std::string_view name);
  std::string* find_variable(std::string_view name);

  Outcome run(std::int64_t steps, Cause cause);
  Outcome run_until_settled(std::int64_t steps, Cause cause);
  // One instruction; nullopt: go on with the next.
  std::optional<Outcome> execute(std::size_t at, std::int64_t last_step, Cause cause);
  std::optional<Outcome> execute_pause(Instruction& instruction, std::int64_t last_step);
  std::optional<Outcome> execute_wait(const Instruction& instruction, std::int64_t last_step);
  std::optional<Outcome> execute_goto(std::size_t at, Cause cause);
  Outcome finish(Op op, Cause cause);
  void execute_set(const Instruction& instruction);
  void execute_print(const Word& word, std::string text);
  void execute_read(const Instruction& instruction);
  void execute_write(const Instruction& instruction);
  bool set_wait_timer(const std::string& text);
  void rewind_pauses(std::size_t from, std::size_t to);

  std::string expanded(const std::string& text, BareValues bare = BareValues::kAsTheyAre) {
    return substitute(text, *this, bare);
  }
  std::optional<std::string> variable(std::string_view name) override;
  std::optional<std::string> handler(std::string_view call) override;
  std::optional<std::string> call_read(std::string call, bool unquotes, bool in_context);
  std::string full_name(std::string_view call) const;

  base::Result<std::string> answer_run(std::string_view arguments);
  base::Result<std::string> answer();
  std::uint32_t output_for(std::uint32_t port);
  void complain(std::string text);
  void report(bool in_context = true);

  void add_function_handlers(graph::HandlerTable& handlers);
  void add_variable_handlers(graph::HandlerTable& handlers);
  graph::Host& host() { return router().host() == nullptr ? no_host_ : *router().host(); }
  base::Result<std::string> send_signal(std::string_view arguments);
  base::Result<std::string> random_number(std::string_view arguments);
  base::Result<std::string> all_have(std::string_view names, bool readable);

  graph::Host no_host_;  // where the router has none
  std::vector<Instruction> instructions_;
  std::vector<Variable> variables_;
  std::vector<int> signals_;
  graph::Timer timer_{*this};
  std::size_t position_ = 0;
  std::int64_t steps_done_ = 0;
  int jumps_ = 0;
  std::optional<Op> ended_with_;               // of the last run
  std::optional<std::int64_t> steps_to_come_;  // while it runs: asked for by itself
  bool running_ = false;
  std::string arguments_;  // of run
  int write_status_ = 0;
  std::string complaints_;  // of the run that goes on
};

class DriverManager final : public Script {
 public:
  static const graph::ElementClass kClass;

  DriverManager() { type_ = Type::kDriver; }
};

}  // namespace superfluid::elements
