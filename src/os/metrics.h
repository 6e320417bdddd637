// SPDX-License-Identifier: Apache-2.0
// Metrics: numbers that their room owns and increments for next to nothing, and one registry that
// knows where they are and writes them out in the Prometheus text format.
//
//   os::Counter drops_;                                            // a member of its owner
//   SF_TRY(r, metrics.add({.name = "superfluid_port_drops_total",
//                          .help = "Packets dropped at a port.",
//                          .labels = {{"port", name}}}, drops_));  // r: another member
//
// Invariants
//   1. One thread writes a metric, any number read it: an increment is a load, an addition and a
//      store, no locked instruction. Each has a cache line of its own.
//   2. A Counter never falls. A Histogram's buckets are fixed when it is made.
//   3. The registry holds pointers: an owner drops its MetricHandle before (or with) its metric, and
//      while expose() runs that waits. The registry outlives the handles.
//   4. A name and its labels are one metric; all metrics of one name have one kind and one help.
//
// Threads: registry from any thread.

#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/fixed_vector.h"
#include "base/result.h"

namespace superfluid::os {

// The length of a cache line on every machine this runs on; two for none to share a prefetched pair
// would cost more memory than it has been seen to save.
inline constexpr std::size_t kCacheLine = 64;

class alignas(kCacheLine) Counter {
 public:
  void add(std::uint64_t n = 1) {
    count_.store(count_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return count_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> count_ = 0;
};

class alignas(kCacheLine) Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t n) { set(value() + n); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

// Counts of values by size: bucket i counts those <= bounds[i] and above the bound before, the last
// one those above all bounds. Values and bounds are whole numbers of one unit, stated by the name.
class alignas(kCacheLine) Histogram {
 public:
  static constexpr std::size_t kBoundsMax = 24;
  using Bounds = base::FixedVector<std::uint64_t, kBoundsMax>;

  // Bounds rise strictly.
  explicit Histogram(const Bounds& bounds);
  void observe(std::uint64_t value);

  const Bounds& bounds() const { return bounds_; }
  std::uint64_t bucket(std::size_t i) const { return buckets_[i].load(std::memory_order_relaxed); }
  std::uint64_t sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  Bounds bounds_;
  std::atomic<std::uint64_t> buckets_[kBoundsMax + 1] = {};
  std::atomic<std::uint64_t> sum_ = 0;
};

struct MetricName {
  std::string name;  // [a-zA-Z_][a-zA-Z0-9_]*
  std::string help;
  std::map<std::string, std::string> labels = {};  // names as above, values any text
};

class Metrics;

class [[nodiscard]] MetricHandle {
 public:
  MetricHandle() = default;
  MetricHandle(MetricHandle&& other) noexcept
      : metrics_(std::exchange(other.metrics_, nullptr)), id_(other.id_) {}
  MetricHandle& operator=(MetricHandle&& other) noexcept;
  ~MetricHandle() { reset(); }
  void reset();

 private:
  friend class Metrics;
  MetricHandle(Metrics* metrics, std::uint64_t id) : metrics_(metrics), id_(id) {}

  Metrics* metrics_ = nullptr;
  std::uint64_t id_ = 0;
};

class Metrics {
 public:
  Metrics() = default;
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  ~Metrics();

  using Source = std::variant<const Counter*, const Gauge*, const Histogram*>;

  // kInvalid for a name that the format does not allow; kConflict for a name and labels that are
  // there already, or a name that is there with another kind or help.
  base::Result<MetricHandle> add(MetricName name, const Counter& counter);
  base::Result<MetricHandle> add(MetricName name, const Gauge& gauge);
  base::Result<MetricHandle> add(MetricName name, const Histogram& histogram);

  // Everything registered, by name and then by labels.
  std::string expose() const;

 private:
  friend class MetricHandle;
  struct Entry {
    MetricName name;
    Source source;
  };

  base::Result<MetricHandle> add_source(MetricName name, Source source);
  void remove(std::uint64_t id);

  mutable std::mutex mutex_;  // guards all below
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, Entry> entries_;
};

}  // namespace superfluid::os
