// SPDX-License-Identifier: Apache-2.0
#include "vmm/system_calls.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <memory>

#include "base/units.h"
#include "os/errno.h"
#include "os/files.h"
#include "os/memfd.h"
#include "vmm/shell.h"

namespace superfluid::vmm {
namespace {

constexpr scmp_datum_t kProtectionExecute = 4;  // PROT_EXEC, whose header is at home elsewhere

constexpr int kAllowed[] = {
    SCMP_SYS(read),           SCMP_SYS(write),
    SCMP_SYS(readv),          SCMP_SYS(writev),
    SCMP_SYS(pread64),        SCMP_SYS(pwrite64),
    SCMP_SYS(recvmsg),        SCMP_SYS(sendmsg),
    SCMP_SYS(recvmmsg),       SCMP_SYS(sendmmsg),
    SCMP_SYS(recvfrom),       SCMP_SYS(poll),
    SCMP_SYS(ppoll),          SCMP_SYS(close),
    SCMP_SYS(munmap),         SCMP_SYS(madvise),
    SCMP_SYS(mremap),         SCMP_SYS(brk),
    SCMP_SYS(memfd_create),   SCMP_SYS(ftruncate),
    SCMP_SYS(lseek),          SCMP_SYS(fstat),
    SCMP_SYS(clock_gettime),  SCMP_SYS(futex),
    SCMP_SYS(getrandom),      SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),           SCMP_SYS(exit_group),
    SCMP_SYS(gettid),         SCMP_SYS(getpid),
    SCMP_SYS(sched_yield),
};

// Of KVM, and FIONREAD-like requests of nobody else.
constexpr unsigned long kRequests[] = {
    KVM_RUN,
    KVM_GET_REGS,
    KVM_SET_REGS,
    KVM_GET_SREGS,
    KVM_SET_SREGS,
    KVM_SET_XCRS,
    KVM_SET_VCPU_EVENTS,
    KVM_SET_MP_STATE,
    KVM_SET_DEVICE_ATTR,
    KVM_SET_USER_MEMORY_REGION,
    KVM_IOEVENTFD,
    _IOC(_IOC_WRITE, KVMIO, 0x89, 8),                 // KVM_SET_MSRS
    _IOC(_IOC_READ, KVMIO, 0xa4, sizeof(FpuState)),   // KVM_GET_XSAVE
    _IOC(_IOC_WRITE, KVMIO, 0xa5, sizeof(FpuState)),  // KVM_SET_XSAVE
};

constexpr int kFileControls[] = {F_ADD_SEALS, F_GET_SEALS, F_GETFL, F_DUPFD_CLOEXEC};

struct Release {
  void operator()(void* filter) const { ::seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

// Zero, or what libseccomp said first.
int add_rules(scmp_filter_ctx filter, GuestsIn guests_in) {
  int wrong = 0;
  const auto allow = [&](int call, auto... conditions) {
    const int said =
        ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, sizeof...(conditions), conditions...);
    wrong = wrong != 0 ? wrong : said;
  };
  for (const int call : kAllowed) {
    allow(call);
  }
  if (guests_in == GuestsIn::kMachines) {
    for (const unsigned long request : kRequests) {
      allow(SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, request, 0));
    }
  }
  for (const int control : kFileControls) {
    allow(SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, static_cast<scmp_datum_t>(control), 0));
  }
  allow(SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, kProtectionExecute, 0));
  allow(SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, kProtectionExecute, 0));
  // As send(): to whom the socket is bound.
  allow(SCMP_SYS(sendto), SCMP_A4(SCMP_CMP_EQ, 0, 0));
  // How glibc asks for a descriptor's size.
  allow(SCMP_SYS(newfstatat), SCMP_A3(SCMP_CMP_EQ, AT_EMPTY_PATH, 0));
#ifdef SUPERFLUID_ADDRESS_SANITIZER
  // What its reports are made with.
  for (const int call :
       {SCMP_SYS(sigaltstack), SCMP_SYS(pipe2), SCMP_SYS(pipe), SCMP_SYS(readlink),
        SCMP_SYS(tgkill), SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(getrlimit), SCMP_SYS(prctl),
        SCMP_SYS(rt_sigaction), SCMP_SYS(stat), SCMP_SYS(access), SCMP_SYS(uname)}) {
    allow(call);
  }
#endif
  return wrong;
}

}  // namespace

base::Result<std::vector<std::uint8_t>> build_filter(GuestsIn guests_in) {
  const Filter filter(::seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (!filter) {
    return base::fail(base::ErrorCode::kExhausted, "no memory for a filter of system calls");
  }
  int wrong = add_rules(filter.get(), guests_in);
  if (wrong == 0) {
    // The longest lists are searched by halves.
    wrong = ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  }
  SF_TRY(program, os::create_memfd("filter", base::bytes(0)));
  if (wrong == 0) {
    wrong = ::seccomp_export_bpf(filter.get(), program.get());
  }
  if (wrong != 0) {
    return os::fail_errno("build a filter of system calls", -wrong);
  }
  if (::lseek(program.get(), 0, SEEK_SET) != 0) {
    return os::fail_errno("read a filter of system calls", errno);
  }
  return os::read_whole(program.get(), base::kib(64));
}

}  // namespace superfluid::vmm
