// SPDX-License-Identifier: Apache-2.0
// The command line of Click's driver: letters that may be joined (-qh list), values that may be
// joined to their letter (-elist), long names with a value behind '=' or as the next word,
// NAME=VALUE for a parameter and one more word for the configuration's file.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/units.h"
#include "hostgraph/driver.h"

namespace superfluid::click {

struct Options {
  std::optional<std::string> configuration;  // a file, or the text itself
  bool is_expression = false;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::string> handlers;
  // The arguments of one ControlSocket each.
  std::vector<std::string> control_ports;
  std::vector<std::string> control_paths;
  std::vector<std::string> control_descriptors;
  std::optional<std::string> exit_handler;
  std::optional<std::string> output_file;
  std::optional<std::string> search_path;
  hostgraph::DriverOptions driver;
  bool allow_reconfigure = false;
  bool flatten = false;  // only writes the flat configuration, whatever classes it names
  bool quit = false;
  bool report_time = false;
  bool warnings = true;
  bool help = false;
  bool version = false;
};

// The Error's message is what to print before the short usage.
base::Result<Options> parse_options(std::span<const std::string> words);

}  // namespace superfluid::click
