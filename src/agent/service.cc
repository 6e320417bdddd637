// SPDX-License-Identifier: Apache-2.0
#include "agent/service.h"

#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "abi/mailbox.h"
#include "api/codec.h"
#include "api/reader.h"
#include "base/text.h"
#include "os/mapping.h"
#include "os/memfd.h"

namespace superfluid::agent {

using base::cat;
using base::ErrorCode;
namespace json = boost::json;

namespace {

constexpr base::Duration kFollowEvery = base::milliseconds(100);
constexpr std::size_t kFollowersMax = 256;
// A follower hears something every so many looks, if only nothing: so it is noticed when it went.
constexpr unsigned kHeartbeat = 20;
constexpr std::string_view kRestore = "vm.restore";
// Of graphs' text and what is said beside it, in one answer to vm.list: with the longest graph that
// there can be on top, each byte of it as six, a line still has room.
constexpr std::size_t kListBytes = 64 << 10;
constexpr std::size_t kBytesOfFunction = 2048;
static_assert(6 * (kListBytes + api::kGraphBytesMax) < api::kLineBytesMax);

Node::Done function_to(Service::Respond respond) {
  return [respond = std::move(respond)](const Node::Outcome& outcome) {
    if (outcome) {
      respond(json::object{{"function", api::encode(**outcome)}}, false);
    } else {
      respond(base::pass(outcome.error()), false);
    }
  };
}

// The parameters of methods about one function.
struct Which {
  std::string function;
  std::string handler;
  std::string text;
  std::uint64_t from = 0;
  bool follow = false;
};

// Parameters as `take` takes them; others are refused.
template <typename Take>
base::Status read_params(const json::object& params, const Take& take) {
  api::Reader::Problem problem;
  const json::value value(params);
  api::Reader reader(value, "params", problem);
  take(reader);
  reader.done();
  return problem ? base::Status(base::pass(std::move(*problem))) : base::Status();
}

base::Result<Which> which_of(const json::object& params, std::string_view text_key = "") {
  Which which;
  SF_CHECKED(read_params(params, [&](api::Reader& reader) {
    reader.need("function");
    reader.text("function", which.function, api::kNameMax);
    if (!text_key.empty()) {
      reader.need("handler");
      reader.text("handler", which.handler, abi::kHandlerNameMax);
      reader.text(text_key, which.text, abi::kHandlerTextMax);
    }
  }));
  return which;
}

base::Result<Which> log_params(const json::object& params) {
  Which which;
  SF_CHECKED(read_params(params, [&](api::Reader& reader) {
    reader.need("function");
    reader.text("function", which.function, api::kNameMax);
    reader.number("from", which.from, 0, ~0ull);
    reader.flag("follow", which.follow);
  }));
  return which;
}

// Of methods that take a name, or none.
base::Result<std::string> name_param(const json::object& params, std::string_view key) {
  std::string name;
  SF_CHECKED(
      read_params(params, [&](api::Reader& reader) { reader.text(key, name, api::kNameMax); }));
  return name;
}

// Sealed, so that it is in memory, and stays what was checked.
base::Result<vmm::Saved> saved_of(const os::UniqueFd& file) {
  if (!file || !os::has_seals(file.get(), os::Seals::kContent)) {
    return base::fail(ErrorCode::kInvalid, "a saved function comes as a sealed memfd");
  }
  SF_TRY(size, os::size_of(file.get()));
  if (size.count() == 0) {
    return base::fail(ErrorCode::kCorrupt, "snapshot: it is empty");
  }
  SF_TRY(bytes, os::Mapping::of_fd(file.get(), 0, size.count(), {}));
  return vmm::decode_snapshot(bytes.bytes());
}

base::Result<api::Function> function_of_note(std::string_view note) {
  json::error_code problem;
  const json::value value = json::parse(note, problem);
  if (problem) {
    return base::fail(ErrorCode::kCorrupt, "snapshot: its note is no function");
  }
  return api::decode_function(value, "note");
}

json::object object_of(const Machine::Log& log) {
  return {{"text", log.text}, {"begins_at", log.begins_at}, {"ends_at", log.ends_at}};
}

}  // namespace

struct Service::Method {
  std::string_view name;
  void (Service::*serve)(const Params& params, base::Instant arrived, Respond respond);
};

const Service::Method Service::kMethods[] = {
    {"vm.run", &Service::run},          {"vm.list", &Service::list},
    {"vm.get", &Service::get},          {"vm.start", &Service::start},
    {"vm.stop", &Service::stop},        {"vm.kill", &Service::kill},
    {"vm.rm", &Service::remove},        {"vm.pause", &Service::pause},
    {"vm.unpause", &Service::unpause},  {"vm.read", &Service::read},
    {"vm.write", &Service::write},      {"vm.log", &Service::log},
    {"vm.save", &Service::save},        {"node.info", &Service::info},
    {"node.stop", &Service::stop_node}, {"node.metrics", &Service::metrics}};

Service::Service(os::EventLoop& loop, Node& node, Options options)
    : loop_(loop), node_(node), options_(std::move(options)) {}

bool Service::takes_file(std::string_view method) { return method == kRestore; }

void Service::serve(api::Request request, os::UniqueFd file, base::Instant arrived,
                    Respond respond) {
  if (takes_file(request.method)) {
    restore(request.params, std::move(file), arrived, std::move(respond));
    return;
  }
  const auto method = std::ranges::find(kMethods, request.method, &Method::name);
  if (method == std::end(kMethods)) {
    std::vector<std::string_view> names;
    names.push_back(kRestore);
    for (const Method& each : kMethods) {
      names.push_back(each.name);
    }
    const auto near = base::nearest_word(request.method, names);
    respond(base::fail(ErrorCode::kUnsupported,
                       cat("there is no method '", base::escape(request.method), "'"))
                .try_this(near ? cat("did you mean '", *near, "'?")
                               : "docs/node-protocol.md lists the methods"),
            false);
    return;
  }
  (this->*method->serve)(request.params, arrived, std::move(respond));
}

void Service::info(const Params&, base::Instant, Respond respond) {
  respond(json::object{{"version", options_.version},
                       {"pid", ::getpid()},
                       {"functions", node_.functions()},
                       {"images", node_.images()},
                       {"shells_idle", node_.idle()},
                       {"microvm", node_.why_no(api::Isolation::kMicrovm)},
                       {"process", node_.why_no(api::Isolation::kProcess)}},
          false);
}

void Service::stop_node(const Params&, base::Instant, Respond respond) {
  respond(json::object(), false);
  options_.stop();
}

void Service::metrics(const Params&, base::Instant, Respond respond) {
  respond(json::object{{"text", node_.metrics()}}, false);
}

void Service::run(const Params& params, base::Instant arrived, Respond respond) {
  const json::value* value = params.if_contains("spec");
  if (value == nullptr || params.size() != 1) {
    respond(base::fail(ErrorCode::kInvalid, "params: a spec and nothing else is expected"), false);
    return;
  }
  auto spec = api::decode_spec(*value, "params.spec");
  if (!spec) {
    respond(base::pass(std::move(spec).error()), false);
    return;
  }
  node_.run(std::move(*spec), arrived, [this, respond](const Node::Outcome& outcome) {
    if (outcome) {
      // The stamp goes into the answer that it is about; what follows it is one send().
      node_.replied((*outcome)->id);
    }
    function_to(respond)(outcome);
  });
}

#define SF_WHICH(name, ...)                              \
  auto name = (__VA_ARGS__);                             \
  if (!name) {                                           \
    respond(base::pass(std::move(name).error()), false); \
    return;                                              \
  }                                                      \
  static_assert(true)

// As many as one line holds; who wants the others says behind which.
void Service::list(const Params& params, base::Instant, Respond respond) {
  SF_WHICH(after, name_param(params, "after"));
  json::array functions;
  json::object answer;
  std::size_t bytes = 0;
  const std::string* last = nullptr;
  for (const api::Function* function : node_.list(*after)) {
    if (bytes >= kListBytes) {
      answer["next"] = *last;
      break;
    }
    bytes += function->spec.graph.size() + kBytesOfFunction;
    last = &function->spec.name;
    functions.push_back(api::encode(*function));
  }
  answer["functions"] = std::move(functions);
  respond(std::move(answer), false);
}

void Service::get(const Params& params, base::Instant, Respond respond) {
  SF_WHICH(which, which_of(params));
  node_.look(which->function, function_to(std::move(respond)));
}

void Service::start(const Params& params, base::Instant arrived, Respond respond) {
  SF_WHICH(which, which_of(params));
  node_.start(which->function, arrived, function_to(std::move(respond)));
}

void Service::stop(const Params& params, base::Instant, Respond respond) {
  SF_WHICH(which, which_of(params));
  node_.stop(which->function, function_to(std::move(respond)));
}

void Service::kill(const Params& params, base::Instant, Respond respond) {
  SF_WHICH(which, which_of(params));
  node_.kill(which->function, function_to(std::move(respond)));
}

void Service::remove(const Params& params, base::Instant, Respond respond) {
  SF_WHICH(which, which_of(params));
  node_.remove(which->function, function_to(std::move(respond)));
}

void Service::pause(const Params& params, base::Instant, Respond respond) {
  SF_WHICH(which, which_of(params));
  node_.pause(which->function, true, function_to(std::move(respond)));
}

void Service::unpause(const Params& params, base::Instant, Respond respond) {
  SF_WHICH(which, which_of(params));
  node_.pause(which->function, false, function_to(std::move(respond)));
}

void Service::read(const Params& params, base::Instant, Respond respond) {
  SF_WHICH(which, which_of(params, "argument"));
  node_.read(which->function, which->handler, which->text,
             [respond = std::move(respond)](base::Result<std::string> value) {
               if (value) {
                 respond(json::object{{"value", *value}}, false);
               } else {
                 respond(base::pass(std::move(value).error()), false);
               }
             });
}

void Service::write(const Params& params, base::Instant, Respond respond) {
  SF_WHICH(which, which_of(params, "value"));
  node_.write(which->function, which->handler, which->text,
              [respond = std::move(respond)](base::Result<std::string> value) {
                if (value) {
                  respond(json::object(), false);
                } else {
                  respond(base::pass(std::move(value).error()), false);
                }
              });
}

void Service::save(const Params& params, base::Instant, Respond respond) {
  SF_WHICH(which, which_of(params));
  node_.save(which->function, [respond = std::move(respond)](base::Result<os::UniqueFd> file) {
    if (file) {
      respond(json::object(), false, std::move(*file));
    } else {
      respond(base::pass(std::move(file).error()), false);
    }
  });
}

void Service::restore(const Params& params, os::UniqueFd file, base::Instant arrived,
                      Respond respond) {
  SF_WHICH(name, name_param(params, "name"));
  const auto read = [&]() -> base::Result<std::pair<vmm::Saved, api::Function>> {
    if (!name->empty()) {
      SF_CHECKED(api::check_name(*name));
    }
    SF_TRY(saved, saved_of(file));
    SF_TRY(function, function_of_note(saved.note));
    return std::pair(std::move(saved), std::move(function));
  };
  SF_WHICH(saved, read());
  node_.restore(std::move(saved->first), saved->second, *name, arrived,
                function_to(std::move(respond)));
}

void Service::log(const Params& params, base::Instant, Respond respond) {
  SF_WHICH(which, log_params(params));
  SF_WHICH(log, node_.log(which->function, which->from));
  const bool follow = which->follow && followers_.size() < kFollowersMax;
  const std::uint64_t end = log->ends_at;
  if (!respond(object_of(*log), follow) || !follow) {
    return;
  }
  followers_.push_back({std::move(which->function), end, std::move(respond), 0});
  if (followers_.size() == 1) {
    tick_ = loop_.every(kFollowEvery, [this] { serve_followers(); });
  }
}

void Service::serve_followers() {
  std::erase_if(followers_, [this](Follower& follower) {
    auto log = node_.log(follower.id, follower.from);
    if (!log) {
      // Removed meanwhile: that is the end of its log, not a failure of reading it.
      follower.respond(object_of({{}, follower.from, follower.from}), false);
      return true;
    }
    // A new life's console counts from the beginning.
    const bool is_new = log->ends_at < follower.from;
    if (log->text.empty() && !is_new && ++follower.quiet < kHeartbeat) {
      return false;
    }
    follower.quiet = 0;
    follower.from = is_new ? 0 : log->ends_at;
    return !follower.respond(object_of(*log), true);
  });
  if (followers_.empty()) {
    tick_.reset();
  }
}

#undef SF_WHICH

}  // namespace superfluid::agent
