// SPDX-License-Identifier: Apache-2.0
// has_memory_for(): asked by who can do without the memory, before it is taken by what cannot be
// refused any: a table that packets make grow, a text that somebody sent.
//
// A guest keeps a reserve from who asks so (guest/heap.h), and ends where memory is taken that it
// does not have. On a host the answer is true for anything that one might want.
//
// Threads: the answer holds for the one that asked, until it takes memory otherwise.

#pragma once

#include <cstddef>
#include <new>

namespace superfluid::base {

inline bool has_memory_for(std::size_t bytes) {
  void* const probe = ::operator new(bytes, std::nothrow);
  ::operator delete(probe);
  return probe != nullptr;
}

}  // namespace superfluid::base
