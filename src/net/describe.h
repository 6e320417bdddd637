// SPDX-License-Identifier: Apache-2.0
// The inside of describe_fields() (net/dissect.h), which is two files: describe.cc has the link and
// network layers, describe_upper.cc what they carry. Nobody else includes this.
//
// Names are stable: they are keys of `superfluid packet decode --json`. A layer gives each name at
// most once; lists are one text, joined by commas. checksum_status is one of
//   good, bad     it was verified
//   none          UDP over IPv4 without a checksum
//   unverified    the bytes it covers are not all here (a fragment, a cut capture), or it was made
//                 for another destination (a routing header with stops left)

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "net/checksum.h"
#include "net/dissect.h"
#include "net/ip_protocol.h"

namespace superfluid::net {

// What dissect() read can be read again; anything else is a Dissection of another packet.
template <typename View>
View expect(const Parsed<View>& view) {
  base::check(view.has_value(), "the dissection was made from this packet");
  return *view;
}

// A transport's bytes, up to the end of the IP payload, and what its checksum needs.
struct Transport {
  base::ByteView bytes;
  bool is_cut;  // the capture kept only the first of them
  FragmentPlace place;
  std::optional<PseudoHeader> pseudo_header;  // unless the final destination is not known

  // Whether the whole datagram is here, to be summed and read to its end.
  bool whole() const { return place == FragmentPlace::kWhole && !is_cut; }
};

void describe_icmp(const Transport& transport, FieldSink& sink);
void describe_icmpv6(const Transport& transport, FieldSink& sink);
void describe_tcp(const Transport& transport, FieldSink& sink);
void describe_udp(const Transport& transport, FieldSink& sink);
void describe_sctp(const Transport& transport, FieldSink& sink);
// bytes: from the header to the packet's end. layer: what dissect() found to be GTP-U's own.
void describe_vxlan(base::ByteView bytes, FieldSink& sink);
void describe_gtpu(base::ByteView bytes, const Layer& layer, FieldSink& sink);

// Comma-separated words.
class WordList {
 public:
  void add(std::string_view word) {
    if (!text_.empty()) {
      text_ += ',';
    }
    text_ += word;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

constexpr std::string_view yes_or_no(bool value) { return value ? "yes" : "no"; }

}  // namespace superfluid::net
