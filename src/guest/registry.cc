// SPDX-License-Identifier: Apache-2.0
#include "guest/registry.h"

#include <string_view>
#include <utility>

#include "guest/from_device.h"
#include "guest/to_device.h"

namespace superfluid::guest {
namespace {

// What a function has not, since it is given frames and nothing else of the host it is on.
constexpr std::string_view kInsteadOfReading =
    "a function has no files; superfluid graph run -e 'FromDump(FILE) -> Queue -> ToDevice(TAP)' "
    "plays a capture into the interface that is its port";
constexpr std::string_view kInsteadOfWriting =
    "a function has no files; superfluid graph run -e 'FromDevice(TAP) -> ToDump(FILE)' "
    "records at the interface that is its port";
constexpr std::string_view kInsteadOfInterfaces =
    "a function reaches the host by its ports: FromDevice and ToDevice here, --tap for vm run";
constexpr std::string_view kInsteadOfSockets =
    "superfluid vm read and superfluid vm write reach the handlers of a function";

constexpr std::pair<std::string_view, std::string_view> kAbsent[] = {
    {"FromDump", kInsteadOfReading},      {"FromIPSummaryDump", kInsteadOfReading},
    {"ToDump", kInsteadOfWriting},        {"ToIPSummaryDump", kInsteadOfWriting},
    {"KernelTap", kInsteadOfInterfaces},  {"KernelTun", kInsteadOfInterfaces},
    {"FromHost", kInsteadOfInterfaces},   {"ToHost", kInsteadOfInterfaces},
    {"ControlSocket", kInsteadOfSockets},
};

}  // namespace

void register_elements(graph::Registry& registry) {
  registry.add(FromDevice::kClass);
  registry.add(ToDevice::kClass);
  for (const auto& [name, instead] : kAbsent) {
    registry.add_absent(name, instead);
  }
}

}  // namespace superfluid::guest
