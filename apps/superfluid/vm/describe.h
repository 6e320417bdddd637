// SPDX-License-Identifier: Apache-2.0
// Functions as people read them: a sentence about a start, a table, a page with the timeline drawn.
//
// Threads: pure.

#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>

#include "api/model.h"
#include "superfluid/cli/terminal.h"

namespace superfluid::vm {

// "firewall runs in a microVM (KVM is there), live after 213us, cloned from image 0123…".
std::string sentence_of(const api::Function& function);
std::string table_of(std::span<const api::Function> functions, const cli::Terminal& terminal);
std::string page_of(const api::Function& function, const cli::Terminal& terminal);
// A line per step: when, and a bar from the step before to this one.
std::string timeline_of(const api::Timeline& timeline);

// As in the node's protocol, with texts made safe to show.
boost::json::object json_of(const api::Function& function);

}  // namespace superfluid::vm
