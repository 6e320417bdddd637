// SPDX-License-Identifier: Apache-2.0
#include "drivers/guest_new.h"

#include <cstdint>
#include <cstdlib>
#include <new>

namespace superfluid::drivers {
namespace {

using Need = guest::Heap::Need;

thread_local const GuestNew* current = nullptr;

void* from_process(std::size_t size, std::size_t alignment) {
  if (alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
    // rules: allow malloc: this is what operator new stands on
    return std::malloc(size == 0 ? 1 : size);
  }
  return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void* must_allocate(std::size_t size, std::size_t alignment) {
  if (current != nullptr) {
    void* const given = current->heap->allocate(size, alignment);
    if (given == nullptr) [[unlikely]] {
      current->exhausted(current->owner, size);
    }
    return given;
  }
  void* const given = from_process(size, alignment);
  if (given == nullptr) {
    throw std::bad_alloc();  // rules: allow throw: what operator new promises
  }
  return given;
}

void* try_allocate(std::size_t size, std::size_t alignment) {
  return current != nullptr ? current->heap->allocate(size, alignment, Need::kCanWait)
                            : from_process(size, alignment);
}

void release(void* object) {
  if (current != nullptr) {
    const auto at = reinterpret_cast<std::uintptr_t>(object);
    const auto begin = reinterpret_cast<std::uintptr_t>(current->memory.data());
    if (at - begin < current->memory.size()) {
      current->heap->release(object);
      return;
    }
  }
  // rules: allow malloc: and operator delete
  std::free(object);
}

}  // namespace

void allocate_as(const GuestNew* guest) { current = guest; }

}  // namespace superfluid::drivers

// All of them: those that a library forwards to one another would meet ours and its own by turns.
using superfluid::drivers::must_allocate;
using superfluid::drivers::release;
using superfluid::drivers::try_allocate;
using Alignment = std::align_val_t;

namespace {
constexpr std::size_t kUsual = superfluid::guest::Heap::kAlignment;
std::size_t bytes_of(Alignment alignment) { return static_cast<std::size_t>(alignment); }
}  // namespace

void* operator new(std::size_t size) { return must_allocate(size, kUsual); }
void* operator new[](std::size_t size) { return must_allocate(size, kUsual); }
void* operator new(std::size_t size, Alignment alignment) {
  return must_allocate(size, bytes_of(alignment));
}
void* operator new[](std::size_t size, Alignment alignment) {
  return must_allocate(size, bytes_of(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return try_allocate(size, kUsual);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return try_allocate(size, kUsual);
}
void* operator new(std::size_t size, Alignment alignment, const std::nothrow_t&) noexcept {
  return try_allocate(size, bytes_of(alignment));
}
void* operator new[](std::size_t size, Alignment alignment, const std::nothrow_t&) noexcept {
  return try_allocate(size, bytes_of(alignment));
}
void operator delete(void* object) noexcept { release(object); }
void operator delete[](void* object) noexcept { release(object); }
void operator delete(void* object, std::size_t) noexcept { release(object); }
void operator delete[](void* object, std::size_t) noexcept { release(object); }
void operator delete(void* object, Alignment) noexcept { release(object); }
void operator delete[](void* object, Alignment) noexcept { release(object); }
void operator delete(void* object, std::size_t, Alignment) noexcept { release(object); }
void operator delete[](void* object, std::size_t, Alignment) noexcept { release(object); }
void operator delete(void* object, const std::nothrow_t&) noexcept { release(object); }
void operator delete[](void* object, const std::nothrow_t&) noexcept { release(object); }
void operator delete(void* object, Alignment, const std::nothrow_t&) noexcept { release(object); }
void operator delete[](void* object, Alignment, const std::nothrow_t&) noexcept { release(object); }
