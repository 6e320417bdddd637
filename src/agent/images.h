// SPDX-License-Identifier: Apache-2.0
// ImageCache: graphs that were booted once, as snapshots that every later start clones, by a hash
// of all that a snapshot depends on.
//
// The cache is bounded by count and by bytes; the least recently used go first. Whoever starts from
// one holds it meanwhile, so that it may be dropped at any time.
//
// Threads: the loop's.

#pragma once

#include <list>
#include <map>
#include <memory>

#include "api/model.h"
#include "base/sha256.h"
#include "vmm/nursery.h"

namespace superfluid::agent {

using ImageKey = base::Sha256::Digest;
using ImagePtr = std::shared_ptr<const vmm::Snapshot>;

// `build` says which guest it is: the hash of its image file.
ImageKey key_of(const ImageKey& build, const api::FunctionSpec& spec, const vmm::ShellSize& size);
std::string to_text(const ImageKey& key);  // the first 16 hexadecimal digits

class ImageCache {
 public:
  struct Options {
    std::size_t count_max = 1024;
    base::ByteCount bytes_max = base::gib(4);
  };
  explicit ImageCache(const Options& options) : options_(options) {}

  ImagePtr find(const ImageKey& key);
  ImagePtr add(const ImageKey& key, vmm::Snapshot snapshot);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    ImagePtr image;
    std::list<ImageKey>::iterator used;
  };

  Options options_;
  std::map<ImageKey, Entry> entries_;
  std::list<ImageKey> used_;  // latest first
  std::uint64_t bytes_ = 0;
};

}  // namespace superfluid::agent
