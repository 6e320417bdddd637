// SPDX-License-Identifier: Apache-2.0
#include "guest/heap.h"

#include <algorithm>

#include "base/check.h"

namespace superfluid::guest {
namespace {

// Steps of a quarter at most, where a page holds a whole number of them without much waste.
constexpr std::uint16_t kClassBytes[] = {16,  32,  48,  64,  80,  96,  112, 128,  160,  192, 224,
                                         256, 320, 384, 448, 512, 640, 768, 1024, 1344, 2048};

constexpr std::size_t kReserveShare = 16;  // of the heap

constexpr std::size_t rounded_up(std::size_t size, std::size_t to) {
  return (size + to - 1) / to * to;
}

}  // namespace

Heap::Heap(std::span<std::byte> memory) {
  static_assert(sizeof kClassBytes / sizeof kClassBytes[0] == kClasses);
  std::ranges::fill(slabs_, kNone);
  const auto begin = reinterpret_cast<std::uintptr_t>(memory.data());
  const std::size_t lost = rounded_up(begin, alignof(Page)) - begin;
  if (memory.size() < lost + 2 * kPageBytes) {
    return;
  }
  table_ = reinterpret_cast<Page*>(memory.data() + lost);
  const std::uintptr_t end = begin + memory.size();
  const std::size_t guess = (memory.size() - lost) / (kPageBytes + sizeof(Page));
  const std::uintptr_t table_end = begin + lost + guess * sizeof(Page);
  const std::uintptr_t first = rounded_up(table_end, kPageBytes);
  pages_ = memory.data() + (first - begin);
  page_count_ = static_cast<std::uint32_t>(std::min(guess, (end - first) / kPageBytes));
  reserve_ = bytes() / kReserveShare;
}

void Heap::tell(abi::GuestPage& page) const {
  page.heap_bytes = bytes();
  page.heap_used = used_;
  page.heap_used_max = used_max_;
}

std::size_t Heap::class_of(std::size_t size, std::size_t alignment) {
  const std::size_t wanted = rounded_up(std::max<std::size_t>(size, 1), alignment);
  for (std::size_t i = 0; i < kClasses; ++i) {
    if (kClassBytes[i] >= wanted && kClassBytes[i] % alignment == 0) {
      return i;
    }
  }
  return kClasses;
}

void* Heap::allocate(std::size_t size, std::size_t alignment, Need need) {
  base::check(alignment <= kPageBytes && (alignment & (alignment - 1)) == 0, "an alignment");
  if (size > bytes() || (need == Need::kCanWait && left() < size + reserve_)) {
    return nullptr;
  }
  const std::size_t size_class =
      size > kSmallMax ? kClasses : class_of(size, std::max(alignment, kAlignment));
  if (size_class < kClasses) {
    return allocate_small(size_class);
  }
  const auto count = static_cast<std::uint32_t>(rounded_up(size, kPageBytes) / kPageBytes);
  const std::uint32_t first = take_run(count);
  if (first == kNone) {
    return nullptr;
  }
  table_[first].kind = Kind::kLarge;
  table_[first].count = count;
  count_up(count * kPageBytes);
  return address(first);
}

void Heap::count_up(std::size_t bytes) {
  used_ += bytes;
  used_max_ = std::max(used_max_, used_);
}

void* Heap::allocate_small(std::size_t size_class) {
  const std::size_t bytes = kClassBytes[size_class];
  std::uint32_t index = slabs_[size_class];
  if (index == kNone) {
    index = take_run(1);
    if (index == kNone) {
      return nullptr;
    }
    Page& fresh = table_[index];
    fresh.kind = Kind::kSlab;
    fresh.size_class = static_cast<std::uint8_t>(size_class);
    fresh.used = 0;
    fresh.count = static_cast<std::uint32_t>(kPageBytes / bytes);
    fresh.free = nullptr;
    link(slabs_[size_class], index);
  }
  Page& page = table_[index];
  void* object = page.free;
  if (object != nullptr) {
    page.free = *static_cast<void**>(object);
  } else {
    object = address(index) + (kPageBytes / bytes - page.count) * bytes;
    --page.count;
  }
  ++page.used;
  if (page.free == nullptr && page.count == 0) {
    unlink(slabs_[size_class], index);
  }
  count_up(bytes);
  return object;
}

void Heap::release(void* object) {
  if (object == nullptr) {
    return;
  }
  const auto at = static_cast<std::size_t>(static_cast<std::byte*>(object) - pages_);
  const auto index = static_cast<std::uint32_t>(at / kPageBytes);
  base::check(index < frontier_, "what is released was allocated");
  Page& page = table_[index];
  if (page.kind == Kind::kSlab) {
    release_small(index, object);
    return;
  }
  base::check(page.kind == Kind::kLarge && at % kPageBytes == 0, "what is released was allocated");
  used_ -= page.count * kPageBytes;
  give_run(index, page.count);
}

void Heap::release_small(std::uint32_t index, void* object) {
  Page& page = table_[index];
  const std::size_t bytes = kClassBytes[page.size_class];
  const bool was_full = page.free == nullptr && page.count == 0;
  *static_cast<void**>(object) = page.free;
  page.free = object;
  used_ -= bytes;
  --page.used;
  if (page.used == 0) {
    if (!was_full) {
      unlink(slabs_[page.size_class], index);
    }
    give_run(index, 1);
  } else if (was_full) {
    link(slabs_[page.size_class], index);
  }
}

// The smallest run that is large enough; of equals, the one that was freed last. Its last page is
// marked, since who looks back from behind it must not find the mark of a free run that once ended
// there.
std::uint32_t Heap::take_run(std::uint32_t count) {
  std::uint32_t best = kNone;
  for (std::uint32_t run = free_runs_; run != kNone; run = table_[run].next) {
    const std::uint32_t size = table_[run].count;
    if (size >= count && (best == kNone || size < table_[best].count)) {
      best = run;
      if (size == count) {
        break;
      }
    }
  }
  if (best != kNone) {
    const std::uint32_t size = table_[best].count;
    unlink(free_runs_, best);
    if (size > count) {
      note_free(best + count, size - count);
    }
    table_[best + count - 1].kind = Kind::kLarge;
    return best;
  }
  // A free run that ends at the frontier is part of what is taken there.
  std::uint32_t first = frontier_;
  if (first != 0 && table_[first - 1].kind == Kind::kFree) {
    first -= table_[first - 1].count;
  }
  if (count > page_count_ - first) {
    return kNone;
  }
  if (first != frontier_) {
    unlink(free_runs_, first);
  }
  table_[first + count - 1].kind = Kind::kLarge;
  frontier_ = first + count;
  return first;
}

void Heap::give_run(std::uint32_t first, std::uint32_t count) {
  const std::uint32_t behind = first + count;
  if (behind < frontier_ && table_[behind].kind == Kind::kFree) {
    count += table_[behind].count;
    unlink(free_runs_, behind);
  }
  if (first != 0 && table_[first - 1].kind == Kind::kFree) {
    const std::uint32_t before = table_[first - 1].count;
    first -= before;
    count += before;
    unlink(free_runs_, first);
  }
  note_free(first, count);
}

void Heap::note_free(std::uint32_t first, std::uint32_t count) {
  for (const std::uint32_t end : {first, first + count - 1}) {
    table_[end].kind = Kind::kFree;
    table_[end].count = count;
  }
  link(free_runs_, first);
}

void Heap::link(std::uint32_t& list, std::uint32_t page) {
  table_[page].previous = kNone;
  table_[page].next = list;
  if (list != kNone) {
    table_[list].previous = page;
  }
  list = page;
}

void Heap::unlink(std::uint32_t& list, std::uint32_t page) {
  const Page& entry = table_[page];
  if (entry.next != kNone) {
    table_[entry.next].previous = entry.previous;
  }
  if (entry.previous != kNone) {
    table_[entry.previous].next = entry.next;
  } else {
    list = entry.next;
  }
}

}  // namespace superfluid::guest
