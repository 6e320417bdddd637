// SPDX-License-Identifier: Apache-2.0
// Heap: the guest's memory, given out and taken back: what operator new and delete are in a
// microVM.
//
// A guest may have 1.4 MiB in all, so what is given back must serve again whatever its size, and a
// clone pays for each page that it writes, so pages that were used before are used first. There are
// slabs, pages of objects of one size class, for what is small; and runs of pages for the rest,
// which join their free neighbours. Which of the two an address belongs to, a table of pages says,
// which lies at the begin of the memory.
//
// Invariants
//   1. Objects do not overlap, and are aligned as asked (to a power of two of at most a page) and
//      to kAlignment at least.
//   2. Two free runs never touch; a page whose objects are all free is part of a free run.
//   3. Pages beyond the highest that was ever in use have never been written, nor their entries in
//      the table.
//   4. Who can do without asks with Need::kCanWait, and is refused when less than the reserve would
//      be left: packets then stop coming, and the graph can still be asked why.
//
// Threads: one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "abi/guest_page.h"

namespace superfluid::guest {

class Heap {
 public:
  static constexpr std::size_t kAlignment = 16;
  static constexpr std::size_t kPageBytes = 4096;
  static constexpr std::size_t kSmallMax = 2048;

  enum class Need : std::uint8_t { kMust, kCanWait };

  // Over memory that is nobody else's. Empty: gives out nothing.
  explicit Heap(std::span<std::byte> memory = {});
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  // nullptr when there is no such piece left.
  void* allocate(std::size_t size, std::size_t alignment = kAlignment, Need need = Need::kMust);
  // What allocate() gave, or nullptr.
  void release(void* object);

  std::size_t bytes() const { return page_count_ * kPageBytes; }
  std::size_t used() const { return used_; }  // size classes and pages, as they were given out
  std::size_t used_max() const { return used_max_; }
  std::size_t left() const { return bytes() - used_; }
  // Writes those numbers where the host reads them.
  void tell(abi::GuestPage& page) const;

 private:
  enum class Kind : std::uint8_t { kFree = 1, kSlab, kLarge };
  static constexpr std::uint32_t kNone = 0xffffffff;
  static constexpr std::size_t kClasses = 21;

  // One entry of the table. Of a run, the first page's entry counts; of a free run the last one's
  // knows its length, too.
  struct Page {
    Kind kind;
    std::uint8_t size_class;  // of a slab
    std::uint16_t used;       // objects of a slab
    std::uint32_t count;      // pages of a run; of a slab, objects never given out yet
    std::uint32_t next;       // in the list of free runs, or of slabs with room
    std::uint32_t previous;
    void* free;  // of a slab: objects that came back, linked
  };

  static std::size_t class_of(std::size_t size, std::size_t alignment);
  std::byte* address(std::uint32_t page) const { return pages_ + page * kPageBytes; }

  void* allocate_small(std::size_t size_class);
  void release_small(std::uint32_t page, void* object);
  std::uint32_t take_run(std::uint32_t count);
  void give_run(std::uint32_t first, std::uint32_t count);
  void note_free(std::uint32_t first, std::uint32_t count);
  void link(std::uint32_t& list, std::uint32_t page);
  void unlink(std::uint32_t& list, std::uint32_t page);
  void count_up(std::size_t bytes);

  Page* table_ = nullptr;
  std::byte* pages_ = nullptr;
  std::uint32_t page_count_ = 0;
  std::uint32_t frontier_ = 0;  // pages from here on were never in use
  std::uint32_t free_runs_ = kNone;
  std::uint32_t slabs_[kClasses];  // with room
  std::size_t used_ = 0;
  std::size_t used_max_ = 0;
  std::size_t reserve_ = 0;
};

}  // namespace superfluid::guest
