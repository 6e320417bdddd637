// SPDX-License-Identifier: Apache-2.0
// What a guest has instead of an operating system and a C library: its first instructions, memory
// for operator new, and a clean end for whatever goes wrong.
//
// The stack that the image is entered with is small. The one that the graph runs on follows the
// image and grows with the RAM, since packets are handed on by calls: down to a mark, and below
// that the first stack, which nobody uses any more. The mark is looked at whenever the guest
// leaves.

#include <cstddef>
#include <cstdint>
#include <new>
#include <source_location>
#include <span>
#include <string_view>

#include "base/check.h"
#include "base/units.h"
#include "guest/guest.h"
#include "guest/heap.h"
#include "guest/panic.h"

extern "C" {
extern std::byte image_memory_end[];
using Constructor = void (*)();
extern const Constructor init_array_begin[];
extern const Constructor init_array_end[];
void* superfluid_stack();
[[noreturn]] void superfluid_main();
}

asm(R"(
  .section .image_header, "a"
  .quad 0x314547414d494653
  .word 1, 0, 0, 0
  .quad superfluid_entry
  .quad image_file_bytes
  .quad image_memory_bytes
  .text
  .globl superfluid_entry
superfluid_entry:
  xor %ebp, %ebp
  call superfluid_stack
  mov %rax, %rsp
  call superfluid_main
  ud2
)");

namespace superfluid::guest {
namespace {

static_assert(abi::kImageMagic == 0x314547414d494653);
static_assert(abi::kAbiVersion == 1);

constexpr std::uint64_t kStackMark = 0x6b63617473'666f;
constexpr std::size_t kStackShare = 16;  // of the RAM
constexpr std::size_t kStackBytesMin = 128 << 10;
constexpr std::size_t kStackBytesMax = 1 << 20;

Memory machine_memory() { return Memory(reinterpret_cast<std::byte*>(abi::kRamBase)); }

std::uint64_t& stack_mark() { return *reinterpret_cast<std::uint64_t*>(image_memory_end); }

std::size_t stack_bytes() {
  const std::size_t share = machine_memory().device_page().ram_bytes / kStackShare;
  const std::size_t bounded = share < kStackBytesMin   ? kStackBytesMin
                              : share > kStackBytesMax ? kStackBytesMax
                                                       : share;
  return bounded / abi::kPageBytes * abi::kPageBytes;
}

alignas(Heap) std::byte heap_room[sizeof(Heap)];
Heap& heap() { return *reinterpret_cast<Heap*>(heap_room); }

void out(abi::Exit exit, std::uint8_t value) {
  asm volatile("outb %%al, %%dx" ::"a"(value), "d"(static_cast<std::uint16_t>(exit)) : "memory");
}

abi::GuestPage& guest_page() { return machine_memory().guest_page(); }

[[noreturn]] void give_up(std::uint8_t kind, Panic& panic) {
  panic.tell();
  for (;;) {
    out(abi::Exit::kPanic, kind);
  }
}

[[noreturn]] void defect(std::string_view what) {
  give_up(abi::kPanicDefect, Panic(guest_page()).say(what));
}

[[noreturn, gnu::cold]] void out_of_memory(std::size_t bytes) {
  const std::uint64_t ram = machine_memory().device_page().ram_bytes;
  give_up(abi::kPanicMemory, Panic(guest_page()).say_memory_needed(ram, heap(), bytes));
}

void* must_allocate(std::size_t size, std::size_t alignment) {
  void* const given = heap().allocate(size, alignment);
  if (given == nullptr) [[unlikely]] {
    out_of_memory(size);
  }
  return given;
}

class MachineExits final : public Exits {
 public:
  using Exits::leave;

  void leave(abi::Exit exit, std::uint8_t value) override {
    if (stack_mark() != kStackMark) {
      defect("the stack ran over: elements hand packets on through too many others");
    }
    heap().tell(guest_page());
    out(exit, value);
  }
  std::uint64_t tsc() const override { return __builtin_ia32_rdtsc(); }
};

void run() {
  const abi::DevicePage& page = machine_memory().device_page();
  const auto begin = reinterpret_cast<std::uintptr_t>(image_memory_end) + stack_bytes();
  const std::uint64_t end = page.text_address;
  if (end < begin || end > abi::kRamBase + page.ram_bytes) {
    give_up(abi::kPanicMemory, Panic(guest_page())
                                   .say("the graph's text and the guest do not fit into ")
                                   .say(page.ram_bytes >> 20)
                                   .say(" MiB"));
  }
  new (heap_room) Heap({reinterpret_cast<std::byte*>(begin), end - begin});
  for (const Constructor* each = init_array_begin; each != init_array_end; ++each) {
    (*each)();
  }
  MachineExits exits;
  Guest guest(machine_memory(), exits, Guest::limits_for(heap().left(), stack_bytes()));
  guest.run();
}

}  // namespace
}  // namespace superfluid::guest

namespace guest = superfluid::guest;

extern "C" void* superfluid_stack() {
  guest::stack_mark() = guest::kStackMark;
  return image_memory_end + guest::stack_bytes();
}
extern "C" [[noreturn]] void superfluid_main() {
  guest::run();
  guest::defect("the host went on behind the end");
}

void* operator new(std::size_t size) { return guest::must_allocate(size, guest::Heap::kAlignment); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return guest::must_allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return guest::heap().allocate(size, guest::Heap::kAlignment, guest::Heap::Need::kCanWait);
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return guest::heap().allocate(size, static_cast<std::size_t>(alignment),
                                guest::Heap::Need::kCanWait);
}
void* operator new[](std::size_t size) {
  return guest::must_allocate(size, guest::Heap::kAlignment);
}
void operator delete(void* object) noexcept { guest::heap().release(object); }
void operator delete[](void* object) noexcept { guest::heap().release(object); }
void operator delete[](void* object, std::size_t) noexcept { guest::heap().release(object); }
void operator delete(void* object, std::size_t) noexcept { guest::heap().release(object); }
void operator delete(void* object, std::align_val_t) noexcept { guest::heap().release(object); }
void operator delete(void* object, std::size_t, std::align_val_t) noexcept {
  guest::heap().release(object);
}

namespace superfluid::base {
void check_failed(const char* what, const std::source_location& where) {
  guest::give_up(abi::kPanicDefect, guest::Panic(guest::guest_page()).say_failed(what, where));
}
}  // namespace superfluid::base

namespace std {
const nothrow_t nothrow{};
void __throw_bad_alloc() { guest::out_of_memory(0); }
void __throw_bad_array_new_length() { guest::out_of_memory(0); }
void __throw_length_error(const char* what) { guest::defect(what); }
void __throw_logic_error(const char* what) { guest::defect(what); }
void __throw_out_of_range(const char* what) { guest::defect(what); }
void __throw_out_of_range_fmt(const char* what, ...) { guest::defect(what); }
void __throw_bad_function_call() { guest::defect("a function that is none was called"); }
}  // namespace std

extern "C" {
void* __dso_handle = nullptr;
// Nothing of a guest is destroyed at its end.
int __cxa_atexit(void (*)(void*), void*, void*) { return 0; }
int atexit(void (*)()) { return 0; }
void __cxa_pure_virtual() { guest::defect("a virtual function without a body was called"); }
}
