// SPDX-License-Identifier: Apache-2.0
#include "superfluid/vm/connect.h"

#include "api/protocol.h"

namespace superfluid::vm {

base::Result<std::string> socket_of(const cli::Invocation& invocation) {
  if (const auto given = invocation.text("socket")) {
    return std::string(*given);
  }
  return api::default_socket_path();
}

base::Result<api::Client> connect(const cli::Invocation& invocation) {
  SF_TRY(path, socket_of(invocation));
  return api::Client::connect(path, {});
}

}  // namespace superfluid::vm
