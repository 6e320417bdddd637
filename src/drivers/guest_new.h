// SPDX-License-Identifier: Apache-2.0
// GuestNew: where operator new takes its memory from while a guest runs in this process.
//
// In a microVM operator new is the guest's heap, and a graph that needs more than it was given ends
// with a message that says how much. Elements and graph are the same code here, so a program with
// this room replaces operator new: while a guest runs it draws from that guest's heap, inside the
// memory that the function was given, and otherwise from malloc(). An operator delete decides by
// the address.
//
// Invariants
//   1. What was allocated as a guest is released as that guest, or never: a guest's memory goes
//      away whole.
//   2. Nothing of the process that lives on (a static object) is allocated as a guest.
//   3. When the heap is exhausted, who must have memory does not come back; who can wait (nothrow)
//      is told.
//
// Threads: each thread is one guest, or none.

#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "guest/heap.h"

namespace superfluid::drivers {

struct GuestNew {
  guest::Heap* heap = nullptr;
  base::ByteSpan memory = {};  // the heap's
  void* owner = nullptr;
  void (*exhausted)(void* owner, std::size_t bytes) = nullptr;  // does not return
};

// From here on this thread allocates as that guest; nullptr: as itself.
void allocate_as(const GuestNew* guest);

}  // namespace superfluid::drivers
