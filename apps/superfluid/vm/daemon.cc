// SPDX-License-Identifier: Apache-2.0
#include "superfluid/vm/daemon.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <optional>

#include "agent/host_wiring.h"
#include "agent/nursery_machines.h"
#include "agent/server.h"
#include "base/sha256.h"
#include "base/text.h"
#include "os/clock.h"
#include "os/confine.h"
#include "os/files.h"
#include "os/home_processor.h"
#include "os/log.h"
#include "os/memfd.h"

namespace superfluid::vm {

using base::cat;
using base::ErrorCode;

namespace {

constexpr base::ByteCount kGuestBytesMax = base::mib(16);
constexpr base::Duration kLookEvery = base::seconds(1);

// How many machines there is room for. Each costs two descriptors, here and in the zygote, and a
// function's port one or two more; without room the next that arrives would be lost, and with it
// the connection that it came by.
std::uint32_t room_for_machines() {
  constexpr std::uint64_t kWanted = 1 << 20;
  constexpr std::uint64_t kOthers = 256;
  constexpr std::uint64_t kPerMachine = 4;
  constexpr std::uint64_t kLeast = 16;
  const std::uint64_t limit = os::raise_descriptor_limit(kWanted).value_or(1024);
  const std::uint64_t room = limit > kOthers ? (limit - kOthers) / kPerMachine : 0;
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(room, kLeast, agent::PoolLimits().machines_max));
}

// Whoever has all rights gives them away in the monitors: what is left is a user who owns nothing.
std::optional<uid_t> user_of_monitors() {
  constexpr uid_t kNobody = 65534;
  return ::geteuid() == 0 ? std::optional(kNobody) : std::nullopt;
}

struct RealDrivers {
  os::UniqueFd guest;
  std::unique_ptr<agent::MachineSource> machines;
  os::UniqueFd no_guest;
  std::unique_ptr<agent::MachineSource> processes;
};

base::Status open_machines(os::EventLoop& loop, const DaemonOptions& options, RealDrivers& drivers,
                           agent::Node::Driver& microvm) {
  if (::access("/dev/kvm", R_OK | W_OK) != 0) {
    return base::fail(ErrorCode::kUnsupported,
                      errno == ENOENT ? "this host has no /dev/kvm" : "/dev/kvm cannot be opened")
        .try_this("superfluid doctor");
  }
  auto guest = os::open_file(options.guest, O_RDONLY);
  if (!guest) {
    return base::fail(guest.error().code(), "the guest's image cannot be read")
        .caused_by(std::move(guest).error())
        .try_this("superfluid up --guest FILE");
  }
  SF_TRY(bytes, os::read_whole(guest->get(), kGuestBytesMax));
  base::Sha256 hash;
  hash.add(bytes);
  SF_TRY(machines, agent::open_nursery(loop, {.program = options.machines,
                                              .path = cat(options.socket, ".machines"),
                                              .user = user_of_monitors()}));
  drivers.guest = std::move(*guest);
  drivers.machines = std::move(machines);
  microvm.guest = drivers.guest.get();
  microvm.build = hash.finish();
  microvm.source = drivers.machines.get();
  return {};
}

// Processes bring their guest with them, so what they load is an image of none.
base::Status open_processes(os::EventLoop& loop, const DaemonOptions& options, RealDrivers& drivers,
                            agent::Node::Driver& process) {
  const abi::ImageHeader header = vmm::ImageFile::of_no_guest();
  const base::ByteView bytes(reinterpret_cast<const std::uint8_t*>(&header), sizeof header);
  SF_TRY(no_guest, os::sealed_memfd("no-guest", bytes));
  SF_TRY(processes, agent::open_nursery(loop, {.program = options.processes,
                                               .path = cat(options.socket, ".processes"),
                                               .user = user_of_monitors()}));
  drivers.no_guest = std::move(no_guest);
  drivers.processes = std::move(processes);
  process.guest = drivers.no_guest.get();
  process.clones = false;
  process.source = drivers.processes.get();
  return {};
}

}  // namespace

Drivers real_drivers(os::EventLoop& loop, const base::Clock&, const DaemonOptions& options) {
  Drivers drivers;
  auto owned = std::make_shared<RealDrivers>();
  if (base::Status opened = open_machines(loop, options, *owned, drivers.microvm); !opened) {
    drivers.microvm.why_not = opened.error().to_string();
  }
  if (base::Status opened = open_processes(loop, options, *owned, drivers.process); !opened) {
    drivers.process.why_not = opened.error().to_string();
  }
  drivers.owned = std::move(owned);
  drivers.wiring = std::make_unique<agent::HostWiring>(options.socket);
  drivers.limits = agent::host_limits(options.socket);
  return drivers;
}

base::Status run_daemon(const DaemonOptions& options, const MakeDrivers& make_drivers) {
  const std::uint32_t machines_max = room_for_machines();
  const os::SystemClock clock;
  SF_TRY(loop, os::EventLoop::create(clock));
  SF_TRY(term, loop->on_signal(SIGTERM, [&] { loop->stop(); }));
  SF_TRY(interrupt, loop->on_signal(SIGINT, [&] { loop->stop(); }));
  // Who holds the socket is the node: only then may the machines be touched.
  SF_TRY(listener, agent::Server::listen(options.socket, options.group ? 0660 : 0600));
  if (options.group && ::chown(options.socket.c_str(), static_cast<uid_t>(-1), *options.group)) {
    return base::fail(ErrorCode::kNotPermitted, "the socket cannot be given to the group")
        .try_this("a group that you are in");
  }
  Drivers drivers = make_drivers(*loop, clock, options);
  const std::string why_no_vm = drivers.microvm.why_not;
  const std::string why_no_process = drivers.process.why_not;
  agent::Node node(*loop, clock, *drivers.wiring,
                   {.pool = {.limits = {.level = options.pool,
                                        .level_max = std::max(options.pool, 64u),
                                        .machines_max = machines_max}},
                    .parked = cat(options.socket, ".parked"),
                    .limits = drivers.limits.get()},
                   std::move(drivers.microvm), std::move(drivers.process));
  node.adopt();
  agent::Service service(*loop, node,
                         {.version = SUPERFLUID_VERSION, .stop = [&] { loop->stop(); }});
  SF_TRY(server, agent::Server::serve(*loop, clock, service, std::move(listener)));
  os::log::info("node listens", {{"socket", options.socket},
                                 {"pid", ::getpid()},
                                 {"functions", node.functions()},
                                 {"microvm", why_no_vm.empty() ? "yes" : why_no_vm},
                                 {"process", why_no_process.empty() ? "yes" : why_no_process}});
  // Behind all that was started: a process begins with the processors of who starts it.
  std::optional<os::HomeProcessor> home;
  os::Subscription look;
  if (const auto waited = os::waited_ns()) {
    home.emplace(*waited, clock.now());
    look = loop->every(kLookEvery, [&] {
      if (const auto now = os::waited_ns()) {
        home->look(*now, clock.now());
      }
    });
  }
  const base::Status ran = loop->run();
  node.shut_down();
  os::log::info("node ended");
  return ran;
}

}  // namespace superfluid::vm
