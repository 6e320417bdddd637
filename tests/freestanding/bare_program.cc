// SPDX-License-Identifier: Apache-2.0
// A program without libc, libstdc++ or crt0 that runs the freestanding rooms: what they need, and
// no more, is here. It ends with 0 when every step below gave what it should, else with the number
// of the step that did not.

#include <cstddef>
#include <cstdint>
#include <new>

#include "base/check.h"
#include "base/cursor.h"
#include "base/text.h"
#include "base/units.h"
#include "net/dissect.h"
#include "net/flow_key.h"
#include "net/tcp.h"

namespace {

[[noreturn]] void leave(int code) {
  asm volatile("syscall" ::"a"(231), "D"(code) : "rcx", "r11", "memory");
  __builtin_unreachable();
}

constexpr int kOutOfMemory = 100;
constexpr int kCheckFailed = 101;
constexpr int kLibraryThrew = 102;

alignas(64) std::byte heap[1 << 20];
std::size_t heap_used = 0;

void* allocate(std::size_t size, std::size_t alignment) {
  heap_used = (heap_used + alignment - 1) / alignment * alignment;
  if (size > sizeof heap - heap_used) {
    leave(kOutOfMemory);
  }
  void* given = heap + heap_used;
  heap_used += size;
  return given;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, 16); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size) { return allocate(size, 16); }
void operator delete(void*) noexcept {}
void operator delete[](void*) noexcept {}
void operator delete[](void*, std::size_t) noexcept {}
void operator delete(void*, std::size_t) noexcept {}
void operator delete(void*, std::align_val_t) noexcept {}
void operator delete(void*, std::size_t, std::align_val_t) noexcept {}

extern "C" {
// Byte by byte and volatile, so that the compiler does not turn the loop into a call of itself.
void* memcpy(void* to, const void* from, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    static_cast<volatile char*>(to)[i] = static_cast<const char*>(from)[i];
  }
  return to;
}
void* memmove(void* to, const void* from, std::size_t size) {
  if (to < from) {
    return memcpy(to, from, size);
  }
  for (std::size_t i = size; i-- > 0;) {
    static_cast<volatile char*>(to)[i] = static_cast<const char*>(from)[i];
  }
  return to;
}
void* memset(void* to, int value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    static_cast<volatile char*>(to)[i] = static_cast<char>(value);
  }
  return to;
}
int memcmp(const void* a, const void* b, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    const int x = static_cast<const volatile unsigned char*>(a)[i];
    const int y = static_cast<const volatile unsigned char*>(b)[i];
    if (x != y) {
      return x - y;
    }
  }
  return 0;
}
// <cstring> declares two overloads of memchr, so the one symbol behind both is named through an asm
// label.
const void* find_byte(const void* in, int value, std::size_t size) asm("memchr");
const void* find_byte(const void* in, int value, std::size_t size) {
  const char* at = static_cast<const char*>(in);
  for (std::size_t i = 0; i < size; ++i) {
    if (*static_cast<const volatile char*>(at + i) == static_cast<char>(value)) {
      return at + i;
    }
  }
  return nullptr;
}
std::size_t strlen(const char* text) {
  std::size_t length = 0;
  while (static_cast<const volatile char*>(text)[length] != '\0') {
    ++length;
  }
  return length;
}
}

namespace superfluid::base {
void check_failed(const char*, const std::source_location&) { leave(kCheckFailed); }
}  // namespace superfluid::base

namespace std {
void __throw_bad_alloc() { leave(kLibraryThrew); }
void __throw_bad_array_new_length() { leave(kLibraryThrew); }
void __throw_length_error(const char*) { leave(kLibraryThrew); }
void __throw_logic_error(const char*) { leave(kLibraryThrew); }
void __throw_out_of_range(const char*) { leave(kLibraryThrew); }
void __throw_out_of_range_fmt(const char*, ...) { leave(kLibraryThrew); }
}  // namespace std

namespace {

using namespace superfluid;

// A TCP segment over IPv4, built and read again.
int build_and_read_a_packet() {
  const net::Ipv4Address source{{192, 0, 2, 1}};
  const net::Ipv4Address destination{{10, 0, 0, 9}};
  const net::PseudoHeader pseudo(source, destination);
  std::uint8_t segment_room[64];
  base::Writer segment{base::ByteSpan(segment_room)};
  const base::ByteView payload = base::bytes_of("hello");
  net::write_tcp(segment, {.source_port = 40000, .destination_port = 80, .flags = net::kTcpAck},
                 pseudo, payload);
  std::uint8_t packet_room[128];
  base::Writer packet{base::ByteSpan(packet_room)};
  net::write_ipv4(packet,
                  {.protocol = net::IpProtocol::kTcp, .source = source, .destination = destination},
                  segment.position());
  if (!packet.bytes(segment.written())) {
    return 3;
  }
  const auto ip = net::parse_ipv4(packet.written());
  if (!ip || !net::verify_checksum(*ip)) {
    return 4;
  }
  const auto tcp = net::parse_tcp(ip->payload);
  if (!tcp || !net::verify_checksum(*tcp, pseudo) || base::text_of(tcp->payload) != "hello") {
    return 5;
  }
  const auto key = net::flow_key_of(packet.written());
  const net::FlowHasher hasher(1);
  if (!key || hasher.symmetric(*key) != hasher.symmetric(key->reversed())) {
    return 6;
  }
  const net::Dissection dissection = net::dissect(packet.written(), net::LinkType::kRawIp);
  if (dissection.problem || dissection.layers.size() != 3) {
    return 7;
  }
  packet_room[2] = 1;  // a total length beyond the bytes
  const auto refused = net::parse_ipv4(packet.written());
  return refused || refused.error() != net::Malformed::kBadTotalLength ? 8 : 0;
}

int run() {
  const auto size = base::parse_byte_count("512KiB");
  if (!size || *size != base::kib(512)) {
    return 1;
  }
  const auto refused = base::parse_byte_count("512");
  if (refused || refused.error().best_remedy() != "write 512B or 512MiB") {
    return 2;
  }
  return build_and_read_a_packet();
}

}  // namespace

// The stack is aligned to 16 bytes at entry, as after no call; `call` makes it what a function
// expects.
asm(".globl _start\n_start:\n  xor %ebp, %ebp\n  and $-16, %rsp\n  call bare_main\n  hlt\n");
extern "C" [[noreturn]] void bare_main() { leave(run()); }
