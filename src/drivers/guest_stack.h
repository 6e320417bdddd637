// SPDX-License-Identifier: Apache-2.0
// GuestStack: a stack beside the thread's own, on which a function runs that can stand still in the
// middle of its work, and be gone on with later.
//
//   stack.begin(body, argument);
//   stack.enter();   // body runs until it calls stack.leave(); the next enter() goes on there
//
// A switch saves the registers that a call preserves, and makes no system call: a guest leaves for
// each batch of packets, where swapcontext() would ask the kernel for the signal mask twice.
//
// Invariants
//   1. Below the stack is a page that faults: who needs more of it than there is ends the process.
//   2. The body never returns, and what stands on a stack that is thrown away is not destroyed.
//
// Threads: one, for both sides.

#pragma once

#include <cstddef>

#include "base/result.h"
#include "os/mapping.h"

namespace superfluid::drivers {

class GuestStack {
 public:
  using Body = void (*)(void* argument);

  static base::Result<GuestStack> create(std::size_t bytes);
  GuestStack(GuestStack&&) = default;
  GuestStack& operator=(GuestStack&&) = delete;
  ~GuestStack();

  // REQUIRES: a place of its own until the stack is thrown away, which the body refers to.
  void begin(Body body, void* argument);
  // From outside, until the body leaves.
  void enter();
  // From the body, until somebody enters.
  void leave();

 private:
  explicit GuestStack(os::Mapping memory) : memory_(std::move(memory)) {}
  static void start(void* self);

  os::Mapping memory_;  // the page that faults, and the stack
  Body body_ = nullptr;
  void* argument_ = nullptr;
  void* inside_ = nullptr;   // where the body stands
  void* outside_ = nullptr;  // where its caller does
  // What AddressSanitizer wants to know of the two stacks.
  void* fake_inside_ = nullptr;
  void* fake_outside_ = nullptr;
  const void* outside_bottom_ = nullptr;
  std::size_t outside_bytes_ = 0;
};

}  // namespace superfluid::drivers
