// SPDX-License-Identifier: Apache-2.0
#include "superfluid/vm/run.h"

#include <algorithm>
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
      .try_this(remedy);
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

// [PORT=]ADDRESS/LENGTH, of one of the ports that are there. Without a port, of the first.
base::Status add_address(api::FunctionSpec& spec, std::string_view typed) {
  const std::size_t equals = typed.find('=');
  const std::string_view wanted =
      equals == std::string_view::npos ? std::string_view() : typed.substr(0, equals);
  const std::string_view address = typed.substr(equals == std::string_view::npos ? 0 : equals + 1);
  const auto port = std::ranges::find_if(spec.ports, [&](const api::PortSpec& each) {
    return equals == std::string_view::npos || each.name == wanted;
  });
  if (port == spec.ports.end()) {
    return no_value("address", typed,
                    "[PORT=]ADDRESS/LENGTH, of a port that --tap, --veth or "
                    "--ring makes");
  }
  if (address.find(':') != std::string_view::npos) {
    SF_TRY(parsed, api::parse_ipv6_on_port(address));
    port->ipv6 = parsed;
  } else {
    SF_TRY(parsed, api::parse_ipv4_on_port(address));
    port->ipv4 = parsed;
  }
  return {};
}

// "0.25" and ".25" are a quarter, as a whole number of percent.
std::optional<unsigned> parse_share(std::string_view typed) {
  const std::size_t point = typed.find('.');
  const std::string_view whole = typed.substr(0, point);
  std::string digits(point == std::string_view::npos ? "" : typed.substr(point + 1));
  digits.resize(std::max<std::size_t>(digits.size(), 2), '0');
  const auto ones = whole.empty() ? std::optional<std::uint64_t>(0) : base::parse_u64(whole);
  const auto hundredths = base::parse_u64(digits);
  if (!ones || !hundredths || digits.size() > 2 || *ones > 1) {
    return std::nullopt;
  }
  const auto percent = static_cast<unsigned>(*ones * 100 + *hundredths);
  return percent >= 1 && percent <= api::kCpuQuotaMax ? std::optional(percent) : std::nullopt;
}

base::Status read_cpu(const cli::Invocation& invocation, api::CpuSpec& cpu) {
  if (const auto typed = invocation.text("cpus")) {
    const auto percent = parse_share(*typed);
    if (!percent) {
      return no_value("cpus", *typed, "a share of one processor, 0.01 to 1");
    }
    cpu.quota_percent = *percent;
  }
  if (const auto shares = invocation.number("cpu-shares")) {
    cpu.shares = static_cast<unsigned>(*shares);
  }
  if (const auto processor = invocation.number("pin")) {
    cpu.pin = static_cast<unsigned>(*processor);
  }
  return {};
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
  constexpr std::pair<std::string_view, api::PortKind> kKinds[] = {
      {"tap", api::PortKind::kTap}, {"veth", api::PortKind::kVeth}, {"ring", api::PortKind::kRing}};
  for (const auto& [option, kind] : kKinds) {
    for (const std::string_view typed : invocation.texts(option)) {
      SF_CHECKED(add_port(spec, kind, typed));
    }
  }
  for (const std::string_view typed : invocation.texts("address")) {
    SF_CHECKED(add_address(spec, typed));
  }
  if (const auto isolation = invocation.text("isolation")) {
    spec.isolation = api::parse_isolation(*isolation).value_or(api::Isolation::kAuto);
  }
  if (const auto restart = invocation.text("restart")) {
    spec.restart.when = api::parse_restart_when(*restart).value_or(api::RestartWhen::kNever);
  }
  SF_CHECKED(read_cpu(invocation, spec.cpu));
  if (const auto after = invocation.text("park-after")) {
    SF_TRY(parsed, base::parse_duration(*after));
    spec.park_after = parsed;
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
