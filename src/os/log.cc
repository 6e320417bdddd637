// SPDX-License-Identifier: Apache-2.0
#include "os/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

#include "base/text.h"

namespace superfluid::os::log {
namespace {

spdlog::level::level_enum level_of(Level level) {
  switch (level) {
    case Level::kDebug: return spdlog::level::debug;
    case Level::kInfo: return spdlog::level::info;
    case Level::kWarning: return spdlog::level::warn;
    case Level::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink, Level level) {
  auto logger = std::make_shared<spdlog::logger>("superfluid", std::move(sink));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %l %v", spdlog::pattern_time_type::utc);
  logger->set_level(level_of(level));
  logger->flush_on(spdlog::level::trace);  // a crash must not take the line that explains it
  return logger;
}

std::shared_ptr<spdlog::logger>& logger() {
  static std::shared_ptr<spdlog::logger> current =
      make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>(), Level::kInfo);
  return current;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_./:@%+,").find(c) != std::string_view::npos;
}

void append_value(std::string& line, std::string_view value) {
  if (!value.empty() && std::all_of(value.begin(), value.end(), is_plain)) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : base::escape(value)) {
    if (c == '"') {
      line += '\\';
    }
    line += c;
  }
  line += '"';
}

}  // namespace

base::Status configure(const Options& options) {
  try {
    spdlog::sink_ptr sink;
    if (options.path.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.path);
    }
    logger() = make_logger(std::move(sink), options.level);
    return {};
  } catch (const spdlog::spdlog_ex&) {
    return base::fail(base::ErrorCode::kFailed,
                      base::cat("open the log ", base::escape(options.path)))
        .try_this("name a file in a directory that exists and may be written");
  }
}

void write(Level level, std::string_view event, Fields fields) {
  spdlog::logger& to = *logger();
  if (to.should_log(level_of(level))) {
    // As an argument: braces in the text are text.
    to.log(level_of(level), "{}", format(event, fields));
  }
}

std::string format(std::string_view event, Fields fields) {
  std::string line = base::escape(event);
  for (const Field& field : fields) {
    line += ' ';
    line += field.key();
    line += '=';
    append_value(line, field.value());
  }
  return line;
}

}  // namespace superfluid::os::log
