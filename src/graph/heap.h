// SPDX-License-Identifier: Apache-2.0
// Heap: items in order of their keys, of which the first is at hand; any other can be taken out or
// given a new key. What waits for its turn, tasks and timers alike, waits in one.
//
//   Heap<Timer, TimerKey> heap;
//   heap.add(timer, {when, ++order});
//   heap.front().run();
//
// Key has `bool before(const Key&) const`, a strict order of the keys in the heap. Item has a
// member `std::size_t heap_index_` (where it is private, the heap is a friend), which belongs to
// the heap while it holds the item. Keys lie side by side in the heap, so that finding the next of
// thousands does not go through the items.
//
// Invariants
//   1. add(), remove() and set_front() take a logarithm of size() comparisons at most; with one
//      item they take none, with two items one.
//   2. An item is in one heap at most, and stays where it is in memory.

#pragma once

#include <cstddef>
#include <vector>

namespace superfluid::graph {

template <typename Item, typename Key>
class Heap {
 public:
  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }

  // REQUIRES: not empty.
  Item& front() const { return *entries_.front().item; }
  const Key& front_key() const { return entries_.front().key; }
  // Gives the first item a key that is not before its old one.
  void set_front(const Key& key) { sink(0, {key, entries_.front().item}); }

  void add(Item& item, const Key& key) {
    entries_.push_back({key, &item});
    rise(entries_.size() - 1, {key, &item});
  }

  // REQUIRES: the heap holds it.
  void remove(Item& item) {
    const std::size_t hole = item.heap_index_;
    const Entry last = entries_.back();
    entries_.pop_back();
    if (hole == entries_.size()) {
      return;
    }
    if (hole > 0 && last.key.before(entries_[parent(hole)].key)) {
      rise(hole, last);
    } else {
      sink(hole, last);
    }
  }

 private:
  struct Entry {
    Key key;
    Item* item;
  };

  static std::size_t parent(std::size_t i) { return (i - 1) / 2; }

  void place(std::size_t i, const Entry& entry) {
    entries_[i] = entry;
    entry.item->heap_index_ = i;
  }

  // Moves those that come later down, out of the way of an entry that wants to stand at i.
  void rise(std::size_t i, const Entry& entry) {
    for (; i > 0 && entry.key.before(entries_[parent(i)].key); i = parent(i)) {
      place(i, entries_[parent(i)]);
    }
    place(i, entry);
  }

  // Moves those that come earlier up.
  void sink(std::size_t i, const Entry& entry) {
    for (;;) {
      std::size_t child = 2 * i + 1;
      if (child >= entries_.size()) {
        break;
      }
      if (child + 1 < entries_.size() && entries_[child + 1].key.before(entries_[child].key)) {
        ++child;
      }
      if (!entries_[child].key.before(entry.key)) {
        break;
      }
      place(i, entries_[child]);
      i = child;
    }
    place(i, entry);
  }

  std::vector<Entry> entries_;
};

}  // namespace superfluid::graph
