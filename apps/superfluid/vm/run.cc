// SPDX-License-Identifier: Apache-2.0
#include "superfluid/vm/run.h"

#include <boost/json/array.hpp>

#include "base/text.h"
#include "hostgraph/load.h"
#include "superfluid/vm/connect.h"
#include "superfluid/vm/describe.h"

namespace superfluid::vm {

using base::cat;
using base::ErrorCode;

namespace {

base::Failure no_value(std::string_view option, std::string_view typed, std::string_view remedy) {
  return base::fail(ErrorCode::kInvalid,
                    cat("'", cli::printable(typed), "' is no value for --", option))
      .try_this(std::string(remedy));
}

// [PORT=]NAME. Without a port it is the next that has no other end: eth0, eth1, ...
base::Status add_port(api::FunctionSpec& spec, api::PortKind kind, std::string_view typed) {
  const std::size_t equals = typed.find('=');
  api::PortSpec port{.name = cat("eth", spec.ports.size()), .kind = kind};
  if (equals != std::string_view::npos) {
    port.name = typed.substr(0, equals);
  }
  port.to = typed.substr(equals == std::string_view::npos ? 0 : equals + 1);
  spec.ports.push_back(std::move(port));
  return {};
}

// FRACTION[@CPU], such as 0.5@3.
base::Result<api::CpuSpec> cpu_of(std::string_view typed) {
  constexpr std::string_view kRemedy =
      "a fraction of one CPU, and the one it runs on: 0.5 or 0.5@3";
  const std::size_t at = typed.find('@');
  const std::string_view share = typed.substr(0, at);
  api::CpuSpec cpu;
  if (at != std::string_view::npos) {
    const auto pin = base::parse_u64(typed.substr(at + 1));
    if (!pin || *pin > api::kCpuMax) {
      return no_value("cpus", typed, kRemedy);
    }
    cpu.pin = static_cast<unsigned>(*pin);
  }
  if (share == "1") {
    return cpu;
  }
  const std::string_view digits = share.starts_with("0.") ? share.substr(2) : "";
  const auto parts = base::parse_u64(digits);
  if (!parts || digits.size() > 2 || *parts == 0) {
    return no_value("cpus", typed, kRemedy);
  }
  cpu.quota_percent = static_cast<unsigned>(digits.size() == 1 ? *parts * 10 : *parts);
  return cpu;
}

base::Status read_graph(const cli::Invocation& invocation, api::FunctionSpec& spec) {
  const std::vector<std::string>& words = invocation.arguments();
  if (const auto expression = invocation.text("expression")) {
    if (!words.empty()) {
      return base::fail(ErrorCode::kInvalid, "both a FILE and --expression are given");
    }
    spec.graph = *expression;
    spec.graph_name = "config";
    return {};
  }
  if (words.empty()) {
    return base::fail(ErrorCode::kInvalid, "no configuration is named")
        .try_this("superfluid vm run FILE");
  }
  SF_TRY(source, hostgraph::read_config(words.front()));
  spec.graph = std::move(source.text);
  spec.graph_name = std::move(source.name);
  return {};
}

}  // namespace

base::Result<api::FunctionSpec> spec_of(const cli::Invocation& invocation) {
  api::FunctionSpec spec;
  SF_CHECKED(read_graph(invocation, spec));
  spec.name = invocation.text("name").value_or("");
  if (const auto memory = invocation.text("memory")) {
    SF_TRY(bytes, base::parse_byte_count(*memory));
    spec.memory = bytes;
  }
  if (const auto cpus = invocation.text("cpus")) {
    SF_TRY(cpu, cpu_of(*cpus));
    spec.cpu = cpu;
  }
  constexpr std::pair<std::string_view, api::PortKind> kKinds[] = {
      {"tap", api::PortKind::kTap}, {"veth", api::PortKind::kVeth}, {"ring", api::PortKind::kRing}};
  for (const auto& [option, kind] : kKinds) {
    for (const std::string_view typed : invocation.texts(option)) {
      SF_CHECKED(add_port(spec, kind, typed));
    }
  }
  if (const auto isolation = invocation.text("isolation")) {
    spec.isolation = api::parse_isolation(*isolation).value_or(api::Isolation::kAuto);
  }
  if (const auto restart = invocation.text("restart")) {
    spec.restart.when = api::parse_restart_when(*restart).value_or(api::RestartWhen::kNever);
  }
  SF_CHECKED(api::check(spec));
  return spec;
}

base::Status run_run(const cli::Invocation& invocation, cli::Output& output) {
  SF_TRY(spec, spec_of(invocation));
  const std::uint64_t count = invocation.number("count").value_or(1);
  SF_TRY(client, connect(invocation));
  if (output.json()) {
    output.list("functions");
  }
  const std::string name = spec.name;
  for (std::uint64_t i = 1; i <= count; ++i) {
    if (count > 1 && !name.empty()) {
      spec.name = cat(name, "-", i);
    }
    SF_TRY(function, client.run(spec));
    if (output.json()) {
      output.item(json_of(function));
    } else {
      output.text(sentence_of(function));
    }
  }
  if (output.json()) {
    output.result({{"count", count}});
  }
  return {};
}

base::Status run_ps(const cli::Invocation& invocation, cli::Output& output) {
  SF_TRY(client, connect(invocation));
  SF_TRY(functions, client.list());
  if (output.json()) {
    boost::json::array list;
    for (const api::Function& function : functions) {
      list.push_back(json_of(function));
    }
    output.result({{"functions", std::move(list)}});
  } else {
    output.text(table_of(functions, output.terminal()));
  }
  return {};
}

base::Status run_show(const cli::Invocation& invocation, cli::Output& output) {
  SF_TRY(client, connect(invocation));
  SF_TRY(function, client.get(invocation.arguments().front()));
  if (output.json()) {
    output.result({{"function", json_of(function)}});
  } else {
    output.text(page_of(function, output.terminal()));
  }
  return {};
}

}  // namespace superfluid::vm
