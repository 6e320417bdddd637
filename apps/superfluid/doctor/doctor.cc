// SPDX-License-Identifier: Apache-2.0
#include "superfluid/doctor/doctor.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "base/text.h"
#include "superfluid/doctor/checks.h"

namespace superfluid::doctor {

using base::cat;
using cli::Style;

std::string_view name_of(Level level) {
  switch (level) {
    case Level::kOk: return "ok";
    case Level::kNote: return "note";
    case Level::kProblem: return "problem";
  }
  return "";
}

namespace {

constexpr unsigned kLevelColumn = 9;  // "problem" and two spaces

using Check = Findings (*)(const Host&);
constexpr std::array<Check, 8> kChecks{check_kernel,  check_kvm,     check_memory,
                                       check_limits,  check_cgroups, check_namespaces,
                                       check_network, check_extras};

Style style_of(Level level) {
  switch (level) {
    case Level::kOk: return Style::kGood;
    case Level::kNote: return Style::kWarning;
    case Level::kProblem: return Style::kBad;
  }
  return Style::kBad;
}

// Whether one kind of isolation works, by the finding that decides it and by the kernel's age,
// which counts for both: no other finding is a problem.
bool works(const Findings& findings, std::string_view decider) {
  return std::ranges::none_of(findings, [&](const Finding& finding) {
    return finding.level == Level::kProblem &&
           (finding.name == decider || finding.name == "kernel");
  });
}

std::string padded(std::string_view text, std::size_t width) {
  std::string padded(text);
  padded.append(width - std::min(width, text.size()), ' ');
  return padded;
}

class Report {
 public:
  Report(const Findings& findings, cli::Output& output) : findings_(findings), output_(output) {
    for (const Finding& finding : findings) {
      name_width_ = std::max(name_width_, finding.name.size());
    }
  }

  void write() {
    for (const Finding& finding : findings_) {
      const cli::Terminal& terminal = output_.terminal();
      const std::string level(name_of(finding.level));
      output_.text(cat(terminal.styled(style_of(finding.level), level),
                       std::string(kLevelColumn - level.size(), ' '),
                       padded(finding.name, name_width_), "  "));
      write_wrapped(finding.value, text_column());
      write_more("cause", finding.cause);
      write_more("try", finding.remedy);
    }
    write_summary();
  }

 private:
  unsigned text_column() const { return kLevelColumn + static_cast<unsigned>(name_width_) + 2; }

  void write_wrapped(std::string_view text, unsigned column) {
    output_.text(cli::wrap(cli::printable(text), column, column, output_.terminal().columns));
    output_.text("\n");
  }

  void write_more(std::string_view label, const std::string& text) {
    if (!text.empty()) {
      const unsigned column = kLevelColumn + 7;  // "cause: "
      output_.text(cat(std::string(kLevelColumn, ' '),
                       output_.terminal().styled(Style::kStrong, cat(label, ":")),
                       std::string(column - kLevelColumn - label.size() - 1, ' ')));
      write_wrapped(text, column);
    }
  }

  void write_summary() {
    const auto count = [&](Level level) {
      return std::ranges::count(findings_, level, &Finding::level);
    };
    const auto verdict = [&](std::string_view decider) {
      return works(findings_, decider) ? "works" : "does not work";
    };
    const auto problems = count(Level::kProblem);
    const auto notes = count(Level::kNote);
    output_.text(cat("\nmicroVM isolation ", verdict("kvm"), ", process isolation ",
                     verdict("namespaces"), " (", problems,
                     problems == 1 ? " problem, " : " problems, ", notes,
                     notes == 1 ? " note)\n" : " notes)\n"));
  }

  const Findings& findings_;
  cli::Output& output_;
  std::size_t name_width_ = 0;
};

boost::json::object json_of(const Finding& finding) {
  boost::json::object object{{"level", name_of(finding.level)},
                             {"name", finding.name},
                             {"value", cli::printable(finding.value)}};
  if (!finding.cause.empty()) {
    object["cause"] = cli::printable(finding.cause);
    object["remedy"] = cli::printable(finding.remedy);
  }
  if (!finding.numbers.empty()) {
    boost::json::object numbers;
    for (const Number& number : finding.numbers) {
      numbers[number.name] = number.value;
    }
    object["numbers"] = std::move(numbers);
  }
  return object;
}

}  // namespace

base::Status run_doctor(const cli::Invocation&, cli::Output& output) {
  return examine(LiveHost(), output);
}

base::Status examine(const Host& host, cli::Output& output) {
  Findings findings;
  for (const Check check : kChecks) {
    std::ranges::move(check(host), std::back_inserter(findings));
  }
  if (output.json()) {
    boost::json::array checks;
    for (const Finding& finding : findings) {
      checks.push_back(json_of(finding));
    }
    output.result(
        {{"isolation",
          {{"microvm", works(findings, "kvm")}, {"process", works(findings, "namespaces")}}},
         {"checks", std::move(checks)}});
  } else {
    Report(findings, output).write();
  }
  const bool well = std::ranges::none_of(
      findings, [](const Finding& finding) { return finding.level == Level::kProblem; });
  output.exit_with(well ? cli::Exit::kDone : cli::Exit::kFailed);
  return {};
}

}  // namespace superfluid::doctor
