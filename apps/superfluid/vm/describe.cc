// SPDX-License-Identifier: Apache-2.0
#include "superfluid/vm/describe.h"

#include <algorithm>
#include <array>
#include <vector>

#include "api/codec.h"
#include "base/text.h"

namespace superfluid::vm {

using base::cat;

namespace {

constexpr std::size_t kBarColumns = 40;

std::string padded(std::string_view text, std::size_t width) {
  return cat(text, std::string(width > text.size() ? width - text.size() : 0, ' '));
}
std::string right(std::string_view text, std::size_t width) {
  return cat(std::string(width > text.size() ? width - text.size() : 0, ' '), text);
}

// Microseconds with one decimal, as all times of starts are shown.
std::string us(std::uint64_t ns) { return cat(ns / 1000, ".", ns / 100 % 10); }

std::string_view place_of(api::Isolation isolation) {
  switch (isolation) {
    case api::Isolation::kMicrovm: return "a microVM";
    case api::Isolation::kProcess: return "a sandboxed process";
    case api::Isolation::kAuto: break;
  }
  return "nothing yet";
}

std::string ready_of(const api::Function& function) {
  const auto ready = function.timeline.at(api::Step::kReady);
  return ready ? cat(us(*ready), " us") : "-";
}

std::string port_of(const api::PortSpec& port) {
  return cat(cli::printable(port.name),
             port.kind == api::PortKind::kNone
                 ? ""
                 : cat("=", to_string(port.kind), ":", cli::printable(port.to)));
}

std::string ports_of(const api::Function& function) {
  std::string ports;
  for (const api::PortSpec& port : function.spec.ports) {
    ports += cat(ports.empty() ? "" : " ", port_of(port));
  }
  return ports.empty() ? "-" : ports;
}

std::string counts_of(const api::Function& function) {
  const api::Counts& counts = *function.counts;
  std::string page =
      cat("memory      ", base::to_string(base::bytes(counts.memory_private)), " of its own, ",
          base::to_string(base::bytes(counts.memory_shared)), " shared; heap ", counts.heap_used,
          " of ", counts.heap, " bytes\n", "exits       ", counts.exits, ", sleeps ", counts.sleeps,
          ", kicks ", counts.kicks, ", ", counts.run_ns / 1'000'000, " ms inside\n");
  for (std::size_t i = 0; i < counts.ports.size() && i < function.spec.ports.size(); ++i) {
    const api::PortCount& port = counts.ports[i];
    page += cat("  ", cli::printable(function.spec.ports[i].name), "  in ", port.packets_in,
                " packets ", port.bytes_in, " bytes, out ", port.packets_out, " packets ",
                port.bytes_out, " bytes; dropped: full ", port.drops_full, ", bad ", port.drops_bad,
                ", memory ", port.drops_memory, ", unread ", port.drops_unread, "\n");
  }
  return page;
}

std::string_view beginning_of(const api::Function& function) {
  if (function.image.empty()) {
    return "its graph booted";
  }
  return function.cold ? "its graph booted for the first time" : "cloned from its image";
}

// Of a function that is no clone there is none.
std::string image_of(const api::Function& function) {
  if (function.image.empty()) {
    return "";
  }
  return cat(", image ", cli::printable(function.image),
             function.cold ? ", booted for this start" : "");
}

}  // namespace

std::string sentence_of(const api::Function& function) {
  const auto ready = function.timeline.at(api::Step::kReady);
  return cat(cli::printable(function.spec.name), " runs in ", place_of(function.isolation), " (",
             cli::printable(function.isolation_why), "), live after ",
             ready ? us(*ready) : std::string("?"), " us, ", beginning_of(function), "\n");
}

std::string table_of(std::span<const api::Function> functions, const cli::Terminal& terminal) {
  std::vector<std::array<std::string, 7>> rows = {
      {"NAME", "STATE", "ISOLATION", "MEMORY", "LIVE AFTER", "RESTARTS", "PORTS"}};
  for (const api::Function& each : functions) {
    rows.push_back({cli::printable(each.spec.name), std::string(to_string(each.state)),
                    std::string(to_string(each.isolation)), base::to_string(each.spec.memory),
                    ready_of(each), cat(each.restarts), ports_of(each)});
  }
  std::array<std::size_t, 7> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string table;
  for (std::size_t line = 0; line < rows.size(); ++line) {
    std::string text;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const bool is_last = i + 1 == widths.size();
      text += is_last ? rows[line][i] : cat(padded(rows[line][i], widths[i]), "  ");
    }
    table += cat(line == 0 ? terminal.styled(cli::Style::kStrong, text) : text, "\n");
  }
  return table;
}

std::string timeline_of(const api::Timeline& timeline) {
  std::vector<std::pair<api::Step, std::uint64_t>> steps;
  std::uint64_t end = 1;
  for (std::size_t i = 0; i < api::kSteps; ++i) {
    const auto step = static_cast<api::Step>(i);
    // The first packet can come a day later: the bars are those of the start.
    if (const auto at = timeline.at(step)) {
      steps.emplace_back(step, *at);
      end = step == api::Step::kFirstPacket ? end : std::max(end, *at);
    }
  }
  std::string text;
  std::uint64_t before = 0;
  for (const auto& [step, at] : steps) {
    text += cat("  ", padded(to_string(step), 12), right(us(at), 12), " us");
    if (step != api::Step::kFirstPacket) {
      const auto column = [&](std::uint64_t ns) {
        return static_cast<std::size_t>(std::min(ns, end) * kBarColumns / end);
      };
      const std::size_t from = column(std::min(before, at));
      const std::size_t to = std::max(from, column(at));
      const std::string bar(to - from, '=');
      text += bar.empty() ? cat("  ", std::string(from, ' '), "|")
                          : cat("  ", std::string(from, ' '), bar);
      before = std::max(before, at);
    }
    text += "\n";
  }
  return text;
}

std::string page_of(const api::Function& function, const cli::Terminal& terminal) {
  const api::FunctionSpec& spec = function.spec;
  std::string page = cat(
      terminal.styled(cli::Style::kStrong, cli::printable(spec.name)), "\n", "id          ",
      cli::printable(function.id), "\n", "state       ", to_string(function.state),
      function.reason.empty() ? "" : cat(": ", cli::printable(function.reason)), "\n",
      "isolation   ", to_string(function.isolation), " (", cli::printable(function.isolation_why),
      ")\n", "graph       ", cli::printable(spec.graph_name), ", ", spec.graph.size(), " bytes",
      image_of(function), "\ngiven       ", base::to_string(spec.memory), " of memory\n",
      "restart     ", to_string(spec.restart.when), ", ", function.restarts, " so far\n");
  if (function.pid != 0) {
    page += cat("process     ", function.pid, "\n");
  }
  for (const api::PortSpec& port : spec.ports) {
    page += cat("port        ", port_of(port), ", mtu ", port.mtu,
                port.ipv4 ? cat(", ", to_text(*port.ipv4)) : "",
                port.ipv6 ? cat(", ", to_text(*port.ipv6)) : "", "\n");
  }
  if (function.counts) {
    page += counts_of(function);
  }
  const std::string timeline = timeline_of(function.timeline);
  return timeline.empty() ? page : cat(page, "timeline, from the request's arrival\n", timeline);
}

namespace {

void make_safe(boost::json::value& value) {
  if (boost::json::string* text = value.if_string()) {
    *text = cli::printable_lines(std::string_view(text->data(), text->size()));
  } else if (boost::json::array* list = value.if_array()) {
    std::ranges::for_each(*list, make_safe);
  } else if (boost::json::object* object = value.if_object()) {
    for (auto& [key, member] : *object) {
      make_safe(member);
    }
  }
}

}  // namespace

boost::json::object json_of(const api::Function& function) {
  boost::json::value value = api::encode(function);
  make_safe(value);
  return std::move(value.as_object());
}

}  // namespace superfluid::vm
