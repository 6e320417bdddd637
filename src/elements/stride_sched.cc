// SPDX-License-Identifier: Apache-2.0
#include "elements/stride_sched.h"

#include <algorithm>

#include "elements/values.h"

namespace superfluid::elements {

using graph::Packet;

const graph::ElementClass StrideSched::kClass{"StrideSched", "1-/1", "l/l",
                                              graph::make_element<StrideSched>};

void StrideSched::configure(graph::Arguments& arguments) {
  std::vector<std::string> texts;
  arguments.rest(texts).complete();
  if (texts.size() != inputs()) {
    arguments.complain(base::cat("need ", inputs(), " arguments, one per input port"));
    return;
  }
  clients_.resize(inputs());
  turns_ = inputs();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::int64_t tickets = 0;
    if (!graph::parse_argument(texts[i], tickets).empty()) {
      arguments.complain(base::cat("argument ", i, " should be number of tickets (integer)"));
    } else if (tickets < 0) {
      arguments.complain(base::cat("argument ", i, " (number of tickets) must be >= 0"));
    } else if (tickets > kTicketsMax) {
      arguments.warn(base::cat("input ", i, "'s tickets reduced to ", kTicketsMax));
    }
    Client& client = clients_[i];
    client.tickets = static_cast<std::uint32_t>(std::clamp<std::int64_t>(tickets, 0, kTicketsMax));
    client.turn = turns_ - i;
    if (client.tickets != 0) {
      client.stride();
    }
  }
}

StrideSched::Client* StrideSched::next_client() {
  Client* least = nullptr;
  for (Client& each : clients_) {
    if (each.tickets != 0 && each.asked != pulls_ &&
        (least == nullptr || each.pass < least->pass ||
         (each.pass == least->pass && each.turn > least->turn))) {
      least = &each;
    }
  }
  return least;
}

Packet* StrideSched::pull_one() {
  ++pulls_;
  while (Client* client = next_client()) {
    client->asked = pulls_;
    client->turn = ++turns_;
    client->stride();
    Packet* packet = nullptr;
    if (input(static_cast<std::uint32_t>(client - clients_.data())).pull(&packet, 1) != 0) {
      return packet;
    }
  }
  return nullptr;
}

std::size_t StrideSched::pull(std::uint32_t, Packet** into, std::size_t max) {
  std::size_t found = 0;
  while (found < max && (into[found] = pull_one()) != nullptr) {
    ++found;
  }
  return found;
}

// One that had none begins where the others are.
void StrideSched::set_tickets(std::size_t i, std::uint32_t tickets) {
  Client& client = clients_[i];
  const bool begins = client.tickets == 0 && tickets != 0;
  ++pulls_;  // so that all may be looked at
  const Client* least = next_client();
  client.tickets = tickets;
  if (begins) {
    client.pass = least == nullptr ? 0 : least->pass + kStrideUnit / tickets;
    client.turn = ++turns_;
  }
}

void StrideSched::add_handlers(graph::HandlerTable& handlers) {
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    const std::string name = base::cat("tickets", i);
    add_value(handlers, name, clients_[i].tickets);
    handlers.write(name, [this, i](std::string_view text) -> base::Status {
      std::int64_t tickets = 0;
      if (!graph::parse_handler_value(text, tickets)) {
        return base::fail(base::ErrorCode::kInvalid, "tickets value must be integer");
      }
      if (tickets < 0) {
        return base::fail(base::ErrorCode::kInvalid, "number of tickets must be >= 0");
      }
      set_tickets(i, static_cast<std::uint32_t>(std::min<std::int64_t>(tickets, kTicketsMax)));
      return {};
    });
  }
  handlers.value("config", [this] {
    std::string text;
    for (const Client& client : clients_) {
      text += base::cat(text.empty() ? "" : ", ", client.tickets);
    }
    return text;
  });
}

}  // namespace superfluid::elements
