// SPDX-License-Identifier: Apache-2.0
#include "superfluid/click/options.h"

#include <algorithm>

#include "base/text.h"
#include "graph/words.h"

namespace superfluid::click {

using base::cat;

namespace {

constexpr std::uint64_t kProcessorMax = 4095;

enum class Value : std::uint8_t { kNone, kNeeded, kMaybe };

struct Known {
  char letter;
  std::string_view name;
  Value value;
};

constexpr Known kKnown[] = {
    {'a', "affinity", Value::kMaybe},
    {'C', "clickpath", Value::kNeeded},
    {0, "cpu", Value::kMaybe},
    {'e', "expression", Value::kNeeded},
    {'f', "file", Value::kNeeded},
    {0, "flatten", Value::kNone},
    {'h', "handler", Value::kNeeded},
    {0, "help", Value::kNone},
    {'j', "threads", Value::kNeeded},
    {'w', "no-warnings", Value::kNone},
    {0, "no-affinity", Value::kNone},
    {0, "no-allow-reconfigure", Value::kNone},
    {0, "no-cpu", Value::kNone},
    {'o', "output", Value::kNeeded},
    {'p', "port", Value::kNeeded},
    {'R', "allow-reconfigure", Value::kNone},
    {'q', "quit", Value::kNone},
    {0, "simtime", Value::kMaybe},
    {0, "simulation-time", Value::kMaybe},
    {0, "socket", Value::kNeeded},
    {'t', "time", Value::kNone},
    {'u', "unix-socket", Value::kNeeded},
    {'v', "version", Value::kNone},
    {'V', "version", Value::kNone},
    {0, "warnings", Value::kNone},
    {'x', "exit-handler", Value::kNeeded},
};

class Reader {
 public:
  explicit Reader(std::span<const std::string> words) : words_(words) {}

  base::Result<Options> run() {
    while (next_ < words_.size()) {
      const std::string& word = words_[next_++];
      if (word == "--") {
        only_words_ = true;
      } else if (only_words_ || !word.starts_with('-') || word == "-") {
        SF_CHECKED(take_word(word));
      } else if (word.starts_with("--")) {
        SF_CHECKED(take_long(std::string_view(word).substr(2)));
      } else {
        SF_CHECKED(take_letters(std::string_view(word).substr(1)));
      }
    }
    return std::move(options_);
  }

 private:
  static base::Failure refuse(base::TextView message) {
    return base::fail(base::ErrorCode::kInvalid, message);
  }

  base::Status take_word(const std::string& word) {
    const std::size_t equals = word.find('=');
    const auto is_name = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    if (equals == word.npos || equals == 0 ||
        !std::ranges::all_of(word.substr(0, equals), is_name)) {
      return take_configuration(word, false);
    }
    const std::string name = word.substr(0, equals);
    const auto same_name = [&](const auto& parameter) { return parameter.first == name; };
    if (std::ranges::any_of(options_.parameters, same_name)) {
      return refuse(cat("parameter '", name, "' multiply defined"));
    }
    options_.parameters.emplace_back(name, word.substr(equals + 1));
    return {};
  }

  base::Status take_configuration(std::string value, bool is_expression) {
    if (options_.configuration) {
      return refuse("router configuration specified twice");
    }
    options_.configuration = std::move(value);
    options_.is_expression = is_expression;
    return {};
  }

  base::Status take_long(std::string_view word) {
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const Known* known = std::ranges::find(kKnown, name, &Known::name);
    if (known == std::end(kKnown)) {
      return refuse(cat("unrecognized option '--", base::escape(name), "'"));
    }
    std::optional<std::string> value;
    if (equals != word.npos) {
      value = word.substr(equals + 1);
    }
    if (known->value == Value::kNone && value) {
      return refuse(cat("'--", name, "' can't take an argument"));
    }
    return take(*known, std::move(value), cat("--", name));
  }

  base::Status take_letters(std::string_view letters) {
    while (!letters.empty()) {
      const Known* known = std::ranges::find(kKnown, letters[0], &Known::letter);
      if (known == std::end(kKnown)) {
        return refuse(cat("unrecognized option '-", base::escape(letters.substr(0, 1)), "'"));
      }
      const std::string shown = cat("-", letters[0]);
      letters.remove_prefix(1);
      std::optional<std::string> value;
      if (known->value != Value::kNone && !letters.empty()) {
        value = std::exchange(letters, {});
      }
      SF_CHECKED(take(*known, std::move(value), shown));
    }
    return {};
  }

  // 41900, or 41900+ for that one or one behind it.
  static bool is_port(std::string_view text) {
    text.remove_suffix(text.ends_with('+') ? 1 : 0);
    const auto number = base::parse_u64(text);
    return number && *number > 0 && *number <= 0xffff;
  }

  base::Status take(const Known& known, std::optional<std::string> value, std::string_view shown) {
    if (known.value == Value::kNeeded && !value) {
      if (next_ == words_.size()) {
        return refuse(cat("'", shown, "' requires an argument"));
      }
      value = words_[next_++];
    }
    if (known.name == "port" && !is_port(*value)) {
      return refuse(
          cat("'", shown, "' expects a TCP port number, not '", base::escape(*value), "'"));
    }
    return apply(known.name, std::move(value));
  }

  static base::Status set_once(std::optional<std::string>& option, std::string value,
                               std::string_view what) {
    if (option) {
      return refuse(cat(what, " specified twice"));
    }
    option = std::move(value);
    return {};
  }

  base::Status apply(std::string_view name, std::optional<std::string> value) {
    if (name == "expression" || name == "file") {
      return take_configuration(*value, name == "expression");
    }
    if (name == "output") {
      return set_once(options_.output_file, *value, "output file");
    }
    if (name == "exit-handler") {
      return set_once(options_.exit_handler, *value, "--exit-handler");
    }
    if (name == "simtime" || name == "simulation-time") {
      options_.driver.simulated_time = true;
      if (value) {
        SF_TRY(epoch, base::parse_duration(cat(*value, "s")));
        options_.driver.simulated_epoch = epoch;
      }
    } else if (name == "handler") {
      options_.handlers.push_back(*value);
    } else if (name == "port") {
      options_.control_ports.push_back(cat("TCP, ", *value));
    } else if (name == "unix-socket") {
      options_.control_paths.push_back(cat("UNIX, ", graph::quote(*value)));
    } else if (name == "socket") {
      options_.control_descriptors.push_back(cat("SOCKET, ", graph::quote(*value)));
    } else if (name == "clickpath") {
      options_.search_path = *value;
    } else if (name == "allow-reconfigure") {
      options_.allow_reconfigure = true;
    } else if (name == "flatten") {
      options_.flatten = true;
    } else if (name == "quit") {
      options_.quit = true;
    } else if (name == "affinity" || name == "cpu") {
      const auto number = base::parse_u64(value.value_or("0"));
      if (!number || *number > kProcessorMax) {
        return refuse(
            cat("'--", name, "' expects a processor's number, not '", base::escape(*value), "'"));
      }
      options_.driver.first_processor = *number;
    } else if (name == "no-affinity" || name == "no-cpu") {
      options_.driver.first_processor.reset();
    } else if (name == "threads") {
      const auto number = base::parse_u64(*value);
      if (!number || *number == 0 || *number > graph::kLanesMax) {
        return refuse(cat("'--threads' expects a number from 1 to ", graph::kLanesMax, ", not '",
                          base::escape(*value), "'"));
      }
      options_.driver.threads = *number;
    } else if (name == "time") {
      options_.report_time = true;
    } else if (name == "warnings" || name == "no-warnings") {
      options_.warnings = name == "warnings";
    } else if (name == "help") {
      options_.help = true;
    } else if (name == "version") {
      options_.version = true;
    }
    return {};  // the others are accepted, no more
  }

  std::span<const std::string> words_;
  std::size_t next_ = 0;
  bool only_words_ = false;
  Options options_;
};

}  // namespace

base::Result<Options> parse_options(std::span<const std::string> words) {
  return Reader(words).run();
}

}  // namespace superfluid::click
