// SPDX-License-Identifier: Apache-2.0
// How the vm commands find the node.

#pragma once

#include <string>

#include "api/client.h"
#include "base/result.h"
#include "superfluid/cli/command.h"

namespace superfluid::vm {

// The option --socket, or where a node of this user listens.
base::Result<std::string> socket_of(const cli::Invocation& invocation);
base::Result<api::Client> connect(const cli::Invocation& invocation);

}  // namespace superfluid::vm
