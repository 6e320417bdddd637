// SPDX-License-Identifier: Apache-2.0
// `superfluid up` and `superfluid down`.
#include <fcntl.h>
#include <grp.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <filesystem>

#include "agent/server.h"
#include "api/client.h"
#include "base/text.h"
#include "os/clock.h"
#include "os/files.h"
#include "os/log.h"
#include "os/process.h"
#include "superfluid/vm/connect.h"
#include "superfluid/vm/daemon.h"

namespace superfluid::vm {

using base::cat;
using base::ErrorCode;

namespace {

constexpr base::Duration kAnswersWithin = base::seconds(20);
constexpr base::Duration kAskEvery = base::milliseconds(10);

// A file that is installed with this program, or built beside it.
std::string beside_this_program(std::string_view name) {
  std::error_code problem;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", problem);
  for (const char* folder :
       {"", "../libexec/superfluid", "../share/superfluid", "../superfluid-vmm",
        "../superfluid-process", "../../share/superfluid"}) {
    const std::filesystem::path path = self.parent_path() / folder / name;
    if (std::filesystem::exists(path, problem)) {
      return path.lexically_normal();
    }
  }
  return std::string(name);
}

base::Result<DaemonOptions> options_of(const cli::Invocation& invocation) {
  DaemonOptions options;
  SF_TRY(socket, socket_of(invocation));
  options.socket = std::move(socket);
  const auto machines = invocation.text("machines");
  const auto guest = invocation.text("guest");
  options.machines = machines ? std::string(*machines) : beside_this_program("superfluid-vmm");
  const auto processes = invocation.text("processes");
  options.processes =
      processes ? std::string(*processes) : beside_this_program("superfluid-process");
  options.guest = guest ? std::string(*guest) : beside_this_program("superfluid-guest.bin");
  options.pool = static_cast<std::uint32_t>(invocation.number("pool").value_or(options.pool));
  if (const auto name = invocation.text("group")) {
    const group* found = ::getgrnam(std::string(*name).c_str());
    if (found == nullptr) {
      return base::fail(ErrorCode::kNotFound, cat("there is no group ", cli::printable(*name)));
    }
    options.group = found->gr_gid;
  }
  return options;
}

// The last lines of what a node that ended had written.
std::string last_words(const std::string& log) {
  auto text = os::read_text(log, base::mib(1));
  if (!text || text->empty()) {
    return "it wrote nothing";
  }
  const std::size_t from = text->size() > 600 ? text->size() - 600 : 0;
  std::string words(base::trim(std::string_view(*text).substr(from)));
  std::ranges::replace(words, '\n', ' ');
  return cli::printable(words);
}

base::Status start_in_background(const cli::Invocation& invocation, cli::Output& output,
                                 const DaemonOptions& options) {
  if (agent::Server::lives_at(options.socket)) {
    return base::fail(ErrorCode::kConflict,
                      cat("a node listens already at ", cli::printable(options.socket)))
        .try_this("superfluid down, or another --socket");
  }
  const std::string log = cat(options.socket, ".log");
  SF_TRY(file, os::open_file(log, O_WRONLY | O_CREAT | O_TRUNC, 0600));
  SF_TRY(nothing, os::open_file("/dev/null", O_RDONLY));
  os::Command command{
      .argv = {"/proc/self/exe", "up", cat("--socket=", options.socket),
               cat("--pool=", options.pool), cat("--machines=", options.machines),
               cat("--guest=", options.guest), cat("--processes=", options.processes)},
      .grants = {{nothing.get(), 0}, {file.get(), 1}, {file.get(), 2}},
      .die_with_parent = false,
      .own_session = true};
  if (const auto group = invocation.text("group")) {
    command.argv.push_back(cat("--group=", *group));
  }
  SF_TRY(child, os::Process::spawn(command));
  const os::SystemClock clock;
  const base::Instant deadline = clock.now() + kAnswersWithin;
  while (true) {
    if (auto client = api::Client::connect(options.socket, {.wait_max = kAnswersWithin})) {
      SF_TRY(info, client->info());
      std::move(child).let_go();
      if (output.json()) {
        output.result({{"socket", cli::printable(options.socket)}, {"pid", info.pid}});
      } else {
        output.text(cat("the node listens at ", cli::printable(options.socket), " as process ",
                        info.pid, "\n"));
        if (!info.microvm.empty()) {
          output.text(cat("no microVMs: ", cli::printable(info.microvm), "\n"));
          output.text(info.process.empty()
                          ? std::string("functions run in sandboxed processes\n")
                          : cat("no processes either: ", cli::printable(info.process), "\n"));
        }
      }
      return {};
    }
    SF_TRY(ended, child.wait(kAskEvery));
    if (ended) {
      return base::fail(ErrorCode::kFailed, cat("the node ended: ", ended->to_string()))
          .caused_by(base::Error(ErrorCode::kFailed, last_words(log)));
    }
    if (clock.now() > deadline) {
      return base::fail(ErrorCode::kTimedOut, "the node does not answer")
          .try_this(cat("read ", cli::printable(log)));
    }
  }
}

}  // namespace

base::Status up_with(const cli::Invocation& invocation, cli::Output& output,
                     const MakeDrivers& make_drivers) {
  SF_TRY(options, options_of(invocation));
  SF_CHECKED(os::make_directories(os::directory_of(options.socket), 0755));
  if (invocation.has("background")) {
    return start_in_background(invocation, output, options);
  }
  SF_CHECKED(run_daemon(options, make_drivers));
  if (output.json()) {
    output.result({{"socket", cli::printable(options.socket)}});
  }
  return {};
}

base::Status run_up(const cli::Invocation& invocation, cli::Output& output) {
  return up_with(invocation, output, real_drivers);
}

base::Status run_down(const cli::Invocation& invocation, cli::Output& output) {
  SF_TRY(client, connect(invocation));
  SF_CHECKED(client.stop_node());
  if (output.json()) {
    output.result({});
  } else {
    output.text("the node has ended, and its functions\n");
  }
  return {};
}

}  // namespace superfluid::vm
