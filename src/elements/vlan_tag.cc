// SPDX-License-Identifier: Apache-2.0
#include "elements/vlan_tag.h"

#include "elements/values.h"

namespace superfluid::elements {
namespace {

constexpr std::string_view kFromNotes = "ANNO";

graph::Complaint bounded(std::int32_t value, std::int32_t least, std::int32_t most) {
  if (value < least) {
    return base::cat("out of range, minimum ", least);
  }
  return value > most ? base::cat("out of range, maximum ", most) : graph::Complaint();
}

}  // namespace

graph::Complaint VlanTagChoice::choose(std::string_view tci) {
  from_notes_ = tci == kFromNotes;
  return from_notes_ ? graph::Complaint() : graph::parse_argument(tci, tag_);
}

void VlanTagChoice::expect(graph::Arguments& arguments) {
  arguments.positional("VLAN_TCI", tci_text_)
      .positional("VLAN_PCP", priority_)
      .keyword("VLAN_ID", vlan_)
      .keyword("NATIVE_VLAN", native_);
}

void VlanTagChoice::settle(graph::Arguments& arguments) {
  const auto check = [&](std::string_view name, const graph::Complaint& complaint) {
    if (!complaint.empty()) {
      arguments.complain(base::cat(name, ": ", complaint));
    }
  };
  check("VLAN_PCP", bounded(priority_, 0, kPriorityMax));
  check("VLAN_ID", bounded(vlan_, 0, kVlanMax));
  check("NATIVE_VLAN", bounded(native_, -1, kVlanMax));
  tag_ = static_cast<std::uint16_t>(vlan_);
  if (!tci_text_.empty()) {
    check("VLAN_TCI", choose(tci_text_));
  }
  tag_ = static_cast<std::uint16_t>(tag_ | priority_ << kPriorityShift);
}

void VlanTagChoice::add_handlers(graph::HandlerTable& handlers) {
  const auto number = [&](std::string_view name, std::int32_t least, std::int32_t most, auto get,
                          auto set) {
    handlers.value(name, get);
    handlers.write(name, [least, most, set](std::string_view text) -> base::Status {
      std::int32_t value = 0;
      SF_CHECKED(graph::parse_handler_value(text, value));
      if (graph::Complaint complaint = bounded(value, least, most); !complaint.empty()) {
        return base::fail(base::ErrorCode::kInvalid, complaint);
      }
      set(value);
      return {};
    });
  };
  number(
      "vlan_id", 0, kVlanMax, [this] { return tag_ & kVlanMax; },
      [this](std::int32_t vlan) {
        tag_ = static_cast<std::uint16_t>((tag_ & ~kVlanMax) | vlan);
        from_notes_ = false;
      });
  number(
      "vlan_pcp", 0, kPriorityMax, [this] { return tag_ >> kPriorityShift; },
      [this](std::int32_t priority) {
        tag_ = static_cast<std::uint16_t>((tag_ & 0x1fff) | priority << kPriorityShift);
      });
  number(
      "native_vlan", -1, kVlanMax, [this] { return native_; },
      [this](std::int32_t vlan) { native_ = vlan; });
  handlers.value("vlan_tci",
                 [this] { return from_notes_ ? std::string(kFromNotes) : base::cat(tag_); });
  handlers.write("vlan_tci", [this](std::string_view text) -> base::Status {
    const bool before = from_notes_;
    if (graph::Complaint complaint = choose(base::trim(text)); !complaint.empty()) {
      from_notes_ = before;
      return base::fail(base::ErrorCode::kInvalid, complaint);
    }
    return {};
  });
}

}  // namespace superfluid::elements
