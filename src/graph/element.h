// SPDX-License-Identifier: Apache-2.0
// Element: the unit of packet processing. A class derives from it, says in an ElementClass what its
// ports are, reads its arguments in configure(), and handles packets in push() and pull().
//
//   class Counter final : public PerPacket<Counter> {
//    public:
//     static const ElementClass kClass;
//     void add_handlers(HandlerTable& handlers) override;
//     Packet* act(Packet* packet) { ++count_; return packet; }
//    ...
//
// Life: made -> configure() -> initialize() -> push/pull/run_task/run_timer ... -> destroyed. An
// element that holds packets releases them in its destructor, and wakes nobody there: elements made
// after it are gone.
//
// Invariants
//   1. push() owns the batch; pull() gives packets away. Neither is called before initialize().
//   2. Connected ports are joined to ports of the same kind: output(i).push() only where output i
//      is push, input(i).pull() only where input i is pull.
//   3. Nothing an element does on the packet path allocates, but for packets from the pool.
//
// Threads: an element belongs to its lane's.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "graph/lane.h"
#include "graph/packet.h"
#include "graph/schedule.h"

namespace superfluid::graph {

class Arguments;
class Element;
class HandlerTable;
class Notifier;
class Router;

// What is known of a class without making an element.
struct ElementClass {
  std::string_view name;
  std::string_view ports;       // graph/port_spec.h
  std::string_view processing;  // graph/port_spec.h
  std::unique_ptr<Element> (*make)();
  std::string_view flow = "x/x";
  // Prints or writes packets as they pass: a graph with such elements runs in batches of one, so
  // that the order across its paths is what a packet-by-packet reader expects.
  bool order_visible = false;
  // Configured before all that are not: others' configuration depends on it, by the names that it
  // defines (graph/names.h) or by the random numbers that it sets.
  bool configured_first = false;
};

// One end of a connection as an element sees it: the element and port at the other end.
class Peer {
 public:
  Peer() = default;
  Peer(Element* element, std::uint32_t port) : element_(element), port_(port) {}

  bool connected() const { return element_ != nullptr; }
  Element* element() const { return element_; }
  std::uint32_t port() const { return port_; }

  inline void push(Batch batch) const;
  inline void push(Packet* packet) const;
  inline std::size_t pull(Packet** into, std::size_t max) const;

 private:
  Element* element_ = nullptr;
  std::uint32_t port_ = 0;
};

class Element {
 public:
  Element() = default;
  Element(const Element&) = delete;
  Element& operator=(const Element&) = delete;
  virtual ~Element() = default;

  const ElementClass& element_class() const { return *class_; }
  const std::string& name() const { return name_; }
  Router& router() const { return *router_; }
  // Those of the lane that runs this element. Which one that is, is known from initialize() on.
  Schedule& schedule() const { return lane_->schedule(); }
  PacketPool& pool() const { return lane_->pool(); }
  base::Rng& rng() const { return lane_->rng(); }
  Lane& lane() const { return *lane_; }

  std::uint32_t inputs() const { return static_cast<std::uint32_t>(inputs_.size()); }
  std::uint32_t outputs() const { return static_cast<std::uint32_t>(outputs_.size()); }
  // Where pulled packets come from, where pushed ones go. Unconnected beyond inputs() and
  // outputs(), and on the side of a connection that does not act.
  const Peer& input(std::uint32_t port) const { return inputs_[port]; }
  const Peer& output(std::uint32_t port) const { return outputs_[port]; }

  // Reads all arguments; what is wrong with them is reported there.
  virtual void configure(Arguments& arguments);
  // Everything is configured and connected: open, allocate, schedule.
  virtual base::Status initialize() { return {}; }
  virtual void add_handlers(HandlerTable&) {}

  virtual void push(std::uint32_t port, Batch batch);
  // Up to `max` packets. 0 when there is none now, or when those that there were did not get here:
  // whether it is worth asking again, a Signal knows.
  virtual std::size_t pull(std::uint32_t port, Packet** into, std::size_t max);

  // A turn of a scheduled task; true when there was work.
  virtual bool run_task(Task&) { return false; }
  virtual void run_timer(Timer&) {}

  // Who tells whether packets may be pulled from this output, or pushed into this input. nullptr:
  // ask those before (behind) this element, as for elements that only pass packets on.
  virtual Notifier* empty_notifier(std::uint32_t /*output*/) { return nullptr; }
  virtual Notifier* full_notifier(std::uint32_t /*input*/) { return nullptr; }

  // At a live reconfiguration, when all elements are initialised and before any runs: takes what is
  // worth keeping (packets, counts, flows, descriptors) from the element of the same name and class
  // that it replaces, which is destroyed afterwards. Router::replaced() is that element; who would
  // open what the other still holds asks for it in initialize(), and leaves that to take_state().
  virtual void take_state(Element&) {}

 protected:
  // A packet that is refused: to output `port` where that is connected, else released.
  void reject(Packet* packet, std::uint32_t port = 1) {
    if (port < outputs_.size()) {
      outputs_[port].push(packet);
    } else {
      release(packet);
    }
  }

 private:
  friend class Builder;
  friend class Router;

  const ElementClass* class_ = nullptr;
  Router* router_ = nullptr;
  Lane* lane_ = nullptr;
  std::uint32_t index_ = 0;  // in its router
  std::string name_;
  std::vector<Peer> inputs_;
  std::vector<Peer> outputs_;
};

inline void Peer::push(Batch batch) const { element_->push(port_, batch); }
inline void Peer::push(Packet* packet) const { element_->push(port_, Batch(&packet, 1)); }
inline std::size_t Peer::pull(Packet** into, std::size_t max) const {
  return element_->pull(port_, into, max);
}

// An element that looks at each packet by itself and passes it on, changed or not, pushing or
// pulling: Self has `Packet* act(Packet*)`, which returns nullptr when it kept, released or
// rejected the packet.
template <typename Self>
class PerPacket : public Element {
 public:
  void push(std::uint32_t /*port*/, Batch batch) final {
    const std::size_t kept = act_on(batch.begin(), batch.size());
    if (kept != 0) {
      output(0).push(Batch(batch.begin(), kept));
    }
  }

  std::size_t pull(std::uint32_t /*port*/, Packet** into, std::size_t max) final {
    // When none of the packets is kept, there may be more; but not for ever, since a source behind
    // an element that refuses everything never runs dry.
    std::size_t kept = 0;
    for (int tries = 0; tries < kPullTriesMax && kept == 0; ++tries) {
      const std::size_t found = input(0).pull(into, max);
      if (found == 0) {
        break;
      }
      kept = act_on(into, found);
    }
    return kept;
  }

 private:
  static constexpr int kPullTriesMax = 8;

  std::size_t act_on(Packet** packets, std::size_t count) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (i + 2 < count) {
        __builtin_prefetch(packets[i + 2]->data);
      }
      if (Packet* packet = static_cast<Self*>(this)->act(packets[i])) [[likely]] {
        packets[kept++] = packet;
      }
    }
    return kept;
  }
};

// Hands a batch to several outputs: Self has `std::uint32_t choose(Packet&)`, which returns an
// output, or, where looking at the whole batch is faster, choose_all(); packets for one that does
// not exist, whatever its number, are released. Order is kept within each output, and batches leave
// by ascending output. Push only.
template <typename Self>
class Splitter : public Element {
 public:
  void push(std::uint32_t /*port*/, Batch batch) final {
    std::uint32_t chosen[kBatchMax];
    static_cast<Self*>(this)->choose_all(batch, chosen);
    std::uint32_t lowest = outputs();
    bool all_same = true;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      chosen[i] = chosen[i] < outputs() ? chosen[i] : outputs();  // stands for all there are not
      lowest = chosen[i] < lowest ? chosen[i] : lowest;
      all_same &= chosen[i] == chosen[0];
    }
    if (all_same) {
      send(lowest, batch);
      return;
    }
    while (batch.size() != 0) {
      Packet* sorted[kBatchMax];
      const std::uint32_t port = lowest;
      const std::size_t count = take_out(batch, chosen, lowest, sorted);
      send(port, Batch(sorted, count));
    }
  }

  // outputs[i] is where batch[i] goes.
  void choose_all(Batch batch, std::uint32_t* outputs) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      outputs[i] = static_cast<Self*>(this)->choose(*batch[i]);
    }
  }

 private:
  // Moves the packets for output `lowest` to `to`, closes the ranks of the others, and finds the
  // lowest output among those. Without branches: which output comes next, nobody can guess.
  static std::size_t take_out(Batch& batch, std::uint32_t* chosen, std::uint32_t& lowest,
                              Packet** to) {
    const std::uint32_t taken = lowest;
    std::size_t count = 0;
    std::size_t left = 0;
    lowest = kNone;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      Packet* const packet = batch[i];
      const std::uint32_t port = chosen[i];
      const bool takes = port == taken;
      to[count] = packet;
      batch[left] = packet;
      chosen[left] = port;
      count += takes ? 1 : 0;
      left += takes ? 0 : 1;
      const std::uint32_t other = takes ? kNone : port;
      lowest = other < lowest ? other : lowest;
    }
    batch = Batch(batch.begin(), left);
    return count;
  }

  void send(std::uint32_t port, Batch batch) const {
    if (port < outputs()) {
      output(port).push(batch);
    } else {
      batch.release();
    }
  }

  static constexpr std::uint32_t kNone = 0xffffffff;
};

template <typename T>
std::unique_ptr<Element> make_element() {
  return std::make_unique<T>();
}

}  // namespace superfluid::graph
