// SPDX-License-Identifier: Apache-2.0
// A machine that a test makes up: whatever is not said is absent (files, programs) or works
// (trials).
//
// Also read from text, for golden tests of the whole program:
//
//   # comment
//   root                                   it runs as root
//   program ip                             on the PATH
//   masked /sys                            what is below, unless said, is not the kernel's
//   file /proc/sys/kernel/osrelease        what the lines after it hold, each after "| "
//   | 6.1.0-18-amd64
//   kvm step=run error=EIO                 fields of doctor::KvmTrial; step=done unless said
//   bpf load=EPERM
//   namespace net alone=EPERM with_own_user=0
//   af_xdp EAFNOSUPPORT
//   tun ENOENT

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "superfluid/doctor/host.h"

namespace superfluid::testing {

class MadeUpHost final : public doctor::Host {
 public:
  // Dies when the text is not as above: a test's own error.
  static MadeUpHost from_text(std::string_view text);

  base::Result<std::string> read(const std::string& path) const override;
  bool in_kernel_files(const std::string& path) const override;
  std::optional<doctor::Permissions> permissions(const std::string& path) const override;
  bool is_root() const override { return root; }
  bool has_program(std::string_view name) const override { return programs.contains(name); }
  doctor::KvmTrial try_kvm() const override { return kvm; }
  doctor::BpfTrial try_bpf() const override { return bpf; }
  doctor::NamespaceTrial try_namespace(doctor::Namespace which) const override;
  doctor::Errno try_af_xdp() const override { return af_xdp; }
  doctor::Errno try_tun() const override { return tun; }

  bool root = false;
  std::set<std::string, std::less<>> programs;
  std::map<std::string, std::string> files;
  std::set<std::string, std::less<>> masked;  // folders
  std::map<std::string, doctor::Permissions> modes;
  doctor::KvmTrial kvm = {.reached = doctor::KvmTrial::Step::kDone, .api_version = 12};
  doctor::BpfTrial bpf = {.verdict = 2};
  std::map<doctor::Namespace, doctor::NamespaceTrial> namespaces;
  doctor::Errno af_xdp = 0;
  doctor::Errno tun = 0;

 private:
  void take_line(std::string_view line, std::string& file);
  void take_kvm(std::string_view name, std::string_view value);
};

}  // namespace superfluid::testing
