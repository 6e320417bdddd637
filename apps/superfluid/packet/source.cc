// SPDX-License-Identifier: Apache-2.0
#include "superfluid/packet/source.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/text.h"
#include "os/errno.h"
#include "os/files.h"
#include "superfluid/packet/hex.h"

namespace superfluid::packet {

using base::cat;
using base::ErrorCode;

namespace {

constexpr base::ByteCount kHexTextMax = base::mib(2);  // a packet of the largest size, dumped

// From a pipe, which is held in memory as a whole; a file is mapped and has no limit.
constexpr base::ByteCount kPipedCaptureMax = base::mib(64);

using Magic = std::array<std::uint8_t, 4>;

// pcap in both byte orders and both resolutions, and pcapng.
constexpr std::array<Magic, 5> kCaptureMagics{{{0xa1, 0xb2, 0xc3, 0xd4},
                                               {0xd4, 0xc3, 0xb2, 0xa1},
                                               {0xa1, 0xb2, 0x3c, 0x4d},
                                               {0x4d, 0x3c, 0xb2, 0xa1},
                                               {0x0a, 0x0d, 0x0d, 0x0a}}};

bool is_capture(base::ByteView bytes) {
  return std::ranges::any_of(kCaptureMagics, [&](const Magic& magic) {
    return bytes.size() >= magic.size() && std::ranges::equal(bytes.first(magic.size()), magic);
  });
}

std::optional<net::LinkType> link_of(std::uint32_t number) {
  switch (number) {
    case os::kLinkEthernet: return net::LinkType::kEthernet;
    case os::kLinkRawBsd:
    case os::kLinkRawOpenBsd:
    case os::kLinkRaw:
    case os::kLinkIpv4:
    case os::kLinkIpv6: return net::LinkType::kRawIp;
    default: return std::nullopt;
  }
}

bool looks_like_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEFxX:-, \t\r\n") == text.npos;
}

bool is_file(const std::string& input) { return input == "-" || access(input.c_str(), F_OK) == 0; }

// Hexadecimal and what surrounds it in a dump is text.
bool is_binary(base::ByteView bytes) {
  return std::ranges::any_of(bytes, [](std::uint8_t byte) {
    const bool is_line_space = byte == '\t' || byte == '\n' || byte == '\r';
    return (byte < ' ' && !is_line_space) || byte >= 0x7f;
  });
}

base::Error read_error(std::string_view name, base::Error why) {
  return base::Error(why.code(), cat("read ", base::escape(name))).caused_by(std::move(why));
}

// As many of the descriptor's first bytes as make a magic, less at its end.
base::Result<std::vector<std::uint8_t>> read_start(int fd) {
  std::vector<std::uint8_t> start(sizeof(Magic));
  std::size_t count = 0;
  while (count < start.size()) {
    const ssize_t got = read(fd, start.data() + count, start.size() - count);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return os::fail_errno("read", errno);
    }
    if (got == 0) {
      break;
    }
    count += static_cast<std::size_t>(got);
  }
  start.resize(count);
  return start;
}

}  // namespace

base::Result<PacketSource> PacketSource::open(const std::vector<std::string>& inputs,
                                              std::optional<net::LinkType> link) {
  if (inputs.size() == 1) {
    const std::string& input = inputs[0];
    if (is_file(input)) {
      return open_file(input, link);
    }
    if (!looks_like_hex(input)) {
      return base::pass(os::errno_error(cat("read ", input), errno)
                            .try_this("name a capture or a file of hexadecimal, or give the bytes "
                                      "themselves: superfluid packet decode 4500001c..."));
    }
  }
  if (inputs.size() > 1 && std::ranges::any_of(inputs, is_file)) {
    return base::fail(ErrorCode::kInvalid, "one file at a time")
        .try_this("name one file; if words of hexadecimal were meant, give them as one, in quotes");
  }
  std::string text;
  for (const std::string& input : inputs) {
    text += cat(text.empty() ? "" : " ", input);
  }
  return of_text(text, "input", link);
}

base::Result<PacketSource> PacketSource::open_file(const std::string& path,
                                                   std::optional<net::LinkType> link) {
  os::UniqueFd opened;
  if (path != "-") {
    SF_TRY(file, os::open_file(path, O_RDONLY));
    opened = std::move(file);
  }
  const int fd = opened ? opened.get() : STDIN_FILENO;
  const std::string name = opened ? path : "standard input";
  // A regular file is mapped if it is a capture, standard input only when nobody has read from it.
  Magic magic{};
  const bool is_at_start = opened || lseek(fd, 0, SEEK_CUR) == 0;
  const ssize_t peeked = is_at_start ? pread(fd, magic.data(), magic.size(), 0) : -1;
  if (peeked == static_cast<ssize_t>(magic.size()) && is_capture(magic)) {
    return of_capture(os::PcapReader::open(path), name, {}, link);
  }
  auto start = read_start(fd);
  if (!start) {
    return base::pass(read_error(name, std::move(start).error()));
  }
  const bool captured = is_capture(*start);
  if (!captured && is_binary(*start)) {
    return base::fail(ErrorCode::kInvalid,
                      cat(base::escape(name), " is neither a capture nor hexadecimal"))
        .try_this("give a pcap or pcapng file, or the bytes of one packet in hexadecimal");
  }
  auto rest = os::read_whole(fd, captured ? kPipedCaptureMax : kHexTextMax);
  if (!rest) {
    base::Error error = read_error(name, std::move(rest).error());
    const bool too_large = captured && error.code() == ErrorCode::kExhausted;
    return base::pass(!too_large ? std::move(error)
                                 : std::move(error).try_this(
                                       "name the capture's file, which is not held in memory"));
  }
  std::vector<std::uint8_t> bytes = std::move(*rest);
  bytes.insert(bytes.begin(), start->begin(), start->end());
  if (captured) {
    base::Result<os::PcapReader> reader = os::PcapReader::from_bytes(bytes);
    if (!reader) {
      return base::pass(read_error(name, std::move(reader).error()));
    }
    return of_capture(std::move(reader), name, std::move(bytes), link);
  }
  return of_text(base::text_of(bytes), name, link);
}

base::Result<PacketSource> PacketSource::of_capture(base::Result<os::PcapReader> reader,
                                                    std::string_view name,
                                                    std::vector<std::uint8_t> bytes,
                                                    std::optional<net::LinkType> link) {
  SF_TRY(capture, std::move(reader));
  if (link) {
    return base::fail(ErrorCode::kInvalid, "--link is for hexadecimal")
        .caused_by(base::Error(ErrorCode::kInvalid,
                               "the input is a capture, which says its own link type"))
        .try_this("leave --link out");
  }
  PacketSource source;
  source.bytes_ = std::move(bytes);  // a moved vector keeps its bytes where they are
  source.capture_ = std::move(capture);
  source.name_ = name;
  return source;
}

base::Result<PacketSource> PacketSource::of_text(std::string_view text, std::string_view name,
                                                 std::optional<net::LinkType> link) {
  SF_TRY(bytes, read_hex(text, name));
  PacketSource source;
  source.bytes_ = std::move(bytes);
  source.link_ = link.value_or(net::LinkType::kEthernet);
  return source;
}

base::Result<std::optional<SourcePacket>> PacketSource::next() {
  ++given_;
  if (!capture_) {
    if (given_ > 1) {
      return std::nullopt;
    }
    return SourcePacket{.bytes = bytes_,
                        .length_on_wire = static_cast<std::uint32_t>(bytes_.size()),
                        .link = link_,
                        .since_epoch = std::nullopt};
  }
  auto read = capture_->next();
  if (!read) {
    return base::pass(read_error(name_, std::move(read).error())
                          .try_this("capture again; the packets before it were read"));
  }
  const std::optional<os::CapturedPacket>& captured = *read;
  if (!captured) {
    return std::nullopt;
  }
  const auto link = link_of(captured->link_type);
  if (!link) {
    return base::fail(ErrorCode::kUnsupported, cat("packet ", given_, " cannot be decoded"))
        .caused_by(
            base::Error(ErrorCode::kUnsupported, cat("its link type is ", captured->link_type)))
        .try_this("capture on an interface that gives Ethernet frames or plain IP packets");
  }
  return SourcePacket{.bytes = captured->bytes,
                      .length_on_wire = captured->length_on_wire,
                      .link = *link,
                      .since_epoch = captured->since_epoch};
}

}  // namespace superfluid::packet
