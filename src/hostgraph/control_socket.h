// SPDX-License-Identifier: Apache-2.0
// ControlSocket: lets other programs read and write the graph's handlers while it runs.
//
//   ControlSocket(TCP, PORT [, READONLY bool, PROXY element, VERBOSE bool, LOCALHOST bool,
//                 RETRIES int, RETRY_WARNINGS bool])
//   ControlSocket(UNIX, FILENAME [, ...])
//   ControlSocket(SOCKET, FD [, ...])
//
// Arguments  PORT      the TCP port; 41900+ takes it or one of the ten behind it that is free.
//            FILENAME  the path of the Unix socket; only the same user may connect. The path of a
//                      socket that nobody listens on any more is taken over.
//            FD        a connected socket that this process was started with.
//            READONLY  refuses writes. Default false.
//            PROXY     an element that has the handlers, named ELEMENT.HANDLER each.
//            VERBOSE   says who comes and goes. Default false.
//            LOCALHOST takes TCP connections of this host alone. Default false: anybody who reaches
//                      the port may write every handler. Nobody is asked who he is.
//            RETRIES   how many times to try again, once a second, when the socket cannot be
//                      opened; then the graph stops. Default 0: it does not start.
//            RETRY_WARNINGS  says so each time. Default true.
// Ports      none
// Handlers   port (r)      with TCP: the port that was taken
//            filename (r)  with UNIX: FILENAME
// Limits     64 connections; who comes later waits. A line has at most 1 MiB, data at most 8 MiB.
//            A client that does not read is sent no more than it takes, and not listened to.
// Example    ControlSocket(UNIX, control.sock); Idle -> c :: Counter -> Discard;
//
// The protocol is Click's ControlSocket 1.3, described in hostgraph/control_session.h: a client
// writes lines such as `READ c.count` and is answered in lines such as `200 ...`. LLRPCs are
// refused. Connections survive a live reconfiguration when the element's name and the first two
// arguments stay as they are.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "graph/element.h"
#include "hostgraph/control_session.h"
#include "os/event_loop.h"
#include "os/stream_socket.h"
#include "os/unix_socket.h"

namespace superfluid::hostgraph {

class ControlSocket final : public graph::Element {
 public:
  static const graph::ElementClass kClass;
  static constexpr std::size_t kClientsMax = 64;

  ~ControlSocket() override;

  void configure(graph::Arguments& arguments) override;
  base::Status initialize() override;
  void add_handlers(graph::HandlerTable& handlers) override;
  bool run_task(graph::Task&) override;
  void run_timer(graph::Timer&) override;
  void take_state(graph::Element& from) override;

 private:
  enum class Type : std::uint8_t { kNone, kTcp, kUnix, kSocket };
  struct Client;
  struct Port {
    std::uint16_t number = 0;
    bool or_next = false;
    friend bool operator==(const Port&, const Port&) = default;
  };
  using Listener = std::variant<std::monostate, os::TcpListener, os::UnixListener>;

  static constexpr int kPortsTried = 11;

  void read_place(const std::string& place, graph::Arguments& arguments);
  // The one whose socket and connections this one is to take.
  ControlSocket* predecessor() const;
  base::Status open();
  void try_later(const base::Error& reason);
  base::Result<os::TcpListener> open_port() const;
  void listen_again();
  bool listens() const { return listener_.index() != 0; }
  void meet_clients();
  base::Result<std::optional<os::TcpListener::Accepted>> accept();
  void add_client(os::StreamSocket socket, std::string_view peer);
  void watch(Client& client);
  void hear(Client& client, os::Ready ready);
  void flush(Client& client);
  void settle(Client& client);
  void say(std::string_view text) const;

  graph::Task task_{*this};
  graph::Timer timer_{*this};  // to open the socket, or to listen again
  Type type_ = Type::kNone;
  Port wanted_port_;
  std::uint16_t port_ = 0;
  std::string path_;
  std::int32_t fd_ = -1;
  ControlSession::Rules rules_;
  std::int32_t retries_ = 0;
  bool verbose_ = false;
  bool local_ = false;
  bool retry_warnings_ = true;
  Listener listener_;
  os::Subscription listening_;
  bool is_listening_ = false;
  std::vector<std::unique_ptr<Client>> clients_;
  std::uint64_t clients_met_ = 0;
};

}  // namespace superfluid::hostgraph
