// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include <algorithm>
#include <expected>
#include <limits>
#include <span>
#include <utility>

#include "base/text.h"

namespace superfluid::base {
namespace {

struct Unit {
  std::string_view suffix;
  std::uint64_t scale;  // in the quantity's smallest unit
  bool used_to_print = true;
};

// Largest first. `kind` and `bare` word the errors; `bare` are the two readings shown for a number
// without a unit.
struct UnitTable {
  std::string_view kind;
  std::span<const Unit> units;
  std::string_view bare[2];
  std::uint64_t count_max;
};

constexpr Unit kByteUnits[] = {{"TiB", 1ULL << 40},
                               {"TB", 1'000'000'000'000, false},
                               {"GiB", 1ULL << 30},
                               {"GB", 1'000'000'000, false},
                               {"MiB", 1ULL << 20},
                               {"MB", 1'000'000, false},
                               {"KiB", 1ULL << 10},
                               {"kB", 1'000, false},
                               {"B", 1}};
constexpr Unit kDurationUnits[] = {{"d", 86'400'000'000'000},
                                   {"h", 3'600'000'000'000},
                                   {"min", 60'000'000'000},
                                   {"s", 1'000'000'000},
                                   {"ms", 1'000'000},
                                   {"us", 1'000},
                                   {"ns", 1}};
constexpr Unit kBitRateUnits[] = {{"GB/s", 8'000'000'000, false},
                                  {"Gbit/s", 1'000'000'000},
                                  {"MB/s", 8'000'000, false},
                                  {"Mbit/s", 1'000'000},
                                  {"kB/s", 8'000, false},
                                  {"kbit/s", 1'000},
                                  {"B/s", 8, false},
                                  {"bit/s", 1}};
constexpr Unit kPacketRateUnits[] = {{"Mpps", 1'000'000}, {"kpps", 1'000}, {"pps", 1}};

constexpr std::uint64_t kAny = std::numeric_limits<std::uint64_t>::max();
constexpr UnitTable kBytes{"size", kByteUnits, {"B", "MiB"}, kAny};
constexpr UnitTable kDurations{
    "duration",
    kDurationUnits,
    {"ms", "s"},
    static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())};
constexpr UnitTable kBitRates{"bit rate", kBitRateUnits, {"bit/s", "Mbit/s"}, kAny};
constexpr UnitTable kPacketRates{"packet rate", kPacketRateUnits, {"pps", "kpps"}, kAny};

std::string all_suffixes(const UnitTable& table) {
  std::string list;
  for (const Unit& unit : table.units) {
    list = cat(unit.suffix, list.empty() ? "" : " ", list);
  }
  return list;
}

// What the user wrote, as far as an error message shows it.
std::string shown(std::string_view text) {
  constexpr std::size_t kShownMax = 40;
  return text.size() <= kShownMax ? escape(text) : cat(escape(text.substr(0, kShownMax)), "...");
}

Failure refuse(const UnitTable& table, std::string_view text, std::string_view why,
               std::string remedy) {
  return fail(ErrorCode::kInvalid, cat("'", shown(text), "' is not a ", table.kind, ": ", why))
      .try_this(remedy);
}

constexpr std::size_t kFractionDigitsMax = 12;

enum class Misfit : std::uint8_t { kTooLarge, kTooFine };

// whole.fraction times scale, exactly.
std::expected<std::uint64_t, Misfit> scaled(std::string_view whole, std::string_view fraction,
                                            const Unit& unit, std::uint64_t count_max) {
  const auto units = parse_u64(whole);
  std::uint64_t count = 0;
  if (!units || __builtin_mul_overflow(*units, unit.scale, &count)) {
    return std::unexpected(Misfit::kTooLarge);
  }
  // Twelve digits times the largest scale stay below 2^87, far from the end of 128 bits.
  static_assert(kFractionDigitsMax <= 12);
  unsigned __int128 numerator = 0;
  std::uint64_t denominator = 1;
  for (const char digit : fraction) {
    numerator = numerator * 10 + static_cast<unsigned>(digit - '0');
    denominator *= 10;
  }
  numerator *= unit.scale;
  if (numerator % denominator != 0) {
    return std::unexpected(Misfit::kTooFine);
  }
  const auto part = static_cast<std::uint64_t>(numerator / denominator);
  if (__builtin_add_overflow(count, part, &count) || count > count_max) {
    return std::unexpected(Misfit::kTooLarge);
  }
  return count;
}

Failure refuse_misfit(const UnitTable& table, std::string_view text, Misfit misfit) {
  const std::string_view smallest = table.units.back().suffix;
  if (misfit == Misfit::kTooFine) {
    return refuse(table, text, cat("it is no whole number of ", smallest),
                  cat("round it to a whole number of ", smallest));
  }
  return refuse(table, text, "it is too large", cat("the largest is ", table.count_max, smallest));
}

Result<std::uint64_t> parse_count(std::string_view text, const UnitTable& table) {
  const auto digits_end = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view number = text.substr(0, digits_end);
  std::string_view suffix = text.substr(digits_end);
  if (suffix.starts_with(' ')) {
    suffix.remove_prefix(1);
  }
  const auto point = std::min(number.find('.'), number.size());
  const std::string_view whole = number.substr(0, point);
  const std::string_view fraction = point < number.size() ? number.substr(point + 1) : "";

  if (whole.empty() || fraction.contains('.') || (point < number.size() && fraction.empty())) {
    return refuse(table, text, "it must start with a decimal number",
                  cat("write it like 10", table.bare[1]));
  }
  if (fraction.size() > kFractionDigitsMax) {
    return refuse(table, text, "it has too many digits after the point",
                  cat("write at most ", kFractionDigitsMax));
  }
  if (suffix.empty()) {
    return refuse(
        table, text, "the unit is missing",
        cat("write ", shown(number), table.bare[0], " or ", shown(number), table.bare[1]));
  }
  for (const Unit& unit : table.units) {
    if (unit.suffix == suffix) {
      const auto count = scaled(whole, fraction, unit, table.count_max);
      if (!count) {
        return refuse_misfit(table, text, count.error());
      }
      return *count;
    }
  }
  return refuse(table, text, cat("unknown unit '", shown(suffix), "'"),
                cat("use one of ", all_suffixes(table)));
}

std::string print(std::uint64_t count, const UnitTable& table) {
  for (const Unit& unit : table.units) {
    if (!unit.used_to_print || count < unit.scale) {
      continue;
    }
    const std::uint64_t whole = count / unit.scale;
    const auto rest = static_cast<unsigned __int128>(count % unit.scale) * 1000;
    if (rest % unit.scale != 0) {
      continue;
    }
    auto thousandths = static_cast<unsigned>(rest / unit.scale);
    if (thousandths == 0) {
      return cat(whole, unit.suffix);
    }
    unsigned width = 3;
    while (thousandths % 10 == 0) {
      thousandths /= 10;
      --width;
    }
    const std::string digits = cat(thousandths);
    return cat(whole, '.', std::string(width - digits.size(), '0'), digits, unit.suffix);
  }
  return cat(count, table.units.back().suffix);
}

template <typename Q>
Result<Q> parse_quantity(std::string_view text, const UnitTable& table) {
  SF_TRY(count, parse_count(text, table));
  return Q(static_cast<decltype(Q().count())>(count));
}

}  // namespace

Result<ByteCount> parse_byte_count(std::string_view text) {
  return parse_quantity<ByteCount>(text, kBytes);
}

Result<Duration> parse_duration(std::string_view text) {
  return parse_quantity<Duration>(text, kDurations);
}

Result<BitRate> parse_bit_rate(std::string_view text) {
  return parse_quantity<BitRate>(text, kBitRates);
}

Result<PacketRate> parse_packet_rate(std::string_view text) {
  return parse_quantity<PacketRate>(text, kPacketRates);
}

std::string to_string(ByteCount value) { return print(value.count(), kBytes); }

std::string to_string(Duration value) {
  const auto magnitude = value.count() < 0 ? 0 - static_cast<std::uint64_t>(value.count())
                                           : static_cast<std::uint64_t>(value.count());
  return cat(value.count() < 0 ? "-" : "", print(magnitude, kDurations));
}

std::string to_string(BitRate value) { return print(value.count(), kBitRates); }

std::string to_string(PacketRate value) { return print(value.count(), kPacketRates); }

}  // namespace superfluid::base
