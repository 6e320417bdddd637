// SPDX-License-Identifier: Apache-2.0
#include "superfluid/packet/hex.h"

#include <algorithm>

#include "base/text.h"

namespace superfluid::packet {

using base::cat;

namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

constexpr std::size_t kDumpBytesPerLine = 16;
constexpr std::size_t kDumpWordDigitsMax = 4;
constexpr std::size_t kBareOffsetDigits = 6;  // what od writes; from here on it cannot be two bytes

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == ','; }

class Reader {
 public:
  Reader(std::string_view text, std::string_view name) : rest_(text), name_(name) {}

  base::Result<std::vector<std::uint8_t>> run() {
    while (!rest_.empty()) {
      const std::size_t end = std::min(rest_.find('\n'), rest_.size());
      line_ = rest_.substr(0, end);
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      ++line_number_;
      SF_CHECKED(read_line());
    }
    if (bytes_.empty()) {
      return base::fail(base::ErrorCode::kInvalid,
                        cat(base::escape(name_), " holds no hexadecimal digits"))
          .try_this("superfluid packet decode --help shows what is read");
    }
    return std::move(bytes_);
  }

 private:
  base::Failure bad(std::size_t at, std::string what) const {
    return base::fail(base::ErrorCode::kInvalid,
                      cat(base::escape(name_), ':', line_number_, ':', at + 1, ": ", what))
        .try_this("give the bytes of one packet alone, or a capture (tcpdump -w FILE) for several");
  }

  base::Status read_line() {
    const std::size_t at = skip_space(0);
    if (is_summary(at)) {
      return {};
    }
    if (bytes_.empty() && !has_bare_offsets_) {
      has_bare_offsets_ = begins_with_bare_offset(at);
    }
    if (has_bare_offsets_) {
      return read_bare_line(at);
    }
    SF_TRY(begin, read_offset(at));
    const bool is_dump = begin != at;
    const std::size_t before = bytes_.size();
    std::size_t end = begin;
    for (std::size_t next = skip_space(begin); next < line_.size(); next = skip_space(end)) {
      SF_TRY(word_end, read_word(next));
      end = word_end;
      if (is_dump && end - next > kDumpWordDigitsMax) {
        return bad(next, "in a dump, words of more than two bytes may be little-endian (xxd -e)");
      }
      // In a dump two spaces end the bytes; what follows are the same bytes as text.
      if (is_dump && line_.substr(end).starts_with("  ")) {
        return check_text(end, before);
      }
    }
    return {};
  }

  // What tcpdump prints before a dump: no digits, and the dump begins on the next line.
  bool is_summary(std::size_t at) const {
    const std::size_t first = rest_.find_first_not_of(" \t");
    return bytes_.empty() && at < line_.size() && first != rest_.npos &&
           rest_.substr(first).starts_with("0x0000:");
  }

  // The word of hexadecimal digits at `at`, which may be empty.
  std::string_view digits_at(std::size_t at) const {
    std::size_t end = at;
    while (end < line_.size() && digit_of(line_[end]) >= 0) {
      ++end;
    }
    return line_.substr(at, end - at);
  }

  // "00000000  45 00" or "000000 45 00": zeros, then words that are shorter. Four zeros and one
  // space may be two bytes.
  bool begins_with_bare_offset(std::size_t at) const {
    const std::string_view word = digits_at(at);
    const std::string_view behind = line_.substr(at + word.size());
    const std::size_t next = skip_space(at + word.size());
    const std::size_t gap_min = word.size() < kBareOffsetDigits ? 2 : 1;
    return word.size() >= 4 && word.find_first_not_of('0') == word.npos &&
           behind.find_first_not_of(' ') >= gap_min && next < line_.size() &&
           digits_at(next).size() < word.size();
  }

  // A line of a dump whose offsets have no colon; the last one may be an offset alone.
  base::Status read_bare_line(std::size_t at) {
    if (at == line_.size()) {
      return {};
    }
    const std::string_view word = digits_at(at);
    const auto offset = base::parse_u64(cat("0x", word), true);
    if (!offset || *offset != bytes_.size()) {
      return bad(at, line_[at] == '*' ? "lines were left out here: dump with -v"
                                      : cat("an offset of 0x", base::Hex{bytes_.size(), 4},
                                            " should stand here"));
    }
    const std::size_t before = bytes_.size();
    std::size_t end = at + word.size();
    for (std::size_t next = skip_space(end); next < line_.size(); next = skip_space(end)) {
      const std::size_t count = bytes_.size() - before;
      // `hexdump -C` has a gap of two spaces in the middle.
      const bool is_middle =
          count == kDumpBytesPerLine / 2 && next - end == 2 && line_[next] != '|';
      if (count != 0 && next - end >= 2 && !is_middle) {
        return check_text(end, before);
      }
      if (digits_at(next).size() > 2) {
        return bad(next, "words of several bytes may be little-endian: dump single bytes (-tx1)");
      }
      SF_TRY(word_end, read_word(next));
      end = word_end;
    }
    return {};
  }

  // The text beside the bytes of this line, which began at `before`: a dot, or the byte itself.
  base::Status check_text(std::size_t at, std::size_t before) const {
    std::string_view text = line_.substr(at);
    if (text.ends_with('\r')) {
      text.remove_suffix(1);
    }
    if (text.ends_with('|') && text.find('|') + 1 < text.size()) {
      text.remove_suffix(1);
    }
    const std::size_t count = bytes_.size() - before;
    if (text.size() < count + 2) {
      return {};  // not all of it is here
    }
    const auto says = [&](std::string_view shown) {
      for (std::size_t i = 0; i < shown.size(); ++i) {
        if (shown[i] != '.' && static_cast<std::uint8_t>(shown[i]) != bytes_[before + i]) {
          return false;
        }
      }
      return true;
    };
    // Its last spaces may have been lost.
    if (says(text.substr(text.size() - count)) || says(text.substr(2, count))) {
      return {};
    }
    return bad(at, "the text does not say what the bytes beside it say: are they little-endian?");
  }

  std::size_t skip_space(std::size_t at) const {
    while (at < line_.size() && is_space(line_[at])) {
      ++at;
    }
    return at;
  }

  // "0x0010:" or "00000010:" before a space or the line's end; the place after it, or `at` when
  // there is none.
  base::Result<std::size_t> read_offset(std::size_t at) const {
    const std::size_t colon = line_.find(':', at);
    const bool stands_alone =
        colon != line_.npos && (colon + 1 == line_.size() || is_space(line_[colon + 1]));
    if (!stands_alone) {
      return at;
    }
    std::string_view digits = line_.substr(at, colon - at);
    if (digits.starts_with("0x")) {
      digits.remove_prefix(2);
    }
    const auto offset = base::parse_u64(cat("0x", digits), true);
    if (!offset) {
      return at;
    }
    if (*offset != bytes_.size()) {
      return bad(
          at, cat("the offset says ", *offset, " bytes, and ", bytes_.size(), " came before it"));
    }
    return colon + 1;
  }

  // One word of whole bytes; the place after it.
  base::Result<std::size_t> read_word(std::size_t at) {
    const std::size_t begin = at;
    if (line_.substr(at).starts_with("0x") || line_.substr(at).starts_with("0X")) {
      at += 2;
    }
    while (true) {
      if (at >= line_.size() || is_space(line_[at])) {
        return bad(begin, "a byte has two digits, and here is half of one or none");
      }
      const int high = digit_of(line_[at]);
      if (high < 0) {
        return bad(at,
                   cat('\'', base::escape(line_.substr(at, 1)), "' is not a hexadecimal digit"));
      }
      const int low = at + 1 < line_.size() ? digit_of(line_[at + 1]) : -1;
      if (low < 0) {
        const bool ends = at + 1 >= line_.size() || is_space(line_[at + 1]);
        return ends ? bad(at, "half a byte: the number of digits is odd")
                    : bad(at + 1, cat('\'', base::escape(line_.substr(at + 1, 1)),
                                      "' is not a hexadecimal digit"));
      }
      if (bytes_.size() == kHexBytesMax) {
        return bad(at, cat("a packet has at most ", kHexBytesMax, " bytes"));
      }
      bytes_.push_back(static_cast<std::uint8_t>(high << 4 | low));
      at += 2;
      if (at >= line_.size() || is_space(line_[at])) {
        return at;
      }
      if (line_[at] == ':' || line_[at] == '-') {
        ++at;
      }
    }
  }

  std::string_view rest_;
  std::string_view name_;
  std::string_view line_;
  std::size_t line_number_ = 0;
  bool has_bare_offsets_ = false;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace

base::Result<std::vector<std::uint8_t>> read_hex(std::string_view text, std::string_view name) {
  return Reader(text, name).run();
}

}  // namespace superfluid::packet
