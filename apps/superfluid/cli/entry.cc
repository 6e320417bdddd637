// SPDX-License-Identifier: Apache-2.0
#include "superfluid/cli/entry.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>
#include <vector>

#include "superfluid/cli/run.h"

namespace superfluid::cli {
namespace {

// A closed standard descriptor would become the number of the next file opened, and output would go
// there. /dev/null takes its place, opened so that using it fails as the closed one would.
void occupy_closed_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
      [[maybe_unused]] const int opened =
          open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
  }
}

}  // namespace

int enter(Table table, int argc, char** argv) {
  occupy_closed_descriptors();
  // A reader that has seen enough (`| head -1`) ends the program quietly, whatever the parent set.
  std::signal(SIGPIPE, SIG_DFL);
  const std::vector<std::string_view> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  return static_cast<int>(run_program(table, words));
}

}  // namespace superfluid::cli
