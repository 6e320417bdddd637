// SPDX-License-Identifier: Apache-2.0
// Demand and Report: between the daemon and the zygote.
#include <utility>

#include "vmm/protocol.h"
#include "vmm/wire.h"

namespace superfluid::vmm {
namespace {

enum class DemandKind : std::uint32_t { kHello = 201, kFork, kShutDown };
enum class ReportKind : std::uint32_t { kWelcome = 301, kRefused, kMonitor, kGone, kNoFork };

WireWriter begin(DemandKind kind) { return WireWriter(static_cast<std::uint32_t>(kind)); }
WireWriter begin(ReportKind kind) { return WireWriter(static_cast<std::uint32_t>(kind)); }

struct Encoder {
  Message operator()(const HelloDemand&) const { return begin(DemandKind::kHello).finish(); }
  Message operator()(const ForkDemand& demand) const {
    WireWriter to = begin(DemandKind::kFork);
    put_size(to, demand.size);
    to.word(demand.count);
    return std::move(to).finish();
  }
  Message operator()(const ShutDownDemand&) const { return begin(DemandKind::kShutDown).finish(); }
};

struct GoneWords {
  std::uint64_t id;
  std::int32_t code;
  std::int32_t signal;
};

MonitorReport take_monitor(WireReader& from) {
  MonitorReport report;
  from.word(report.id);
  report.pid = from.word<std::int32_t>();
  report.size = take_size(from);
  from.word(report.page);
  const bool lives = from.flag();
  report.channel = from.fd();
  report.pidfd = lives ? from.fd() : os::UniqueFd();
  report.dossier = from.fd();
  return report;
}

GoneReport take_gone(WireReader& from) {
  const auto words = from.word<GoneWords>();
  return {.id = words.id, .status = {.code = words.code, .signal = words.signal}};
}

}  // namespace

Message encode(const Demand& demand) { return std::visit(Encoder{}, demand); }

base::Result<Demand> decode_demand(base::ByteView bytes, std::span<os::UniqueFd> fds) {
  WireReader from(bytes, fds);
  SF_TRY(kind, take_kind(from));
  Demand demand = HelloDemand{};
  switch (static_cast<DemandKind>(kind)) {
    case DemandKind::kHello: break;
    case DemandKind::kFork: {
      const ShellSize size = take_size(from);
      demand = ForkDemand{.size = size, .count = from.word<std::uint32_t>()};
      break;
    }
    case DemandKind::kShutDown: demand = ShutDownDemand{}; break;
    default: from.refuse();
  }
  if (!from.finish()) {
    return fail_malformed("a demand", kind);
  }
  return demand;
}

Message encode(WelcomeReport report) {
  WireWriter to = begin(ReportKind::kWelcome);
  to.word(report.monitors);
  to.owned_fd(std::move(report.notebook));
  return std::move(to).finish();
}

Message encode(const RefusedReport& report) {
  WireWriter to = begin(ReportKind::kRefused);
  put_error(to, report.why);
  return std::move(to).finish();
}

Message encode(MonitorReport report) {
  WireWriter to = begin(ReportKind::kMonitor);
  to.word(report.id);
  to.word(std::int32_t{report.pid});
  put_size(to, report.size);
  to.word(report.page);
  to.word(std::uint32_t{report.pidfd ? 1u : 0u});
  to.owned_fd(std::move(report.channel));
  if (report.pidfd) {
    to.owned_fd(std::move(report.pidfd));
  }
  to.owned_fd(std::move(report.dossier));
  return std::move(to).finish();
}

Message encode(const GoneReport& report) {
  WireWriter to = begin(ReportKind::kGone);
  to.word(GoneWords{.id = report.id, .code = report.status.code, .signal = report.status.signal});
  return std::move(to).finish();
}

Message encode(const NoForkReport& report) {
  WireWriter to = begin(ReportKind::kNoFork);
  put_error(to, report.why);
  return std::move(to).finish();
}

base::Result<Report> decode_report(base::ByteView bytes, std::span<os::UniqueFd> fds) {
  WireReader from(bytes, fds);
  SF_TRY(kind, take_kind(from));
  Report report = WelcomeReport{};
  switch (static_cast<ReportKind>(kind)) {
    case ReportKind::kWelcome: {
      const auto monitors = from.word<std::uint32_t>();
      report = WelcomeReport{.monitors = monitors, .notebook = from.fd()};
      break;
    }
    case ReportKind::kRefused: report = RefusedReport{.why = take_error(from)}; break;
    case ReportKind::kMonitor: report = take_monitor(from); break;
    case ReportKind::kGone: report = take_gone(from); break;
    case ReportKind::kNoFork: report = NoForkReport{.why = take_error(from)}; break;
    default: from.refuse();
  }
  if (!from.finish()) {
    return fail_malformed("a report", kind);
  }
  return report;
}

}  // namespace superfluid::vmm
