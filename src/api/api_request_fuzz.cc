// SPDX-License-Identifier: Apache-2.0
// Requests are hostile: whatever is read of them is either refused or survives being written again.
#include <cstdint>
#include <string>
#include <string_view>

#include "api/codec.h"
#include "api/protocol.h"
#include "base/check.h"

using namespace superfluid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  api::LineSplitter lines;
  if (!lines.add(text)) {
    return 0;
  }
  while (const auto line = lines.next()) {
    const api::DecodedRequest decoded = api::decode_request(*line);
    if (!decoded.request) {
      continue;
    }
    const api::DecodedRequest again = api::decode_request(api::encode_request(*decoded.request));
    base::check(again.request.has_value() && again.id == decoded.id, "a request survives");
    const auto* value = decoded.request->params.if_contains("spec");
    if (value == nullptr) {
      continue;
    }
    if (const auto spec = api::decode_spec(*value, "spec")) {
      const auto same = api::decode_spec(api::encode(*spec), "spec");
      base::check(same.has_value() && *same == *spec, "a spec survives");
    }
  }
  return 0;
}
