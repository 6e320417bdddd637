// SPDX-License-Identifier: Apache-2.0
// Lint: what a graph that is right may still not have been meant to be. Findings are warnings:
//   - an element that no packet can reach
//   - an element without connections
//   - a pull path on which nobody tells when there are packets, so that who pulls never rests

#pragma once

#include "graph/router.h"

namespace superfluid::graphs {

// `router` may be one that was not initialised.
void lint(const graph::Router& router, graph::Diagnostics& diagnostics);

}  // namespace superfluid::graphs
