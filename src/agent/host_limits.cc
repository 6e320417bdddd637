// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "agent/limits.h"
#include "agent/wiring.h"
#include "base/text.h"
#include "os/cpu_group.h"
#include "os/thread.h"

namespace superfluid::agent {
namespace {

using base::cat;

bool wants_share(const api::CpuSpec& cpu) {
  const api::CpuSpec none;
  return cpu.quota_percent != none.quota_percent || cpu.shares != none.shares;
}

class HostLimits final : public Limits {
 public:
  explicit HostLimits(std::string_view node) : owner_(cat("superfluid-", mark_of(node))) {}

  base::Status apply(const std::string& id, pid_t process, const api::CpuSpec& cpu) override {
    base::Status applied = set(id, process, cpu);
    if (!applied) {
      const std::string remedy(applied.error().best_remedy());
      return base::fail(applied.error().code(), "the function's processor cannot be limited")
          .caused_by(std::move(applied).error())
          .try_this(remedy.empty() ? "run the node as root, or the function without --cpus, "
                                     "--cpu-shares and --pin"
                                   : remedy);
    }
    return applied;
  }

  void lift(const std::string& id, pid_t process, const api::CpuSpec& cpu) override {
    if (groups_ && wants_share(cpu)) {
      groups_->take_out(id, process);
    }
    if (cpu.pin && process > 0) {
      static_cast<void>(os::pin(process, std::nullopt));
    }
  }

  void sweep(const std::set<std::string>& ids) override {
    os::CpuGroups::sweep(owner_, ids);
    if (ids.empty()) {
      groups_.reset();  // its directory is gone
    }
  }

 private:
  base::Status open() {
    SF_TRY(groups, os::CpuGroups::open(owner_));
    groups_ = std::move(groups);
    return {};
  }

  base::Status set(const std::string& id, pid_t process, const api::CpuSpec& cpu) {
    if (cpu.pin) {
      SF_CHECKED(os::pin(process, cpu.pin));
    }
    if (!wants_share(cpu)) {
      return {};
    }
    if (!groups_) {
      SF_CHECKED(open());
    }
    return groups_->put(id, process, {.quota_percent = cpu.quota_percent, .weight = cpu.shares});
  }

  const std::string owner_;
  std::optional<os::CpuGroups> groups_;  // opened for the first wish
};

}  // namespace

std::unique_ptr<Limits> host_limits(std::string_view node) {
  return std::make_unique<HostLimits>(node);
}

}  // namespace superfluid::agent
