// SPDX-License-Identifier: Apache-2.0
// Quantities with their unit in the type: bytes, durations, instants, bit rates, packet rates.
//
// People write them as `512MiB`, `5s`, `10Gbit/s`, `1.5Mpps`. A bare number is refused, and the
// error shows both readings, because guessing is how a rate ends up eight times too high.
//
// Suffixes
//   bytes      B kB MB GB TB (powers of 1000) KiB MiB GiB TiB (powers of 1024)
//   duration   ns us ms s min h d
//   bit rate   bit/s kbit/s Mbit/s Gbit/s, or the same in bytes: B/s kB/s MB/s GB/s
//   packets    pps kpps Mpps
//
// Invariants
//   1. All are 64-bit integers of the smallest unit. Parsing refuses what does not fit instead of
//      wrapping. Fractions are decimal and exact to the smallest unit, or refused.
//   2. parse(to_string(x)) == x. Negative durations are printed, but never read.
//   3. One space may stand between number and unit, none elsewhere. The case of a unit matters.
//   4. Arithmetic is that of the 64-bit integer and unchecked: a sum of what users gave is checked
//      against a limit first. Only a point in time is kept in range, because `now + timeout` is
//      where users' numbers meet the clock: a deadline beyond the end of time is the end of time.

#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/result.h"

namespace superfluid::base {

// A count of one unit. Quantities of one kind add and compare; they scale by plain numbers.
template <typename Tag, typename Rep>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(Rep count) : count_(count) {}

  constexpr Rep count() const { return count_; }

  friend constexpr bool operator==(Quantity, Quantity) = default;
  friend constexpr auto operator<=>(Quantity, Quantity) = default;
  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity(a.count_ + b.count_);
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity(a.count_ - b.count_);
  }
  friend constexpr Quantity operator*(Quantity a, Rep times) { return Quantity(a.count_ * times); }
  friend constexpr Quantity operator/(Quantity a, Rep by) { return Quantity(a.count_ / by); }
  constexpr Quantity& operator+=(Quantity other) { return *this = *this + other; }
  constexpr Quantity& operator-=(Quantity other) { return *this = *this - other; }

 private:
  Rep count_ = 0;
};

using ByteCount = Quantity<struct ByteCountTag, std::uint64_t>;    // bytes
using Duration = Quantity<struct DurationTag, std::int64_t>;       // nanoseconds
using BitRate = Quantity<struct BitRateTag, std::uint64_t>;        // bits per second
using PacketRate = Quantity<struct PacketRateTag, std::uint64_t>;  // packets per second

constexpr ByteCount bytes(std::uint64_t n) { return ByteCount(n); }
constexpr ByteCount kib(std::uint64_t n) { return ByteCount(n << 10); }
constexpr ByteCount mib(std::uint64_t n) { return ByteCount(n << 20); }
constexpr ByteCount gib(std::uint64_t n) { return ByteCount(n << 30); }

constexpr Duration nanoseconds(std::int64_t n) { return Duration(n); }
constexpr Duration microseconds(std::int64_t n) { return Duration(n * 1'000); }
constexpr Duration milliseconds(std::int64_t n) { return Duration(n * 1'000'000); }
constexpr Duration seconds(std::int64_t n) { return Duration(n * 1'000'000'000); }

// A point on a monotonic clock. Only differences mean anything.
class Instant {
 public:
  constexpr Instant() = default;
  constexpr explicit Instant(Duration since_start) : since_start_(since_start) {}

  constexpr Duration since_start() const { return since_start_; }

  friend constexpr bool operator==(Instant, Instant) = default;
  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Duration operator-(Instant a, Instant b) {
    return a.since_start_ - b.since_start_;
  }
  friend constexpr Instant operator+(Instant a, Duration d) {
    using Limits = std::numeric_limits<std::int64_t>;
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a.since_start_.count(), d.count(), &sum)) {
      sum = d.count() < 0 ? Limits::min() : Limits::max();
    }
    return Instant(Duration(sum));
  }

 private:
  Duration since_start_;
};

Result<ByteCount> parse_byte_count(std::string_view text);
Result<Duration> parse_duration(std::string_view text);
Result<BitRate> parse_bit_rate(std::string_view text);
Result<PacketRate> parse_packet_rate(std::string_view text);

// The largest unit that shows the value exactly in at most three decimals, else the smallest unit:
// "512MiB", "1.5s".
std::string to_string(ByteCount value);
std::string to_string(Duration value);
std::string to_string(BitRate value);
std::string to_string(PacketRate value);

}  // namespace superfluid::base
