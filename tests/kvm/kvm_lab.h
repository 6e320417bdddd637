// SPDX-License-Identifier: Apache-2.0
// A nursery whose machines are KVM's, open from the beginning; and one with a machine that is warm.

#pragma once

#include <memory>

#include "kvm/nursery_lab.h"
#include "support/require.h"

namespace superfluid::testing {

class KvmLab : public NurseryLab {
 protected:
  void SetUp() override {
    SF_REQUIRE(kvm);
    NurseryLab::SetUp();
    reopen();
  }

  void reopen() {
    const base::Status opened = open();
    ASSERT_TRUE(opened) << opened.error().to_string();
  }
};

class KvmMachineLab : public KvmLab {
 protected:
  void SetUp() override {
    KvmLab::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    machine_ = warm_machine();
    ASSERT_NE(machine_, nullptr);
  }
  void TearDown() override {
    machine_.reset();
    KvmLab::TearDown();
  }

  std::shared_ptr<vmm::Machine> machine_;
};

}  // namespace superfluid::testing
