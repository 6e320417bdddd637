// SPDX-License-Identifier: Apache-2.0
// ParkStore: parked functions at rest, as files of one directory. No process holds the memory of a
// parked guest, so none is shared by two tenants, and a node that is killed loses none: the next
// finds them here.
//
//   ID.parked    a line of JSON (what is short of a Rest), the log's bytes, the difference's
//   NAME.image   the image that differences are of, as a snapshot file; one for all its clones
//
// Files of this directory are the node's own (0700), so what is read back is checked for damage;
// the difference, which a monitor made, is checked again by the monitor that gets it.
//
// Invariants
//   1. A function's file is there whole or not at all; the image that it needs is there before it,
//      and goes after the last that needs it.
//   2. Nothing is kept in memory of a parked function but two short names.
//
// Threads: the loop's. Writes and reads a few KB at a time, of a file system in memory where the
// node's directory is one; never waits for a disk to have it.

#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/images.h"
#include "agent/machines.h"
#include "api/model.h"
#include "base/result.h"
#include "os/memfd.h"

namespace superfluid::agent {

class ParkStore {
 public:
  // What is kept of one.
  struct Rest {
    api::Function function;
    Machine::Log log;
    vmm::Parked parked;
  };

  // Made when the first function is parked. Empty: this node has none, and put() is kUnsupported.
  explicit ParkStore(std::string directory);

  // `size` is that of the machine that it was in.
  base::Status put(const Rest& rest, const vmm::ShellSize& size);
  base::Result<Rest> get(std::string_view id) const;
  // Of the function with this id.
  base::Result<ImagePtr> image_of(std::string_view id);
  void drop(std::string_view id);
  // All of them, of an earlier process of this node: without their differences, and without what is
  // damaged, which is removed. Once, before anything else.
  std::vector<Rest> found();
  void clear();

  std::size_t size() const { return image_names_.size(); }

 private:
  struct Image {
    ImagePtr image;  // none: not read yet; its memory is all that counts
    os::FileId memory{};
    std::size_t users = 0;
  };

  std::string path_of(std::string_view name, std::string_view kind) const;
  base::Result<std::string> keep_image(const os::UniqueFd& memory, const vmm::ShellSize& size);
  void let_image_go(const std::string& name);
  using Pieces = std::initializer_list<base::ByteView>;
  base::Status write(const std::string& path, Pieces pieces) const;
  base::Result<Rest> read(std::string_view id, std::string& image) const;

  std::string directory_;
  std::map<std::string, std::string, std::less<>> image_names_;  // of functions, by id
  std::map<std::string, Image, std::less<>> images_;
};

}  // namespace superfluid::agent
