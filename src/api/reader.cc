// SPDX-License-Identifier: Apache-2.0
#include "api/reader.h"

#include <algorithm>

#include "base/text.h"

namespace superfluid::api {

using base::cat;

Reader::Reader(const boost::json::value& value, std::string_view path, Problem& problem)
    : object_(value.if_object()), path_(path), problem_(problem) {
  if (object_ == nullptr) {
    refuse("", "an object is expected");
  }
}

std::string Reader::path_of(std::string_view key) const {
  return path_.empty() || key.empty() ? cat(path_, key) : cat(path_, ".", key);
}

void Reader::refuse(std::string_view key, std::string_view why) {
  if (!problem_) {
    const std::string path = path_of(key);
    problem_.emplace(base::ErrorCode::kInvalid,
                     path.empty() ? std::string(why) : cat(base::escape(path), ": ", why));
  }
}

const boost::json::value* Reader::member(std::string_view key) {
  known_.push_back(key);
  return object_ != nullptr ? object_->if_contains(key) : nullptr;
}

const boost::json::array* Reader::list(std::string_view key, std::size_t size_max) {
  const boost::json::value* value = member(key);
  if (value == nullptr) {
    return nullptr;
  }
  const boost::json::array* array = value->if_array();
  if (array == nullptr) {
    refuse(key, "a list is expected");
  } else if (array->size() > size_max) {
    refuse(key, cat("at most ", size_max));
    return nullptr;
  }
  return array;
}

void Reader::need(std::string_view key) {
  if (object_ != nullptr && !object_->contains(key)) {
    refuse(key, "is missing");
  }
}

void Reader::text(std::string_view key, std::string& to, std::size_t size_max) {
  const boost::json::value* value = member(key);
  if (value == nullptr) {
    return;
  }
  const boost::json::string* text = value->if_string();
  if (text == nullptr) {
    refuse(key, "a text is expected");
  } else if (text->size() > size_max) {
    refuse(key, cat("at most ", size_max, " bytes"));
  } else {
    to.assign(text->data(), text->size());
  }
}

void Reader::flag(std::string_view key, bool& to) {
  const boost::json::value* value = member(key);
  if (value == nullptr) {
    return;
  }
  if (const bool* flag = value->if_bool()) {
    to = *flag;
  } else {
    refuse(key, "true or false is expected");
  }
}

void Reader::number(std::string_view key, std::uint64_t& to, std::uint64_t min, std::uint64_t max) {
  const boost::json::value* value = member(key);
  if (value == nullptr) {
    return;
  }
  std::uint64_t number = 0;
  if (const std::uint64_t* unsigned_number = value->if_uint64()) {
    number = *unsigned_number;
  } else if (const std::int64_t* signed_number = value->if_int64();
             signed_number != nullptr && *signed_number >= 0) {
    number = static_cast<std::uint64_t>(*signed_number);
  } else {
    refuse(key, "a whole number is expected");
    return;
  }
  if (number < min || number > max) {
    refuse(key, cat("from ", min, " to ", max));
  } else {
    to = number;
  }
}

void Reader::done() {
  if (object_ == nullptr || problem_) {
    return;
  }
  for (const auto& [key, value] : *object_) {
    const std::string_view name(key.data(), key.size());
    if (std::ranges::find(known_, name) != known_.end()) {
      continue;
    }
    refuse(name.substr(0, 64), "nothing of this name is known here");
    if (const auto near = base::nearest_word(
            name, std::span<const std::string_view>(known_.begin(), known_.size()))) {
      problem_ = std::move(*problem_).try_this(cat("did you mean '", *near, "'?"));
    }
    return;
  }
}

}  // namespace superfluid::api
