// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>    // rules: allow home: the doctor tries one program of two instructions
#include <linux/magic.h>  // rules: allow home: the doctor tells the kernel's file systems apart
#include <sched.h>        // rules: allow home: the doctor tries unshare(2) in a child
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/text.h"
#include "os/files.h"
#include "os/unique_fd.h"
#include "superfluid/doctor/in_child.h"

namespace superfluid::doctor {
namespace {

constexpr base::ByteCount kFileMax = base::mib(4);  // /proc/cpuinfo of a thousand processors
constexpr base::Duration kTrialLimit = base::seconds(2);

int bpf(bpf_cmd command, bpf_attr& attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

BpfTrial load_and_run() {
  constexpr std::uint32_t kPass = 2;  // XDP_PASS
  std::array<bpf_insn, 2> program{};
  program[0].code = BPF_ALU64 | BPF_MOV | BPF_K;  // r0 = XDP_PASS
  program[0].imm = kPass;
  program[1].code = BPF_JMP | BPF_EXIT;
  constexpr char kLicense[] = "Dual BSD/GPL";

  BpfTrial trial;
  bpf_attr load{};
  load.prog_type = BPF_PROG_TYPE_XDP;
  load.insns = reinterpret_cast<std::uint64_t>(program.data());
  load.insn_cnt = program.size();
  load.license = reinterpret_cast<std::uint64_t>(kLicense);
  const os::UniqueFd loaded(bpf(BPF_PROG_LOAD, load));
  if (!loaded) {
    trial.load = errno;
    return trial;
  }
  std::array<std::uint8_t, 64> packet{};
  bpf_attr run{};
  run.test.prog_fd = static_cast<std::uint32_t>(loaded.get());
  run.test.data_in = reinterpret_cast<std::uint64_t>(packet.data());
  run.test.data_size_in = packet.size();
  run.test.repeat = 1;
  trial.run = bpf(BPF_PROG_TEST_RUN, run) == 0 ? 0 : errno;
  trial.verdict = run.test.retval;
  return trial;
}

int flag_of(Namespace which) {
  switch (which) {
    case Namespace::kUser: return CLONE_NEWUSER;
    case Namespace::kNet: return CLONE_NEWNET;
    case Namespace::kMount: return CLONE_NEWNS;
    case Namespace::kPid: return CLONE_NEWPID;
  }
  return 0;
}

Errno unshared(int flags) {
  const auto answer =
      in_child<Errno>(kTrialLimit, [flags] { return unshare(flags) == 0 ? 0 : errno; });
  return answer ? *answer : answer.error();
}

}  // namespace

base::Result<std::string> LiveHost::read(const std::string& path) const {
  return os::read_text(path, kFileMax);
}

bool LiveHost::in_kernel_files(const std::string& path) const {
  struct statfs below {};
  std::string folder = path;
  do {
    const std::size_t slash = folder.rfind('/');
    folder.resize(slash == folder.npos ? 0 : slash);
    if (statfs(folder.empty() ? "/" : folder.c_str(), &below) == 0) {
      return below.f_type == SYSFS_MAGIC || below.f_type == PROC_SUPER_MAGIC ||
             below.f_type == CGROUP2_SUPER_MAGIC || below.f_type == CGROUP_SUPER_MAGIC;
    }
  } while (!folder.empty() && (errno == ENOENT || errno == ENOTDIR));
  return false;
}

std::optional<Permissions> LiveHost::permissions(const std::string& path) const {
  struct stat about {};
  if (stat(path.c_str(), &about) != 0) {
    return std::nullopt;
  }
  const group* named = getgrgid(about.st_gid);
  return Permissions{.group = named != nullptr ? named->gr_name : base::cat(about.st_gid),
                     .group_has_name = named != nullptr,
                     .mode = about.st_mode & 0777u};
}

bool LiveHost::is_root() const { return geteuid() == 0; }

bool LiveHost::has_program(std::string_view name) const {
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    if (access(base::cat(rest.substr(0, colon), '/', name).c_str(), X_OK) == 0) {
      return true;
    }
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return false;
}

BpfTrial LiveHost::try_bpf() const {
  const auto trial = in_child<BpfTrial>(kTrialLimit, load_and_run);
  return trial ? *trial : BpfTrial{.load = trial.error()};
}

NamespaceTrial LiveHost::try_namespace(Namespace which) const {
  const int flag = flag_of(which);
  return {.alone = unshared(flag), .with_own_user = unshared(flag | CLONE_NEWUSER)};
}

Errno LiveHost::try_af_xdp() const {
  const os::UniqueFd made(socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0));
  return made ? 0 : errno;
}

Errno LiveHost::try_tun() const {
  const os::UniqueFd opened(open("/dev/net/tun", O_RDWR | O_CLOEXEC));
  return opened ? 0 : errno;
}

}  // namespace superfluid::doctor
