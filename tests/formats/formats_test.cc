// SPDX-License-Identifier: Apache-2.0
// The tables of docs/formats against the headers of src/abi: every struct and every number that is
// listed here is on a page, as it is in the header; every one on a page is listed here; and the
// rows of a struct leave no byte of it out. `reserved` stands for any field that nobody reads.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "abi/guest_page.h"
#include "abi/mailbox.h"
#include "abi/ring_end.h"

namespace superfluid::abi {
namespace {

struct Field {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::string name;

  friend bool operator==(const Field&, const Field&) = default;
};
void PrintTo(const Field& field, std::ostream* out) {
  *out << field.name << " at " << field.offset << ", " << field.bytes << " bytes";
}

struct Struct {
  std::uint64_t bytes = 0;
  std::vector<Field> fields;
};

using Structs = std::map<std::string, Struct>;
using Numbers = std::map<std::string, std::uint64_t>;

#define FIELD(type, field) \
  Field { offsetof(type, field), sizeof(type::field), #field }
#define NUMBER(name) \
  { #name, static_cast < std::uint64_t>(name) }

Structs structs_of_headers() {
  Structs all;
  const auto add = [&](const char* name, std::uint64_t bytes, std::vector<Field> fields) {
    all[name] = {bytes, std::move(fields)};
  };
#define STRUCT(type, ...) add(#type, sizeof(type), {__VA_ARGS__})
  STRUCT(ImageHeader, FIELD(ImageHeader, magic), FIELD(ImageHeader, version),
         FIELD(ImageHeader, entry), FIELD(ImageHeader, file_bytes),
         FIELD(ImageHeader, memory_bytes));
  STRUCT(DevicePage, FIELD(DevicePage, magic), FIELD(DevicePage, version), FIELD(DevicePage, bytes),
         FIELD(DevicePage, incarnation), FIELD(DevicePage, features),
         FIELD(DevicePage, clock_base_tsc), FIELD(DevicePage, clock_base_ns),
         FIELD(DevicePage, clock_mult), FIELD(DevicePage, epoch_base_ns),
         FIELD(DevicePage, random_seed), FIELD(DevicePage, instance_id), FIELD(DevicePage, name),
         FIELD(DevicePage, ram_bytes), FIELD(DevicePage, text_address),
         FIELD(DevicePage, text_bytes), FIELD(DevicePage, text_name), FIELD(DevicePage, port_count),
         FIELD(DevicePage, ports), FIELD(DevicePage, live));
  STRUCT(DevicePort, FIELD(DevicePort, name), FIELD(DevicePort, mac), FIELD(DevicePort, mtu),
         FIELD(DevicePort, ipv4), FIELD(DevicePort, ipv4_gateway), FIELD(DevicePort, ipv6),
         FIELD(DevicePort, ipv6_gateway), FIELD(DevicePort, ipv4_prefix),
         FIELD(DevicePort, ipv6_prefix), FIELD(DevicePort, role), FIELD(DevicePort, doorbell),
         FIELD(DevicePort, slots), FIELD(DevicePort, window), FIELD(DevicePort, window_bytes));
  STRUCT(Live, FIELD(Live, console_taken), FIELD(Live, mailbox_request),
         FIELD(Live, mailbox_fragment));
  STRUCT(GuestPage, FIELD(GuestPage, version), FIELD(GuestPage, state), FIELD(GuestPage, flags),
         FIELD(GuestPage, incarnation), FIELD(GuestPage, console_written),
         FIELD(GuestPage, console_dropped), FIELD(GuestPage, mailbox_answered),
         FIELD(GuestPage, mailbox_fragment), FIELD(GuestPage, sleep_until_ns),
         FIELD(GuestPage, heap_bytes), FIELD(GuestPage, heap_used), FIELD(GuestPage, heap_used_max),
         FIELD(GuestPage, rounds), FIELD(GuestPage, sleeps), FIELD(GuestPage, message_bytes),
         FIELD(GuestPage, ports), FIELD(GuestPage, message));
  STRUCT(PortCounters, FIELD(PortCounters, packets_in), FIELD(PortCounters, bytes_in),
         FIELD(PortCounters, packets_out), FIELD(PortCounters, bytes_out),
         FIELD(PortCounters, drops_full), FIELD(PortCounters, drops_bad),
         FIELD(PortCounters, drops_memory), FIELD(PortCounters, drops_unread));
  STRUCT(RingHeader, FIELD(RingHeader, cookie), FIELD(RingHeader, flags), FIELD(RingHeader, head),
         FIELD(RingHeader, tail));
  STRUCT(Descriptor, FIELD(Descriptor, flags), FIELD(Descriptor, region), FIELD(Descriptor, length),
         FIELD(Descriptor, offset), FIELD(Descriptor, metadata));
  STRUCT(Mailbox, FIELD(Mailbox, request), FIELD(Mailbox, answer));
  STRUCT(MailboxHalf, FIELD(MailboxHalf, header), FIELD(MailboxHalf, text));
  STRUCT(MailboxHeader, FIELD(MailboxHeader, what), FIELD(MailboxHeader, name_bytes),
         FIELD(MailboxHeader, total), FIELD(MailboxHeader, at), FIELD(MailboxHeader, bytes));
#undef STRUCT
  return all;
}

Numbers numbers_of_headers() {
  using enum Exit;
  return {
      NUMBER(kPageBytes),
      NUMBER(kLargePageBytes),
      NUMBER(kRamBase),
      NUMBER(kRamBytesMin),
      NUMBER(kRamBytesMax),
      NUMBER(kRangeEnd),
      NUMBER(kTablesAt),
      NUMBER(kDevicePageAt),
      NUMBER(kGuestPageAt),
      NUMBER(kConsoleAt),
      NUMBER(kConsoleBytes),
      NUMBER(kMailboxAt),
      NUMBER(kMailboxBytes),
      NUMBER(kImageAt),
      NUMBER(kReady),
      NUMBER(kLive),
      NUMBER(kEnd),
      NUMBER(kPanic),
      NUMBER(kSleep),
      NUMBER(kYield),
      NUMBER(kConsole),
      NUMBER(kAnswer),
      NUMBER(kDoorbell),
      NUMBER(kPanicGraph),
      NUMBER(kPanicMemory),
      NUMBER(kPanicDefect),
      NUMBER(kDoorbellsMax),
      NUMBER(kImageMagic),
      NUMBER(kAbiVersion),
      NUMBER(kDeviceMagic),
      NUMBER(kPortsMax),
      NUMBER(kPortNameBytes),
      NUMBER(kNameBytes),
      NUMBER(kFeatureAvx),
      NUMBER(kFeatureAvx2),
      NUMBER(kMessageBytes),
      NUMBER(kNoDeadline),
      NUMBER(kGuestUsesAddresses),
      NUMBER(kSlotsMin),
      NUMBER(kSlotsMax),
      NUMBER(kSlotsDefault),
      NUMBER(kBufferBytes),
      NUMBER(kFrameBytesMax),
      NUMBER(kPiecesMax),
      NUMBER(kCacheLineBytes),
      NUMBER(kRingCookie),
      NUMBER(kRingMasked),
      NUMBER(kDescNext),
      NUMBER(kFragmentBytes),
      NUMBER(kHandlerTextMax),
      NUMBER(kHandlerNameMax),
  };
}

// `name` without its quotes; empty: it has none.
std::string unquoted(const std::string& cell) {
  const bool quoted = cell.size() > 2 && cell.front() == '`' && cell.back() == '`';
  return quoted ? cell.substr(1, cell.size() - 2) : "";
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream rest(line.substr(1));
  for (std::string cell; std::getline(rest, cell, '|');) {
    const auto first = cell.find_first_not_of(' ');
    cells.push_back(first == std::string::npos
                        ? ""
                        : cell.substr(first, cell.find_last_not_of(' ') - first + 1));
  }
  return cells;
}

// Decimal, or hexadecimal with 0x, to the end of the cell.
bool is_number(const std::string& cell, std::uint64_t& number) {
  char* end = nullptr;
  number = std::strtoull(cell.c_str(), &end, 0);
  return !cell.empty() && *end == '\0';
}

class Formats : public ::testing::Test {
 protected:
  // "### `Name`, N bytes", then rows "| offset | bytes | `name` | ...", up to the next heading;
  // anywhere rows "| `kName` | number | ...".
  void SetUp() override {
    for (const auto& entry : std::filesystem::directory_iterator(SUPERFLUID_FORMATS)) {
      std::ifstream page(entry.path());
      Struct* current = nullptr;
      for (std::string line; std::getline(page, line);) {
        if (line.starts_with("#")) {
          current = heading(line);
        } else if (line.starts_with("|")) {
          row(cells_of(line), current);
        }
      }
    }
  }

  Struct* heading(const std::string& line) {
    const auto first = line.find('`');
    const auto last = line.find("`, ");
    if (!line.starts_with("### ") || last == std::string::npos) {
      return nullptr;
    }
    const std::string name = line.substr(first + 1, last - first - 1);
    EXPECT_FALSE(structs_.contains(name)) << name << " is told twice";
    Struct& told = structs_[name];
    std::istringstream(line.substr(last + 3)) >> told.bytes;
    return &told;
  }

  void row(const std::vector<std::string>& cells, Struct* current) {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    if (cells.size() < 3) {
      return;
    }
    if (is_number(cells[1], second) && unquoted(cells[0]).starts_with("k")) {
      EXPECT_TRUE(numbers_.emplace(unquoted(cells[0]), second).second) << cells[0] << ": twice";
    } else if (current != nullptr && is_number(cells[0], first) && is_number(cells[1], second)) {
      current->fields.push_back({first, second, unquoted(cells[2])});
    }
  }

  Structs structs_;
  Numbers numbers_;
};

TEST_F(Formats, StructsAreAsInTheHeaders) {
  const Structs expected = structs_of_headers();
  for (const auto& [name, told] : structs_) {
    EXPECT_TRUE(expected.contains(name)) << name << " is on a page, and not in this test";
  }
  for (const auto& [name, real] : expected) {
    ASSERT_TRUE(structs_.contains(name)) << name << " is on no page";
    Struct& told = structs_[name];
    EXPECT_EQ(told.bytes, real.bytes) << name;
    std::erase_if(told.fields, [](const Field& field) { return field.name == "reserved"; });
    EXPECT_EQ(told.fields, real.fields) << name;
  }
}

TEST_F(Formats, RowsLeaveNoByteOut) {
  for (const auto& [name, told] : structs_) {
    std::uint64_t at = 0;
    for (const Field& field : told.fields) {
      EXPECT_EQ(field.offset, at) << name << "::" << field.name;
      at = field.offset + field.bytes;
    }
    EXPECT_EQ(at, told.bytes) << name;
  }
}

TEST_F(Formats, NumbersAreAsInTheHeaders) { EXPECT_EQ(numbers_, numbers_of_headers()); }

}  // namespace
}  // namespace superfluid::abi
