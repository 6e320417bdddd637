// SPDX-License-Identifier: Apache-2.0
#include "drivers/guest_stack.h"

#include <cstdint>
#include <utility>

#include "base/check.h"

#if defined(SUPERFLUID_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

extern "C" {
// Saves where the caller stands, and goes on where somebody else stood.
void superfluid_switch_stack(void** from, void* to);
void superfluid_stack_bottom();
}

// The first switch to a stack returns to its bottom, from where there is no further way back.
asm(R"(
  .text
  .globl superfluid_switch_stack
  .type superfluid_switch_stack, @function
superfluid_switch_stack:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, (%rdi)
  mov %rsi, %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  ret
  .size superfluid_switch_stack, . - superfluid_switch_stack

  .globl superfluid_stack_bottom
  .type superfluid_stack_bottom, @function
superfluid_stack_bottom:
  .cfi_startproc
  .cfi_undefined rip
  mov %r12, %rdi
  call *%r13
  ud2
  .cfi_endproc
  .size superfluid_stack_bottom, . - superfluid_stack_bottom
)");

namespace superfluid::drivers {
namespace {

// As superfluid_switch_stack() leaves it.
struct Frame {
  std::uint64_t r15, r14;
  void (*r13)(void*);
  void* r12;
  std::uint64_t rbx, rbp;
  void (*back)();
};

}  // namespace

base::Result<GuestStack> GuestStack::create(std::size_t bytes) {
  const std::size_t page = os::Mapping::page_size();
  SF_TRY(memory, os::Mapping::anonymous(page + bytes, {.reserve = false}));
  SF_CHECKED(memory.protect(0, page, os::Mapping::Access::kNone));
  return GuestStack(std::move(memory));
}

GuestStack::~GuestStack() {
#if defined(SUPERFLUID_ADDRESS_SANITIZER)
  // What stands there never returned; the next mapping here is somebody else's.
  ASAN_UNPOISON_MEMORY_REGION(memory_.data(), memory_.size());
#endif
}

void GuestStack::begin(Body body, void* argument) {
  base::check(body_ == nullptr, "a stack has one body");
  body_ = body;
  argument_ = argument;
  // Above the frame the stack is aligned as the convention of calls wants it before a call.
  auto* frame = reinterpret_cast<Frame*>(memory_.data() + memory_.size() - sizeof(Frame));
  static_assert(sizeof(Frame) % 16 == 8);
  *frame = {.r15 = 0,
            .r14 = 0,
            .r13 = start,
            .r12 = this,
            .rbx = 0,
            .rbp = 0,
            .back = superfluid_stack_bottom};
  inside_ = frame;
}

void GuestStack::start(void* self) {
  auto* stack = static_cast<GuestStack*>(self);
#if defined(SUPERFLUID_ADDRESS_SANITIZER)
  __sanitizer_finish_switch_fiber(nullptr, &stack->outside_bottom_, &stack->outside_bytes_);
#endif
  stack->body_(stack->argument_);
  base::check(false, "the body of a stack never returns");
}

void GuestStack::enter() {
#if defined(SUPERFLUID_ADDRESS_SANITIZER)
  const std::size_t page = os::Mapping::page_size();
  __sanitizer_start_switch_fiber(&fake_outside_, memory_.data() + page, memory_.size() - page);
#endif
  superfluid_switch_stack(&outside_, inside_);
#if defined(SUPERFLUID_ADDRESS_SANITIZER)
  __sanitizer_finish_switch_fiber(fake_outside_, nullptr, nullptr);
#endif
}

void GuestStack::leave() {
#if defined(SUPERFLUID_ADDRESS_SANITIZER)
  __sanitizer_start_switch_fiber(&fake_inside_, outside_bottom_, outside_bytes_);
#endif
  superfluid_switch_stack(&inside_, outside_);
#if defined(SUPERFLUID_ADDRESS_SANITIZER)
  __sanitizer_finish_switch_fiber(fake_inside_, &outside_bottom_, &outside_bytes_);
#endif
}

}  // namespace superfluid::drivers
