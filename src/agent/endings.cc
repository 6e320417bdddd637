// SPDX-License-Identifier: Apache-2.0
#include "agent/endings.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>

#include "abi/machine.h"
#include "base/text.h"

namespace superfluid::agent {

using base::cat;
using base::ErrorCode;

namespace {

constexpr std::size_t kShownMax = 512;

std::string shown(std::string_view text) { return base::escape(text.substr(0, kShownMax)); }

std::string with_message(std::string reason, const vmm::End& end) {
  return end.message.empty() ? reason : cat(reason, ": ", end.message);
}

Verdict failed(std::string reason, std::string remedy) {
  base::Error error = base::Error(ErrorCode::kFailed, cat("the function ", reason));
  return {Ending::kFailed, std::move(reason), std::move(error).try_this(remedy)};
}

// What a process that held its guest itself did, by the signal that ended it; empty: somebody
// else's doing.
std::string_view fault_of(int signal) {
  switch (signal) {
    case SIGSEGV: return "a wrong address";
    case SIGBUS: return "memory that could not be had";
    case SIGILL: return "an instruction that is none";
    case SIGFPE: return "a number that is none";
    case SIGABRT: return "it gave itself up";
    case SIGSYS: return "a system call that its sandbox forbids";
    default: return {};
  }
}

Verdict judge_kill(const vmm::End& end) {
  const std::string_view fault = end.process ? fault_of(end.process->signal) : std::string_view();
  if (!fault.empty()) {
    return failed(cat("crashed: ", fault, " (signal ", end.process->signal, ")"),
                  "superfluid vm logs NAME says what it printed");
  }
  return failed(
      cat("lost its process: ", end.process ? end.process->to_string() : std::string("gone")),
      "superfluid vm show NAME, and the log of the node");
}

Verdict judge_panic(const vmm::End& end, std::string_view name) {
  if (end.code == abi::kPanicGraph) {
    base::Error error = error_of(parse_findings(end.findings), name);
    if (error.cause() == nullptr && !end.message.empty()) {
      error = std::move(error).caused_by(base::Error(ErrorCode::kInvalid, end.message));
    }
    return {Ending::kWrong, error.to_string(), std::move(error)};
  }
  if (end.code == abi::kPanicMemory) {
    std::string reason = with_message("ran out of memory", end);
    base::Error error(ErrorCode::kExhausted, cat("the function ", reason));
    return {Ending::kFailed, std::move(reason),
            std::move(error).try_this("give it more: --memory 4MiB")};
  }
  return failed(with_message("found a defect in itself", end),
                "report this with the graph: it is ours, not yours");
}

}  // namespace

Verdict judge(const vmm::End& end, std::string_view name) {
  switch (end.why) {
    case vmm::End::Why::kEnded:
      if (end.code == 0) {
        return {Ending::kDone, with_message("ended by itself", end),
                base::Error(ErrorCode::kConflict, "the function ended by itself")};
      }
      return failed(with_message(cat("ended by itself with ", end.code), end),
                    "superfluid vm logs NAME says what it printed");
    case vmm::End::Why::kPanicked: return judge_panic(end, name);
    case vmm::End::Why::kCrashed:
      return failed(with_message("crashed", end), "superfluid vm logs NAME says what it printed");
    case vmm::End::Why::kStopped:
      return {Ending::kWished, "stopped",
              base::Error(ErrorCode::kConflict, "the function was stopped")};
    case vmm::End::Why::kKilled: return judge_kill(end);
    case vmm::End::Why::kRefused: break;
  }
  return failed(with_message("could not be run", end), "superfluid doctor");
}

std::vector<Finding> parse_findings(std::string_view text) {
  std::vector<Finding> findings;
  while (!text.empty() && findings.size() < kFindingsMax) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::array<std::string_view, 6> fields;
    for (std::string_view& field : fields) {
      const std::size_t tab = std::min(line.find('\t'), line.size());
      field = line.substr(0, tab);
      line.remove_prefix(std::min(tab + 1, line.size()));
    }
    const auto number = base::parse_u64(fields[2]);
    const auto column = base::parse_u64(fields[3]);
    if (!number || !column || fields[4].empty()) {
      continue;
    }
    findings.push_back(
        {shown(fields[0]), shown(fields[1]), *number, *column, shown(fields[4]), shown(fields[5])});
  }
  return findings;
}

base::Error error_of(const std::vector<Finding>& findings, std::string_view name) {
  std::vector<const Finding*> errors;
  for (const Finding& finding : findings) {
    if (finding.severity == "error") {
      errors.push_back(&finding);
    }
  }
  std::optional<base::Error> chain;
  std::string remedy;
  for (auto each = errors.rbegin(); each != errors.rend(); ++each) {
    const Finding& at = **each;
    base::Error one(ErrorCode::kInvalid,
                    cat(at.file, ":", at.line, ":", at.column, ": ", at.message));
    chain = chain ? std::move(one).caused_by(std::move(*chain)) : std::move(one);
    remedy = at.remedy.empty() ? remedy : at.remedy;
  }
  base::Error all(ErrorCode::kInvalid, errors.empty()
                                           ? cat(base::escape(name), " cannot be run")
                                           : cat(base::escape(name), " has ", errors.size(),
                                                 " error", errors.size() == 1 ? "" : "s"));
  if (chain) {
    all = std::move(all).caused_by(std::move(*chain));
  }
  return remedy.empty() ? all : std::move(all).try_this(remedy);
}

}  // namespace superfluid::agent
