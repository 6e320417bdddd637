// SPDX-License-Identifier: Apache-2.0
#include "superfluid/packet/decode.h"

#include "base/text.h"
#include "superfluid/packet/render.h"
#include "superfluid/packet/source.h"

namespace superfluid::packet {
namespace {

constexpr std::uint64_t kCountDefault = 1000;
constexpr std::uint64_t kPayloadDefault = 64;

struct Decoded {
  std::uint64_t count = 0;
  std::uint64_t malformed = 0;
  bool more = false;  // packets were left because of --count
};

// Adds what can be decoded to `decoded`, also when it ends in an error.
base::Status decode_all(PacketSource& source, const cli::Invocation& invocation,
                        cli::Output& output, Decoded& decoded) {
  const std::uint64_t count_max = invocation.number("count").value_or(kCountDefault);
  const std::uint64_t payload_max = invocation.number("payload").value_or(kPayloadDefault);
  while (true) {
    SF_TRY(packet, source.next());
    if (!packet) {
      return {};
    }
    if (decoded.count == count_max) {
      decoded.more = true;
      return {};
    }
    ++decoded.count;
    const net::Dissection dissection =
        net::dissect(packet->bytes, packet->link, packet->length_on_wire);
    const bool malformed = dissection.problem && !dissection.problem->cut;
    decoded.malformed += malformed ? 1 : 0;
    const Shown shown{.number = decoded.count,
                      .packet = *packet,
                      .dissection = dissection,
                      .payload_bytes_max = payload_max};
    if (output.json()) {
      output.item(json_of(shown));
    } else {
      output.text(text_of(shown, output.terminal()));
    }
  }
}

}  // namespace

base::Status run_decode(const cli::Invocation& invocation, cli::Output& output) {
  const auto link = invocation.text("link");
  SF_TRY(source,
         PacketSource::open(invocation.arguments(),
                            !link ? std::nullopt
                                  : std::optional(*link == "ip" ? net::LinkType::kRawIp
                                                                : net::LinkType::kEthernet)));
  if (output.json()) {
    output.list("packets");
  }
  Decoded decoded;
  base::Status status = decode_all(source, invocation, output, decoded);
  if (output.json()) {
    output.result({{"malformed", decoded.malformed}, {"more", decoded.more}});
  } else if (status && decoded.count == 0) {
    output.text("no packets\n");
  } else if (decoded.more) {
    output.text(base::cat("and more packets, left because of --count ", decoded.count, "\n"));
  }
  if (status && invocation.has("strict") && decoded.malformed != 0) {
    return base::fail(base::ErrorCode::kFailed,
                      base::cat("malformed packets: ", decoded.malformed, " of ", decoded.count))
        .try_this("look at the problem of each, or leave --strict out");
  }
  return status;
}

}  // namespace superfluid::packet
