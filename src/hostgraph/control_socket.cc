// SPDX-License-Identifier: Apache-2.0
#include "hostgraph/control_socket.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "graph/arguments.h"
#include "graph/handler.h"
#include "graph/router.h"
#include "graph/words.h"
#include "hostgraph/driver.h"

namespace superfluid::hostgraph {

using base::cat;

const graph::ElementClass ControlSocket::kClass{"ControlSocket", "0/0", "a/a",
                                                graph::make_element<ControlSocket>};

namespace {

constexpr base::Duration kRetryDelay = base::seconds(1);

}  // namespace

struct ControlSocket::Client {
  Client(os::StreamSocket connected, std::uint64_t as) : socket(std::move(connected)), number(as) {}

  os::StreamSocket socket;
  ControlSession session;
  std::uint64_t number;
  os::Interest interest{.readable = true, .writable = false};
  os::Subscription watch;
  bool deaf = false;
  bool gone = false;
};

ControlSocket::~ControlSocket() {
  for (const std::unique_ptr<Client>& client : clients_) {
    flush(*client);
    client->socket.shut_down();
  }
}

void ControlSocket::configure(graph::Arguments& arguments) {
  const std::vector<std::string> given = graph::split_arguments(router().config(*this));
  const std::string type = given.empty() ? std::string() : graph::unquote(given[0]);
  type_ = base::equal_ignoring_case(type, "TCP")      ? Type::kTcp
          : base::equal_ignoring_case(type, "UNIX")   ? Type::kUnix
          : base::equal_ignoring_case(type, "SOCKET") ? Type::kSocket
                                                      : Type::kNone;
  if (type_ == Type::kNone && !given.empty()) {
    arguments.complain(cat("unknown socket type '", base::escape(type), "'"));
    return;
  }
  std::string ignored;
  std::string place;
  std::string proxy;
  arguments.required("TYPE", ignored)
      .required(type_ == Type::kUnix     ? "FILENAME"
                : type_ == Type::kSocket ? "FD"
                                         : "PORT",
                place)
      .keyword("READONLY", rules_.read_only)
      .keyword("PROXY", proxy)
      .keyword("VERBOSE", verbose_)
      .keyword("RETRIES", retries_)
      .keyword("RETRY_WARNINGS", retry_warnings_)
      .keyword("LOCALHOST", local_)
      .complete();
  if (!proxy.empty()) {
    rules_.proxy = router().find(proxy, this);
    if (rules_.proxy == nullptr) {
      arguments.complain(cat("PROXY: '", base::escape(proxy), "' does not name an element"));
    }
  }
  if (arguments.complaints().empty()) {
    read_place(place, arguments);
  }
}

void ControlSocket::read_place(const std::string& place, graph::Arguments& arguments) {
  std::string_view port = place;
  switch (type_) {
    case Type::kTcp:
      wanted_port_.or_next = port.ends_with('+');
      port.remove_suffix(wanted_port_.or_next ? 1 : 0);
      if (!graph::parse_argument(port, wanted_port_.number).empty() || wanted_port_.number == 0) {
        arguments.complain("PORT requires TCP port");
      }
      return;
    case Type::kUnix:
      path_ = place;
      if (path_.size() > os::kSocketPathMax) {
        arguments.complain("filename too long");
      }
      return;
    default:
      if (!graph::parse_argument(place, fd_).empty()) {
        arguments.complain("FD requires a descriptor");
      }
      return;
  }
}

base::Status ControlSocket::initialize() {
  task_.attach(schedule());
  timer_.attach(schedule());
  base::Status opened = predecessor() != nullptr ? base::Status() : open();
  if (!opened && retries_ > 0) {
    try_later(opened.error());
    return {};
  }
  return opened;
}

ControlSocket* ControlSocket::predecessor() const {
  auto* before = static_cast<ControlSocket*>(router().replaced(*this));
  const bool same_place = before != nullptr && before->type_ == type_ &&
                          before->wanted_port_ == wanted_port_ && before->path_ == path_ &&
                          before->fd_ == fd_;
  return same_place ? before : nullptr;
}

void ControlSocket::try_later(const base::Error& reason) {
  if (retry_warnings_) {
    say(cat("warning: ", reason.to_string(), " (", retries_,
            retries_ == 1 ? " try left)" : " tries left)"));
  }
  --retries_;
  timer_.set_after(kRetryDelay);
}

void ControlSocket::run_timer(graph::Timer&) {
  if (listens()) {
    listen_again();
  } else if (const base::Status opened = open(); !opened && retries_ > 0) {
    try_later(opened.error());
  } else if (!opened) {
    say(opened.error().to_string());
    router().stop();
  }
}

base::Status ControlSocket::open() {
  if (type_ == Type::kSocket) {
    SF_TRY(socket, os::StreamSocket::duplicate_of(fd_));
    add_client(std::move(socket), "");
    return {};
  }
  if (type_ == Type::kTcp) {
    SF_TRY(listener, open_port());
    port_ = listener.port();
    listener_ = std::move(listener);
  } else {
    SF_TRY(listener, os::UnixListener::listen(path_, {}));
    listener_ = std::move(listener);
  }
  listen_again();
  return {};
}

base::Result<os::TcpListener> ControlSocket::open_port() const {
  const auto from = local_ ? os::TcpListener::From::kThisHost : os::TcpListener::From::kAnywhere;
  const auto [first, or_next] = wanted_port_;
  auto opened = os::TcpListener::listen(first, from);
  for (int i = 1; or_next && !opened && i < kPortsTried && first + i <= 0xffff; ++i) {
    opened = os::TcpListener::listen(static_cast<std::uint16_t>(first + i), from);
  }
  return opened;
}

void ControlSocket::listen_again() {
  const int fd = type_ == Type::kTcp ? std::get<os::TcpListener>(listener_).fd()
                                     : std::get<os::UnixListener>(listener_).fd();
  auto listening =
      Driver::loop_of(*this).watch(fd, {.readable = true}, [this](os::Ready) { meet_clients(); });
  is_listening_ = listening.has_value();
  if (listening) {
    listening_ = std::move(*listening);
  } else {
    say(listening.error().to_string());
    timer_.set_after(kRetryDelay);
  }
}

base::Result<std::optional<os::TcpListener::Accepted>> ControlSocket::accept() {
  if (type_ == Type::kTcp) {
    return std::get<os::TcpListener>(listener_).accept();
  }
  SF_TRY(accepted, std::get<os::UnixListener>(listener_).accept());
  if (!accepted) {
    return std::nullopt;
  }
  return os::TcpListener::Accepted{os::StreamSocket(std::move(*accepted).take_fd()), ""};
}

void ControlSocket::meet_clients() {
  while (clients_.size() < kClientsMax) {
    auto accepted = accept();
    if (!accepted) {
      say(accepted.error().to_string());
      timer_.set_after(kRetryDelay);  // descriptors may be free by then
      break;
    }
    if (!*accepted) {
      return;
    }
    add_client(std::move((*accepted)->socket), (*accepted)->peer);
  }
  // Who waits is told at every turn: nobody is asked until there is room.
  listening_.reset();
  is_listening_ = false;
}

void ControlSocket::add_client(os::StreamSocket socket, std::string_view peer) {
  clients_.push_back(std::make_unique<Client>(std::move(socket), ++clients_met_));
  Client& client = *clients_.back();
  if (verbose_) {
    say(cat("opened connection ", client.number, peer.empty() ? "" : " from ", peer));
  }
  watch(client);
  task_.schedule();
}

void ControlSocket::watch(Client& client) {
  auto watch =
      Driver::loop_of(*this).watch(client.socket.fd(), client.interest,
                                   [this, &client](os::Ready ready) { hear(client, ready); });
  client.gone = !watch;
  if (watch) {
    client.watch = std::move(*watch);
  } else {
    say(watch.error().to_string());
  }
}

// Only takes what came: commands are for the next round, whose time is read then.
void ControlSocket::hear(Client& client, os::Ready ready) {
  if ((ready.readable || ready.hung_up) && client.session.wants_input()) {
    std::array<std::uint8_t, 16 << 10> room;
    const auto got = client.socket.receive(room);
    if (!got || (*got && **got == 0)) {
      client.session.end_input();
    } else if (*got) {
      client.session.receive(base::ByteView(room).first(**got));
    }
  }
  task_.schedule();
}

// Who does not listen any more is not spoken to, but what it said is done.
void ControlSocket::flush(Client& client) {
  while (!client.session.output().empty()) {
    const std::string_view output = client.session.output();
    const base::Result<std::size_t> sent =
        client.deaf ? output.size() : client.socket.send(base::bytes_of(output));
    client.deaf |= !sent;
    if (sent && *sent == 0) {
      return;
    }
    client.session.sent(sent.value_or(output.size()));
  }
}

// Waits for what the client lacks, and for nothing else.
void ControlSocket::settle(Client& client) {
  const os::Interest now{.readable = client.session.wants_input(),
                         .writable = !client.session.output().empty()};
  const bool changed =
      now.readable != client.interest.readable || now.writable != client.interest.writable;
  if (changed && !client.gone) {
    client.interest = now;
    client.gone |= !Driver::loop_of(*this).change(client.watch, now);
  }
}

// One command of each client. Those that follow on a hotconfig are for the graph that it brings.
bool ControlSocket::run_task(graph::Task&) {
  bool stepped = false;
  for (const std::unique_ptr<Client>& client : clients_) {
    if (Driver::of(router()).is_replacing()) {
      break;
    }
    flush(*client);  // what waits could keep the next command from being taken
    stepped |= client->session.step(router(), rules_);
    flush(*client);
    settle(*client);
  }
  const auto done = [this](const std::unique_ptr<Client>& client) {
    const bool over = client->session.over() && client->session.output().empty();
    if (!client->gone && !over) {
      return false;
    }
    client->socket.shut_down();
    if (verbose_) {
      say(cat("closed connection ", client->number));
    }
    return true;
  };
  if (std::erase_if(clients_, done) != 0 && listens() && !is_listening_ && !timer_.when()) {
    listen_again();
  }
  if (!stepped) {
    task_.unschedule();
  }
  return stepped;
}

void ControlSocket::say(std::string_view text) const {
  router().errors().write(cat(name(), " :: ControlSocket: ", text, "\n"));
}

void ControlSocket::take_state(graph::Element&) {
  ControlSocket* const before = predecessor();
  if (before == nullptr) {
    return;
  }
  port_ = before->port_;
  before->listening_.reset();
  listener_ = std::exchange(before->listener_, std::monostate());
  clients_ = std::exchange(before->clients_, {});
  clients_met_ = before->clients_met_;
  for (const std::unique_ptr<Client>& client : clients_) {
    client->watch.reset();
    watch(*client);
  }
  if (listens()) {
    listen_again();
  } else if (type_ != Type::kSocket) {
    run_timer(timer_);  // the one before still tries, too
  }
  task_.schedule();
}

void ControlSocket::add_handlers(graph::HandlerTable& handlers) {
  if (type_ == Type::kTcp) {
    handlers.value("port", [this] { return port_; });
  } else if (type_ == Type::kUnix) {
    handlers.value("filename", [this] { return std::string_view(path_); });
  }
}

}  // namespace superfluid::hostgraph
