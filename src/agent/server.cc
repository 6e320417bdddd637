// SPDX-License-Identifier: Apache-2.0
#include "agent/server.h"

#include <array>
#include <deque>
#include <span>

#include "api/client.h"
#include "base/text.h"
#include "os/log.h"

namespace superfluid::agent {

using base::ErrorCode;

namespace {

constexpr base::Duration kAcceptPause = base::milliseconds(100);
constexpr base::Duration kDyingMax = base::seconds(3);

}  // namespace

// `watch` is dropped before `socket`: its descriptor is then still open.
struct Server::Connection {
  explicit Connection(os::UnixSocket accepted) : socket(std::move(accepted)) {}

  os::UnixSocket socket;
  os::Subscription watch;
  api::LineSplitter lines;
  std::string pending;
  std::size_t sent = 0;
  struct OutgoingFile {
    std::size_t at;  // of `pending`: it goes with that byte
    os::UniqueFd fd;
  };
  std::deque<OutgoingFile> files_out;
  std::deque<os::UniqueFd> files_in;
  std::size_t in_flight = 0;
  bool open = true;
  bool reads = true;
  bool writes = false;
};

bool Server::lives_at(const std::string& path) {
  auto there = api::Client::connect(path, {.wait_max = kDyingMax});
  if (!there) {
    return false;
  }
  const auto answer = there->info();
  return answer || answer.error().code() != ErrorCode::kUnreachable;
}

base::Result<os::UnixListener> Server::listen(const std::string& path, mode_t mode) {
  auto listener = os::UnixListener::listen(path, {.mode = mode});
  if (!listener && listener.error().code() == ErrorCode::kConflict && !lives_at(path)) {
    listener = os::UnixListener::listen(path, {.mode = mode});
  }
  if (!listener) {
    const bool taken = listener.error().code() == ErrorCode::kConflict;
    return base::fail(listener.error().code(),
                      base::cat(taken ? "a node listens already at " : "cannot listen at ",
                                base::escape(path)))
        .caused_by(std::move(listener).error())
        .try_this(taken ? "superfluid down, or another --socket" : "another --socket");
  }
  return listener;
}

base::Result<std::unique_ptr<Server>> Server::serve(os::EventLoop& loop, const base::Clock& clock,
                                                    Service& service, os::UnixListener listener) {
  std::unique_ptr<Server> server(
      // rules: allow new-delete: the constructor is private; owned at once
      new Server(loop, clock, service, std::move(listener)));
  SF_CHECKED(server->watch_listener());
  return server;
}

base::Status Server::watch_listener() {
  SF_TRY(watch, loop_.watch(listener_.fd(), {.readable = true}, [this](os::Ready) { accept(); }));
  watch_ = std::move(watch);
  return {};
}

Server::Server(os::EventLoop& loop, const base::Clock& clock, Service& service,
               os::UnixListener listener)
    : loop_(loop), clock_(clock), service_(service), listener_(std::move(listener)) {}

Server::~Server() {
  *alive_ = false;
  for (const auto& [fd, connection] : connections_) {
    connection->open = false;
    connection->watch.reset();
  }
}

void Server::accept() {
  auto accepted = listener_.accept(os::Waiting::kNever);
  if (!accepted) {
    // Descriptors ran out: who waits would be told of in every turn until some are free again.
    os::log::warning("cannot accept", {{"why", accepted.error()}});
    watch_.reset();
    watch_ = loop_.after(kAcceptPause, [this] { static_cast<void>(watch_listener()); });
    return;
  }
  if (!*accepted) {
    return;
  }
  if (connections_.size() >= kConnectionsMax) {
    os::log::warning("too many connections", {{"max", kConnectionsMax}});
    return;
  }
  const auto connection = std::make_shared<Connection>(std::move(**accepted));
  auto watch = loop_.watch(connection->socket.fd(), {.readable = true},
                           [this, weak = std::weak_ptr(connection)](os::Ready is_ready) {
                             if (const auto held = weak.lock()) {
                               ready(held, is_ready);
                             }
                           });
  if (watch) {
    connection->watch = std::move(*watch);
    connections_.emplace(connection->socket.fd(), connection);
  }
}

void Server::ready(const ConnectionPtr& connection, os::Ready is_ready) {
  const std::shared_ptr<bool> alive = alive_;
  bool goes_on = true;
  if (is_ready.writable) {
    goes_on = flush(*connection);
  }
  if (goes_on && (is_ready.readable || is_ready.hung_up)) {
    goes_on = receive(connection);
  }
  if (!*alive) {
    return;
  }
  if (goes_on && connection->open) {
    update_interest(*connection);
  } else {
    drop(connection);
  }
}

bool Server::receive(const ConnectionPtr& connection) {
  std::array<std::uint8_t, 65536> room;
  auto received = connection->socket.receive(room);
  if (!received || (*received && (*received)->size == 0)) {
    return false;
  }
  if (!*received) {
    return true;
  }
  for (os::UniqueFd& fd : (*received)->fds) {
    connection->files_in.push_back(std::move(fd));
  }
  if (connection->files_in.size() > kFilesMax) {
    return false;
  }
  if (base::Status added =
          connection->lines.add(base::text_of(base::ByteView(room).first((*received)->size)));
      !added) {
    answer(connection, {.result = base::pass(std::move(added).error())});
    return false;
  }
  return serve_lines(connection);
}

bool Server::serve_lines(const ConnectionPtr& connection) {
  const base::Instant arrived = clock_.now();
  const std::shared_ptr<bool> alive = alive_;
  while (connection->in_flight < kInFlightMax) {
    const auto line = connection->lines.next();
    if (!line) {
      break;
    }
    auto decoded = api::decode_request(*line);
    if (!decoded.request) {
      answer(connection,
             {.id = decoded.id, .result = base::pass(std::move(decoded.request).error())});
    } else {
      ++connection->in_flight;
      os::UniqueFd file;
      if (Service::takes_file(decoded.request->method) && !connection->files_in.empty()) {
        file = std::move(connection->files_in.front());
        connection->files_in.pop_front();
      }
      service_.serve(std::move(*decoded.request), std::move(file), arrived,
                     [this, alive, weak = std::weak_ptr(connection), id = decoded.id](
                         base::Result<boost::json::object> result, bool more, os::UniqueFd beside) {
                       const auto held = weak.lock();
                       if (!*alive || held == nullptr || !held->open) {
                         return false;
                       }
                       if (!more && held->in_flight-- == kInFlightMax) {
                         serve_rest(held);
                       }
                       return answer(held, {.id = id, .more = more, .result = std::move(result)},
                                     std::move(beside));
                     });
    }
    if (!*alive || !connection->open) {
      return false;
    }
  }
  return true;
}

// What was read while too many requests were unanswered.
void Server::serve_rest(const ConnectionPtr& connection) {
  loop_.post([this, alive = alive_, connection] {
    if (*alive && connection->open && !serve_lines(connection) && *alive) {
      drop(connection);
    }
  });
}

bool Server::answer(const ConnectionPtr& connection, const api::Reply& reply, os::UniqueFd file) {
  if (file) {
    connection->files_out.push_back({connection->pending.size(), std::move(file)});
  }
  connection->pending += api::encode_reply(reply);
  if (flush(*connection)) {
    update_interest(*connection);
    return true;
  }
  // Not from here, which may be within a call of the connection's own watch.
  connection->open = false;
  loop_.post([this, alive = alive_, connection] {
    if (*alive) {
      drop(connection);
    }
  });
  return false;
}

bool Server::flush(Connection& connection) {
  while (connection.sent < connection.pending.size()) {
    // Up to the next byte that a file goes with.
    auto file = connection.files_out.begin();
    const bool goes_now = file != connection.files_out.end() && file->at == connection.sent;
    const int fd = goes_now ? (file++)->fd.get() : -1;
    const std::size_t end =
        file != connection.files_out.end() ? file->at : connection.pending.size();
    auto sent = connection.socket.send(
        base::bytes_of(
            std::string_view(connection.pending).substr(connection.sent, end - connection.sent)),
        std::span(&fd, goes_now ? 1 : 0));
    if (!sent) {
      return false;
    }
    if (*sent == 0) {
      return connection.pending.size() - connection.sent <= kPendingMax;
    }
    connection.sent += *sent;
    if (goes_now) {
      connection.files_out.pop_front();
    }
  }
  connection.pending.clear();
  connection.sent = 0;
  return true;
}

void Server::update_interest(Connection& connection) {
  const bool reads = connection.in_flight < kInFlightMax;
  const bool writes = !connection.pending.empty();
  if (reads != connection.reads || writes != connection.writes) {
    if (loop_.change(connection.watch, {.readable = reads, .writable = writes})) {
      connection.reads = reads;
      connection.writes = writes;
    }
  }
}

void Server::drop(const ConnectionPtr& connection) {
  connection->open = false;
  connection->watch.reset();
  connections_.erase(connection->socket.fd());
}

}  // namespace superfluid::agent
