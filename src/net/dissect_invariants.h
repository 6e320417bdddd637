// SPDX-License-Identifier: Apache-2.0
// For this room's tests and fuzzers alone: what net/dissect.h promises, checked over one packet.

#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "net/dissect.h"

namespace superfluid::net::testing {

// Checks the names of one layer's fields and reads all of their values.
class NameChecker final : public FieldSink {
 public:
  void number(std::string_view name, std::uint64_t) override { note(name); }
  void hex(std::string_view name, std::uint64_t value, unsigned digits) override {
    base::check(digits <= 16 && (digits == 16 || value >> 4 * digits == 0), "hex fits its digits");
    note(name);
  }
  void text(std::string_view name, std::string_view value) override {
    for (const char c : value) {
      base::check(c >= ' ' && c <= '~', "texts are printable ASCII");
    }
    note(name);
  }

  std::size_t count() const { return names_.size(); }

 private:
  void note(std::string_view name) {
    for (const char c : name) {
      base::check((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_',
                  "names are snake_case");
    }
    base::check(!name.empty() && std::ranges::find(names_, name) == names_.end(),
                "a layer gives each name once");
    names_.emplace_back(name);
  }

  std::vector<std::string> names_;
};

// Dies where a promise is broken; else the dissection.
inline Dissection checked_dissection(base::ByteView packet, LinkType link,
                                     std::size_t length_on_wire) {
  const Dissection dissection = dissect(packet, link, length_on_wire);
  std::size_t end = 0;
  std::size_t last_header = 0;  // where it begins
  for (std::size_t i = 0; i < dissection.layers.size(); ++i) {
    const Layer& layer = dissection.layers[i];
    base::check(layer.offset >= end, "layers lie in order");
    end = std::size_t{layer.offset} + layer.length;
    base::check(layer.length != 0 && end <= packet.size(), "layers lie inside the packet");
    const bool last = i + 1 == dissection.layers.size();
    base::check(layer.protocol != Protocol::kPayload || last, "payload is last");
    if (layer.protocol != Protocol::kPayload) {
      last_header = layer.offset;
    }
    NameChecker names;
    describe_fields(packet, dissection, i, names);
    base::check(names.count() != 0, "every layer has fields");
  }
  if (const auto& problem = dissection.problem) {
    base::check(problem->where != Protocol::kPayload, "payload is never malformed");
    base::check(problem->offset >= last_header, "a problem is not in a header before the last");
    base::check(problem->offset <= packet.size(), "a problem is inside the packet");
    base::check(!problem->cut ||
                    (length_on_wire > packet.size() && problem->reason == Malformed::kTruncated &&
                     problem->offset == packet.size()),
                "a cut is where the bytes end, of a packet that was cut");
  }
  return dissection;
}

inline Dissection checked_dissection(base::ByteView packet, LinkType link) {
  return checked_dissection(packet, link, packet.size());
}

}  // namespace superfluid::net::testing
