// SPDX-License-Identifier: Apache-2.0
#include "vmm/shell.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <numeric>

#include "base/check.h"
#include "base/text.h"
#include "os/clock.h"
#include "os/memfd.h"
#include "vmm/difference.h"
#include "vmm/life.h"

namespace superfluid::vmm {

using base::cat;

namespace {

// The guest may write these words at the same time, and reads them as they are.
template <typename T>
void put(T& word, T value) {
  std::atomic_ref<T>(word).store(value, std::memory_order_release);
}

// More than these a life hardly changes in vain; they go back to the host.
constexpr std::size_t kPagesKeptOfRam = 128;
constexpr std::size_t kPagesKeptOfWindow = 16;

}  // namespace

std::uint64_t ShellSize::range_bytes() const { return window_address(ports) - abi::kRamBase; }

std::uint64_t ShellSize::window_address(std::uint32_t port) const {
  return abi::kRamBase + ram.count() + port * abi::window_bytes(slots);
}

base::Result<ImageFile> ImageFile::parse(base::ByteView file) {
  const auto corrupt = [](std::string_view what) {
    return base::fail(base::ErrorCode::kCorrupt, cat("guest image: ", what));
  };
  abi::ImageHeader header;
  if (file.size() < sizeof header || file.size() > kBytesMax.count()) {
    return corrupt("its size is impossible");
  }
  std::memcpy(&header, file.data(), sizeof header);
  if (header.magic != abi::kImageMagic) {
    return corrupt("it is none");
  }
  if (header.version != abi::kAbiVersion) {
    return base::fail(base::ErrorCode::kUnsupported,
                      cat("guest image: made for version ", header.version,
                          " of the machine, this is version ", abi::kAbiVersion))
        .try_this("install the image that was built with this program");
  }
  constexpr std::uint64_t kLoadedAt = abi::kRamBase + abi::kImageAt;
  if (header.file_bytes != file.size() || header.memory_bytes < file.size() ||
      header.memory_bytes > abi::kRamBytesMax - abi::kImageAt || header.entry < kLoadedAt ||
      header.entry >= kLoadedAt + file.size()) {
    return corrupt("its header does not fit its bytes");
  }
  return ImageFile(file, header);
}

abi::ImageHeader ImageFile::of_no_guest() {
  return {.magic = abi::kImageMagic,
          .version = abi::kAbiVersion,
          .reserved = {},
          .entry = abi::kRamBase + abi::kImageAt,
          .file_bytes = sizeof(abi::ImageHeader),
          .memory_bytes = sizeof(abi::ImageHeader)};
}

base::ByteCount ImageFile::ram_min(std::size_t text_bytes) const {
  return base::bytes(abi::kImageAt + abi::whole_pages(header_.memory_bytes) +
                     abi::whole_pages(text_bytes));
}

base::Status Shell::check_size(const ShellSize& size) {
  const std::uint64_t ram = size.ram.count();
  if (ram < abi::kRamBytesMin || ram > abi::kRamBytesMax || ram % abi::kPageBytes != 0) {
    return base::fail(base::ErrorCode::kInvalid,
                      cat("a function cannot have ", base::to_string(size.ram), " of memory"))
        .try_this(cat(base::to_string(base::bytes(abi::kRamBytesMin)), " to ",
                      base::to_string(base::bytes(abi::kRamBytesMax)), " in steps of 4KiB"));
  }
  if (size.ports > abi::kPortsMax || !abi::is_ring_size(size.slots) ||
      abi::kRamBase + size.range_bytes() > abi::kRangeEnd) {
    return base::fail(base::ErrorCode::kInvalid,
                      cat(size.ports, " ports with rings of ", size.slots,
                          " slots do not fit behind ", base::to_string(size.ram), " of memory"));
  }
  return {};
}

base::Status Shell::make_range() {
  SF_TRY(range, os::Mapping::anonymous(size_.range_bytes(), {.reserve = false}));
  range_ = std::move(range);
  return {};
}

base::Status Shell::reset_windows() {
  for (std::uint32_t port = 0; windows_used_ != 0; ++port) {
    const std::uint32_t bit = 1u << port;
    if ((windows_used_ & bit) != 0) {
      SF_CHECKED(reset_window(port));
      windows_used_ &= ~bit;
      windows_shared_ &= ~bit;
    }
  }
  page_ = {};
  return {};
}

base::Status Shell::reset_window(std::uint32_t port) {
  const std::uint64_t at = size_.window_address(port) - abi::kRamBase;
  const std::uint64_t bytes = abi::window_bytes(size_.slots);
  if ((windows_shared_ & 1u << port) != 0 || !find_own_pages(at, bytes, own_pages_) ||
      own_pages_.size() > kPagesKeptOfWindow) {
    return range_.replace(at, bytes, {.reserve = false});
  }
  for (const std::uint32_t page : own_pages_) {
    std::memset(range_.data() + at + page * abi::kPageBytes, 0, abi::kPageBytes);
  }
  return {};
}

base::Status Shell::clear_ram() {
  laid_.reset();
  laid_memory_.reset();
  original_ = {};
  return range_.replace(0, size_.ram.count(), {.reserve = false});
}

base::Status Shell::lay_ram(const Snapshot& snapshot) {
  base::check(snapshot.size == size_, "a snapshot lives in shells of its own size");
  SF_TRY(memory, os::id_of(snapshot.memory.get()));
  if (laid_ == memory && !changed_) {
    return {};
  }
  laid_.reset();
  original_ = {};
  SF_TRY(own, snapshot.memory.duplicate());
  SF_CHECKED(range_.replace(
      0, size_.ram.count(), own.get(), 0,
      {.access = os::Mapping::Access::kReadWrite, .sharing = os::Mapping::Sharing::kPrivate}));
  laid_memory_ = std::move(own);
  laid_ = memory;
  changed_ = false;
  return {};
}

base::Status Shell::take_back_changes() {
  const std::size_t bytes = size_.ram.count();
  if (!laid_ || !find_own_pages(0, bytes, own_pages_) || own_pages_.size() > kPagesKeptOfRam) {
    return clear_ram();
  }
  SF_CHECKED(see_original());
  for (const std::uint32_t page : own_pages_) {
    const std::size_t at = page * abi::kPageBytes;
    std::memcpy(ram().data() + at, original_.data() + at, abi::kPageBytes);
  }
  changed_ = false;
  return {};
}

base::Status Shell::see_original() {
  if (original_.size() == 0) {
    SF_TRY(original, os::Mapping::of_fd(laid_memory_.get(), 0, size_.ram.count(), {}));
    original_ = std::move(original);
  }
  return {};
}

base::Result<std::vector<std::uint8_t>> Shell::difference(const Snapshot& standing) {
  if (!laid_) {
    return base::fail(base::ErrorCode::kUnsupported, "this guest is no clone of an image");
  }
  SF_CHECKED(see_original());
  if (!find_own_pages(0, size_.ram.count(), own_pages_)) {
    own_pages_.resize(size_.ram.count() / abi::kPageBytes);
    std::iota(own_pages_.begin(), own_pages_.end(), 0U);
  }
  return encode_difference(ram(), original_.bytes(), own_pages_, standing, monotonic_ns());
}

bool Shell::find_own_pages(std::uint64_t at, std::uint64_t bytes,
                           std::vector<std::uint32_t>& own) const {
  constexpr std::uint64_t kPresent = 1ull << 63;
  constexpr std::uint64_t kSwapped = 1ull << 62;
  constexpr std::uint64_t kOfFile = 1ull << 61;
  own.clear();
  std::array<std::uint64_t, 512> entries{};
  const std::size_t pages = bytes / abi::kPageBytes;
  const auto begin = reinterpret_cast<std::uint64_t>(range_.data() + at) / abi::kPageBytes;
  for (std::size_t first = 0; pagemap_ && first < pages; first += entries.size()) {
    const std::size_t count = std::min(entries.size(), pages - first);
    const std::size_t wanted = count * sizeof(std::uint64_t);
    if (::pread(pagemap_.get(), entries.data(), wanted,
                static_cast<off_t>((begin + first) * sizeof(std::uint64_t))) !=
        static_cast<ssize_t>(wanted)) {
      return false;
    }
    for (std::size_t i = 0; i < count; ++i) {
      if ((entries[i] & kSwapped) != 0 || (entries[i] & (kPresent | kOfFile)) == kPresent) {
        own.push_back(static_cast<std::uint32_t>(first + i));
      }
    }
  }
  return static_cast<bool>(pagemap_);
}

base::ByteSpan Shell::place_text(std::size_t bytes) {
  const std::uint64_t at = size_.ram.count() - abi::whole_pages(bytes);
  page_.text_address = abi::kRamBase + at;
  page_.text_bytes = bytes;
  return ram().subspan(at, bytes);
}

void Shell::adopt_page() { std::memcpy(&page_, ram().data() + abi::kDevicePageAt, sizeof page_); }

std::uint64_t Shell::ticks() const { return __builtin_ia32_rdtsc(); }

void Shell::begin(const abi::DevicePage& page, std::uint64_t clock_ns) {
  const std::uint64_t text_address = page_.text_address;
  const std::uint64_t text_bytes = page_.text_bytes;
  const std::uint32_t incarnation = page_.incarnation + 1;
  const abi::Live live = page_.live;
  page_ = page;
  page_.magic = abi::kDeviceMagic;
  page_.version = abi::kAbiVersion;
  page_.bytes = sizeof page_;
  page_.incarnation = incarnation;
  page_.features = features_;
  page_.ram_bytes = size_.ram.count();
  page_.text_address = text_address;
  page_.text_bytes = text_bytes;
  page_.live = live;
  page_.port_count = std::min(page_.port_count, size_.ports);
  for (std::uint32_t port = 0; port < page_.port_count; ++port) {
    page_.ports[port].slots = size_.slots;
    page_.ports[port].window = size_.window_address(port);
    page_.ports[port].window_bytes = abi::window_bytes(size_.slots);
  }
  windows_used_ |= (1u << page_.port_count) - 1;
  page_.clock_mult = clock_mult_;
  page_.clock_base_ns = clock_ns;
  page_.epoch_base_ns = static_cast<std::uint64_t>(os::SystemClock().since_epoch().count());
  page_.clock_base_tsc = ticks();
  changed_ = true;
  std::memcpy(ram().data() + abi::kDevicePageAt, &page_, sizeof page_);
}

std::uint64_t Shell::clock_ns() const {
  const std::uint64_t passed = ticks() - page_.clock_base_tsc;
  // In two halves, each of which stays within 64 bits for years of ticks.
  const std::uint64_t high = (passed >> 32) * page_.clock_mult;
  const std::uint64_t low = (passed & 0xffffffff) * page_.clock_mult >> 32;
  return page_.clock_base_ns + high + low;
}

std::uint64_t Shell::monotonic_of(std::uint64_t guest_ns) const {
  const std::uint64_t now = monotonic_ns();
  const std::uint64_t guest_now = clock_ns();
  return guest_ns <= guest_now ? now : now + std::min(guest_ns - guest_now, ~now);
}

base::ByteSpan Shell::window(std::uint32_t port) const {
  base::check(port < size_.ports, "a shell has the windows that it was made with");
  return range_.writable().subspan(size_.window_address(port) - abi::kRamBase,
                                   abi::window_bytes(size_.slots));
}

abi::GuestPage Shell::guest_page() const {
  abi::GuestPage page;
  std::memcpy(&page, ram().data() + abi::kGuestPageAt, sizeof page);
  return page;
}

abi::Live& Shell::live() const {
  return reinterpret_cast<abi::DevicePage*>(ram().data() + abi::kDevicePageAt)->live;
}

void Shell::set_console_taken(std::uint32_t bytes) {
  page_.live.console_taken = bytes;
  put(live().console_taken, bytes);
}

void Shell::set_mailbox(std::uint32_t request, std::uint32_t fragment) {
  page_.live.mailbox_request = request;
  page_.live.mailbox_fragment = fragment;
  put(live().mailbox_fragment, fragment);
  put(live().mailbox_request, request);
}

base::Status Shell::share_window(std::uint32_t port, int memfd) {
  const std::uint64_t bytes = abi::window_bytes(size_.slots);
  SF_TRY(there, os::size_of(memfd));
  if (port >= size_.ports || there.count() != bytes || !os::has_seals(memfd, os::Seals::kSize)) {
    return base::fail(base::ErrorCode::kInvalid, "this memory cannot be a port's window");
  }
  windows_used_ |= 1u << port;
  windows_shared_ |= 1u << port;
  return range_.replace(size_.window_address(port) - abi::kRamBase, bytes, memfd, 0,
                        {.access = os::Mapping::Access::kReadWrite});
}

}  // namespace superfluid::vmm
