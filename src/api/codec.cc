// SPDX-License-Identifier: Apache-2.0
#include "api/codec.h"

#include <boost/json/array.hpp>

#include "api/reader.h"
#include "base/text.h"

namespace superfluid::api {

using base::cat;
using base::ErrorCode;
namespace json = boost::json;

namespace {

constexpr std::uint64_t kAny = ~0ull;
constexpr std::size_t kTextMax = 64 << 10;
constexpr std::size_t kCausesMax = 256;

json::string text(std::string_view text) { return json::string(text.data(), text.size()); }

json::object encode(const PortSpec& port) {
  json::object to = {{"name", port.name}, {"kind", text(to_string(port.kind))}, {"mtu", port.mtu}};
  if (!port.to.empty()) {
    to["to"] = port.to;
  }
  if (port.mac) {
    to["mac"] = text(net::to_text(*port.mac).view());
  }
  if (port.ipv4) {
    to["ipv4"] = to_text(*port.ipv4);
  }
  if (port.ipv4_gateway) {
    to["ipv4_gateway"] = text(net::to_text(*port.ipv4_gateway).view());
  }
  if (port.ipv6) {
    to["ipv6"] = to_text(*port.ipv6);
  }
  if (port.ipv6_gateway) {
    to["ipv6_gateway"] = text(net::to_text(*port.ipv6_gateway).view());
  }
  return to;
}

std::uint64_t ms_of(base::Duration duration) {
  return static_cast<std::uint64_t>(duration.count()) / 1'000'000;
}
base::Duration of_ms(std::uint64_t ms) { return base::milliseconds(static_cast<std::int64_t>(ms)); }

PortSpec decode_port(const json::value& value, std::string_view path, Reader::Problem& problem) {
  PortSpec port;
  Reader reader(value, path, problem);
  reader.need("name");
  reader.text("name", port.name, kPortNameMax);
  reader.word("kind", port.kind, parse_port_kind);
  reader.text("to", port.to, 255);
  reader.number("mtu", port.mtu, kMtuMin, kMtuMax);
  reader.parsed("mac", port.mac, net::parse_mac);
  reader.parsed("ipv4", port.ipv4, parse_ipv4_on_port);
  reader.parsed("ipv4_gateway", port.ipv4_gateway, net::parse_ipv4_address);
  reader.parsed("ipv6", port.ipv6, parse_ipv6_on_port);
  reader.parsed("ipv6_gateway", port.ipv6_gateway, net::parse_ipv6_address);
  reader.done();
  return port;
}

CpuSpec decode_cpu(const json::value& value, std::string_view path, Reader::Problem& problem) {
  CpuSpec cpu;
  Reader reader(value, path, problem);
  reader.number("quota_percent", cpu.quota_percent, 1, kCpuQuotaMax);
  reader.number("shares", cpu.shares, 1, kCpuSharesMax);
  if (reader.has("pin")) {
    cpu.pin = 0;
    reader.number("pin", *cpu.pin, 0, kCpuMax);
  }
  reader.done();
  return cpu;
}

RestartSpec decode_restart(const json::value& value, std::string_view path,
                           Reader::Problem& problem) {
  RestartSpec restart;
  std::uint64_t backoff = ms_of(restart.backoff);
  std::uint64_t backoff_max = ms_of(restart.backoff_max);
  Reader reader(value, path, problem);
  reader.word("when", restart.when, parse_restart_when);
  reader.number("limit", restart.limit, 0, kRestartsMax);
  reader.number("backoff_ms", backoff, 1, ms_of(kBackoffMax));
  reader.number("backoff_max_ms", backoff_max, 1, ms_of(kBackoffMax));
  reader.done();
  restart.backoff = of_ms(backoff);
  restart.backoff_max = of_ms(backoff_max);
  return restart;
}

void decode_labels(const json::value& value, const std::string& path,
                   std::map<std::string, std::string>& to, Reader::Problem& problem) {
  const json::object* object = value.if_object();
  if (object == nullptr || object->size() > kLabelsMax) {
    Reader(value, path, problem).refuse("", cat("an object of at most ", kLabelsMax));
    return;
  }
  for (const auto& [key, label] : *object) {
    const json::string* text = label.if_string();
    if (text == nullptr || text->size() > kLabelMax || key.size() > kLabelMax) {
      Reader(value, path, problem).refuse("", cat("texts of at most ", kLabelMax, " bytes"));
      return;
    }
    to.emplace(std::string(key), std::string(*text));
  }
}

FunctionSpec decode_spec(const json::value& value, std::string_view path,
                         Reader::Problem& problem) {
  FunctionSpec spec;
  Reader reader(value, path, problem);
  reader.text("name", spec.name, kNameMax);
  reader.need("graph");
  reader.text("graph", spec.graph, kGraphBytesMax);
  reader.text("graph_name", spec.graph_name, 255);
  std::uint64_t memory = spec.memory.count();
  reader.number("memory_bytes", memory, kMemoryMin.count(), kMemoryMax.count());
  spec.memory = base::bytes(memory);
  if (const json::value* cpu = reader.member("cpu")) {
    spec.cpu = decode_cpu(*cpu, reader.path_of("cpu"), problem);
  }
  if (const json::array* ports = reader.list("ports", kPortsMax)) {
    for (std::size_t i = 0; i < ports->size(); ++i) {
      spec.ports.push_back(
          decode_port((*ports)[i], cat(reader.path_of("ports"), "[", i, "]"), problem));
    }
  }
  reader.word("isolation", spec.isolation, parse_isolation);
  if (const json::value* restart = reader.member("restart")) {
    spec.restart = decode_restart(*restart, reader.path_of("restart"), problem);
  }
  if (reader.has("park_after_ms")) {
    std::uint64_t ms = 0;
    reader.number("park_after_ms", ms, 10, ms_of(base::seconds(365 * 86400)));
    spec.park_after = of_ms(ms);
  }
  if (const json::value* labels = reader.member("labels")) {
    decode_labels(*labels, reader.path_of("labels"), spec.labels, problem);
  }
  reader.done();
  return spec;
}

json::array encode(const Timeline& timeline) {
  json::array steps;
  for (std::size_t i = 0; i < kSteps; ++i) {
    const auto step = static_cast<Step>(i);
    if (const auto at = timeline.at(step)) {
      steps.push_back({{"step", text(to_string(step))}, {"ns", *at}});
    }
  }
  return steps;
}

void decode_timeline(const json::array& steps, const std::string& path, Timeline& to,
                     Reader::Problem& problem) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string here = cat(path, "[", i, "]");
    Reader reader(steps[i], here, problem);
    Step step = Step::kAccept;
    std::uint64_t at = 0;
    reader.word("step", step, parse_step);
    reader.number("ns", at, 0, kAny);
    reader.done();
    to.stamp(step, at);
  }
}

// The members of Counts and PortCount, named once for both directions.
template <typename C, typename F>
void for_each_count(C& counts, F&& call) {
  call("exits", counts.exits);
  call("sleeps", counts.sleeps);
  call("kicks", counts.kicks);
  call("run_ns", counts.run_ns);
  call("memory_private_bytes", counts.memory_private);
  call("memory_shared_bytes", counts.memory_shared);
  call("heap_bytes", counts.heap);
  call("heap_used_bytes", counts.heap_used);
}
template <typename C, typename F>
void for_each_port_count(C& counts, F&& call) {
  call("packets_in", counts.packets_in);
  call("bytes_in", counts.bytes_in);
  call("packets_out", counts.packets_out);
  call("bytes_out", counts.bytes_out);
  call("drops_full", counts.drops_full);
  call("drops_bad", counts.drops_bad);
  call("drops_memory", counts.drops_memory);
  call("drops_unread", counts.drops_unread);
}

json::object encode(const Counts& counts) {
  json::object to;
  for_each_count(counts, [&](std::string_view key, std::uint64_t n) { to[key] = n; });
  json::array ports;
  for (const PortCount& port : counts.ports) {
    json::object one;
    for_each_port_count(port, [&](std::string_view key, std::uint64_t n) { one[key] = n; });
    ports.push_back(std::move(one));
  }
  to["ports"] = std::move(ports);
  return to;
}

Counts decode_counts(const json::value& value, const std::string& path, Reader::Problem& problem) {
  Counts counts;
  Reader reader(value, path, problem);
  for_each_count(counts,
                 [&](std::string_view key, std::uint64_t& n) { reader.number(key, n, 0, kAny); });
  if (const json::array* ports = reader.list("ports", kPortsMax)) {
    for (std::size_t i = 0; i < ports->size(); ++i) {
      const std::string here = cat(reader.path_of("ports"), "[", i, "]");
      Reader port((*ports)[i], here, problem);
      PortCount& to = counts.ports.emplace_back();
      for_each_port_count(
          to, [&](std::string_view key, std::uint64_t& n) { port.number(key, n, 0, kAny); });
      port.done();
    }
  }
  reader.done();
  return counts;
}

ErrorCode code_of(std::string_view word) {
  constexpr ErrorCode kCodes[] = {
      ErrorCode::kInvalid,     ErrorCode::kNotFound,  ErrorCode::kConflict,
      ErrorCode::kUnreachable, ErrorCode::kTimedOut,  ErrorCode::kNotPermitted,
      ErrorCode::kUnsupported, ErrorCode::kExhausted, ErrorCode::kCorrupt};
  for (const ErrorCode code : kCodes) {
    if (base::to_string(code) == word) {
      return code;
    }
  }
  return ErrorCode::kFailed;
}

}  // namespace

json::object encode(const FunctionSpec& spec) {
  json::array ports;
  for (const PortSpec& port : spec.ports) {
    ports.push_back(encode(port));
  }
  json::object cpu = {{"quota_percent", spec.cpu.quota_percent}, {"shares", spec.cpu.shares}};
  if (spec.cpu.pin) {
    cpu["pin"] = *spec.cpu.pin;
  }
  json::object to = {{"name", spec.name},
                     {"graph", spec.graph},
                     {"graph_name", spec.graph_name},
                     {"memory_bytes", spec.memory.count()},
                     {"cpu", std::move(cpu)},
                     {"ports", std::move(ports)},
                     {"isolation", text(to_string(spec.isolation))},
                     {"restart",
                      {{"when", text(to_string(spec.restart.when))},
                       {"limit", spec.restart.limit},
                       {"backoff_ms", ms_of(spec.restart.backoff)},
                       {"backoff_max_ms", ms_of(spec.restart.backoff_max)}}}};
  if (spec.park_after) {
    to["park_after_ms"] = ms_of(*spec.park_after);
  }
  json::object labels;
  for (const auto& [key, value] : spec.labels) {
    labels[key] = value;
  }
  to["labels"] = std::move(labels);
  return to;
}

json::object encode(const Function& function) {
  json::object to = {{"id", function.id},
                     {"spec", encode(function.spec)},
                     {"state", text(to_string(function.state))},
                     {"isolation", text(to_string(function.isolation))},
                     {"isolation_why", function.isolation_why},
                     {"reason", function.reason},
                     {"restarts", function.restarts},
                     {"cold", function.cold},
                     {"image", function.image},
                     {"pid", function.pid},
                     {"created_ms", function.created_ms},
                     {"timeline", encode(function.timeline)}};
  if (function.counts) {
    to["counts"] = encode(*function.counts);
  }
  return to;
}

json::object encode(const base::Error& error) {
  json::array causes;
  for (const base::Error* cause = error.cause(); cause != nullptr; cause = cause->cause()) {
    causes.push_back(text(cause->message()));
  }
  return {{"code", text(base::to_string(error.code()))},
          {"message", error.message()},
          {"causes", std::move(causes)},
          {"remedy", text(error.best_remedy())}};
}

base::Result<FunctionSpec> decode_spec(const json::value& value, std::string_view path) {
  Reader::Problem problem;
  FunctionSpec spec = decode_spec(value, path, problem);
  if (problem) {
    return base::pass(std::move(*problem));
  }
  SF_CHECKED(check(spec));
  return spec;
}

base::Result<Function> decode_function(const json::value& value, std::string_view path) {
  Reader::Problem problem;
  Function function;
  Reader reader(value, path, problem);
  reader.text("id", function.id, 64);
  reader.need("spec");
  if (const json::value* spec = reader.member("spec")) {
    function.spec = decode_spec(*spec, reader.path_of("spec"), problem);
  }
  reader.word("state", function.state, parse_state);
  reader.word("isolation", function.isolation, parse_isolation);
  reader.text("isolation_why", function.isolation_why, kTextMax);
  reader.text("reason", function.reason, kTextMax);
  reader.number("restarts", function.restarts, 0, kAny >> 32);
  reader.flag("cold", function.cold);
  reader.text("image", function.image, 64);
  std::uint64_t pid = 0;
  reader.number("pid", pid, 0, kAny >> 32);
  function.pid = static_cast<std::int64_t>(pid);
  reader.number("created_ms", function.created_ms, 0, kAny);
  if (const json::array* steps = reader.list("timeline", kSteps)) {
    decode_timeline(*steps, reader.path_of("timeline"), function.timeline, problem);
  }
  if (const json::value* counts = reader.member("counts")) {
    function.counts = decode_counts(*counts, reader.path_of("counts"), problem);
  }
  reader.done();
  if (problem) {
    return base::pass(std::move(*problem));
  }
  return function;
}

base::Error decode_error(const json::value& value) {
  Reader::Problem problem;
  std::string code;
  std::string message;
  std::string remedy;
  std::vector<std::string> causes;
  Reader reader(value, "error", problem);
  reader.text("code", code, 64);
  reader.need("message");
  reader.text("message", message, kTextMax);
  reader.text("remedy", remedy, kTextMax);
  if (const json::array* list = reader.list("causes", kCausesMax)) {
    for (const json::value& cause : *list) {
      const json::string* text = cause.if_string();
      causes.emplace_back(text != nullptr ? std::string(*text) : "?");
    }
  }
  if (problem || message.empty()) {
    return {ErrorCode::kCorrupt, "the node sent an error that cannot be read"};
  }
  const ErrorCode kind = code_of(code);
  std::optional<base::Error> chain;
  for (auto cause = causes.rbegin(); cause != causes.rend(); ++cause) {
    base::Error outer(kind, *cause);
    chain = chain ? std::move(outer).caused_by(std::move(*chain)) : std::move(outer);
  }
  base::Error error(kind, message);
  if (chain) {
    error = std::move(error).caused_by(std::move(*chain));
  }
  return remedy.empty() ? error : std::move(error).try_this(remedy);
}

}  // namespace superfluid::api
