// SPDX-License-Identifier: Apache-2.0
#include "guest/port.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace superfluid::guest {
namespace {

// Nothing is read beyond `max` bytes of the frame.
void copy_head(const abi::Frame& frame, std::uint8_t* out, std::size_t max) {
  for (std::uint32_t i = 0; i < frame.count && max != 0; ++i) {
    const std::size_t here = std::min(frame.pieces[i].size(), max);
    std::memcpy(out, frame.pieces[i].data(), here);
    out += here;
    max -= here;
  }
}

}  // namespace

template <typename Use>
void Port::use(Use use) {
  if (auto* const client = std::get_if<Client>(&ends_)) {
    use(*client);
  } else if (auto* const server = std::get_if<Server>(&ends_)) {
    use(*server);
  }
}

template <typename Either>
void Port::give_back(Either& ends) {
  ends.in.release();
  const std::uint64_t bad = ends.in.bad_frames();
  counters_->drops_bad += bad - bad_frames_;
  bad_frames_ = bad;
}

void Port::open(const abi::DevicePort& port, std::uint8_t* window, abi::PortCounters& counters) {
  close();
  counters_ = &counters;
  doorbell_ = port.doorbell;
  const abi::Window rings{window, port.window_bytes, port.slots};
  if (!abi::is_ring_size(rings.slots) || rings.bytes < abi::window_bytes(rings.slots)) {
    return;
  }
  if (port.role == abi::PortRole::kClient) {
    abi::lay_out(rings);
    ends_.emplace<Client>(rings);
  } else if (port.role == abi::PortRole::kServer) {
    ends_.emplace<Server>(rings);
  }
  awake();
}

void Port::close() {
  ends_.emplace<std::monostate>();
  bad_frames_ = 0;
  has_sent_ = false;
}

bool Port::broken() {
  bool broken = false;
  use([&](auto& ends) { broken = ends.in.broken() || ends.out.broken(); });
  return broken;
}

Port::Taken Port::receive(graph::PacketPool& pool, const Taking& taking, graph::Packet** into,
                          std::size_t max) {
  Taken taken;
  use([&](auto& ends) {
    while (taken.frames < max) {
      const auto frame = ends.in.next();
      if (!frame) {
        break;
      }
      ++taken.frames;
      ++counters_->packets_in;
      counters_->bytes_in += frame->length;
      const std::uint32_t length = std::min(frame->length, taking.snap_bytes);
      graph::Packet* const packet = pool.make(length, taking.headroom);
      if (packet == nullptr) {
        ++counters_->drops_memory;
        continue;
      }
      copy_head(*frame, packet->data, length);
      packet->notes.extra_length = frame->length - length;
      into[taken.packets++] = packet;
    }
    give_back(ends);
  });
  return taken;
}

std::size_t Port::drop_all(std::size_t max) {
  std::size_t dropped = 0;
  use([&](auto& ends) {
    while (dropped < max && ends.in.next()) {
      ++dropped;
    }
    give_back(ends);
  });
  if (dropped != 0) {
    counters_->drops_unread += dropped;
  }
  return dropped;
}

std::size_t Port::send(graph::Batch batch) {
  std::size_t sent = 0;
  use([&](auto& ends) {
    std::uint64_t bytes = 0;
    while (sent < batch.size() && fits(*batch[sent]) &&
           ends.out.put(std::as_const(*batch[sent]).bytes())) {
      bytes += batch[sent]->length;
      ++sent;
    }
    counters_->packets_out += sent;
    counters_->bytes_out += bytes;
    has_sent_ |= sent != 0;
  });
  return sent;
}

void Port::flush(Exits& exits) {
  use([&](auto& ends) {
    if (std::exchange(has_sent_, false) && ends.out.publish() && doorbell_ != 0) {
      exits.leave(static_cast<abi::Exit>(doorbell_));
    }
  });
}

bool Port::may_sleep() {
  bool may = true;
  use([&](auto& ends) { may = ends.in.may_sleep(); });
  return may;
}

void Port::awake() {
  use([](auto& ends) { ends.in.awake(); });
}

}  // namespace superfluid::guest
