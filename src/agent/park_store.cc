// SPDX-License-Identifier: Apache-2.0
#include "agent/park_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <set>

#include "api/codec.h"
#include "api/reader.h"
#include "base/text.h"
#include "os/errno.h"
#include "os/files.h"
#include "os/log.h"
#include "os/random.h"
#include "vmm/snapshot.h"

namespace superfluid::agent {

using base::cat;
using base::ErrorCode;
namespace json = boost::json;

namespace {

constexpr std::string_view kFunction = ".parked";
constexpr std::string_view kImage = ".image";
constexpr std::string_view kUnfinished = ".new";
constexpr base::ByteCount kFileBytesMax = base::bytes(vmm::kDifferenceBytesMax + (4 << 20));
constexpr base::ByteCount kImageBytesMax = api::kMemoryMax + base::mib(4);
constexpr std::size_t kNameBytesMax = 64;

std::string head_of(const ParkStore::Rest& rest, std::string_view image) {
  const json::object head{{"image", image},
                          {"wake_at_ns", rest.parked.wake_at_ns},
                          {"log_bytes", rest.log.text.size()},
                          {"log_begins_at", rest.log.begins_at},
                          {"log_ends_at", rest.log.ends_at},
                          {"function", api::encode(rest.function)}};
  return json::serialize(head) + "\n";
}

// What the first line says.
struct Head {
  ParkStore::Rest rest;
  std::string image;
  std::size_t log_bytes = 0;
};

base::Result<Head> parse_head(std::string_view line) {
  json::error_code problem;
  const json::value value = json::parse(line, problem);
  if (problem || !value.is_object() || value.get_object().if_contains("function") == nullptr) {
    return base::fail(ErrorCode::kCorrupt, "its first line is no JSON of a parked function");
  }
  json::object head = value.get_object();
  Head parsed;
  ParkStore::Rest& rest = parsed.rest;
  SF_TRY(function, api::decode_function(head["function"], "function"));
  rest.function = std::move(function);
  head.erase("function");
  api::Reader::Problem wrong;
  const json::value others(std::move(head));
  api::Reader reader(others, "parked", wrong);
  reader.text("image", parsed.image, kNameBytesMax);
  reader.number("wake_at_ns", rest.parked.wake_at_ns, 0, ~0ull);
  reader.number("log_bytes", parsed.log_bytes, 0, vmm::kLogBytes);
  reader.number("log_begins_at", rest.log.begins_at, 0, ~0ull);
  reader.number("log_ends_at", rest.log.ends_at, 0, ~0ull);
  reader.done();
  if (wrong) {
    return base::pass(std::move(*wrong));
  }
  return parsed;
}

// Both kinds of name are made by this program of hexadecimal digits.
bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && std::ranges::all_of(name, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

}  // namespace

ParkStore::ParkStore(std::string directory) : directory_(std::move(directory)) {}

std::string ParkStore::path_of(std::string_view name, std::string_view kind) const {
  return cat(directory_, "/", name, kind);
}

base::Status ParkStore::write(const std::string& path, Pieces pieces) const {
  const std::string unfinished = cat(path, kUnfinished);
  SF_TRY(file, os::open_file(unfinished, O_WRONLY | O_CREAT | O_TRUNC, 0600));
  base::Status written;
  for (const base::ByteView piece : pieces) {
    written = written ? os::write_all(file.get(), piece) : std::move(written);
  }
  if (written && ::rename(unfinished.c_str(), path.c_str()) != 0) {
    written = os::fail_errno("rename a parked function's file", errno);
  }
  if (!written) {
    ::unlink(unfinished.c_str());
  }
  return written;
}

base::Result<std::string> ParkStore::keep_image(const os::UniqueFd& memory,
                                                const vmm::ShellSize& size) {
  SF_TRY(id, os::id_of(memory.get()));
  for (auto& [name, kept] : images_) {
    if (kept.image != nullptr && kept.memory == id) {
      ++kept.users;
      return name;
    }
  }
  auto image = std::make_shared<vmm::Snapshot>();
  SF_TRY(own, memory.duplicate());
  image->memory = std::move(own);
  image->size = size;
  vmm::normalize(image->cpu);
  SF_TRY(bytes, vmm::encode_snapshot(*image, {}));
  std::string name = cat(base::Hex{os::kernel_random(), 16});
  SF_CHECKED(write(path_of(name, kImage), {bytes}));
  images_.emplace(name, Image{.image = std::move(image), .memory = id, .users = 1});
  return name;
}

void ParkStore::let_image_go(const std::string& name) {
  const auto found = images_.find(name);
  if (found != images_.end() && --found->second.users == 0) {
    ::unlink(path_of(name, kImage).c_str());
    images_.erase(found);
  }
}

base::Status ParkStore::put(const Rest& rest, const vmm::ShellSize& size) {
  if (directory_.empty()) {
    return base::fail(ErrorCode::kUnsupported, "this node has no directory for parked functions");
  }
  SF_CHECKED(os::make_directories(directory_, 0700));
  SF_TRY(name, keep_image(rest.parked.image, size));
  const std::string head = head_of(rest, name);
  base::Status written = write(path_of(rest.function.id, kFunction),
                               {base::bytes_of(head), base::bytes_of(rest.log.text),
                                base::bytes_of(rest.parked.difference)});
  if (!written) {
    let_image_go(name);
    return written;
  }
  image_names_[rest.function.id] = std::move(name);
  return {};
}

base::Result<ParkStore::Rest> ParkStore::read(std::string_view id, std::string& image) const {
  SF_TRY(file, os::open_file(path_of(id, kFunction), O_RDONLY));
  SF_TRY(bytes, os::read_whole(file.get(), kFileBytesMax));
  const std::string_view all = base::text_of(bytes);
  const std::size_t line = all.find('\n');
  if (line == std::string_view::npos) {
    return base::fail(ErrorCode::kCorrupt, "a parked function's file ends in its first line");
  }
  SF_TRY(head, parse_head(all.substr(0, line)));
  const std::string_view body = all.substr(line + 1);
  if (body.size() < head.log_bytes) {
    return base::fail(ErrorCode::kCorrupt, "a parked function's file is cut off");
  }
  image = std::move(head.image);
  head.rest.log.text = body.substr(0, head.log_bytes);
  head.rest.parked.difference = body.substr(head.log_bytes);
  return std::move(head.rest);
}

base::Result<ParkStore::Rest> ParkStore::get(std::string_view id) const {
  std::string image;
  return read(id, image);
}

base::Result<ImagePtr> ParkStore::image_of(std::string_view id) {
  const auto name = image_names_.find(id);
  const auto kept = name == image_names_.end() ? images_.end() : images_.find(name->second);
  if (kept == images_.end()) {
    return base::fail(ErrorCode::kNotFound, "no function of this id is parked");
  }
  if (kept->second.image == nullptr) {
    SF_TRY(file, os::open_file(path_of(kept->first, kImage), O_RDONLY));
    SF_TRY(bytes, os::read_whole(file.get(), kImageBytesMax));
    SF_TRY(saved, vmm::decode_snapshot(bytes));
    SF_TRY(memory, os::id_of(saved.snapshot.memory.get()));
    kept->second.memory = memory;
    kept->second.image = std::make_shared<const vmm::Snapshot>(std::move(saved.snapshot));
  }
  return kept->second.image;
}

void ParkStore::drop(std::string_view id) {
  const auto name = image_names_.find(id);
  if (name == image_names_.end()) {
    return;
  }
  ::unlink(path_of(id, kFunction).c_str());
  const std::string image = std::move(name->second);
  image_names_.erase(name);
  let_image_go(image);
}

std::vector<ParkStore::Rest> ParkStore::found() {
  namespace fs = std::filesystem;
  std::vector<Rest> rests;
  std::set<std::string> images;
  std::error_code failed;
  for (const fs::directory_entry& each : fs::directory_iterator(directory_, failed)) {
    const fs::path& path = each.path();
    const std::string stem = path.stem().string();
    if (path.extension() == kImage && is_name(stem)) {
      images.insert(stem);
    } else if (path.extension() != kFunction || !is_name(stem)) {
      ::unlink(path.c_str());  // unfinished when the node ended
    } else {
      std::string image;
      auto rest = read(stem, image);
      if (!rest || rest->function.id != stem || !is_name(image)) {
        os::log::warning("a parked function is lost", {{"file", path.string()}});
        ::unlink(path.c_str());
        continue;
      }
      rest->parked.difference.clear();
      image_names_[stem] = image;
      ++images_[image].users;
      rests.push_back(std::move(*rest));
    }
  }
  for (const std::string& image : images) {
    if (!images_.contains(image)) {
      ::unlink(path_of(image, kImage).c_str());
    }
  }
  return rests;
}

void ParkStore::clear() {
  while (!image_names_.empty()) {
    drop(std::string(image_names_.begin()->first));
  }
  ::rmdir(directory_.c_str());  // fails where something else is in it
}

}  // namespace superfluid::agent
