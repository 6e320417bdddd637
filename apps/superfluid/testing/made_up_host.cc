// SPDX-License-Identifier: Apache-2.0
#include "superfluid/testing/made_up_host.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "os/errno.h"

namespace superfluid::testing {
namespace {

using base::check;
using doctor::Errno;
using doctor::KvmTrial;
using doctor::Namespace;

template <typename T>
struct Named {
  std::string_view name;
  T value;
};

constexpr Named<Errno> kErrors[] = {{"0", 0},
                                    {"EPERM", EPERM},
                                    {"EACCES", EACCES},
                                    {"ENOENT", ENOENT},
                                    {"EINVAL", EINVAL},
                                    {"EAFNOSUPPORT", EAFNOSUPPORT},
                                    {"ENOMEM", ENOMEM},
                                    {"ENOSPC", ENOSPC},
                                    {"EIO", EIO},
                                    {"hung", doctor::kTookTooLong},
                                    {"died", doctor::kDied}};

constexpr Named<KvmTrial::Step> kSteps[] = {{"open", KvmTrial::Step::kOpen},
                                            {"version", KvmTrial::Step::kVersion},
                                            {"create-vm", KvmTrial::Step::kCreateVm},
                                            {"run", KvmTrial::Step::kRun},
                                            {"done", KvmTrial::Step::kDone}};

constexpr Named<Namespace> kNamespaces[] = {{"user", Namespace::kUser},
                                            {"net", Namespace::kNet},
                                            {"mount", Namespace::kMount},
                                            {"pid", Namespace::kPid}};

template <typename T, std::size_t N>
T find(const Named<T> (&table)[N], std::string_view name) {
  const auto* found = std::ranges::find(table, name, &Named<T>::name);
  check(found != std::end(table), "a made-up host uses known words");
  return found->value;
}

std::uint64_t number_of(std::string_view text) {
  const auto number = base::parse_u64(text);
  check(number.has_value(), "a made-up host's numbers are numbers");
  return *number;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::string_view rest = base::trim(line); !rest.empty(); rest = base::trim(rest)) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    words.push_back(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  return words;
}

std::pair<std::string_view, std::string_view> split_at_equals(std::string_view word) {
  const std::size_t equals = word.find('=');
  check(equals != word.npos, "a made-up host's fields are name=value");
  return {word.substr(0, equals), word.substr(equals + 1)};
}

}  // namespace

MadeUpHost MadeUpHost::from_text(std::string_view text) {
  MadeUpHost host;
  std::string file;  // the one whose lines come next
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    host.take_line(text.substr(0, end), file);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return host;
}

void MadeUpHost::take_line(std::string_view line, std::string& file) {
  if (line.empty() || line.starts_with('#')) {
    return;
  }
  if (line.starts_with('|')) {
    files.at(file) += base::cat(line.substr(std::min<std::size_t>(2, line.size())), '\n');
    return;
  }
  const std::vector<std::string_view> words = words_of(line);
  const std::string_view kind = words[0];
  check(kind == "root" || words.size() >= 2, "a made-up host's line has a value");
  if (kind == "root") {
    root = true;
  } else if (kind == "program") {
    programs.emplace(words[1]);
  } else if (kind == "masked") {
    masked.emplace(words[1]);
  } else if (kind == "file") {
    file = words[1];
    files[file] = "";
  } else if (kind == "af_xdp") {
    af_xdp = find(kErrors, words[1]);
  } else if (kind == "tun") {
    tun = find(kErrors, words[1]);
  } else {
    check(kind == "kvm" || kind == "bpf" || kind == "namespace", "a made-up host uses known words");
    for (std::size_t i = kind == "namespace" ? 2 : 1; i < words.size(); ++i) {
      const auto [name, value] = split_at_equals(words[i]);
      if (kind == "kvm") {
        take_kvm(name, value);
      } else if (kind == "bpf") {
        (name == "load" ? bpf.load : bpf.run) = find(kErrors, value);
      } else {
        doctor::NamespaceTrial& trial = namespaces[find(kNamespaces, words[1])];
        (name == "alone" ? trial.alone : trial.with_own_user) = find(kErrors, value);
      }
    }
  }
}

void MadeUpHost::take_kvm(std::string_view name, std::string_view value) {
  const Named<std::uint32_t KvmTrial::*> counts[] = {{"api_version", &KvmTrial::api_version},
                                                     {"exit_reason", &KvmTrial::exit_reason},
                                                     {"exits", &KvmTrial::exits}};
  const Named<std::uint64_t KvmTrial::*> times[] = {{"create_ns", &KvmTrial::create_ns},
                                                    {"start_ns", &KvmTrial::start_ns},
                                                    {"exit_ns_p50", &KvmTrial::exit_ns_p50},
                                                    {"exit_ns_min", &KvmTrial::exit_ns_min}};
  if (name == "step") {
    kvm.reached = find(kSteps, value);
  } else if (name == "error") {
    kvm.error = find(kErrors, value);
  } else if (name.ends_with("_ns") || name.starts_with("exit_ns")) {
    kvm.*find(times, name) = number_of(value);
  } else {
    kvm.*find(counts, name) = static_cast<std::uint32_t>(number_of(value));
  }
}

base::Result<std::string> MadeUpHost::read(const std::string& path) const {
  const auto file = files.find(path);
  if (file == files.end()) {
    return os::fail_errno(base::cat("open ", path), ENOENT);
  }
  return file->second;
}

bool MadeUpHost::in_kernel_files(const std::string& path) const {
  return std::ranges::none_of(
      masked, [&](const std::string& folder) { return path.starts_with(folder + '/'); });
}

std::optional<doctor::Permissions> MadeUpHost::permissions(const std::string& path) const {
  const auto found = modes.find(path);
  if (found == modes.end()) {
    return std::nullopt;
  }
  return found->second;
}

doctor::NamespaceTrial MadeUpHost::try_namespace(doctor::Namespace which) const {
  const auto trial = namespaces.find(which);
  return trial == namespaces.end() ? doctor::NamespaceTrial{} : trial->second;
}

}  // namespace superfluid::testing
