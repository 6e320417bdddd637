// SPDX-License-Identifier: Apache-2.0
// The model as JSON, both ways. Decoding is strict, see api/reader.h; a decoded spec has also
// passed check(). What a Function holds of foreign text is escaped by JSON itself.
//
// Threads: pure functions.

#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string_view>

#include "api/model.h"
#include "base/result.h"

namespace superfluid::api {

boost::json::object encode(const FunctionSpec& spec);
boost::json::object encode(const Function& function);
boost::json::object encode(const base::Error& error);

base::Result<FunctionSpec> decode_spec(const boost::json::value& value, std::string_view path);
base::Result<Function> decode_function(const boost::json::value& value, std::string_view path);
// What is damaged decodes to an error that says so.
base::Error decode_error(const boost::json::value& value);

}  // namespace superfluid::api
