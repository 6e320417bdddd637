// SPDX-License-Identifier: Apache-2.0
// Who runs in `make bench-microvm`. A contender is a function that prepares what its samples need
// and a row in kEntries (main.cc); the first is the one that the others are compared with.
//
// Threads: all are made and sampled in the same one.

#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "microvm/race.h"

namespace superfluid::bench {

struct Surroundings {
  const base::Clock& clock;
  std::string child;    // a static program that writes one byte and ends
  std::string program;  // superfluid
};

// posix_spawn of a static glibc program to its first byte over a pipe.
base::Result<Contender> spawn_of_a_process(const Surroundings& surroundings);

// A clone of a known image in a warm shell: laid over its memory, given its device page, run until
// it says that it lives. No daemon, no process of its own, no port.
base::Result<Contender> clone_in_a_warm_shell(const Surroundings& surroundings);

// The bytes of a snapshot's file out of a guest that stands still, and such a guest out of them, in
// a warm shell, until it has run to its next exit. The file itself is written and read by neither.
base::Result<Contender> save_of_a_function(const Surroundings& surroundings);
base::Result<Contender> restore_of_a_function(const Surroundings& surroundings);

// The same function by way of the node's socket, with warm machines and a known graph: until it is
// live, until it has answered a ping through a tap, until it is paused.
base::Result<Contender> start_by_the_node(const Surroundings& surroundings);
base::Result<Contender> first_echo_by_the_node(const Surroundings& surroundings);
base::Result<Contender> pause_by_the_node(const Surroundings& surroundings);

}  // namespace superfluid::bench
