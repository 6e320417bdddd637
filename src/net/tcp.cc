// SPDX-License-Identifier: Apache-2.0
#include "net/tcp.h"

#include "base/check.h"
#include "net/options.h"

namespace superfluid::net {
namespace {

constexpr std::size_t kOptionFrame = 2;  // kind and length
constexpr std::size_t kSackBlockBytes = 8;

// Reads one option of a known kind; false when its length is not the kind's.
bool read_option(const Option& option, TcpOptions& into) {
  base::Cursor data(option.data);
  switch (static_cast<TcpOptionKind>(option.kind)) {
    case TcpOptionKind::kMss: into.mss = data.u16(); return into.mss && data.at_end();
    case TcpOptionKind::kWindowScale:
      into.window_scale = data.u8();
      return into.window_scale && data.at_end();
    case TcpOptionKind::kSackPermitted: into.sack_permitted = true; return data.at_end();
    case TcpOptionKind::kTimestamps: {
      const auto value = data.u32();
      const auto echo = data.u32();
      if (!echo || !data.at_end()) {
        return false;
      }
      into.timestamps = TcpTimestamps{*value, *echo};
      return true;
    }
    case TcpOptionKind::kSack: {
      if (data.at_end() || data.remaining() % kSackBlockBytes != 0 ||
          data.remaining() > kTcpSackBlocksMax * kSackBlockBytes) {
        return false;
      }
      into.sack.clear();
      while (!data.at_end()) {  // a whole number of blocks, at most as many as there is room for
        const std::uint32_t left = *data.u32();
        into.sack.push_back({left, *data.u32()});
      }
      return true;
    }
  }
  return true;
}

void begin_option(base::Writer& writer, TcpOptionKind kind, std::size_t data_length) {
  writer.u8(static_cast<std::uint8_t>(kind));
  writer.u8(static_cast<std::uint8_t>(kOptionFrame + data_length));
}

}  // namespace

Parsed<TcpView> parse_tcp(base::ByteView bytes) {
  const auto* header = base::Cursor(bytes).view<TcpHeader>();
  if (header == nullptr) {
    return std::unexpected(Malformed::kTruncated);
  }
  const std::size_t length = header->header_length();
  if (length < sizeof(TcpHeader) || length > bytes.size()) {
    return std::unexpected(Malformed::kBadHeaderLength);
  }
  return TcpView{
      header,
      bytes.subspan(sizeof(TcpHeader), length - sizeof(TcpHeader)),
      bytes,
      bytes.subspan(length),
  };
}

Parsed<void> verify_checksum(const TcpView& view, const PseudoHeader& pseudo_header) {
  InternetSum sum = pseudo_header.sum(IpProtocol::kTcp, view.segment.size());
  sum.add(view.segment);
  if (!sum.holds()) {
    return std::unexpected(Malformed::kBadChecksum);
  }
  return {};
}

Parsed<TcpOptions> parse_tcp_options(base::ByteView options) {
  TcpOptions parsed;
  OptionReader reader(options);
  while (const auto option = reader.next()) {
    if (!read_option(*option, parsed)) {
      return std::unexpected(Malformed::kBadOption);
    }
  }
  if (const auto problem = reader.problem()) {
    return std::unexpected(*problem);
  }
  return parsed;
}

base::ByteView readable_tcp_options(base::ByteView options) {
  TcpOptions parsed;
  OptionReader reader(options);
  while (const auto option = reader.next()) {
    if (!read_option(*option, parsed)) {
      return options.first(reader.position());
    }
  }
  return reader.problem() ? options.first(reader.position()) : options;
}

bool write_tcp_options(base::Writer& writer, const TcpOptions& options) {
  const std::size_t start = writer.position();
  if (options.mss) {
    begin_option(writer, TcpOptionKind::kMss, 2);
    writer.u16(*options.mss);
  }
  if (options.window_scale) {
    begin_option(writer, TcpOptionKind::kWindowScale, 1);
    writer.u8(*options.window_scale);
  }
  if (options.sack_permitted) {
    begin_option(writer, TcpOptionKind::kSackPermitted, 0);
  }
  if (options.timestamps) {
    begin_option(writer, TcpOptionKind::kTimestamps, 8);
    writer.u32(options.timestamps->value);
    writer.u32(options.timestamps->echo);
  }
  if (!options.sack.empty()) {
    begin_option(writer, TcpOptionKind::kSack, options.sack.size() * kSackBlockBytes);
    for (const TcpSackBlock& block : options.sack) {
      writer.u32(block.left);
      writer.u32(block.right);
    }
  }
  writer.fill((4 - (writer.position() - start) % 4) % 4, 0);
  if (writer.position() - start > kTcpOptionsBytesMax) {
    return writer.refuse();
  }
  return writer.ok();
}

bool write_tcp(base::Writer& writer, const TcpFields& fields, const PseudoHeader& pseudo_header,
               base::ByteView payload) {
  base::check(fields.options.size() <= kTcpOptionsBytesMax, "TCP's options fit its header");
  const std::size_t padding = (4 - fields.options.size() % 4) % 4;
  const std::size_t header_length = sizeof(TcpHeader) + fields.options.size() + padding;
  const std::size_t start = writer.position();
  writer.put(TcpHeader{
      .source_port = base::be16(fields.source_port),
      .destination_port = base::be16(fields.destination_port),
      .sequence = base::be32(fields.sequence),
      .acknowledgment = base::be32(fields.acknowledgment),
      .words_and_reserved = static_cast<std::uint8_t>(header_length / 4 << 4),
      .flags = fields.flags,
      .window = base::be16(fields.window),
      .checksum = base::be16(0),
      .urgent_pointer = base::be16(fields.urgent_pointer),
  });
  writer.bytes(fields.options);
  writer.fill(padding, 0);
  if (!writer.bytes(payload)) {
    return false;
  }
  const base::ByteView segment = writer.written().subspan(start);
  InternetSum sum = pseudo_header.sum(IpProtocol::kTcp, segment.size());
  sum.add(segment);
  writer.patch<TcpHeader>(start)->checksum = sum.checksum();
  return true;
}

}  // namespace superfluid::net
