// SPDX-License-Identifier: Apache-2.0
// Host: what the doctor can learn about a machine: files of the kernel, and things tried out.
//
// The judges (doctor/checks.h) see a machine only through this, so that tests show them machines
// that nobody has at hand. Trying something leaves no trace: what is made is closed again, nothing
// is configured, and each try is bounded in time (doctor/in_child.h).
//
// Threads: one.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace superfluid::doctor {

// 0 when it worked, else the errno of the step that did not; kTookTooLong when it had to be ended.
using Errno = int;
inline constexpr Errno kTookTooLong = -1;
inline constexpr Errno kDied = -2;  // the child that tried was killed by a signal

// A microVM of one page that does nothing but leave the guest through a port write.
struct KvmTrial {
  enum class Step : std::uint8_t {
    kStart,  // the process that tries
    kOpen,
    kVersion,
    kCreateVm,
    kMemory,
    kCreateVcpu,
    kState,
    kRun,
    kDone
  };

  Step reached = Step::kStart;    // the step that failed, or kDone
  Errno error = 0;                // of that step; 0 when it failed without one
  std::uint32_t api_version = 0;  // once kVersion was tried
  std::uint32_t exit_reason = 0;  // of an unexpected exit in kRun
  std::uint32_t exits = 0;        // how many were measured
  std::uint64_t create_ns = 0;    // creating the VM alone
  std::uint64_t start_ns = 0;     // from nothing to the first exit
  std::uint64_t exit_ns_p50 = 0;
  std::uint64_t exit_ns_min = 0;
};

struct BpfTrial {
  Errno load = 0;  // loading an XDP program of two instructions
  Errno run = 0;   // running it on a packet in memory
  std::uint32_t verdict = 0;
};

struct NamespaceTrial {
  Errno alone = 0;          // asked for by itself
  Errno with_own_user = 0;  // asked for together with a user namespace
};

enum class Namespace : std::uint8_t { kUser, kNet, kMount, kPid };

// Who may use a file besides its owner.
struct Permissions {
  std::string group;           // its name, or its number where it has none
  bool group_has_name = true;  // on this host
  unsigned mode = 0;           // the lower nine bits
};

class Host {
 public:
  virtual ~Host() = default;

  virtual base::Result<std::string> read(const std::string& path) const = 0;

  // Whether the nearest folder above `path` that exists belongs to one of the kernel's own file
  // systems: then a file that is not there is one that this kernel does not have. Else something is
  // mounted over it, or nothing is mounted.
  virtual bool in_kernel_files(const std::string& path) const = 0;
  virtual std::optional<Permissions> permissions(const std::string& path) const = 0;

  virtual bool is_root() const = 0;
  virtual bool has_program(std::string_view name) const = 0;

  virtual KvmTrial try_kvm() const = 0;
  virtual BpfTrial try_bpf() const = 0;
  virtual NamespaceTrial try_namespace(Namespace which) const = 0;
  virtual Errno try_af_xdp() const = 0;
  virtual Errno try_tun() const = 0;
};

// The machine this runs on.
class LiveHost final : public Host {
 public:
  base::Result<std::string> read(const std::string& path) const override;
  bool in_kernel_files(const std::string& path) const override;
  std::optional<Permissions> permissions(const std::string& path) const override;
  bool is_root() const override;
  bool has_program(std::string_view name) const override;
  KvmTrial try_kvm() const override;
  BpfTrial try_bpf() const override;
  NamespaceTrial try_namespace(Namespace which) const override;
  Errno try_af_xdp() const override;
  Errno try_tun() const override;
};

}  // namespace superfluid::doctor
