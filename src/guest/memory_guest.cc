// SPDX-License-Identifier: Apache-2.0
// memcpy() and its kin, which the compiler calls by these names wherever it likes.
//
// Most copies are of a few bytes, where a string instruction costs more than it moves; long ones
// are left to it, since processors move whole lines behind it. Compiled so that the compiler does
// not find memcpy() in the body of memcpy().

#include <cstddef>
#include <cstdint>

namespace {

// A register of the processor's, loaded from and stored to any address.
using Wide [[gnu::vector_size(16), gnu::aligned(1), gnu::may_alias]] = char;

constexpr std::size_t kStep = sizeof(Wide);
constexpr std::size_t kLong = 256;  // from here on the string instruction is faster

Wide load(const void* from) { return *static_cast<const Wide*>(from); }
void store(void* to, Wide value) { *static_cast<Wide*>(to) = value; }

template <typename Word>
Word word_at(const void* from) {
  Word word;
  __builtin_memcpy(&word, from, sizeof word);
  return word;
}

// All is read before anything is written, so the two may overlap.
template <typename Word>
void move_ends(char* to, const char* from, std::size_t size) {
  const Word first = word_at<Word>(from);
  const Word last = word_at<Word>(from + size - sizeof(Word));
  __builtin_memcpy(to, &first, sizeof first);
  __builtin_memcpy(to + size - sizeof(Word), &last, sizeof last);
}

void move_short(char* to, const char* from, std::size_t size) {
  if (size >= 8) {
    move_ends<std::uint64_t>(to, from, size);
  } else if (size >= 4) {
    move_ends<std::uint32_t>(to, from, size);
  } else if (size >= 2) {
    move_ends<std::uint16_t>(to, from, size);
  } else if (size == 1) {
    *to = *from;
  }
}

}  // namespace

extern "C" {

void* memcpy(void* to, const void* from, std::size_t size) {
  char* out = static_cast<char*>(to);
  const char* in = static_cast<const char*>(from);
  if (size < kStep) {
    move_short(out, in, size);
  } else if (size < kLong) {
    const Wide last = load(in + size - kStep);
    for (std::size_t at = 0; at + kStep < size; at += kStep) {
      store(out + at, load(in + at));
    }
    store(out + size - kStep, last);
  } else {
    asm volatile("rep movsb" : "+D"(out), "+S"(in), "+c"(size)::"memory");
  }
  return to;
}

void* memmove(void* to, const void* from, std::size_t size) {
  char* out = static_cast<char*>(to);
  const char* in = static_cast<const char*>(from);
  if (out <= in || out >= in + size) {
    // Forwards, with steps that read before they write.
    if (size < kStep) {
      move_short(out, in, size);
      return to;
    }
    const Wide last = load(in + size - kStep);
    for (std::size_t at = 0; at + kStep < size; at += kStep) {
      store(out + at, load(in + at));
    }
    store(out + size - kStep, last);
    return to;
  }
  if (size < kStep) {
    move_short(out, in, size);
    return to;
  }
  const Wide first = load(in);
  for (std::size_t left = size; left > kStep; left -= kStep) {
    store(out + left - kStep, load(in + left - kStep));
  }
  store(out, first);
  return to;
}

void* memset(void* to, int value, std::size_t size) {
  char* out = static_cast<char*>(to);
  const auto byte = static_cast<char>(value);
  if (size < kStep) {
    for (std::size_t i = 0; i < size; ++i) {
      out[i] = byte;
    }
  } else if (size < kLong) {
    const Wide filled = Wide{} + byte;
    for (std::size_t at = 0; at + kStep < size; at += kStep) {
      store(out + at, filled);
    }
    store(out + size - kStep, filled);
  } else {
    asm volatile("rep stosb" : "+D"(out), "+c"(size) : "a"(byte) : "memory");
  }
  return to;
}

int memcmp(const void* a, const void* b, std::size_t size) {
  const auto* x = static_cast<const unsigned char*>(a);
  const auto* y = static_cast<const unsigned char*>(b);
  std::size_t at = 0;
  while (at + sizeof(std::uint64_t) <= size &&
         word_at<std::uint64_t>(x + at) == word_at<std::uint64_t>(y + at)) {
    at += sizeof(std::uint64_t);
  }
  for (; at < size; ++at) {
    if (x[at] != y[at]) {
      return x[at] - y[at];
    }
  }
  return 0;
}

// <cstring> declares two overloads of memchr, so the one symbol behind both is named by a label.
const void* find_byte(const void* in, int value, std::size_t size) asm("memchr");
const void* find_byte(const void* in, int value, std::size_t size) {
  const char* at = static_cast<const char*>(in);
  for (std::size_t i = 0; i < size; ++i) {
    if (at[i] == static_cast<char>(value)) {
      return at + i;
    }
  }
  return nullptr;
}

std::size_t strlen(const char* text) {
  std::size_t length = 0;
  while (text[length] != '\0') {
    ++length;
  }
  return length;
}
}
