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
    std::size_t at = skip_space(0);
    SF_TRY(begin, read_offset(at));
    const bool is_dump = begin != at;
    for (at = skip_space(begin); at < line_.size(); at = skip_space(at)) {
      SF_TRY(end, read_word(at));
      at = end;
      // In a dump two spaces end the bytes; what follows are the same bytes as text.
      if (is_dump && line_.substr(at).starts_with("  ")) {
        break;
      }
    }
    return {};
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
  std::vector<std::uint8_t> bytes_;
};

}  // namespace

base::Result<std::vector<std::uint8_t>> read_hex(std::string_view text, std::string_view name) {
  return Reader(text, name).run();
}

}  // namespace superfluid::packet
