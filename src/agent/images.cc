// SPDX-License-Identifier: Apache-2.0
#include "agent/images.h"

#include "base/text.h"

namespace superfluid::agent {

ImageKey key_of(const ImageKey& build, const api::FunctionSpec& spec, const vmm::ShellSize& size) {
  base::Sha256 hash;
  const auto add = [&](std::string_view text) {
    hash.add_number(text.size());
    hash.add(base::bytes_of(text));
  };
  hash.add(build);
  hash.add_number(size.ram.count());
  hash.add_number(size.ports);
  hash.add_number(size.slots);
  add(spec.graph_name);
  add(spec.graph);
  hash.add_number(spec.ports.size());
  for (const api::PortSpec& port : spec.ports) {
    add(port.name);
    hash.add_number(port.mtu);
    hash.add_number(port.kind == api::PortKind::kNone);
  }
  return hash.finish();
}

std::string to_text(const ImageKey& key) {
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) {
    text += base::cat(base::Hex{key[i], 2});
  }
  return text;
}

ImagePtr ImageCache::find(const ImageKey& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    return nullptr;
  }
  used_.splice(used_.begin(), used_, found->second.used);
  return found->second.image;
}

ImagePtr ImageCache::add(const ImageKey& key, vmm::Snapshot snapshot) {
  if (ImagePtr there = find(key)) {
    return there;
  }
  auto image = std::make_shared<const vmm::Snapshot>(std::move(snapshot));
  used_.push_front(key);
  entries_.emplace(key, Entry{image, used_.begin()});
  bytes_ += image->size.ram.count();
  while (entries_.size() > 1 &&
         (entries_.size() > options_.count_max || bytes_ > options_.bytes_max.count())) {
    const auto oldest = entries_.find(used_.back());
    bytes_ -= oldest->second.image->size.ram.count();
    entries_.erase(oldest);
    used_.pop_back();
  }
  return image;
}

}  // namespace superfluid::agent
